package archive

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"runtime"
	"syscall"
)

// A file is all that this package asks of an open file. Every byte that is
// read or written goes through it, so that tests can make any call fail.
type file interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Stat() (fs.FileInfo, error)
	Truncate(size int64) error
	Sync() error
}

// A disk is all that this package asks of a file system beside the lock.
type disk interface {
	open(name string, flag int) (file, error)
	stat(name string) (fs.FileInfo, error)
	rename(from, to string) error
	remove(name string) error
	list(dir string) ([]string, error)
	same(a, b fs.FileInfo) bool // of one file, as [os.SameFile]
	syncDir(name string) error  // makes creations and renames in it durable
	mkdir(name string) error    // unless it is there
}

type osDisk struct{}

func (osDisk) open(name string, flag int) (file, error) {
	f, err := os.OpenFile(name, flag, 0o600) // an account's history is nobody else's
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (osDisk) stat(name string) (fs.FileInfo, error) { return os.Stat(name) }
func (osDisk) rename(from, to string) error          { return os.Rename(from, to) }
func (osDisk) same(a, b fs.FileInfo) bool            { return os.SameFile(a, b) }
func (osDisk) mkdir(name string) error               { return os.MkdirAll(name, 0o700) }
func (osDisk) remove(name string) error              { return os.Remove(name) }

func (osDisk) list(dir string) (names []string, err error) {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, err
}

func (osDisk) syncDir(name string) error {
	if runtime.GOOS == "windows" {
		return nil // folders cannot be synced there, and need not be
	}
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return nil
}
