package source

import (
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"gptsnap/formats/archive"

	"github.com/urfave/cli/v2"
)

// noon is that of a day of January 2026.
func noon(n int) time.Time { return time.Date(2026, 1, n, 12, 0, 0, 0, time.UTC) }

func fetched(n int, r rec) rec {
	r.FetchedAt, r.Method = noon(n), "GET"
	return r
}

func ledgerOf(n int, gone string) rec {
	return rec{archive.Meta{Kind: archive.KindLedger, ID: "fetch", FetchedAt: noon(n)}, fmt.Sprintf(`{"command":"fetch","gone":[%s]}`, gone)}
}

// history is an account in which one conversation grows, one comes late, one
// is deleted, and one is deleted and comes again.
func history(t *testing.T) string {
	return archived(t,
		[]rec{fetched(1, conversation("aaaaaaaa", 10, 1)), fetched(1, conversation("bbbbbbbb", 10, 1)), fetched(1, conversation("dddddddd", 10, 1)), ledgerOf(1, "")},
		[]rec{fetched(3, conversation("aaaaaaaa", 30, 3)), fetched(3, conversation("cccccccc", 30, 1)), ledgerOf(3, `"bbbbbbbb","dddddddd"`)},
		[]rec{fetched(5, conversation("aaaaaaaa", 50, 5)), fetched(5, conversation("dddddddd", 10, 1)), ledgerOf(5, "")})
}

func TestTheAccountAsItWasAtADate(t *testing.T) {
	path := history(t)
	for _, k := range []struct {
		args []string
		want []string
	}{
		{nil, []string{"bbbbbbbb/2", "cccccccc/2", "aaaaaaaa/6", "dddddddd/2"}},
		{[]string{"--at", "2025-12-31"}, nil},
		{[]string{"--at", "2026-01-01"}, []string{"aaaaaaaa/2", "bbbbbbbb/2", "dddddddd/2"}},
		{[]string{"--at", "2026-01-01T11:59:59Z"}, nil},
		{[]string{"--at", "2026-01-02"}, []string{"aaaaaaaa/2", "bbbbbbbb/2", "dddddddd/2"}},
		{[]string{"--at", "2026-01-03"}, []string{"aaaaaaaa/4", "cccccccc/2"}},
		{[]string{"--at", "2026-01-09"}, []string{"cccccccc/2", "aaaaaaaa/6", "dddddddd/2"}},
		{[]string{"--at", "2026-01-03", "aaaaaaaa"}, []string{"aaaaaaaa/4"}},
		{[]string{"--deleted"}, []string{"bbbbbbbb/2"}},
		{[]string{"--deleted", "--at", "2026-01-04"}, []string{"bbbbbbbb/2", "dddddddd/2"}},
		{[]string{"--deleted", "--at", "2026-01-02"}, nil},
	} {
		s, err := run(t, append([]string{"--archive", path, "--timezone", "UTC"}, k.args...)...)
		if err != nil {
			t.Errorf("%q: %v", k.args, err)
			continue
		}
		got, problems := read(t, s)
		sameSet(t, fmt.Sprint(k.args), got, k.want)
		if len(problems) > 0 {
			t.Errorf("%q: %v", k.args, problems)
		}
	}
	s, err := OpenAt(path, noon(4))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got, _ := read(t, s)
	sameSet(t, "OpenAt", got, []string{"aaaaaaaa/4", "cccccccc/2"})
}

