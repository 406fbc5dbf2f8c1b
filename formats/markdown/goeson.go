package markdown

import "gptsnap/formats/chat"

// mostJoined bounds how many messages become one text: it is copied again with
// every one that follows.
const mostJoined = 100

// goesOn reports whether the message at s.Nodes[j] is continued by the next,
// without anything on the page that would stand between them.
func (p *page) goesOn(s *chat.Stretch, j int) bool {
	next := p.d.Continuation(s.Nodes[j])
	return next >= 0 && j+1 < len(s.Nodes) && s.Nodes[j+1] == next && !p.anchored(next)
}
