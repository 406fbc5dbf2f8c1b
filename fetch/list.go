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
	length   map[string]int // entries of each list, by its name
	late     []late         // what was added since [listing.sort]
	problems []string       // what makes the listing incomplete
	broken   bool           // a list could not be read to its end
}

// A late item came, or moved, after the lists had been read.
type late struct {
	chatgpt.Item
	known bool // in an older state
}

// list reads the active and the archived list to their ends, from where
// earlier runs were stopped if some were.
//
// A conversation that is touched meanwhile jumps to the top and shifts the
// others down, so entries come twice (kept once), and [run.tops] looks at the
// top again at the end. What else may happen to a list while it is read, and
// where one ends, is told in stroll.go.
func (r *run) list(ctx context.Context) (*listing, error) {
	l := &listing{at: map[string]int{}, length: map[string]int{}}
	if !r.parts["conversations"] {
		return l, nil
	}
	for _, one := range byOffset {
		if err := r.walk(ctx, l, one.name, one.from); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// byOffset are the lists that go by offsets.
var byOffset = []struct {
	name string // of the records of its pages: "active-0"
	from endpoint
}{{"active", activeList}, {"archived", archivedList}}

// sort puts the newest first: each list is, and so is the work.
func (l *listing) sort() {
	slices.SortStableFunc(l.items, func(a, b chatgpt.Item) int { return b.Updated.Compare(a.Updated) })
	for i, item := range l.items {
		l.at[item.ID] = i
	}
	l.late = nil
}

func (r *run) walk(ctx context.Context, l *listing, name string, from endpoint) error {
	s := newStroll()
	r.goOn(l, name, s)
	for !s.ended {
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
		s.take(&got)
		l.take(name+" conversations", &got)
		r.progress(Progress{Stage: "listing", Done: len(l.items)})
		if r.allBefore(got.Items) {
			break
		}
	}
	if s.trouble != "" {
		l.problems = append(l.problems, fmt.Sprintf("the list of %s conversations %s", name, s.trouble))
	}
	l.length[name] = len(s.seen)
	return nil
}

// take takes in a page of a list of conversations.
func (l *listing) take(name string, got *chatgpt.Listing) {
	l.lacking(name, got)
	if problem := "the server says that conversations are missing from its list of " + name; got.Missing && !slices.Contains(l.problems, problem) {
		l.problems = append(l.problems, problem)
	}
	for _, item := range got.Items {
		l.add(item)
	}
}

// lacking notes the entries of a page that are no conversations to ask for.
func (l *listing) lacking(name string, got *chatgpt.Listing) {
	if n := got.Entries - len(got.Items); n > 0 {
		l.problems = append(l.problems, fmt.Sprintf("entries without an id in the list of %s: %d", name, n))
	}
}

// allBefore reports whether --since makes the rest of a list uninteresting.
func (r *run) allBefore(items []chatgpt.Item) bool {
	if r.o.Since.IsZero() || len(items) == 0 {
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
	l.late = append(l.late, late{item, known})
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
