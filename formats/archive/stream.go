package archive

import (
	"bytes"
	"errors"
	"io"
	"sync"
)

// A stream reads what consecutive frames of one segment unpack to.
type stream struct {
	s     *store
	n     int // number of the frame
	off   int // in what it unpacks to
	last  int // number of the last frame to be read; 0 means the segment's last
	block *block
	room  *room // nil: by the cache
}

// A room is where a stream unpacks what nobody will read again soon; it
// serves one stream after another.
type room struct {
	b      []byte
	packed func(n int, b []byte, s seal) // is shown each frame as it stands in the file; nil means nobody
}

// streamOf is a stream over bytes that are unpacked already.
func streamOf(raw []byte, n int) *stream {
	return &stream{n: n, last: n, block: loneBlock(raw)}
}

func (st *stream) open() (err error) {
	switch {
	case st.block != nil:
	case st.room == nil:
		st.block, err = st.s.frame(st.n)
	default:
		if st.room.b, err = st.s.unpack(st.n, st.room); err == nil {
			st.block = loneBlock(st.room.b)
		}
	}
	return err
}

func (st *stream) close() {
	if st.block != nil {
		st.block.release()
		st.block = nil
	}
}

// some returns between 1 and max bytes, to be used before the next call;
// io.EOF after the last frame of the segment.
func (st *stream) some(limit int64) ([]byte, error) {
	for {
		if err := st.open(); err != nil {
			return nil, err
		}
		if st.off < len(st.block.raw) {
			b := st.block.raw[st.off:]
			b = b[:min(int64(len(b)), limit):min(int64(len(b)), limit)]
			st.off += len(b)
			return b, nil
		}
		if st.last == st.n {
			return nil, io.EOF
		}
		s := st.s
		s.mu.RLock()
		more := st.n+1 < len(s.frames) && s.frames[st.n+1].seg == s.frames[st.n].seg
		s.mu.RUnlock()
		if !more {
			return nil, io.EOF
		}
		st.close()
		st.n, st.off = st.n+1, 0
	}
}

// take returns the next n bytes, n being small.
func (st *stream) take(n int) ([]byte, error) {
	b, err := st.some(int64(n))
	if err != nil || len(b) == n {
		return b, err
	}
	b = bytes.Clone(b)
	for len(b) < n {
		part, err := st.some(int64(n - len(b)))
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, err
		}
		b = append(b, part...)
	}
	return b, nil
}

// A bodyReader streams one body.
type bodyReader struct {
	mu   sync.Mutex
	st   *stream
	rec  Record
	left int64
}

func (b *bodyReader) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.st == nil:
		return 0, errors.New("read of a closed body")
	case b.left == 0:
		return 0, io.EOF
	case len(p) == 0:
		return 0, nil
	}
	part, err := b.st.some(min(b.left, int64(len(p))))
	if err != nil {
		return 0, within(b.rec, err)
	}
	b.left -= int64(len(part))
	return copy(p, part), nil
}

func (b *bodyReader) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.st != nil {
		b.st.close()
		b.st = nil
	}
	return nil
}
