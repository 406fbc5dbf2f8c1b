package chat

// CutOff reports that m ended because it had grown to the longest length.
func (m *Message) CutOff() bool { return m.Finish == "max_tokens" || m.Finish == "max_length" }

// Continuation is the node whose text goes on in the middle of the sentence
// where node i was cut off, as the provider's page shows it after "continue
// generating"; -1 if there is none. It is the only child of i, of the same
// speaker and model, and begins with the text that i ends with. What follows
// the current node is off the current path, and so never its continuation.
func (c *Conversation) Continuation(i int) int {
	m := c.Nodes[i].Message
	if m == nil || i == c.Current || m.Role != Assistant || !m.CutOff() || len(c.Nodes[i].Children) != 1 || len(m.Parts) == 0 || len(m.Attachments)+len(m.Feedback) > 0 {
		return -1
	}
	k := int(c.Nodes[i].Children[0])
	next := c.Nodes[k].Message
	if next == nil || next.Role != Assistant || next.Model != m.Model || !next.Visible() || c.Nodes[k].Versions > 1 {
		return -1
	}
	_, ends := m.Parts[len(m.Parts)-1].(*Text)
	_, begins := next.Parts[0].(*Text)
	if !ends || !begins {
		return -1
	}
	return k
}

// Then is t with more right behind it, as one text.
func (t *Text) Then(more *Text) *Text {
	both := &Text{Raw: t.Raw + more.Raw}
	both.Cites = append(both.Cites, t.Cites...)
	for _, c := range more.Cites {
		c.Start += len(t.Raw)
		c.End += len(t.Raw)
		both.Cites = append(both.Cites, c)
	}
	return both
}
