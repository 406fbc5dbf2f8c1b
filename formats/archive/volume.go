package archive

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"reflect"
	"slices"
	"sort"
	"sync"

	"gptsnap/formats/archive/crypt"
)

// A volume is the segments of a folder as one file. Reading is safe for many
// goroutines, also while one writes.
type volume struct {
	f    *folder
	view folderView

	mu    sync.RWMutex
	parts []part
	tail  []byte // encrypted: what lies in files of state segOpen only
	open  []segFile
	lost  []segFile // of state segOpen, that a power failure took
	end   int64     // of all parts and the tail
	next  int       // number of the next segment
	last  int       // index in parts of the first part of the last segment
	write bool
	dead  bool // an error has happened while it was written to
	seen  []*DamageError
}

// A part is one file of a volume.
type part struct {
	segFile
	base  int64 // where it begins in the volume
	size  int64
	raw   file         // as it stands on the disk
	r     io.ReaderAt  // what it holds
	plain *crypt.Plain // the same if it is encrypted
	info  fs.FileInfo  // of the file on the disk
}

// errMoved says that a file went away between looking and opening.
var errMoved = errors.New("the folder changes while it is read")

func (f *folder) openVolume(v folderView, write bool) (*volume, error) {
	if write {
		if err := f.prepare(v); err != nil {
			return nil, err
		}
	}
	if write || v.shadow || v.dir != f.root {
		return f.volume(v, write, false)
	}
	for n := range mostListings {
		head, err := readHead(f.disk, f.root)
		if err != nil {
			return nil, err
		}
		f.head = head
		vol, err := f.volume(v, false, n < mostListings/2)
		if err != nil && !errors.Is(err, errMoved) {
			return nil, err
		}
		// A compaction may have come to its end while we looked.
		if again, err2 := readHead(f.disk, f.root); err == nil && err2 == nil && reflect.DeepEqual(head, again) {
			return vol, nil
		}
		if vol != nil {
			vol.Close()
		}
	}
	return nil, errMoved
}

// prepare brings a folder in order that a killed writer has left; we hold the
// lock.
func (f *folder) prepare(v folderView) error {
	if v.shadow || v.dir != f.root {
		return nil
	}
	if f.head == nil {
		c, err := f.listing(v)
		if err != nil || len(c.files) == 0 {
			return err
		}
		h := f.headOr()
		h.First = c.files[0].number
		if err := f.writeHead(f.root, h); err != nil {
			return err
		}
		f.head = &h
	}
	if err := f.dropShadow(); err != nil {
		return err
	}
	return f.tidy(v)
}

// volume opens what is there now. A listing that is made while files come and
// go may miss some; one that is the same twice does not. still asks for that;
// a writer that is never still leaves no choice but to take a listing that is
// whole in itself.
func (f *folder) volume(v folderView, write, still bool) (_ *volume, err error) {
	c, err := f.listing(v)
	if err != nil {
		return nil, err
	}
	vol := &volume{f: f, view: v, write: write, next: c.next, seen: c.faults}
	defer func() {
		if err != nil {
			vol.Close()
		}
	}()
	wrong := error(nil)
	for i, s := range c.files {
		if err := vol.addFile(s, i == len(c.files)-1); err != nil {
			if errors.As(err, new(*crypt.KeyError)) {
				wrong = err
				vol.fault("%s is encrypted to another key", s.name)
				continue
			}
			return nil, err
		}
	}
	if wrong != nil && len(vol.parts) == 0 {
		return nil, wrong
	}
	if again, err := f.listing(v); err != nil {
		return nil, err
	} else if !write && !slices.Equal(c.files, again.files) && (still || len(c.faults) > 0) {
		return nil, errMoved
	}
	if write {
		return vol, vol.clear()
	}
	return vol, nil
}

