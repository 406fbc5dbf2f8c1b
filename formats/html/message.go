package html

import (
	"strings"
	"time"

	"gptsnap/formats/chat"
)

// isStep reports whether node i is on the way to an answer and folded away,
// or not drawn at all: it may share a fold with its neighbours.
func (p *page) isStep(i int) bool {
	m := p.d.Nodes[i].Message
	return m == nil || p.mode(m) != "show"
}

// mode says how m is drawn: show, fold or drop.
func (p *page) mode(m *chat.Message) string {
	switch m.Class() {
	case chat.Said:
		return "show"
	case chat.Thinking:
		return p.r.o.Thinking
	case chat.Tooling:
		if p.r.o.Tools == "fold" && writesCanvas(m) {
			return "show"
		}
		return p.r.o.Tools
	}
	return "fold"
}

// writesCanvas reports whether m holds a document that the user saw beside the
// talk: it is written by a tool, but it is no step on the way to an answer.
func writesCanvas(m *chat.Message) bool {
	for _, part := range m.Parts {
		if x, ok := part.(*chat.Canvas); ok && x.Known && x.Content != "" && !x.Failed {
			return true
		}
	}
	return false
}

// fewSteps is how many folded messages in a row stand side by side; more of
// them share one fold.
const fewSteps = 3

// messages writes the messages of a run of nodes that no fork divides.
func (p *page) messages(nodes []int) {
	drawn, tools := 0, 0
	var thought time.Duration
	for _, i := range nodes {
		if m := p.d.Nodes[i].Message; m != nil && p.mode(m) != "drop" {
			drawn++
			thought += m.Thinking
			if m.Role == chat.Tool {
				tools++
			}
		}
	}
	grouped := drawn > fewSteps
	if grouped {
		p.raw("<details class=work><summary>" + plural(drawn, "step", "steps"))
		if tools > 0 {
			p.raw(" · " + plural(tools, "tool result", "tool results"))
		}
		if thought > 0 {
			p.raw(" · thought for " + duration(thought.Seconds()))
		}
		p.raw("</summary>\n")
	}
	for _, i := range nodes {
		if m := p.d.Nodes[i].Message; m != nil {
			p.message(i, m)
		}
	}
	if grouped {
		p.raw("</details>\n")
	}
}

func (p *page) message(i int, m *chat.Message) {
	switch p.mode(m) {
	case "fold":
		p.step(i, m)
	case "show":
		p.article(i, m)
	}
}

// article writes a message that everybody reads.
func (p *page) article(i int, m *chat.Message) {
	if p.joined[i] {
		return
	}
	m, more := p.whole(i, m)
	class := "a"
	if m.Role == chat.User {
		class = "u"
	}
	p.raw("<article class=\"m " + class + "\" id=\"")
	p.raw(anchorOf(p.d.Conversation, i))
	p.raw("\"><h2>")
	p.who(m)
	if m.Created.IsZero() {
		p.raw(" <a class=at href=\"#" + anchorOf(p.d.Conversation, i) + "\" title=\"Link to this message\">#</a>")
	} else {
		p.raw(" <a class=at href=\"#" + anchorOf(p.d.Conversation, i) + "\">")
		p.clock(m.Created)
		p.raw("</a>")
	}
	p.raw("</h2>\n")
	for _, k := range more {
		p.raw("<span id=\"" + anchorOf(p.d.Conversation, k) + "\"></span>")
	}
	p.body(m)
	p.ending(m)
	p.raw("</article>\n")
}

// who names the speaker and what answered.
func (p *page) who(m *chat.Message) {
	switch m.Role {
	case chat.User:
		if m.Name != "" { // one of several, in a group chat
			p.element("b dir=auto", "b", m.Name)
		} else {
			p.element("b", "b", p.r.o.UserName)
		}
	case chat.Assistant:
		p.element("b", "b", p.r.o.AssistantName)
	default:
		name := string(m.Role)
		if m.Name != "" {
			name = m.Name
		}
		p.element("b dir=auto", "b", name)
	}
	if m.Model != "" && m.Role != chat.User {
		p.raw(" ")
		p.element("span class=model", "span", m.Model)
	}
	if m.Class() == chat.Said && m.Thinking > 0 {
		p.raw(" <span class=model>thought for " + duration(m.Thinking.Seconds()) + "</span>")
	}
	if m.Variant {
		if m.Chosen {
			p.raw(" <span class=model>chosen of two answers</span>")
		} else {
			p.raw(" <span class=model>offered beside another answer</span>")
		}
	}
}

// clock writes a time: with its date if that is not the last one shown.
func (p *page) clock(t time.Time) {
	day := t.In(p.r.o.Location).Format("2 Jan 2006")
	if day == p.day {
		p.time(t, "15:04")
		return
	}
	p.day = day
	p.time(t, "2 Jan 2006, 15:04")
}

// ending says so if the answer stopped before its end, and what the user
// thought of it.
func (p *page) ending(m *chat.Message) {
	switch {
	case m.Finish != "" && m.Finish != "stop" && m.Finish != "finished_successfully":
		p.element("p class=why", "p", "Ended early: "+strings.ReplaceAll(m.Finish, "_", " "))
	case m.Status == "in_progress":
		p.raw("<p class=why>Never finished</p>")
	}
	for i := range m.Feedback {
		f := &m.Feedback[i]
		words := f.String()
		if strings.TrimSpace(f.Text) != "" {
			words += ": " + f.Text
		}
		p.element("p class=why", "p", words)
	}
}

// body writes the parts of a message, what is attached to it, and its sources.
func (p *page) body(m *chat.Message) {
	p.raw("<div class=b dir=auto lang=\"\">\n")
	p.files.open(m)
	for _, part := range m.Parts {
		p.part(m, part)
	}
	p.attachments(m)
	p.sourceList()
	p.raw("</div>\n")
}
