package markdown

import (
	"strings"
	"testing"
	"unicode"

	"gptsnap/formats/chat"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
	"pgregory.net/rapid"
)

var gfm = goldmark.New(goldmark.WithExtensions(extension.GFM, extension.Footnote))

func parse(src string) ast.Node { return gfm.Parser().Parse(text.NewReader([]byte(src))) }

// body is a page without its front matter.
func body(page string) string {
	_, rest, _ := strings.Cut(strings.TrimPrefix(page, "---\n"), "\n---\n")
	return rest
}

// shown is the text below n as a reader sees it.
func shown(n ast.Node, src []byte) string {
	var b strings.Builder
	ast.Walk(n, func(n ast.Node, in bool) (ast.WalkStatus, error) {
		if !in {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Text:
			b.Write(unescape(n.Segment.Value(src), n.Parent()))
			if n.SoftLineBreak() || n.HardLineBreak() {
				b.WriteByte('\n')
			}
		case *ast.String:
			b.Write(n.Value)
		case *ast.AutoLink:
			b.Write(n.Label(src))
		case *ast.RawHTML:
			b.WriteString("RAW HTML")
		case *ast.FencedCodeBlock:
			for i := range n.Lines().Len() {
				l := n.Lines().At(i)
				b.Write(l.Value(src))
			}
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}

// unescape undoes backslashes and entities as a renderer does.
func unescape(s []byte, parent ast.Node) []byte {
	if parent.Kind() == ast.KindCodeSpan {
		return s
	}
	var out []byte
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && isPunct(s[i+1]) {
			i++
		}
		out = append(out, s[i])
	}
	return out
}

// userText is what goldmark shows of what a user typed, block by block.
func userText(t failer, r *Renderer, typed string) []string {
	page := body(render(t, r, talk(said(chat.User, typed), said(chat.Assistant, "sentinel"))))
	src := []byte(page)
	var blocks []string
	state := 0
	for n := parse(page).FirstChild(); n != nil; n = n.NextSibling() {
		if h, ok := n.(*ast.Heading); ok {
			switch words := shown(h, src); {
			case h.Level == 2 && words == "You":
				state = 1
				continue
			case h.Level == 2 && words == "Assistant":
				if n.NextSibling() == nil || shown(n.NextSibling(), src) != "sentinel" {
					t.Fatalf("the next message was swallowed:\n%s", page)
				}
				return blocks
			}
		}
		if state == 1 {
			switch n.Kind() {
			case ast.KindParagraph, ast.KindFencedCodeBlock:
				blocks = append(blocks, shown(n, src))
			default:
				t.Fatalf("typed text became a %s:\n%s", n.Kind(), page)
			}
		}
	}
	t.Fatalf("the heading of the next message was swallowed:\n%s", page)
	return nil
}

// typedBlocks is what a reader should see: paragraphs between blank lines,
// fenced code without its fences.
func typedBlocks(typed string) []string {
	var blocks []string
	var para []string
	flush := func() {
		if len(para) > 0 {
			blocks = append(blocks, strings.Join(para, "\n"))
			para = nil
		}
	}
	var open fence
	var code strings.Builder
	for _, line := range strings.Split(strings.Trim(clean(typed), "\n"), "\n") {
		bare := strings.TrimLeft(line, " ")
		f, ok := fenceOf(bare)
		ok = ok && len(line)-len(bare) < 4
		switch {
		case open.n > 0 && ok && f.closes(open):
			blocks, open = append(blocks, code.String()), fence{}
		case open.n > 0:
			code.WriteString(line + "\n")
		case ok:
			flush()
			open = f
			code.Reset()
		case strings.Trim(line, " \t") == "":
			flush()
		default:
			para = append(para, line)
		}
	}
	flush()
	if open.n > 0 {
		blocks = append(blocks, code.String())
	}
	return blocks
}

// same compares blocks but for the kind of white space at the ends of lines.
func same(a, b []string) bool {
	norm := func(some []string) string {
		var out []string
		for _, s := range some {
			for _, line := range strings.Split(s, "\n") {
				line = strings.ReplaceAll(line, "\t", "    ")
				line = strings.ReplaceAll(line, "\u00a0", " ")
				out = append(out, strings.TrimFunc(line, unicode.IsSpace))
			}
		}
		return strings.Trim(strings.Join(out, "\n"), "\n")
	}
	return norm(a) == norm(b)
}

var literalSeeds = []string{
	"two\nlines", "# no heading\n## none", "- a\n- b\n  - c", "1. one\n2) two", "> quote", "a * b *c* **d** __e__ f_g_h _i_",
	"`code` ``x`` ```", "<b>bold</b> <!-- c --> <script>alert(1)</script>", "&amp; &lt; &#35; AT&T", "| a | b |\n|---|---|\n| 1 | 2 |",
	"head\n====\nhead\n---", "***\n---\n___", "    indented\n\tby tab\n  two", "[a](b) ![c](d) [e][f]\n\n[f]: http://x.example", "~~gone~~ ~x~ ~/a ~/b",
	"C:\\Users\\me\\*x\\", "see http://a.example/b_c_d*e(f).) and www.a_b.example/c_d", "```go\nfunc <x>()\n```\nafter", "```\nopen # fence\n", "~~~~ js\n```\n~~~\n~~~~\nx",
	"$5 and $6 or $x$", "a  \nb\\\nc", "+ plus\n* star", "[^1]: note\n\n[^1]", "\\http://x.example", "a\r\nb\rc\x00\x07\u200b\ufeffx", "\ue200cite\ue202turn0search1\ue201 x",
	"- [ ] task", "<http://x.example> <a@b.example> a@b.example", "+\n-\n*\n1.\n#", ":--\na\n:-:", "\u00a0x\n \u00a0 y", "x\n=", "a<b&&c>d", "http://", "__init__ ___ _ __ x_",
}

// What a user typed is literal, whatever it looks like.
func FuzzLiteral(f *testing.F) {
	for _, s := range literalSeeds {
		f.Add(s)
	}
	r := mustNew(f, Options{})
	f.Fuzz(func(t *testing.T, s string) {
		if got, want := userText(t, r, s), typedBlocks(s); !same(got, want) && typedBlocks(s) != nil {
			t.Errorf("%q\nshown as %q\nwant     %q", s, got, want)
		}
	})
}

// A drawn page of Markdown's own characters finds what single cases do not.
func TestUserTextIsLiteralInAnyMixture(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := mustNew(t, Options{Flavor: rapid.SampledFrom([]string{"gfm", "obsidian", "commonmark"}).Draw(t, "flavor")})
		s := strings.Join(rapid.SliceOfN(rapid.SampledFrom(scraps), 1, 30).Draw(t, "scraps"), "")
		if got, want := userText(t, r, s), typedBlocks(s); !same(got, want) && want != nil {
			t.Fatalf("%q\nshown as %q\nwant     %q", s, got, want)
		}
	})
}

// scraps are pieces of text that mean something to a Markdown reader.
var scraps = []string{
	"\n", "\n", "\n\n", " ", "  ", "    ", "\t", "a", "b", "word ", "#", "# ", "## ", ">", "> ", "-", "- ", "---", "===", "=", "+ ", "* ", "*", "**", "_", "__", "1. ", "2) ", "12",
	"`", "``", "```", "````", "~", "~~", "~~~", "<", ">", "<a>", "</b>", "<b", "<!--", "-->", "<?", "?>", "<![CDATA[", "]]>", "<!X", "<script>", "</script>", "<details>", "</details>", "<style>", "<br>", "<br/>", "<pre>",
	"[", "]", "](", "(", ")", "[x]", "[^1]", "[^1]:", "[x]: ", "]:", "!", "![", "javascript:", "http://x.example/", "https://", "www.x.example", "mailto:a@b.example", "&", "&amp;", "&#", ";", "\\", "\\\\",
	"\\(", "\\)", "\\[", "\\]", "$", "$$", "5", "|", "|---|", "| a | b |", ":", "\"", "'", ".", ",", "!", "é", "世", "\u2028", "\u00a0", "\r\n", "\x00", "\ue200", "\ue201", "\ue202", "cite", "turn0search1",
}
