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
	pages    []page
	problems []string // what makes the listing incomplete
}

// list reads the active and the archived list to their ends.
//
// The server's total is no count, so pages are read until one is empty or
// shorter than the limit that the server says it applied; the offset advances
// by what came. A conversation that is touched meanwhile jumps to the top and
// shifts the others, so entries come twice (kept once) or are jumped over:
// [run.refresh] looks at the top again at the end.
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

func (r *run) walk(ctx context.Context, l *listing, name string, from endpoint) error {
	var before []string
	for n, offset := 0, 0; ; n++ {
		if n == maxPages {
			l.problems = append(l.problems, fmt.Sprintf("the list of %s conversations has no end: stopped after %d pages", name, n))
			return nil
		}
		raw, got, err := r.page(ctx, from, offset)
		if err != nil {
			if n == 0 && name == "active" || ctx.Err() != nil || r.client.fatal(err) != nil {
				return err
			}
			l.problems = append(l.problems, fmt.Sprintf("the list of %s conversations could be read up to number %d only: %v", name, offset, err))
			return nil
		}
		l.pages = append(l.pages, page{from, fmt.Sprintf("%s-%d", name, n), raw})
		if got.Missing {
			l.problems = append(l.problems, "the server says that conversations are missing from its list of "+name+" ones")
		}
		ids := make([]string, len(got.Items))
		for i, item := range got.Items {
			ids[i] = item.ID
		}
		if len(ids) > 0 && slices.Equal(ids, before) {
			l.problems = append(l.problems, fmt.Sprintf("the list of %s conversations does not advance: page %d is the same as the one before", name, n+1))
			return nil
		}
		before = ids
		for _, item := range got.Items {
			l.add(item)
		}
		r.progress(Progress{Stage: "listing", Done: len(l.items)})
		limit := pageLimit
		if got.Limit > 0 {
			limit = min(limit, got.Limit)
		}
		if len(ids) < limit || r.allBefore(got.Items) {
			return nil
		}
		offset += len(ids)
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
	if item.ID == "" {
		l.problems = append(l.problems, "an entry of the list has no id")
		return false
	}
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
