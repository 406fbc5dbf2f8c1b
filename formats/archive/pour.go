package archive

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"
)

const (
	mostTail = 8 << 20 // bytes of an encrypted run that lie in small files only
	mostHeld = 32      // files of one run, before they are made fewer
)

// fresh is the segment that is written to, as the name of its next file has it.
func (v *volume) fresh() (s segFile, from int64) {
	if len(v.parts) > v.last {
		s = v.parts[v.last].segFile
		from = v.parts[v.last].base
	} else if len(v.open) > 0 {
		s, from = v.open[0], v.end-int64(len(v.tail))
	}
	return segFile{number: s.number, uuid: s.uuid}, from
}

// fail makes the volume dead for writing.
func (v *volume) failed(err error) error {
	if err != nil {
		v.dead = true
	}
	return err
}

// WriteAt adds at the end, which is all that an archive ever asks for.
func (v *volume) WriteAt(b []byte, off int64) (int, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case v.dead:
		return 0, errors.New("an earlier write has failed")
	case off != v.end:
		return 0, errors.New("segments are only added to")
	case len(b) == 0:
		return 0, nil
	}
	if v.f.lock == nil {
		p := &v.parts[len(v.parts)-1]
		n, err := p.raw.WriteAt(b, off-p.base)
		if err == nil && n < len(b) {
			err = io.ErrShortWrite
		}
		if err == nil {
			p.size += int64(n)
			v.end += int64(n)
		}
		return n, v.failed(err)
	}
	s, base := v.fresh()
	s.from, s.to, s.state = off-base, off-base+int64(len(b)), segOpen
	s.name = s.rename()
	err := v.f.encrypted(filepath.Join(v.view.dir, s.name), false, func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
	if err != nil {
		return 0, v.failed(err)
	}
	v.open = append(v.open, s)
	v.tail = append(v.tail, b...)
	v.end += int64(len(b))
	if len(v.tail) >= mostTail {
		err = v.hold()
	}
	return len(b), v.failed(err)
}

// encrypted writes an encrypted file: all of it or nothing.
func (f *folder) encrypted(name string, durable bool, fill func(io.Writer) error) error {
	return f.replace(name, durable, f.veiled(fill))
}

// veiled is fill with what it writes encrypted, if the archive is.
func (f *folder) veiled(fill func(io.Writer) error) func(io.Writer) error {
	if f.lock == nil {
		return fill
	}
	return func(w io.Writer) error {
		out := bufio.NewWriterSize(w, 1<<20)
		enc, err := f.lock.Encrypt(out)
		if err == nil {
			err = fill(enc)
		}
		if err == nil {
			err = enc.Close()
		}
		if err == nil {
			err = out.Flush()
		}
		return err
	}
}

// Sync makes durable what was written.
func (v *volume) Sync() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.dead {
		return errors.New("an earlier write has failed")
	}
	if v.f.lock != nil {
		return v.failed(v.hold())
	}
	if len(v.parts) == 0 {
		return nil
	}
	return v.failed(v.parts[len(v.parts)-1].raw.Sync())
}

// hold makes one durable file of those that a power failure may take.
func (v *volume) hold() error {
	if len(v.open) == 0 {
		return nil
	}
	s := v.open[0]
	s.to, s.state = v.open[len(v.open)-1].to, segHeld
	s.name = s.rename()
	tail := v.tail
	p, err := v.store(s, func(w io.Writer) error {
		_, err := w.Write(tail)
		return err
	})
	if err != nil {
		return err
	}
	gone := v.open
	v.end -= p.size
	v.tail, v.open = v.tail[:0], nil
	v.addPart(*p)
	v.discard(gone)
	held := 0
	for _, p := range v.parts[v.last:] {
		if p.state == segHeld {
			held++
		}
	}
	if held >= mostHeld {
		return v.merge(v.older(len(v.parts)-1), segHeld, false)
	}
	return nil
}

// store writes a file of the last segment durably and opens it.
func (v *volume) store(s segFile, fill func(io.Writer) error) (*part, error) {
	err := v.f.encrypted(filepath.Join(v.view.dir, s.name), true, fill)
	if err == nil {
		err = v.f.disk.syncDir(v.view.dir)
	}
	if err != nil {
		return nil, err
	}
	return v.f.openPart(v.view.dir, s, s.use())
}

// Truncate cuts off a torn end, which lies in the last segment.
func (v *volume) Truncate(size int64) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	_, base := v.fresh()
	if size <= base || size > v.end {
		return errors.New("only the last segment can be cut")
	}
	if v.f.lock == nil {
		p := &v.parts[len(v.parts)-1]
		if err := p.raw.Truncate(size - p.base); err != nil {
			return v.failed(err)
		}
		p.size, v.end = size-p.base, size
		return nil
	}
	if err := v.hold(); err != nil { // so that there is one kind of file to cut
		return v.failed(err)
	}
	for len(v.parts) > 0 && v.end > size {
		p := v.parts[len(v.parts)-1]
		if p.base < size {
			s := p.segFile
			s.from, s.to, s.state = p.base-base, size-base, segHeld
			s.name = s.rename()
			short, err := v.store(s, func(w io.Writer) error {
				_, err := io.Copy(w, io.NewSectionReader(p.r, 0, size-p.base))
				return err
			})
			if err != nil {
				return v.failed(err)
			}
			v.parts, v.end = v.parts[:len(v.parts)-1], p.base
			v.addPart(*short)
		} else {
			v.parts, v.end = v.parts[:len(v.parts)-1], p.base
		}
		p.raw.Close()
		// The longer one has to go: as long as it is there, it is what counts.
		if err := v.f.disk.remove(filepath.Join(v.view.dir, p.name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return v.failed(err)
		}
	}
	return nil
}
