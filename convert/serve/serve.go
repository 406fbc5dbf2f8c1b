// Package serve shows an archive in a browser on this machine, with no output
// folder: the pages of the HTML site, drawn when they are asked for.
//
//	Source ─► convert.Run ─► shelf   once, in the background: names of pages, the list, the search index
//	   └────► convert.Page ─► reply  for each page that is asked for
//
// Nobody waits for all of an archive to be read: until then the list holds the
// newest of what was read so far, and says so (growing.go), and any page can be
// had. /c/ID, which is how the provider's own addresses end, is the
// conversation of this id, or of the only one that begins so, from the start.
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
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
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
	pages   *html.Renderer // draws what is looked at
	reader  *html.Renderer // draws what only the search index reads
	convert convert.Options
	entries map[string]source.Entry // by id
	shelf   *shelf
	growing growing
	files   files
	log     *slog.Logger
}

// Open makes a Site that answers at once; its list, search and numbers come
// with [Site.Read]. src must stay open for as long as the Site is used.
func Open(src *source.Source, o Options) (*Site, error) {
	look := html.Defaults()
	look.Location = o.Location
	if o.Count != nil {
		look.Statistics = convert.StatisticsName
	}
	pages, err := html.New(look)
	if err != nil {
		return nil, err
	}
	plain := look
	plain.Highlight = false // nobody sees these pages: only their words are read
	reader, err := html.New(plain)
	if err != nil {
		return nil, err
	}
	zone := o.Location
	if zone == nil {
		zone = time.UTC
	}
	name, err := convert.ParseTemplate(convert.DefaultName, zone)
	if err != nil {
		return nil, err
	}
	s := &Site{src: src, pages: pages, reader: reader, entries: map[string]source.Entry{}, log: o.Log,
		shelf:   &shelf{owner: map[string]string{}, body: map[string][]byte{}},
		growing: growing{some: make(chan struct{}), total: src.Count},
		files:   files{src: src, known: map[string]*file{}, byToken: map[string]*file{}}}
	for _, a := range pages.Assets() {
		s.shelf.body[a.Name] = a.Body
	}
	s.convert = convert.Options{Branches: "all", Thinking: "fold", Tools: "fold", Name: name, Count: o.Count, Zone: zone, Workers: max(1, o.Workers), Log: o.Log,
		Progress: o.Progress, Named: s.growing.add}
	for e, err := range src.Entries {
		if err == nil { // convert.Run reports the others
			s.entries[e.ID] = e
		}
	}
	return s, nil
}

// Read reads every conversation once, for the list, the search index and the
// numbers, while the Site answers.
func (s *Site) Read(ctx context.Context) (convert.Report, error) {
	rep, err := convert.Run(ctx, s.src, s.reader, s.shelf, s.convert)
	if err == nil {
		s.growing.end()
	}
	return rep, err
}

// A shelf is a sink that keeps what all pages share, and of each page only
// whose it is.
type shelf struct {
	mu    sync.RWMutex
	owner map[string]string // of pages, by name
	body  map[string][]byte // of all else, by name
}

func (s *shelf) Folder() bool                   { return true }
func (s *shelf) Stream(string, io.Reader) error { return nil }
func (s *shelf) Close(bool) error               { return nil }

func (s *shelf) Put(name, owner string, body []byte) (convert.Outcome, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if owner != "" && owner != chat.ListOfDocuments && path.Ext(name) == ".html" {
		s.owner[name] = owner
	} else {
		s.body[name] = body
	}
	return convert.Written, nil
}

// look answers what the shelf has of a name: a body, or the conversation that
// a page shows.
func (s *shelf) look(name string) (body []byte, shared bool, owner string, page bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	body, shared = s.body[name]
	owner, page = s.owner[name]
	return body, shared, owner, page
}

// policy is what a page may do, and is stricter than what pages say themselves.
// The list of conversations opens pages in frames, to quote from them.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; media-src 'self'; font-src data:; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

// numbersPolicy is that of the page of numbers. It brings its own style sheet,
// which it knows by a hash.
var numbersPolicy = strings.Replace(policy, "style-src 'self'", "style-src 'unsafe-inline'", 1)

// nameOf is the page that shows a conversation, "" if none is known.
func (s *shelf) nameOf(owner string) string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for name, of := range s.owner {
		if of == owner {
			return name
		}
	}
	return ""
}

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
	body, shared, owner, isPage := s.shelf.look(name)
	if id, ok := strings.CutPrefix(name, byID); ok && !isPage && !shared {
		s.answerID(w, r, id)
		return
	}
	switch {
	case shared:
	case isPage:
		if body = s.drawn(w, name, owner); body == nil {
			return
		}
	case strings.HasPrefix(name, filesFolder):
		s.files.answer(w, r, strings.TrimPrefix(name, filesFolder))
		return
	default:
		docs, done, total, reading := s.growing.now()
		switch {
		case reading && path.Ext(name) == ".html":
			body = s.pages.Growing(name, docs, done, total)
		case reading && strings.HasPrefix(name, "assets/"): // what is there later: now it does nothing
		default:
			http.Error(w, "there is no such page", http.StatusNotFound)
			return
		}
	}
	if name == convert.StatisticsName {
		w.Header().Set("Content-Security-Policy", numbersPolicy)
	}
	w.Header().Set("Content-Type", typeOf(name))
	_, _ = w.Write(body) // a reader who has gone needs no answer
}

// drawn draws the conversation of this id, or answers that it cannot be shown.
func (s *Site) drawn(w http.ResponseWriter, name, id string) []byte {
	c, err := s.entries[id].Decode()
	if err == nil {
		var body []byte
		if body, err = convert.Page(c, s.pages, name, s.convert, s.files.where); err == nil {
			return body
		}
	}
	s.log.Warn("cannot show a conversation", "id", id, "why", err)
	http.Error(w, "this conversation cannot be shown: "+err.Error(), http.StatusInternalServerError)
	return nil
}

// byID is the folder of pages by the ids of conversations.
const byID = "c/"

// answerID leads to the page of a conversation; as long as nobody knows what it
// is called, it answers it here.
func (s *Site) answerID(w http.ResponseWriter, r *http.Request, id string) {
	var found []string
	for one := range s.entries {
		if one == id {
			found = []string{one}
			break
		}
		if len(id) >= 8 && strings.HasPrefix(one, id) {
			found = append(found, one)
		}
	}
	if len(found) != 1 {
		http.Error(w, fmt.Sprintf("%d conversations have an id that begins so", len(found)), http.StatusNotFound)
		return
	}
	if name := s.shelf.nameOf(found[0]); name != "" {
		http.Redirect(w, r, (&url.URL{Path: "/" + name}).EscapedPath(), http.StatusFound)
		return
	}
	if body := s.drawn(w, byID+found[0], found[0]); body != nil {
		w.Header().Set("Content-Type", typeOf(".html"))
		_, _ = w.Write(body)
	}
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
