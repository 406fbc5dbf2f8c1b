package fetch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"gptsnap/formats/archive"
	"gptsnap/formats/chatgpt"
)

// A large account has a hundred pages of lists, and the deep ones come slowly;
// its conversations may take days. So each page is stored as soon as it is
// there, and a run that is stopped leaves its lists to the next one: a part of
// them to go on from if it was stopped while it read them, or the whole. Which
// pages those are is in the memo: it names the runs that have read lists since
// the last run that came to its end.
//
// That must not hide what happened since the lists were read. A conversation
// that is new, or in which something was said, stands at the top of its list;
// so the top of every list that an earlier run has read is read again, down to
// an entry that has not moved (see top.go). What moves no entry, as renaming,
// archiving or deleting, is found by comparing whole listings ([run.compare]):
// of a run that goes on with an earlier one's lists, they are as of the earlier
// run, and the run after it reads them anew. No listing is gone on with that
// is older than a day, or of another workspace, or with --full.
//
// The unfinished listing is never compared with anything itself, since what it
// lacks is not gone but unread.

// freshFor is how long later runs go on with a listing. After that too much of
// the account may have moved for its parts to fit. A clock that was put back
// may make a page seem to be of the future: by mostAhead, and it is not trusted.
const freshFor, mostAhead = 24 * time.Hour, time.Hour

// A part is the pages of one list that earlier runs have read, in the order
// of reading.
type part []archive.Record

// unfinished finds the pages of the listing that earlier runs began and did
// not end, by the name of their list. All others are what a listing is
// compared with.
func (r *run) unfinished(records []archive.Record, now time.Time) {
	r.left, r.begun = map[string]part{}, slices.Clone(r.memo.Open)
	old := r.o.Full || r.memo.Workspace != r.o.Workspace
	for _, rec := range records {
		if !r.opened(rec) {
			continue
		}
		age := now.Sub(rec.FetchedAt)
		old = old || age > freshFor || age < -mostAhead
		if at := strings.LastIndexByte(rec.ID, '-'); at > 0 && rec.Status < 400 {
			r.left[rec.ID[:at]] = append(r.left[rec.ID[:at]], rec)
		}
	}
	if old {
		r.left, r.memo.Open = map[string]part{}, nil
	}
}

// opened reports whether a record is a page of the unfinished listing.
func (r *run) opened(rec archive.Record) bool {
	return (rec.Kind == archive.KindListing || rec.Kind == archive.KindProject) && slices.Contains(r.begun, rec.Run)
}

// begin notes that the lists are being read; end that the run which did has
// come to its end, so that the next one reads them anew.
func (r *run) begin() error {
	if r.archive == nil || !r.parts["conversations"] && !r.parts["projects"] {
		return nil
	}
	r.memo.Open, r.memo.Workspace = append(slices.Clip(r.memo.Open), r.archive.Run()), r.o.Workspace
	return r.saveMemo()
}

func (r *run) end(l *listing) error {
	switch {
	case l.broken: // the next run goes on where the list broke off
	case r.parts["conversations"]:
		r.memo.Open = nil
	case r.parts["projects"]:
		r.memo.Open = slices.DeleteFunc(r.memo.Open, func(run string) bool { return !slices.Contains(r.begun, run) })
	}
	return r.saveMemo()
}

// goOn puts a stroll to where earlier runs came in its list.
func (r *run) goOn(l *listing, name string, s *stroll) {
	var last time.Time
	for _, rec := range slices.Concat(r.left[name], r.left[name+topPages]) {
		raw, err := r.read(rec)
		if err != nil {
			continue
		}
		at, err := url.Parse(rec.URL)
		got, err2 := chatgpt.DecodeListing(raw)
		if err != nil || err2 != nil {
			continue
		}
		if strings.HasPrefix(rec.ID, name+topPages) {
			l.take(name+" conversations", &got)
			continue
		}
		s.offset, _ = strconv.Atoi(at.Query().Get("offset"))
		s.take(&got)
		s.n, last = max(s.n, number(rec.ID)+1), rec.FetchedAt
		l.take(name+" conversations", &got)
	}
	if s.n == 0 {
		return
	}
	r.resumed = true
	note := fmt.Sprintf("taking over the list of %s conversations that an earlier run read at %s", name, last.Local().Format("15:04"))
	if !s.ended {
		s.before, s.same, s.backs, s.steps = nil, 0, 0, 0
		note = fmt.Sprintf("going on with the list of %s conversations where an earlier run was stopped, at number %d", name, len(s.seen))
	}
	r.progress(Progress{Note: note})
}

// number is the number at the end of a page's id.
func number(id string) int {
	n, err := strconv.Atoi(id[strings.LastIndexByte(id, '-')+1:])
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// A chain is a list that goes by cursors.
type chain struct {
	e        endpoint
	id, name string // of what it is a list of, and of the records of its pages
	next     int    // the number of its next page
	resumed  bool   // earlier runs have read a part of it
	// take is handed the body of every page, and answers whether the page's
	// last entry stands as it was known.
	take func(raw []byte) (stands bool, err error)
}

// follow reads a chain, from where an earlier run was stopped if one was.
func (r *run) follow(ctx context.Context, c *chain) error {
	at := place{}
	for _, rec := range r.left[c.name] {
		raw, err := r.read(rec)
		if err != nil {
			continue
		}
		here, err := chatgpt.DecodePage(raw)
		if err == nil {
			_, err = c.take(raw)
		}
		if err == nil {
			at = place{max(at.n, number(rec.ID)+1), here.Cursor}
		}
	}
	for _, rec := range r.left[c.name+topPages] {
		if raw, err := r.read(rec); err == nil {
			_, _ = c.take(raw) // what is no page tells nothing
		}
	}
	if c.next, c.resumed = at.n, at.n > 0; c.resumed && at.cursor == "" {
		return nil // read to its end
	}
	err := r.pages(ctx, c.e, c.id, at, c.keep(r, false))
	if c.resumed && stale(err) { // the whole list is read anew
		err = r.pages(ctx, c.e, c.id, place{n: c.next}, c.keep(r, false))
	}
	return err
}

// keep stores pages of a chain and takes them in. Those of its top are enough
// when nothing below can have moved.
func (c *chain) keep(r *run, top bool) func(n int, a *answer) error {
	return func(n int, a *answer) error {
		id := fmt.Sprintf("%s-%d", c.name, n)
		if top {
			id = fmt.Sprintf("%s%s-%d", c.name, topPages, n)
		} else {
			c.next = n + 1
		}
		if err := r.store(page{c.e, id, a}); err != nil {
			return err
		}
		stands, err := c.take(a.Body)
		if err == nil && top && stands {
			err = errStands
		}
		return err
	}
}

// stale reports whether an error may be that of a cursor which was good for a
// time only.
func stale(err error) bool {
	s := (*StatusError)(nil)
	return errors.Is(err, errCircle) || errors.As(err, &s) && (s.class == final || s.Code == http.StatusInternalServerError)
}
