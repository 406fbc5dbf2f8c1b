package convert

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"

	"gptsnap/formats/chat"
	"gptsnap/formats/epub"
	"gptsnap/formats/source"
)

// A placer sees to the files that documents refer to, in one of these ways,
// and writes into every reference where its bytes are or why there are none.
//
//	copy   into files/ beside the documents, each once
//	link   not at all: documents lead to where they lie on the disk
//	embed  into each document, as data: addresses (embed.go)
//	none   not at all
type placer struct {
	src  *source.Source
	to   Sink
	mode string // one of the above; "" leaves references as they are
	from string // link: the folder that documents are in

	leftOut atomic.Int64 // files not copied since there is no folder for them
	alone   bool         // that is why the mode is none

	mu    sync.Mutex
	done  map[string]*placing // by pointer and name
	named map[string]*placing // by name in the output folder
}

// A placing is one file on its way; others who need it wait for ready.
type placing struct {
	ready   chan struct{}
	file    chat.File // what the source says of it
	href    string    // from the output folder
	missing string
	err     error // of the sink: it ends the run
}

func newPlacer(src *source.Source, to Sink, mode, from string) *placer {
	alone := mode == "copy" && !to.Folder()
	if alone {
		mode = "none"
	}
	return &placer{src: src, to: to, mode: mode, alone: alone, from: from, done: map[string]*placing{}, named: map[string]*placing{}}
}

// place handles every reference of d and counts files found and missing,
// each file once a document.
func (p *placer) place(d *chat.Document) (found, missing int, err error) {
	if p.mode == "" {
		return 0, 0, nil
	}
	names := map[string]string{} // attachments know names that pointers do not
	each(d, func(f *chat.File) {
		if f.Name != "" && names[key(f)] == "" {
			names[key(f)] = f.Name
		}
	})
	root := d.Root
	if !p.to.Folder() {
		root = ""
	}
	counted := map[string]bool{}
	inside := embedding{}
	each(d, func(f *chat.File) {
		if err != nil || key(f) == "" {
			return
		}
		if f.Name == "" {
			f.Name = names[key(f)]
		}
		switch p.mode {
		case "none":
			f.Missing = "files were not copied"
			if p.alone && !counted[key(f)] {
				counted[key(f)] = true
				p.leftOut.Add(1)
			}
			return
		case "embed":
			f.Href, f.Missing = inside.href(p.src, f)
		case "link":
			f.Href, f.Missing = p.link(root, f)
		default:
			got := p.get(f)
			if err = got.err; err != nil {
				return
			}
			learn(f, &got.file)
			if f.Missing = got.missing; got.href != "" {
				f.Href = root + got.href
			}
		}
		if !counted[key(f)] {
			counted[key(f)] = true
			if f.Href != "" {
				found++
			} else {
				missing++
			}
		}
	})
	return found, missing, err
}

// link is the way from a document to where the bytes of f lie.
func (p *placer) link(root string, f *chat.File) (href, missing string) {
	where, err := p.src.Where(f)
	if err != nil {
		return "", err.Error()
	}
	way, err := filepath.Rel(p.from, where)
	if err != nil {
		return "", "it lies on another drive than this document"
	}
	return root + filepath.ToSlash(way), ""
}

// learn fills in what f does not say of itself and the source does.
func learn(f, known *chat.File) {
	if f.Name == "" {
		f.Name = known.Name
	}
	if f.MIME == "" {
		f.MIME = known.MIME
	}
	if f.Size == 0 {
		f.Size = known.Size
	}
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

// asked is f as a question to the source: what two references to the same
// bytes say of them must not change the answer.
func asked(f *chat.File) chat.File {
	return chat.File{Pointer: f.Pointer, ID: f.ID, Name: f.Name, Message: f.Message}
}

// get copies the bytes of f unless that was done or is being done.
func (p *placer) get(f *chat.File) *placing {
	name := key(f) + "\x00" + f.Name
	return p.once(p.done, name, func(got *placing) {
		got.file = asked(f)
		from, err := p.src.File(&got.file)
		if err != nil {
			got.missing = err.Error()
			p.mu.Lock()
			delete(p.done, name) // to ask again costs less than to remember
			p.mu.Unlock()
			return
		}
		defer from.Close()
		r := bufio.NewReader(from)
		head, err := r.Peek(512)
		if err != nil && err != io.EOF {
			got.missing = "its bytes cannot be read: " + err.Error()
			return
		}
		name := "files/" + fileName(&got.file, head)
		copied := p.once(p.named, name, func(c *placing) { c.copy(p.to, name, r) })
		got.href, got.missing, got.err = copied.href, copied.missing, copied.err
	})
}

// once does something for the first that asks under a name; the others wait.
func (p *placer) once(all map[string]*placing, name string, do func(*placing)) *placing {
	p.mu.Lock()
	got, ok := all[name]
	if !ok {
		got = &placing{ready: make(chan struct{})}
		all[name] = got
	}
	p.mu.Unlock()
	if ok {
		<-got.ready
		return got
	}
	defer close(got.ready)
	do(got)
	return got
}

func (got *placing) copy(to Sink, name string, r io.Reader) {
	rest := &readError{r: r}
	if err := to.Stream(name, rest); rest.err != nil {
		got.missing = "its bytes cannot be read: " + rest.err.Error()
	} else if errors.Is(err, epub.ErrNotHeld) {
		got.missing = err.Error()
	} else if err != nil {
		got.err = err
	} else {
		got.href = name
	}
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
