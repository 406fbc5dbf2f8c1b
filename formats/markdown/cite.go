package markdown

import (
	"slices"
	"strings"

	"gptsnap/formats/chat"
)

// expand is the clean text of t with a zero byte for every cite that shows
// something. Whoever writes the text calls nextCite there. The zero byte is
// safe: clean lets none through.
func (p *page) expand(t *chat.Text) string {
	p.cites, p.cited = p.cites[:0], 0
	if len(t.Cites) == 0 {
		return clean(t.Raw)
	}
	var b strings.Builder
	b.Grow(len(t.Raw))
	at := 0
	for i := range t.Cites {
		c := &t.Cites[i]
		b.WriteString(clean(t.Raw[at:c.Start]))
		at = c.End
		if c.Kind == chat.CiteSources && p.r.o.Citations != "drop" {
			p.addSources(c.Links)
		}
		if p.shows(c) {
			p.cites = append(p.cites, c)
			b.WriteByte(0)
		}
	}
	b.WriteString(clean(t.Raw[at:]))
	return b.String()
}

// shows reports whether c leaves anything in the sentence.
func (p *page) shows(c *chat.Cite) bool {
	if oneLine(c.Label, 1) != "" {
		return true
	}
	switch c.Kind {
	case chat.CiteDrop, chat.CiteSources:
		return false
	}
	return p.r.o.Citations != "drop" && slices.ContainsFunc(c.Links, func(l chat.Link) bool { return !nameless(&l) })
}

// verbatim writes code, where a cite is only its words.
func (p *page) verbatim(s string) {
	if p.cited >= len(p.cites) {
		p.b = append(p.b, s...)
		return
	}
	for {
		i := strings.IndexByte(s, 0)
		if i < 0 {
			p.b = append(p.b, s...)
			return
		}
		p.b = append(p.b, s[:i]...)
		c := p.takeCite()
		label := inCode.Replace(oneLine(c.Label, 200))
		if label == "" {
			label = "source"
		}
		if !isLetter(label[0]) && label[0] < 0x80 { // it may stand at the start of a line
			label = "(" + label + ")"
		}
		p.b = append(p.b, label...)
		if p.r.o.Citations != "drop" {
			p.addSources(c.Links)
		}
		s = s[i+1:]
	}
}

// inCode replaces what could end code or begin a tag.
var inCode = strings.NewReplacer("`", "'", "~", "-", "<", "‹", ">", "›")

func (p *page) takeCite() *chat.Cite {
	c := p.cites[p.cited]
	p.cited++
	return c
}

// nextCite writes what the next cite of the running text leaves there: never
// nothing, never more than a line.
func (p *page) nextCite() {
	c := p.takeCite()
	switch {
	case c.Kind == chat.CiteDrop || c.Kind == chat.CiteSources || len(c.Links) == 0:
		p.escape(oneLine(c.Label, 300), escapes{label: true, dollars: p.r.math})
		return
	case c.Kind == chat.CiteFile && (c.Label != "" || p.r.o.Citations != "drop"):
		p.citeFile(c)
		return
	case p.r.o.Citations == "drop":
		p.escape(oneLine(c.Label, 300), escapes{label: true, dollars: p.r.math})
		return
	}
	label := oneLine(c.Label, 300)
	// Pictures and lists are no evidence: a number alone would say nothing.
	if p.r.o.Citations == "footnotes" && c.Kind != chat.CiteImages && c.Kind != chat.CiteList {
		p.escape(label, escapes{label: true, dollars: p.r.math})
		for i := range c.Links {
			p.note(&c.Links[i])
		}
		return
	}
	links := c.Links
	if c.Kind == chat.CiteWords {
		if target, ok := safeURL(links[0].URL); ok && label != "" {
			p.link(label, target)
			links = links[1:]
		} else {
			p.escape(label, escapes{label: true, dollars: p.r.math})
		}
		if len(links) == 0 {
			return
		}
	} else if label != "" {
		p.escape(label, escapes{label: true, dollars: p.r.math})
	}
	p.space()
	p.b = append(p.b, '(')
	if c.Kind == chat.CiteImages {
		p.b = append(p.b, "images: "...)
	}
	from := len(p.b)
	for i := range links {
		if nameless(&links[i]) {
			continue
		}
		if len(p.b) > from {
			p.b = append(p.b, ", "...)
		}
		p.source(&links[i])
	}
	p.b = append(p.b, ')')
}

