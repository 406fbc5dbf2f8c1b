package archive

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// mostOpen is how many full segments of an archive are open at a time: 32 GiB
// of them as they are by default. Systems allow a program 1,024 files, or 256,
// and an archive may have more segments than that.
const mostOpen = 128

// A shelf keeps those files open that were read last.
type shelf struct {
	most int

	mu   sync.Mutex
	open []*shelved
	tick uint64
}

// A shelved file is one that is not written any more. It is opened when it is
// read, and closed when others are. It is safe for many goroutines.
type shelved struct {
	shelf *shelf
	disk  disk
	name  string
	info  fs.FileInfo

	// Guarded by shelf.mu.
	f      file // nil: it is not open
	users  int
	used   uint64
	closed bool
}

// add puts an open file on the shelf; info is what its Stat says.
func (s *shelf) add(d disk, name string, info fs.FileInfo, f file) *shelved {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := &shelved{shelf: s, disk: d, name: name, info: info, f: f}
	s.put(b)
	return b
}

// put notes that b is open, and closes others if they are too many; s.mu is
// held. That closing them fails does no harm, for they were only read.
func (s *shelf) put(b *shelved) {
	s.tick++
	b.used = s.tick
	for len(s.open) >= s.most {
		oldest := -1
		for i, o := range s.open {
			if o.users == 0 && (oldest < 0 || o.used < s.open[oldest].used) {
				oldest = i
			}
		}
		if oldest < 0 {
			break // all are being read: as many as there are goroutines
		}
		o := s.open[oldest]
		o.f.Close()
		o.f = nil
		s.open[oldest] = s.open[len(s.open)-1]
		s.open = s.open[:len(s.open)-1]
	}
	s.open = append(s.open, b)
}

// take returns the file, open, until it is given back.
func (b *shelved) take() (file, error) {
	s := b.shelf
	s.mu.Lock()
	defer s.mu.Unlock()
	if b.closed {
		return nil, os.ErrClosed
	}
	if b.f == nil {
		f, err := b.disk.open(b.name, os.O_RDONLY)
		if err == nil {
			var now fs.FileInfo
			if now, err = f.Stat(); err == nil && !(b.disk.same(b.info, now) && b.info.Size() == now.Size()) {
				err = fs.ErrNotExist
			}
			if err != nil {
				f.Close()
			}
		}
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("%s is gone or another: the archive was compacted while it was read; begin again", filepath.Base(b.name))
		}
		if err != nil {
			return nil, err
		}
		b.f = f
		s.put(b)
	}
	s.tick++
	b.used = s.tick
	b.users++
	return b.f, nil
}

func (b *shelved) ReadAt(p []byte, off int64) (int, error) {
	f, err := b.take()
	if err != nil {
		return 0, err
	}
	n, err := f.ReadAt(p, off)
	b.shelf.mu.Lock()
	b.users--
	b.shelf.mu.Unlock()
	return n, err
}

// Close closes the file; nobody may be reading it.
func (b *shelved) Close() error {
	s := b.shelf
	s.mu.Lock()
	defer s.mu.Unlock()
	b.closed = true
	if b.f == nil {
		return nil
	}
	for i, o := range s.open {
		if o == b {
			s.open[i] = s.open[len(s.open)-1]
			s.open = s.open[:len(s.open)-1]
			break
		}
	}
	f := b.f
	b.f = nil
	return f.Close()
}

func (b *shelved) Stat() (fs.FileInfo, error)         { return b.info, nil }
func (b *shelved) WriteAt([]byte, int64) (int, error) { return 0, errors.ErrUnsupported }
func (b *shelved) Truncate(int64) error               { return errors.ErrUnsupported }
func (b *shelved) Sync() error                        { return nil }
