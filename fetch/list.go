package fetch

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"

	"gptsnap/formats/chatgpt"
)

// maxPages bounds a list that never ends: a million conversations.
const maxPages = 10_000

// A page is one raw page of a list as it goes into the archive.
type page struct {
	e   endpoint
	id  string // "active-0", "archived-3": the list and the page's number
	raw *answer
}

// A listing is what the lists say the account holds, newest first within each
// list, every conversation once.
type listing struct {
	items    []chatgpt.Item
	at       map[string]int // where in items
	problems []string       // what makes the listing incomplete
	resumed  bool           // an earlier run has read a part of the archived list
	broken   bool           // a list could not be read to its end
}

// list reads the active and the archived list to their ends.
//
// The server's total is no count, so pages are read until one is empty or
// shorter than the limit that the server says it applied. A conversation that
// is touched meanwhile jumps to the top and shifts the others down, so entries
// come twice (kept once), and [run.refresh] looks at the top again at the end.
// One that is deleted or archived meanwhile shifts the others up, and some
// would be jumped over; so each page begins with the last entry of the page
// before, and if it does not, the reading goes back until it meets what it
// knows.
func (r *run) list(ctx context.Context) (*listing, error) {
	l := &listing{at: map[string]int{}}
	if !r.parts["conversations"] {
		return l, nil
	}
	for _, one := range []struct {
		name string
		from endpoint
	}{{"active", activeList}, {"archived", archivedList}} {
		if err := r.walk(ctx, l, one.name, one.from); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// sort puts the newest first: each list is, and so is the work.
func (l *listing) sort() {
	slices.SortStableFunc(l.items, func(a, b chatgpt.Item) int { return b.Updated.Compare(a.Updated) })
	for i, item := range l.items {
		l.at[item.ID] = i
	}
}

// mostSteps bounds how often a list may make its reader go back.
const mostSteps = 20

// A stroll is where the reading of one list by offsets has come to.
type stroll struct {
	n, offset int             // of the next page: its number, its first entry
	linked    bool            // the entry at offset should be a known one
	seen      map[string]bool // the list's entries
	before    []string        // the entries of the page before
	steps     int             // back
	ended     bool
}

// take takes in the page at the stroll's offset.
func (s *stroll) take(got *chatgpt.Listing) (stands bool) {
	ids := make([]string, len(got.Items))
	for i, item := range got.Items {
		ids[i] = item.ID
	}
	limit := pageLimit
	if got.Limit > 0 {
		limit = min(limit, got.Limit)
	}
	odd := got.Entries != len(ids) // where an entry without an id stands is not known, so no overlap is looked for
	lost := s.linked && !odd && (len(ids) == 0 || !s.seen[ids[0]])
	for _, id := range ids {
		s.seen[id] = true
	}
	s.n++
	switch {
	case lost && s.steps < mostSteps:
		s.offset = max(0, s.offset-(limit-1)<<s.steps)
		s.steps++
		s.linked, s.before = s.offset > 0, nil
		return true
	case len(ids) > 0 && slices.Equal(ids, s.before):
		return false
	}
	s.before, s.ended = ids, got.Entries < limit
	if s.linked = len(ids) > 1 && !odd; s.linked {
		s.offset += len(ids) - 1
	} else {
		s.offset += got.Entries
	}
	return true
}

func (r *run) walk(ctx context.Context, l *listing, name string, from endpoint) error {
	s := &stroll{seen: map[string]bool{}}
	r.goOn(l, name, s)
	for !s.ended {
		if s.n == maxPages {
			l.problems = append(l.problems, fmt.Sprintf("the list of %s conversations has no end: stopped after %d pages", name, s.n))
			return nil
		}
		at := s.offset
		raw, got, err := r.page(ctx, from, at)
		if err != nil {
			if s.n == 0 && name == "active" || ctx.Err() != nil || r.client.fatal(err) != nil {
				return err
			}
			l.broken = true
			l.problems = append(l.problems, fmt.Sprintf("the list of %s conversations could be read up to number %d only: %v", name, at, err))
			return nil
		}
		if err := r.store(page{from, fmt.Sprintf("%s-%d", name, s.n), raw}); err != nil {
			return err
		}
		l.lacking(name+" conversations", &got)
		if got.Missing {
			l.problems = append(l.problems, "the server says that conversations are missing from its list of "+name+" ones")
		}
		if !s.take(&got) {
			l.problems = append(l.problems, fmt.Sprintf("the list of %s conversations does not advance: page %d is the same as the one before", name, s.n))
			return nil
		}
		for _, item := range got.Items {
			l.add(item)
		}
		r.progress(Progress{Stage: "listing", Done: len(l.items)})
		if r.allBefore(got.Items) {
			return nil
		}
	}
	return nil
}

// lacking notes the entries of a page that are no conversations to ask for.
func (l *listing) lacking(name string, got *chatgpt.Listing) {
	if n := got.Entries - len(got.Items); n > 0 {
		l.problems = append(l.problems, fmt.Sprintf("entries without an id in the list of %s: %d", name, n))
	}
}

// allBefore reports whether --since makes the rest of a list uninteresting.
func (r *run) allBefore(items []chatgpt.Item) bool {
	if r.o.Since.IsZero() {
		return false
	}
	for _, item := range items {
		if item.Updated.IsZero() || !item.Updated.Before(r.o.Since) {
			return false
		}
	}
	return true
}

// add keeps an item once, in its newest state. It reports whether the item is
// new or newer than known.
func (l *listing) add(item chatgpt.Item) bool {
	i, known := l.at[item.ID]
	switch {
	case !known:
		l.at[item.ID] = len(l.items)
		l.items = append(l.items, item)
	case item.Updated.After(l.items[i].Updated):
		l.items[i] = item
	default:
		return false
	}
	return true
}

// page reads one page of a list; it is asked for again when it is no list.
func (r *run) page(ctx context.Context, from endpoint, offset int) (*answer, chatgpt.Listing, error) {
	var got chatgpt.Listing
	address := r.client.address(from, "", url.Values{"offset": {strconv.Itoa(offset)}})
	raw, err := r.client.fetch(ctx, from, address, func(a *answer) (err error) {
		if got, err = chatgpt.DecodeListing(a.Body); err != nil {
			return fmt.Errorf("reading the %s: %w", from.Name, err)
		}
		return nil
	})
	if err != nil {
		return nil, got, fmt.Errorf("%s: %w", from.Name, err)
	}
	return raw, got, nil
}

// refresh reads the top of a list again: what was touched while the lists were
// read or conversations were got is there, newest first.
func (r *run) refresh(ctx context.Context, l *listing, name string, from endpoint) error {
	for n, offset := 0, 0; n < maxPages; n++ {
		raw, got, err := r.page(ctx, from, offset)
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
		if err := r.store(page{from, fmt.Sprintf("%s-%d", name, n), raw}); err != nil {
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
