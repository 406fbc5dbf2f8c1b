package archive

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// layoutByWalk finds the layout from the first byte on, or from where what is
// known of it ends, one block header after the other. Where it meets damage it
// goes on at the next seal of the same segment.
func layoutByWalk(r io.ReaderAt, size int64, known *layout) (*layout, error) {
	w := walker{layout: &layout{}, r: &peeker{r: r, end: size}}
	if known != nil {
		w.layout = known
		w.cur = known.segs[len(known.segs)-1]
		w.whole(known.end)
	}
	var ends []int64
	for off := w.end; off < size; {
		next, fault := w.piece(off, &ends)
		if fault != "" {
			next, fault = w.resync(off, fault)
		}
		if fault != "" {
			w.why = fault
			break
		}
		off = next
	}
	if w.r.err != nil {
		return nil, w.r.err
	}
	w.stop = w.end
	if w.cur != nil {
		w.stop = max(w.stop, w.cur.end)
	}
	w.dropUnfinished()
	return w.layout, nil
}

type walker struct {
	*layout
	r    *peeker
	cur  *segment
	safe struct { // the state at layout.end
		segs, frames int
		last         segment
	}
}

// whole notes that everything up to end is whole and ends on a record.
func (w *walker) whole(end int64) {
	w.end = end
	w.safe.segs, w.safe.frames, w.safe.last = len(w.segs), len(w.frames), *w.cur
}

// dropUnfinished forgets frames of a record whose last frame never came.
func (w *walker) dropUnfinished() {
	w.segs, w.frames = w.segs[:w.safe.segs], w.frames[:w.safe.frames]
	if len(w.segs) > 0 {
		*w.segs[len(w.segs)-1] = w.safe.last
	}
}

// piece takes in the one zstd frame at off, with its seal if it holds data.
func (w *walker) piece(off int64, ends *[]int64) (next int64, fault string) {
	head := w.r.peek(off, 8)
	if len(head) < 8 {
		if len(head) >= 4 && binary.LittleEndian.Uint32(head) == magicZstd {
			w.tornAt(off, &span{})
		}
		return 0, "a frame header cut short"
	}
	magic := binary.LittleEndian.Uint32(head)
	if magic == magicZstd {
		s := walkFrame(w.r, off, *ends)
		*ends = s.ends
		if s.size == 0 {
			w.tornAt(off, &s)
			return 0, s.fault
		}
		b := w.r.peek(off+s.size, sealSize)
		seal, ok := parseSeal(b)
		if !ok {
			w.tornAt(off, &s)
			if len(b) < sealSize {
				return 0, "a seal cut short"
			}
			return 0, "no valid seal after a frame"
		}
		if off+s.size+sealSize == w.r.end && !w.written(off, s.size, seal) {
			w.tornAt(off, &s)
			return 0, "a frame that is not as it was sealed"
		}
		return w.data(off, s.size, seal)
	}
	length := int64(binary.LittleEndian.Uint32(head[4:])) + 8
	switch {
	case magic&^15 != 0x184D2A50 || magic == magicSeal || w.cur == nil:
		return 0, "bytes that belong to no frame"
	case off+length > w.r.end:
		return 0, "a skippable frame cut short"
	case magic == magicTable:
		want := appendTable(nil, w.cur.entries)
		if !w.cur.holes && (int64(len(want)) != length || !matches(w.r, off, want)) {
			if off+length == w.r.end {
				return 0, "a wrong seek table" // as the last thing in the file it can be made again
			}
			w.damage = append(w.damage, &DamageError{off, "a wrong seek table"})
		}
	}
	w.cur.entries = append(w.cur.entries, entry{size: uint32(length)})
	w.cur.ended = magic == magicTable
	w.cur.end = off + length
	if w.cur.last.flags&flagWhole != 0 {
		w.whole(w.cur.end)
	}
	return off + length, ""
}

// tornAt notes a frame without a seal, which matters only if it continues
// what is whole.
func (w *walker) tornAt(off int64, s *span) {
	if w.torn = nil; off == w.end {
		w.torn = s
	}
}

// data takes in a sealed data frame.
func (w *walker) data(off, size int64, s seal) (next int64, fault string) {
	cur := w.cur
	if cur == nil || s.segment != cur.uuid || s.seq == 0 {
		if s.seq != 0 {
			return 0, "a frame of another archive"
		}
		cur = &segment{start: off, uuid: s.segment, first: len(w.frames)}
	}
	switch {
	case int64(s.size) != size:
		return 0, "a seal that does not fit its frame"
	case s.seq != uint32(cur.frames):
		return 0, fmt.Sprintf("frame %d where frame %d belongs", s.seq, cur.frames)
	case s.link(cur.last.chain) != s.chain:
		return 0, "a seal that does not continue the chain"
	}
	w.add(cur, off, s)
	return off + size + sealSize, ""
}

