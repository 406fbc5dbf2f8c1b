package archive

import (
	"bytes"
	"encoding/binary"
	"io"
	"slices"
	"sort"
)

// A stretch is a run of bytes of the file that no sealed frame accounts for:
// a torn end, a damaged seal, bytes that somebody has put there.
type stretch struct {
	from, to int64
	seg      int // the segment whose frames come before it
}

// stretches are all such runs, in their order.
func (x *index) stretches(size int64) (all []stretch) {
	at, seg := int64(0), 0
	add := func(to int64) {
		if to > at {
			all = append(all, stretch{at, to, seg})
		}
	}
	for _, f := range x.layout.frames {
		if f.off < 0 {
			continue
		}
		add(f.off)
		at, seg = f.off+int64(f.size)+sealSize, int(f.seg)
	}
	add(size)
	return all
}

const mostTries = 4096 // beginnings of frames that are looked at in one stretch

// frames calls found with what can be unpacked of each frame that begins in
// the stretch, damaged or not. Whether that is what was once written only the
// SHA-256 of the records in it can tell.
func (s stretch) frames(r io.ReaderAt, found func(raw []byte, sure bool) error) error {
	p := &peeker{r: r, end: s.to}
	for at, tries := s.from, 0; at < s.to && tries < mostTries; {
		head := p.peek(at, 8)
		if len(head) == 8 {
			magic, n := binary.LittleEndian.Uint32(head), int64(binary.LittleEndian.Uint32(head[4:]))+8
			if magic&^15 == 0x184D2A50 && at+n <= s.to {
				at += n
				continue
			}
			if magic == magicZstd {
				tries++
				span := walkFrame(p, at, nil)
				raw, sure, err := unpackAny(r, at, &span, s.to)
				if err != nil {
					return err
				}
				if len(raw) > 0 {
					if err := found(raw, sure); err != nil {
						return err
					}
				}
				if span.size > 0 {
					at += span.size
					continue
				}
			}
		}
		next, err := nextMagic(r, at+1, s.to)
		if err != nil {
			return err
		}
		at = next
	}
	return p.err
}

// nextMagic is where the next zstd frame or seal may begin, else to.
func nextMagic(r io.ReaderAt, from, to int64) (int64, error) {
	frame := []byte{0x28, 0xb5, 0x2f, 0xfd}
	b := make([]byte, 64<<10)
	for from < to {
		n, err := r.ReadAt(b[:min(int64(len(b)), to-from)], from)
		if err != nil && err != io.EOF {
			return 0, err
		}
		if i := bytes.Index(b[:n], frame); i >= 0 {
			return from + int64(i), nil
		}
		if n < len(b) {
			return to, nil
		}
		from += int64(n - 3)
	}
	return to, nil
}

// unpackAny unpacks as much as can be unpacked of the frame at off. sure says
// that it has passed the frame's checksum.
func unpackAny(r io.ReaderAt, off int64, s *span, end int64) (raw []byte, sure bool, err error) {
	size := s.size
	if size == 0 {
		size = min(end-off, maxFrame)
	}
	b := make([]byte, size)
	n, err := r.ReadAt(b, off)
	if err != nil && err != io.EOF {
		return nil, false, err
	}
	b = b[:n]
	if s.size > 0 {
		if raw, err := tailDecoder().DecodeAll(b, nil); err == nil {
			return raw, true, nil
		}
		if raw, err := cutDecoder().DecodeAll(b, nil); err == nil {
			return raw, false, nil
		}
	}
	ends := s.ends[:sort.Search(len(s.ends), func(i int) bool { return s.ends[i] > int64(n) })]
	good := sort.Search(len(ends), func(i int) bool {
		_, err := decodePrefix(b[:ends[i]])
		return err != nil
	})
	if good == 0 {
		return nil, false, nil
	}
	if raw, err = decodePrefix(b[:ends[good-1]]); err != nil {
		return nil, false, nil
	}
	return raw, false, nil
}

// A piece is one whole record as it stands in the tar stream: all its entries.
// The offset of its body, if it has one, counts from the start of the piece.
type piece struct {
	rec  Record
	b    []byte
	from int // where it lies in what it was cut from
}

// cutPieces finds the whole records in what a frame unpacks to, also after
// places where it is damaged. clean says that there is nothing else in it.
func cutPieces(raw []byte) (found []piece, clean bool) {
	clean = true
	for from := 0; from < len(raw); {
		t := tarScan{st: streamOf(raw[from:], 0), sum: newSum()}
		rec, err := t.next()
		if err == nil {
			found = append(found, piece{rec, raw[from : from+int(t.read)], from})
			from += int(t.read)
			continue
		}
		clean = false
		// What a sound header announces is passed over whole: a stored file
		// may hold what looks like records.
		step := tarBlock
		if len(raw)-from >= tarBlock {
			if h, err := parseHeader(raw[from : from+tarBlock]); err == nil && h.size >= 0 && h.size <= int64(len(raw)-from-tarBlock) {
				step += int(h.size + padding(h.size))
			}
		}
		from += step
	}
	return found, clean
}

// believe drops the pieces of a frame without a valid checksum that may have
// been changed: the SHA-256 of a record is that of its body only. What a
// manifest lists has to be as it is listed there; a record that none lists, to
// be written and named as this program does it.
func (x *index) believe(pieces []piece) []piece {
	if x.byPath == nil {
		x.byPath = make(map[string][]int, x.recs.len())
		for i, rec := range x.recs.all() {
			x.byPath[rec.Path] = append(x.byPath[rec.Path], i)
		}
	}
	return slices.DeleteFunc(pieces, func(p piece) bool {
		listed := x.byPath[p.rec.Path]
		for _, l := range listed {
			if bytes.Equal(x.recs.now().said(l), x.recs.said(&p.rec)) {
				return false
			}
		}
		if len(listed) > 0 {
			return true
		}
		old, err := metaOf(p)
		again, err2 := metaJSON(&p.rec.Meta)
		named, _ := ownName(&p.rec)
		return err != nil || err2 != nil || !bytes.Equal(old, again) || !named && !derived(p.rec.Kind)
	})
}
