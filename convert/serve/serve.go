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
// picture, sound or film, of which a player may ask for any part; all others
// are downloads.
package serve

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"path"
	"strings"
	"time"

	"gptsnap/convert"
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
	if owner != "" && path.Ext(name) == ".html" {
		s.owner[name] = owner
	} else {
		s.body[name] = body
	}
	return convert.Written, nil
}

// policy is what a page may do, and is stricter than what pages say themselves.
// The list of conversations opens pages in frames, to quote from them.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; media-src 'self'; font-src data:; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

// numbersPolicy is that of the page of numbers. It brings its own style sheet,
// which it knows by a hash.
var numbersPolicy = strings.Replace(policy, "style-src 'self'", "style-src 'unsafe-inline'", 1)

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
	switch name {
	case "":
		name = "index.html"
	case "favicon.ico": // which browsers ask for on their own
		name = "assets/icon.svg"
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
	if name == convert.StatisticsName {
		w.Header().Set("Content-Security-Policy", numbersPolicy)
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
