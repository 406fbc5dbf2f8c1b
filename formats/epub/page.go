package epub

import (
	"cmp"
	"fmt"
	"html"
	"regexp"
	"strconv"
	"strings"

	"gptsnap/formats/chat"
	"gptsnap/formats/outline"
)

// Anchors and the links to them, as this file writes them.
var (
	anchor = regexp.MustCompile(` id="(m\d+)"`)
	jump   = regexp.MustCompile(`href="#(m\d+)"`)
)

// A page is one chapter being written.
type page struct {
	d *chat.Document
	b strings.Builder
	// anchored are the nodes that have an anchor already: a heading and the
	// remark on its version stand for the same node.
	anchored map[int]bool
}

// esc is s as the text of an element or of an attribute.
func esc(s string) string { return html.EscapeString(s) }

func (p *page) block(b *outline.Block) {
	switch b.Kind {
	case outline.Title:
		p.b.WriteString("<h1>" + esc(b.Text) + "</h1>\n")
	case outline.Fact:
		p.b.WriteString(`<p class="fact">` + esc(b.Label) + ": " + esc(b.Text) + "</p>\n")
	case outline.Branch:
		p.b.WriteString("<hr/>\n<h2" + p.anchor(b.Node) + ">" + esc(b.Text) + "</h2>\n")
		p.others(b)
	case outline.Turn:
		p.b.WriteString("<h2" + p.anchor(b.Node) + ">" + esc(b.Text) + "</h2>\n")
	case outline.Version:
		p.b.WriteString(`<p class="note"` + p.anchor(b.Node) + ">" + esc(b.Text) + "</p>\n")
		p.others(b)
	case outline.Note:
		p.b.WriteString(`<p class="note">[` + esc(b.Text) + "]</p>\n")
	case outline.Label:
		p.b.WriteString(`<p class="label">` + esc(b.Text) + "</p>\n")
	case outline.Prose:
		p.b.WriteString(prose(b.Text))
	case outline.Plain:
		p.pieces(b.Text, `<p class="plain">`, "</p>\n")
	case outline.Code:
		p.pieces(b.Text, "<pre>", "</pre>\n")
	case outline.Quote:
		p.pieces(b.Text, `<blockquote><p class="plain">`, "</p></blockquote>\n")
	case outline.Picture:
		if b.File.Href == "" {
			break
		}
		fmt.Fprintf(&p.b, "<p><img src=\"%s\" alt=\"%s\"/></p>\n", inBook(b.File.Href), esc(b.Text))
		p.b.WriteString(`<p class="note">` + esc(b.Label) + "</p>\n")
	case outline.Media:
		p.b.WriteString(`<p class="note">[` + esc(b.Text) + "]</p>\n")
	case outline.Links:
		p.b.WriteString("<ul>\n")
		for i := range b.Links {
			p.b.WriteString("<li>" + link(&b.Links[i]))
			if s := b.Links[i].Snippet; s != "" {
				p.b.WriteString("<br/>" + esc(s))
			}
			p.b.WriteString("</li>\n")
		}
		p.b.WriteString("</ul>\n")
	case outline.Sources:
		p.b.WriteString("<h2>Sources</h2>\n<ol>\n")
		for i := range b.Links {
			p.b.WriteString("<li>" + link(&b.Links[i]) + "</li>\n")
		}
		p.b.WriteString("</ol>\n")
	}
	p.b.WriteString(cut)
}

// anchor makes node i a target of links, once.
func (p *page) anchor(i int) string {
	if i < 0 || p.anchored[i] {
		return ""
	}
	if p.anchored == nil {
		p.anchored = map[int]bool{}
	}
	p.anchored[i] = true
	return ` id="m` + strconv.Itoa(i) + `"`
}

// others links to the other versions.
func (p *page) others(b *outline.Block) {
	if len(b.Others) == 0 {
		return
	}
	p.b.WriteString(`<p class="note">Other versions:`)
	for _, k := range b.Others {
		fmt.Fprintf(&p.b, ` <a href="#m%d">%d</a>`, k, p.d.Nodes[k].Version)
	}
	p.b.WriteString("</p>\n")
}

// pieces writes words that mean what they are, in several elements if they are
// long, so that a chapter can be cut.
func (p *page) pieces(s, open, end string) {
	const most = longest / 4
	for len(s) > 0 {
		n := len(s)
		if n > most {
			n = most
			if at := strings.LastIndexByte(s[:n], '\n'); at > 0 {
				n = at + 1
			} else {
				for n > 0 && s[n]&0xC0 == 0x80 { // not within a letter
					n--
				}
			}
		}
		p.b.WriteString(open + esc(strings.TrimSuffix(s[:n], "\n")) + end)
		if s = s[n:]; s != "" {
			p.b.WriteString(cut)
		}
	}
}

func link(l *chat.Link) string {
	title := l.Title
	if title == "" {
		title = l.Site
	}
	if title == "" {
		title = l.URL
	}
	s := esc(title)
	if url := outline.WebAddress(l.URL); url != "" {
		s = `<a href="` + esc(url) + `">` + s + "</a>"
		if title != l.URL {
			s += " " + esc(l.URL)
		}
	} else if l.URL != "" && l.URL != title {
		s += " " + esc(l.URL)
	}
	if f := l.File; f != nil && f.Href == "" {
		s += ": " + esc(cmp.Or(f.Missing, "not in the source"))
	}
	for _, more := range []string{l.Site, l.Date} {
		if more != "" && more != title {
			s += ", " + esc(more)
		}
	}
	return s
}
