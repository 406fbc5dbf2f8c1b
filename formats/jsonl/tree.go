package jsonl

import (
	"strconv"
	"strings"

	"gptsnap/formats/chat"
)

func decimal(n int) string { return strconv.Itoa(n) }

// tree writes a line for every node, in the order of the conversation. The
// keys up to "branches" are on every line; null stands for what is unknown or,
// in a node without a message, absent. Keys after it come only when they say
// something. What belongs to the conversation as a whole is on its first line,
// under "conversation".
func (l *lines) tree() {
	c := l.c
	on := c.OnCurrent()
	branches := c.Leaves()
	b := l.b
	head := text(key([]byte{'{'}, "conversation_id"), c.ID) // how every line begins
	head = text(key(head, "title"), c.Title)
	for i := range c.Nodes {
		n := &c.Nodes[i]
		m := n.Message
		if m == nil {
			m = &chat.Message{ID: string(n.ID)}
		}
		b = append(b, head...)
		b = text(key(b, "id"), string(n.ID))
		b = key(b, "parent")
		if n.Parent >= 0 {
			b = text(b, string(c.Nodes[n.Parent].ID))
		} else {
			b = append(b, "null"...)
		}
		b = list(b, "children", n.Children, func(b []byte, k *int32) []byte { return text(b, string(c.Nodes[*k].ID)) })
		b = key(b, "role")
		if n.Message == nil {
			b = append(b, "null"...)
		} else {
			b = text(b, string(m.Role))
		}
		b = field(b, "name", m.Name)
		b = field(b, "recipient", m.Recipient)
		b = field(b, "content_type", m.ContentType)
		b = field(b, "model", m.Model)
		b = moment(key(b, "created"), m.Created)
		b = key(b, "text")
		from := len(b)
		if n.Message == nil {
			b = append(b, "null"...)
		} else {
			b = joined(b, m)
		}
		if t := onlyText(m); t != nil { // its text stands there already, escaped
			to := len(b)
			b = append(append(b, `,"parts":[{"type":"text","text":`...), b[from:to]...)
			b = append(cites(b, t), "}]"...)
		} else {
			b = list(b, "parts", m.Parts, part)
		}
		b = truth(b, "hidden", m.Hidden)
		b = truth(b, "visible", n.Message != nil && m.Visible())
		b = truth(b, "current", on[i])
		b = strconv.AppendInt(key(b, "version"), int64(n.Version), 10)
		b = strconv.AppendInt(key(b, "versions"), int64(n.Versions), 10)
		b = field(b, "status", m.Status)
		b = strconv.AppendInt(key(b, "branches"), int64(branches), 10)
		if n.Message != nil {
			b = rest(b, n, m)
		}
		if i == 0 {
			b = l.whole(b)
		}
		b = append(b, "}\n"...)
	}
	l.b = b
}

// onlyText is the text that is all of m, nil if m is something else.
func onlyText(m *chat.Message) *chat.Text {
	if len(m.Parts) != 1 {
		return nil
	}
	t, _ := m.Parts[0].(*chat.Text)
	return t
}

// joined appends what m.Text returns, without making a string of it first.
func joined(b []byte, m *chat.Message) []byte {
	b = append(b, '"')
	first := true
	for _, p := range m.Parts {
		var s string
		switch p := p.(type) {
		case *chat.Text:
			s = p.Raw
		case *chat.Transcript:
			s = p.Text
		default:
			continue
		}
		if !first {
			b = append(b, `\n`...)
		}
		first = false
		b = inner(b, s)
	}
	return append(b, '"')
}

// rest appends what few messages have.
func rest(b []byte, n *chat.Node, m *chat.Message) []byte {
	if cited(m) {
		if plain := chat.Unmark(m.Plain()); plain != m.Text() {
			b = text(key(b, "clean_text"), plain)
		}
	}
	b = someList(b, "attachments", m.Attachments, oneFile)
	if m.ID != string(n.ID) {
		b = text(key(b, "message_id"), m.ID)
	}
	b = some(b, "channel", m.Channel)
	b = some(b, "finish", m.Finish)
	b = some(b, "effort", m.Effort)
	b = some(b, "turn", m.Turn)
	b = someTime(b, "updated", m.Updated)
	b = someFloat(b, "thinking_seconds", m.Thinking.Seconds())
	b = someBool(b, "instruction", m.Instruction)
	b = someBool(b, "variant", m.Variant)
	b = someBool(b, "chosen", m.Chosen)
	b = someList(b, "feedback", m.Feedback, oneFeedback)
	return someFloat(b, "weight", m.Weight)
}

func oneFeedback(b []byte, f *chat.Feedback) []byte {
	b = text(key(append(b, '{'), "rating"), string(f.Rating))
	b = some(b, "against", f.Against)
	b = someList(b, "tags", f.Tags, oneText)
	b = some(b, "text", f.Text)
	return append(someTime(b, "created", f.Created), '}')
}

// cited reports whether m may read otherwise than it is written.
func cited(m *chat.Message) bool {
	for _, p := range m.Parts {
		if t, ok := p.(*chat.Text); ok && (len(t.Cites) > 0 || strings.Contains(t.Raw, "\xee")) {
			return true
		}
	}
	return false
}

func (l *lines) whole(b []byte) []byte {
	c := l.c
	b = append(key(b, "conversation"), '{')
	b = someTime(b, "created", c.Created)
	b = someTime(b, "updated", c.Updated)
	b = some(b, "model", c.Model)
	b = some(b, "gpt", c.Gizmo)
	b = some(b, "project", c.Project)
	b = someBool(b, "archived", c.Archived)
	b = someBool(b, "starred", c.Starred)
	b = some(b, "url", c.URL)
	b = some(b, "partial", c.Partial)
	b = someList(b, "problems", c.Problems, func(b []byte, p *chat.Problem) []byte {
		b = some(append(b, '{'), "node", string(p.Node))
		return append(text(key(b, "text"), p.Text), '}')
	})
	return append(b, '}')
}
