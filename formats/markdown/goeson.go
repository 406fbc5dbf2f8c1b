package markdown

import "gptsnap/formats/chat"

// An answer that reached the longest length is continued in a message of its
// own, often amid a word or a block of code. Such messages are drawn as the
// one text that they are: the first holds its text back for the next.

func cutOff(m *chat.Message) bool { return m.Finish == "max_tokens" || m.Finish == "max_length" }

// goesOn reports whether the message at s.Nodes[j] is continued by the next.
func (p *page) goesOn(s *chat.Stretch, j int) bool {
	m := p.d.Nodes[s.Nodes[j]].Message
	if m.Role != chat.Assistant || !cutOff(m) || j+1 == len(s.Nodes) || !endsInText(m) {
		return false
	}
	i := s.Nodes[j+1]
	n := &p.d.Nodes[i]
	next := n.Message
	if next == nil || next.Role != chat.Assistant || next.Model != m.Model || n.Versions > 1 || p.anchored(i) || !next.Visible() {
		return false
	}
	_, ok := next.Parts[0].(*chat.Text)
	return ok
}

// endsInText reports whether nothing of m comes after its text.
func endsInText(m *chat.Message) bool {
	if len(m.Parts) == 0 || len(m.Attachments) > 0 {
		return false
	}
	_, ok := m.Parts[len(m.Parts)-1].(*chat.Text)
	return ok
}

// joined is b as the continuation of a.
func joined(a, b *chat.Text) *chat.Text {
	both := &chat.Text{Raw: a.Raw + b.Raw}
	both.Cites = append(both.Cites, a.Cites...)
	for _, c := range b.Cites {
		c.Start += len(a.Raw)
		c.End += len(a.Raw)
		both.Cites = append(both.Cites, c)
	}
	return both
}
