package html

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"gptsnap/formats/chat"
)

// A site that lies in a folder can be searched although its pages may read
// nothing but scripts: the index is scripts. They stand in assets/search/,
// each a run of the sorted terms, so that a query loads one or two of them:
//
//	1.js      gptsnapTerms(1,`aachen CBg
//	          abend ADCE
//	          ...`)
//	index.js  gptsnapIndex({rows:[...],first:["aachen","brot",...]})
//
// Behind each term stand the pages that hold it, in the order in which they
// were made: for each how far it is from the one before, shifted left by two
// bits that say how often the term stands there (once, twice, three times,
// more), in the base-64 numbers of source maps. rows tells for each page, in
// that order, its row in the list of conversations.
//
// Searching the text of a page is left to the page: the link that a search
// gives ends in #find=WORDS, and find.js marks the words and goes to the first.
const (
	searchFolder = "assets/search/"
	shardBytes   = 40 << 10
	runPostings  = 1 << 22 // postings held loose before they are packed
	runTerms     = 1 << 17 // the same of terms
)

// A search is the index of one site in the making. Postings gather in a map
// until there are many; then they are packed into a run, which is sorted and
// takes about as much room as on disk. Runs are merged at the end.
type search struct {
	tallies sync.Pool // of *tally
	pages   int
	loose   map[string]*posting
	some    int // postings in loose
	limit   int // of them
	runs    [][]entry
}

// A posting is the packed list of pages of a term.
type posting struct {
	last   int // the last page in it
	packed []byte
}

type entry struct {
	term   string
	last   int // page
	packed []byte
}

// Site begins what a site has beside its pages: an index to search it by, the
// neighbours of each page, and the list of all. add is called for each finished
// page from many goroutines; the function it returns is called from one, in
// the order of the pages. finish hands over the files, docs being all pages in
// that order. Pages that stand alone have none: then Site returns nil.
func (r *Renderer) Site() (add func(d *chat.Document, body []byte) func(), finish func(docs []chat.Summary, put func(chat.Asset) error) error) {
	if r.o.Single {
		return nil, nil
	}
	s := newSearch(runPostings)
	return func(_ *chat.Document, body []byte) func() { return s.add(body) }, s.finish
}

func newSearch(limit int) *search {
	s := &search{loose: map[string]*posting{}, limit: limit}
	s.tallies.New = func() any { return &tally{count: map[string]uint32{}} }
	return s
}

func (s *search) add(body []byte) func() {
	t := s.tallies.Get().(*tally)
	t.page(body)
	return func() {
		page := s.pages
		s.pages++
		for term, n := range t.count {
			p := s.loose[term]
			if p == nil {
				p = &posting{last: -1}
				s.loose[term] = p
			}
			p.packed = appendVLQ(p.packed, (page-p.last)<<2|int(min(n, 4)-1))
			p.last = page
		}
		if s.some += len(t.count); s.some > s.limit || len(s.loose) > runTerms {
			s.pack()
		}
		if len(t.count) > 1<<14 {
			return // a map never shrinks
		}
		clear(t.count)
		s.tallies.Put(t)
	}
}

// base64VLQ are the digits of numbers: 32 that end one, 32 that do not.
const base64VLQ = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

func appendVLQ(b []byte, n int) []byte {
	for ; n > 31; n >>= 5 {
		b = append(b, base64VLQ[32|n&31])
	}
	return append(b, base64VLQ[n])
}

// pack makes a sorted run of what is loose. A list that begins a run counts
// from the page before the first, as all lists do.
func (s *search) pack() {
	run := make([]entry, 0, len(s.loose))
	size := 0
	for term, p := range s.loose {
		run = append(run, entry{term: term, packed: p.packed, last: p.last})
		size += len(term) + len(p.packed)
	}
	slices.SortFunc(run, func(a, b entry) int { return lessUTF16(a.term, b.term) })
	all := make([]byte, 0, size) // one piece, in place of a hundred thousand
	for i := range run {
		e := &run[i]
		from := len(all)
		all = append(all, e.packed...)
		e.packed = all[from:len(all):len(all)]
	}
	s.runs = append(s.runs, run)
	s.loose, s.some = map[string]*posting{}, 0
}

// merged yields every term with its pages, in order.
func (s *search) merged(yield func(term string, packed []byte) bool) {
	s.pack()
	runs := slices.Clone(s.runs)
	var whole []byte
	for {
		least := -1
		for i, run := range runs {
			if len(run) > 0 && (least < 0 || lessUTF16(run[0].term, runs[least][0].term) < 0) {
				least = i
			}
		}
		if least < 0 {
			return
		}
		term, last := runs[least][0].term, -1
		whole = whole[:0]
		for i, run := range runs {
			if len(run) == 0 || run[0].term != term {
				continue
			}
			whole = rebase(whole, run[0].packed, last)
			last = run[0].last
			runs[i] = run[1:]
		}
		if !yield(term, whole) {
			return
		}
	}
}

// rebase appends a packed list, whose first number counts from before page 0,
// to one that ends with page last.
func rebase(to, packed []byte, last int) []byte {
	n, shift, i := 0, 0, 0
	for more := true; more; i++ {
		d := strings.IndexByte(base64VLQ, packed[i])
		n |= d & 31 << shift
		shift += 5
		more = d&32 != 0
	}
	return append(appendVLQ(to, n-(last+1)<<2), packed[i:]...)
}

func (s *search) finish(docs []chat.Summary, put func(chat.Asset) error) error {
	var first []string
	var shard bytes.Buffer
	var failed error
	write := func() {
		if shard.Len() > 0 && failed == nil {
			shard.WriteString("`)\n")
			failed = put(chat.Asset{Name: searchFolder + strconv.Itoa(len(first)) + ".js", Body: bytes.Clone(shard.Bytes())})
		}
		shard.Reset()
	}
	for term, packed := range s.merged {
		if shard.Len()+len(term)+len(packed) > shardBytes {
			write()
		}
		if failed != nil {
			return failed
		}
		if shard.Len() == 0 {
			first = append(first, term)
			shard.WriteString("gptsnapTerms(" + strconv.Itoa(len(first)) + ",`")
		} else {
			shard.WriteByte('\n')
		}
		shard.WriteString(term)
		shard.WriteByte(' ')
		shard.Write(packed)
	}
	write()
	if failed != nil {
		return failed
	}
	order := inOrder(docs)
	if err := neighbours(docs, order, put); err != nil {
		return err
	}
	rows := make([]int, len(docs))
	for row, page := range order {
		rows[page] = row
	}
	var b out
	b.raw("gptsnapIndex({rows:[")
	for i, row := range rows {
		if i > 0 {
			b.raw(",")
		}
		b.num(row)
	}
	b.raw("],first:[")
	for i, term := range first {
		if i > 0 {
			b.raw(",")
		}
		b.raw("`" + term + "`") // letters, marks and digits: nothing that means anything there
	}
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
