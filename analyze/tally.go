package analyze

import (
	"time"

	"gptsnap/formats/chat"
	"gptsnap/formats/rows"
)

// A Tally is what the metrics need to know of one conversation.
type Tally struct {
	Chat  *chat.Conversation
	Facts []Fact // of each node, at its index

	All, Current    Count // over the whole tree, and on the current path
	Branches, Forks int
	Versions        int // children of all forks: how many versions there are to choose from
	Kinds           Kinds
	Snippets        []snippet // only if a metric needs them
	Bills           []bill    // of each node, if a meter has read them; else nil
}

// An extra is dear to find out and only looked for if a metric asks, by having
// a method extras.
type extra uint

// The extras.
const (
	extraCode extra = 1 << iota
)

// A Fact is what is counted of one node. Without a message all but Current is zero.
type Fact struct {
	Message bool
	Visible bool // people read it
	Current bool // it is on the current path
	Role    chat.Role
	Model   string    // what answered, "" if unknown
	Words   int       // of a visible message, else 0
	Time    time.Time // zero if unknown
}

// A Count adds up messages, as data sets do.
type Count = rows.Count

// Kinds counts forks by what made them.
type Kinds struct{ Edited, Regenerated, Choices, Mixed int }

// tally reads c once. It is the part of the work that runs in parallel.
func tally(c *chat.Conversation, extras extra) *Tally {
	t := &Tally{Chat: c, Facts: make([]Fact, len(c.Nodes))}
	on := c.OnCurrent()
	for i := range c.Nodes {
		n, f := &c.Nodes[i], &t.Facts[i]
		f.Current = on[i]
		switch k := len(n.Children); {
		case k == 0:
			t.Branches++
		case k > 1:
			t.Forks++
			t.Versions += k
			t.Kinds.add(c.ForkKind(i))
		}
		if n.Message == nil {
			continue
		}
		f.read(n.Message)
		if extras&extraCode != 0 {
			for _, one := range rows.Snippets(nil, n.Message, f.Visible) {
				t.Snippets = append(t.Snippets, snippet{one, i})
			}
		}
		f.count(&t.All)
		if f.Current {
			f.count(&t.Current)
		}
	}
	return t
}

func (f *Fact) read(m *chat.Message) {
	f.Message, f.Role, f.Model = true, m.Role, m.Model
	if known(m.Created) {
		f.Time = m.Created
	}
	if f.Visible = m.Visible(); f.Visible {
		f.Words = words(m)
	}
}

// words is chat.Words of m.Plain(), without joining the parts.
func words(m *chat.Message) int {
	n := 0
	for _, p := range m.Parts {
		switch p := p.(type) {
		case *chat.Text:
			n += chat.Words(p.Plain())
		case *chat.Transcript:
			n += chat.Words(p.Text)
		}
	}
	return n
}

// known reports whether t can be written as a date in every zone: a hostile
// time of the year 60000 counts as unknown.
func known(t time.Time) bool { return !t.IsZero() && t.Year() > 0 && t.Year() < 9999 }

// count adds the message of f to c, if it has one.
func (f *Fact) count(c *Count) {
	if f.Message {
		c.Add(f.Role, f.Visible, f.Words)
	}
}

func (k *Kinds) add(kind chat.ForkKind) {
	switch kind {
	case chat.EditedPrompt:
		k.Edited++
	case chat.RegeneratedAnswer:
		k.Regenerated++
	case chat.ChosenOfTwo:
		k.Choices++
	default:
		k.Mixed++
	}
}

func (k *Kinds) plus(d Kinds) {
	k.Edited += d.Edited
	k.Regenerated += d.Regenerated
	k.Choices += d.Choices
	k.Mixed += d.Mixed
}
