// Package fetch fills the archive. It is the only room of the house that dials
// out, and it only ever reads: nothing on the server is changed.
//
// A snapshot ([Run]) goes in three steps. It reads the lists of active and
// archived conversations; compares the server's times of last change with what
// the archive holds; and gets each conversation that is new or changed, newest
// first. The raw bytes of every answer are stored before anything in them is
// understood, so a better reader next year needs no new download.
//
// There is no state besides the archive. A run that was killed is continued by
// running it again, which is the same thing as a second snapshot next month:
// what is held is not asked for again.
//
// The other way in is [Import], which takes official exports and JSON files.
//
// The server limits how fast it may be asked, and going too fast can lock the
// owner out of the account in the browser as well. So one request is made at a
// time, with a pause between; see patience.go for what happens when the
// server says no, and endpoints.go for everything it may be asked.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"gptsnap/formats/archive"
	"gptsnap/formats/chatgpt"
	"gptsnap/formats/source"
)

// DefaultMinInterval is the command's pause between two requests: what tools
// that were not rate limited for long kept to.
const DefaultMinInterval = time.Second

// Options of a snapshot. Archive and Token are needed.
type Options struct {
	Archive string // path; the file is created if there is none
	Token   Token
	Cookies Cookies
	BaseURL string // "" means DefaultBaseURL; https, or http on this machine

	Workspace   string        // the account id of a team's workspace, or ""
	Limit       int           // get at most so many conversations; 0 means all
	Since       time.Time     // get only conversations changed at this time or later
	Full        bool          // get every conversation, changed or not
	Plan        bool          // only read the lists and say what a run would get; the archive is not written
	MaxRequests int           // stop after so many requests; 0 means no bound
	MinInterval time.Duration // least time between two requests; 0 means no pause
	MaxBody     int64         // largest answer accepted, in bytes; 0 means 1 GiB

	Tool      string            // program and version, for the archive
	Transport http.RoundTripper // nil means a new one; it must not add retries
	Progress  func(Progress)    // called from one goroutine; nil means none

	waits func(time.Duration) time.Duration // what tests make of a wait before a retry; nil leaves it
}

// Progress is what a run is doing now.
type Progress struct {
	Stage       string    // "listing", "fetching" or "importing"; "" for a Note in between
	Done, Total int       // Total is 0 while unknown
	Note        string    // something the user should know now, as a wait; or ""
	Until       time.Time // when a wait ends; zero if there is none
}

// run is one snapshot at work.
type run struct {
	o       Options
	client  *client
	archive *archive.Writer // nil with Plan
	held    holding
	report  *Report
	broken  int // requests in a row that found no server
}

// Run makes a snapshot. What went wrong with single conversations is in the
// Report; the error is a [*source.Failure] for what ended the run early, with
// everything stored until then safe in the archive. A Report comes with every
// error once the run has begun.
func Run(ctx context.Context, o Options) (Report, error) {
	r := &run{o: o, held: holding{}, report: &Report{Command: "fetch", Started: time.Now().UTC()}}
	client, err := newClient(o)
	if err != nil {
		return *r.report, source.Fail(source.ExitUsage, "", "%w", err)
	}
	if o.Token.Empty() {
		return *r.report, source.Fail(source.ExitAuth, tokenHint, "there is no access token")
	}
	r.client = client
	r.client.notify = r.progress
	var records []archive.Record
	if o.Plan {
		records, err = recordsOf(o.Archive)
	} else if r.archive, err = openArchive(o.Archive, o.Tool); err == nil {
		records = r.archive.Records()
	}
	if err != nil {
		return *r.report, err
	}
	for _, rec := range records {
		if rec.Kind == archive.KindConversation {
			r.held.note(rec)
		}
	}
	report, err := r.finish(ctx, r.snapshot(ctx))
	if r.archive != nil {
		err = closeArchive(r.archive, err)
	}
	return report, err
}

func (r *run) progress(p Progress) {
	if r.o.Progress != nil {
		r.o.Progress(p)
	}
}

func (r *run) snapshot(ctx context.Context) error {
	l, err := r.list(ctx)
	if err != nil {
		return err
	}
	r.report.Listed = len(l.items)
	r.report.Problems = l.problems
	if r.o.Plan {
		for _, item := range l.items {
			if r.wanted(item) {
				r.report.Left++
			}
		}
		return nil
	}
	for _, p := range l.pages {
		if err := r.store(p); err != nil {
			return err
		}
	}
	if err := r.getAll(ctx, l.items); err != nil {
		return err
	}
	return r.refresh(ctx, l)
}

