package rows

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCodeBlocksAreFoundAsMarkdownHasThem(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"```go\na\nb\n```":                       "go 2;",
		"```\na\n```\ntext\n~~~ py x\nb\n~~~":    "none 1;python 1;",
		"````md\n```go\nx\n```\n````":            "markdown 3;",
		"```js {1,2}\nnever closed\nto the end":  "javascript 2;",
		"- item\n  ```c++\n  x\n  ```\n":         "cpp 1;",
		"> ```Python\n> x\n> ```":                "python 1;",
		"inline ``` is no fence\n``` `x` ``` no": "",
		"~~~\n```\n~~~":                          "none 1;",
		"":                                       "",
		"```":                                    "none 0;",
	} {
		got := ""
		fences(in, func(info string, lines int) { got += fmt.Sprintf("%s %d;", language(info), lines) })
		if got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

func FuzzFences(f *testing.F) {
	f.Add("```go\na\n```\n~~~\nb")
	f.Add("``` ` \n```\n````")
	f.Fuzz(func(t *testing.T, s string) {
		sum := 0
		fences(s, func(info string, lines int) {
			sum += lines + 1
			if lines < 0 || strings.Contains(info, "\n") || language(info) == "" {
				t.Errorf("%q: %q with %d lines", s, info, lines)
			}
		})
		if sum > strings.Count(s, "\n")+1 {
			t.Errorf("%q: %d lines in blocks", s, sum)
		}
	})
}

func TestDomains(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"https://www.Example.org/a?b#c": "example.org", "http://user:pw@host.example:8080/": "host.example", "https://[::1]:80/x": "[::1]",
		"https://example.org": "example.org", "https://example.org.": "example.org", "javascript:alert(1)": "", "ftp://x.example": "", "": "",
		"HTTPS://x.example?q=http://y.example": "x.example", "https://" + strings.Repeat("a", 300): "",
	} {
		if got := Domain(url); got != want {
			t.Errorf("%q: %q, want %q", url, got, want)
		}
	}
}

// slowFences reads line by line, as the definition says.
func slowFences(s string) (got string) {
	lines := strings.Split(s, "\n")
	if strings.HasSuffix(s, "\n") {
		lines = lines[:len(lines)-1]
	}
	for i := 0; i < len(lines); i++ {
		rest := strings.TrimLeft(lines[i], besideFences)
		if !strings.HasPrefix(rest, "```") && !strings.HasPrefix(rest, "~~~") {
			continue
		}
		n := len(rest) - len(strings.TrimLeft(rest, rest[:1]))
		info := rest[n:]
		if rest[0] == '`' && strings.Contains(info, "`") {
			continue
		}
		k := i + 1
		for ; k < len(lines); k++ {
			end := strings.TrimSpace(strings.TrimLeft(lines[k], " \t>"))
			if len(end) >= n && strings.Trim(end, rest[:1]) == "" {
				break
			}
		}
		got += fmt.Sprintf("%q %d;", info, min(k, len(lines))-i-1)
		i = k
	}
	return got
}

func TestBlocksAreThoseOfASlowReading(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Join(rapid.SliceOf(rapid.SampledFrom([]string{"```", "~~~", "````", "`", "\n", "\n", " ", "> ", "1. ", "go", "x = 1", "\r\n", "~"})).Draw(t, "pieces"), "")
		got := ""
		fences(s, func(info string, lines int) { got += fmt.Sprintf("%q %d;", info, lines) })
		if want := slowFences(s); got != want {
			t.Fatalf("%q: %s, want %s", s, got, want)
		}
	})
}

func TestAHostileTextIsReadOnce(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"``` ", "~~~ `", "```\n", "a```\n", "x ~~~", "```` ```\n", "```` \n```\n"} {
		n := 0
		fences(strings.Repeat(s, 1<<20), func(string, int) { n++ }) // quadratic, it would take hours
		if n > 1<<20 {
			t.Errorf("%q: %d blocks", s, n)
		}
	}
}
