package html

import (
	"cmp"
	"hash/maphash"
	"slices"
	"strconv"
	"sync"
	"unicode/utf16"
	"unicode/utf8"

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
// The index knows that a page holds a word, not where: the list asks the page
// itself for the places that it shows (find.js).
const (
	searchFolder = "assets/search/"
	shardBytes   = 40 << 10
	partOf       = "search index"
)

// A search is the index of one site in the making: about 60 bytes for each
// term, and one to two for each page of a term.
type search struct {
	seed    maphash.Seed
	tallies sync.Pool // of *tally
	pages   []sheet
	terms   wordSet
	lists   gapLists // of pages, by the number of the term
}

// A sheet is what the order of a page depends on.
type sheet struct {
	script uint8
	terms  uint32
}

// Site begins what a site has beside its pages: an index to search it by, the
// neighbours of each page, and a list for each project. add is called for each finished
// page from many goroutines; the function it returns is called from one, in
// the order of the pages. finish hands over the files, docs being all pages in
// that order. Pages that stand alone have none: then Site returns nil.
func (r *Renderer) Site() (add func(d *chat.Document, body []byte) func(), finish func(docs []chat.Summary, put func(chat.Asset) error) error) {
	if r.o.Single {
		return nil, nil
	}
	s := newSearch()
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

func newSearch() *search {
	s := &search{seed: maphash.MakeSeed()}
	s.tallies.New = func() any { return &tally{seed: s.seed, letters: letters()} }
	return s
}

func (s *search) add(body []byte) func() {
	t := s.tallies.Get().(*tally)
	t.page(body)
	return func() {
		s.pages = append(s.pages, sheet{uint8(t.script()), uint32(t.terms.len())})
		for i, w := range t.terms.words {
			n, _ := s.terms.add(t.terms.at(i), w.hash)
			s.lists.add(n, len(s.pages)-1)
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

// A shard is a file of the index in the making.
type shard struct {
	terms []byte
	last  []byte // term
	lists bitText
}

func (h *shard) add(term []byte, pages []uint32, of int) {
	k := alike(h.last, term)
	shared, own := units(term[:k]), units(term[k:])
	if shared <= mostShared && own <= mostOwn {
		h.terms = append(h.terms, bitDigits[shared*mostOwn+own-1])
	} else {
		h.terms = append(h.terms, bitDigits[len(bitDigits)-1], bitDigits[shared], bitDigits[own])
	}
	h.terms = append(h.terms, term[k:]...)
	h.last = term
	h.lists.count(uint32(len(pages)))
	h.lists.sorted(pages, 0, uint32(of-1))
}

// What one digit says of a term; longer ones need three.
const (
	mostShared = 6
	mostOwn    = 13
)

// alike says how many bytes two terms have in common at their beginning, in
// whole characters. The second is not the first, nor its beginning.
func alike(a, b []byte) (n int) {
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	for n > 0 && !utf8.RuneStart(b[n]) {
		n--
	}
	return n
}

// units is how long a browser's scripts find s.
func units(s []byte) (n int) {
	for _, r := range string(s) {
		n += utf16.RuneLen(r)
	}
	return n
}

// write makes the files of the index. listed are the pages in the order of the
// list of conversations.
func (s *search) write(listed []int, put func(chat.Asset) error) error {
	order := s.order()
	number := make([]uint32, len(order))
	for n, page := range order {
		number[page] = uint32(n)
	}
	sorted := make([]uint32, s.terms.len())
	for i := range sorted {
		sorted[i] = uint32(i)
	}
	slices.SortFunc(sorted, func(a, b uint32) int { return lessUTF16(s.terms.at(int(a)), s.terms.at(int(b))) })
	var first out
	var h shard
	var pages []uint32
	count := 0
	write := func() error {
		count++
		h.lists.end()
		body := slices.Concat([]byte("gptsnapTerms("+strconv.Itoa(count)+",`"), h.terms, []byte("`,`"), h.lists.text, []byte("`)\n"))
		h = shard{terms: h.terms[:0], lists: bitText{text: h.lists.text[:0]}}
		return put(chat.Asset{Name: searchFolder + strconv.Itoa(count) + ".js", Body: body, Of: partOf})
	}
	for i, t := range sorted {
		term := s.terms.at(int(t))
		if len(h.terms) == 0 {
			if i > 0 {
				first.raw(",")
			}
			first.raw("`" + string(term) + "`") // letters, marks and digits: nothing that means anything there
		}
		pages = pages[:0]
		for page := range s.lists.all(int(t)) {
			pages = append(pages, number[page])
		}
		slices.Sort(pages)
		h.add(term, pages, len(order))
		if len(h.terms)+len(h.lists.text) > shardBytes || i == len(sorted)-1 {
			if err := write(); err != nil {
				return err
			}
		}
	}
	row := make([]int, len(listed))
	for n, page := range listed {
		row[page] = n
	}
	var b out
	b.raw("gptsnapIndex({rows:[")
	for i, page := range order {
		if i > 0 {
			b.raw(",")
		}
		b.num(row[page])
	}
	b.raw("],first:[")
	b.b = append(b.b, first.b...)
	b.raw("]})\n")
	return put(chat.Asset{Name: searchFolder + "index.js", Body: b.b})
}

// inOrder lists docs by number as the list of conversations shows them.
func inOrder(docs []chat.Summary) []int {
	order := make([]int, len(docs))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(lastChange(docs[b]).Compare(lastChange(docs[a])), cmp.Compare(docs[a].Path, docs[b].Path))
	})
	return order
}
