package crypt

import (
	"errors"
	"fmt"
	"io"
	"sync"

	"filippo.io/age"
)

const chunk = 64 << 10 // what age vouches for at a time

// A Plain is what an encrypted file holds. It is safe for many goroutines.
type Plain struct {
	r    io.ReaderAt
	size int64

	mu   sync.Mutex
	bad  map[int64]bool // chunks that are not what was written
	torn bool
}

// Open opens the encrypted file src, of the given size in bytes. One that was
// cut or whose end has been changed is opened as far as it is whole, and is
// [Plain.Damaged]. The error is a [*KeyError] if the key is not one of the
// file's, as far as its beginning tells.
func (k *Key) Open(src io.ReaderAt, size int64) (*Plain, error) {
	r, n, err := age.DecryptReaderAt(src, size, k.ids...)
	if err == nil {
		return &Plain{r: r, size: n}, nil
	}
	if errors.As(err, new(*age.NoIdentityMatchError)) {
		return nil, &KeyError{Err: errors.New("the key is not one that the archive is encrypted to")}
	}
	s := &restream{src: src, size: size, key: k}
	n, err2 := io.Copy(io.Discard, readerFunc(func(p []byte) (int, error) { return s.next(p) }))
	if n == 0 {
		return nil, fmt.Errorf("not an encrypted file of ours, or damaged at its beginning: %w", errors.Join(err, err2))
	}
	return &Plain{r: s, size: n, torn: true}, nil
}

// Size is the number of bytes.
func (p *Plain) Size() int64 { return p.size }

// Damaged says what was found wrong so far, "" if nothing was.
func (p *Plain) Damaged() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.torn:
		return "is cut short, or its end is not as it was written"
	case len(p.bad) > 0:
		return fmt.Sprintf("is not as it was written in %d of its stretches of 64 KiB", len(p.bad))
	}
	return ""
}

// ReadAt reads; a chunk that does not pass its authentication reads as zeros.
func (p *Plain) ReadAt(b []byte, off int64) (n int, err error) {
	if off < 0 || off >= p.size {
		return 0, io.EOF
	}
	if int64(len(b)) > p.size-off {
		b, err = b[:p.size-off], io.EOF
	}
	if n, err2 := p.r.ReadAt(b, off); n == len(b) {
		return n, err
	} else if p.torn {
		return n, err2
	}
	for n < len(b) {
		at := off + int64(n)
		end := min(len(b), n+int(chunk-at%chunk))
		if k, err2 := p.r.ReadAt(b[n:end], at); k < end-n {
			if broken := (*readError)(nil); errors.As(err2, &broken) {
				return n, broken.err
			}
			clear(b[n:end])
			p.mu.Lock()
			if p.bad == nil {
				p.bad = map[int64]bool{}
			}
			p.bad[at/chunk] = true
			p.mu.Unlock()
		}
		n = end
	}
	return n, err
}

// A readError is a failure to read the file, which is not the same as
// reading something wrong.
type readError struct{ err error }

func (e *readError) Error() string { return e.err.Error() }
func (e *readError) Unwrap() error { return e.err }

// Faithful marks what goes wrong below as failures to read. What [Key.Open]
// is given should be wrapped in it.
func Faithful(r io.ReaderAt) io.ReaderAt { return faithful{r} }

type faithful struct{ r io.ReaderAt }

func (f faithful) ReadAt(p []byte, off int64) (int, error) {
	n, err := f.r.ReadAt(p, off)
	if err != nil && err != io.EOF {
		err = &readError{err}
	}
	return n, err
}

// A restream reads a file whose end is not what it should be from its
// beginning, as far as that is whole; going back means beginning again.
type restream struct {
	src  io.ReaderAt
	size int64
	key  *Key

	mu  sync.Mutex
	r   io.Reader
	at  int64
	err error
}

func (s *restream) ReadAt(p []byte, off int64) (n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if off < s.at {
		s.r, s.at, s.err = nil, 0, nil
	}
	if off > s.at {
		if _, err := io.CopyN(io.Discard, readerFunc(s.next), off-s.at); err != nil {
			return 0, err
		}
	}
	return io.ReadFull(readerFunc(s.next), p)
}

// next reads on; what cannot be decrypted is the end.
func (s *restream) next(p []byte) (int, error) {
	if s.r == nil && s.err == nil {
		s.r, s.err = age.Decrypt(io.NewSectionReader(s.src, 0, s.size), s.key.ids...)
	}
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.r.Read(p)
	s.at += int64(n)
	if err != nil {
		s.err = io.EOF
		if broken := (*readError)(nil); errors.As(err, &broken) {
			s.err = broken.err
		}
	}
	if n > 0 {
		err = nil
	} else {
		err = s.err
	}
	return n, err
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// Unreadable reports whether an error of [Key.Open] came from below: the file
// could not be read, which says nothing of what is in it.
func Unreadable(err error) bool { return errors.As(err, new(*readError)) }
