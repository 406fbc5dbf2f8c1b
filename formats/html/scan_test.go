package html

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// coloured draws source with {class words} for tokens.
func inBraces(language, source string) string {
	var o out
	syntaxes()[language].colour(&o, source)
	return plain(strings.NewReplacer("</i>", "}", `<i class=k>`, "{k ", `<i class=s>`, "{s ", `<i class=c>`, "{c ", `<i class=f>`, "{f ", `<i class=b>`, "{b ", `<i class=n>`, "{n ", `<i class=t>`, "{t ", `<i class=v>`, "{v ", `<i class=d>`, "{d ").Replace(string(o.b)))
}

func TestScannersTellWordsStringsCommentsAndNumbersApart(t *testing.T) {
	t.Parallel()
	for _, k := range []struct{ language, in, want string }{
		{"python", "def f(x=1.5e-3): # no", "{k def} {f f}(x={n 1.5e-3}): {c # no}"},
		{"python", `rb"\" + '''a` + "\n" + `b''' + f'{x}'`, `{s rb"\"} + {s '''a` + "\n" + `b'''} + {s f'{x}'}`},
		{"python", "@app.route\nx = 'open\ny", "{k @app.route}\nx = {s 'open}\ny"},
		{"js", "const r = /a[/]\\/b/g, q = a / b; // c", "{k const} r = {s /a[/]\\/b/g}, q = a / b; {c // c}"},
		{"js", "`a\n${b}` + $x.y(z)", "{s `a\n${b}`} + $x.{f y}(z)"},
		{"ts", "let a: Thing<string> = null", "{k let} a: {b Thing}<{b string}> = {b null}"},
		{"go", "var s = `a\\` + \"\\\"\" /* b\nc */", "{k var} s = {s `a\\`} + {s \"\\\"\"} {c /* b\nc */}"},
		{"c", "#include <a.h>\n int x = 0x1F; // y", "{k #include} <a.h>\n {b int} x = {n 0x1F}; {c // y}"},
		{"rust", "fn f<'a>(x: &'a str) -> char { 'b' }", "{k fn} f<{b 'a}>(x: &{b 'a} {b str}) -> {b char} { {s 'b'} }"},
		{"bash", "for f in $* ${x:-y}; do echo \"$f\" # c\ndone; a#b", "{k for} f {k in} {v $*} {v ${x:-y}}; {k do} {b echo} {s \"$f\"} {c # c}\n{k done}; a#b"},
		{"sql", "SELECT a FROM t WHERE b='it''s' -- c", "{k SELECT} a {k FROM} t {k WHERE} b={s 'it'}{s 's'} {c -- c}"},
		{"json", `{"a": ["b", 1, true]}`, `{{v "a"}: [{s "b"}, {n 1}, {b true}]}`},
		{"yaml", "a-b:\n  - c: 'd' # e", "{v a-b}:\n  - {v c}: {s 'd'} {c # e}"},
		{"toml", "[x]\na.b = \"c\"", "[x]\n{v a.b} = {s \"c\"}"},
		{"html", `<p class="a">x</p><!-- c --><script>if (1) {}</script>`, `<{t p} {v class}={s "a"}>x</{t p}>{c <!-- c -->}<{t script}>{k if} ({n 1}) {}</{t script}>`},
		{"diff", "@@ 1\n-a\n+b\n c", "{f @@ 1\n}{d -a\n}{t +b\n} c"},
	} {
		if got := inBraces(k.language, k.in); got != k.want {
			t.Errorf("%s:\n%s\nwant\n%s", k.language, got, k.want)
		}
	}
}

func TestAnyScannerOnAnyTextKeepsEveryByte(t *testing.T) {
	t.Parallel()
	var names []string
	seen := map[*syntax]bool{}
	for _, n := range strings.Fields("python js ts go c cpp java csharp rust kotlin swift dart scala php ruby bash sql json yaml toml css lua r html diff") {
		if syntaxes()[n] == nil {
			t.Fatalf("no scanner for %s", n)
		}
		seen[syntaxes()[n]] = true
		names = append(names, n)
	}
	for n, x := range syntaxes() {
		if !seen[x] {
			t.Errorf("%s is not tested", n)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		source := rapid.StringMatching(`([a-z"'{}<>/*#=$\\ (;):@!\[\]\-\n\t0-9.]|if |def |/\*|\*/|"""|é|<!--|</?script>|\x{1F600}|\$\{|<style>){0,80}`).Draw(t, "source")
		var o, want out
		syntaxes()[rapid.SampledFrom(names).Draw(t, "language")].colour(&o, source)
		want.text(source)
		if got := plain(string(o.b)); got != plain(string(want.b)) {
			t.Fatalf("%q became %q", source, got)
		}
	})
}

func FuzzCode(f *testing.F) {
	for n := range syntaxes() {
		f.Add(n, "x = '''a\n\"b\" /* c # <p d=e> ${f} 'g' `h")
	}
	f.Fuzz(func(t *testing.T, language, source string) {
		x := syntaxes()[language]
		if x == nil {
			return
		}
		var o, want out
		x.colour(&o, source)
		want.text(source)
		if got := plain(string(o.b)); got != plain(string(want.b)) {
			t.Fatalf("%s: %q became %q", language, source, got)
		}
	})
}
