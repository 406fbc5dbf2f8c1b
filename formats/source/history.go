package source

import (
	"time"

	"github.com/tidwall/gjson"

	"gptsnap/formats/archive"
)

// What the archive knew at an earlier time is in its records: each bears the
// time at which it was fetched, and nothing is ever taken back. So the account
// as of a time is what the records up to then say. Whether a conversation was
// deleted on the server is in the ledgers: a run that read all lists, missed
// one, asked for it and was told that there is none, names it there.

// OpenAt opens an archive as it was at a time: records fetched at that time or
// later do not count, and neither do conversations that had been deleted on
// the server by then. Anything but an archive knows no earlier times, which is
// an error.
func OpenAt(path string, at time.Time, keys ...*archive.Keys) (*Source, error) {
	s, err := openAt(path, at, keys...)
	if err != nil {
		return nil, err
	}
	present, err := s.Select(Selection{present: true})
	if err != nil {
		s.Close()
	}
	return present, err
}

func openAt(path string, at time.Time, keys ...*archive.Keys) (*Source, error) {
	b, err := open(path)
	if err != nil {
		return nil, err
	}
	if b != nil {
		b.close()
		return nil, Fail(ExitUsage, "`gptsnap import` makes an archive of it", "%s: an earlier state can be had of an archive only, which this is not", path)
	}
	return openArchive(path, at, keys...)
}

// Nothing is the error of a command that was given no conversation of s.
func (s *Source) Nothing() *Failure {
	switch {
	case s.index == nil || s.index.len > 0:
		return Fail(ExitNothing, "`gptsnap list` shows which there are", "no conversation in %s matches", s.Path)
	case s.ours != nil && !s.ours.at.IsZero():
		return Fail(ExitNothing, "`gptsnap list snapshots` tells when it got some", "%s held no conversation then", s.Path)
	}
	return Fail(ExitNothing, "fill it with `gptsnap fetch` or `gptsnap import`", "%s holds no conversation", s.Path)
}

// gone are the conversations that the server no longer has, as far as the
// records tell: named so by a ledger, and not fetched since.
func (a *ours) gone() map[string]bool {
	gone := map[string]bool{}
	for _, rec := range a.records() {
		switch {
		case rec.Kind == archive.KindLedger:
			raw, err := a.r.Read(rec)
			if err != nil || !gjson.ValidBytes(raw) {
				continue // it only tells of the account
			}
			for _, id := range gjson.GetBytes(raw, "gone").Array() {
				gone[id.String()] = true
			}
		case rec.Kind == archive.KindConversation && rec.Method != "" && answered(&rec):
			delete(gone, rec.ID)
		}
	}
	return gone
}

// A Snapshot is one run that added to an archive: what its ledger says, or, if
// it was killed before it left one, what its records show.
type Snapshot struct {
	Run            string // its id
	Command        string // "fetch" or "import"; "" if the run left no ledger
	Started, Ended time.Time
	Outcome        string // "complete", "incomplete", or why it ended early; "" without a ledger
	// Of conversations: how many were not held before, were held in another
	// state, were as they were held, and could not be got.
	New, Changed, Same, Failed int
	Deleted                    int // found to be deleted on the server
	Left                       int // new or changed, and left for another run
	Partial                    int // got with the current branch only: others are unknown
	Truncated                  int // imported without their first messages
	FilesMissing               int // that the server has lost, or that could not be got, as far as this run knew
	Unavailable                int // parts of the account that were not to be had
	Problems                   int // besides: lists that broke off, and the like
	Records                    int // added, of all kinds
}

// Snapshots lists the runs that an archive consists of, in the order in which
// they were made. Anything but an archive is an error.
func Snapshots(path string, keys ...*archive.Keys) ([]Snapshot, error) {
	s, err := openAt(path, time.Time{}, keys...)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	return s.ours.snapshots(), nil
}

// Runs lists the runs of the archive that s was opened from, as [Snapshots]
// does; nil if it is none.
func (s *Source) Runs() []Snapshot {
	if s.ours == nil {
		return nil
	}
	return s.ours.snapshots()
}

func (a *ours) snapshots() []Snapshot {
	var order []string
	byRun := map[string]*Snapshot{}
	held := map[digest]digest{} // id -> SHA-256 of the newest body
	for _, rec := range a.records() {
		switch rec.Kind {
		case archive.KindRun, archive.KindRepair, archive.KindTombstone:
			continue
		}
		s := byRun[rec.Run]
		if s == nil {
			s = &Snapshot{Run: rec.Run, Started: rec.FetchedAt, Ended: rec.FetchedAt}
			byRun[rec.Run], order = s, append(order, rec.Run)
		}
		s.Records++
		if rec.Kind == archive.KindLedger {
			a.learnRun(s, rec)
		} else {
			s.count(&rec, held)
		}
	}
	list := make([]Snapshot, len(order))
	for i, run := range order {
		list[i] = *byRun[run]
	}
	return list
}

// learnRun takes over what a ledger says of its run.
func (a *ours) learnRun(s *Snapshot, rec archive.Record) {
	raw, err := a.r.Read(rec)
	if err != nil || !gjson.ValidBytes(raw) {
		return
	}
	l := gjson.ParseBytes(raw)
	number := func(key string) int { return int(max(0, l.Get(key).Int())) }
	s.Command, s.Outcome = l.Get("command").String(), l.Get("outcome").String()
	s.Same = number("unchanged")
	if number("left") == 0 { // else the records tell which of them the run has brought home
		s.New, s.Changed = number("new"), number("changed")
	}
	s.Failed, s.Deleted = len(l.Get("failed").Array()), len(l.Get("gone").Array())
	s.Left, s.Partial, s.Truncated = number("left"), number("partial"), len(l.Get("truncated").Array())
	s.FilesMissing = len(l.Get("files_missing").Array()) + len(l.Get("files_failed").Array())
	s.Unavailable, s.Problems = len(l.Get("unavailable").Array()), len(l.Get("problems").Array())
	if t := l.Get("started").Time(); !t.IsZero() {
		s.Started = t.UTC()
	}
	if t := l.Get("ended").Time(); !t.IsZero() {
		s.Ended = t.UTC()
	}
}

// count counts a record of a run that has left no ledger yet.
func (s *Snapshot) count(rec *archive.Record, held map[digest]digest) {
	if rec.FetchedAt.After(s.Ended) {
		s.Ended = rec.FetchedAt
	}
	if rec.Kind != archive.KindConversation || !answered(rec) {
		return
	}
	id, sum := digestOf(rec.ID), digestOf(rec.SHA256)
	was, known := held[id]
	held[id] = sum
	switch {
	case !known:
		s.New++
	case was != sum:
		s.Changed++
	default:
		s.Same++
	}
}
