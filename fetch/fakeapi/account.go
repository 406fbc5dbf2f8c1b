package fakeapi

import (
	"cmp"
	"encoding/json"
	"errors"
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

// Touch makes a conversation the newest of the account, as a new message in it
// would: update_time moves in its list entry and in its body. It reports
// whether there is such a conversation.
func (s *Server) Touch(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	newest := time.Time{}
	for _, e := range s.chats {
		if e.updated.After(newest) {
			newest = e.updated
		}
	}
	next := newest.Add(time.Second)
	return s.change(id, "update_time", fmt.Sprintf("%d.%06d", next.Unix(), next.Nanosecond()/1000))
}

// Add puts another conversation into the account, given as its files are.
func (s *Server) Add(raw []byte) error {
	e, err := describe(raw)
	if err != nil || e == nil {
		return fmt.Errorf("adding to the fake account: no conversation: %w", cmp.Or(err, errors.New("it has no id or no mapping")))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.chats[e.id] = e
	s.order = append(s.order, e.id)
	return nil
}

// Archive moves a conversation to the archived list, or back. Its update_time
// stays, as on the real server.
func (s *Server) Archive(id string, archived bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.change(id, "is_archived", fmt.Sprint(archived))
}

// Rename gives a conversation another title. Its update_time stays.
func (s *Server) Rename(id, title string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.change(id, "title", text(title))
}

// Hide leaves a conversation out of every list, though it can still be read:
// the archived list was seen to forget some.
func (s *Server) Hide(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hidden[id] = true
}

// Delete takes a conversation away. Asked for it, the account then says that
// it was deleted.
func (s *Server) Delete(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.chats[id] == nil {
		return false
	}
	delete(s.chats, id)
	s.gone[id] = true
	return true
}

// change sets one key of a conversation in a copy of its bytes.
func (s *Server) change(id, key, value string) bool {
	e := s.chats[id]
	if e == nil {
		return false
	}
	raw, err := setKey(e.raw, key, value)
	if err == nil {
		e, err = describe(raw)
	}
	if err != nil {
		panic(fmt.Sprintf("fakeapi: conversation %s was read once: %v", id, err))
	}
	s.chats[id] = e
	return true
}

// setKey replaces the value of a key of the outermost object, or adds it as
// the first one. All other bytes stay.
func setKey(raw []byte, key, value string) ([]byte, error) {
	d := json.NewDecoder(strings.NewReader(string(raw)))
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	start := d.InputOffset()
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		var old json.RawMessage
		if err := d.Decode(&old); err != nil {
			return nil, err
		}
		if name == key {
			end := d.InputOffset()
			return slices.Concat(raw[:end-int64(len(old))], []byte(value), raw[end:]), nil
		}
	}
	return slices.Concat(raw[:start], fmt.Appendf(nil, "%q:%s,", key, value), raw[start:]), nil
}
