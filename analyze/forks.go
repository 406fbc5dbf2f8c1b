package analyze

import "fmt"

// forks lists the conversations in which a prompt was edited or an answer
// asked for anew, and how much of each stands off the current path.
type forks struct {
	rows pack
	sum  forkRow
	spending
}

type forkRow struct {
	forks, branches, versions int
	kinds                     Kinds
	all, current              Count
	bill                      bill
	tokensOff                 int
}

func newForks(o Options) Metric { return &forks{spending: newSpending(o)} }

// Observe keeps a row if the conversation has a fork.
func (f *forks) Observe(t *Tally) {
	if t.Forks == 0 {
		return
	}
	r := forkRow{t.Forks, t.Branches, t.Versions, t.Kinds, t.All, t.Current, bill{}, t.off()}
	for i := range t.Bills {
		r.bill.plus(&t.Bills[i])
	}
	f.note(t)
	f.rows.append(f.rowOff(r.values(ID(t.Chat.ID), t.Chat.Title), &r.bill, r.tokensOff))
	f.sum.forks += r.forks
	f.sum.branches += r.branches
	f.sum.versions += r.versions
	f.sum.kinds.plus(r.kinds)
	f.sum.all.Plus(&r.all)
	f.sum.current.Plus(&r.current)
	f.sum.bill.plus(&r.bill)
	f.sum.tokensOff += r.tokensOff
}

// Table has the most forked conversations first.
func (f *forks) Table() Table {
	t := Table{
		Report: "branches", Title: "Conversations with forks", many: &f.rows,
		Counted: fmt.Sprintf("%d with forks · off: not on the current path · words of visible messages", len(f.rows.spots)),
		Columns: []Column{
			{Key: "id", Heading: "ID"},
			{Key: "title", Heading: "Title", Flex: true, Blank: "(no title)"},
			{Key: "forks", Heading: "Forks", Kind: Int},
			{Key: "branches", Heading: "Branches", Kind: Int},
			{Key: "versions", Heading: "Versions", Kind: Int, Rank: 2},
			{Key: "edited", Heading: "Edited", Kind: Int, Rank: 2, Optional: true},
			{Key: "regenerated", Heading: "Regen.", Kind: Int, Rank: 2, Optional: true},
			{Key: "choices", Heading: "A/B", Kind: Int, Rank: 2, Optional: true},
			{Key: "branched", Heading: "Mixed", Kind: Int, Rank: 2, Optional: true},
			{Key: "messages", Heading: "Messages", Kind: Int, Rank: 2},
			{Key: "messages_off", Heading: "Off", Kind: Int, Rank: 1},
			{Key: "share_off", Heading: "Share", Kind: Percent, Rank: 2},
			{Key: "versions_per_fork", Heading: "Per fork", Kind: Float},
			{Key: "words", Heading: "Words", Kind: Int, Rank: 2},
			{Key: "words_off", Heading: "Words off", Kind: Int},
		},
		Screen: []string{"id", "title", "forks", "edited", "regenerated", "choices", "branched", "versions", "branches", "messages", "messages_off", "share_off", "words_off"},
		Total:  f.rowOff(f.sum.values(nil, nil), &f.sum.bill, f.sum.tokensOff),
	}
	f.columns(&t, "")
	f.aside(&t)
	t.order(down(t.find("forks")), down(t.find("versions")), up(t.find("id")))
	return t
}

func (r *forkRow) values(id, title any) []any {
	return []any{id, title, r.forks, r.branches, r.versions, r.kinds.Edited, r.kinds.Regenerated, r.kinds.Choices, r.kinds.Mixed,
		r.all.Messages, r.all.Messages - r.current.Messages, Share(part(r.all.Messages-r.current.Messages, r.all.Messages)), part(r.versions, r.forks), r.all.Words(), r.all.Words() - r.current.Words()}
}
