package analyze

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"gptsnap/formats/chat"
)

// branches lists the branches of conversations that have forks. As long as it
// has seen a single conversation it keeps that, to draw its tree.
type branches struct {
	zone *time.Location
	all  bool // also those without forks
	rows []branchRow
	one  *chat.Conversation
	seen int
}

type branchRow struct {
	id, title                        string
	updated                          time.Time
	nodes, messages, branches, forks int
	current                          string
	leaves                           []string
}

func newBranches(o Options, all bool) *branches { return &branches{zone: o.Clock, all: all} }

// Observe keeps a row if the conversation has forks, or is the only one.
func (b *branches) Observe(t *Tally) {
	c := t.Chat
	if b.seen++; b.seen == 1 {
		b.one = c
	} else {
		b.one = nil
	}
	r := branchRow{id: strings.Clone(c.ID), title: strings.Clone(c.Title), updated: c.Updated,
		nodes: len(c.Nodes), messages: t.All.Messages, branches: t.Branches, forks: t.Forks, leaves: []string{}}
	if c.Current >= 0 {
		r.current = strings.Clone(string(c.Nodes[c.Current].ID))
	}
	for i := range c.Preorder() {
		if len(c.Nodes[i].Children) == 0 {
			r.leaves = append(r.leaves, strings.Clone(string(c.Nodes[i].ID)))
		}
	}
	b.rows = append(b.rows, r)
	b.prune()
}

// prune takes out what has no forks, once it is not alone.
func (b *branches) prune() {
	if b.all || b.seen < 2 {
		return
	}
	plain := func(r branchRow) bool { return r.forks == 0 }
	if b.seen == 2 {
		b.rows = slices.DeleteFunc(b.rows, plain)
	} else if last := len(b.rows) - 1; plain(b.rows[last]) {
		b.rows = b.rows[:last]
	}
}

// Table has the conversation that changed last first; leaves stand in the
// order of the tree.
func (b *branches) Table() Table {
	slices.SortFunc(b.rows, func(x, y branchRow) int {
		return cmp.Or(y.updated.Compare(x.updated), cmp.Compare(x.id, y.id))
	})
	t := Table{
		Report: "branches", Title: "Branches", Zone: b.zone,
		Counted: "a branch for each leaf",
		Columns: []Column{
			{Key: "id", Heading: "ID"},
			{Key: "title", Heading: "Title", Flex: true, Blank: "(no title)"},
			{Key: "nodes", Heading: "Nodes", Kind: Int, Rank: 2},
			{Key: "messages", Heading: "Messages", Kind: Int, Rank: 1},
			{Key: "branches", Heading: "Branches", Kind: Int},
			{Key: "forks", Heading: "Forks", Kind: Int},
			{Key: "current", Heading: "Current", Rank: 2},
			{Key: "leaves", Heading: "Leaves", Kind: List, Flex: true},
			{Key: "updated", Heading: "Updated", Kind: Date, Rank: 1},
		},
		Screen: []string{"id", "updated", "forks", "branches", "messages", "nodes", "current", "title"},
		Notes:  []string{"the tree of one: gptsnap branches ID"},
	}
	if !b.all {
		t.Counted = fmt.Sprintf("%d with forks · a branch for each leaf", len(b.rows))
	}
	var sum branchRow
	for _, r := range b.rows {
		t.Rows = append(t.Rows, []any{ID(r.id), r.title, r.nodes, r.messages, r.branches, r.forks, ident(r.current), r.leaves, moment(r.updated)})
		sum.nodes += r.nodes
		sum.messages += r.messages
		sum.branches += r.branches
		sum.forks += r.forks
	}
	t.Total = []any{nil, nil, sum.nodes, sum.messages, sum.branches, sum.forks, nil, nil, nil}
	return t
}
