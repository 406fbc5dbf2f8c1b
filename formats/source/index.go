package source

import (
	"io"
	"iter"
	"slices"
	"time"

	"gptsnap/formats/chat"
)

// A slot is one thing that an input yields: the winning copy of a
// conversation, or a problem.
type slot struct {
	id      string
	updated time.Time
	nodes   int
	err     error // the problem; the rest is then empty

	// in a box
	file         int // the member
	n            int // the element's number in it
	offset, size int64
	api          bool // it came from the API, whose form is richer than an export's
}

// better reports whether a copy that comes later takes the place of old: the
// newer by update_time, else the larger tree, else what the API gave rather
// than an export, else the later one. An API's time and an export's may be the
// same one in two roundings.
func (s *slot) better(old *slot) bool {
	if s.api != old.api && s.updated.Sub(old.updated).Abs() < time.Millisecond || s.updated.Equal(old.updated) {
		if s.nodes != old.nodes || s.api == old.api {
			return s.nodes >= old.nodes
		}
		return s.api
	}
	return s.updated.After(old.updated)
}

// An index is what an input holds, in its order, each conversation once: the
// place of a conversation is that of its winning copy.
type index struct {
	len     int
	problem func(i int) error                    // that slot i is, or nil
	head    func(i int) (id string, t time.Time) // of a slot that is none: what is known without decoding
	// walk yields the slots that want says, one flag a slot.
	walk func(want []bool) iter.Seq2[Entry, error]
}

func indexOf(slots []slot, walk func(want []bool) iter.Seq2[Entry, error]) *index {
	return &index{len: len(slots), walk: walk, problem: func(i int) error { return slots[i].err },
		head: func(i int) (string, time.Time) { return slots[i].id, slots[i].updated }}
}

// winners drops the copies that a better one replaces.
func winners(all []slot) []slot {
	best := make(map[string]int, len(all))
	for i := range all {
		if all[i].err != nil {
			continue
		}
		if k, ok := best[all[i].id]; !ok || all[i].better(&all[k]) {
			best[all[i].id] = i
		}
	}
	kept := all[:0]
	for i := range all {
		if all[i].err != nil || best[all[i].id] == i {
			kept = append(kept, all[i])
		}
	}
	return slices.Clip(kept)
}

// open reads a box once to learn what it holds, and makes a Source of it.
func (b *box) open(lim limits) (*Source, error) {
	var all []slot
	count, first := 0, error(nil)
	files, thumbs := b.assets(), b.feedback()
	for _, err := range b.problems {
		all = append(all, slot{err: err})
	}
	for _, k := range b.chats {
		for f, err := range b.members[k].elements(lim) {
			if err != nil {
				all = append(all, slot{err: err})
				if first == nil {
					first = err
				}
				continue
			}
			count++
			all = append(all, slot{id: f.ID, updated: f.Updated, nodes: f.Nodes, file: k, n: f.n, offset: f.offset, size: f.size})
		}
	}
	if count == 0 && first != nil {
		return nil, Fail(ExitFailed, accepted, "%s: no conversation in it: %w", b.path, first)
	}
	slots := winners(all)
	ix := indexOf(slots, func(want []bool) iter.Seq2[Entry, error] {
		return func(yield func(Entry, error) bool) {
			b.walk(slots, want, lim, func(e Entry, err error) bool { return yield(thumbs.onto(e), err) })
		}
	})
	s := &Source{Name: b.name, Path: b.path, index: ix, Close: b.close}
	s.File = func(f *chat.File) (io.ReadCloser, error) { return files.open(f) }
	return s.narrowed(nil, nil), nil
}
