package markdown

import (
	"fmt"
	"strings"
	"testing"

	"gptsnap/formats/chat"

	"github.com/yuin/goldmark/ast"
	"pgregory.net/rapid"
)

// holds checks what every page must keep to whatever an answer says: nothing
// of it reaches over its end, runs, or looks like one of our own headings.
func holds(t failer, r *Renderer, c *chat.Conversation, messages int) {
	t.Helper()
	page := render(t, r, c)
	for _, x := range page {
		if x >= 0xE200 && x <= 0xE2FF || x < ' ' && x != '\n' && x != '\t' {
			t.Fatalf("%U is left on the page:\n%s", x, page)
		}
	}
	page = body(page)
	src := []byte(page)
	heads := 0
	ast.Walk(parse(page), func(n ast.Node, in bool) (ast.WalkStatus, error) {
		if !in {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Heading:
			if n.Level <= 2 {
				heads++
			}
			if n.Level <= 2 && n.Parent().Kind() != ast.KindDocument {
				t.Fatalf("a heading of ours went into a %s:\n%s", n.Parent().Kind(), page)
			}
		case *ast.RawHTML:
			var b strings.Builder
			for i := range n.Segments.Len() {
				s := n.Segments.At(i)
				b.Write(s.Value(src))
			}
			switch strings.ToLower(b.String()) {
			case "<br>", "<br/>", "<br />":
			default:
				t.Fatalf("raw HTML %q:\n%s", b.String(), page)
			}
		case *ast.HTMLBlock:
			t.Fatalf("an HTML block:\n%s", page)
		case *ast.Link:
			if scheme, _, ok := strings.Cut(browserReads(string(n.Destination)), ":"); ok && strings.HasSuffix(scheme, "script") && strings.Trim(scheme, "abcdefghijklmnopqrstuvwxyz0123456789+-.") == "" {
				t.Fatalf("a link to %q:\n%s", n.Destination, page)
			}
		}
		return ast.WalkContinue, nil
	})
	if heads != messages+1 {
		t.Fatalf("%d headings of the first two levels, want %d:\n%s", heads, messages+1, page)
	}
}

// browserReads is a link's target as a browser takes it: without white space
// and control characters, in lower case.
func browserReads(u string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if r <= ' ' {
			return -1
		}
		return r
	}, u))
}

var proseSeeds = append([]string{
	"# A\n## B\nC\n===\nD\n---\n", "```\nopen", "- a\n  ```\n  x\ny <script>\n  ```\n", "> ```\n> a\nb <b>", "1. x\n\n   ~~~\n   <b>\n", "a `b\n<b>` c", "| a ` | b |\n|---|---|\n| ` <b> ` | x |",
	"`` ` <b> `` `<i>`", "x\n\n    <indented>\n", "- \n\n  <b>", "\\(a<b\\) $x<y$ $$\na<b\n$$ \\[\nq\n\\]", "[a](javascript:alert(1)) [b]( &#106;avascript:x) [c]: javascript:x", "[c]\n\n[c]: javascript:x", "<details>\n\n# x\n", "<br>\n```\n<script>",
	"text<br>more <BR/>", "[^1] and\n\n[^1]: x\n", "[a]\n\n[a]: http://x.example\n", "- - - - - -\n* a\n\t* b\n\t\t```\n", "<https://x.example> <javascript:alert(1)>", "\\<b> \\\\<b>", "a\n<b>\n", "> a\n===\n", "- a\n---\n", "1) ```\n2) x",
	"``\n<!--``", "[^1]:># x", "[^1]: ~~~", "    ~~~\n`<b>\n[^1]:`", "http://x.example/``<b>``", "- - \ta<b>", "\\  \n\\<b>", "[<b>]:", "]:<b>", "\\", "`|00\n-|\n`<A>`", "[C]\n\n[C]:!sCript:", "[C]\n\n[C]:<java\tscript:x>",
}, literalSeeds...)

