package source

import (
	"fmt"
	"testing"

	"gptsnap/formats/archive"
)

func TestTheLedgersTellWhatIsStillMissing(t *testing.T) {
	ledger := func(n int, text string) rec {
		return rec{archive.Meta{Kind: archive.KindLedger, ID: "fetch", FetchedAt: noon(n)}, text}
	}
	path := archived(t,
		[]rec{fetched(1, conversation("aaaaaaaa", 10, 1)), ledger(1, `{"command":"fetch","outcome":"incomplete","listed":9,"problems":["an old list broke"],
			"failed":[{"id":"bbbbbbbb","reason":"500"},{"id":"cccccccc","reason":"502"},{"id":"dddddddd","reason":"503"}],"files_failed":[{"id":"file-1","reason":"cut"}]}`)},
		[]rec{fetched(3, conversation("bbbbbbbb", 30, 3)), ledger(3, `{"command":"fetch","outcome":"complete","ended":"2026-01-03T12:00:00Z","listed":4,"fetched":1,"unchanged":2,"left":1,"partial":1,
			"truncated":["bbbbbbbb"],"gone":["dddddddd"],"unavailable":["tasks: 404"],"files_missing":[{"id":"file-2","reason":"expired"}]}`)})
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	l := s.Ledger()
	if want := "[{beginning bbbbbbbb } {conversation cccccccc 502} {file file-1 cut} {gone file file-2 expired} {part  tasks: 404}]"; fmt.Sprint(l.Lacks) != want {
		t.Errorf("%v, want %v", l.Lacks, want)
	}
	if l.Outcome != "complete" || l.Listed != 4 || l.Fetched != 1 || l.Unchanged != 2 || l.Left != 1 || l.Partial != 1 || l.Ended.Day() != 3 {
		t.Errorf("%+v", l)
	}
}
