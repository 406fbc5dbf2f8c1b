package fetch

import (
	"fmt"
	"slices"

	"gptsnap/formats/chatgpt"
)

// A stroll is where the reading of one list by offsets has come to.
//
// Nothing that the server says of a list's length can be believed: its total
// was seen to be no count, and a page may hold fewer entries than were asked
// for without being the last, whatever limit it names. So a list ends where
// two pages in a row hold nothing that comes after the last known entry, and,
// if the total speaks of more, where there is nothing as far as that either.
//
// The list may move while it is read. An entry that jumps to the top shifts
// the others down, so pages hold what is known; that ends nothing. One that is
// deleted or archived shifts the others up, and some would be jumped over; so
// each page begins with the last entry of the page before, and if it does not,
// the reading goes back until it meets what it knows. An empty page in the
// middle is met in the same way. Of two entries in a row that are known and
// did not move, nothing can stand between that was never read.
//
// What a hostile or broken server can make of it is bounded: steps back, pages
// without anything new, empty pages, and pages in all.
type stroll struct {
	n, offset int             // of the next page: its number, its first entry
	linked    bool            // the entry at offset should be a known one
	seen      map[string]bool // the list's entries
	size      int             // entries of the largest page
	total     int64           // what the last page with entries, or those after it, speaks of

	before []string // the entries of the page before
	same   int      // pages in a row that are equal to the one before
	idle   int      // entries in a row that brought nothing new
	quiet  int      // pages in a row with nothing after the last known entry
	holes  int      // places skipped because the total speaks of more
	steps  int      // back in a row
	backs  int      // steps back in all
	lostAt int      // the offset that was last found to be behind a gap
	times  int      // how often in a row

	ended   bool
	trouble string // what is wrong with the list, after its name; or ""
}

// What a stroll puts up with.
const (
	mostBacks = 200 // steps back in one list
	mostSame  = 3   // equal pages in a row, and losing its way at one place
	mostIdle  = 20  // pages with nothing new, besides as many entries as are known
	mostHoles = 20
	leastSame = 10 // entries of pages that are compared: a few insertions make small ones the same
)

func newStroll() *stroll { return &stroll{seen: map[string]bool{}, lostAt: -1} }

// take takes in the page at the stroll's offset, and moves on to the next.
func (s *stroll) take(got *chatgpt.Listing) {
	ids := make([]string, len(got.Items))
	for i, item := range got.Items {
		ids[i] = item.ID
	}
	odd := got.Entries != len(ids) // where an entry without an id stands is not known, so no overlap is looked for
	lost := s.linked && !odd && (len(ids) == 0 || !s.seen[ids[0]])
	tail := s.linked && !lost && got.Entries == 1
	s.note(ids, got, lost)
	switch {
	case s.trouble != "":
		s.ended = true
	case lost && s.back():
	case got.Entries == 0 || tail:
		s.end(got, tail)
	default:
		s.quiet, s.holes, s.steps = 0, 0, 0
		if s.linked = len(ids) > 1 && !odd; s.linked {
			s.offset += len(ids) - 1
		} else {
			s.offset += got.Entries
		}
	}
	if !s.ended && s.n >= maxPages {
		s.ended, s.trouble = true, fmt.Sprintf("has no end: stopped after %d pages", s.n)
	}
}

// note counts what a page brings, and finds a list that leads nowhere. The
// entries of a page behind a gap are not seen: to meet one of them again would
// not prove that nothing is between.
func (s *stroll) note(ids []string, got *chatgpt.Listing, lost bool) {
	news := lost
	for _, id := range ids {
		news = news || !s.seen[id]
		if !lost {
			s.seen[id] = true
		}
	}
	s.n++
	s.size = max(s.size, got.Entries)
	if s.total = max(s.total, got.Total); got.Entries > 0 {
		s.total = got.Total
	}
	if s.same++; len(ids) < leastSame || !slices.Equal(ids, s.before) {
		s.same = 0
	}
	if s.idle += got.Entries; news {
		s.idle = 0
	}
	s.before = ids
	switch {
	case s.same == mostSame:
		s.trouble = fmt.Sprintf("does not advance: page %d is the same as the %d before", s.n-1, mostSame)
	case s.idle > len(s.seen)+mostIdle*max(s.size, 1):
		s.trouble = fmt.Sprintf("goes in a circle: %d entries in a row brought nothing new", s.idle)
	}
}

// back goes back to look for a known entry, each time twice as far. It reports
// false if that is of no use: the page at this place is empty again and again,
// or the list moves faster than it can be read.
func (s *stroll) back() bool {
	if s.times++; s.offset != s.lostAt {
		s.lostAt, s.times = s.offset, 1
	}
	if s.times > mostSame && len(s.before) == 0 {
		return false
	}
	if s.backs++; s.backs > mostBacks {
		s.ended, s.trouble = true, "moves faster than it can be read"
		return true
	}
	s.offset = max(0, s.offset-(max(s.size, 2)-1)<<s.steps)
	s.steps = min(s.steps+1, 20)
	s.linked, s.before = s.offset > 0, nil
	return true
}

// end takes in a page with nothing after the last known entry: tail if it
// holds that entry alone.
func (s *stroll) end(got *chatgpt.Listing, tail bool) {
	s.quiet++
	s.linked = false
	switch {
	case tail:
		s.offset++
	case s.quiet < 2:
	case s.total <= int64(s.offset)+1: // no more than total always is
		s.ended = true
	case s.holes < mostHoles:
		s.holes++
		s.offset += limitOf(got)
	default:
		s.ended, s.trouble = true, fmt.Sprintf("holds %d, but the server speaks of %d", len(s.seen), s.total)
	}
}

// limitOf is how many entries a page could have held.
func limitOf(got *chatgpt.Listing) int {
	if got.Limit > 0 {
		return min(pageLimit, got.Limit)
	}
	return pageLimit
}
