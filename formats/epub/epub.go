// Package epub writes conversations as one EPUB 3 book, for people who read on
// devices like paper.
//
// # The shape of a book
//
//	mimetype                 first, stored: readers look for it at a fixed place
//	META-INF/container.xml   leads to the package
//	book/content.opf         the package: what there is, and in which order
//	book/nav.xhtml           contents, for EPUB 3;  book/toc.ncx the same, for older readers
//	book/style.css
//	book/c00001.xhtml ...    a chapter for each conversation, in several files if it is long
//	book/files/...           pictures of the archive
//
// A [Book] is both renderer and sink. Render lays a conversation out
// (formats/outline decides what comes when) and writes each block as XHTML;
// Put takes finished chapters in order and cuts long ones between blocks;
// Stream takes pictures; Close writes contents and package. Chapters go into
// the file as they come, so that a book may be larger than memory.
//
// # What this package promises
//
// The book is well-formed whatever a chat holds: text passes through
// [outline.Clean] and is escaped, raw HTML is shown and not obeyed, addresses
// are those of the web, and Markdown that nests without end is shown as typed.
// Only pictures that readers must know (PNG, JPEG, GIF) and that can be read
// are in the book; other files are named. The same conversations give the same
// bytes: there is no clock in a book but the newest change of a conversation.
package epub

import (
	"archive/zip"
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"gptsnap/formats/chat"
	"gptsnap/formats/outline"
)

// Options say how a book looks. The zero value is good.
type Options struct {
	UserName, AssistantName string
	Location                *time.Location // of the times shown, nil for UTC
	Timestamps              string         // none: leave times out
	Citations               string         // drop: no numbers and no list of sources
}

// ErrNotHeld is why a file is not in the book.
var ErrNotHeld = errors.New("a book holds pictures only (PNG, JPEG, GIF)")

// A Book is one book being written. Render and Stream may be called from many
// goroutines, the rest from one.
type Book struct {
	path string
	o    Options
	tmp  *os.File
	buf  *bufio.Writer
	zip  *zip.Writer

	chapters []chapter
	docs     []chat.Summary

	mu       sync.Mutex
	pictures map[string]*picture // by name in the book
}

// A chapter is one document, in files that follow one another.
type chapter struct {
	path  string // as Put was told
	files []string
}

// New makes a book that has no file yet: it can render chapters.
func New(o Options) *Book { return &Book{o: o, pictures: map[string]*picture{}} }

// Open begins the file, which appears at path when the book is closed.
func (b *Book) Open(path string) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".gptsnap-*.part")
	if err != nil {
		return err
	}
	b.path, b.tmp, b.buf = path, tmp, bufio.NewWriterSize(tmp, 1<<18)
	b.zip = zip.NewWriter(b.buf)
	const kind = "application/epub+zip"
	h := &zip.FileHeader{Name: "mimetype", Method: zip.Store, CRC32: crc32.ChecksumIEEE([]byte(kind)),
		CompressedSize64: uint64(len(kind)), UncompressedSize64: uint64(len(kind))}
	w, err := b.zip.CreateRaw(h) // without the trailer that readers would trip over
	if err == nil {
		_, err = io.WriteString(w, kind)
	}
	if err == nil {
		err = b.add("META-INF/container.xml", []byte(container))
	}
	if err == nil {
		err = b.add("book/style.css", []byte(style))
	}
	if err != nil {
		return errors.Join(err, b.discard())
	}
	return nil
}

// member begins a file of the book. Its time says nothing, but is one that
// every program takes for a time.
func (b *Book) member(name string) (io.Writer, error) {
	return b.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)})
}

func (b *Book) add(name string, body []byte) error {
	w, err := b.member(name)
	if err == nil {
		_, err = w.Write(body)
	}
	return err
}

// Ext is the ending of a chapter's name.
func (b *Book) Ext() string { return ".xhtml" }

// Render writes d as one chapter: a whole XHTML page in which Put finds the
// places to cut. It fails only if w does.
func (b *Book) Render(w io.Writer, d *chat.Document) error {
	p := &page{d: d}
	for _, block := range outline.Of(d, outline.Options{UserName: b.o.UserName, AssistantName: b.o.AssistantName,
		Location: b.o.Location, Timestamps: b.o.Timestamps, Citations: b.o.Citations, Cite: cite}) {
		p.block(&block)
	}
	_, err := io.WriteString(w, head(d.Title)+p.b.String()+foot)
	return err
}

