package markdown

import "strings"

// fold writes body, folded under summary if folded, below a bold line if not.
func (p *page) fold(folded bool, summary string, body func()) {
	p.gap()
	summary = oneLine(summary, 200)
	switch {
	case !folded:
		p.b = append(p.b, "**"...)
		p.words(strings.Trim(summary, " *"))
		p.b = append(p.b, "**\n"...)
		body()
	case p.r.wiki:
		p.b = append(p.b, "> [!note]- "...)
		p.words(summary)
		p.b = append(p.b, '\n')
		from := len(p.b)
		body()
		p.quote(from)
	default:
		p.b = append(p.b, "<details><summary>"...)
		p.b = append(p.b, htmlText.Replace(summary)...)
		p.b = append(p.b, "</summary>\n"...)
		body()
		p.gap()
		p.b = append(p.b, "</details>\n"...)
	}
}

var htmlText = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// quote puts what stands from on into a block quote.
func (p *page) quote(from int) {
	text := strings.TrimRight(string(p.b[from:]), "\n")
	p.b = p.b[:from]
	for line := range strings.SplitSeq(text, "\n") {
		if line == "" {
			p.b = append(p.b, ">\n"...)
		} else {
			p.b = append(append(append(p.b, "> "...), line...), '\n')
		}
	}
}
