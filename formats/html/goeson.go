package html

import (
	"slices"

	"gptsnap/formats/chat"
)

// mostJoined bounds how many answers become one: each is copied again with
// every one that follows.
const mostJoined = 100

// whole is the message of node i together with the answers that go on where
// it was cut off, as the provider's page shows them after "continue
// generating", and the nodes that are in it. They are not drawn again.
func (p *page) whole(i int, m *chat.Message) (*chat.Message, []int) {
	c := p.d.Conversation
	var more []int
	for at := i; m.Visible() && len(more) < mostJoined; {
		next := c.Continuation(at)
		if next < 0 {
			break
		}
		if p.joined == nil {
			p.joined = map[int]bool{}
		}
		p.joined[next] = true
		more = append(more, next)
		m = joinedWith(m, c.Nodes[next].Message)
		at = next
	}
	return m, more
}

// joinedWith is m with the last text of it going on in the first of next.
func joinedWith(m, next *chat.Message) *chat.Message {
	both := *m
	last := len(m.Parts) - 1
	both.Parts = append(slices.Clone(m.Parts[:last]), m.Parts[last].(*chat.Text).Then(next.Parts[0].(*chat.Text)))
	both.Parts = append(both.Parts, next.Parts[1:]...)
	both.Attachments, both.Finish, both.Status = next.Attachments, next.Finish, next.Status
	return &both
}
