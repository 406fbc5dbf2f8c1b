package convert

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"gptsnap/formats/source"
)

// A Sink takes finished documents. Put is called from one goroutine, Stream
// from many.
type Sink interface {
	Folder() bool // documents have names of their own
	// Put writes a document whole or not at all and reports whether that
	// changed anything. name has slashes and was made by this package.
	Put(name string, body []byte) (changed bool, err error)
	// Stream is Put for files that are large and whose name tells their
	// content: one that is there already is left alone. Only folders can.
	Stream(name string, from io.Reader) error
	// Close finishes; an aborted run closes with keep false.
	Close(keep bool) error
}

// A folder is a Sink that never leaves its root, whatever names or links say.
type folder struct{ root *os.Root }

// OpenFolder makes dir if needed and writes into it.
func OpenFolder(dir string) (Sink, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, cannotWrite(dir, err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, cannotWrite(dir, err)
	}
	return &folder{root}, nil
}

func cannotWrite(where string, err error) error {
	return source.Fail(source.ExitFailed, "choose another place with -o, or make room and run again: finished documents are kept", "cannot write to %s: %w", where, err)
}

func (f *folder) Folder() bool { return true }

func (f *folder) Put(name string, body []byte) (bool, error) {
	name = filepath.FromSlash(name)
	if same(f.root, name, body) {
		return false, nil
	}
	return true, f.write(name, bytes.NewReader(body))
}

func (f *folder) Stream(name string, from io.Reader) error {
	name = filepath.FromSlash(name)
	if st, err := f.root.Stat(name); err == nil && st.Mode().IsRegular() {
		return nil
	}
	return f.write(name, from)
}

// same reports whether the file holds body already. Most files that changed
// have changed their size, so few are read in vain.
func same(root *os.Root, name string, body []byte) bool {
	st, err := root.Stat(name)
	if err != nil || !st.Mode().IsRegular() || st.Size() != int64(len(body)) {
		return false
	}
	old, err := root.ReadFile(name)
	return err == nil && bytes.Equal(old, body)
}

// write goes by a temporary name in the same folder, so that a reader, a
// crash or a full disk never sees half a file.
func (f *folder) write(name string, from io.Reader) (err error) {
	dir := filepath.Dir(name)
	if dir != "." {
		if err := f.root.MkdirAll(dir, 0o777); err != nil {
			return cannotWrite(filepath.Join(f.root.Name(), dir), err)
		}
	}
	tmp := filepath.Join(dir, ".gptsnap-"+filepath.Base(name)+".part")
	defer func() {
		if err != nil {
			_ = f.root.Remove(tmp) // the error that counts is the first one
			err = cannotWrite(filepath.Join(f.root.Name(), name), err)
		}
	}()
	w, err := f.root.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return err
	}
	if _, err = io.Copy(w, from); err != nil {
		return errors.Join(err, w.Close())
	}
	if err = w.Close(); err != nil {
		return err
	}
	return f.root.Rename(tmp, name)
}

func (f *folder) Close(bool) error { return f.root.Close() }

// A single is a Sink that puts all documents into one file, one after another.
type single struct {
	path  string
	tmp   *os.File
	w     *bufio.Writer
	only  bool // the format allows but one document a file
	docs  int
	sized int64
}

// OpenFile writes to path, which appears when the run is done. only says that
// a second document does not fit, as with HTML.
func OpenFile(path string, only bool) (Sink, error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".gptsnap-*.part")
	if err != nil {
		return nil, cannotWrite(path, err)
	}
	return &single{path: path, tmp: tmp, w: bufio.NewWriterSize(tmp, 1<<16), only: only}, nil
}

// ToWriter writes everything to w as it comes.
func ToWriter(w io.Writer, only bool) Sink {
	return &single{w: bufio.NewWriterSize(w, 1<<16), only: only}
}

func (s *single) Folder() bool { return false }

func (s *single) Put(name string, body []byte) (bool, error) {
	if s.docs++; s.only && s.docs > 1 {
		return false, source.Fail(source.ExitUsage, "name a folder with -o, or one conversation", "%s pages do not fit into one file, and there are several conversations", path.Ext(name))
	}
	if s.docs > 1 && path.Ext(name) != ".jsonl" {
		if _, err := s.w.WriteString("\n\n"); err != nil {
			return false, cannotWrite(s.name(), err)
		}
	}
	n, err := s.w.Write(body)
	s.sized += int64(n)
	if err != nil {
		return false, cannotWrite(s.name(), err)
	}
	return true, nil
}

func (s *single) name() string {
	if s.tmp == nil {
		return "standard output"
	}
	return s.path
}

func (s *single) Stream(string, io.Reader) error { return errors.ErrUnsupported }

func (s *single) Close(keep bool) error {
	err := s.w.Flush()
	if s.tmp == nil {
		if err != nil {
			return cannotWrite(s.name(), err)
		}
		return nil
	}
	defer os.Remove(s.tmp.Name()) // harmless after the rename
	err = errors.Join(err, s.tmp.Chmod(0o644), s.tmp.Close())
	if !keep {
		return nil // the caller has an error of its own to tell
	}
	if err == nil && !sameFiles(s.path, s.tmp.Name()) {
		err = os.Rename(s.tmp.Name(), s.path)
	}
	if err != nil {
		return cannotWrite(s.path, err)
	}
	return nil
}

// sameFiles compares two files without holding either in memory.
func sameFiles(a, b string) bool {
	x, errX := os.Open(a)
	if errX != nil {
		return false
	}
	defer x.Close()
	y, errY := os.Open(b)
	if errY != nil {
		return false
	}
	defer y.Close()
	if sx, sy := sizeOf(x), sizeOf(y); sx < 0 || sx != sy {
		return false
	}
	p, q := make([]byte, 1<<16), make([]byte, 1<<16)
	for {
		n, errX := io.ReadFull(x, p)
		m, errY := io.ReadFull(y, q)
		if n != m || !bytes.Equal(p[:n], q[:m]) {
			return false
		}
		if errX != nil || errY != nil {
			return errX == errY || n == 0
		}
	}
}

func sizeOf(f *os.File) int64 {
	st, err := f.Stat()
	if err != nil || st.Mode()&fs.ModeType != 0 {
		return -1
	}
	return st.Size()
}
