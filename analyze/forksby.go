package analyze

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// forksBy counts forks by a dimension: where the first of their versions
// counts.
type forksBy struct {
	parting
	zone *time.Location
	rows map[string]*forkPart
	sum  forkPart
	seen int
}

type forkPart struct {
	name                string
	last, conversations int
	forks, versions     int
	kinds               Kinds
}

func newForksBy(o Options, by dimension) Metric {
	return &forksBy{parting: newParting(o, by), zone: o.Zone, rows: map[string]*forkPart{}}
}

// Observe counts the forks of one conversation.
func (f *forksBy) Observe(t *Tally) {
	f.seen++
	if t.Forks == 0 {
		return
	}
	for i := range t.Chat.Nodes {
		kids := t.Chat.Nodes[i].Children
		if len(kids) < 2 {
			continue
		}
		name, ok := f.of(t, int(kids[0]))
		if !ok {
			continue
		}
		r := f.rows[name]
		if r == nil {
			r = &forkPart{name: strings.Clone(name)}
			f.rows[r.name] = r
		}
		for _, r := range []*forkPart{r, &f.sum} {
			if r.last != f.seen {
				r.last = f.seen
				r.conversations++
			}
			r.forks++
			r.versions += len(kids)
			r.kinds.add(t.Chat.ForkKind(i))
		}
	}
}

// Table has a row for each part in which there is a fork.
func (f *forksBy) Table() Table {
	t := Table{
		Report: "branches", Title: "Forks by " + f.by.key, Zone: f.zone, Counted: "a fork counts where the first of its versions does",
		Columns: []Column{
			{Key: f.by.key, Heading: f.by.heading, Flex: !f.by.ordered},
			{Key: "conversations", Heading: "Chats", Kind: Int},
			{Key: "forks", Heading: "Forks", Kind: Int},
			{Key: "versions", Heading: "Versions", Kind: Int},
			{Key: "versions_per_fork", Heading: "Per fork", Kind: Float, Rank: 1},
			{Key: "edited", Heading: "Edited", Kind: Int},
			{Key: "regenerated", Heading: "Regen.", Kind: Int},
			{Key: "choices", Heading: "A/B", Kind: Int, Optional: true},
			{Key: "branched", Heading: "Mixed", Kind: Int, Optional: true},
			{Key: "bar", Kind: Drawing, Drawn: true, Rank: 1},
		},
		Chart: Chart{Shape: Bars, Label: f.by.key, Value: "forks"},
	}
	if f.by.key == "model" {
		t.Counted += ", if that is an answer"
	}
	for _, c := range t.Columns {
		t.Screen = append(t.Screen, c.Key)
	}
	if f.by.ordered {
		t.Chart.Shape = Columns
	}
	rows, most := make([]*forkPart, 0, len(f.rows)), 0
	for _, r := range f.rows {
		rows, most = append(rows, r), max(most, r.forks)
	}
	slices.SortFunc(rows, func(a, b *forkPart) int {
		if f.by.ordered {
			return cmp.Or(cmp.Compare(one(a.name == unknownGroup), one(b.name == unknownGroup)), cmp.Compare(a.name, b.name))
		}
		return cmp.Or(cmp.Compare(b.forks, a.forks), cmp.Compare(a.name, b.name))
	})
	for _, r := range rows {
		t.Rows = append(t.Rows, r.values(r.name, Bar(part(r.forks, most))))
	}
	t.Total = f.sum.values(nil, nil)
	return t
}

func (r *forkPart) values(name, bar any) []any {
	return []any{name, r.conversations, r.forks, r.versions, part(r.versions, r.forks), r.kinds.Edited, r.kinds.Regenerated, r.kinds.Choices, r.kinds.Mixed, bar}
}
