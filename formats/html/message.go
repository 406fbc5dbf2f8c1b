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
