package analyze

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"gptsnap/formats/chat"
)

// A listRow is what a search knows of a conversation.
type listRow struct {
	id, title string
	updated   time.Time
}

// newFinds makes rows of hits.
func newFinds(c *chat.Conversation, hits []hit) *finds {
	f := &finds{chat: listRow{id: strings.Clone(c.ID), title: strings.Clone(c.Title), updated: c.Updated}}
	on, all := c.OnCurrent(), c.Leaves()
	for _, h := range hits {
		f.n += h.matches
		row := []any{ID(f.chat.id), f.chat.title, moment(c.Updated), h.area, nil, nil, nil, nil, nil, nil, nil, all, nil, nil, h.matches, cloned(h.excerpts)}
		if h.node >= 0 {
			n := &c.Nodes[h.node]
			copy(row[4:], []any{ID(strings.Clone(string(n.ID))), text(strings.Clone(string(n.Message.Role))), text(strings.Clone(speaker(n.Message))),
				moment(n.Message.Created), on[h.node], h.branch, h.branches, all, n.Version, n.Versions})
		}
		f.rows = append(f.rows, row)
	}
	return f
}

func cloned(some []string) []string {
	for i := range some {
		some[i] = strings.Clone(some[i])
	}
	return some
}

// found gathers what a search finds.
type found struct {
	zone  *time.Location
	where string // what was looked into, for the footer
	marks marker // yields matches again, to show them in colour
	all   []*finds
}

// found gathers what q finds.
func (q *query) found(o Options) *found {
	f := &found{zone: o.Clock, where: q.where()}
	if q.finder != nil {
		f.marks = q.finder.find
	}
	return f
}

func (f *found) observe(one *finds) {
	if one != nil {
		f.all = append(f.all, one)
	}
}

// Table has the conversation that changed last first, its hits in the order
// of the tree.
func (f *found) Table() Table {
	slices.SortFunc(f.all, func(a, b *finds) int {
		return cmp.Or(b.chat.updated.Compare(a.chat.updated), cmp.Compare(a.chat.id, b.chat.id))
	})
	t := Table{
		Report: "search", Title: "Found", Zone: f.zone, Counted: f.where, Layout: Hits, Marks: f.marks,
		Columns: []Column{
			{Key: "id", Heading: "ID"},
			{Key: "title", Heading: "Title", Flex: true, Blank: "(no title)"},
			{Key: "updated", Heading: "Updated", Kind: Date, Rank: 2},
			{Key: "in", Heading: "In"},
			{Key: "node", Heading: "Node", Rank: 2},
			{Key: "role", Heading: "Role", Rank: 2},
			{Key: "speaker", Heading: "By", Flex: true, Rank: 1},
			{Key: "time", Heading: "Time", Kind: Time, Rank: 2},
			{Key: "current", Heading: "Current", Kind: Flag},
			{Key: "branch", Heading: "Branch", Kind: Int, Rank: 1},
			{Key: "on_branches", Heading: "On", Kind: Int, Rank: 2},
			{Key: "branches", Heading: "Of", Kind: Int, Rank: 2},
			{Key: "version", Heading: "Version", Kind: Int, Rank: 2},
			{Key: "versions", Heading: "Of", Kind: Int, Rank: 2},
			{Key: "matches", Heading: "Matches", Kind: Int},
			{Key: "excerpts", Heading: "Text", Kind: List, Flex: true},
		},
		Screen: []string{"id", "title", "in", "speaker", "current", "matches", "excerpts"},
	}
	n := 0
	for _, one := range f.all {
		t.Rows = append(t.Rows, one.rows...)
		n += one.n
	}
	t.Total = make([]any, len(t.Columns))
	t.Total[t.find("matches")] = n
	return t
}
