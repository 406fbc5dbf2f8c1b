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

// top reads the top of a list again, until a page's last entry stands where it
// was known: then everything below stands too.
func (r *run) top(ctx context.Context, l *listing, name string, from endpoint) error {
	s := newStroll()
	moved := map[string]bool{}
	for !s.ended {
		n := s.n
		raw, got, err := r.page(ctx, from, s.offset)
		if err != nil {
			if ctx.Err() != nil || r.client.fatal(err) != nil {
				return err
			}
			l.problems = append(l.problems, fmt.Sprintf("the list of %s conversations could not be read again at the end: %v", name, err))
			return nil
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
				return err
			}
		}
		if stands || r.allBefore(got.Items) {
			return nil
		}
	}
	if s.trouble != "" {
		l.problems = append(l.problems, fmt.Sprintf("the list of %s conversations, read again at the end, %s", name, s.trouble))
	}
	return nil
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