// add puts a data frame into a segment, which may be a new one.
func (w *walker) add(cur *segment, off int64, s seal) {
	if cur != w.cur {
		w.cur = cur
		w.segs = append(w.segs, cur)
	}
	w.frames = append(w.frames, frame{off: off, size: uint32(s.size), raw: uint32(s.raw), seg: int32(len(w.segs) - 1), seq: s.seq})
	cur.frames++
	cur.entries = append(cur.entries, entry{uint32(s.size), uint32(s.raw)}, entry{sealSize, 0})
	cur.last, cur.ended = s, false
	cur.end = off + int64(s.size) + sealSize
	w.torn = nil
	if s.flags&flagWhole != 0 {
		w.whole(cur.end)
	}
}

// resync finds where the segment goes on after damage at off: at its next
// valid seal, for a seal knows how long its frame is and which number it has.
// A seal of another segment is no help as long as there is one of its own,
// since a stored file may hold one; but if there is none, and an archive begins,
// then it was joined to one that had a torn end.
func (w *walker) resync(off int64, fault string) (next int64, stillFault string) {
	if w.lone = w.unsynced(off); w.lone {
		return 0, fault
	}
	for from := off; ; {
		at, s, ok := findSeal(w.r, from)
		if !ok {
			return w.joined(off, fault)
		}
		from = at + 1
		begin := at - int64(s.size)
		cur := w.cur
		if cur == nil {
			cur = &segment{start: off, uuid: s.segment, first: len(w.frames)}
		}
		missing := int64(s.seq) - int64(cur.frames)
		if s.segment != cur.uuid || begin < off || missing < 0 || missing > (begin-off)/sealSize {
			continue
		}
		w.damage = append(w.damage, &DamageError{off, fault})
		if cur != w.cur {
			w.cur = cur
			w.segs = append(w.segs, cur)
		}
		for range missing {
			w.frames = append(w.frames, frame{off: -1, seg: int32(len(w.segs) - 1), seq: uint32(cur.frames)})
			cur.frames++
		}
		cur.holes = cur.holes || begin != off
		w.add(cur, begin, s)
		return at + sealSize, ""
	}
}

// unsynced reports whether all there is from off on is one frame with its seal.
// A writer syncs before it begins another, so nobody can have been told that it
// is safe: a power failure may keep the seal and lose what is before it.
func (w *walker) unsynced(off int64) bool {
	if w.cur == nil {
		return false
	}
	for from := off; ; {
		at, s, ok := findSeal(w.r, from)
		switch {
		case !ok:
			return false
		case s.segment == w.cur.uuid: // another's may lie in a file that is stored there
			return s.seq == uint32(w.cur.frames) && at-int64(s.size) == off && at+sealSize == w.r.end
		}
		from = at + 1
	}
}

// written reports whether a frame has the SHA-256 of its seal.
func (w *walker) written(off, size int64, s seal) bool {
	sum := newSum()
	if _, err := io.Copy(sum, io.NewSectionReader(w.r.r, off, size)); err != nil && w.r.err == nil {
		w.r.err = err
	}
	return bytes.Equal(sum.Sum(nil), s.sum[:])
}

// joined finds where another archive begins after off.
func (w *walker) joined(off int64, fault string) (next int64, stillFault string) {
	for from := off; w.cur != nil; {
		at, s, ok := findSeal(w.r, from)
		if !ok {
			break
		}
		from = at + 1
		begin := at - int64(s.size)
		if s.seq != 0 || begin <= off || s.segment == w.cur.uuid || s.link([32]byte{}) != s.chain {
			continue
		}
		head := make([]byte, 1024)
		if n, err := w.r.r.ReadAt(head, begin); err != nil && err != io.EOF || !IsArchive(head[:n]) {
			continue
		}
		w.damage = append(w.damage, &DamageError{off, fault})
		w.cur.holes = true
		w.cur = nil
		return begin, ""
	}
	return 0, fault
}

// findSeal finds the first valid seal at or after off.
func findSeal(r *peeker, off int64) (at int64, s seal, ok bool) {
	const step = 64 << 10
	b := make([]byte, step+sealSize)
	for ; off < r.end; off += step {
		n, err := r.r.ReadAt(b[:min(int64(len(b)), r.end-off)], off)
		if err != nil && err != io.EOF {
			r.err = err
			return 0, s, false
		}
		for i := 0; i < min(n, step); {
			j := bytes.Index(b[i:n], sealHead)
			if j < 0 || i+j >= step {
				break
			}
			i += j
			if s, ok := parseSeal(b[i:n]); ok {
				return off + int64(i), s, true
			}
			i++
		}
	}
	return 0, s, false
}

// matches reports whether the file holds want at off.
func matches(r *peeker, off int64, want []byte) bool {
	got := make([]byte, len(want))
	if n, err := r.r.ReadAt(got, off); n < len(got) {
		if err != io.EOF && r.err == nil {
			r.err = err
		}
		return false
	}
	return bytes.Equal(got, want)
}
