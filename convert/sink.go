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

// An Outcome says what became of a document.
type Outcome int

// The outcomes.
const (
	Unchanged Outcome = iota // it was there already, byte for byte
	Written                  // new or changed
	Kept                     // what is there was edited by somebody else and stays
	Replaced                 // written; what somebody edited has another name now, or is gone as asked for
)

// A Sink takes finished documents. Put is called from one goroutine, Stream
// from many.
type Sink interface {
	Folder() bool // documents have names of their own
	// Put writes a document whole or not at all and reports what came of it.
	// name has slashes and was made by this package. owner is the conversation
	// that the document shows, "" for what all share.
	Put(name, owner string, body []byte) (Outcome, error)
	// Stream is Put for files that are large and whose name tells their
	// content: one that is there already is left alone. Only folders can.
	Stream(name string, from io.Reader) error
	// Close finishes; an aborted run closes with keep false.
	Close(keep bool) error
}

func cannotWrite(where string, err error) error {
	return source.Fail(source.ExitFailed, "choose another place with -o, or make room and run again: finished documents are kept", "cannot write to %s: %w", where, err)
}

// A single is a Sink that puts all documents into one file, one after another.
type single struct {
	path  string
	file  *os.File // nil for a writer that somebody else opened
	takes bool     // file is path itself, a pipe or a device, and else is to become it
	w     *bufio.Writer
	only  bool // the format allows but one document a file
	docs  int
	sized int64
}

// OpenFile writes to path, which appears when the run is done. only says that
// a second document does not fit, as with HTML.
func OpenFile(path string, only bool) (Sink, error) {
	at, takes, err := source.Place(path)
	if err != nil {
		return nil, cannotWrite(path, err)
	}
	var f *os.File
	if takes {
		f, err = os.OpenFile(path, os.O_WRONLY, 0)
	} else {
		f, err = os.CreateTemp(filepath.Dir(at), ".gptsnap-*.part")
	}
	if err != nil {
		return nil, cannotWrite(path, err)
	}
	return &single{path: at, file: f, takes: takes, w: bufio.NewWriterSize(f, 1<<16), only: only}, nil
}

// fileAt is where a file named path appears, for formats that cannot be written
// to a pipe or a device.
func fileAt(path string) (string, error) {
	at, takes, err := source.Place(path)
	if err == nil && takes {
		err = errors.New("neither a file nor a folder")
	}
	return at, err
}

// ToWriter writes everything to w as it comes.
func ToWriter(w io.Writer, only bool) Sink {
	return &single{w: bufio.NewWriterSize(w, 1<<16), only: only}
}

func (s *single) Folder() bool { return false }

func (s *single) Put(name, _ string, body []byte) (Outcome, error) {
	if s.docs++; s.only && s.docs > 1 {
		return 0, source.Fail(source.ExitUsage, "name a folder with -o, or one conversation", "%s pages do not fit into one file, and there are several conversations", path.Ext(name))
	}
	if s.docs > 1 && path.Ext(name) != ".jsonl" {
		if _, err := s.w.WriteString("\n\n"); err != nil {
			return 0, cannotWrite(s.name(), err)
		}
	}
	n, err := s.w.Write(body)
	s.sized += int64(n)
	if err != nil {
		return 0, cannotWrite(s.name(), err)
	}
	return Written, nil
}

func (s *single) name() string {
	if s.file == nil {
		return "standard output"
	}
	return s.path
}

func (s *single) Stream(string, io.Reader) error { return errors.ErrUnsupported }

func (s *single) Close(keep bool) error {
	err := s.w.Flush()
	switch {
	case s.takes:
		err = errors.Join(err, s.file.Close())
	case s.file != nil:
		err = s.appear(keep, err)
	}
	if err != nil {
		return cannotWrite(s.name(), err)
	}
	return nil
}

// appear lets a file that was written without error take its name.
func (s *single) appear(keep bool, err error) error {
	tmp := s.file.Name()
	defer os.Remove(tmp) // harmless after the rename
	err = errors.Join(err, s.file.Chmod(0o644), s.file.Close())
	if !keep {
		return nil // the caller has an error of its own to tell
	}
	if err == nil && !sameFiles(s.path, tmp) {
		err = os.Rename(tmp, s.path)
	}
	return err
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
	return sameBytes(x, y)
}

// sameBytes compares what two readers give, as far as they can be read.
func sameBytes(x, y io.Reader) bool {
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
