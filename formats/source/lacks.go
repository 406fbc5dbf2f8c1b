package source

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tidwall/gjson"

	"gptsnap/formats/archive"
)

// A Lack is something that the runs of an archive were to store and that is
// not there, as their ledgers tell.
type Lack struct {
	What string // "conversation", "beginning" (of one), "file", "gone file", "list" or "part"
	ID   string // of the conversation or file, else ""
	Why  string // for people, in a run's own words
}

// A Ledger is what the runs of an archive say of its completeness.
type Ledger struct {
	Outcome                            string    // of the last fetch
	Ended                              time.Time // of the last fetch; zero if there was none
	Listed, Fetched, Unchanged, Failed int       // conversations, in the last fetch
	Left, Partial                      int       // not got for now; with the current branch only
	Lacks                              []Lack    // of all runs, less what a later one stored
}

// Ledger reads the ledgers of the runs that an archive consists of. What is no
// archive, or has no ledger yet, gives a zero Ledger.
func (s *Source) Ledger() Ledger {
	if s.ours == nil {
		return Ledger{}
	}
	return s.ours.ledger()
}

func (a *ours) ledger() (l Ledger) {
	open := map[[2]string]Lack{} // by What and ID
	latest := map[string][]Lack{}
	for _, rec := range a.records() {
		switch {
		case rec.Kind == archive.KindConversation && answered(&rec):
			delete(open, [2]string{"conversation", rec.ID})
			delete(open, [2]string{"beginning", rec.ID})
		case rec.Kind == archive.KindFile && answered(&rec):
			delete(open, [2]string{"file", rec.ID})
			delete(open, [2]string{"gone file", rec.ID})
		case rec.Kind == archive.KindLedger:
			raw, err := a.r.Read(rec)
			if err != nil || !gjson.ValidBytes(raw) {
				continue // it only tells of the account
			}
			v := gjson.ParseBytes(raw)
			for _, k := range [][2]string{{"failed", "conversation"}, {"files_failed", "file"}, {"files_missing", "gone file"}} {
				for n, f := range v.Get(k[0]).Array() {
					lack := Lack{k[1], f.Get("id").String(), f.Get("reason").String()}
					key := [2]string{lack.What, lack.ID}
					if lack.ID == "" { // nothing tells whether it came later
						key[1] = fmt.Sprintf("%d.%d", rec.Seq, n)
					}
					open[key] = lack
				}
			}
			for _, id := range v.Get("truncated").Array() {
				open[[2]string{"beginning", id.String()}] = Lack{What: "beginning", ID: id.String()}
			}
			for _, id := range v.Get("gone").Array() {
				delete(open, [2]string{"conversation", id.String()})
			}
			latest[rec.ID] = latest[rec.ID][:0]
			for _, k := range [][2]string{{"problems", "list"}, {"unavailable", "part"}} {
				for _, why := range v.Get(k[0]).Array() {
					latest[rec.ID] = append(latest[rec.ID], Lack{What: k[1], Why: why.String()})
				}
			}
			if rec.ID == "fetch" {
				l.learn(v)
			}
		}
	}
	l.Lacks = slices.Collect(maps.Values(open))
	for _, some := range latest {
		l.Lacks = append(l.Lacks, some...)
	}
	slices.SortFunc(l.Lacks, func(x, y Lack) int {
		return cmp.Or(cmp.Compare(x.What, y.What), cmp.Compare(x.ID, y.ID), cmp.Compare(x.Why, y.Why))
	})
	return l
}

// learn takes over the numbers of a fetch.
func (l *Ledger) learn(v gjson.Result) {
	number := func(key string) int { return int(max(0, v.Get(key).Int())) }
	l.Outcome, l.Ended = v.Get("outcome").String(), v.Get("ended").Time().UTC()
	l.Listed, l.Fetched, l.Unchanged = number("listed"), number("fetched"), number("unchanged")
	l.Failed, l.Left, l.Partial = len(v.Get("failed").Array()), number("left"), number("partial")
}
