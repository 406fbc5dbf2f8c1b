package archive

import (
	"fmt"
	"io"
	"sync"
)

const maxRead = 1 << 30 // bodies larger than this are for Open, not Read

// A place is where a body lies: in frame number frame of the file, offset
// bytes into what it unpacks to; it may go on in the frames that follow.
type place struct {
	frame  int32 // noFrame: not known yet; the record is the same as another
	offset uint32
}

const noFrame = -1

// A store gives the content of frames. It is safe for many goroutines.
type store struct {
	r      io.ReaderAt
	mu     sync.RWMutex // guards frames, which a writer adds to
	frames []frame
	segs   []*segment
	cache  cache
}

// frame is what frame number n unpacks to. The block must be released and
// not be changed.
func (s *store) frame(n int) (*block, error) {
	return s.cache.get(n, func(b []byte) ([]byte, error) { return s.unpack(n, &room{b: b}) })
}

// unpack is the same without the cache, in the given memory if that will do.
func (s *store) unpack(n int, room *room) ([]byte, error) {
	s.mu.RLock()
	if n < 0 || n >= len(s.frames) {
		s.mu.RUnlock()
		return nil, &DamageError{-1, fmt.Sprintf("there is no frame %d", n)}
	}
	f, uuid := s.frames[n], s.segs[s.frames[n].seg].uuid
	s.mu.RUnlock()
	if f.tail != nil {
		return append(room.b[:0], f.tail...), nil
	}
	return s.load(n, f, uuid, room)
}

// load reads and unpacks a sealed frame. What it returns has passed the
// frame's own checksum, and the seal after it says that it is the right frame
// of the right segment.
func (s *store) load(n int, f frame, uuid [16]byte, room *room) ([]byte, error) {
	b, seal, err := s.packed(f, uuid)
	if err != nil {
		return nil, err
	}
	defer packedPool.Put(b)
	if room.packed != nil {
		room.packed(n, (*b)[:f.size], seal)
	}
	if uint64(f.size) != seal.size || uint64(f.raw) != seal.raw {
		return nil, &DamageError{f.off, "a seal that does not fit its frame"}
	}
	into := room.b
	if cap(into) < int(f.raw)+16 {
		into = make([]byte, 0, f.raw+min(f.raw/4, 256<<10)+1024) // with room to spare, so that it will do for the next frame
	}
	raw, err := decode((*b)[:f.size], into, int(f.raw))
	if err != nil {
		return nil, &DamageError{f.off, err.Error()}
	}
	return raw, nil
}

var packedPool = sync.Pool{New: func() any { return new([]byte) }}

// packed reads a frame and its seal as they stand in the file. The buffer
// goes back to packedPool.
func (s *store) packed(f frame, uuid [16]byte) (*[]byte, seal, error) {
	if f.off < 0 {
		return nil, seal{}, &DamageError{-1, fmt.Sprintf("frame %d is missing", f.seq)}
	}
	n := int(f.size) + sealSize
	b := packedPool.Get().(*[]byte)
	if cap(*b) < n {
		*b = make([]byte, n+n/4)
	}
	*b = (*b)[:n]
	if _, err := s.r.ReadAt(*b, f.off); err != nil {
		packedPool.Put(b)
		if err == io.EOF {
			return nil, seal{}, &DamageError{f.off, "the file ends inside a frame"}
		}
		return nil, seal{}, err
	}
	got, ok := parseSeal((*b)[f.size:])
	if !ok || got.seq != f.seq || got.segment != uuid {
		packedPool.Put(b)
		return nil, seal{}, &DamageError{f.off + int64(f.size), "no valid seal after a frame"}
	}
	return b, got, nil
}

// sealOf reads the seal of frame number n.
func (s *store) sealOf(n int) (seal, error) {
	f := s.frames[n]
	if f.off < 0 {
		return seal{}, &DamageError{-1, fmt.Sprintf("frame %d is missing", f.seq)}
	}
	b := make([]byte, sealSize)
	if _, err := s.r.ReadAt(b, f.off+int64(f.size)); err != nil && err != io.EOF {
		return seal{}, err
	}
	got, ok := parseSeal(b)
	if !ok || got.seq != f.seq || got.segment != s.segs[f.seg].uuid || got.size != uint64(f.size) || got.raw != uint64(f.raw) {
		return seal{}, &DamageError{f.off + int64(f.size), "no valid seal after a frame"}
	}
	return got, nil
}

// read is the body of a record, in memory of its own.
func (s *store) read(rec Record) ([]byte, error) {
	if rec.Size > maxRead {
		return nil, fmt.Errorf("%s: body of %d bytes is too large to be read at once", rec.Path, rec.Size)
	}
	st, err := s.body(rec)
	if err != nil {
		return nil, err
	}
	defer st.close()
	// Size is not believed before the bytes are there.
	return readBody(st, make([]byte, 0, min(rec.Size, maxRaw)), rec)
}

// readBody reads the body of rec from its stream into b.
func readBody(st *stream, b []byte, rec Record) ([]byte, error) {
	for int64(len(b)) < rec.Size {
		part, err := st.some(rec.Size - int64(len(b)))
		if err != nil {
			return nil, within(rec, err)
		}
		b = append(b, part...)
	}
	return b, nil
}

// body is a stream at the first byte of a record's body. The tar header
// before it must be the record's own: so no mistake in a manifest or a mix-up
// of files can give one record's bytes for another's.
func (s *store) body(rec Record) (*stream, error) {
	at, name := rec.at, rec.Path
	if rec.SameAs != "" {
		name = rec.SameAs
	}
	if at.frame == noFrame {
		return nil, within(rec, &DamageError{-1, fmt.Sprintf("the record that holds its bytes, %s, is not in this archive", name)})
	}
	st := &stream{s: s, n: int(at.frame), off: int(at.offset)}
	if err := st.open(); err != nil {
		st.close()
		return nil, within(rec, err)
	}
	raw := st.block.raw
	if st.off >= tarBlock && st.off <= len(raw) {
		h, err := parseHeader(raw[st.off-tarBlock : st.off])
		if err == nil && h.name == name && (h.size == rec.Size || rec.Size >= 8<<30) {
			return st, nil
		}
	}
	st.close()
	return nil, within(rec, &DamageError{-1, "its bytes are not where the manifest says"})
}

// within adds to an error which record it concerns.
func within(rec Record, err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = &DamageError{-1, "the archive ends inside it"}
	}
	return fmt.Errorf("%s %s: %w", rec.Kind, rec.ID, err)
}