const (
	foot = "</body>\n</html>\n"
	// cut stands where a chapter may be cut. Text from chats cannot hold it:
	// its angle brackets are escaped.
	cut = "<!-- cut -->\n"
	// longest is how long a file of a chapter grows before it is cut: readers
	// lay out a file at a time.
	longest = 200 << 10
)

func head(title string) string {
	title = esc(chat.Opening(outline.Clean(title), 500))
	if title == "" {
		title = "Untitled"
	}
	return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops">
<head><title>` + title + `</title><link rel="stylesheet" type="text/css" href="style.css"/></head>
<body>
`
}

// Put takes a chapter that Render wrote. The name is what Index will call it.
func (b *Book) Put(name string, body []byte) error {
	s := string(body)
	at := strings.Index(s, "<body>\n") + len("<body>\n")
	top, rest := s[:at], strings.TrimSuffix(s[at:], foot)
	var files []string // bodies
	var one strings.Builder
	for _, piece := range strings.SplitAfter(rest, cut) {
		if one.Len() > 0 && one.Len()+len(piece) > longest {
			files = append(files, one.String())
			one.Reset()
		}
		one.WriteString(strings.TrimSuffix(piece, cut))
	}
	files = append(files, one.String())
	c := chapter{path: name}
	where := map[string]string{} // anchor to file
	for k, f := range files {
		name := fmt.Sprintf("c%05d.xhtml", len(b.chapters)+1)
		if k > 0 {
			name = fmt.Sprintf("c%05d-%d.xhtml", len(b.chapters)+1, k+1)
		}
		c.files = append(c.files, name)
		for _, m := range anchor.FindAllStringSubmatch(f, -1) {
			where[m[1]] = name
		}
	}
	for k, f := range files {
		f = jump.ReplaceAllStringFunc(f, func(link string) string {
			id := jump.FindStringSubmatch(link)[1]
			if to := where[id]; to != "" && to != c.files[k] {
				return `href="` + to + "#" + id + `"`
			}
			return link
		})
		if err := b.add("book/"+c.files[k], []byte(top+f+foot)); err != nil {
			return err
		}
	}
	b.chapters = append(b.chapters, c)
	return nil
}

// Index takes what the contents say of the chapters, once all are there, and
// answers with the page of contents, for Add.
func (b *Book) Index(docs []chat.Summary) (name string, body []byte, err error) {
	b.docs = docs
	return "nav.xhtml", []byte(navigation(b.contents())), nil
}

// Add takes a file that is no chapter, from Index.
func (b *Book) Add(name string, body []byte) error { return b.add("book/"+name, body) }

// Close writes contents, package and pictures, and lets the book appear.
// Without keep nothing appears.
func (b *Book) Close(keep bool) error {
	if !keep {
		return b.discard()
	}
	err := b.finish()
	if err == nil {
		err = b.zip.Close()
	}
	if err == nil {
		err = b.buf.Flush()
	}
	if err == nil {
		err = errors.Join(b.tmp.Chmod(0o644), b.tmp.Close())
	}
	if err == nil && !sameBytes(b.path, b.tmp.Name()) {
		err = os.Rename(b.tmp.Name(), b.path)
	}
	return errors.Join(err, b.discard())
}

// discard takes away what was not yet made a book; after the rename it finds nothing.
func (b *Book) discard() error {
	_ = b.tmp.Close() // closed already if all went well
	for _, p := range b.pictures {
		_ = os.Remove(p.spool)
	}
	if err := os.Remove(b.tmp.Name()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// sameBytes leaves a book alone that would not change.
func sameBytes(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	if errX != nil || errY != nil || !x.Mode().IsRegular() || x.Size() != y.Size() || x.Size() > 64<<20 {
		return false
	}
	p, errX := os.ReadFile(a)
	q, errY := os.ReadFile(b)
	return errX == nil && errY == nil && bytes.Equal(p, q)
}
