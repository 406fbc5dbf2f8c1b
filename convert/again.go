package convert

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// The same program, given the same input and the same options, writes the same
// bytes. So a run notes in the output folder what it was given and what came of
// it, and the next one that is given the same has only to see that all is as it
// was left: that is reading what lies there, a tenth of the work. Whatever
// is not certain to be the same is done anew.
//
// What a run was given is one SHA-256: of the program's own file, of the whole
// input, of every flag and argument, and of the offsets of the time zone. What
// it left is in the list of the folder (manifest.go), by hash; the files copied
// beside the documents, which are not on the list, are known by name and size.

// lastName is where an output folder keeps the note.
const lastName = ".gptsnap-last.json"

type lastRun struct {
	Gptsnap int    `json:"gptsnap"` // version of this note
	Given   string `json:"given"`
	Beside  string `json:"beside"`
	Report  Report `json:"report"`
}

// hashFile feeds a file to a hash.
func hashFile(h io.Writer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() {
		return errors.Join(err, errors.New("not a file"))
	}
	n, err := io.Copy(h, f)
	fmt.Fprintf(h, "\n%d\n", n)
	return err
}

// asLeft says what the last run into dir did if that run was given the same and
// all it left is there as it was.
func asLeft(dir, given string) (rep Report, ok bool) {
	if given == "" {
		return rep, false
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return rep, false
	}
	defer root.Close()
	var last lastRun
	raw, err := root.ReadFile(lastName)
	if err != nil || json.Unmarshal(raw, &last) != nil || last.Gptsnap != 1 || last.Given != given {
		return rep, false
	}
	list, err := root.Open(manifestName)
	if err != nil {
		return rep, false
	}
	defer list.Close()
	f := folder{root: root, list: newManifest()}
	if f.list.read(list) != nil || f.list.len() == 0 {
		return rep, false
	}
	for _, at := range f.list.sorted() {
		name, w := f.list.entry(at)
		if there, exists, err := f.sumOf(name); err != nil || !exists || there != w.SHA256 {
			return rep, false
		}
	}
	if beside, err := besideIn(root); err != nil || beside != last.Beside {
		return rep, false
	}
	last.Report.Unchanged = last.Report.Documents
	return last.Report, true
}

// besideIn is a hash of the names and sizes of what was copied into files/.
func besideIn(root *os.Root) (string, error) {
	sum := sha256.New()
	err := fs.WalkDir(root.FS(), "files", func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && path == "files" {
			return nil
		}
		if err != nil {
			return err
		}
		st, err := d.Info()
		if err != nil {
			return err
		}
		if !d.IsDir() {
			fmt.Fprintf(sum, "%q %v %d\n", path, st.Mode().IsRegular(), st.Size())
		}
		return nil
	})
	return hex.EncodeToString(sum.Sum(nil)), err
}

// forget takes the note away: a run that is broken off must leave none.
func forget(dir string) error {
	if err := os.Remove(filepath.Join(dir, lastName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return cannotWrite(filepath.Join(dir, lastName), err)
	}
	return nil
}

// note leaves the note of a run that went well.
func note(dir, given string, rep Report) error {
	if given == "" || rep.Skipped > 0 || len(rep.Kept) > 0 || rep.Replaced > 0 {
		return nil
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return cannotWrite(dir, err)
	}
	defer root.Close()
	beside, err := besideIn(root)
	if err != nil {
		return cannotWrite(filepath.Join(dir, "files"), err)
	}
	raw, err := json.Marshal(lastRun{Gptsnap: 1, Given: given, Beside: beside, Report: rep})
	if err == nil {
		err = root.WriteFile(lastName, append(raw, '\n'), 0o666)
	}
	if err != nil {
		return cannotWrite(filepath.Join(dir, lastName), err)
	}
	return nil
}
