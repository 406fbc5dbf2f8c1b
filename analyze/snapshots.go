package analyze

import (
	"fmt"
	"strings"
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
			{Key: "left", Heading: "Left", Kind: Int},
			{Key: "partial", Heading: "Partial", Kind: Int},
			{Key: "truncated", Heading: "Truncated", Kind: Int},
			{Key: "files_missing", Heading: "No file", Kind: Int},
			{Key: "unavailable", Heading: "Refused", Kind: Int},
			{Key: "problems", Heading: "Problems", Kind: Int},
			{Key: "records", Heading: "Records", Kind: Int, Rank: 2},
		},
	}
	t.Screen = []string{"run", "command", "started", "ended", "outcome", "new", "changed", "same", "failed", "deleted", "records"}
	var sum source.Snapshot
	for _, r := range runs {
		t.Rows = append(t.Rows, []any{r.Run, text(r.Command), moment(r.Started), moment(r.Ended), text(r.Outcome), r.New, r.Changed, r.Same, r.Failed, r.Deleted,
			r.Left, r.Partial, r.Truncated, r.FilesMissing, r.Unavailable, r.Problems, r.Records})
		if lacks := lacksOf(r); lacks != "" {
			t.Notes = append(t.Notes, r.Run+": "+lacks)
		}
		sum.New += r.New
		sum.Changed += r.Changed
		sum.Records += r.Records
	}
	if n := len(t.Notes); n > mostNotes {
		t.Notes = append([]string{fmt.Sprintf("%d earlier runs lack something too", n-mostNotes)}, t.Notes[n-mostNotes:]...)
	}
	if len(t.Notes) > 0 {
		t.Notes = append(t.Notes, "`gptsnap analyze coverage` says what and why")
	}
	t.Total = []any{nil, nil, nil, nil, nil, sum.New, sum.Changed, nil, nil, nil, nil, nil, nil, nil, nil, nil, sum.Records}
	return t, Scope{Source: "archive", Conversations: sum.New}
}

// mostNotes bounds how many runs people are told of what they lack.
const mostNotes = 5

// lacksOf says in a line what a run could not bring home; "" if nothing.
func lacksOf(r source.Snapshot) string {
	var all []string
	for _, one := range []struct {
		n    int
		says string
	}{
		{r.Failed, "%d failed"}, {r.Left, "%d left for another run"}, {r.Partial, "%d with other branches unknown"}, {r.Truncated, "%d without their first messages"},
		{r.FilesMissing, "files missing: %d"}, {r.Unavailable, "parts not to be had: %d"}, {r.Problems, "lists or parts that broke off: %d"},
	} {
		if one.n > 0 {
			all = append(all, fmt.Sprintf(one.says, one.n))
		}
	}
	return strings.Join(all, ", ")
}
