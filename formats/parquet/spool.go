package parquet

import (
	"errors"
	"io"
	"os"
)

// Bounds on what a spool holds in memory: over all streams, and of one.
const (
	mostHeld  = 4 << 20
	chunkSize = 64 << 10
)

// A spool is one temporary file that holds many streams of bytes, written in
// turns: as many as there are months or columns, without a file and a buffer
// for each.
type spool struct {
	f       *os.File
	end     int64
	held    int       // bytes in buffers
	streams []*stream // all
	free    []*stream // of them, those given back: empty
}

// A stream is written first, then read. Its bytes lie in the file in chunks.
type stream struct {
	sp     *spool
	buf    []byte
	chunks []chunk
}

type chunk struct{ at, size int64 }

func newSpool(dir string) (*spool, error) {
	f, err := os.CreateTemp(dir, "spool-*")
	if err != nil {
		return nil, err
	}
	return &spool{f: f}, nil
}

func (sp *spool) stream() *stream {
	if n := len(sp.free); n > 0 {
		s := sp.free[n-1]
		sp.free = sp.free[:n-1]
		return s
	}
	s := &stream{sp: sp}
	sp.streams = append(sp.streams, s)
	return s
}

// giveBack forgets what was written to s. Once all streams are given back,
// their place in the file is used again.
func (sp *spool) giveBack(s *stream) {
	sp.held -= len(s.buf)
	s.buf, s.chunks = s.buf[:0], s.chunks[:0]
	if sp.free = append(sp.free, s); len(sp.free) == len(sp.streams) {
		sp.end = 0
	}
}

func (s *stream) Write(p []byte) (int, error) {
	s.buf = append(s.buf, p...)
	s.sp.held += len(p)
	if len(s.buf) >= chunkSize {
		return len(p), s.flush()
	}
	if s.sp.held > mostHeld {
		for _, other := range s.sp.streams {
			if err := other.flush(); err != nil {
				return 0, err
			}
			other.buf = nil
		}
	}
	return len(p), nil
}

func (s *stream) flush() error {
	n, err := s.sp.f.WriteAt(s.buf, s.sp.end)
	s.sp.held -= len(s.buf)
	if n > 0 {
		s.chunks = append(s.chunks, chunk{s.sp.end, int64(n)})
	}
	s.sp.end += int64(n)
	if s.buf = s.buf[:0]; cap(s.buf) > 2*chunkSize {
		s.buf = nil
	}
	return err
}

// reader reads the stream from its beginning.
func (s *stream) reader() io.Reader { return &chunks{s: s, err: s.flush()} }

// chunks reads chunk after chunk.
type chunks struct {
	s   *stream
	now io.Reader
	n   int // chunks begun
	err error
}

func (r *chunks) Read(p []byte) (int, error) {
	for r.err == nil {
		if r.now == nil {
			if r.n == len(r.s.chunks) {
				return 0, io.EOF
			}
			c := r.s.chunks[r.n]
			r.now = io.NewSectionReader(r.s.sp.f, c.at, c.size)
			r.n++
		}
		n, err := r.now.Read(p)
		if n > 0 {
			return n, nil
		}
		if !errors.Is(err, io.EOF) {
			r.err = err
		}
		r.now = nil
	}
	return 0, r.err
}

// A page is the pages of one column of a row group, compressed, until the
// group is whole: the library asks for a buffer to write to, then seeks its
// beginning and reads it once.
type page struct {
	*stream
	from io.Reader
}

// Seek goes to the beginning, which is all that is asked for.
func (p *page) Seek(offset int64, whence int) (int64, error) {
	if offset != 0 || whence != io.SeekStart {
		return 0, errors.New("a page is read from its beginning only")
	}
	p.from = nil
	return 0, nil
}

func (p *page) Read(b []byte) (int, error) {
	if p.from == nil {
		p.from = p.reader()
	}
	return p.from.Read(b)
}

// GetBuffer and PutBuffer make a spool the library's pool of buffers.
func (sp *spool) GetBuffer() io.ReadWriteSeeker { return &page{stream: sp.stream()} }

// PutBuffer takes back what GetBuffer gave.
func (sp *spool) PutBuffer(b io.ReadWriteSeeker) {
	if p, ok := b.(*page); ok {
		sp.giveBack(p.stream)
	}
}

// close gives back the file.
func (sp *spool) close() error { return errors.Join(sp.f.Close(), os.Remove(sp.f.Name())) }
