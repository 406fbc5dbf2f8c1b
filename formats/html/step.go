package html

import (
	"strings"

	"gptsnap/formats/chat"
)

// step writes a message that is folded: one line to read, all of it to open.
func (p *page) step(i int, m *chat.Message) {
	if r, ok := onlyRecap(m); ok {
		p.raw("<p class=\"m step recap\" id=\"" + anchorOf(p.d.Conversation, i) + "\">")
		p.text(r.Text)
		p.raw("</p>\n")
		return
	}
	p.raw("<details class=\"m step\" id=\"" + anchorOf(p.d.Conversation, i) + "\"><summary>")
	p.summary(m)
	p.raw("</summary>\n")
	p.body(m)
	p.ending(m)
	p.raw("</details>\n")
}

func onlyRecap(m *chat.Message) (*chat.Recap, bool) {
	if len(m.Parts) != 1 || len(m.Attachments) > 0 {
		return nil, false
	}
	r, ok := m.Parts[0].(*chat.Recap)
	return r, ok && strings.TrimSpace(r.Text) != ""
}

// summary is the one line of a folded message. It names, and never quotes,
// what is inside, so that no word of a chat is on the page twice.
func (p *page) summary(m *chat.Message) {
	name := m.Name
	switch class := m.Class(); {
	case class == chat.Thinking:
		p.raw("Thinking")
	case class == chat.Setup:
		p.raw(setupName(m))
	case m.Role == chat.Tool:
		p.raw("Result")
		if name == "" {
			name = "a tool"
		}
		p.raw(" of ")
		p.element("code dir=auto", "code", name)
	case m.Recipient != "" && m.Recipient != "all":
		p.raw("Call to ")
		p.element("code dir=auto", "code", m.Recipient)
	default:
		p.raw("Note by ")
		p.text(string(m.Role))
	}
	lines := 0
	for _, part := range m.Parts {
		switch part := part.(type) {
		case *chat.Thoughts:
			p.raw(" · " + plural(len(part.Items), "thought", "thoughts"))
		case *chat.Code:
			lines += strings.Count(strings.TrimSpace(part.Source), "\n") + 1
		case *chat.Output:
			if part.Error != "" {
				p.raw(" · error")
			}
			if part.Seconds > 0 {
				p.raw(" · " + duration(part.Seconds))
			}
		case *chat.Failure:
			p.raw(" · error")
		}
	}
	if lines > 0 {
		p.raw(" · " + plural(lines, "line", "lines"))
	}
	if m.Thinking > 0 {
		p.raw(" · " + duration(m.Thinking.Seconds()))
	}
}

func setupName(m *chat.Message) string {
	switch {
	case m.Instruction:
		return "Custom instructions"
	case m.Role == chat.System:
		return "System message"
	case m.Role == chat.User, m.Role == chat.Assistant:
		return "Hidden message"
	}
	return "Hidden tool message"
}

// duration is a length of time for people: 0.4 s, 14 s, 2 min 5 s.
func duration(seconds float64) string {
	var o out
	switch s := int(seconds + 0.5); {
	case !(seconds >= 0) || seconds > 1e9:
		return "an unknown time"
	case seconds < 10 && seconds != float64(int(seconds)):
		tenths := int(seconds*10 + 0.5)
		o.num(tenths / 10)
		o.raw(".")
		o.num(tenths % 10)
		o.raw(" s")
	case s < 60:
		o.num(s)
		o.raw(" s")
	case s < 3600:
		o.num(s / 60)
		o.raw(" min ")
		o.num(s % 60)
		o.raw(" s")
	default:
		o.num(s / 3600)
		o.raw(" h ")
		o.num(s / 60 % 60)
		o.raw(" min")
	}
	return string(o.b)
}
