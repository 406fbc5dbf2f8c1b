// Package fakeapi is a fake of ChatGPT's web API that behaves like the real
// one, oddities included. Tests of fetch and the demo speak to it.
//
// An account is a folder of conversations, one JSON file each, in the form
// that GET /backend-api/conversation/{id} answers; [New] reads it once. The
// bytes of a file are served as they are, so what an archive holds afterwards
// can be compared byte by byte.
//
// What the fake does because the real one was seen doing it:
//
//   - every call needs "Authorization: Bearer"; without it 401 and a JSON body;
//   - the list is a page of at most 100 entries, 28 if not asked; above 100 it
//     answers 422 with a "detail" list; order=created is a 500;
//   - "total" is no count: it is offset + entries + 1 while there are entries,
//     and null in the archived list;
//   - times are ISO strings in lists and fractions of Unix seconds in bodies;
//   - archived conversations are in the list with is_archived=true only, and
//     archiving does not move update_time;
//   - conversations of projects are in the main list only with
//     hide_snorlax=false;
//   - a batch holds at most ten ids (422 above), leaves unknown ones out, and
//     gives ids and times in its own form;
//   - accounts of the paged contract have neither batch nor whole trees, but
//     pages of the newest messages and of those before a cursor;
//   - a file is had in two steps, and a file that is gone is a 200 with an error
//     in it; its bytes can be had from a place on;
//   - cursors of projects are opaque and hold characters that need escaping;
//   - a deleted conversation is a 404 with code conversation_deleted, an
//     unknown one a 404 without.
//
// Bad days are scripted: [Options.Script] is asked at every request and may
// return a [Trouble]; it may also change the account ([Server.Touch],
// [Server.Delete], [Server.Archive]) so that a list shifts while it is read.
package fakeapi

import (
	"compress/gzip"
	"encoding/json"
	"io/fs"
	"net/http"
	"strings"
	"sync"
)

// DefaultToken is the access token that an account answers to when
// [Options.Token] is empty. It opens nothing but a fake.
const DefaultToken = "demo-token-of-the-fake-account"

const (
	listDefault = 28
	listMax     = 100
)

// Options of a Server. The zero value is a friendly day.
type Options struct {
	Token     string         // the access token; "" means DefaultToken
	Workspace string         // when set, requests must carry it as ChatGPT-Account-Id
	Gzip      bool           // compress answers for clients that accept it
	PageCap   int            // when set, list pages never hold more than this, whatever was asked
	Odd       map[int]string // entries of the active list that are no conversations, by their place in it
	// Page, when set, is how many entries a page of a list by offsets holds of
	// the most that it may, 0 included. The page says nothing of it.
	Page func(r *http.Request, most int) int
	// Total, when set, is what such a page gives as its total, of all entries.
	Total    func(offset, entries, all int) any
	Filtered bool   // hidden conversations are taken out of a page after it was cut, so pages have holes
	NoBatch  bool   // the batch is a 404
	Paged    bool   // the paged contract: batch and whole trees are 404, pages of messages are not
	Turns    int    // most messages of a page of the paged contract, whatever was asked; 0 means 100
	Bare     bool   // nothing but conversations and projects: all else is a 404
	OldFiles bool   // download links under the older address only
	NoETag   bool   // files come without what tells their states apart, so a part of one cannot be asked for safely
	FileHost string // "http://host" of the signed file addresses; "" means this server
	Browser  bool   // serve a page, with a strict policy, and the session of whoever loaded it
	// Script is asked before every answer; n counts requests from 1. A nil
	// Trouble means a usual answer. It is called without locks held.
	Script func(r *http.Request, n int) *Trouble
}

// A Server is one fake account. It is an [http.Handler], safe for many
// goroutines.
type Server struct {
	o       Options
	mux     *http.ServeMux
	project []json.RawMessage
	files   map[string]file // by id, or "sandbox/NAME"
	talks   talks

	mu     sync.Mutex
	chats  map[string]*entry // an entry is replaced, never changed
	order  []string          // ids in the order of file names: ties of update_time keep it
	gone   map[string]bool
	hidden map[string]bool
	total  int
	routes map[Route]int
	reads  map[string]int
}

// A Route names one kind of request, for counting.
type Route string

// The routes a Server counts.
const (
	RouteList         Route = "list"         // the active list
	RouteArchived     Route = "archived"     // the archived list
	RouteConversation Route = "conversation" // one conversation
	RouteSidebar      Route = "sidebar"      // the projects
	RouteProject      Route = "project"      // the conversations of one project
	RouteBatch        Route = "batch"        // ten conversations
	RoutePage         Route = "page"         // one page of one conversation
	RouteLink         Route = "link"         // a file's download link
	RouteContent      Route = "content"      // a file's bytes
	RouteAccount      Route = "account"      // accounts/check
	RouteOther        Route = "other"
)

