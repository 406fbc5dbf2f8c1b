package convert

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"path"
	"strings"
	"sync"

	"gptsnap/formats/chat"
	"gptsnap/formats/epub"
	"gptsnap/formats/source"
)

// A placer copies the files that documents refer to into files/ beside them,
// each once, and writes into every reference where its bytes are or why there
// are none.
type placer struct {
	src  *source.Source
	to   Sink
	copy bool

	mu   sync.Mutex
	done map[string]*placing // by pointer
}

// A placing is one file on its way; others who need it wait for ready.
type placing struct {
	ready   chan struct{}
	href    string // from the output folder
	missing string
	err     error // of the sink: it ends the run
}

func newPlacer(src *source.Source, to Sink, copy bool) *placer {
	return &placer{src: src, to: to, copy: copy && to.Folder(), done: map[string]*placing{}}
}

// place handles every reference of d and counts files found and missing,
// each file once a document.
func (p *placer) place(d *chat.Document) (found, missing int, err error) {
	names := map[string]string{} // attachments know names that pointers do not
	each(d, func(f *chat.File) {
		if f.Name != "" && names[key(f)] == "" {
			names[key(f)] = f.Name
		}
	})
	counted := map[string]bool{}
	each(d, func(f *chat.File) {
		if err != nil || key(f) == "" {
			return
		}
		if f.Name == "" {
			f.Name = names[key(f)]
		}
		if !p.copy {
			f.Missing = "files were not copied"
			return
		}
		got := p.get(f)
		if err = got.err; err != nil {
			return
		}
		f.Missing = got.missing
		if got.href != "" {
			f.Href = d.Root + got.href
		}
		if !counted[key(f)] {
			counted[key(f)] = true
			if got.href != "" {
				found++
			} else {
				missing++
			}
		}
	})
	return found, missing, err
}

func each(d *chat.Document, do func(*chat.File)) {
	for i := range d.Nodes {
		if m := d.Nodes[i].Message; m != nil {
			for f := range m.Files() {
				do(f)
			}
		}
	}
}

// key is what two references to the same bytes have in common. A file in a
// sandbox is known only together with the message that names it.
func key(f *chat.File) string {
	switch {
	case strings.HasPrefix(f.Pointer, "sandbox:"):
		return f.Message + " " + f.Pointer
	case f.ID != "":
		return f.ID
	}
	return f.Pointer
}

// get copies the bytes of f unless that was done or is being done.
func (p *placer) get(f *chat.File) *placing {
	p.mu.Lock()
	got, ok := p.done[key(f)]
	if !ok {
		got = &placing{ready: make(chan struct{})}
		p.done[key(f)] = got
	}
	p.mu.Unlock()
	if ok {
		<-got.ready
		return got
	}
	defer close(got.ready)
	from, err := p.src.File(f)
	if err != nil {
		got.missing = err.Error()
		return got
	}
	defer from.Close()
	r := bufio.NewReader(from)
	head, err := r.Peek(512)
	if err != nil && err != io.EOF {
		got.missing = "its bytes cannot be read: " + err.Error()
		return got
	}
	name := "files/" + fileName(f, head)
	rest := &readError{r: r}
	if err := p.to.Stream(name, rest); rest.err != nil {
		got.missing = "its bytes cannot be read: " + rest.err.Error()
	} else if errors.Is(err, epub.ErrNotHeld) {
		got.missing = err.Error()
	} else if err != nil {
		got.err = err
	} else {
		got.href = name
	}
	return got
}

// A readError remembers that it was reading that failed, not writing.
type readError struct {
	r   io.Reader
	err error
}

func (r *readError) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	if err != nil && err != io.EOF {
		r.err = err
	}
	return n, err
}

// fileName is the name the user knows, made unique by the pointer, with an
// extension that fits the bytes if it had none.
func fileName(f *chat.File, head []byte) string {
	sum := sha256.Sum256([]byte(key(f)))
	base := f.Name
	if base == "" {
		base = f.ID
	}
	base = path.Base(strings.ReplaceAll(base, `\`, "/")) // some clients send the whole path
	ext := path.Ext(base)
	base = strings.TrimSuffix(base, ext)
	if by := extension(head); by != "" && !strings.EqualFold(alike(ext), by) {
		base, ext = base+strings.TrimSuffix(ext, ".dat"), by
	}
	if len(ext) > 12 {
		ext = ""
	}
	return Safe(Safe(base, maxName-30)+"-"+hex.EncodeToString(sum[:4])+ext, maxName)
}

func alike(ext string) string {
	switch strings.ToLower(ext) {
	case ".jpeg", ".jpe":
		return ".jpg"
	case ".docx", ".xlsx", ".pptx", ".epub", ".odt", ".ods", ".jar":
		return ".zip"
	case ".m4a", ".mov", ".m4v":
		return ".mp4"
	}
	return ext
}

// extension tells what bytes begin with a known signature; "" if unknown.
func extension(head []byte) string {
	for _, k := range []struct {
		at         int
		magic, ext string
	}{
		{0, "\x89PNG\r\n\x1a\n", ".png"}, {0, "\xff\xd8\xff", ".jpg"}, {0, "GIF8", ".gif"},
		{8, "WEBP", ".webp"}, {8, "WAVE", ".wav"}, {0, "%PDF-", ".pdf"}, {0, "PK\x03\x04", ".zip"},
		{0, "ID3", ".mp3"}, {0, "OggS", ".ogg"}, {4, "ftyp", ".mp4"}, {0, "fLaC", ".flac"},
	} {
		if len(head) >= k.at && bytes.HasPrefix(head[k.at:], []byte(k.magic)) {
			return k.ext
		}
	}
	return ""
}
