package html

import (
	"bytes"
	"strconv"
	"strings"

	"gptsnap/formats/chat"
)

// cites carries the cites of one text through Markdown. Each is replaced by a
// placeholder, mark+number+mark, and drawn when the placeholder is met again:
// as links in running text, as bare words inside code, formulas and links.
//
// The mark is punctuation in Unicode's sense, because Markdown asks what
// stands beside a ** and a cite often does; and a character that the text
// itself does not hold, so that a text cannot forge a placeholder.
type cites struct {
	list  []chat.Cite
	mark  string // "" if there is nothing to look for
	drawn []bool
}

// marks are signs that next to nobody writes: SignWriting and Duployan stops.
var marks = []string{"\U0001DA87", "\U0001DA88", "\U0001DA89", "\U0001DA8A", "\U0001DA8B", "\U0001BC9F", "\U00016E97", "\U00016E98", "\U00010B39", "\U00010B3A"}

// open returns t as Markdown with placeholders for its cites.
func (c *cites) open(t *chat.Text) string {
	*c = cites{}
	if len(t.Cites) == 0 {
		return t.Raw
	}
	c.list, c.drawn = t.Cites, make([]bool, len(t.Cites))
	for _, m := range marks {
		if !strings.Contains(t.Raw, m) {
			c.mark = m
			break
		}
	}
	k := -1
	return t.Expand(func(x *chat.Cite) string {
		k++
		switch {
		case x.Kind == chat.CiteSources, x.Label == "" && (x.Kind == chat.CiteDrop || len(x.Links) == 0):
			return "" // the links, if any, stand in the list of sources
		case c.mark == "":
			return x.Label
		}
		return c.mark + strconv.Itoa(k) + c.mark
	})
}

// next finds the first placeholder in s: what is before and behind it, and the
// number of the cite, -1 if there is none.
func (c *cites) next(s string) (before, behind string, k int) {
	if c.mark == "" {
		return s, "", -1
	}
	for from := 0; ; {
		at := strings.Index(s[from:], c.mark)
		if at < 0 {
			return s, "", -1
		}
		at += from
		digits, rest, ok := strings.Cut(s[at+len(c.mark):], c.mark)
		if n, err := strconv.Atoi(digits); ok && err == nil && n >= 0 && n < len(c.list) {
			return s[:at], rest, n
		}
		from = at + len(c.mark)
	}
}

// bare is s with each placeholder reduced to the words of its cite.
func (c *cites) bare(s string) string {
	before, behind, k := c.next(s)
	if k < 0 {
		return s
	}
	var b strings.Builder
	for ; k >= 0; before, behind, k = c.next(behind) {
		b.WriteString(before)
		b.WriteString(c.list[k].Label)
	}
	b.WriteString(before)
	return b.String()
}

// number is l's place in the list of sources, where it is put if it is new.
func (p *page) number(l *chat.Link) int {
	key := "u" + l.URL
	if l.File != nil {
		key = "f" + l.File.Pointer + "\x00" + l.File.ID + "\x00" + l.File.Name + "\x00" + l.Lines
	} else if l.URL == "" {
		key = "t" + l.Title
	}
	if n := p.numbers[key]; n > 0 {
		return n
	}
	if p.numbers == nil {
		p.numbers = map[string]int{}
	}
	p.sources = append(p.sources, l)
	p.numbers[key] = len(p.sources)
	return len(p.sources)
}

// words writes running text, with cites where they stand. Inside a link they
// become plain numbers, because links do not nest.
func (p *page) words(s string, inLink bool) {
	before, behind, k := p.cites.next(s)
	for ; k >= 0; before, behind, k = p.cites.next(behind) {
		p.text(before)
		p.cite(k, inLink)
	}
	p.text(before)
}

func (p *page) cite(k int, inLink bool) {
	c := &p.cites.list[k]
	p.cites.drawn[k] = true
	switch {
	case inLink:
		p.text(c.Label)
		for i := range c.Links {
			p.raw(" [")
			p.num(p.number(&c.Links[i]))
			p.raw("]")
		}
	case c.Kind == chat.CiteImages, c.Kind == chat.CiteList:
		p.text(c.Label)
		for i := range c.Links {
			if i > 0 || c.Label != "" {
				p.raw(" · ")
			}
			p.target("", &c.Links[i], linkTitle(&c.Links[i]))
		}
	case c.Label != "" && len(c.Links) == 1 && c.Kind != chat.CiteLinks:
		p.target("", &c.Links[0], c.Label)
	default:
		p.text(c.Label)
		p.b = bytes.TrimRight(p.b, " ") // a number stays with the word it belongs to
		for i := range c.Links {
			n := p.number(&c.Links[i])
			p.raw("<sup class=cite>")
			p.target("cite", &c.Links[i], strconv.Itoa(n))
			p.raw("</sup>")
		}
	}
}

// linkTitle is what to call l.
func linkTitle(l *chat.Link) string {
	for _, s := range []string{l.Title, l.Site} {
		if strings.TrimSpace(s) != "" {
			return s
		}
	}
	if l.File != nil {
		return fileName(l.File)
	}
	return l.URL
}

// target writes label as a link to what l points at. A number is told to
// screen readers and on hovering by its title.
func (p *page) target(class string, l *chat.Link, label string) {
	href, ok := webLink(l.URL)
	if l.File != nil {
		href = fileLink(l.File)
		ok = href != ""
	}
	if !ok {
		p.text(label)
		if class == "" && l.File != nil {
			p.raw(" <span class=why>(")
			p.text(whyMissing(l.File))
			p.raw(")</span>")
		} else if class == "" && l.URL != "" && l.URL != label {
			p.raw(" <code class=dead>")
			p.text(l.URL)
			p.raw("</code>")
		}
		return
	}
	p.raw("<a")
	if class != "" {
		p.raw(" class=" + class)
		p.attr("title", linkTitle(l))
		p.attr("aria-label", "Source "+label+": "+chat.Opening(linkTitle(l), 120))
	}
	p.attr("href", href)
	if l.File != nil && runs(l.File) {
		p.raw(" download")
	}
	p.raw(` rel="noopener noreferrer nofollow">`)
	p.text(label)
	p.raw("</a>")
}

// closeCites puts the links of all cites that were not drawn where they stood
// (in code, in the title of a link, ...) into the list of sources.
func (p *page) closeCites() {
	for k := range p.cites.list {
		if !p.cites.drawn[k] {
			for i := range p.cites.list[k].Links {
				p.number(&p.cites.list[k].Links[i])
			}
		}
	}
	p.cites = cites{}
}

// sourceList writes the list of sources of the message and empties it.
func (p *page) sourceList() {
	if len(p.sources) == 0 {
		return
	}
	p.raw("<details class=src><summary>" + plural(len(p.sources), "source", "sources") + "</summary><ol>\n")
	for _, l := range p.sources {
		p.raw("<li dir=auto>")
		p.sourceLine(l)
		p.raw("</li>\n")
	}
	p.raw("</ol></details>\n")
	p.sources = p.sources[:0]
	clear(p.numbers)
}

func (p *page) sourceLine(l *chat.Link) {
	p.target("", l, linkTitle(l))
	tail := func(s string) {
		if s != "" && s != linkTitle(l) {
			p.raw(" <span class=why>· ")
			p.text(s)
			p.raw("</span>")
		}
	}
	tail(l.Site)
	tail(l.Date)
	if l.Lines != "" {
		tail("lines " + l.Lines)
	}
}
