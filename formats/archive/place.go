package archive

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"gptsnap/formats/archive/crypt"
)

// Keys are what a program was given to open encrypted archives with.
type Keys = crypt.Keys

// A KeyError says that an encrypted archive needs a key, or another one.
type KeyError = crypt.KeyError

const lockName = "archive" // of the lock file in a folder, without its ending

// Shape says how a new archive is to be stored. The zero value is one plain
// file, or plain segments of 256 MiB if its path is that of a folder.
type Shape struct {
	SegmentSize int64    // bytes after which a new segment begins; 0 means 256 MiB
	Recipients  []string // age1..., or @FILE with such lines: who can read it; none for a plain archive
	Passphrase  bool     // encrypt to a new key, which the passphrase of Keys opens
}

func (s *Shape) encrypted() bool { return len(s.Recipients) > 0 || s.Passphrase }

// IsFolder reports whether path is a folder that holds an archive in segments.
func IsFolder(path string) bool {
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		return false
	}
	return hasSegments(osDisk{}, path)
}

func hasSegments(d disk, dir string) bool {
	names, err := d.list(dir)
	for _, name := range names {
		if _, ok := parseSegName(name); ok {
			return true
		}
		if name == folderFile {
			h, err := readHead(d, dir)
			return err != nil && !errors.Is(err, fs.ErrNotExist) || h != nil
		}
	}
	return err != nil
}

// isFolderPath reports whether what stands at path, or is to stand there, is
// a folder: one that is to be created ends in a slash.
func isFolderPath(path string) bool {
	info, err := os.Stat(path)
	if err != nil {
		return path != "" && os.IsPathSeparator(path[len(path)-1])
	}
	return info.IsDir()
}

// locate is the disk on which the archive at path can be read, and its name
// there.
func locate(path string, keys *Keys) (disk, string, error) {
	if !isFolderPath(path) {
		return osDisk{}, path, nil
	}
	path = realPath(path)
	f, err := openFolder(osDisk{}, path, keys)
	if err != nil {
		return nil, "", err
	}
	return f, path, nil
}

// openFolder is the disk for the archive in the folder root.
func openFolder(d disk, root string, keys *Keys) (*folder, error) {
	names, err := d.list(root)
	if err != nil {
		return nil, bare(err)
	}
	f := &folder{disk: d, root: root, mem: map[string]*first{}, shelf: &shelf{most: mostOpen}}
	if f.head, err = readHead(d, root); err != nil {
		return nil, err
	}
	encrypted, any := f.head != nil && len(f.head.Recipients) > 0, f.head != nil
	for _, name := range names {
		if s, ok := parseSegName(name); ok {
			any = true
			if f.head == nil && s.state != segPlain {
				return nil, &DamageError{-1, folderFile + " is missing, which names those whom the archive is encrypted to"}
			}
		}
	}
	if !any {
		return nil, fmt.Errorf("%w: a folder without segments", ErrNotArchive)
	}
	if !encrypted {
		return f, nil
	}
	if f.lock, err = crypt.NewLock(f.head.Recipients); err != nil {
		return nil, &DamageError{-1, folderFile + ": " + err.Error()}
	}
	keyFile, err := readWhole(d, filepath.Join(root, crypt.KeyFile), folderFileMax)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, bare(err)
	}
	f.key, err = keys.Key(keyFile)
	return f, err
}

// newFolder is the disk for an archive that is to be created in the folder
// root.
func newFolder(d disk, root string, o Options) (*folder, error) {
	f := &folder{disk: d, root: root, mem: map[string]*first{}, shelf: &shelf{most: mostOpen}}
	h := folderHead{V: 1, Format: folderFormat, Size: segmentSize, First: 1}
	if o.Shape.SegmentSize > 0 {
		h.Size = o.Shape.SegmentSize
	}
	var err error
	switch {
	case o.Shape.Passphrase && len(o.Shape.Recipients) > 0:
		return nil, errors.New("an archive has recipients or a passphrase, not both: give the recipients only, and keep an identity of your own in a file with a passphrase")
	case o.Shape.Passphrase:
		if f.lock, f.key, f.pass, err = o.Keys.New(); err != nil {
			return nil, err
		}
	case len(o.Shape.Recipients) > 0:
		if f.lock, err = crypt.NewLock(o.Shape.Recipients); err != nil {
			return nil, err
		}
		if f.key, err = o.Keys.Key(nil); err != nil {
			return nil, err
		}
	}
	if f.lock != nil {
		h.Recipients = f.lock.Names()
		if err := f.lock.Fits(f.key); err != nil {
			return nil, err
		}
	}
	f.head = &h
	return f, nil
}

