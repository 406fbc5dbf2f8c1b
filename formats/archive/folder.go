package archive

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gptsnap/formats/archive/crypt"
)

const (
	folderFile    = "segments.json"
	folderFormat  = "gptsnap archive in segments"
	segmentSize   = 256 << 20
	compactMark   = ".compact.part"
	stagingMark   = ".part"
	firstMark     = ".new.part"
	tornMark      = ".torn-"
	mostListings  = 20 // of a folder that changes while it is looked at
	folderFileMax = 1 << 20
)

// A folderHead is what segments.json says of a folder.
type folderHead struct {
	V          int      `json:"v"`      // 1
	Format     string   `json:"format"` // folderFormat
	Size       int64    `json:"segment_size"`
	First      int      `json:"first"`                // segments with a lower number do not count any more
	Limit      int      `json:"limit,omitempty"`      // nor do those from this number on, until a compaction is done
	Recipients []string `json:"recipients,omitempty"` // none: nothing is encrypted
}

// A folder is a disk on which an archive that is a folder looks like one file:
// its segments one after the other. Everything else in this package goes on as
// if it were; only a [volume] knows where one segment ends. Other files are
// passed on to the disk below, encrypted if the archive is.
//
// Compaction needs a second archive beside the first, under one more name: it
// is made of the segments with higher numbers, which do not count until
// segments.json says so.
type folder struct {
	disk
	root string
	head *folderHead // what to make the folder with, then what it says
	lock *crypt.Lock // nil: nothing is encrypted
	key  *crypt.Key  // to read with; the same
	pass []byte      // content of key.age for a new folder
	mem  map[string]*first

	shelf *shelf // of full segments
}

// A view is one of the archives that a folder knows by name.
type folderView struct {
	dir    string
	shadow bool // the one that a compaction makes
}

func (f *folder) view(name string) (folderView, bool) {
	switch name {
	case f.root:
		return folderView{f.root, false}, true
	case f.root + compactMark:
		return folderView{f.root, true}, true
	case f.root + stagingMark:
		return folderView{f.root + stagingMark, false}, true
	}
	return folderView{}, false
}

// bounds are the numbers of the segments that count in a view.
func (f *folder) bounds(v folderView) (first, limit int) {
	switch {
	case f.head == nil:
		return 0, 0
	case v.shadow:
		return f.head.Limit, 0
	case v.dir != f.root:
		return 1, 0
	}
	return f.head.First, f.head.Limit
}

// listing is what counts in a view. A folder that is being written to is
// looked at until it stands still for a moment.
func (f *folder) listing(v folderView) (cover, error) {
	first, limit := f.bounds(v)
	names, err := f.disk.list(v.dir)
	if err != nil {
		return cover{}, err
	}
	var all []segFile
	for _, name := range names {
		if s, ok := parseSegName(name); ok {
			all = append(all, s)
		}
	}
	c := coverOf(all, first, limit)
	c.foreign(names)
	return c, nil
}

// foreign notes what else is in the folder; what systems leave behind is no
// matter.
func (c *cover) foreign(names []string) {
	for _, name := range names {
		_, ours := parseSegName(name)
		switch lower := strings.ToLower(name); {
		case ours, name == folderFile, name == crypt.KeyFile, name == lockName+".lock":
		case strings.HasSuffix(name, stagingMark):
			s, ok := parseStaged(name)
			if ok && s.number == c.next && s.from == 0 {
				c.staged = append(c.staged, name)
			} else if ok || name == folderFile+stagingMark || name == crypt.KeyFile+stagingMark {
				c.spare = append(c.spare, name) // what a killed writer left
			} else {
				c.strangers = append(c.strangers, name)
			}
		case strings.HasPrefix(name, "."), lower == "desktop.ini", lower == "thumbs.db":
		default:
			c.strangers = append(c.strangers, name)
		}
	}
}

// A sequence writes a file from its beginning on.
type sequence struct {
	f  file
	at int64
}

func (s *sequence) Write(b []byte) (int, error) {
	n, err := s.f.WriteAt(b, s.at)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	s.at += int64(n)
	return n, err
}

