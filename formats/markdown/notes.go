package markdown

import "gptsnap/formats/chat"

// note writes the mark of l's footnote, one footnote per address.
func (p *page) note(l *chat.Link) {
	key := or(l.URL, l.Title)
	n, known := p.noteOf[key]
	if !known {
		if p.noteOf == nil {
			p.noteOf = make(map[string]int)
		}
		p.notes = append(p.notes, *l)
		n = len(p.notes)
		p.noteOf[key] = n
	}
	p.noImage()
	if p.r.o.Flavor != "commonmark" {
		p.b = append(append(append(p.b, "[^"...), decimal(n)...), ']')
		return
	}
	p.space()
	if target, ok := safeURL(l.URL); ok { // CommonMark has no footnotes: the number itself is the link
		p.b = append(append(append(append(append(p.b, `[\[`...), decimal(n)...), `\]](`...), target...), ')')
		return
	}
	p.b = append(append(append(p.b, `\[`...), decimal(n)...), ']')
}

// footnotes writes the list at the end of the page.
func (p *page) footnotes() {
	if len(p.notes) == 0 {
		return
	}
	p.gap()
	if p.r.o.Flavor == "commonmark" {
		p.b = append(p.b, "## Sources\n\n"...)
	}
	for i := range p.notes {
		if p.r.o.Flavor == "commonmark" {
			p.b = append(append(p.b, decimal(i+1)...), ". "...)
		} else {
			p.b = append(append(append(p.b, "[^"...), decimal(i+1)...), "]: "...)
		}
		l := &p.notes[i]
		p.source(l)
		if l.Site != "" && l.Title != "" {
			p.b = append(p.b, ", "...)
			p.escape(oneLine(l.Site, 80), escapes{label: true, dollars: p.r.math})
		}
		if l.Date != "" {
			p.b = append(p.b, ", "...)
			p.escape(oneLine(l.Date, 40), escapes{label: true, dollars: p.r.math})
		}
		p.b = append(p.b, '\n')
	}
}