// refresh reads the top of the active list again: what was touched while the
// lists were read or conversations were got is there, newest first.
func (r *run) refresh(ctx context.Context, l *listing) error {
	for n, offset := 0, 0; n < maxPages; n++ {
		raw, got, err := r.page(ctx, activeList, offset)
		if err != nil {
			if ctx.Err() != nil || r.client.fatal(err) != nil {
				return err
			}
			r.report.Problems = append(r.report.Problems, fmt.Sprintf("the list could not be read again at the end: %v", err))
			return nil
		}
		var fresh []chatgpt.Item
		moved := 0
		for _, item := range got.Items {
			_, known := l.at[item.ID]
			if !l.add(item) {
				continue
			}
			moved++
			// What was got after it was touched is up to date already.
			if !known || r.state(item) != same {
				fresh = append(fresh, item)
			}
		}
		if moved == 0 {
			return nil
		}
		r.report.Listed = len(l.items)
		if err := r.store(page{fmt.Sprintf("active-%d", n), raw}); err != nil {
			return err
		}
		if err := r.getAll(ctx, fresh); err != nil {
			return err
		}
		if moved < len(got.Items) {
			return nil // below the first known entry nothing moved
		}
		offset += len(got.Items)
	}
	return nil
}

func (r *run) getAll(ctx context.Context, items []chatgpt.Item) error {
	var todo []chatgpt.Item
	for _, item := range items {
		if r.wanted(item) {
			todo = append(todo, item)
		}
	}
	for i, item := range todo {
		if r.o.Limit > 0 && r.report.Fetched+len(r.report.Failed)+len(r.report.Gone) >= r.o.Limit {
			r.report.Left += len(todo) - i
			return nil
		}
		r.progress(Progress{Stage: "fetching", Done: i, Total: len(todo)})
		if err := r.get(ctx, item); err != nil {
			r.report.Left += len(todo) - i
			return err
		}
	}
	r.progress(Progress{Stage: "fetching", Done: len(todo), Total: len(todo)})
	return nil
}

// get asks for one conversation and stores it. Its error ends the run; what
// concerns this conversation alone goes into the report.
func (r *run) get(ctx context.Context, item chatgpt.Item) error {
	var head chatgpt.Head
	address := r.client.address(oneConversation, item.ID, nil)
	a, err := r.client.fetch(ctx, oneConversation, address, func(a *answer) (err error) {
		if head, err = chatgpt.Peek(a.Body); err != nil {
			return err
		}
		if head.ID != item.ID || !head.HasMapping {
			return errors.New("the answer is not this conversation with its tree")
		}
		return nil
	})
	if err == nil {
		r.broken = 0
		m := r.meta(archive.KindConversation, item.ID, a)
		m.Updated, m.Nodes = changed(item, head, m.FetchedAt), head.Nodes
		rec, err := r.archive.Put(m, a.Body)
		if err := storing(r.archive, err); errors.Is(err, errStore) {
			return err
		} else if err != nil {
			r.report.fail(item.ID, item.Title, err)
			return nil
		}
		r.held.note(rec)
		r.report.Fetched++
		r.report.Bytes += int64(len(a.Body))
		return nil
	}
	if ctx.Err() != nil || r.client.fatal(err) != nil {
		return err
	}
	status := (*StatusError)(nil)
	if errors.As(err, &status) && status.Deleted() {
		r.report.Gone = append(r.report.Gone, item.ID)
		return nil
	}
	r.report.fail(item.ID, item.Title, err)
	return r.lost(status, err)
}

// lost ends a run whose server has gone away: without it, every conversation
// left would be waited for in vain.
func (r *run) lost(status *StatusError, err error) error {
	switch {
	case status == nil:
		r.broken++
	case status.Code >= http.StatusBadGateway:
		r.broken++
	default:
		r.broken = 0
	}
	if r.broken < 5 {
		return nil
	}
	return source.Fail(source.ExitFailed, "check the connection, then run the same command again: it goes on from here",
		"the server could not be reached %d times in a row: %w", r.broken, err)
}
