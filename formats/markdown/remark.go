package markdown

import (
	"strings"

	"gptsnap/formats/chat"
)

// remark writes what the provider's page showed around the message.
func (p *page) remark(x *chat.Remark) {
	one := *x
	if x.Kind == chat.RemarkStep && len(x.Lines) > 0 && oneLine(x.Lines[0], 150) == p.step {
		one.Lines = x.Lines[1:] // the fold is called so
	}
	words := oneLine(one.Line(), 1000)
	switch {
	case words != "":
		p.gap()
		p.b = append(p.b, '*')
		p.words(words)
		p.b = append(p.b, "*\n"...)
	case len(one.Lines) == 0:
	case x.Kind == chat.RemarkFollowUps:
		p.bold(x.Heading())
		p.gap()
		for _, l := range x.Lines {
			p.b = append(p.b, "- "...)
			p.words(oneLine(l, 10_000))
			p.b = append(p.b, '\n')
		}
	default:
		p.bold(x.Heading())
		for _, l := range x.Lines {
			p.blockquote(l)
		}
	}
}

// stepOf is what m was doing, by the words of the provider's page; "" if it
// said nothing of it.
func stepOf(m *chat.Message) string {
	for _, part := range m.Parts {
		if r, ok := part.(*chat.Remark); ok && r.Kind == chat.RemarkStep && len(r.Lines) > 0 {
			return oneLine(r.Lines[0], 150)
		}
	}
	return ""
}

// onlyStep reports whether m says nothing but what the model was at.
func onlyStep(m *chat.Message) bool {
	for _, part := range m.Parts {
		switch part := part.(type) {
		case *chat.Remark:
			if part.Kind != chat.RemarkStep {
				return false
			}
		case *chat.Text:
			if strings.TrimSpace(part.Raw) != "" {
				return false
			}
		default:
			return false
		}
	}
	return stepOf(m) != "" && len(m.Attachments) == 0
}

// browsing writes what a search found: folded where it stands in an answer.
func (p *page) browsing(m *chat.Message, x *chat.Browsing) {
	body := func() {
		p.blockquote(x.Summary)
		p.code("", x.Result)
		p.links("", x.Links)
	}
	if m.Class() == chat.Said {
		p.fold(true, "What a search found", body)
	} else {
		body()
	}
}
