package tokens

// A scratch is what one goroutine works with. It also remembers pieces that
// are no tokens, because a text repeats them: names, and words of languages
// that the vocabulary knows little of.
type scratch struct {
	ends  []int32 // of the tokens that merge found
	sure  []int32 // of those of a huge piece, found window by window
	parts []part
	links []link
	heap  []uint64
	seen  []remembered
}

type remembered struct {
	length, tokens uint8 // length 0: nothing
	piece          [longestSeen]byte
}

const (
	longestSeen = 30
	seenBits    = 15
)

// remembered is the place for piece, nil if it is too long to be remembered.
func (w *scratch) remembered(piece string) *remembered {
	if len(piece) > longestSeen {
		return nil
	}
	if w.seen == nil {
		w.seen = make([]remembered, 1<<seenBits)
	}
	return &w.seen[spread(keyOf(piece))>>(64-seenBits)]
}

// A part is a token in the making.
type part struct {
	start int32
	rank  uint32 // of the token that it and the next part make
}

// longestScan is the length up to which looking at all parts for the lowest
// rank is faster than a heap.
const longestScan = 64

// merge finds the tokens of a piece that is none itself, and leaves their ends
// in w.
func (e *Encoding) merge(piece string, w *scratch) {
	switch {
	case len(piece) > window:
		e.mergeHuge(piece, w, window)
		return
	case len(piece) > longestScan:
		e.mergeLong(piece, w)
		return
	}
	n := len(piece)
	parts := w.parts[:0]
	for i := range n - 1 {
		parts = append(parts, part{int32(i), e.pairs[int(piece[i])<<8|int(piece[i+1])]})
	}
	parts = append(parts, part{int32(n - 1), none}, part{int32(n), none})
	w.parts = parts
	join := func(i int) uint32 { // of parts i to i+2, of which i+1 goes
		if i+3 >= len(parts) {
			return none
		}
		return e.rank(piece[parts[i].start:parts[i+3].start])
	}
	for {
		best, at := none, 0
		for i := range parts {
			if parts[i].rank < best {
				best, at = parts[i].rank, i
			}
		}
		if best == none {
			break
		}
		if at > 0 {
			parts[at-1].rank = join(at - 1)
		}
		parts[at].rank = join(at)
		parts = append(parts[:at+1], parts[at+2:]...)
	}
	w.ends = w.ends[:0]
	for _, p := range parts[1:] {
		w.ends = append(w.ends, p.start)
	}
}

// A link is a part in a list of parts, at the index of its first byte.
type link struct {
	before, end int32  // where the part before it starts, and where it ends
	rank        uint32 // of the token that it and the next part make
}

// mergeLong does the same with a heap of pairs, the lowest rank first and of
// equals the leftmost. A pair whose parts have changed since is left in the
// heap and passed over: its rank is no longer that of its place.
func (e *Encoding) mergeLong(piece string, w *scratch) {
	n := int32(len(piece))
	w.links, w.heap = w.links[:0], w.heap[:0]
	for i := range n {
		l := link{i - 1, i + 1, none}
		if i+1 < n {
			l.rank = e.pairs[int(piece[i])<<8|int(piece[i+1])]
		}
		if l.rank != none {
			w.heap = append(w.heap, uint64(l.rank)<<32|uint64(i))
		}
		w.links = append(w.links, l)
	}
	for i := len(w.heap)/2 - 1; i >= 0; i-- {
		w.sink(i)
	}
	pair := func(at int32) { // gives the part at that place a new rank
		l := &w.links[at]
		l.rank = none
		if l.end < n {
			if l.rank = e.rank(piece[at:w.links[l.end].end]); l.rank != none {
				w.push(uint64(l.rank)<<32 | uint64(at))
			}
		}
	}
	for len(w.heap) > 0 {
		top := w.heap[0]
		at := int32(uint32(top))
		l := &w.links[at]
		if l.rank != uint32(top>>32) {
			w.pop()
			continue
		}
		w.pop()
		gone := &w.links[l.end]
		l.end = gone.end
		gone.rank = none
		if l.end < n {
			w.links[l.end].before = at
		}
		pair(at)
		if l.before >= 0 {
			pair(l.before)
		}
	}
	w.ends = w.ends[:0]
	for at := int32(0); at < n; {
		at = w.links[at].end
		w.ends = append(w.ends, at)
	}
}

func (w *scratch) push(v uint64) {
	w.heap = append(w.heap, v)
	i := len(w.heap) - 1
	for i > 0 {
		up := (i - 1) / 2
		if w.heap[up] <= v {
			break
		}
		w.heap[i] = w.heap[up]
		i = up
	}
	w.heap[i] = v
}

func (w *scratch) pop() {
	last := len(w.heap) - 1
	w.heap[0] = w.heap[last]
	w.heap = w.heap[:last]
	if last > 1 {
		w.sink(0)
	}
}

// sink lets the value at i down to where none below it is smaller.
func (w *scratch) sink(i int) {
	h := w.heap
	v := h[i]
	for {
		k := 2*i + 1
		if k >= len(h) {
			break
		}
		if k+1 < len(h) && h[k+1] < h[k] {
			k++
		}
		if h[k] >= v {
			break
		}
		h[i] = h[k]
		i = k
	}
	h[i] = v
}