// locateNew is the disk on which an archive can be added to, or created.
func locateNew(path string, o Options) (disk, string, error) {
	if !isFolderPath(path) {
		if o.Shape.encrypted() {
			if _, err := os.Stat(path); err != nil {
				return nil, "", &ShapeError{"an encrypted archive is a folder: give its path with a slash at its end, " + path + "/"}
			}
			return nil, "", errShapeFixed
		}
		return osDisk{}, path, nil
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, "", bare(err)
	}
	path = realPath(path)
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, "", bare(err)
	}
	if hasSegments(osDisk{}, path) {
		f, err := openFolder(osDisk{}, path, o.Keys)
		if err != nil {
			return nil, "", err
		}
		c, err := f.listing(folderView{f.root, false})
		if err != nil {
			return nil, "", bare(err)
		}
		if len(c.files) > 0 || len(c.faults) > 0 {
			if o.Shape.encrypted() && !sameLock(f.lock, o.Shape.Recipients) {
				err = errShapeFixed
			}
			return f, path, err
		}
	} else {
		for _, e := range entries {
			if name := e.Name(); name != lockName+".lock" && name != crypt.KeyFile && !strings.HasSuffix(name, stagingMark) && !strings.HasPrefix(name, ".") {
				return nil, "", fmt.Errorf("%w: a folder with other things in it, %q first; an archive in segments needs one of its own", ErrNotArchive, name)
			}
		}
	}
	f, err := newFolder(osDisk{}, path, o)
	return f, path, err
}

// sameLock reports whether an archive is encrypted to these recipients.
func sameLock(l *crypt.Lock, recipients []string) bool {
	other, err := crypt.NewLock(recipients)
	return err == nil && l != nil && strings.Join(other.Names(), " ") == strings.Join(l.Names(), " ")
}

// A ShapeError says that an archive cannot be stored as it is asked for.
type ShapeError struct{ What string }

func (e *ShapeError) Error() string { return e.What }

var errShapeFixed = &ShapeError{"who can read an archive is decided when it is made: make another from it with gptsnap compact -o"}

// anyKeys is the one value of a parameter that may be left out.
func anyKeys(keys []*Keys) *Keys {
	if len(keys) == 0 {
		return nil
	}
	return keys[0]
}

// lockPath is what the lock of an archive is named after: for a folder a file
// in it, so that the folder can be moved, and its parent be read-only.
func lockPath(d disk, path string) string {
	if f, ok := d.(*folder); ok {
		return filepath.Join(f.root, lockName)
	}
	return path
}

// realPath is the one name of a folder.
func realPath(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return filepath.Clean(path)
}

// locateCopy is the disk on which an archive is made anew from the one on the
// disk src, and its name there, which must be free.
func locateCopy(src disk, path string, o Options, decrypt bool) (disk, string, error) {
	from, _ := src.(*folder)
	locked := from != nil && from.lock != nil && !decrypt && !o.Shape.encrypted()
	slash := path != "" && os.IsPathSeparator(path[len(path)-1])
	switch {
	case slash:
	case o.Shape.encrypted() || locked:
		return nil, "", &ShapeError{"an encrypted archive is a folder: give its path with a slash at its end, " + path + "/, or --decrypt for a plain one"}
	default:
		return osDisk{}, path, nil
	}
	path = filepath.Clean(path)
	to, err := newFolder(osDisk{}, path, o)
	if err != nil {
		return nil, "", err
	}
	if o.Shape.SegmentSize == 0 && from != nil {
		to.head.Size = from.headOr().Size
	}
	if locked {
		to.lock, to.key, to.head.Recipients = from.lock, from.key, from.lock.Names()
		to.pass, err = readWhole(from.disk, filepath.Join(from.root, crypt.KeyFile), folderFileMax)
		if errors.Is(err, fs.ErrNotExist) {
			to.pass, err = nil, nil
		}
	}
	return to, path, err
}

// under is the disk on which files have their own names.
func under(d disk) disk {
	if f, ok := d.(*folder); ok {
		return f.disk
	}
	return d
}
