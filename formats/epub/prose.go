package epub

import (
	"bytes"
	"fmt"
	"strings"

	"gptsnap/formats/outline"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/renderer"
	gold "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// markdown makes XHTML of what models write. It is set up apart from the one
// for web pages: those draw the tree of a text themselves, with colours and
// without closing slashes; a book needs the plain elements, as XML.
var markdown = goldmark.New(
	goldmark.WithExtensions(extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignStyle)), extension.Strikethrough),
	goldmark.WithRendererOptions(gold.WithXHTML(), renderer.WithNodeRenderers(util.Prioritized(own{}, 1))),
)

// Deeper nesting or longer text than this is shown as it was typed: readers
// are not made for it.
const (
	deepest     = 40
	longestText = 1 << 20
)

// prose is Markdown as XHTML.
func prose(s string) string {
	src := []byte(s)
	if len(src) > longestText || nests(s) {
		p := &page{}
		p.pieces(s, "<pre>", "</pre>\n")
		return p.b.String()
	}
	tree := markdown.Parser().Parse(text.NewReader(src))
	if depth(tree) > deepest {
		p := &page{}
		p.pieces(s, "<pre>", "</pre>\n")
		return p.b.String()
	}
	var b bytes.Buffer
	for n := tree.FirstChild(); n != nil; n = n.NextSibling() {
		if err := markdown.Renderer().Render(&b, src, n); err != nil {
			panic(fmt.Sprintf("rendering into memory: %v", err)) // no writer that could fail
		}
		b.WriteString(cut)
	}
	// A numeric reference may name a character that XML forbids.
	return outline.Clean(b.String())
}

// nests reports that a line opens more quotes, lists or brackets than any
// honest text does, before a parser has to follow them.
func nests(s string) bool {
	const most = 200
	for line := range strings.Lines(s) {
		if strings.Count(line, ">")+strings.Count(line, "[")+strings.Count(line, "- ")+strings.Count(line, "* ")+strings.Count(line, "+ ") > most {
			return true
		}
	}
	return false
}

// depth is how deep the tree nests, found without recursion.
func depth(tree ast.Node) int {
	most, at := 0, 0
	for n := tree; n != nil; {
		most = max(most, at)
		if c := n.FirstChild(); c != nil {
			n = c
			at++
			continue
		}
		for n != nil && n.NextSibling() == nil {
			n = n.Parent()
			at--
		}
		if n != nil {
			n = n.NextSibling()
		}
	}
	return most
}

// own draws what must not be drawn as goldmark would.
type own struct{}

// RegisterFuncs names the kinds of nodes.
func (own) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindRawHTML, rawInline)
	r.Register(ast.KindHTMLBlock, rawBlock)
	r.Register(ast.KindLink, webLink)
	r.Register(ast.KindAutoLink, autoLink)
	r.Register(ast.KindImage, webImage)
	r.Register(ast.KindHeading, heading)
	r.Register(east.KindTableCell, cell)
	r.Register(ast.KindListItem, item)
}

func rawInline(w util.BufWriter, src []byte, n ast.Node, in bool) (ast.WalkStatus, error) {
	if in {
		segments := n.(*ast.RawHTML).Segments
		for i := range segments.Len() {
			s := segments.At(i)
			_, _ = w.Write(util.EscapeHTML(s.Value(src)))
		}
	}
	return ast.WalkSkipChildren, nil
}

func rawBlock(w util.BufWriter, src []byte, n ast.Node, in bool) (ast.WalkStatus, error) {
	if in {
		_, _ = w.WriteString("<pre>")
		b := n.(*ast.HTMLBlock)
		for i := range b.Lines().Len() {
			s := b.Lines().At(i)
			_, _ = w.Write(util.EscapeHTML(s.Value(src)))
		}
		if b.HasClosure() {
			_, _ = w.Write(util.EscapeHTML(b.ClosureLine.Value(src)))
		}
		_, _ = w.WriteString("</pre>\n")
	}
	return ast.WalkContinue, nil
}

