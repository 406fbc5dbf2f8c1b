package archive

import (
	"cmp"
	"encoding/binary"
	"iter"
	"slices"
)

// A list keeps records, packed. Opening an archive of a hundred thousand
// conversations must not take the memory that as many [Record] values and the
// text of their manifests would, about a kilobyte each; packed they take some
// ninety bytes, a third of which are the SHA-256. Words that come again and
// again stand in a dictionary, and a path that this program would make of the
// rest of the record is not kept.
//
//	at ──► chunks: │ length, place, SHA-256, flags, fields │ ... │
//
// What is in a list is never changed, except for places while the archive is
// being opened; so a view of it may be read while records are added.
type list struct {
	at     []uint64 // where each record begins: number of the chunk, 32 bits of place in it
	chunks [][]byte
	used   int // bytes of the last chunk
	size   int // bytes of all chunks
	dict   *dictionary
	buf    []byte
}

// A view is a list as it was when the view was made.
type view struct {
	at     []uint64
	chunks [][]byte
	words  []string
}

// A dictionary is the words of the lists of one archive.
type dictionary struct {
	words []string
	known map[string]uint64
}

// What makes each record other than the one before, such as a name, would
// only fill the dictionary: its bounds keep that harmless.
const (
	mostWords   = 10_000
	longestWord = 128
)

const (
	smallChunk = 1 << 10
	largeChunk = 64 << 10
)

func newList(d *dictionary) *list { return &list{dict: d} }

func newDictionary() *dictionary { return &dictionary{known: map[string]uint64{}} }

func (l *list) len() int { return len(l.at) }

// now is a view of what is in the list.
func (l *list) now() view { return view{l.at, l.chunks, l.dict.words} }

// record is record number i, in memory of its own.
func (l *list) record(i int) Record { return l.now().record(i) }

func (l *list) all() iter.Seq2[int, Record] { return l.now().all(0, l.len()) }

func (l *list) add(r *Record) {
	l.buf = l.dict.pack(l.buf[:0], r)
	l.addPacked(l.buf)
}

// addPacked adds a record of a list with the same dictionary.
func (l *list) addPacked(b []byte) {
	var head [binary.MaxVarintLen64]byte
	n := binary.PutUvarint(head[:], uint64(len(b)))
	last := len(l.chunks) - 1
	if last < 0 || len(l.chunks[last])-l.used < n+len(b) {
		l.chunks = append(l.chunks, make([]byte, max(n+len(b), min(max(l.size, smallChunk), largeChunk))))
		last, l.used = last+1, 0
		l.size += len(l.chunks[last])
	}
	l.at = append(l.at, uint64(last)<<32|uint64(l.used))
	l.used += copy(l.chunks[last][l.used:], head[:n])
	l.used += copy(l.chunks[last][l.used:], b)
}

// addAll adds the records of another list with the same dictionary, which is
// not to be used any more.
func (l *list) addAll(o *list) {
	if l.len() == 0 {
		l.at, l.chunks, l.used, l.size = o.at, o.chunks, o.used, o.size
		return
	}
	for v, i := o.now(), 0; i < o.len(); i++ {
		l.addPacked(v.packed(i))
	}
}

// packed is record i as it stands in the list.
func (v view) packed(i int) []byte {
	b := v.chunks[v.at[i]>>32][uint32(v.at[i]):]
	size, n := binary.Uvarint(b)
	return b[n : n+int(size)]
}

// all are the records from number from up to but not including to.
func (v view) all(from, to int) iter.Seq2[int, Record] {
	return func(yield func(int, Record) bool) {
		for i := from; i < to; i++ {
			if !yield(i, v.record(i)) {
				return
			}
		}
	}
}

// place is where the body of record i lies.
func (v view) place(i int) place {
	b := v.packed(i)
	return place{int32(binary.LittleEndian.Uint32(b)), binary.LittleEndian.Uint32(b[4:])}
}

// setPlace changes it; nobody else may be reading.
func (l *list) setPlace(i int, p place) { putPlace(l.now().packed(i), p) }

func putPlace(b []byte, p place) {
	binary.LittleEndian.PutUint32(b, uint32(p.frame))
	binary.LittleEndian.PutUint32(b[4:], p.offset)
}

// sum is the SHA-256 of record i.
func (v view) sum(i int) []byte { return v.packed(i)[placeSize:][:sumSize] }

// said is all that a record says, its place apart: equal if and only if the
// records of two lists with one dictionary say the same.
func (v view) said(i int) []byte { return v.packed(i)[placeSize:] }

// said is the same of a record that need not be in the list.
func (l *list) said(r *Record) []byte {
	l.buf = l.dict.pack(l.buf[:0], r)
	return l.buf[placeSize:]
}

// sortFrom puts the records from number from on in the order of seq, if
// they are not.
func (l *list) sortFrom(from int) {
	v := l.now()
	order := make([]int, 0, l.len()-from)
	seqs := make([]int64, 0, l.len()-from)
	sorted := true
	for i := from; i < l.len(); i++ {
		order, seqs = append(order, i), append(seqs, v.seq(i))
		sorted = sorted && (i == from || seqs[i-from] >= seqs[i-from-1])
	}
	if sorted {
		return
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(seqs[a-from], seqs[b-from])
	})
	at := slices.Clone(l.at)
	for k, i := range order {
		l.at[from+k] = at[i]
	}
}
