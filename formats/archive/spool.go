package archive

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// PutReader stores a body of any size, which is read to its end; see [Put].
// What is too large for one frame is first written to a temporary file beside
// the archive, since its size and hash come before it in the archive. An
// error of the body itself does not end the Writer.
//
// [Put]: Writer.Put
func (w *Writer) PutReader(m Meta, body io.Reader) (Record, error) {
	if err := w.prepare(&m); err != nil {
		return Record{}, err
	}
	start, err := io.ReadAll(io.LimitReader(body, int64(w.large)+1))
	if err != nil {
		return Record{}, fmt.Errorf("body of %s %s: %w", m.Kind, m.ID, err)
	}
	if len(start) <= w.large {
		return w.Put(m, start)
	}
	name := w.spoolName()
	f, err := w.disk.open(name, os.O_RDWR|os.O_CREATE|os.O_EXCL)
	if err != nil {
		return Record{}, fmt.Errorf("temporary file: %w", err)
	}
	defer w.disk.remove(name)
	defer f.Close()
	sum := sha256.New()
	size := int64(0)
	for b := start; len(b) > 0; {
		if _, err := f.WriteAt(b, size); err != nil {
			return Record{}, fmt.Errorf("temporary file: %w", err)
		}
		sum.Write(b)
		size += int64(len(b))
		n, err := io.ReadFull(body, start[:cap(start)])
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return Record{}, fmt.Errorf("body of %s %s: %w", m.Kind, m.ID, err)
		}
		b = start[:n]
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.put(m, [32]byte(sum.Sum(nil)), size, func() (io.Reader, []byte, error) {
		return io.NewSectionReader(f, 0, size), nil, nil
	})
}

const spoolMark = ".body-"

func (w *Writer) spoolName() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.spools++
	return fmt.Sprintf("%s%s%d.part", w.path, spoolMark, w.spools)
}

// removeSpools removes what killed writers have left; we hold the lock.
func (w *Writer) removeSpools() {
	dir, base := filepath.Split(w.path)
	if dir == "" {
		dir = "."
	}
	names, err := w.disk.list(dir)
	if err != nil {
		return // they only take room
	}
	for _, name := range names {
		var n int
		if k, _ := fmt.Sscanf(strings.TrimPrefix(name, base), spoolMark+"%d.part", &n); k == 1 && name == fmt.Sprintf("%s%s%d.part", base, spoolMark, n) {
			w.disk.remove(filepath.Join(dir, name))
		}
	}
}
