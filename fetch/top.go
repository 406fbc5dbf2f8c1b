package fetch

import (
	"context"
	"errors"
	"fmt"

	"gptsnap/formats/chatgpt"
)

// Lists have the newest first, so what came or was touched since a list was
// read is at its top, and is found without reading all of it again.

// topPages marks the records of a list's top, read again: "active-top-0".
const topPages = "-top"

// errStands ends the second reading of a list's top: from here on nothing has
// moved.
var errStands = errors.New("from here on nothing has moved")

// mostLooks bounds how often the top of one list is read again.
const mostLooks = 10

// top reads the top of a list again, until a page's last entry stands where it
// was known: then everything below stands too. If that took more than a page,
// what was touched meanwhile may have jumped over the reader's head; so it
// looks again, until one page tells all.
func (r *run) top(ctx context.Context, l *listing, name string, from endpoint) error {
	for range mostLooks {
		if pages, err := r.look(ctx, l, name, from); err != nil || pages <= 1 {
			return err
		}
	}
	l.problems = append(l.problems, fmt.Sprintf("the list of %s conversations moves faster than its top can be read", name))
	return nil
}

// look reads the top of a list once. It answers how many pages that took, 0 if
// it could not be read.
func (r *run) look(ctx context.Context, l *listing, name string, from endpoint) (int, error) {
	s := newStroll()
	moved := map[string]bool{}
	for !s.ended {
		n := s.n
		raw, got, err := r.page(ctx, from, s.offset)
		if err != nil {
			if ctx.Err() != nil || r.client.fatal(err) != nil {
				return 0, err
			}
			l.problems = append(l.problems, fmt.Sprintf("the list of %s conversations could not be read again at the end: %v", name, err))
			return 0, nil
		}
		s.take(&got)
		some, stands := false, got.Entries == 0 && l.length[name] == 0
		for _, item := range got.Items {
			if l.add(item) {
				moved[item.ID], some = true, true
			}
			stands = !moved[item.ID]
		}
		if some {
			if err := r.store(page{from, fmt.Sprintf("%s%s-%d", name, topPages, n), raw}); err != nil {
				return 0, err
			}
		}
		if stands || r.allBefore(got.Items) {
			return s.n, nil
		}
	}
	if s.trouble != "" {
		l.problems = append(l.problems, fmt.Sprintf("the list of %s conversations, read again at the end, %s", name, s.trouble))
	}
	return 0, nil
}

// tops finds and gets what was touched while lists were read or conversations
// were got, and since earlier runs have read the lists that this one took over.
func (r *run) tops(ctx context.Context, l *listing) error {
	before := len(l.problems)
	if r.parts["conversations"] {
		for _, one := range byOffset {
			if err := r.top(ctx, l, one.name, one.from); err != nil {
				return err
			}
		}
	}
	if r.parts["projects"] {
		if err := r.projectTops(ctx, l); err != nil {
			return err
		}
	}
	r.report.Problems = append(r.report.Problems, l.problems[before:]...)
	r.report.Listed = len(l.items)
	if !r.parts["conversations"] {
		return nil
	}
	var items []chatgpt.Item
	for i, item := range l.late {
		// What was got after it was touched is up to date already, and what was
		// touched again is in the list again.
		newest := l.items[l.at[item.ID]].Updated.Equal(item.Updated)
		if (!item.known || r.state(item.Item) != same) && newest {
			items = append(items, l.late[i].Item)
		}
	}
	return r.getAll(ctx, items)
}
