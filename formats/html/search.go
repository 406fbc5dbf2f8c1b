package html

import (
	"cmp"
	"hash/maphash"
	"io"
	"slices"
	"sync"

	"gptsnap/formats/chat"
)

// A site that lies in a folder can be searched although its pages may read
// nothing but scripts: the index is scripts. They stand in assets/search/,
// each a run of the sorted terms, so that a query loads one or two of them:
//
//	1.js      gptsnapTerms(1,`aachen ...`,`lists`)
//	index.js  gptsnapIndex({rows:[...],first:[`aachen`,`brot`,...]})
//
// Each term of a file stands behind a digit (of bitDigits) that says how many
// UTF-16 units it has in common with the one before, and how many follow: see
// shard. The lists are the pages that hold each, one after another without a border (bits.go):
// how many, then which. For them pages are numbered so that those with much in
// common stand side by side: by script, then by how many terms they have. A
// word then stands in numbers close together, and that is cheap to write down.
// rows tells for each number the row in the list of conversations.
//
// The index is made in bounded memory, however many pages there are: spill.go.
//
// The index knows that a page holds a word, not where: the list asks the page
// itself for the places that it shows (find.js).
const (
	searchFolder = "assets/search/"
	shardBytes   = 40 << 10
	partOf       = "search index"
)

// A search is the index of one site in the making: of each page eight bytes,
// and the words of the newest pages; those before lie in runs.
type search struct {
	seed    maphash.Seed
	tallies sync.Pool // of *tally
	pages   []sheet
	terms   wordSet  // of the pages since the last run
	lists   gapLists // of pages, by the number of the term
	past    spilled
	failed  error // of past
}

// A sheet is what the order of a page depends on.
type sheet struct {
	script uint8
	terms  uint32
}

// Site begins what a site has beside its pages: an index to search it by, the
// neighbours of each page, and a list for each project. scratch opens a
// temporary file, for writing and for reading what was written; whoever calls
// Site removes it. add is called for each finished page from many goroutines;
// the function it returns is called from one, in the order of the pages. finish
// hands over the files, docs being all pages in that order. Pages that stand
// alone have none: then Site returns nil.
func (r *Renderer) Site(scratch func() (io.Writer, io.ReaderAt, error)) (add func(d *chat.Document, body []byte) func(), finish func(docs []chat.Summary, put func(chat.Asset) error) error) {
	if r.o.Single {
		return nil, nil
	}
	s := newSearch(scratch)
	return func(_ *chat.Document, body []byte) func() { return s.add(body) }, func(docs []chat.Summary, put func(chat.Asset) error) error {
		listed := inOrder(docs)
		if err := s.write(listed, put); err != nil {
			return err
		}
		if err := neighbours(docs, listed, put); err != nil {
			return err
		}
		return r.projectPages(docs, listed, put)
	}
}

func newSearch(scratch func() (io.Writer, io.ReaderAt, error)) *search {
	s := &search{seed: maphash.MakeSeed(), past: spilled{scratch: scratch, room: mostHeld}}
	s.tallies.New = func() any { return &tally{seed: s.seed, letters: letters()} }
	return s
}

func (s *search) add(body []byte) func() {
	t := s.tallies.Get().(*tally)
	t.page(body)
	return func() {
		s.pages = append(s.pages, sheet{uint8(t.script()), uint32(t.terms.len())})
		if s.failed == nil {
			for i, w := range t.terms.words {
				n, _ := s.terms.add(t.terms.at(i), w.hash)
				s.lists.add(n, len(s.pages)-1)
			}
			if s.terms.size()+s.lists.size() > s.past.room {
				s.failed = s.spill()
			}
		}
		t.reset()
		s.tallies.Put(t)
	}
}

// order numbers the pages as the lists of the index do: page by number.
func (s *search) order() []int {
	order := make([]int, len(s.pages))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(s.pages[a].script, s.pages[b].script), cmp.Compare(s.pages[b].terms, s.pages[a].terms))
	})
	return order
}

// inOrder lists docs by number as the list of conversations shows them.
func inOrder(docs []chat.Summary) []int {
	order := make([]int, len(docs))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(docs[b].Changed().Compare(docs[a].Changed()), cmp.Compare(docs[a].Path, docs[b].Path))
	})
	return order
}
