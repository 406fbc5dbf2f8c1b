package convert

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// A folder is a Sink that never leaves its root, whatever names or links say,
// and never loses what somebody wrote into it: what it wrote itself it knows
// from a list that lies in the folder (manifest.go); all else is somebody's.
type folder struct {
	root *os.Root // nil in a dry run into a folder that is not there yet
	dir  string
	o    FolderOptions
	list *manifest

	made  bool // by this run
	fresh int  // documents written
}

// FolderOptions say how a folder treats what is there already.
type FolderOptions struct {
	// Conflict says what happens to a file that somebody else wrote or edited:
	// keep (also ""), overwrite, or rename, which gives it another name.
	Conflict string
	Dry      bool                    // write nothing
	Tell     func(what, name string) // is told of every change; may be nil
}

// OpenFolder makes dir if needed and writes into it.
func OpenFolder(dir string, o FolderOptions) (Sink, error) {
	if o.Tell == nil {
		o.Tell = func(string, string) {}
	}
	f := &folder{dir: dir, o: o, list: newManifest()}
	if !o.Dry {
		_, err := os.Stat(dir)
		f.made = errors.Is(err, fs.ErrNotExist)
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return nil, cannotWrite(dir, err)
		}
	}
	root, err := os.OpenRoot(dir)
	if o.Dry && errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	if err != nil {
		return nil, cannotWrite(dir, err)
	}
	f.root = root
	list, err := root.Open(manifestName)
	if err == nil {
		err = errors.Join(f.list.read(list), list.Close())
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Join(cannotWrite(filepath.Join(dir, manifestName), err), root.Close())
	}
	return f, nil
}

func (f *folder) Folder() bool { return true }

func (f *folder) Put(name, owner string, body []byte) (Outcome, error) {
	sum := sha256.Sum256(body)
	now := written{SHA256: hex.EncodeToString(sum[:]), Of: owner}
	there, exists, err := f.sumOf(name)
	if err != nil {
		return 0, cannotWrite(filepath.Join(f.dir, name), err)
	}
	last, ours := f.list.file(name)
	foreign := exists && there != now.SHA256 && (!ours || last.SHA256 != there)
	out := Written
	switch {
	case exists && there == now.SHA256:
		f.list.put(name, now)
		return Unchanged, nil
	case foreign && (f.o.Conflict == "" || f.o.Conflict == "keep"), foreign && f.o.Conflict == "rename" && ours && last.SHA256 == now.SHA256:
		f.list.keep(name, owner) // with rename: there is nothing new to say
		f.o.Tell("kept", name)
		return Kept, nil
	case foreign && f.o.Conflict == "rename":
		to, err := f.aside(name)
		if err != nil {
			return 0, cannotWrite(filepath.Join(f.dir, name), err)
		}
		f.o.Tell("renamed", name+" to "+path.Base(to))
		out = Replaced
	case foreign:
		out = Replaced
	}
	what := "new"
	if exists && !(foreign && f.o.Conflict == "rename") {
		what = "changed"
	}
	f.o.Tell(what, name)
	if err := f.write(filepath.FromSlash(name), bytes.NewReader(body)); err != nil {
		return 0, err
	}
	f.list.put(name, now)
	if f.fresh++; f.fresh >= max(checkpoint, f.list.len()/4) {
		f.fresh = 0
		return out, f.save()
	}
	return out, nil
}

// checkpoint is after how many documents at least the list is written, so that
// a run that is killed leaves few files that nobody can tell from edited ones.
// A long list is written more rarely: all its writings together stay linear.
const checkpoint = 500

// aside gives a file that somebody edited a name of its own.
func (f *folder) aside(name string) (string, error) {
	ext := path.Ext(name)
	for k := 1; ; k++ {
		suffix := " (edited)"
		if k > 1 {
			suffix = fmt.Sprintf(" (edited %d)", k)
		}
		to := name[:len(name)-len(ext)] + suffix + ext
		if _, err := f.root.Lstat(filepath.FromSlash(to)); err == nil {
			continue
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		if f.o.Dry {
			return to, nil
		}
		return to, f.root.Rename(filepath.FromSlash(name), filepath.FromSlash(to))
	}
}

// sumOf is the SHA-256 of what a file holds now.
func (f *folder) sumOf(name string) (sum string, exists bool, err error) {
	if f.root == nil {
		return "", false, nil
	}
	st, err := f.root.Lstat(filepath.FromSlash(name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", false, nil
	case err == nil && !st.Mode().IsRegular():
		return "", true, nil // a link or a folder: not what we write
	}
	r, err := f.root.Open(filepath.FromSlash(name))
	if errors.Is(err, fs.ErrNotExist) {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	defer r.Close()
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return "", false, err
	}
	return hex.EncodeToString(h.Sum(nil)), true, nil
}

func (f *folder) Stream(name string, from io.Reader) error {
	name = filepath.FromSlash(name)
	if f.o.Dry {
		return nil
	}
	if st, err := f.root.Stat(name); err == nil && st.Mode().IsRegular() {
		return nil
	}
	return f.write(name, from)
}

// write goes by a temporary name in the same folder, so that a reader, a
// crash or a full disk never sees half a file.
func (f *folder) write(name string, from io.Reader) (err error) {
	if f.o.Dry {
		return nil
	}
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

// Close also takes away what conversations were called before they got the
// names that they have now, if that is ours and nobody edited it. An aborted
// run takes nothing away.
func (f *folder) Close(keep bool) (err error) {
	if f.root == nil {
		return nil
	}
	defer func() {
		err = errors.Join(err, f.root.Close())
		if f.made && !keep {
			_ = os.Remove(f.dir) // goes only if it is empty
		}
	}()
	if keep {
		for _, name := range f.list.outdated() {
			there, exists, err := f.sumOf(name)
			if last, _ := f.list.file(name); err != nil || !exists || there != last.SHA256 {
				f.list.forget(name) // somebody's now, or gone
				continue
			}
			f.o.Tell("removed", name)
			if f.o.Dry {
				continue
			}
			if err := f.root.Remove(filepath.FromSlash(name)); err != nil {
				return cannotWrite(filepath.Join(f.dir, name), err)
			}
			_ = f.root.Remove(filepath.FromSlash(path.Dir(name))) // goes only if it is empty
			f.list.forget(name)
		}
	}
	return f.save()
}

// save writes the list, if it changed.
func (f *folder) save() error {
	if f.o.Dry || f.list.len() == 0 {
		return nil
	}
	if old, err := f.root.Open(manifestName); err == nil {
		now := f.list.stream()
		same := sameBytes(old, now)
		old.Close()
		now.Close()
		if same {
			return nil
		}
	}
	now := f.list.stream()
	defer now.Close()
	return f.write(manifestName, now)
}
