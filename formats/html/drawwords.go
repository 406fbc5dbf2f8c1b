package html

import (
	stdhtml "html"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"
)

// markdownWords writes running text: backslashes before punctuation go, and
// named and numbered characters become what they stand for.
func (p *page) markdownWords(s string, literal bool) {
	for !literal {
		i := strings.IndexAny(s, `\&`)
		if i < 0 {
			break
		}
		if s[i] == '\\' {
			if i+1 < len(s) && util.IsPunct(s[i+1]) {
				p.words(s[:i], p.walk.inLink > 0)
				p.text(s[i+1 : i+2])
				s = s[i+2:]
				continue
			}
		} else if name := entity(s[i:]); name != "" {
			p.words(s[:i], p.walk.inLink > 0)
			p.text(stdhtml.UnescapeString(name))
			s = s[i+len(name):]
			continue
		}
		p.words(s[:i+1], p.walk.inLink > 0)
		s = s[i+1:]
	}
	p.words(s, p.walk.inLink > 0)
}

// entity is the named or numbered character, such as &amp; or &#38;, that s
// begins with; "" if it begins with none.
func entity(s string) string {
	for i := 1; i < len(s) && i < 40; i++ {
		switch c := s[i]; {
		case c == ';':
			if name := s[:i+1]; stdhtml.UnescapeString(name) != name {
				return name
			}
			return ""
		case c == '#', 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		default:
			return ""
		}
	}
	return ""
}

// bareCites is s with its cites as bare words. Their links go to the list of
// sources, which is where closeCites puts what was not drawn.
func (p *page) bareCites(s string) string { return p.cites.bare(s) }

// bareLines is the text of a code span.
func (p *page) bareLines(n ast.Node) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); ok {
			b.Write(t.Segment.Value(p.walk.src))
		}
	}
	return p.bareCites(strings.ReplaceAll(b.String(), "\n", " "))
}

// blockText is what stands on the lines of a block.
func blockText(n ast.Node, src []byte) string {
	var b strings.Builder
	for i := range n.Lines().Len() {
		seg := n.Lines().At(i)
		b.Write(seg.Value(src))
	}
	return b.String()
}

// rawInline shows a tag as words, but for the one that models put into table
// cells to break a line.
func (p *page) rawInline(n *ast.RawHTML) {
	var b strings.Builder
	for i := range n.Segments.Len() {
		seg := n.Segments.At(i)
		b.Write(seg.Value(p.walk.src))
	}
	switch strings.ToLower(strings.ReplaceAll(b.String(), " ", "")) {
	case "<br>", "<br/>":
		p.raw("<br>")
	default:
		p.words(b.String(), p.walk.inLink > 0)
	}
}

// looseDefinitions shows the link definitions that no link of the text used:
// Markdown hides them, an archive must not.
func (p *page) looseDefinitions() {
	for _, def := range p.walk.defs {
		if p.walk.used[string(def.Destination)] {
			continue
		}
		p.raw("<p class=def>[")
		p.words(string(def.Label), true)
		p.raw("]: ")
		url := p.bareCites(unescape(def.Destination))
		p.link("", url, url)
		if len(def.Title) > 0 {
			p.raw(" ")
			p.words(unescape(def.Title), false)
		}
		p.raw("</p>\n")
	}
}
