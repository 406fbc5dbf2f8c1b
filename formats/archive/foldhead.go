package archive

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// readHead reads segments.json; a folder whose first segment has just been put
// there by hand has none.
func readHead(d disk, dir string) (*folderHead, error) {
	raw, err := readWhole(d, filepath.Join(dir, folderFile), folderFileMax)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", folderFile, bare(err))
	}
	var h folderHead
	if err := json.Unmarshal(raw, &h); err != nil || h.Format != folderFormat {
		return nil, &DamageError{-1, folderFile + " is not what this program writes"}
	}
	if h.V != 1 {
		return nil, fmt.Errorf("%s is of version %d, this program knows version 1; use a newer gptsnap", folderFile, h.V)
	}
	if h.Size < 1 || h.First < 1 || h.Limit < 0 || h.Limit > 0 && h.Limit < h.First {
		return nil, &DamageError{-1, folderFile + " holds numbers that cannot be"}
	}
	return &h, nil
}

func readWhole(d disk, name string, most int64) ([]byte, error) {
	f, err := d.open(name, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.NewSectionReader(f, 0, most))
}

// writeHead replaces segments.json in one step.
func (f *folder) writeHead(dir string, h folderHead) error {
	raw, err := json.MarshalIndent(h, "", "  ")
	if err == nil {
		err = f.whole(filepath.Join(dir, folderFile), append(raw, '\n'), true)
	}
	if err == nil {
		err = f.disk.syncDir(dir)
	}
	return err
}

// whole writes a file: all of it or nothing.
func (f *folder) whole(name string, data []byte, durable bool) error {
	return f.replace(name, durable, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// replace writes a file under a temporary name and gives it its own.
func (f *folder) replace(name string, durable bool, fill func(io.Writer) error) error {
	if err := f.stage(name, durable, fill); err != nil {
		return err
	}
	return f.disk.rename(name+stagingMark, name)
}

// stage writes a file under its temporary name.
func (f *folder) stage(name string, durable bool, fill func(io.Writer) error) (err error) {
	temp := name + stagingMark
	out, err := f.disk.open(temp, os.O_RDWR|os.O_CREATE|os.O_TRUNC)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.disk.remove(temp)
		}
	}()
	err = fill(&sequence{f: out})
	if err == nil && durable {
		err = out.Sync()
	}
	if err2 := out.Close(); err == nil {
		err = err2
	}
	return err
}
