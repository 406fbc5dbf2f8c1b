package analyze

import (
	"time"

	"gptsnap/formats/source"
)

// snapshots is the table of the runs that made an archive, the oldest first.
// Its scope has the conversations that all of them found together.
func snapshots(runs []source.Snapshot, zone *time.Location) (Table, Scope) {
	t := Table{
		Report: "list snapshots", Title: "Snapshots", Zone: zone, Counted: "what each run added to the archive, the oldest first",
		Columns: []Column{
			{Key: "run", Heading: "Run", Flex: true},
			{Key: "command", Heading: "Command", Blank: "?"},
			{Key: "started", Heading: "Started", Kind: Time},
			{Key: "ended", Heading: "Ended", Kind: Time, Rank: 2},
			{Key: "outcome", Heading: "Outcome", Flex: true, Rank: 1, Blank: "left no ledger"},
			{Key: "new", Heading: "New", Kind: Int},
			{Key: "changed", Heading: "Changed", Kind: Int},
			{Key: "same", Heading: "Same", Kind: Int, Rank: 1},
			{Key: "failed", Heading: "Failed", Kind: Int},
			{Key: "deleted", Heading: "Deleted", Kind: Int, Rank: 1, Optional: true},
			{Key: "records", Heading: "Records", Kind: Int, Rank: 2},
		},
	}
	var sum source.Snapshot
	for _, r := range runs {
		t.Rows = append(t.Rows, []any{r.Run, text(r.Command), moment(r.Started), moment(r.Ended), text(r.Outcome), r.New, r.Changed, r.Same, r.Failed, r.Deleted, r.Records})
		sum.New += r.New
		sum.Changed += r.Changed
		sum.Records += r.Records
	}
	t.Total = []any{nil, nil, nil, nil, nil, sum.New, sum.Changed, nil, nil, nil, sum.Records}
	return t, Scope{Source: "archive", Conversations: sum.New}
}
