package source

import (
	"fmt"
	"maps"
	"slices"

	"gptsnap/formats/chat"
	"gptsnap/formats/chatgpt"
)

// feedbackReaders are the members of an export that hold what the user thought
// of messages, and who reads them.
var feedbackReaders = map[string]func(raw []byte) (all []chatgpt.Rated, odd int, err error){
	"message_feedback.json":  chatgpt.DecodeFeedback,
	"model_comparisons.json": chatgpt.DecodeComparisons,
}

// mostFeedback bounds a member that is read whole: a thumb takes some 300 bytes.
const mostFeedback = 256 << 20

// feedback is what users thought of messages, by conversation.
type feedback map[string][]chatgpt.Rated

// add takes in one of these members. Later exports repeat what earlier ones
// said; each judgement counts once.
func (f feedback) add(name string, raw []byte) error {
	all, odd, err := feedbackReaders[name](raw)
	for _, r := range all {
		same := func(o chatgpt.Rated) bool {
			return o.Message == r.Message && o.Against == r.Against && o.Rating == r.Rating && o.Text == r.Text && o.Created.Equal(r.Created) && slices.Equal(o.Tags, r.Tags)
		}
		if !slices.ContainsFunc(f[r.Conversation], same) {
			f[r.Conversation] = append(f[r.Conversation], r)
		}
	}
	if err == nil && odd > 0 {
		err = fmt.Errorf("%d of its entries name no conversation or no message", odd)
	}
	return err
}

// attach gives the messages of c what was thought of them. A judgement of a
// message that is not there is a problem of c.
func (f feedback) attach(id string, c *chat.Conversation) {
	if len(f[id]) == 0 {
		return
	}
	place := make(map[string]*chat.Message, 2*len(c.Nodes))
	for i := range c.Nodes {
		if m := c.Nodes[i].Message; m != nil {
			place[m.ID] = m
		}
	}
	for i := range c.Nodes { // the node's own name counts for more
		if m := c.Nodes[i].Message; m != nil {
			place[string(c.Nodes[i].ID)] = m
		}
	}
	for _, r := range f[id] {
		if m := place[r.Message]; m != nil {
			m.Feedback = append(m.Feedback, r.Feedback)
			continue
		}
		what := r.String()
		if r.Text != "" {
			what += ": " + r.Text
		}
		c.Problems = append(c.Problems, chat.Problem{Text: fmt.Sprintf("feedback on message %q, which is not in the conversation: %s", r.Message, what)})
	}
}

// onto makes an entry's Decode attach what was thought of its messages.
func (f feedback) onto(e Entry) Entry {
	if len(f[e.ID]) == 0 || e.Decode == nil {
		return e
	}
	decode := e.Decode
	e.Decode = func() (*chat.Conversation, error) {
		c, err := decode()
		if err == nil {
			f.attach(e.ID, c)
		}
		return c, err
	}
	return e
}

// feedback reads what the members of a box say of messages. What cannot be
// read is a problem of it.
func (b *box) feedback() feedback {
	f := feedback{}
	for _, name := range slices.Sorted(maps.Keys(feedbackReaders)) {
		m := b.find(name)
		if m == nil {
			continue
		}
		raw, err := m.read(mostFeedback)
		if err == nil {
			err = f.add(name, raw)
		}
		if err != nil {
			b.problem("%s: feedback on messages is incomplete: %w", m.name, err)
		}
	}
	return f
}