// nameless reports that nothing can be said of l.
func nameless(l *chat.Link) bool {
	return l.File == nil && oneLine(l.Title, 1)+oneLine(l.Site, 1)+oneLine(l.URL, 1) == ""
}

// afterCite keeps rest, the text after a cite, from making a link of it.
func (p *page) afterCite(rest string) {
	if p.b[len(p.b)-1] == ']' && rest != "" && strings.IndexByte("([:", rest[0]) >= 0 {
		p.b = append(p.b, '\\')
	}
}

// space parts what follows from the words before it, unless it would make a
// list or a heading of the beginning of a line.
func (p *page) space() {
	letters := false
	for i := len(p.b) - 1; i >= 0 && i > len(p.b)-40; i-- {
		c := p.b[i]
		if i == len(p.b)-1 && (c <= ' ' || c == '(' || c == '[') || c == '\n' {
			break
		}
		if letters = isLetter(c) || c >= 0x80; letters {
			p.b = append(p.b, ' ')
			return
		}
	}
}

// citeFile writes a passage of a file, or a file to download.
func (p *page) citeFile(c *chat.Cite) {
	label := oneLine(c.Label, 300)
	for i := range c.Links {
		l := &c.Links[i]
		name := l.Title
		if l.File != nil && l.File.Name != "" {
			name = l.File.Name
		}
		if l.Lines != "" {
			name += ", lines " + l.Lines
		}
		if i > 0 || label == "" {
			p.space()
			p.b = append(p.b, '(')
		}
		words := oneLine(name, 200)
		if i == 0 && label != "" {
			words = label
		}
		switch target, ok := safeURL(l.URL); {
		case l.File != nil && l.File.Href != "":
			p.fileLink(words, l.File)
		case l.File != nil:
			p.escape(words, escapes{label: true, dollars: p.r.math})
			switch named := fileName(l.File); {
			case i > 0 || label == "": // its name, in brackets
				p.facts(l.File)
				p.whyGone(l.File)
			case words == named:
				p.b = append(p.b, " (file"...)
				p.facts(l.File)
				p.whyGone(l.File)
				p.b = append(p.b, ')')
			default:
				p.b = append(p.b, ' ')
				p.fileNote("file", l.File)
			}
		case ok:
			p.link(words, target)
		default:
			p.escape(words, escapes{label: true, dollars: p.r.math})
		}
		if i > 0 || label == "" {
			p.b = append(p.b, ')')
		}
	}
}

// source writes one link of evidence, in words if its address is not safe.
func (p *page) source(l *chat.Link) {
	if l.File != nil && l.File.Href != "" {
		p.fileLink(oneLine(or(l.Title, l.File.Name, l.File.ID), 120), l.File)
		return
	}
	target, ok := safeURL(l.URL)
	words := oneLine(or(l.Title, l.Site, host(l.URL), l.URL), 120)
	if !ok {
		p.escape(words, escapes{label: true, dollars: p.r.math})
		if l.URL != "" && words != oneLine(l.URL, 120) {
			p.b = append(p.b, ' ')
			p.words(l.URL)
		}
		if l.File != nil {
			p.b = append(p.b, ' ')
			p.fileNote("file", l.File)
		}
		return
	}
	p.link(or(words, "link"), target)
}

func (p *page) addSources(links []chat.Link) {
	for i := range links {
		if !nameless(&links[i]) {
			p.sources = append(p.sources, links[i])
		}
	}
}

// closeCites writes the list of sources that a message ends with.
func (p *page) closeCites() {
	if len(p.sources) == 0 {
		return
	}
	p.gap()
	p.b = append(p.b, "Sources:"...)
	for i := range p.sources {
		p.b = append(p.b, ' ')
		if p.r.o.Citations == "footnotes" {
			p.note(&p.sources[i])
			continue
		}
		p.source(&p.sources[i])
		if i+1 < len(p.sources) {
			p.b = append(p.b, " ·"...)
		}
	}
	p.b = append(p.b, '\n')
	p.sources = p.sources[:0]
}

// noImage keeps an exclamation mark from making a picture of the link behind it.
func (p *page) noImage() {
	n := len(p.b)
	if n > 0 && p.b[n-1] == '!' && (n < 2 || p.b[n-2] != '\\') {
		p.b = append(p.b[:n-1], "&#33;"...)
	}
}