// Whatever an answer holds, the page around it stays whole.
func FuzzText(f *testing.F) {
	for _, s := range proseSeeds {
		f.Add(s, "footnotes", 0, 3)
		f.Add(s, "links", 1, 2)
	}
	f.Fuzz(func(t *testing.T, s, citations string, start, end int) {
		r, err := New(Options{Citations: citations})
		if err != nil {
			r = mustNew(t, Options{})
		}
		x := &chat.Text{Raw: s}
		if start >= 0 && end >= start && end <= len(s) {
			x.Cites = []chat.Cite{
				{Start: start, End: end, Kind: chat.CiteLinks, Label: s[start:end], Links: []chat.Link{{Title: s, URL: "https://x.example/" + s}}},
				{Start: len(s), End: len(s), Kind: chat.CiteSources, Links: []chat.Link{{Title: s, URL: s}}},
			}
		}
		m := said(chat.Assistant, "")
		m.Parts = []chat.Part{x}
		if !m.Visible() {
			return // nothing in it, so nothing said
		}
		holds(t, r, talk(said(chat.User, "before"), m, said(chat.User, "sentinel")), 3)
	})
}

func TestNoMixtureInAnAnswerBreaksThePage(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := mustNew(t, Options{Flavor: rapid.SampledFrom([]string{"gfm", "obsidian", "commonmark"}).Draw(t, "flavor"), Citations: rapid.SampledFrom([]string{"links", "footnotes", "drop"}).Draw(t, "citations")})
		raw := strings.Join(rapid.SliceOfN(rapid.SampledFrom(scraps), 1, 30).Draw(t, "scraps"), "")
		x := &chat.Text{Raw: raw}
		at := 0
		for at <= len(raw) && rapid.IntRange(0, 2).Draw(t, "cite") == 0 {
			start := rapid.IntRange(at, len(raw)).Draw(t, "start")
			end := rapid.IntRange(start, min(len(raw), start+4)).Draw(t, "end")
			scrap := rapid.SampledFrom(scraps)
			x.Cites = append(x.Cites, chat.Cite{Start: start, End: end,
				Kind:  rapid.SampledFrom([]chat.CiteKind{chat.CiteLinks, chat.CiteWords, chat.CiteFile, chat.CiteImages, chat.CiteList, chat.CiteSources, chat.CiteDrop}).Draw(t, "kind"),
				Label: scrap.Draw(t, "label"),
				Links: []chat.Link{{Title: scrap.Draw(t, "title"), URL: scrap.Draw(t, "url"), Site: scrap.Draw(t, "site")}, {URL: "https://x.example/" + scrap.Draw(t, "url")}}})
			at = end + 1
		}
		m := said(chat.Assistant, "")
		m.Parts = []chat.Part{x, &chat.Image{}}
		want := 3
		if strings.Contains(body(render(t, r, talk(said(chat.User, "before"), m))), "\n## Sources\n") {
			want++ // of the footnotes, which CommonMark has not
		}
		holds(t, r, talk(said(chat.User, "before"), m, said(chat.User, "sentinel")), want)
	})
}

func TestSignsOfAVaultStayWhatTheyAre(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Use %%timeit, 50% or %%%":                          `Use \%\%timeit, 50% or \%\%\%`,
		"a == b, ==mark==, a=b":                             `a \=\= b, \=\=mark\=\=, a=b`,
		"#include and #42, C#sharp, (#tag) # no":            `\#include and \#42, C#sharp, (\#tag) # no`,
		"see [[Note]] and [[1]](https://x.example/) and [[": `see \[\[Note]] and [[1]](https://x.example/) and [[`,
		"the end ^name\nx ^2 y^2":                           `the end \^name` + "\n" + `x ^2 y^2`,
		"https://x.example/?q=a== [a](#b) `%%x%%` $a==b$":   "https://x.example/?q=a== [a](#b) `%%x%%` $a==b$",
		"```\n%%x%% ==\n```":                                "```\n%%x%% ==\n```",
	} {
		m := said(chat.Assistant, in)
		if page := render(t, mustNew(t, Options{Flavor: "obsidian"}), talk(m)); !strings.Contains(page, want+"\n") {
			t.Errorf("%q: want %q in\n%s", in, want, page)
		}
		if page := render(t, mustNew(t, Options{}), talk(m)); !strings.Contains(page, in+"\n") {
			t.Errorf("%q is another in gfm:\n%s", in, page)
		}
	}
}

