// Package fetch fills the archive. It is the only room of the house that dials
// out, and it only ever reads: nothing on the server is changed.
//
// A snapshot ([Run]) goes in these steps. It makes sure that the token opens
// the account that the archive is of; reads the lists of active and archived
// conversations and of projects; reads what else the account holds, such as
// memories and settings; compares the lists with the archive; gets each
// conversation that is new or changed, newest first, and the files it names;
// and looks at the lists again for what changed meanwhile. The raw bytes of
// every answer are stored before anything in them is understood, so a better
// reader next year needs no new download.
//
// There is no state besides the archive. A run that was killed is continued by
// running it again, which is the same thing as a second snapshot next month:
// what is held is not asked for again.
//
// The other way in is [Import], which takes official exports and JSON files.
//
// The server limits how fast it may be asked, and going too fast can lock the
// owner out of the account in the browser as well. So one request is made at a
// time, with a pause between; see pacer.go for how fast, patience.go for what
// happens when the server says no, and endpoints.go for everything it may be
// asked.
package fetch

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
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
	Archive string        // path; the file, or with a slash at its end the folder, is created if there is none
	Keys    *archive.Keys // for an encrypted archive; nil opens none
	Shape   archive.Shape // of the archive if it is created
	Token   Token
	Cookies Cookies
	BaseURL string // "" means DefaultBaseURL; https, or http on this machine

	CDP string // debugging port of the user's own browser, which then makes the requests and needs no Token; or ""

	Workspace   string        // the account id of a team's workspace, or ""
	Only, Skip  []string      // of Parts; Only empty means all
	Files       string        // which files to get: FilesAll (also ""), FilesImages or FilesNone
	MaxFileSize int64         // largest file to get, in bytes; 0 means no bound
	Budget      time.Duration // stop after so long; 0 means no bound
	RetryFailed bool          // get only what earlier runs failed to get
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
	plain bool                              // tests of lists and bodies ask for nothing else, and singly
	hosts []string                          // further hosts of files, in tests
}

// Progress is what a run is doing now.
type Progress struct {
	Stage       string    // "listing", "fetching" or "importing"; "" for a Note or Asked in between
	Done, Total int       // Total is 0 while unknown
	Note        string    // something the user should know now, as a wait; or ""
	Asked       string    // a request and what came of it, for who wants to see them all; or ""
	Until       time.Time // when a wait ends; zero if there is none
}

// run is one snapshot at work.
type run struct {
	o       Options
	client  *client
	archive *archive.Writer // nil with Plan
	held    holding
	parts   map[string]bool // what to read
	memo    memo
	files   *files
	losses  []archive.Loss  // by repairs; those without an ID are there again
	left    map[string]part // of the lists, by name: what earlier runs have read
	begun   []string        // the runs that read them
	resumed bool            // and this run goes on with them
	chains  []*chain
	found   []chatgpt.Project
	shares  []chatgpt.Share
	rooms   []chatgpt.Room
	report  *Report
	broken  int // requests in a row that found no server
	trees   int // whole conversations got
}