// clear puts files away that a power failure took: what is in them follows on
// something that is not there.
func (v *volume) clear() error {
	size := int64(0)
	for _, s := range v.lost {
		size += s.to - s.from
	}
	for _, s := range v.lost {
		name := filepath.Join(v.view.dir, s.name)
		var err error
		if size > keepTorn {
			err = v.f.disk.rename(name, v.f.root+tornMark+s.name)
		} else {
			err = v.f.disk.remove(name)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	v.lost = nil
	return nil
}

func (v *volume) fault(format string, a ...any) {
	v.seen = append(v.seen, &DamageError{-1, fmt.Sprintf(format, a...)})
}

func (v *volume) ReadAt(b []byte, off int64) (n int, err error) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if off < 0 {
		return 0, errors.New("negative offset")
	}
	i := sort.Search(len(v.parts), func(i int) bool { return v.parts[i].base+v.parts[i].size > off })
	for ; n < len(b) && i < len(v.parts); i++ {
		p := &v.parts[i]
		at := off + int64(n) - p.base
		part := b[n:min(int64(len(b)), int64(n)+p.size-at)]
		k, err := p.r.ReadAt(part, at)
		if n += k; k < len(part) {
			return n, err
		}
	}
	if at := off + int64(n) - (v.end - int64(len(v.tail))); n < len(b) && at >= 0 && at < int64(len(v.tail)) {
		n += copy(b[n:], v.tail[at:])
	}
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// Stat is how the volume stands, as far as its writer knows; the size of a
// file that grows is the true one.
func (v *volume) Stat() (fs.FileInfo, error) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	info := folderInfo{size: v.end}
	for i := range v.parts {
		info.names = append(info.names, v.parts[i].name)
	}
	for _, s := range v.open {
		info.names = append(info.names, s.name)
	}
	if n := len(v.parts); n > 0 && v.parts[n-1].state == segPlain {
		var err error
		if info.last, err = v.parts[n-1].raw.Stat(); err != nil {
			return nil, err
		}
		if v.write {
			info.size = v.parts[n-1].base + info.last.Size()
		}
	}
	return info, nil
}

func (v *volume) Close() (err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for i := range v.parts {
		if err2 := v.parts[i].raw.Close(); err == nil {
			err = err2
		}
	}
	v.parts = nil
	return err
}

// faults are what was found wrong with the files so far.
func (v *volume) faults() []*DamageError {
	v.mu.RLock()
	defer v.mu.RUnlock()
	all := v.seen[:len(v.seen):len(v.seen)]
	for i := range v.parts {
		if p := &v.parts[i]; p.plain != nil {
			if what := p.plain.Damaged(); what != "" {
				all = append(all, &DamageError{p.base, p.name + " " + what})
			}
		}
	}
	return all
}

// where names the file and the place in it of an offset.
func (v *volume) where(off int64) string {
	v.mu.RLock()
	defer v.mu.RUnlock()
	i := sort.Search(len(v.parts), func(i int) bool { return v.parts[i].base+v.parts[i].size > off })
	if off < 0 || i == len(v.parts) {
		return ""
	}
	p := &v.parts[i]
	if p.state == segPlain {
		return fmt.Sprintf("%s at byte %d", p.name, off-p.base)
	}
	return fmt.Sprintf("%s at byte %d of what it holds", p.name, off-p.base)
}

// lastBase is where the last segment begins.
func (v *volume) lastBase() int64 {
	v.mu.RLock()
	defer v.mu.RUnlock()
	_, base := v.fresh()
	return base
}

// strangers are the names of files in the folder that are none of ours.
func (v *volume) strangers() []string {
	c, err := v.f.listing(v.view)
	if err != nil {
		return nil
	}
	return c.strangers
}

// misnamed is the name of the file in which the segment begins that lies at
// off, if it is another's; uuid is the beginning of the segment's.
func (v *volume) misnamed(off int64, uuid string) string {
	v.mu.RLock()
	defer v.mu.RUnlock()
	for i := range v.parts {
		if p := &v.parts[i]; p.base == off && p.size > 0 && p.uuid != uuid {
			return p.name
		}
	}
	return ""
}