// New reads the account: every *.json at the root of it that holds a
// conversation with a mapping and an id; projects.json if there is one (an
// array of projects as the sidebar nests them, or without the inner nesting);
// groups.json and shares.json likewise (see talks);
// and the folder files, whose names are the files' ids with any extension, and
// in files/sandbox the names of what code wrote. Other files are ignored.
func New(account fs.FS, o Options) (*Server, error) {
	if o.Token == "" {
		o.Token = DefaultToken
	}
	s := &Server{o: o, chats: map[string]*entry{}, gone: map[string]bool{}, hidden: map[string]bool{}, routes: map[Route]int{}, reads: map[string]int{}}
	if err := s.load(account); err != nil {
		return nil, err
	}
	s.mux = http.NewServeMux()
	s.mux.HandleFunc("GET /backend-api/conversations", s.list)
	s.mux.HandleFunc("GET /backend-api/conversation/{id}", s.conversation)
	s.mux.HandleFunc("GET /backend-api/gizmos/snorlax/sidebar", s.sidebar)
	s.mux.HandleFunc("GET /backend-api/gizmos/{id}/conversations", s.projectChats)
	s.mux.HandleFunc("POST /backend-api/conversations/batch", s.batch)
	s.mux.HandleFunc("GET /backend-api/conversations/{id}", s.firstPage)
	s.mux.HandleFunc("GET /backend-api/conversations/{id}/messages", s.olderPage)
	s.mux.HandleFunc("GET /backend-api/conversation/{id}/textdocs", s.textdocs)
	s.mux.HandleFunc("GET /backend-api/conversation/{id}/interpreter/download", s.sandboxLink)
	s.mux.HandleFunc("GET /backend-api/files/{first}/{second}", s.fileLink)
	s.mux.HandleFunc("GET /backend-api/estuary/content", s.content)
	s.mux.HandleFunc("GET /backend-api/gizmos/{id}", s.gpt)
	s.mux.HandleFunc("GET /backend-api/calpico/chatgpt/rooms/summary", s.roomList)
	s.mux.HandleFunc("GET /backend-api/calpico/chatgpt/rooms/{id}/messages", s.roomMessages)
	s.mux.HandleFunc("GET /backend-api/share/{id}", s.share)
	if !o.Bare {
		s.accountParts()
	}
	if o.Browser {
		s.mux.HandleFunc("GET /{$}", s.home)
		s.mux.HandleFunc("GET /api/auth/session", s.session)
	}
	s.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		answer(w, http.StatusNotFound, detail("Not Found"))
	})
	return s, nil
}

// Requests is the number of requests so far.
func (s *Server) Requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total
}

// Count is the number of requests of one route so far.
func (s *Server) Count(route Route) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.routes[route]
}

// Reads is how often the conversation was asked for.
func (s *Server) Reads(id string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reads[id]
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.total++
	n := s.total
	route, id := routeOf(r)
	s.routes[route]++
	if id != "" {
		s.reads[id]++
	}
	s.mu.Unlock()
	var trouble *Trouble
	if s.o.Script != nil {
		trouble = s.o.Script(r, n)
	}
	if trouble != nil {
		done := false
		if w, done = trouble.strike(w, r); done {
			return
		}
	}
	if !s.signed(r) && !s.admit(w, r) {
		return
	}
	if s.o.Gzip && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		z := gzip.NewWriter(w)
		defer z.Close()
		w.Header().Set("Content-Encoding", "gzip")
		w = zipped{w, z}
	}
	s.mux.ServeHTTP(w, r)
}

type zipped struct {
	http.ResponseWriter
	z *gzip.Writer
}

func (w zipped) Write(p []byte) (int, error) { return w.z.Write(p) }

func routeOf(r *http.Request) (Route, string) {
	rest, ok := strings.CutPrefix(r.URL.Path, "/backend-api/")
	id, one := strings.CutPrefix(rest, "conversation/")
	switch {
	case !ok:
		return RouteOther, ""
	case one && !strings.Contains(id, "/"):
		return RouteConversation, id
	case rest == "conversations" && r.URL.Query().Get("is_archived") == "true":
		return RouteArchived, ""
	case rest == "conversations":
		return RouteList, ""
	case rest == "conversations/batch":
		return RouteBatch, ""
	case strings.HasPrefix(rest, "conversations/"):
		return RoutePage, ""
	case strings.HasPrefix(rest, "files/") && rest != "files/library" || strings.HasSuffix(rest, "/interpreter/download"):
		return RouteLink, ""
	case rest == "estuary/content":
		return RouteContent, ""
	case strings.HasPrefix(rest, "accounts/check/"):
		return RouteAccount, ""
	case rest == "gizmos/snorlax/sidebar":
		return RouteSidebar, ""
	case strings.HasPrefix(rest, "gizmos/") && strings.HasSuffix(rest, "/conversations"):
		return RouteProject, ""
	}
	return RouteOther, ""
}

// signed reports whether a request is for a file's bytes under a signed
// address on a host of its own, or of a browser for its page: neither needs a token.
func (s *Server) signed(r *http.Request) bool {
	return s.o.FileHost != "" && r.URL.Path == "/backend-api/estuary/content" ||
		s.o.Browser && (r.URL.Path == "/" || r.URL.Path == "/api/auth/session")
}

// admit answers 401 or 403 itself and reports false when the caller is not let in.
func (s *Server) admit(w http.ResponseWriter, r *http.Request) bool {
	bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch {
	case !ok || bearer == "":
		answer(w, http.StatusUnauthorized, map[string]any{"detail": map[string]any{"message": "Unauthorized - Access token is missing"}})
	case bearer != s.o.Token:
		answer(w, http.StatusUnauthorized, map[string]any{"detail": map[string]any{"message": "Your authentication token has expired. Please try signing in again.", "code": "token_expired"}})
	case s.o.Workspace != "" && r.Header.Get("ChatGPT-Account-Id") != s.o.Workspace:
		answer(w, http.StatusForbidden, detail("Unauthorized workspace"))
	default:
		return true
	}
	return false
}