// Run makes a snapshot. What went wrong with single conversations is in the
// Report; the error is a [*source.Failure] for what ended the run early, with
// everything stored until then safe in the archive. A Report comes with every
// error once the run has begun.
func Run(ctx context.Context, o Options) (Report, error) {
	r := &run{o: o, held: holding{}, report: &Report{Command: "fetch", Started: time.Now().UTC()}}
	client, err := newClient(o)
	if err == nil {
		r.parts, err = chooseParts(o.Only, o.Skip)
	}
	if err == nil {
		r.files, err = newFiles(o)
	}
	if err != nil {
		return *r.report, source.Fail(source.ExitUsage, "", "%w", err)
	}
	if o.plain {
		r.parts = map[string]bool{"conversations": true}
	}
	if o.CDP != "" && err == nil {
		var tab *browser
		if tab, o.Token, err = attach(ctx, o.CDP, client.base, client.http.Transport); err != nil {
			return *r.report, err
		}
		o.Transport = tab
		if client, err = newClient(o); err != nil {
			return *r.report, source.Fail(source.ExitUsage, "", "%w", err)
		}
		client.renew = func(ctx context.Context) (Token, error) { return tab.session(ctx, client.base) }
		r.o = o
	}
	if o.Token.Empty() {
		return *r.report, source.Fail(source.ExitAuth, tokenHint, "there is no access token")
	}
	r.client = client
	r.client.notify = r.progress
	var records []archive.Record
	if o.Plan {
		records, err = recordsOf(o.Archive, o.Keys)
	} else if r.archive, err = openArchive(o.Archive, archive.Options{Tool: o.Tool, Keys: o.Keys, Shape: o.Shape}); err == nil {
		records = r.archive.Records()
	}
	if err != nil {
		return *r.report, err
	}
	r.loadMemo(records)
	r.unfinished(records, r.report.Started)
	for _, rec := range records {
		if (rec.Status < 400 || rec.Kind == KindGPT) && !r.opened(rec) {
			r.held.note(rec)
		}
	}
	r.files.learn(records)
	for _, rec := range r.held {
		r.files.backlog = r.files.backlog || rec.Kind == archive.KindConversation && rec.Seq > r.since()
	}
	r.learnLosses(records)
	inner := ctx
	if o.Budget > 0 {
		var stop context.CancelFunc
		inner, stop = context.WithTimeoutCause(ctx, o.Budget, errTime)
		defer stop()
	}
	report, err := r.finish(ctx, r.snapshot(inner))
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
	if !r.o.plain {
		if err := r.identify(ctx); err != nil {
			return err
		}
	}
	if r.o.RetryFailed {
		return r.retry(ctx)
	}
	if err := r.begin(); err != nil {
		return err
	}
	l, err := r.list(ctx)
	if err == nil {
		err = r.projects(ctx, l)
	}
	if err == nil && r.resumed {
		err = r.top(ctx, l, "active", activeList) // the newest first here too
	}
	if err != nil {
		return err
	}
	l.sort()
	r.report.Listed = len(l.items)
	r.report.Problems = append(r.report.Problems, l.problems...)
	if r.o.Plan {
		for _, item := range l.items {
			if r.wanted(item) {
				r.report.Left++
			}
		}
		r.foresee()
		return nil
	}
	r.compare(l)
	if err := r.account(ctx); err != nil {
		return err
	}
	if err := r.gpts(ctx, l); err != nil {
		return err
	}
	if r.parts["conversations"] {
		if err := r.getAll(ctx, l.items); err != nil {
			return err
		}
	}
	if err := r.tops(ctx, l); err != nil {
		return err
	}
	if r.parts["conversations"] {
		if err := r.unlisted(ctx, l); err != nil {
			return err
		}
	}
	if err := r.getLost(ctx, true); err != nil {
		return err
	}
	if err := r.catchUp(ctx); err != nil {
		return err
	}
	return r.end(l)
}

// retry gets the conversations that the last run could not, the files, shared
// links and GPTs that no run could, what a repair of the archive has lost, and
// nothing else.
func (r *run) retry(ctx context.Context) error {
	var items []chatgpt.Item
	if rec, ok := r.held.latest(archive.KindLedger, "fetch"); ok {
		raw, err := r.read(rec)
		if err != nil {
			return err
		}
		var last Report
		if err := json.Unmarshal(raw, &last); err != nil {
			return fmt.Errorf("reading the last run's ledger: %w", err)
		}
		for _, f := range last.Failed {
			if f.ID != "" {
				items = append(items, chatgpt.Item{ID: f.ID, Title: f.Title})
			}
		}
	}
	for _, item := range r.lostItems() {
		if !slices.ContainsFunc(items, func(other chatgpt.Item) bool { return other.ID == item.ID }) {
			items = append(items, item)
		}
	}
	r.report.Listed = len(items)
	if r.o.Plan {
		r.report.Left = len(items)
		r.foresee()
		return nil
	}
	r.o.Full = true
	if err := r.getAll(ctx, items); err != nil {
		return err
	}
	if err := r.getLost(ctx, false); err != nil {
		return err
	}
	if err := r.retryShares(ctx); err != nil {
		return err
	}
	if err := r.retryGPTs(ctx); err != nil {
		return err
	}
	return r.catchUp(ctx)
}
