package archive

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"gptsnap/formats/archive/crypt"
)

// addFile opens a file and adds it at the end; last says that it is the last
// file there is.
func (v *volume) addFile(s segFile, last bool) error {
	if (s.state == segPlain) != (v.f.key == nil) {
		v.fault("%s is not of this archive, whose segments are %s", s.name, map[bool]string{true: "not encrypted", false: "encrypted"}[v.f.key == nil])
		return nil
	}
	if s.state == segOpen && len(v.lost) > 0 {
		v.lost = append(v.lost, s)
		return nil // one before it could not be read
	}
	use := toRead
	switch {
	case last && s.state == segPlain && v.write:
		use = toWrite
	case s.to < 0 && !(last && s.state == segPlain):
		use = toRest
	}
	p, err := v.f.openPart(v.view.dir, s, use)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errMoved
	case errors.As(err, new(*crypt.KeyError)) && s.state != segOpen:
		return err
	case s.state == segOpen && err == nil && p.size == s.to-s.from && p.plain.Damaged() == "":
		return v.addOpen(p)
	case s.state == segOpen && (err == nil || errors.As(err, new(*DamageError)) || errors.As(err, new(*crypt.KeyError))):
		if p != nil {
			p.raw.Close()
		}
		v.lost = append(v.lost, s) // a power failure took it
		return nil
	}
	if damage := (*DamageError)(nil); errors.As(err, &damage) {
		v.seen = append(v.seen, damage)
		return nil
	}
	if err != nil {
		return err
	}
	if p.size == 0 {
		v.fault("%s is empty", s.name) // none ever was
	}
	if s.to >= 0 && p.size != s.to-s.from {
		v.fault("%s holds %d bytes, %d by its name", s.name, p.size, s.to-s.from)
	}
	v.addPart(*p)
	return nil
}

func (v *volume) addPart(p part) {
	p.base = v.end
	v.end += p.size
	if len(v.parts) == 0 || v.parts[len(v.parts)-1].number != p.number {
		v.last = len(v.parts)
	}
	v.parts = append(v.parts, p)
}

// addOpen takes in a file of a run that is at work, or was when it was killed.
func (v *volume) addOpen(p *part) error {
	b := make([]byte, p.size)
	_, err := p.r.ReadAt(b, 0)
	p.raw.Close()
	if err != nil && err != io.EOF {
		return err
	}
	if n := len(v.parts); n == 0 || v.parts[n-1].number != p.number {
		if p.from != 0 {
			v.lost = append(v.lost, p.segFile)
			return nil
		}
		v.last = n
	}
	v.tail = append(v.tail, b...)
	v.open = append(v.open, p.segFile)
	v.end += p.size
	return nil
}

// What a file of a segment is opened for.
type partUse int

const (
	toRead  partUse = iota
	toWrite         // also at its end
	toRest          // it holds a full segment, and need not be open all the time
)

// openPart opens a file of a segment; a [*DamageError] says that nothing of it
// can be read.
func (f *folder) openPart(dir string, s segFile, use partUse) (*part, error) {
	name := filepath.Join(dir, s.name)
	info, err := f.disk.stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &DamageError{-1, s.name + " is no regular file"}
	}
	flag := os.O_RDONLY
	if use == toWrite {
		flag = os.O_RDWR
	}
	raw, err := f.disk.open(name, flag)
	if err != nil {
		return nil, err
	}
	if info, err = raw.Stat(); err != nil {
		raw.Close()
		return nil, err
	}
	if use == toRest {
		raw = f.shelf.add(f.disk, name, info, raw)
	}
	p := &part{segFile: s, size: info.Size(), raw: raw, r: raw, info: info}
	if s.state == segPlain {
		return p, nil
	}
	p.plain, err = f.key.Open(crypt.Faithful(raw), info.Size())
	if err != nil {
		raw.Close()
		if !errors.As(err, new(*crypt.KeyError)) && !crypt.Unreadable(err) {
			err = &DamageError{-1, s.name + " cannot be read: " + err.Error()}
		}
		return nil, err
	}
	p.r, p.size = p.plain, p.plain.Size()
	return p, nil
}
