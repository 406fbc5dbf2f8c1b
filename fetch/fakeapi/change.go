package fakeapi

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// This file is what its owner may do to an account while it is read.

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
