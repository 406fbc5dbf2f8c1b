package analyze

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"gptsnap/formats/chat"
)

// models counts assistant messages by the model that gave them. One without
// a model is "unknown": it is never guessed from the conversation's default.
type models struct {
	zone          *time.Location
	rows          map[string]*modelRow
	conversations int // with an assistant message
	seen          int // conversations observed so far
	spending
}

type modelRow struct {
	model         string
	last          int // the conversation that was counted last, from 1
	conversations int
	Count
	bill        bill
	from, to    time.Time
	regenerated int // answers that stand beside other versions of themselves
	off         int // messages off the current path
	thinking    time.Duration
}

func newModels(o Options) Metric {
	return &models{zone: o.Clock, rows: map[string]*modelRow{}, spending: newSpending(o)}
}

// Observe counts the answers of one conversation.
func (m *models) Observe(t *Tally) {
	m.seen++
	m.note(t)
	if t.All.Assistant > 0 {
		m.conversations++
	}
	again := regenerations(t.Chat)
	for i := range t.Facts {
		f := &t.Facts[i]
		if f.Role != chat.Assistant {
			continue
		}
		name := cmp.Or(f.Model, "unknown")
		r := m.rows[name]
		if r == nil {
			r = &modelRow{model: strings.Clone(name)}
			m.rows[r.model] = r
		}
		if r.last != m.seen {
			r.last = m.seen
			r.conversations++
		}
		f.count(&r.Count)
		r.bill.plus(t.billed(i))
		r.regenerated += one(again != nil && again[i])
		r.off += one(!f.Current)
		r.thinking += max(0, t.Chat.Nodes[i].Message.Thinking)
		r.from, r.to = earlier(r.from, f.Time), later(r.to, f.Time)
	}
}

// regenerations tells for each node whether it is one of several answers to
// the same prompt, asked for again or offered to choose from; nil if none is.
func regenerations(c *chat.Conversation) []bool {
	var again []bool
	for i := range c.Nodes {
		kids := c.Nodes[i].Children
		if len(kids) < 2 {
			continue
		}
		if kind := c.ForkKind(i); kind != chat.RegeneratedAnswer && kind != chat.ChosenOfTwo {
			continue
		}
		if again == nil {
			again = make([]bool, len(c.Nodes))
		}
		for _, k := range kids {
			again[k] = true
		}
	}
	return again
}

// Table has a row for each model, the busiest first.
func (m *models) Table() Table {
	rows := slices.SortedFunc(maps.Values(m.rows), func(a, b *modelRow) int {
		return cmp.Or(cmp.Compare(b.Messages, a.Messages), cmp.Compare(a.model, b.model))
	})
	var sum modelRow
	for _, r := range rows {
		sum.Plus(&r.Count)
		sum.bill.plus(&r.bill)
		sum.regenerated += r.regenerated
		sum.off += r.off
		sum.thinking += r.thinking
		sum.from, sum.to = earlier(sum.from, r.from), later(sum.to, r.to)
	}
	sum.conversations = m.conversations
	t := Table{
		Report: "models", Title: "Answers by model", Zone: m.zone, Chart: Chart{Shape: Bars, Label: "model", Value: "messages"},
		Counted: "assistant messages of all branches · words of visible ones",
		Columns: []Column{
			{Key: "model", Heading: "Model", Flex: true},
			{Key: "conversations", Heading: "Chats", Kind: Int},
			{Key: "messages", Heading: "Messages", Kind: Int},
			{Key: "words", Heading: "Words", Kind: Int},
			{Key: "share", Heading: "Share", Kind: Percent, Rank: 1},
			{Key: "first", Heading: "First", Kind: Date, Rank: 3},
			{Key: "last", Heading: "Last", Kind: Date, Rank: 2},
			{Key: "visible", Heading: "Visible", Kind: Int, Rank: 3},
			{Key: "regenerated", Heading: "Versions", Kind: Int, Rank: 1, Optional: true},
			{Key: "messages_off", Heading: "Off path", Kind: Int, Rank: 2, Optional: true},
			{Key: "thinking", Heading: "Thinking", Kind: Duration, Rank: 1, Optional: true},
			{Key: "bar", Kind: Drawing, Drawn: true, Rank: 3},
		},
		Screen: []string{"model", "conversations", "messages", "visible", "words", "share", "bar", "regenerated", "messages_off", "thinking", "first", "last"},
		Total:  m.row(sum.values(nil, sum.Messages, nil), &sum.bill),
	}
	for _, r := range rows {
		t.Rows = append(t.Rows, m.row(r.values(r.model, sum.Messages, Bar(part(r.Messages, rows[0].Messages))), &r.bill))
	}
	m.columns(&t, "share")
	m.priced(&t)
	return t
}

func (r *modelRow) values(name any, all int, bar any) []any {
	return []any{name, r.conversations, r.Messages, r.Words(), Share(part(r.Messages, all)), moment(r.from), moment(r.to), r.Visible, r.regenerated, r.off, r.thinking, bar}
}

// earlier is the earlier of two times, of which zero is unknown.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// later is the later of two times, of which zero is unknown.
func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// moment is t as a value of a table: nil if it is unknown.
func moment(t time.Time) any {
	if !known(t) {
		return nil
	}
	return t
}
