package html

import (
	stdhtml "html"
	"regexp"
	"strings"
	"testing"

	"gptsnap/formats/chat"

	"pgregory.net/rapid"
)

var anyTag = regexp.MustCompile(`<[^>]*>`)

func plain(h string) string { return stdhtml.UnescapeString(anyTag.ReplaceAllString(h, "")) }

func TestCodeIsColouredAndStaysTheSameToTheLetter(t *testing.T) {
	t.Parallel()
	for language, source := range map[string]string{
		"python":     "def f(x: int) -> str:\n    \"\"\"doc\"\"\"\n    return f'{x!r}'  # why\n",
		"go":         "package main\n\nfunc main() { println(\"a\\n\", 0x1F) }\n",
		"js":         "const a = `x ${1 + 2} y`; // c\nif (a < b && c > d) f()\n",
		"TypeScript": "type A<T> = { readonly a?: T[] };\n",
		"html":       "<script>alert('x')</script>\n<p class=\"a\">&amp;</p>\n",
		"c++":        "#include <vector>\ntemplate<class T> auto f(T&& t) { return t; }\n",
		"bash":       "for f in *.txt; do echo \"$f\" | sed 's/a/b/'; done\n",
		"sql":        "SELECT a, count(*) FROM t WHERE b = 'x' GROUP BY 1;\n",
		"json":       "{\"a\": [1, true, null, \"x\"]}\n",
		"yaml":       "a:\n  - b: \"c\"\n",
		"diff":       "--- a\n+++ b\n-x\n+y\n",
		"rust":       "fn main() { let x: &'static str = \"a\"; }\n",
	} {
		got := body(t, &chat.Text{Raw: "```" + language + "\n" + source + "```"})
		_, code, _ := strings.Cut(got, "<code>")
		code, _, _ = strings.Cut(code, "</code>")
		if plain(code)+"\n" != source {
			t.Errorf("%s: %q became %q", language, source, plain(code))
		}
		if !strings.Contains(code, "<i class=") {
			t.Errorf("%s is not coloured: %s", language, code)
		}
	}
}

func TestCodeThatCannotBeColouredStaysPlain(t *testing.T) {
	t.Parallel()
	h := newHighlighter()
	for name, k := range map[string]struct{ language, source string }{
		"no language":     {"", "if x: pass"},
		"text":            {"text", "if x: pass"},
		"nobody knows it": {"klingon", "if x: pass"},
		"too long":        {"python", strings.Repeat("x = 1\n", maxHighlight/6+1)},
		"a line too long": {"js", strings.Repeat("a;", maxCodeLine)},
		"nothing":         {"go", ""},
		"a path, no name": {"../../x.py", "x"},
		"a glob, no name": {"*", "x"},
	} {
		o := out{b: []byte("before ")}
		if h.colour(&o, k.language, k.source) || string(o.b) != "before " {
			t.Errorf("%s: coloured, or something was written", name)
		}
	}
}

func TestAnyLexerOnAnyTextKeepsEveryByte(t *testing.T) {
	t.Parallel()
	h := newHighlighter()
	var names []string
	for _, n := range []string{"python", "go", "javascript", "typescript", "tsx", "bash", "sql", "json", "yaml", "html", "css", "c", "cpp", "java", "rust", "php", "ruby", "diff", "docker", "tex", "make", "swift", "kotlin", "powershell"} {
		if h.lexer(n) == nil {
			t.Errorf("no lexer for %s", n)
			continue
		}
		names = append(names, n)
	}
	var o out
	if !h.colour(&o, "python", "\"\r\nx") || plain(string(o.b)) != "\"\nx" {
		t.Errorf("a string that ends with its line became %q", o.b)
	}
	rapid.Check(t, func(t *rapid.T) {
		source := rapid.StringMatching(`([a-z"'{}<>/*#=$\\ (;):\n\t\r]|if |def |/\*|\*/|"""|é|\x{1F600}|<\?php){0,60}`).Draw(t, "source")
		var o out
		if h.colour(&o, rapid.SampledFrom(names).Draw(t, "language"), source) {
			if got, want := plain(string(o.b)), plain(func() string { var o out; o.text(source); return string(o.b) }()); got != want {
				t.Fatalf("%q became %q", want, got)
			}
		}
	})
}

func TestTheCacheForgetsTheOldestAndStaysWithinItsBound(t *testing.T) {
	t.Parallel()
	h := newHighlighter()
	key := func(i int) (k [32]byte) { k[0], k[1], k[2] = byte(i), byte(i>>8), byte(i>>16); return k }
	for i := range 3000 {
		h.keep(key(i), make([]byte, 10_000))
		h.known(key(0)) // used all the time: stays
	}
	if _, ok := h.known(key(0)); !ok {
		t.Error("what is used all the time was forgotten")
	}
	if _, ok := h.known(key(1)); ok {
		t.Error("the oldest was kept")
	}
	if h.size > cacheBytes || h.order.Len() != len(h.made) || h.order.Len() < cacheBytes/(10_000+entryCost)-1 {
		t.Errorf("%d bytes in %d entries", h.size, len(h.made))
	}
}

func TestInfoStringsNameLanguages(t *testing.T) {
	t.Parallel()
	for info, want := range map[string]string{"python": "python", "Python title=\"x\"": "python", "c++": "c++", "{.go .x}": "go", "": "", "\"><script>": "", "js,linenos": "js", strings.Repeat("a", 99): strings.Repeat("a", 24)} {
		if got := languageOf(info); got != want {
			t.Errorf("%q: %q, want %q", info, got, want)
		}
	}
}
