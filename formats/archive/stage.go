package archive

import (
	"io"
	"path/filepath"
	"strings"
)

// stage writes the beginning of the next segment, which is first, under a name
// that does not count yet.
func (v *volume) stage(first []byte) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	err := v.f.stageSegment(v.view.dir, v.next, first)
	if err == nil {
		err = v.f.disk.syncDir(v.view.dir)
	}
	return v.failed(err)
}

// begin gives what was staged its name: from then on it is the last segment.
func (v *volume) begin(first []byte) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.f.nameSegment(v.view.dir, v.next, first); err != nil {
		return v.failed(err)
	}
	p, err := v.f.openPart(v.view.dir, v.f.firstFile(v.next, first), toWrite)
	if err == nil {
		err = v.shelve()
	}
	if err != nil {
		return v.failed(err)
	}
	v.next++
	v.addPart(*p)
	return nil
}

// shelve opens the file that was written to so far anew, for reading: it is
// full.
func (v *volume) shelve() error {
	p := &v.parts[len(v.parts)-1]
	if p.state != segPlain {
		return nil // encrypted ones are written once
	}
	full, err := v.f.openPart(v.view.dir, p.segFile, toRest)
	if err != nil {
		return err
	}
	full.base = p.base
	p.raw.Close() // it was synced
	*p = *full
	return nil
}

// unstage removes what a killed writer had staged, since nothing says that a
// segment follows. If that fails it only takes room, until it is tried again.
func (v *volume) unstage() {
	c, err := v.f.listing(v.view)
	if err != nil {
		return
	}
	for _, name := range c.staged {
		v.f.disk.remove(filepath.Join(v.view.dir, name))
	}
}

// closed reports whether nothing can be added to the last segment, since it is
// one encrypted file: the first versions made one of each that was full.
func (v *volume) closed() bool {
	v.mu.RLock()
	defer v.mu.RUnlock()
	n := len(v.parts)
	return n > 0 && v.parts[n-1].state == segRest && v.parts[n-1].to < 0 && len(v.open) == 0
}

// followed reports whether there is another segment after the last one that
// was opened, or one is about to be: a writer may be at work, or was killed.
func (v *volume) followed() (bool, error) {
	v.mu.RLock()
	last, _ := v.fresh()
	v.mu.RUnlock()
	for range 2 { // a file that is renamed while we look may be missed, but not twice
		c, err := v.f.listing(v.view)
		if err != nil || c.next > last.number+1 || len(c.staged) > 0 {
			return true, err
		}
	}
	return false, nil
}

// lastName is the last file.
func (v *volume) lastName() string {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if n := len(v.open); n > 0 {
		return v.open[n-1].name
	}
	return v.parts[len(v.parts)-1].name
}

// firstFile is the file that a new segment begins with.
func (f *folder) firstFile(number int, first []byte) segFile {
	seal, _ := parseSeal(first[len(first)-sealSize:])
	s := segFile{number: number, uuid: uuidText(seal.segment)[:8], to: -1}
	if f.lock != nil {
		s.to, s.state = int64(len(first)), segRest
	}
	s.name = s.rename()
	return s
}

// addSegment creates a segment, whole or not at all.
func (f *folder) addSegment(dir string, number int, first []byte) error {
	if err := f.stageSegment(dir, number, first); err != nil {
		return err
	}
	return f.nameSegment(dir, number, first)
}

func (f *folder) stageSegment(dir string, number int, first []byte) error {
	return f.stage(filepath.Join(dir, f.firstFile(number, first).name), true, f.veiled(func(w io.Writer) error {
		_, err := w.Write(first)
		return err
	}))
}

func (f *folder) nameSegment(dir string, number int, first []byte) error {
	name := filepath.Join(dir, f.firstFile(number, first).name)
	if err := f.disk.rename(name+stagingMark, name); err != nil {
		return err
	}
	return f.disk.syncDir(dir)
}

// parseStaged reads the name of a file that was to become one of ours.
func parseStaged(name string) (segFile, bool) {
	s, staged := strings.CutSuffix(name, stagingMark)
	if !staged {
		return segFile{}, false
	}
	return parseSegName(s)
}
