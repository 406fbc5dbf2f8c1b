package fetch

import (
	"fmt"
	"strings"
	"time"
)

// extras are the lines of a summary on what is no conversation, and on what
// changed without being got again.
func (r *Report) extras(b *strings.Builder) {
	var also []string
	if r.Projects > 0 {
		also = append(also, count(r.Projects, "project"))
	}
	if r.GroupChats > 0 {
		also = append(also, count(r.GroupChats, "group chat"))
	}
	if r.Files > 0 {
		also = append(also, count(r.Files, "file"))
	}
	if r.Parts > 0 {
		also = append(also, count(r.Parts, "other answer")+" of the account")
	}
	if len(also) > 0 {
		fmt.Fprintf(b, "\nalso %s", strings.Join(also, ", "))
	}
	var moved []string
	for _, m := range []struct {
		n    int
		word string
	}{{len(r.Archived), "archived"}, {len(r.Restored), "no longer archived"}, {len(r.Renamed), "renamed"}, {len(r.Unlisted), "in no list but still there"}} {
		if m.n > 0 {
			moved = append(moved, fmt.Sprintf("%d %s", m.n, m.word))
		}
	}
	if len(moved) > 0 {
		fmt.Fprintf(b, "\nsince the last run: %s", strings.Join(moved, ", "))
	}
	if r.Partial > 0 {
		fmt.Fprintf(b, "\nof %s the server gives the current branch only", count(r.Partial, "conversation"))
	}
	if n := len(r.FilesMissing); n > 0 {
		fmt.Fprintf(b, "\n%s no longer on the server; each is noted where it belongs", count(n, "file"))
	}
	if n := len(r.Unavailable); n > 0 {
		fmt.Fprintf(b, "\n%d parts are not to be had for this account (the ledger names them)", n)
	}
}

// Plan says for people what a run would get, and how long it takes when
// nothing gets in its way.
func (r *Report) Plan() string {
	s := fmt.Sprintf("%s listed: %d new, %d changed, %d unchanged", count(r.Listed, "conversation"), r.New, r.Changed, r.Unchanged)
	if r.Outside > 0 {
		s += fmt.Sprintf(", %d older than --since", r.Outside)
	}
	s += fmt.Sprintf("\n%d to get", r.Left)
	if r.Left > 0 {
		s += ", with " + r.estimate
	}
	for _, p := range r.Problems {
		s += "\nincomplete: " + clean(p)
	}
	return s
}

// foresee says how many requests the conversations left take, and how long.
func (r *run) foresee() {
	n, way := r.report.Left, "each by itself"
	pace := r.client.pacer
	if r.group() > 1 {
		n, way, pace = (n+batchLimit-1)/batchLimit, "ten at a time where the account allows it", nil
	}
	interval := r.o.MinInterval + r.o.MinInterval/8 // half of the jitter
	r.report.estimate = fmt.Sprintf("%s (%s), and one for each file", count(n, "request"), way)
	if least := pace.estimate(n, interval).Round(time.Second); least > 0 {
		r.report.estimate += fmt.Sprintf(": %v or more", least)
	}
	if pace == nil && r.client.pacer != nil {
		r.report.estimate += fmt.Sprintf("; %v if only one at a time is allowed", r.client.pacer.estimate(r.report.Left, interval).Round(time.Minute))
	}
}
