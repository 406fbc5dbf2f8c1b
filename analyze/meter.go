package analyze

import (
	"cmp"

	"gptsnap/formats/chat"
	tokenizer "gptsnap/formats/tokens"
)

// A Meter counts tokens, and what they would have cost. It may be used by many
// goroutines.
//
// Tokens are those of the text that words are counted in, in the encoding of
// the model that wrote it; of a prompt, of the model that answered it first. A
// message counts once, whatever number of branches run through it.
//
// An account is not charged by the token. What its chats would have cost
// through the API depends on how they would have been asked for, so there are
// two numbers, and both belong to the answer, each visible one being a request:
//
//	once     the answer, and the prompts above it that no answer before it has read
//	resent   the answer, and every visible message on the way from the root to it
//
// The first is the least there is: nothing is sent twice. The second is what a
// program pays that sends the whole talk with each prompt, without discount for
// what the server has seen before. A second answer to one prompt thus has the
// prompt only in the second number. What instructions, memory, pictures, files,
// tools and thinking take is in neither.
type Meter struct {
	o200k, cl100k *tokenizer.Encoding
	prices        *Prices // nil: only tokens are asked for
}

// NewMeter makes a meter. Without prices it counts only tokens.
func NewMeter(prices *Prices) (*Meter, error) {
	o200k, err := tokenizer.Load(tokenizer.O200k)
	if err != nil {
		return nil, err
	}
	cl100k, err := tokenizer.Load(tokenizer.CL100k)
	if err != nil {
		return nil, err
	}
	return &Meter{o200k, cl100k, prices}, nil
}

// A bill is what the meter reads of one message, or the sum of several.
type bill struct {
	user, assistant int // tokens of visible messages
	prompts, path   int // tokens that answers are sent: once, and with the whole path
	once, resent    money
	priced          int // answers that the cost is of
	unpriced        int // answers by models without a price
}

func (b *bill) plus(d *bill) {
	b.user += d.user
	b.assistant += d.assistant
	b.prompts += d.prompts
	b.path += d.path
	b.once = b.once.plus(d.once)
	b.resent = b.resent.plus(d.resent)
	b.priced += d.priced
	b.unpriced += d.unpriced
}

// cost is the range of what b costs, as values of a table: nil if there is no
// price for any of it.
func (b *bill) cost() (once, resent, both any) {
	if b.priced == 0 && b.unpriced > 0 {
		return nil, nil, nil
	}
	low, high := b.once.dollars(), b.resent.dollars()
	return low, high, Span{low, high}
}

func (b *bill) tokens() int { return b.user + b.assistant }

// read gives t the bill of each node, in time linear in its text and nodes.
func (m *Meter) read(t *Tally) {
	c := t.Chat
	t.Bills = make([]bill, len(c.Nodes))
	first := firstAnswers(t)
	above := make([]int, len(c.Nodes)) // tokens on the way from the root through each node
	o := m.encodings()
	for i := range c.Preorder() {
		if up := c.Nodes[i].Parent; up >= 0 {
			above[i] = above[up]
		}
		f, b := &t.Facts[i], &t.Bills[i]
		if !f.Visible {
			continue
		}
		text := c.Nodes[i].Message.Plain()
		switch {
		case f.Role == chat.Assistant:
			b.assistant = o.of(f.Model).Count(text)
			b.path = above[i]
			above[i] += b.assistant
		case first[i] >= 0:
			b.user = o.of(t.Facts[first[i]].Model).Count(text)
			t.Bills[first[i]].prompts += b.user
			above[i] += b.user
		default:
			b.user = o.of("").Count(text)
			above[i] += b.user
		}
	}
	if m.prices != nil {
		m.charge(t)
	}
}

// charge puts prices to the answers.
func (m *Meter) charge(t *Tally) {
	for i := range t.Facts {
		f, b := &t.Facts[i], &t.Bills[i]
		if !f.Visible || f.Role != chat.Assistant {
			continue
		}
		p, ok := m.prices.of(f.answerer())
		if !ok {
			b.unpriced = 1
			continue
		}
		b.priced = 1
		out := p.output.times(b.assistant)
		b.once, b.resent = p.input.times(b.prompts).plus(out), p.input.times(b.path).plus(out)
	}
}

// firstAnswers is for each node the first visible answer at or below it, in
// the order in which versions stand; -1 where there is none.
func firstAnswers(t *Tally) []int32 {
	c := t.Chat
	order := make([]int32, 0, len(c.Nodes))
	for i := range c.Preorder() {
		order = append(order, int32(i))
	}
	first := make([]int32, len(c.Nodes))
	for k := len(order) - 1; k >= 0; k-- {
		i := order[k]
		first[i] = -1
		if f := &t.Facts[i]; f.Visible && f.Role == chat.Assistant {
			first[i] = i
			continue
		}
		for _, child := range c.Nodes[i].Children {
			if first[child] >= 0 {
				first[i] = first[child]
				break
			}
		}
	}
	return first
}

// encodings remembers the encoding of the model that was asked for last.
type encodings struct {
	*Meter
	model string
	last  *tokenizer.Encoding
}

func (m *Meter) encodings() encodings { return encodings{m, "", m.o200k} }

func (e *encodings) of(model string) *tokenizer.Encoding {
	if model != e.model {
		e.model, e.last = model, e.o200k
		if tokenizer.ForModel(model) == tokenizer.CL100k {
			e.last = e.cl100k
		}
	}
	return e.last
}

// billed is the bill of message i, of nothing if nobody asked for one.
func (t *Tally) billed(i int) *bill {
	if t.Bills == nil {
		return &bill{}
	}
	return &t.Bills[i]
}

// answerer is the name of the model of a message in tables.
func (f *Fact) answerer() string { return cmp.Or(f.Model, unknownGroup) }