// webLink links to the web only; of other links the words stay, and the address.
func webLink(w util.BufWriter, _ []byte, n ast.Node, in bool) (ast.WalkStatus, error) {
	target := string(n.(*ast.Link).Destination)
	url := outline.WebAddress(target)
	if linked(n) {
		url = ""
	}
	switch {
	case url != "" && in:
		_, _ = w.WriteString(`<a href="` + escaped(url) + `">`)
	case url != "":
		_, _ = w.WriteString("</a>")
	case !in && target != "":
		_, _ = w.WriteString(" (" + escaped(target) + ")")
	}
	return ast.WalkContinue, nil
}

// linked reports that n stands within a link: links do not nest.
func linked(n ast.Node) bool {
	for p := n.Parent(); p != nil; p = p.Parent() {
		if p.Kind() == ast.KindLink {
			return true
		}
	}
	return false
}

func autoLink(w util.BufWriter, src []byte, n ast.Node, in bool) (ast.WalkStatus, error) {
	if in {
		a := n.(*ast.AutoLink)
		target := string(a.URL(src))
		if a.AutoLinkType == ast.AutoLinkEmail {
			target = "mailto:" + target
		}
		label := escaped(string(a.Label(src)))
		if url := outline.WebAddress(target); url != "" && !linked(n) {
			label = `<a href="` + escaped(url) + `">` + label + "</a>"
		}
		_, _ = w.WriteString(label)
	}
	return ast.WalkContinue, nil
}

// webImage names a picture of the web: a book fetches nothing.
func webImage(w util.BufWriter, _ []byte, n ast.Node, in bool) (ast.WalkStatus, error) {
	if in {
		_, _ = w.WriteString("[image: ")
	} else {
		_, _ = w.WriteString(" " + escaped(string(n.(*ast.Image).Destination)) + "]")
	}
	return ast.WalkContinue, nil
}

// heading stands below the heading of its message.
func heading(w util.BufWriter, _ []byte, n ast.Node, in bool) (ast.WalkStatus, error) {
	tag := fmt.Sprintf("h%d>", min(n.(*ast.Heading).Level+2, 6))
	if in {
		_, _ = w.WriteString("<" + tag)
	} else {
		_, _ = w.WriteString("</" + tag + "\n")
	}
	return ast.WalkContinue, nil
}

// cell has its alignment as a style: XHTML knows no other.
func cell(w util.BufWriter, _ []byte, n ast.Node, in bool) (ast.WalkStatus, error) {
	c := n.(*east.TableCell)
	tag := "td"
	if c.Parent().Kind() == east.KindTableHeader {
		tag = "th"
	}
	switch {
	case !in:
		_, _ = w.WriteString("</" + tag + ">\n")
	case c.Alignment == east.AlignNone:
		_, _ = w.WriteString("<" + tag + ">")
	default:
		_, _ = w.WriteString("<" + tag + ` style="text-align:` + c.Alignment.String() + `">`)
	}
	return ast.WalkContinue, nil
}

func item(w util.BufWriter, _ []byte, _ ast.Node, in bool) (ast.WalkStatus, error) {
	if in {
		_, _ = w.WriteString("<li>")
	} else {
		_, _ = w.WriteString("</li>\n")
	}
	return ast.WalkContinue, nil
}

func escaped(s string) string { return string(util.EscapeHTML([]byte(outline.Clean(s)))) }

// cite writes evidence into Markdown: its number, linked to the source.
func cite(label string, marks []outline.Mark) string {
	var b strings.Builder
	for _, r := range label { // words, not Markdown
		if r < 0x80 && strings.ContainsRune("\\`*_{}[]<>()#+-.!|~&$^", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	for _, m := range marks {
		if m.Number == 0 {
			continue
		}
		if url := outline.WebAddress(m.Link.URL); url != "" && !strings.ContainsAny(url, "()") {
			fmt.Fprintf(&b, ` [\[%d\]](<%s>)`, m.Number, url)
		} else {
			fmt.Fprintf(&b, ` \[%d\]`, m.Number)
		}
	}
	return b.String()
}
