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
	"fmt"
	"io/fs"
	"net/http"
	"strconv"
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
	Token     string // the access token; "" means DefaultToken
	Workspace string // when set, requests must carry it as ChatGPT-Account-Id
	Gzip      bool   // compress answers for clients that accept it
	PageCap   int    // when set, list pages never hold more than this, whatever was asked
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

	mu     sync.Mutex
	chats  map[string]*entry // an entry is replaced, never changed
	order  []string          // ids in the order of file names: ties of update_time keep it
	gone   map[string]bool
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
	RouteOther        Route = "other"
)

// New reads the account: every *.json at the root of it that holds a
// conversation with a mapping and an id, and projects.json if there is one (an
// array of projects as the sidebar nests them). Other files are ignored.
func New(account fs.FS, o Options) (*Server, error) {
	if o.Token == "" {
		o.Token = DefaultToken
	}
	s := &Server{o: o, chats: map[string]*entry{}, gone: map[string]bool{}, routes: map[Route]int{}, reads: map[string]int{}}
	if err := s.load(account); err != nil {
		return nil, err
	}
	s.mux = http.NewServeMux()
	s.mux.HandleFunc("GET /backend-api/conversations", s.list)
	s.mux.HandleFunc("GET /backend-api/conversation/{id}", s.conversation)
	s.mux.HandleFunc("GET /backend-api/gizmos/snorlax/sidebar", s.sidebar)
	s.mux.HandleFunc("GET /backend-api/gizmos/{id}/conversations", s.projectChats)
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
	if !s.admit(w, r) {
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
	case rest == "gizmos/snorlax/sidebar":
		return RouteSidebar, ""
	case strings.HasPrefix(rest, "gizmos/") && strings.HasSuffix(rest, "/conversations"):
		return RouteProject, ""
	}
	return RouteOther, ""
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

func (s *Server) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	limit, bad := number(q.Get("limit"), listDefault, 1, listMax, "limit")
	offset, bad2 := number(q.Get("offset"), 0, 0, 1<<30, "offset")
	if bad = append(bad, bad2...); len(bad) > 0 {
		answer(w, http.StatusUnprocessableEntity, map[string]any{"detail": bad})
		return
	}
	if order := q.Get("order"); order != "" && order != "updated" {
		answer(w, http.StatusInternalServerError, detail("Internal Server Error"))
		return
	}
	if s.o.PageCap > 0 {
		limit = min(limit, s.o.PageCap)
	}
	archived := q.Get("is_archived") == "true"
	all := s.listed(func(e *entry) bool {
		return e.archived == archived &&
			(e.gizmoType != "snorlax" || q.Get("hide_snorlax") == "false") &&
			(q.Get("is_starred") == "" || (q.Get("is_starred") == "true") == e.starred)
	})
	page := all[min(offset, len(all)):min(offset+limit, len(all))]
	var total any = offset + len(page)
	if len(page) > 0 {
		total = offset + len(page) + 1
	}
	if archived {
		total = nil
	}
	answer(w, http.StatusOK, map[string]any{"items": page, "total": total, "limit": limit, "offset": offset})
}

func (s *Server) conversation(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	s.mu.Lock()
	e, gone := s.chats[id], s.gone[id]
	var raw []byte
	if e != nil {
		raw = e.raw
	}
	s.mu.Unlock()
	switch {
	case e != nil:
		w.Header().Set("Content-Type", "application/json")
		w.Write(raw)
	case gone:
		answer(w, http.StatusNotFound, map[string]any{"detail": map[string]any{"message": "Conversation was deleted.", "code": "conversation_deleted"}})
	default:
		answer(w, http.StatusNotFound, detail("Not Found"))
	}
}

func (s *Server) sidebar(w http.ResponseWriter, r *http.Request) {
	limit, bad := number(r.URL.Query().Get("limit"), 5, 1, 50, "limit")
	at, bad2 := number(r.URL.Query().Get("cursor"), 0, 0, 1<<30, "cursor")
	if bad = append(bad, bad2...); len(bad) > 0 {
		answer(w, http.StatusUnprocessableEntity, map[string]any{"detail": bad})
		return
	}
	page, next := cut(s.project, at, limit)
	answer(w, http.StatusOK, map[string]any{"items": page, "cursor": next})
}

func (s *Server) projectChats(w http.ResponseWriter, r *http.Request) {
	limit, bad := number(r.URL.Query().Get("limit"), listDefault, 1, 50, "limit")
	at, bad2 := number(r.URL.Query().Get("cursor"), 0, 0, 1<<30, "cursor")
	if bad = append(bad, bad2...); len(bad) > 0 {
		answer(w, http.StatusUnprocessableEntity, map[string]any{"detail": bad})
		return
	}
	page, next := cut(s.listed(func(e *entry) bool { return e.gizmoID == r.PathValue("id") }), at, limit)
	answer(w, http.StatusOK, map[string]any{"items": page, "cursor": next})
}

// cut is a page of all, and the cursor of the next one: nil at the end.
func cut[T any](all []T, at, limit int) (page []T, next any) {
	end := min(at+limit, len(all))
	if end < len(all) {
		next = strconv.Itoa(end)
	}
	return append([]T{}, all[min(at, len(all)):end]...), next
}

// number reads a query parameter; what is out of bounds is told as the real
// server's validator tells it.
func number(raw string, otherwise, low, high int, name string) (n int, bad []any) {
	if raw == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(raw)
	msg, kind := "", ""
	switch {
	case err != nil:
		msg, kind = "value is not a valid integer", "type_error.integer"
	case n > high:
		msg, kind = fmt.Sprintf("ensure this value is less than or equal to %d", high), "value_error.number.not_le"
	case n < low:
		msg, kind = fmt.Sprintf("ensure this value is greater than or equal to %d", low), "value_error.number.not_ge"
	default:
		return n, nil
	}
	return 0, []any{map[string]any{"loc": []string{"query", name}, "msg": msg, "type": kind}}
}

func detail(text string) map[string]any { return map[string]any{"detail": text} }

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	// The only error left is a caller who hung up.
	_ = e.Encode(body)
}
