package html

import (
	"bufio"
	"bytes"
	"container/heap"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
)

// The words of all pages do not fit into memory if there are very many. So what
// was gathered is written away as a run whenever it takes mostHeld bytes: its
// terms in order, each with its pages. At the end the runs are read side by
// side, each through a small window, and the terms come out in order again. A
// run is, for each term,
//
//	how many bytes it has in common with the one before, and how many follow
//	these bytes
//	how many pages, and each as its distance from the one before
//
// with all numbers as varints. The runs follow one another in one temporary
// file; an index that never was too large has a single run, which stays in
// memory.

// mostHeld is how large the terms and lists in memory may get. The memory of a
// program in Go is about twice that.
const mostHeld = 8 << 20

// window is how much of a run is held while runs are read.
const window = 32 << 10

type spilled struct {
	scratch func() (io.Writer, io.ReaderAt, error)
	room    int // mostHeld, or less in tests
	to      io.Writer
	from    io.ReaderAt
	all     []place // of the runs, in the file
}

type place struct {
	end   int64
	terms int
}

// spill writes what is held away as a run, and holds nothing.
func (s *search) spill() (err error) {
	if s.past.to == nil {
		if s.past.to, s.past.from, err = s.past.scratch(); err != nil {
			return fmt.Errorf("temporary file: %w", err)
		}
	}
	end := int64(0)
	if n := len(s.past.all); n > 0 {
		end = s.past.all[n-1].end
	}
	w := bufio.NewWriterSize(s.past.to, window)
	n, err := s.writeRun(w)
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		return fmt.Errorf("temporary file: %w", err)
	}
	s.past.all = append(s.past.all, place{end + n, s.terms.len()})
	s.terms.empty()
	s.lists.clear()
	return nil
}

// writeRun writes what is held as a run, and says how long it is.
func (s *search) writeRun(w io.Writer) (size int64, err error) {
	sorted := make([]uint32, s.terms.len())
	for i := range sorted {
		sorted[i] = uint32(i)
	}
	slices.SortFunc(sorted, func(a, b uint32) int { return lessUTF16(s.terms.at(int(a)), s.terms.at(int(b))) })
	var b, last []byte
	for _, t := range sorted {
		term := s.terms.at(int(t))
		k := 0
		for k < min(len(term), len(last)) && term[k] == last[k] {
			k++
		}
		b = binary.AppendUvarint(b[:0], uint64(k))
		b = binary.AppendUvarint(b, uint64(len(term)-k))
		b = append(b, term[k:]...)
		b = binary.AppendUvarint(b, uint64(s.lists.lists[t].count))
		before := -1
		for page := range s.lists.all(int(t)) {
			b = binary.AppendUvarint(b, uint64(page-before))
			before = page
		}
		n, err := w.Write(b)
		if size += int64(n); err != nil {
			return size, err
		}
		last = term
	}
	return size, nil
}

// A run is read term by term.
type run struct {
	r      *bufio.Reader
	number int
	left   int // terms to read
	term   []byte
	pages  []uint32
}

// next reads the next term. The error is io.EOF after the last one.
func (r *run) next() error {
	if r.left == 0 {
		return io.EOF
	}
	r.left--
	k, err := binary.ReadUvarint(r.r)
	if err != nil {
		return broken(err)
	}
	n, err := binary.ReadUvarint(r.r)
	if err != nil || k > uint64(len(r.term)) || n > window {
		return broken(err)
	}
	r.term = append(r.term[:k], make([]byte, n)...)
	if _, err = io.ReadFull(r.r, r.term[k:]); err != nil {
		return broken(err)
	}
	count, err := binary.ReadUvarint(r.r)
	page := int64(-1)
	r.pages = r.pages[:0]
	for ; err == nil && count > 0; count-- {
		var gap uint64
		gap, err = binary.ReadUvarint(r.r)
		page += int64(gap)
		r.pages = append(r.pages, uint32(page))
	}
	if err != nil {
		return broken(err)
	}
	return nil
}

// broken is the error of a temporary file that somebody changed.
func broken(err error) error {
	if err == nil || err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("temporary file: %w", err)
}

// A heap of runs has the one on top whose term comes first, of equal ones the
// earlier run.
type runHeap []*run

func (h runHeap) Len() int { return len(h) }
func (h runHeap) Less(i, j int) bool {
	if c := lessUTF16(h[i].term, h[j].term); c != 0 {
		return c < 0
	}
	return h[i].number < h[j].number
}
func (h runHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *runHeap) Push(x any)   { *h = append(*h, x.(*run)) }
func (h *runHeap) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

// merge calls do for each term, in order, with the pages that hold it, in
// order. do may change pages, and keep nothing.
func (s *search) merge(do func(term []byte, pages []uint32) error) error {
	var h runHeap
	begin := func(in io.Reader, terms int) error {
		r := &run{r: bufio.NewReaderSize(in, window), number: len(h), left: terms}
		err := r.next()
		if err == io.EOF {
			return nil // there is nothing in it
		}
		h = append(h, r)
		return err
	}
	var err error
	if len(s.past.all) == 0 {
		var only bytes.Buffer
		if _, err = s.writeRun(&only); err == nil {
			err = begin(&only, s.terms.len())
		}
	} else {
		err = s.spill()
	}
	s.terms, s.lists = wordSet{}, gapLists{}
	from := int64(0)
	for _, p := range s.past.all {
		if err == nil {
			err = begin(io.NewSectionReader(s.past.from, from, p.end-from), p.terms)
		}
		from = p.end
	}
	if err != nil {
		return err
	}
	heap.Init(&h)
	var term []byte
	var pages []uint32
	for len(h) > 0 {
		term, pages = append(term[:0], h[0].term...), pages[:0]
		for len(h) > 0 && bytes.Equal(h[0].term, term) {
			pages = append(pages, h[0].pages...)
			if err := h[0].next(); err == nil {
				heap.Fix(&h, 0)
			} else if err == io.EOF {
				heap.Pop(&h)
			} else {
				return err
			}
		}
		if err := do(term, pages); err != nil {
			return err
		}
	}
	return nil
}
