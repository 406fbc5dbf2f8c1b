package analyze

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gptsnap/formats/chat"
	"gptsnap/formats/source"
)

func TestCoverageShowsWhatTheLedgersSay(t *testing.T) {
	t.Parallel()
	l := source.Ledger{Outcome: "incomplete", Ended: time.Date(2026, 1, 3, 0, 0, 0, 0, time.UTC), Listed: 9, Fetched: 4, Unchanged: 2, Failed: 3, Left: 1,
		Lacks: []source.Lack{{What: "conversation", ID: "b", Why: `server said "x": 500`}, {What: "conversation", ID: "a", Why: `server said "y": 500`}, {What: "part", Why: "tasks: 404"}}}
	m := newCoverage(Options{Ledger: func() source.Ledger { return l }})
	m.Observe(tally(&chat.Conversation{ID: "a", Current: -1}, 0))
	table := m.Table()
	want := "[[fetch a conversation was not got: server said …: 500 2 2 a] [fetch not to be had: tasks: 404 1 <nil> <nil>]"
	if got := fmt.Sprint(table.Rows); !strings.HasPrefix(got, want) {
		t.Errorf("%s\nwant %s", got, want)
	}
	if got := fmt.Sprint(table.Notes); !strings.Contains(got, "last fetch 2026-01-03: incomplete; 9 listed, 4 fetched, 2 unchanged, 3 failed, 1 left") {
		t.Error(got)
	}
}
