// Package serve shows an archive in a browser on this machine, with no output
// folder: the pages of the HTML site, drawn when they are asked for.
//
//	Source ─► convert.Run ─► shelf   once, at the start: names of pages, the list, the search index
//	   └────► convert.Page ─► reply  for each page that is asked for
//
// # What this package promises
//
// It listens on a loopback address and nowhere else, answers only requests
// that name that address in their Host (so that no web page can reach it under
// a name of its own), only reads, and tells the browser by a content security
// policy, and otherwise, that nothing in an answer may run but the site's own
// scripts. Files of a chat are shown in place if their bytes are those of a
// picture, sound or film; all others are downloads.
package serve

import (
	"context"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"

	"gptsnap/convert"
	"gptsnap/formats/chat"
	"gptsnap/formats/html"
	"gptsnap/formats/source"
)

// Options say how pages look and who is told of the work.
type Options struct {
	Location *time.Location
	Count    convert.Count // makes the page of numbers; may be nil
	Workers  int
	Log      *slog.Logger
	Progress func(done, total int)
}

// A Site answers requests for the pages of a source.
type Site struct {
	src     *source.Source
	pages   *html.Renderer
	convert convert.Options
	entries map[string]source.Entry // by id
	shelf   *shelf
	files   files
	log     *slog.Logger
}

// Open reads every conversation of src once, for the list and the search
// index. src must stay open for as long as the Site is used.
func Open(ctx context.Context, src *source.Source, o Options) (*Site, convert.Report, error) {
	look := html.Defaults()
	look.Location = o.Location
	if o.Count != nil {
		look.Statistics = convert.StatisticsName
	}
	pages, err := html.New(look)
	if err != nil {
		return nil, convert.Report{}, err
	}
	plain := look
	plain.Highlight = false // nobody sees these pages: only their words are read
	reader, err := html.New(plain)
	if err != nil {
		return nil, convert.Report{}, err
	}
	zone := o.Location
	if zone == nil {
		zone = time.UTC
	}
	name, err := convert.ParseTemplate(convert.DefaultName, zone)
	if err != nil {
		return nil, convert.Report{}, err
	}
	s := &Site{src: src, pages: pages, entries: map[string]source.Entry{}, log: o.Log,
		shelf: &shelf{owner: map[string]string{}, body: map[string][]byte{}},
		files: files{src: src, known: map[string]*file{}, byToken: map[string]*file{}}}
	s.convert = convert.Options{Branches: "all", Thinking: "fold", Tools: "fold", Name: name, Count: o.Count, Zone: zone, Workers: max(1, o.Workers), Log: o.Log, Progress: o.Progress}
	for e, err := range src.Entries {
		if err == nil { // convert.Run reports the others
			s.entries[e.ID] = e
		}
	}
	rep, err := convert.Run(ctx, src, reader, s.shelf, s.convert)
	return s, rep, err
}

// A shelf is a sink that keeps what all pages share, and of each page only
// whose it is.
type shelf struct {
	owner map[string]string // of pages, by name
	body  map[string][]byte // of all else, by name
}

func (s *shelf) Folder() bool                   { return true }
func (s *shelf) Stream(string, io.Reader) error { return nil }
func (s *shelf) Close(bool) error               { return nil }

func (s *shelf) Put(name, owner string, body []byte) (convert.Outcome, error) {
	if owner != "" {
		s.owner[name] = owner
	} else {
		s.body[name] = body
	}
	return convert.Written, nil
}

// policy is what a page may do, and is stricter than what pages say themselves.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; media-src 'self'; font-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Handler answers requests that are made to addr, a host with a port, or to
// localhost at that port.
func (s *Site) Handler(addr string) http.Handler {
	_, port, _ := strings.Cut(addr[strings.LastIndexByte(addr, ':'):], ":")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		switch {
		case r.Host != addr && r.Host != "localhost:"+port:
			http.Error(w, "this address is not served here", http.StatusMisdirectedRequest)
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			h.Set("Allow", "GET, HEAD")
			http.Error(w, "everything here can only be read", http.StatusMethodNotAllowed)
		default:
			s.answer(w, r)
		}
	})
}

func (s *Site) answer(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/")
	if name == "" {
		name = "index.html"
	}
	body, shared := s.shelf.body[name]
	owner, isPage := s.shelf.owner[name]
	switch {
	case shared:
	case isPage:
		var err error
		if body, err = s.page(name, owner); err != nil {
			s.log.Warn("cannot show a conversation", "id", owner, "why", err)
			http.Error(w, "this conversation cannot be shown: "+err.Error(), http.StatusInternalServerError)
			return
		}
	case strings.HasPrefix(name, filesFolder):
		s.files.answer(w, r, strings.TrimPrefix(name, filesFolder))
		return
	default:
		http.Error(w, "there is no such page", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", typeOf(name))
	_, _ = w.Write(body) // a reader who has gone needs no answer
}

// page draws the conversation of this id.
func (s *Site) page(name, id string) ([]byte, error) {
	c, err := s.entries[id].Decode()
	if err != nil {
		return nil, err
	}
	return convert.Page(c, s.pages, name, s.convert, s.files.where)
}

// typeOf is the type of a file of the site's own.
func typeOf(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return "application/octet-stream"
}

const filesFolder = "files/"

// files knows the files that pages have referred to, by a token that tells
// nothing else.
type files struct {
	src     *source.Source
	mu      sync.Mutex
	known   map[string]*file // by what references to the same bytes share
	byToken map[string]*file
}

type file struct {
	ref           chat.File
	href, missing string
}

// where says where the bytes of f are to be had.
func (s *files) where(f *chat.File) (href, missing string) {
	k := convert.FileKey(f)
	if k == "" {
		return "", f.Missing
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	got := s.known[k]
	if got == nil {
		got = &file{}
		if from, err := s.src.File(f); err != nil {
			got.missing = err.Error()
		} else {
			from.Close() // it was only read from, if at all
			got.ref = *f
			token := tokenOf(k)
			got.href = filesFolder + token + "/" + convert.FileName(f)
			s.byToken[token] = got
		}
		s.known[k] = got
	}
	return got.href, got.missing
}

func (s *files) answer(w http.ResponseWriter, r *http.Request, name string) {
	token, _, _ := strings.Cut(name, "/")
	s.mu.Lock()
	got := s.byToken[token]
	s.mu.Unlock()
	if got == nil || filesFolder+name != got.href {
		http.Error(w, "there is no such file, or no page that names it has been opened yet", http.StatusNotFound)
		return
	}
	ref := got.ref
	from, err := s.src.File(&ref)
	if err != nil {
		http.Error(w, "this file cannot be read: "+err.Error(), http.StatusNotFound)
		return
	}
	defer from.Close()
	head := make([]byte, 512)
	n, err := io.ReadFull(from, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		http.Error(w, "this file cannot be read: "+err.Error(), http.StatusNotFound)
		return
	}
	head = head[:n]
	kind := http.DetectContentType(head)
	if !inert(kind) {
		kind = "application/octet-stream"
		w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": path.Base(name)}))
	}
	w.Header().Set("Content-Type", kind)
	if _, err := w.Write(head); err == nil && r.Method != http.MethodHead {
		_, _ = io.Copy(w, from)
	}
}

// inert reports whether a browser only ever shows or plays bytes of this type.
func inert(kind string) bool {
	if kind == "application/ogg" {
		return true
	}
	family, _, _ := strings.Cut(kind, "/")
	return family == "audio" || family == "video" || family == "image" && kind != "image/svg+xml"
}
