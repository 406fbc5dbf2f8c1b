package fakeapi

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"
	"time"
)

// An entry is one conversation of the account: its bytes as they are served,
// and what lists tell about it.
type entry struct {
	raw               []byte
	id, title         string
	titleNull         bool
	created, updated  time.Time
	archived, starred bool
	gizmoID           string
	gizmoType         string
	template          any
	scope             any
	origin            any
}

func (s *Server) load(account fs.FS) error {
	names, err := fs.Glob(account, "*.json")
	if err != nil {
		return fmt.Errorf("reading the fake account: %w", err)
	}
	if err := s.loadFiles(account); err != nil {
		return err
	}
	for _, name := range names {
		raw, err := fs.ReadFile(account, name)
		if err != nil {
			return fmt.Errorf("reading the fake account: %w", err)
		}
		if name == "projects.json" {
			if err := json.Unmarshal(raw, &s.project); err != nil {
				return fmt.Errorf("reading the fake account: %s: %w", name, err)
			}
			continue
		}
		if talk, err := s.talk(name, raw); talk || err != nil {
			if err != nil {
				return err
			}
			continue
		}
		e, err := describe(raw)
		if err != nil {
			return fmt.Errorf("reading the fake account: %s: %w", name, err)
		}
		if e == nil {
			continue
		}
		if s.chats[e.id] != nil {
			return fmt.Errorf("reading the fake account: %s: conversation %s is there twice", name, e.id)
		}
		s.chats[e.id] = e
		s.order = append(s.order, e.id)
	}
	return nil
}

// describe reads what lists tell about a conversation; nil when raw is JSON of
// something else.
func describe(raw []byte) (*entry, error) {
	var head struct {
		ConversationID string          `json:"conversation_id"`
		ID             string          `json:"id"`
		Title          *string         `json:"title"`
		Created        json.RawMessage `json:"create_time"`
		Updated        json.RawMessage `json:"update_time"`
		Mapping        json.RawMessage `json:"mapping"`
		Archived       bool            `json:"is_archived"`
		Starred        *bool           `json:"is_starred"`
		GizmoID        *string         `json:"gizmo_id"`
		GizmoType      *string         `json:"gizmo_type"`
		Template       any             `json:"conversation_template_id"`
		Scope          any             `json:"memory_scope"`
		Origin         any             `json:"conversation_origin"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return nil, err
	}
	id := head.ConversationID
	if id == "" {
		id = head.ID
	}
	if id == "" || !strings.HasPrefix(string(head.Mapping), "{") {
		return nil, nil
	}
	e := &entry{raw: raw, id: id, titleNull: head.Title == nil, created: moment(head.Created), updated: moment(head.Updated),
		archived: head.Archived, template: head.Template, scope: head.Scope, origin: head.Origin}
	if head.Title != nil {
		e.title = *head.Title
	}
	if head.Starred != nil {
		e.starred = *head.Starred
	}
	if head.GizmoID != nil {
		e.gizmoID = *head.GizmoID
	}
	if head.GizmoType != nil {
		e.gizmoType = *head.GizmoType
	}
	return e, nil
}

// moment reads seconds or an ISO string, to the microsecond as the server keeps it.
func moment(raw json.RawMessage) time.Time {
	var seconds float64
	if json.Unmarshal(raw, &seconds) == nil && seconds > 0 {
		whole, part := math.Modf(seconds)
		return time.Unix(int64(whole), int64(math.Round(part*1e6))*1000).UTC()
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

// listed are the list entries of the conversations that keep chooses, newest first.
func (s *Server) listed(keep func(*entry) bool) []json.RawMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	var chosen []*entry
	for _, id := range s.order {
		if e := s.chats[id]; e != nil && (!s.hidden[id] || s.o.Filtered) && keep(e) {
			chosen = append(chosen, e)
		}
	}
	slices.SortStableFunc(chosen, func(a, b *entry) int { return b.updated.Compare(a.updated) })
	items := make([]json.RawMessage, len(chosen))
	for i, e := range chosen {
		if !s.hidden[e.id] {
			items[i] = e.item() // else nil, which holds its place
		}
	}
	return items
}

func (e *entry) item() json.RawMessage {
	iso := func(t time.Time) any {
		if t.IsZero() {
			return nil
		}
		return t.Format("2006-01-02T15:04:05.000000Z")
	}
	text := func(s string) any {
		if s == "" {
			return nil
		}
		return s
	}
	var title, starred any
	if !e.titleNull {
		title = e.title
	}
	if e.starred {
		starred = true
	}
	raw, err := json.Marshal(map[string]any{
		"id": e.id, "title": title, "create_time": iso(e.created), "update_time": iso(e.updated), "pinned_time": nil,
		"mapping": nil, "current_node": nil, "conversation_template_id": e.template, "gizmo_id": text(e.gizmoID),
		"is_archived": e.archived, "is_starred": starred, "is_temporary_chat": false, "is_do_not_remember": nil,
		"memory_scope": e.scope, "context_scopes": nil, "context_scopes_v2": map[string]any{"context_scopes": []string{}},
		"workspace_id": nil, "async_status": nil, "safe_urls": []string{}, "blocked_urls": []string{},
		"conversation_origin": e.origin, "snippet": nil, "sugar_item_id": nil, "sugar_item_visible": false,
		"is_automation_conversation": false, "latest_assistant_turn_created_at": nil, "summary_metadata": nil,
		"trial_conversation_type": nil,
	})
	if err != nil {
		panic(fmt.Sprintf("fakeapi: a list entry of plain values: %v", err))
	}
	return raw
}

// IDs are the ids of all conversations of the account, in the order of their
// file names.
func (s *Server) IDs() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.order), func(id string) bool { return s.chats[id] == nil })
}

// Body is what the account serves for a conversation now; nil if it has none.
func (s *Server) Body(id string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.chats[id]; e != nil {
		return slices.Clone(e.raw)
	}
	return nil
}
