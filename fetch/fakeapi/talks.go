package fakeapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
)

// talks is what an account has besides its conversations: the group chats of
// groups.json, an array of {"room":{...},"messages":[...]} with the oldest
// message first, and the shared links of shares.json, an array of entries as
// the list gives them. Without the file there is no such thing: a 404.
type talks struct {
	groups []group
	shares []json.RawMessage
}

type group struct {
	Room     json.RawMessage   `json:"room"`
	Messages []json.RawMessage `json:"messages"`
}

func idOf(raw json.RawMessage) string {
	var head struct{ ID string }
	if json.Unmarshal(raw, &head) != nil {
		return ""
	}
	return head.ID
}

// talk reads one of the two files; it reports false for any other.
func (s *Server) talk(name string, raw []byte) (bool, error) {
	var err error
	switch name {
	case "groups.json":
		err = json.Unmarshal(raw, &s.talks.groups)
	case "shares.json":
		err = json.Unmarshal(raw, &s.talks.shares)
	default:
		return false, nil
	}
	if err != nil {
		err = fmt.Errorf("reading the fake account: %s: %w", name, err)
	}
	return true, err
}

// Say adds a message to a group chat, as one of its members would.
func (s *Server) Say(room string, message string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.talks.groups {
		if g := &s.talks.groups[i]; idOf(g.Room) == room {
			g.Messages = append(slices.Clone(g.Messages), json.RawMessage(message))
		}
	}
}

func (s *Server) roomList(w http.ResponseWriter, r *http.Request) {
	limit, bad := number(r.URL.Query().Get("limit"), 10, 1, 50, "limit")
	at, bad2 := cursor(r, "")
	if bad = append(bad, bad2...); len(bad) > 0 {
		answer(w, http.StatusUnprocessableEntity, map[string]any{"detail": bad})
		return
	}
	s.mu.Lock()
	rooms := make([]json.RawMessage, len(s.talks.groups))
	for i, g := range s.talks.groups {
		rooms[i] = g.Room
	}
	s.mu.Unlock()
	if len(rooms) == 0 {
		answer(w, http.StatusNotFound, detail("Not Found"))
		return
	}
	page, next := cut(rooms, at, limit)
	answer(w, http.StatusOK, map[string]any{"items": page, "cursor": next})
}

// roomMessages answers the newest messages, or those before a cursor, which is
// the id of a message.
func (s *Server) roomMessages(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := slices.IndexFunc(s.talks.groups, func(g group) bool { return idOf(g.Room) == r.PathValue("id") })
	limit, bad := number(r.URL.Query().Get("limit"), 20, 1, 100, "limit")
	switch {
	case at < 0:
		answer(w, http.StatusNotFound, detail("Not Found"))
		return
	case len(bad) > 0:
		answer(w, http.StatusUnprocessableEntity, map[string]any{"detail": bad})
		return
	}
	all := s.talks.groups[at].Messages
	end := len(all)
	if before := r.URL.Query().Get("before"); before != "" {
		end = max(0, slices.IndexFunc(all, func(m json.RawMessage) bool { return idOf(m) == before }))
	}
	start := max(0, end-limit)
	var previous any
	if start > 0 {
		previous = idOf(all[start])
	}
	answer(w, http.StatusOK, map[string]any{"items": append([]json.RawMessage{}, all[start:end]...), "prev_cursor": previous})
}

func (s *Server) shareList(w http.ResponseWriter, r *http.Request) {
	limit, bad := number(r.URL.Query().Get("limit"), 50, 1, 20, "limit")
	offset, bad2 := number(r.URL.Query().Get("offset"), 0, 0, 1<<30, "offset")
	if bad = append(bad, bad2...); len(bad) > 0 {
		answer(w, http.StatusUnprocessableEntity, map[string]any{"detail": bad})
		return
	}
	all := s.talks.shares
	answer(w, http.StatusOK, map[string]any{"items": s.cut(r, all, offset, limit), "total": len(all), "limit": limit, "offset": offset})
}

// share answers what a link shows: the conversation, which it need not name.
func (s *Server) share(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	for _, raw := range s.talks.shares {
		var link struct {
			Conversation string `json:"conversation_id"`
		}
		if idOf(raw) != id || json.Unmarshal(raw, &link) != nil {
			continue
		}
		e, _ := s.find(link.Conversation)
		if e == nil {
			break
		}
		body := must(dropKey(must(dropKey(e.raw, "conversation_id")), "id"))
		w.Header().Set("Content-Type", "application/json")
		w.Write(must(setKey(must(setKey(body, "is_public", "true")), "share_id", strconv.Quote(id))))
		return
	}
	answer(w, http.StatusNotFound, detail("Not Found"))
}