func sameSet(t *testing.T, what string, got, want []string) {
	t.Helper()
	have := map[string]bool{}
	for _, g := range got {
		have[g] = true
	}
	ok := len(got) == len(want)
	for _, w := range want {
		ok = ok && have[w]
	}
	if !ok {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func TestOnlyAnArchiveHasAHistory(t *testing.T) {
	path := account(t)["ZIP"].Path
	for _, args := range [][]string{{"--at", "2026-01-01"}, {"--deleted"}} {
		_, err := run(t, append([]string{"--archive", path}, args...)...)
		if f := (*Failure)(nil); !errors.As(err, &f) || f.Code != ExitUsage {
			t.Errorf("%q: %v", args, err)
		}
	}
	if _, err := run(t, "--archive", history(t), "--at", "soon"); err == nil {
		t.Error("--at soon is taken for a date")
	}
}

func TestSnapshotsAreTheRunsOfAnArchive(t *testing.T) {
	l := ledgerOf(2, `"bbbbbbbb"`)
	l.body = `{"command":"fetch","started":"2026-01-02T10:00:00Z","ended":"2026-01-02T11:00:00Z","outcome":"complete","new":7,"changed":8,"unchanged":9,"failed":[{"id":"x"}],"gone":["bbbbbbbb"]}`
	path := archived(t,
		[]rec{fetched(1, conversation("aaaaaaaa", 10, 1)), fetched(1, conversation("bbbbbbbb", 10, 1))}, // killed: no ledger
		[]rec{fetched(2, conversation("aaaaaaaa", 30, 3)), l},
		[]rec{fetched(3, conversation("aaaaaaaa", 30, 3)), fetched(4, conversation("bbbbbbbb", 10, 4)), fetched(3, conversation("cccccccc", 1, 1))})
	got, err := Snapshots(path)
	want := []Snapshot{
		{Run: "run-0", Started: noon(1), Ended: noon(1), New: 2, Records: 2},
		{Run: "run-1", Command: "fetch", Started: noon(2).Add(-2 * time.Hour), Ended: noon(2).Add(-time.Hour), Outcome: "complete", New: 7, Changed: 8, Same: 9, Failed: 1, Deleted: 1, Records: 2},
		{Run: "run-2", Started: noon(3), Ended: noon(4), New: 1, Changed: 1, Same: 1, Records: 3},
	}
	if err != nil || len(got) != len(want) {
		t.Fatalf("%+v, %v", got, err)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got  %+v\nwant %+v", got[i], want[i])
		}
	}
}

// TestARunThatLeftSomeIsCountedByWhatItBroughtHome has a ledger of a run that
// found ten new conversations and ended after the first.
func TestARunThatLeftSomeIsCountedByWhatItBroughtHome(t *testing.T) {
	l := ledgerOf(1, "")
	l.body = `{"command":"fetch","started":"2026-01-01T10:00:00Z","ended":"2026-01-01T11:00:00Z","outcome":"interrupted","new":10,"changed":3,"unchanged":4,"left":12,
		"partial":1,"truncated":["x"],"files_missing":[{"id":"f"}],"files_failed":[{"id":"g"},{"id":"h"}],"unavailable":["u"],"problems":["p","q"]}`
	got, err := Snapshots(archived(t, []rec{fetched(1, conversation("aaaaaaaa", 10, 1)), l}))
	want := Snapshot{Run: "run-0", Command: "fetch", Started: noon(1).Add(-2 * time.Hour), Ended: noon(1).Add(-time.Hour), Outcome: "interrupted",
		New: 1, Same: 4, Left: 12, Partial: 1, Truncated: 1, FilesMissing: 3, Unavailable: 1, Problems: 2, Records: 2}
	if err != nil || len(got) != 1 || got[0] != want {
		t.Errorf("%v\ngot  %+v\nwant %+v", err, got, want)
	}
}

func TestTwoStatesOfOneAccount(t *testing.T) {
	path := history(t)
	two := func(then string, args ...string) (before, after *Source, err error) {
		app := &cli.App{Writer: io.Discard, ErrWriter: io.Discard, ExitErrHandler: func(*cli.Context, error) {},
			Flags: append(Flags(), &cli.StringFlag{Name: "timezone"}), Action: func(c *cli.Context) error {
				before, after, err = TwoFromArgs(c, c.Args().Slice(), then)
				return nil
			}}
		if e := app.Run(append([]string{"x", "--archive", path, "--timezone", "UTC"}, args...)); e != nil {
			t.Fatal(e)
		}
		return before, after, err
	}
	for _, k := range []struct {
		then       string
		args       []string
		was, after []string
	}{
		{"2026-01-01", nil, []string{"aaaaaaaa/2", "bbbbbbbb/2", "dddddddd/2"}, []string{"cccccccc/2", "aaaaaaaa/6", "dddddddd/2"}},
		{"2026-01-01", []string{"--at", "2026-01-03"}, []string{"aaaaaaaa/2", "bbbbbbbb/2", "dddddddd/2"}, []string{"aaaaaaaa/4", "cccccccc/2"}},
		{"2025-12-31", nil, nil, []string{"cccccccc/2", "aaaaaaaa/6", "dddddddd/2"}},
		{"2026-01-01", []string{"bbbbbbbb", "cccccccc"}, []string{"bbbbbbbb/2"}, []string{"cccccccc/2"}},
		{"2026-01-01", []string{"bbbbbbbb"}, []string{"bbbbbbbb/2"}, nil},
		{"2026-01-04", []string{"--deleted"}, []string{"bbbbbbbb/2", "dddddddd/2"}, []string{"bbbbbbbb/2"}},
	} {
		before, after, err := two(k.then, k.args...)
		if err != nil {
			t.Errorf("%s %q: %v", k.then, k.args, err)
			continue
		}
		for i, s := range []*Source{before, after} {
			got, _ := read(t, s)
			sameSet(t, fmt.Sprint(k.then, k.args, i), got, [][]string{k.was, k.after}[i])
			s.Close()
		}
	}
	for _, k := range []struct {
		then string
		args []string
	}{{"yesterday", nil}, {"2026-01-04", []string{"--at", "2026-01-02"}}, {"2026-01-01", []string{"eeeeeeee"}}, {"2026-01-01", []string{"--at", "never"}}} {
		if _, _, err := two(k.then, k.args...); !errors.As(err, new(*Failure)) {
			t.Errorf("%s %q: %v", k.then, k.args, err)
		}
	}
}
