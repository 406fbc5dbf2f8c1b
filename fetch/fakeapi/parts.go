package fakeapi

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// The person and the account that a fake is of, unless [Options.Workspace]
// names another.
const (
	User    = "user-SYNTHETIC01"
	Account = "2a5aebb9-48c0-5e7a-ac09-c194973cae9e"
)

// accountParts serves what an account holds besides conversations. All of it
// is invented.
func (s *Server) accountParts() {
	serve := func(pattern string, body func(r *http.Request) any) {
		s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { answer(w, http.StatusOK, body(r)) })
	}
	same := func(v any) func(*http.Request) any { return func(*http.Request) any { return v } }
	id, structure := Account, "personal"
	if s.o.Workspace != "" {
		id, structure = s.o.Workspace, "workspace"
	}
	account := map[string]any{"account_id": id, "account_user_id": User + "__" + id, "account_user_role": "account-owner", "structure": structure, "plan_type": "plus", "name": nil}
	serve("GET /backend-api/accounts/check/v4-2023-04-27", same(map[string]any{
		"accounts": map[string]any{id: map[string]any{"account": account, "features": []string{"canvas"}},
			"default": map[string]any{"account": map[string]any{"account_id": id, "structure": structure, "plan_type": "plus"}}},
		"account_ordering": []string{id}}))
	serve("GET /backend-api/me", same(map[string]any{"id": User, "name": "Rook", "email": "rook@example.invalid", "country": nil, "created": 1700000000}))
	serve("GET /backend-api/memories", func(r *http.Request) any {
		all := []any{}
		if r.URL.Query().Get("include_memory_entries") == "true" {
			all = append(all, map[string]any{"id": "894f03b3-38df-52d9-8eb4-5bb0e3b60a9a", "content": "User is left-handed.", "updated_at": "2025-10-09", "status": "warm"})
		}
		return map[string]any{"memories": all, "memory_max_tokens": 8000, "memory_num_tokens": 7}
	})
	serve("GET /backend-api/user_system_messages", same(map[string]any{"object": "user_system_message_detail", "enabled": true, "about_user_message": "Preferred name: Rook", "about_model_message": "Be brief."}))
	serve("GET /backend-api/settings/user", same(map[string]any{"settings": map[string]any{"training_allowed": false}}))
	serve("GET /backend-api/settings/beta_features", same(map[string]any{}))
	serve("GET /backend-api/models", same(map[string]any{"models": []any{map[string]any{"slug": "gpt-5-2", "title": "GPT-5.2"}}, "categories": []any{}}))
	serve("GET /backend-api/pins", same([]any{}))
	s.mux.HandleFunc("GET /backend-api/shared_conversations", s.shareList)
	serve("GET /backend-api/gizmos/discovery/mine", same(map[string]any{"cuts": []any{}}))
	serve("GET /backend-api/automations", same(map[string]any{"automations": []any{}}))
	serve("GET /backend-api/my/recent/image_gen", same(map[string]any{"items": []any{}, "cursor": nil}))
	// Group chats and the file library are not there for every account.
}

// gpt answers one project, or a custom GPT that a conversation was had with.
func (s *Server) gpt(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	for _, raw := range s.project {
		if gizmo := gizmoOf(raw); strings.Contains(string(gizmo), `"`+id+`"`) {
			answer(w, http.StatusOK, map[string]any{"gizmo": gizmo})
			return
		}
	}
	s.mu.Lock()
	known := slices.ContainsFunc(s.order, func(c string) bool { return s.chats[c] != nil && s.chats[c].gizmoID == id })
	s.mu.Unlock()
	if !known || s.o.Bare {
		answer(w, http.StatusNotFound, detail("Not Found"))
		return
	}
	answer(w, http.StatusOK, map[string]any{"gizmo": map[string]any{"id": id, "gizmo_type": "gpt", "display": map[string]any{"name": "GPT " + id, "description": ""}}})
}

// gizmoOf is the project itself, in either nesting.
func gizmoOf(raw json.RawMessage) json.RawMessage {
	var outer struct {
		Gizmo json.RawMessage `json:"gizmo"`
	}
	inner := outer
	if json.Unmarshal(raw, &outer) == nil && json.Unmarshal(outer.Gizmo, &inner) == nil && len(inner.Gizmo) > 0 {
		return inner.Gizmo
	}
	return outer.Gizmo
}

// home is a page that lets no script of its own run and logs its reader in.
func (s *Server) home(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, &http.Cookie{Name: "fake-session", Value: "1", Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'none'; connect-src 'self'; require-trusted-types-for 'script'")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Write([]byte("<!doctype html><title>ChatGPT</title><h1>What can I help with?</h1>"))
}

// session answers as /api/auth/session does: nothing to whoever is not logged in.
func (s *Server) session(w http.ResponseWriter, r *http.Request) {
	if _, err := r.Cookie("fake-session"); err != nil {
		answer(w, http.StatusOK, map[string]any{})
		return
	}
	answer(w, http.StatusOK, map[string]any{"user": map[string]any{"id": User, "name": "Rook"}, "expires": "2036-06-30T00:00:00.000Z", "accessToken": s.o.Token, "authProvider": "openai"})
}
