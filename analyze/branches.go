package analyze

import (
	"fmt"
	"time"

	"gptsnap/formats/chat"
)

// branches lists the branches of conversations that have forks. As long as it
// has seen a single conversation it keeps that, to draw its tree.
type branches struct {
	zone *time.Location
	all  bool // also those without forks
	rows pack
	one  *chat.Conversation
	seen int
	sum  branchSum
}

type branchSum struct{ nodes, messages, branches, forks int }

func newBranches(o Options, all bool) *branches { return &branches{zone: o.Clock, all: all} }

// Observe keeps a row if the conversation has forks, or is the only one.
func (b *branches) Observe(t *Tally) {
	if b.seen++; b.seen == 1 {
		b.one = t.Chat
	} else {
		b.one = nil
	}
	if b.seen == 2 && !b.all && b.sum.forks == 0 { // the first one is not alone any more
		b.rows, b.sum = pack{}, branchSum{}
	}
	if t.Forks == 0 && !b.all && b.seen > 1 {
		return
	}
	c := t.Chat
	var current any
	if c.Current >= 0 {
		current = ident(string(c.Nodes[c.Current].ID))
	}
	leaves := []string{}
	for i := range c.Preorder() {
		if len(c.Nodes[i].Children) == 0 {
			leaves = append(leaves, string(c.Nodes[i].ID))
		}
	}
	b.rows.append([]any{ID(c.ID), c.Title, len(c.Nodes), t.All.Messages, t.Branches, t.Forks, current, leaves, moment(c.Updated)})
	b.sum.nodes += len(c.Nodes)
	b.sum.messages += t.All.Messages
	b.sum.branches += t.Branches
	b.sum.forks += t.Forks
}

// Table has the conversation that changed last first; leaves stand in the
// order of the tree.
func (b *branches) Table() Table {
	t := Table{
		Report: "branches", Title: "Branches", Zone: b.zone, many: &b.rows,
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
		t.Counted = fmt.Sprintf("%d with forks · a branch for each leaf", len(b.rows.spots))
	}
	t.order(down(t.find("updated")), up(t.find("id")))
	t.Total = []any{nil, nil, b.sum.nodes, b.sum.messages, b.sum.branches, b.sum.forks, nil, nil, nil}
	return t
}
