package fakeapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

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
	if !archived {
		for _, at := range slices.Sorted(maps.Keys(s.o.Odd)) {
			all = slices.Insert(all, min(at, len(all)), json.RawMessage(s.o.Odd[at]))
		}
	}
	page := s.cut(r, all, offset, limit)
	var total any = offset + len(page)
	if len(page) > 0 {
		total = offset + len(page) + 1
	}
	if archived {
		total = nil
	}
	if s.o.Total != nil {
		total = s.o.Total(offset, len(page), len(all))
	}
	answer(w, http.StatusOK, map[string]any{"items": page, "total": total, "limit": limit, "offset": offset})
}

// cut is a page of a list by offsets, without what is hidden.
func (s *Server) cut(r *http.Request, all []json.RawMessage, offset, limit int) []json.RawMessage {
	if s.o.Page != nil {
		limit = min(max(s.o.Page(r, limit), 0), limit)
	}
	page := []json.RawMessage{}
	for _, item := range all[min(offset, len(all)):min(offset+limit, len(all))] {
		if item != nil {
			page = append(page, item)
		}
	}
	return page
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
	case s.o.Paged:
		answer(w, http.StatusNotFound, detail("Not Found"))
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
	at, bad2 := cursor(r, "")
	if bad = append(bad, bad2...); len(bad) > 0 {
		answer(w, http.StatusUnprocessableEntity, map[string]any{"detail": bad})
		return
	}
	page, next := cut(s.project, at, limit)
	answer(w, http.StatusOK, map[string]any{"items": page, "cursor": next})
}

func (s *Server) projectChats(w http.ResponseWriter, r *http.Request) {
	limit, bad := number(r.URL.Query().Get("limit"), listDefault, 1, 50, "limit")
	at, bad2 := cursor(r, "0")
	if bad = append(bad, bad2...); len(bad) > 0 {
		answer(w, http.StatusUnprocessableEntity, map[string]any{"detail": bad})
		return
	}
	all := slices.DeleteFunc(s.listed(func(e *entry) bool { return e.gizmoID == r.PathValue("id") }), func(item json.RawMessage) bool { return item == nil })
	page, next := cut(all, at, limit)
	answer(w, http.StatusOK, map[string]any{"items": page, "cursor": next})
}

// Cursors are opaque, as long as the real ones, and full of characters that
// have to be escaped in an address.
const cursorPad = "b64/opaque+cursor=="

func cursor(r *http.Request, first string) (at int, bad []any) {
	raw := r.URL.Query().Get("cursor")
	if raw == first || raw == "" {
		return 0, nil
	}
	text, ok := strings.CutPrefix(raw, cursorPad)
	if !ok {
		return 0, []any{map[string]any{"loc": []string{"query", "cursor"}, "msg": "invalid cursor", "type": "value_error"}}
	}
	return number(text, 0, 0, 1<<30, "cursor")
}

// cut is a page of all, and the cursor of the next one: nil at the end.
func cut[T any](all []T, at, limit int) (page []T, next any) {
	end := min(at+limit, len(all))
	if end < len(all) {
		next = cursorPad + strconv.Itoa(end)
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
