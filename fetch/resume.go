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

// A large account has a hundred pages of lists, and the deep ones come slowly.
// So each page is stored as soon as it is there, and a run that is stopped in
// the middle of its lists leaves the next one a part of them to go on from.
// Whether pages are such a part is in the memo: it names the runs that have
// added to a listing from its first page until its last. The part is never
// compared with anything, since what it lacks is not gone but unread.

// freshFor is how long the next run goes on with an unfinished listing. Later
// than that too much of the account may have moved for its parts to fit.
const freshFor = 24 * time.Hour

// A part is the pages of one list that earlier runs have read, in the order
// of reading.
type part []archive.Record

// unfinished finds the pages of the listing that earlier runs began and did
// not end, by the name of their list. All others are what a listing is
// compared with.
func (r *run) unfinished(records []archive.Record, now time.Time) {
	r.left, r.begun = map[string]part{}, slices.Clone(r.memo.Open)
	old := false
	for _, rec := range records {
		if !r.opened(rec) {
			continue
		}
		old = old || now.Sub(rec.FetchedAt) > freshFor
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

// begin notes that the lists are being read; done notes that they were.
func (r *run) begin() error {
	if r.archive == nil || !r.parts["conversations"] && !r.parts["projects"] {
		return nil
	}
	r.memo.Open = append(slices.Clip(r.memo.Open), r.archive.Run())
	return r.saveMemo()
}

func (r *run) done(l *listing) error {
	switch {
	case r.archive == nil || l.broken:
		return nil
	case r.parts["conversations"]:
		r.memo.Open = nil
	case r.parts["projects"]:
		r.memo.Open = r.begun
	default:
		return nil
	}
	return r.saveMemo()
}

// goOn puts a stroll to where earlier runs came in its list.
func (r *run) goOn(l *listing, name string, s *stroll) {
	for _, rec := range r.left[name] {
		raw, err := r.read(rec)
		if err != nil {
			continue
		}
		at, err := url.Parse(rec.URL)
		got, err2 := chatgpt.DecodeListing(raw)
		if err != nil || err2 != nil {
			continue
		}
		s.offset, _ = strconv.Atoi(at.Query().Get("offset"))
		s.take(&got)
		s.n = max(s.n, number(rec.ID)+1)
		for _, item := range got.Items {
			l.add(item)
		}
		l.resumed = l.resumed || name == "archived"
	}
	s.before, s.steps = nil, 0
	if s.n > 0 && !s.ended {
		r.progress(Progress{Note: fmt.Sprintf("going on with the list of %s conversations where an earlier run was stopped, at number %d", name, len(s.seen))})
	}
}

// number is the number at the end of a page's id.
func number(id string) int {
	n, err := strconv.Atoi(id[strings.LastIndexByte(id, '-')+1:])
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// errKnown ends the second reading of a list's beginning.
var errKnown = errors.New("from here on all is known")

// chain reads a list by cursors and stores its pages, from where an earlier
// run was stopped if one was. Take is handed the body of every page, and
// answers whether there was something in it that it had seen before.
func (r *run) chain(ctx context.Context, e endpoint, id, name string, take func(raw []byte) (known bool, err error)) error {
	at := place{}
	for _, rec := range r.left[name] {
		raw, err := r.read(rec)
		if err != nil {
			continue
		}
		here, err := chatgpt.DecodePage(raw)
		if err == nil {
			_, err = take(raw)
		}
		if err == nil {
			at = place{max(at.n, number(rec.ID)+1), here.Cursor}
		}
	}
	if at.n > 0 && at.cursor == "" {
		return nil // read to its end
	}
	next := at.n
	keep := func(again bool) func(n int, a *answer) error {
		return func(n int, a *answer) error {
			next = n + 1
			if err := r.store(page{e, fmt.Sprintf("%s-%d", name, n), a}); err != nil {
				return err
			}
			known, err := take(a.Body)
			if err == nil && again && known {
				err = errKnown
			}
			return err
		}
	}
	err := r.pages(ctx, e, id, at, keep(false))
	if at.n == 0 || err != nil && !stale(err) {
		return err
	}
	// What came on top meanwhile is on its first pages; if the cursor has run
	// out, the whole list is read anew.
	if err = r.pages(ctx, e, id, place{n: next}, keep(err == nil)); errors.Is(err, errKnown) {
		return nil
	}
	return err
}

// stale reports whether an error may be that of a cursor which was good for a
// time only.
func stale(err error) bool {
	s := (*StatusError)(nil)
	return errors.Is(err, errCircle) || errors.As(err, &s) && (s.class == final || s.Code == http.StatusInternalServerError)
}