func TestATableStandsApart(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Here `x|y`:\n| a | b |\n|---|---|\n| 1 | 2 |": "Here `x|y`:\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
		"Here:\n| a | b |\n|---|\n":                    "Here:\n| a | b |\n|---|\n",
		"> Here:\n> | a |\n> |---|\n":                  "> Here:\n> | a |\n> |---|\n",
		"| a |\n|---|\n| b |\n|---|\n":                 "| a |\n|---|\n| b |\n|---|\n",
	} {
		if page := render(t, mustNew(t, Options{}), talk(said(chat.Assistant, in))); !strings.Contains(page, want) {
			t.Errorf("%q: want %q in\n%s", in, want, page)
		}
	}
}

func TestAnswersKeepTheirMarkdown(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, want string }{
		{"a table is kept", "| a | b |\n|---|:-:|\n| 1<br>2 | `x|y` |", "| a | b |\n|---|:-:|\n| 1<br>2 | `x|y` |"},
		{"headings go below the message's", "# A\n\n###### B", "### A\n\n###### B"},
		{"underlined headings too", "A *b*\n===\nc\n---", "### A *b*\n#### c"},
		{"a comment in code is no heading", "```sh\n# x\n```", "```sh\n# x\n```"},
		{"an open fence is closed", "```sh\nx", "```sh\nx\n```"},
		{"an open fence in a list is closed there", "- a\n  ```\n  x", "- a\n  ```\n  x\n  ```"},
		{"tags outside code are shown", "<b>x</b> `<b>` a < b <3", "\\<b>x\\</b> `<b>` a < b <3"},
		{"an address stays a link", "<https://x.example/?a=b>", "<https://x.example/?a=b>"},
		{"formulas in parentheses", "so \\( a_1 < b \\).", "so $a_1 < b$."},
		{"formulas on their own line", "\\[ x = y \\]", "$$\nx = y\n$$"},
		{"formulas over lines", "\\[\nx\n\\]", "$$\nx\n$$"},
		{"formulas in code are code", "`\\(x\\)`", "`\\(x\\)`"},
		{"prices are no formulas", "from $5 a month, or 60$ a year", "from \\$5 a month, or 60$ a year"},
		{"prices that do not pair stay", "from $5 to $10", "from $5 to $10"},
		{"formulas in dollars stay", "$x_1$ and $n$", "$x_1$ and $n$"},
		{"footnotes get names of their own", "a[^1]\n\n[^1]: b", "a[^1-1]\n\n[^1-1]: b"},
		{"a footnote mark without note is text", "a[^1]", "a\\[^1]"},
		{"link references get names of their own", "[a], [b][A], [a][]\n\n[a]: http://x.example", "[a][a-1], [b][a-1], [a][a-1]\n\n[a-1]: http://x.example"},
		{"links keep", "[a](http://x.example/b_(c)) ![i](https://y.example/z.png)", "[a](http://x.example/b_(c)) ![i](https://y.example/z.png)"},
		{"links that run do not", "[a](javascript:x)", "[a]\\(javascript:x)"},
		{"line ends of other systems", "a\r\nb\rc", "a\nb\nc"},
	} {
		t.Run(c.name, func(t *testing.T) {
			page := render(t, mustNew(t, Options{}), talk(said(chat.Assistant, c.in)))
			_, got, _ := strings.Cut(page, "## Assistant\n\n")
			if strings.TrimSuffix(got, "\n") != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestTeXDelimitersStayInCommonMark(t *testing.T) {
	t.Parallel()
	page := render(t, mustNew(t, Options{Flavor: "commonmark"}), talk(said(chat.Assistant, `\(x\) costs $5 or 6$`)))
	if !strings.Contains(page, `\(x\) costs $5 or 6$`) {
		t.Error(page)
	}
}

// Text made to cost quadratic time must not.
func TestHostileTextTakesLinearWork(t *testing.T) {
	t.Parallel()
	r := mustNew(t, Options{})
	for i, s := range []string{"`", "` ``", "\\(", "\\(`", "$a", "$a$b ", "$$ `", "[", "[^a](", "<a", "<a ", "- ", "> ", "](", "http://", "&", "_", "*a", "\\", "[a]: b\n", "|`", "|-", "x\n", "\n- ", "\ue200", "\ue200a\ue202"} {
		t.Run(fmt.Sprint(i, " ", s), func(t *testing.T) {
			long := strings.Repeat(s, 300_000/len(s))
			render(t, r, talk(said(chat.Assistant, long), said(chat.User, long)))
		})
	}
}
