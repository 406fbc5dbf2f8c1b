package archive

import (
	"errors"
	"io"
	"path/filepath"
	"slices"
)

// older is from where on files of the last segment are merged if that is to be
// done from number i on: each of those before is larger than twice all after
// it. So their number grows with the logarithm of what was written, and each
// byte is rewritten as rarely.
func (v *volume) older(i int) int {
	sum := int64(0)
	for _, p := range v.parts[i:] {
		sum += p.size
	}
	for i > v.last && v.parts[i-1].size < 2*sum {
		i--
		sum += v.parts[i].size
	}
	return i
}

// merge makes one file of the parts from number i on, all of the last segment;
// closed says that nothing is ever added to that.
func (v *volume) merge(i int, state segState, closed bool) error {
	if len(v.open) > 0 {
		return errors.New("files that are not durable cannot be merged")
	}
	old := slices.Clone(v.parts[i:])
	s := old[0].segFile
	last := old[len(old)-1]
	s.to, s.state = last.base+last.size-v.parts[v.last].base, state
	if s.from = old[0].base - v.parts[v.last].base; s.from == 0 && closed {
		s.to = -1
	}
	if s.name = s.rename(); s.name == old[0].name {
		return nil
	}
	if len(old) == 1 { // it needs no more than another name
		return v.renamed(i, s)
	}
	p, err := v.store(s, func(w io.Writer) error {
		for _, p := range old {
			if _, err := io.Copy(w, io.NewSectionReader(p.r, 0, p.size)); err != nil {
				return err
			}
			if what := p.plain.Damaged(); what != "" {
				return &DamageError{p.base, p.name + " " + what}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	var gone []segFile
	for _, o := range old {
		o.raw.Close()
		gone = append(gone, o.segFile)
	}
	v.parts, v.end = v.parts[:i], old[0].base
	v.addPart(*p)
	v.discard(gone)
	return nil
}

// renamed gives the last part, number i, the name of s.
func (v *volume) renamed(i int, s segFile) error {
	old := v.parts[i]
	old.raw.Close() // some systems do not rename open files
	v.parts, v.end = v.parts[:i], old.base
	err := v.f.disk.rename(filepath.Join(v.view.dir, old.name), filepath.Join(v.view.dir, s.name))
	if err == nil {
		err = v.f.disk.syncDir(v.view.dir)
	}
	if err != nil {
		return err
	}
	p, err := v.f.openPart(v.view.dir, s, s.use())
	if err == nil {
		v.addPart(*p)
	}
	return err
}

// rest ends a run: what it wrote is put into one file that stays as it is, and
// a segment that is closed becomes one file altogether.
func (v *volume) rest(closed bool) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.f.lock == nil || v.dead || len(v.parts) == 0 {
		return nil
	}
	if err := v.hold(); err != nil {
		return v.failed(err)
	}
	i := slices.IndexFunc(v.parts[v.last:], func(p part) bool { return p.state == segHeld }) + v.last
	switch {
	case closed:
		i = v.last
	case i < v.last:
		return nil
	default:
		i = v.older(i)
	}
	return v.failed(v.merge(i, segRest, closed))
}

// discard removes files whose bytes stand elsewhere now.
func (v *volume) discard(files []segFile) {
	for _, s := range files {
		v.f.disk.remove(filepath.Join(v.view.dir, s.name)) // it only takes room; the next writer tries again
	}
}
