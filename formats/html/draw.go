package html

import (
	"strings"

	"github.com/yuin/goldmark/ast"
)

// A walk is the state of writing down one tree of Markdown.
type walk struct {
	src      []byte
	headings int  // what is added to the level of a heading
	inLink   int  // how many links we are in
	body     bool // of the table: its head is written
	defs     []*ast.LinkReferenceDefinition
	used     map[string]bool // destinations of the links met
}

// drawTree writes a tree of Markdown. It goes down and up again by the tree's
// own pointers, so that depth costs nothing.
func (p *page) drawTree(root ast.Node) {
	n := root.FirstChild()
	for n != nil {
		if p.enter(n) {
			if down := n.FirstChild(); down != nil {
				n = down
				continue
			}
			p.leave(n)
		}
		for n.NextSibling() == nil {
			if n = n.Parent(); n == nil || n == root {
				return
			}
			p.leave(n)
		}
		n = n.NextSibling()
	}
}

// enter writes the beginning of n, or all of it. It reports whether its
// children and its end are still to be written.
func (p *page) enter(n ast.Node) bool {
	w := &p.walk
	switch n := n.(type) {
	case *ast.Text:
		p.markdownWords(string(n.Segment.Value(w.src)), n.IsRaw())
		switch {
		case n.HardLineBreak():
			p.raw("<br>\n")
		case n.SoftLineBreak():
			p.raw("\n")
		}
		return false
	case *ast.String:
		p.words(string(n.Value), w.inLink > 0)
		return false
	case *ast.Paragraph:
		p.raw("<p>")
	case *ast.TextBlock:
	case *ast.Heading:
		p.headingTag("<h", n)
	case *ast.Emphasis:
		if n.Level == 2 {
			p.raw("<strong>")
		} else {
			p.raw("<em>")
		}
	case *ast.CodeSpan:
		p.raw("<code>")
		p.text(p.bareLines(n))
		p.raw("</code>")
		return false
	case *ast.Blockquote:
		p.raw("<blockquote>\n")
	case *ast.List:
		p.openList(n)
	case *ast.ListItem:
		p.raw("<li>")
	case *ast.ThematicBreak:
		p.raw("<hr>\n")
		return false
	case *ast.FencedCodeBlock:
		info := ""
		if n.Info != nil {
			info = p.bareCites(string(n.Info.Segment.Value(w.src)))
		}
		p.codeCard(info, p.bareCites(blockText(n, w.src)))
		return false
	case *ast.CodeBlock:
		p.codeCard("", p.bareCites(blockText(n, w.src)))
		return false
	case *ast.HTMLBlock:
		p.raw("<pre class=raw>")
		s := blockText(n, w.src)
		if n.HasClosure() {
			s += string(n.ClosureLine.Value(w.src))
		}
		p.words(strings.TrimRight(s, "\n"), false)
		p.raw("</pre>\n")
		return false
	case *ast.RawHTML:
		p.rawInline(n)
		return false
	case *ast.Link:
		p.openLink(n)
	case *ast.AutoLink:
		p.autoLink(n)
		return false
	case *ast.Image:
		p.openImage(n)
	case *mathNode:
		p.formulas = true
		if n.Display {
			p.element(`span class="math display"`, "span", p.bareCites(string(n.TeX)))
		} else {
			p.element("span class=math", "span", p.bareCites(string(n.TeX)))
		}
		return false
	case *mathBlock:
		p.formulas = true
		p.element("div class=math tabindex=0", "div", strings.TrimRight(p.bareCites(blockText(n, w.src)), "\n"))
		p.raw("\n")
		return false
	case *ast.LinkReferenceDefinition:
		w.defs = append(w.defs, n)
		return false
	default:
		return p.enterGFM(n)
	}
	return true
}

func (p *page) leave(n ast.Node) {
	switch n := n.(type) {
	case *ast.Paragraph:
		p.raw("</p>\n")
	case *ast.TextBlock:
		if n.NextSibling() != nil {
			p.raw("\n")
		}
	case *ast.Heading:
		p.headingTag("</h", n)
		p.raw("\n")
	case *ast.Emphasis:
		if n.Level == 2 {
			p.raw("</strong>")
		} else {
			p.raw("</em>")
		}
	case *ast.Blockquote:
		p.raw("</blockquote>\n")
	case *ast.List:
		if n.IsOrdered() {
			p.raw("</ol>\n")
		} else {
			p.raw("</ul>\n")
		}
	case *ast.ListItem:
		p.raw("</li>\n")
	case *ast.Link:
		p.closeLink(n.Destination)
	case *ast.Image:
		p.closeLink(n.Destination)
	default:
		p.leaveGFM(n)
	}
}

func (p *page) headingTag(open string, n *ast.Heading) {
	p.raw(open)
	p.num(min(max(n.Level+p.walk.headings, 3), 6))
	p.raw(">")
}

func (p *page) openList(n *ast.List) {
	switch {
	case !n.IsOrdered():
		p.raw("<ul>\n")
	case n.Start != 1:
		p.raw("<ol start=")
		p.num(n.Start)
		p.raw(">\n")
	default:
		p.raw("<ol>\n")
	}
}
