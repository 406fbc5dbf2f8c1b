package archive

import (
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A memDisk is a disk in memory that fails where a test wants it to, and
// knows what would be left after a power failure.
type memDisk struct {
	mu    sync.Mutex
	files map[string]*memFile
	calls int
	fail  int   // the call that fails, from 1; 0 for none
	err   error // with this
	short bool  // a failing write writes half first
	hit   bool  // the failing call was made
	dead  bool  // after it nothing works any more: the program has been killed
	room  int64 // bytes that may still be written; -1 for any number

	safe map[string]*memFile // the names that a synced folder has
	log  []nameChange        // what has happened to them since
}

// A nameChange is what a creation, a removal or a renaming does: all of it or
// nothing.
type nameChange struct {
	gone string
	here string // "" for none
	file *memFile
}

type memFile struct {
	data    []byte
	synced  []byte // what fsync has made safe
	pending []memWrite
}

type memWrite struct {
	off  int64
	data []byte
	cut  bool // a truncation to off
}

func newMemDisk() *memDisk {
	return &memDisk{files: map[string]*memFile{}, safe: map[string]*memFile{}, room: -1}
}

func (d *memDisk) change(c nameChange) {
	d.log = append(d.log, c)
	c.apply(d.files)
}

func (c nameChange) apply(files map[string]*memFile) {
	delete(files, c.gone)
	if c.here != "" {
		files[c.here] = c.file
	}
}

// powerFailure is what the disk holds after one: what was synced, any part of
// what was written since, and of changed names the first few.
func (d *memDisk) powerFailure(r *rand.Rand) *memDisk {
	names := maps.Clone(d.safe)
	for _, c := range d.log[:r.IntN(len(d.log)+1)] {
		c.apply(names)
	}
	after := newMemDisk()
	for _, name := range slices.Sorted(maps.Keys(names)) {
		f := &memFile{data: slices.Clone(names[name].synced)}
		for _, p := range names[name].pending { // in any order would come to the same: they do not overlap
			if p.cut {
				f.data = f.data[:min(len(f.data), int(p.off))]
			}
			for k := 0; k < len(p.data); k += 512 {
				if sector := p.data[k:min(k+512, len(p.data))]; r.IntN(3) > 0 {
					f.write(sector, p.off+int64(k))
				}
			}
		}
		after.put(name, f.data)
	}
	return after
}

// call counts a call; the error is the planned one.
func (d *memDisk) call() error {
	if d.dead && d.hit {
		return d.err
	}
	if d.calls++; d.fail != 0 && d.calls == d.fail {
		d.hit = true
		return d.err
	}
	return nil
}

type memHandle struct {
	d     *memDisk
	f     *memFile
	spool bool // a failing close of a temporary file harms nobody
}

func (d *memDisk) open(name string, flag int) (file, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.call(); err != nil {
		return nil, err
	}
	f := d.files[name]
	switch {
	case f == nil && flag&syscall.O_CREAT == 0:
		return nil, fs.ErrNotExist
	case f != nil && flag&syscall.O_EXCL != 0:
		return nil, fs.ErrExist
	case f == nil:
		f = &memFile{}
		d.change(nameChange{here: name, file: f})
	}
	if flag&syscall.O_TRUNC != 0 {
		f.data = nil
	}
	return &memHandle{d, f, strings.Contains(name, spoolMark)}, nil
}

func (d *memDisk) stat(name string) (fs.FileInfo, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.call(); err != nil {
		return nil, err
	}
	if f := d.files[name]; f != nil {
		return memInfo{f, int64(len(f.data))}, nil
	}
	return nil, fs.ErrNotExist
}

func (d *memDisk) rename(from, to string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.call(); err != nil {
		return err
	}
	d.change(nameChange{from, to, d.files[from]})
	return nil
}

func (d *memDisk) remove(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dead && d.hit {
		return d.err
	}
	d.change(nameChange{gone: name})
	return nil
}

func (d *memDisk) list(dir string) (names []string, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for name := range d.files {
		if filepath.Dir(name) == filepath.Clean(dir) {
			names = append(names, filepath.Base(name))
		}
	}
	slices.Sort(names)
	return names, nil
}

func (d *memDisk) same(a, b fs.FileInfo) bool { return a.(memInfo).f == b.(memInfo).f }

func (d *memDisk) mkdir(string) error { return nil }

func (d *memDisk) syncDir(string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	err := d.call()
	if err == nil {
		d.safe, d.log = maps.Clone(d.files), nil
	}
	return err
}

func (h *memHandle) ReadAt(p []byte, off int64) (int, error) {
	h.d.mu.Lock()
	defer h.d.mu.Unlock()
	if err := h.d.call(); err != nil {
		return 0, err
	}
	if off >= int64(len(h.f.data)) {
		return 0, io.EOF
	}
	n := copy(p, h.f.data[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (h *memHandle) WriteAt(p []byte, off int64) (int, error) {
	h.d.mu.Lock()
	defer h.d.mu.Unlock()
	err := h.d.call()
	if err != nil {
		if !h.d.short {
			return 0, err
		}
		p = p[:len(p)/2]
	}
	if h.d.room >= 0 {
		if int64(len(p)) > h.d.room {
			p, err = p[:h.d.room], syscall.ENOSPC
		}
		h.d.room -= int64(len(p))
	}
	h.f.write(p, off)
	h.f.pending = append(h.f.pending, memWrite{off: off, data: slices.Clone(p)})
	return len(p), err
}

func (f *memFile) write(p []byte, off int64) {
	if need := int(off) + len(p); need > len(f.data) {
		f.data = append(f.data, make([]byte, need-len(f.data))...)
	}
	copy(f.data[off:], p)
}

func (h *memHandle) Truncate(size int64) error {
	h.d.mu.Lock()
	defer h.d.mu.Unlock()
	if err := h.d.call(); err != nil {
		return err
	}
	h.f.data = h.f.data[:size:size]
	h.f.pending = append(h.f.pending, memWrite{off: size, cut: true})
	return nil
}

func (h *memHandle) Sync() error {
	h.d.mu.Lock()
	defer h.d.mu.Unlock()
	if err := h.d.call(); err != nil {
		return err
	}
	h.f.synced, h.f.pending = slices.Clone(h.f.data), nil
	return nil
}

func (h *memHandle) Stat() (fs.FileInfo, error) {
	h.d.mu.Lock()
	defer h.d.mu.Unlock()
	if err := h.d.call(); err != nil {
		return nil, err
	}
	return memInfo{h.f, int64(len(h.f.data))}, nil
}

func (h *memHandle) Close() error {
	h.d.mu.Lock()
	defer h.d.mu.Unlock()
	if h.spool {
		return nil
	}
	return h.d.call()
}

type memInfo struct {
	f    *memFile
	size int64
}

func (i memInfo) Name() string       { return "memory" }
func (i memInfo) Size() int64        { return i.size }
func (i memInfo) Mode() fs.FileMode  { return 0o600 }
func (i memInfo) ModTime() time.Time { return time.Time{} }
func (i memInfo) IsDir() bool        { return false }
func (i memInfo) Sys() any           { return nil }

// put makes data a file.
func (d *memDisk) put(name string, data []byte) {
	f := &memFile{data: slices.Clone(data), synced: slices.Clone(data)}
	d.files[name], d.safe[name] = f, f
}

// A lab is a place for one archive in memory; only its lock is a real file.
type lab struct {
	testing.TB
	*memDisk
	path  string
	o     Options
	acked []ack // in order
	now   time.Time
}

// An ack is a record that Put has returned, and where the file ended then.
type ack struct {
	rec  Record
	body string
	end  int64
}

func newLab(t testing.TB) *lab {
	l := &lab{TB: t, memDisk: newMemDisk(), path: filepath.Join(t.TempDir(), "a.tar.zst"), now: time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC)}
	l.o = Options{Now: func() time.Time { l.now = l.now.Add(7 * time.Millisecond); return l.now }, target: 2 << 10, large: 4 << 10}
	return l
}

// fork is a lab of its own with the same history.
func (l *lab) fork() *lab {
	c := *l
	c.memDisk = newMemDisk()
	c.acked = slices.Clip(l.acked)
	c.o.Now = func() time.Time { c.now = c.now.Add(7 * time.Millisecond); return c.now }
	return &c
}

// run puts bodies, "id=body", in one run; what fails ends it.
func (l *lab) run(puts ...string) error {
	w, err := appendTo(l.memDisk, l.path, l.o)
	if err != nil {
		return err
	}
	return putAll(w, puts, l.putOne)
}

// putAll is one run: it puts each with put until one fails, and closes w.
func putAll(w *Writer, puts []string, put func(*Writer, string) error) error {
	var err error
	for _, p := range puts {
		if err = put(w, p); err != nil {
			break
		}
	}
	if err2 := w.Close(); err == nil {
		err = err2
	}
	return err
}

func (l *lab) putOne(w *Writer, p string) error {
	id, body, _ := strings.Cut(p, "=")
	rec, err := w.PutReader(Meta{Kind: KindConversation, ID: id, URL: "https://chat.example/c/" + id, Status: 200,
		Headers: map[string]string{"content-type": "application/json"}}, strings.NewReader(body))
	if err != nil {
		return err
	}
	l.acked = append(l.acked, ack{rec, body, w.end})
	return nil
}

func (l *lab) must(err error) {
	l.Helper()
	if err != nil {
		l.Fatal(err)
	}
}

// data is the file as it stands.
func (l *lab) data() []byte { return l.files[l.path].data }

// check opens the archive and holds it against the acks: all of the first
// need must be there, no body may be wrong, and what is there comes in order.
func (l *lab) check(need int) *Reader {
	l.Helper()
	r, err := openReader(l.memDisk, l.path)
	if err != nil {
		if need > 0 {
			l.Fatal(err)
		}
		return nil
	}
	l.checkReader(r, need)
	return r
}

func (l *lab) checkReader(r *Reader, need int) {
	l.Helper()
	want := make(map[string]int)
	for i, a := range l.acked {
		want[a.rec.Path] = i
	}
	found, seq := 0, int64(0)
	for _, rec := range r.Records() {
		if rec.Seq <= seq {
			l.Fatalf("%s: seq %d after %d", rec.Path, rec.Seq, seq)
		}
		seq = rec.Seq
		i, ok := want[rec.Path]
		if !ok {
			continue // a manifest, or stored though its Put never returned
		}
		body, err := r.Read(rec)
		if err != nil {
			l.Fatalf("%s: %v", rec.Path, err)
		}
		if a := l.acked[i]; string(body) != a.body || !reflect.DeepEqual(rec.Meta, a.rec.Meta) {
			l.Fatalf("%s: not as it was put:\n%+v\n%+v", rec.Path, rec, a.rec)
		}
		if i < need {
			found++
		}
	}
	if found != need {
		l.Fatalf("%d of %d acknowledged records are lost", need-found, need)
	}
}

// whole verifies that the archive is perfectly in order.
func (l *lab) whole() {
	l.Helper()
	rep, err := verify(l.memDisk, l.path, Deep)
	if err != nil || rep.Torn != nil || len(rep.Problems) > 0 {
		l.Fatalf("%+v %v %v", rep.Problems, rep.Torn, err)
	}
}