func (f *folder) open(name string, flag int) (file, error) {
	if v, ok := f.view(name); ok {
		return f.openVolume(v, flag&os.O_RDWR != 0)
	}
	if strings.HasSuffix(name, firstMark) {
		m := &first{}
		f.mem[name] = m
		return m, nil
	}
	if f.lock == nil {
		return f.disk.open(name, flag)
	}
	if strings.Contains(filepath.Base(name), tornMark) {
		return f.sealed(name+".age", flag)
	}
	return f.scrambled(name, flag)
}

func (f *folder) stat(name string) (fs.FileInfo, error) {
	v, ok := f.view(name)
	if !ok {
		return f.disk.stat(name)
	}
	c, err := f.listing(v)
	if err != nil {
		return nil, err
	}
	if len(c.files) == 0 && len(c.faults) == 0 {
		return nil, &os.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
	}
	return f.infoOf(v.dir, c.files, 0)
}

// infoOf is what can be said of a volume: which files it is made of, and how
// long the one that grows is.
func (f *folder) infoOf(dir string, files []segFile, size int64) (folderInfo, error) {
	info := folderInfo{size: size}
	for _, s := range files {
		info.names = append(info.names, s.name)
	}
	if n := len(files); n > 0 && files[n-1].state == segPlain {
		var err error
		if info.last, err = f.disk.stat(filepath.Join(dir, files[n-1].name)); err != nil {
			return info, err
		}
	}
	return info, nil
}

type folderInfo struct {
	size  int64
	names []string
	last  fs.FileInfo
}

func (i folderInfo) Name() string       { return "segments" }
func (i folderInfo) Size() int64        { return i.size }
func (i folderInfo) Mode() fs.FileMode  { return 0o600 }
func (i folderInfo) ModTime() time.Time { return time.Time{} }
func (i folderInfo) IsDir() bool        { return false }
func (i folderInfo) Sys() any           { return nil }

func (f *folder) same(a, b fs.FileInfo) bool {
	x, ok := a.(folderInfo)
	y, ok2 := b.(folderInfo)
	if !ok || !ok2 {
		return f.disk.same(a, b)
	}
	if strings.Join(x.names, "/") != strings.Join(y.names, "/") {
		return false
	}
	return x.last == nil || y.last == nil || x.last.Size() == y.last.Size() && f.disk.same(x.last, y.last)
}

func (f *folder) rename(from, to string) error {
	if m := f.mem[from]; m != nil {
		v, ok := f.view(to)
		if !ok {
			return fmt.Errorf("%s cannot be a segment", to)
		}
		delete(f.mem, from)
		return f.begin(v, m.data)
	}
	v, ok := f.view(from)
	switch {
	case !ok:
		return f.disk.rename(from, to)
	case v.shadow && to == f.root:
		return f.take()
	}
	return f.disk.rename(v.dir, to)
}

func (f *folder) remove(name string) error {
	if f.mem[name] != nil {
		delete(f.mem, name)
		return nil
	}
	v, ok := f.view(name)
	switch {
	case !ok:
		return f.disk.remove(name)
	case !v.shadow && v.dir == f.root:
		return errors.New("an archive is not removed")
	case !v.shadow:
		if _, err := f.disk.list(v.dir); err != nil {
			return nil
		}
		if err := f.wipe(v); err != nil {
			return err
		}
		return f.disk.remove(v.dir)
	}
	return f.dropShadow()
}

// A first is the beginning of an archive before it has a name.
type first struct{ data []byte }

func (m *first) ReadAt(p []byte, off int64) (int, error) {
	return bytes.NewReader(m.data).ReadAt(p, off)
}

func (m *first) WriteAt(p []byte, off int64) (int, error) {
	m.data = append(m.data[:off:off], p...)
	return len(p), nil
}
func (m *first) Close() error               { return nil }
func (m *first) Sync() error                { return nil }
func (m *first) Truncate(size int64) error  { m.data = m.data[:size]; return nil }
func (m *first) Stat() (fs.FileInfo, error) { return folderInfo{size: int64(len(m.data))}, nil }

func newUUID() (uuid [16]byte) {
	rand.Read(uuid[:])
	uuid[6], uuid[8] = uuid[6]&0x0f|0x40, uuid[8]&0x3f|0x80
	return uuid
}
