package analyze

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"gptsnap/formats/chat"
	"gptsnap/formats/source"
)

// coverage lists what an input lacks or holds in a form that could not be
// read in full: the lines to look at before one trusts the other reports.
type coverage struct {
	*stock
	rows map[[2]string]*lack
	seen int
	runs func() source.Ledger // nil if nobody knows
}

// A lack is one thing that is missing or odd.
type lack struct {
	last                 int
	count, conversations int
	example              string // the id of one conversation, the first in order
}

func newCoverage(o Options) Metric {
	return &coverage{stock: newStock(o), rows: map[[2]string]*lack{}, runs: o.Ledger}
}

// Observe looks for what one conversation lacks.
func (k *coverage) Observe(t *Tally) {
	k.seen++
	c := t.Chat
	k.observe(t)
	if c.Partial != "" {
		k.note("tree", "known in part: "+c.Partial, c.ID)
	}
	if t.All.Messages == 0 {
		k.note("tree", "no message at all", c.ID)
	}
	for _, p := range c.Problems {
		k.note("problem", general(p.Text), c.ID)
	}
	for i := range t.Facts {
		f := &t.Facts[i]
		if !f.Message {
			continue
		}
		if f.Time.IsZero() && f.Visible {
			k.note("message", "without a time", c.ID)
		}
		if f.Role == chat.Assistant && f.Visible && f.Model == "" {
			k.note("message", "an answer of unknown model", c.ID)
		}
		for _, p := range c.Nodes[i].Message.Parts {
			if p, ok := p.(*chat.Unknown); ok {
				k.note("content", "of a kind this version does not know: "+cmp.Or(p.Kind, "without a name"), c.ID)
			}
		}
	}
}

func (k *coverage) note(area, what, id string) {
	key := [2]string{area, what}
	l := k.rows[key]
	if l == nil {
		l = &lack{example: strings.Clone(id)}
		k.rows[[2]string{area, strings.Clone(what)}] = l
	}
	l.count++
	if l.last != k.seen {
		l.last = k.seen
		l.conversations++
	}
	if id < l.example {
		l.example = strings.Clone(id)
	}
}

// general is a problem without the names that it quotes, so that the same one
// of many conversations counts as one.
func general(s string) string {
	var b strings.Builder
	for {
		before, after, ok := strings.Cut(s, `"`)
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		_, rest, closed := strings.Cut(after, `"`)
		if !closed {
			return b.String() + "…"
		}
		b.WriteString("…")
		s = rest
	}
}

// Table has a row for each thing, the most frequent of each area first.
func (k *coverage) Table() Table {
	rows := maps.Clone(k.rows)
	files, there := 0, 0
	for _, one := range k.all {
		files++
		if one.missing == "" {
			there++
			continue
		}
		key := [2]string{"file", one.missing}
		if rows[key] == nil {
			rows[key] = &lack{example: one.conversation}
		}
		l := *rows[key]
		l.count++
		l.example = min(l.example, one.conversation)
		rows[key] = &l
	}
	t := Table{
		Report: "coverage", Title: "What is missing or odd", Names: 2,
		Counted: "conversations, messages and files of all branches",
		Columns: []Column{
			{Key: "area", Heading: "Area"},
			{Key: "what", Heading: "What", Flex: true},
			{Key: "count", Heading: "Count", Kind: Int},
			{Key: "conversations", Heading: "Chats", Kind: Int, Rank: 2},
			{Key: "example", Heading: "Such as"},
		},
	}
	keys := slices.SortedFunc(maps.Keys(rows), func(a, b [2]string) int {
		return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(rows[b].count, rows[a].count), cmp.Compare(a[1], b[1]))
	})
	for _, key := range keys {
		l := rows[key]
		var chats any
		if l.conversations > 0 {
			chats = l.conversations
		}
		t.Rows = append(t.Rows, []any{key[0], key[1], l.count, chats, ident(l.example)})
	}
	if k.runs != nil && k.seen > 0 {
		l := k.runs()
		t.Rows = append(lacking(l), t.Rows...)
		if line := lastFetch(l); line != "" {
			t.Notes = append(t.Notes, line)
		}
	}
	switch {
	case k.open == nil:
		t.Notes = append(t.Notes, "files were not looked for")
	default:
		t.Notes = append(t.Notes, "files found: "+Screen{Unicode: true}.group(there)+" of "+Screen{Unicode: true}.group(files))
	}
	return t
}
