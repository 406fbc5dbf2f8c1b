package rows

import (
	"fmt"
	"strings"
	"testing"
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
