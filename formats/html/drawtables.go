package html

import (
	"github.com/yuin/goldmark/ast"
	gfm "github.com/yuin/goldmark/extension/ast"
)

// enterGFM draws what GitHub added to Markdown. A node that nobody knows is
// drawn by its children.
func (p *page) enterGFM(n ast.Node) bool {
	w := &p.walk
	switch n := n.(type) {
	case *gfm.Table:
		w.body = false
		p.raw("<div class=wide tabindex=0 role=group aria-label=Table><table>\n")
	case *gfm.TableHeader:
		p.raw("<thead><tr>")
	case *gfm.TableRow:
		if !w.body {
			w.body = true
			p.raw("<tbody>")
		}
		p.raw("<tr>")
	case *gfm.TableCell:
		p.raw("<" + cellTag(n))
		switch n.Alignment {
		case gfm.AlignRight:
			p.raw(" class=right")
		case gfm.AlignCenter:
			p.raw(" class=center")
		}
		p.raw(">")
	case *gfm.Strikethrough:
		p.raw("<del>")
	case *gfm.TaskCheckBox:
		if n.IsChecked {
			p.raw("<input type=checkbox disabled checked aria-label=done> ")
		} else {
			p.raw("<input type=checkbox disabled aria-label=\"not done\"> ")
		}
		return false
	}
	return true
}

func (p *page) leaveGFM(n ast.Node) {
	switch n := n.(type) {
	case *gfm.Table:
		if p.walk.body {
			p.raw("</tbody>")
		}
		p.raw("</table></div>\n")
	case *gfm.TableHeader:
		p.raw("</tr></thead>\n")
	case *gfm.TableRow:
		p.raw("</tr>\n")
	case *gfm.TableCell:
		p.raw("</" + cellTag(n) + ">")
	case *gfm.Strikethrough:
		p.raw("</del>")
	}
}

func cellTag(n *gfm.TableCell) string {
	if _, head := n.Parent().(*gfm.TableHeader); head {
		return "th"
	}
	return "td"
}
