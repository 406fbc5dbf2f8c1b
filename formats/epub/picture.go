package epub

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	_ "image/gif"  // the three kinds of pictures
	_ "image/jpeg" // that every reader
	_ "image/png"  // has to know
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// A picture waits in a file of its own until the book is closed, since it
// cannot be told in which order pictures come.
type picture struct {
	name, kind string
	spool      string
}

// largest bounds a picture, in bytes.
const largest = 256 << 20

// inBook is the name that a file of the output folder has in the book: readers
// and their file systems agree on little but letters and digits. What
// kind of picture it is stands in the package.
func inBook(href string) string {
	sum := sha256.Sum256([]byte(strings.TrimLeft(href, "./")))
	name := "files/" + hex.EncodeToString(sum[:8])
	switch ext := strings.ToLower(path.Ext(href)); ext {
	case ".png", ".jpg", ".jpeg", ".gif":
		return name + ext
	}
	return name
}

// Stream takes a file that chapters refer to. It answers [ErrNotHeld] for what
// is no picture, or none that can be read.
func (b *Book) Stream(name string, from io.Reader) error {
	tmp, err := os.CreateTemp(filepath.Dir(b.path), ".gptsnap-*.part")
	if err != nil {
		return err
	}
	p := &picture{name: inBook(name), spool: tmp.Name()}
	var head bytes.Buffer
	_, kind, err := image.DecodeConfig(io.TeeReader(io.LimitReader(from, largest), &head))
	if err != nil {
		err = ErrNotHeld
	} else {
		p.kind = "image/" + kind
		var n int64
		n, err = io.Copy(tmp, io.MultiReader(&head, io.LimitReader(from, largest)))
		if err == nil && n >= largest {
			err = fmt.Errorf("%w: this one is too large", ErrNotHeld)
		}
	}
	if closed := tmp.Close(); err == nil {
		err = closed
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if err != nil || b.pictures[p.name] != nil {
		_ = os.Remove(p.spool)
		return err
	}
	b.pictures[p.name] = p
	return nil
}
