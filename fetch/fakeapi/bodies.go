package fakeapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

const batchMost = 10

// find is a conversation as it is now, and whether it was deleted.
func (s *Server) find(id string) (e *entry, gone bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.chats[id], s.gone[id]
}

func (s *Server) batch(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		IDs []string `json:"conversation_ids"`
	}
	if s.o.NoBatch || s.o.Paged {
		answer(w, http.StatusNotFound, detail("Not Found"))
		return
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16)).Decode(&asked); err != nil || len(asked.IDs) == 0 || len(asked.IDs) > batchMost {
		answer(w, http.StatusUnprocessableEntity, map[string]any{"detail": []any{map[string]any{"loc": []string{"body", "conversation_ids"},
			"msg": fmt.Sprintf("ensure this value has at most %d items", batchMost), "type": "value_error.list.max_items"}}})
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write([]byte("["))
	n := 0
	for _, id := range asked.IDs {
		raw := s.BatchBody(id)
		if raw == nil {
			continue
		}
		s.mu.Lock()
		s.reads[id]++
		s.mu.Unlock()
		if n++; n > 1 {
			w.Write([]byte(",\n "))
		}
		w.Write(raw)
	}
	w.Write([]byte("]"))
}

// BatchBody is a conversation as an element of a batch: its id is called id,
// its times are ISO strings, and its default model is left out. Nil if there
// is none.
func (s *Server) BatchBody(id string) []byte {
	e, _ := s.find(id)
	if e == nil {
		return nil
	}
	raw := e.raw
	for _, c := range []struct {
		key   string
		value time.Time
	}{{"create_time", e.created}, {"update_time", e.updated}} {
		if !c.value.IsZero() {
			raw = must(setKey(raw, c.key, c.value.Format(`"2006-01-02T15:04:05.000000Z"`)))
		}
	}
	raw = must(dropKey(must(dropKey(must(dropKey(raw, "default_model_slug")), "conversation_id")), "id"))
	return must(setKey(raw, "id", strconv.Quote(id)))
}

func must(raw []byte, err error) []byte {
	if err != nil {
		panic(fmt.Sprintf("fakeapi: a conversation that was read once: %v", err))
	}
	return raw
}

// dropKey takes a key out of the outermost object; other bytes stay, as far as
// commas allow.
func dropKey(raw []byte, key string) ([]byte, error) {
	d := json.NewDecoder(strings.NewReader(string(raw)))
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	start := d.InputOffset()
	for first := true; d.More(); first = false {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		var old json.RawMessage
		if err := d.Decode(&old); err != nil {
			return nil, err
		}
		end := d.InputOffset()
		if name == key {
			if first {
				if rest := strings.TrimLeft(string(raw[end:]), " \t\r\n"); strings.HasPrefix(rest, ",") {
					end = int64(len(raw)) - int64(len(rest)) + 1
				}
			}
			return slices.Concat(raw[:start], raw[end:]), nil
		}
		start = end
	}
	return raw, nil
}

// branch are the messages of a conversation's current branch, oldest first.
func (e *entry) branch() ([]json.RawMessage, error) {
	var tree struct {
		Mapping map[string]struct {
			Message json.RawMessage `json:"message"`
			Parent  *string         `json:"parent"`
		} `json:"mapping"`
		Current string `json:"current_node"`
	}
	if err := json.Unmarshal(e.raw, &tree); err != nil {
		return nil, err
	}
	var all []json.RawMessage
	seen := map[string]bool{}
	for id := tree.Current; id != "" && !seen[id]; {
		seen[id] = true
		node := tree.Mapping[id]
		if len(node.Message) > 0 && string(node.Message) != "null" {
			all = append(all, node.Message)
		}
		if node.Parent == nil {
			break
		}
		id = *node.Parent
	}
	slices.Reverse(all)
	return all, nil
}

func (s *Server) firstPage(w http.ResponseWriter, r *http.Request) { s.page(w, r, true) }
func (s *Server) olderPage(w http.ResponseWriter, r *http.Request) { s.page(w, r, false) }

// page answers messages and page_info. The cursor of a page is the place of
// its first message, so each page is the one before it; two pages overlap by a
// message, as they were seen to.
func (s *Server) page(w http.ResponseWriter, r *http.Request, newest bool) {
	e, gone := s.find(r.PathValue("id"))
	switch {
	case gone:
		answer(w, http.StatusNotFound, map[string]any{"detail": map[string]any{"message": "Conversation was deleted.", "code": "conversation_deleted"}})
		return
	case e == nil || !s.o.Paged:
		answer(w, http.StatusNotFound, detail("Not Found"))
		return
	}
	all, err := e.branch()
	if err != nil {
		answer(w, http.StatusInternalServerError, detail("Internal Server Error"))
		return
	}
	turns, bad := number(r.URL.Query().Get("num_turns"), 10, 1, 1000, "num_turns")
	end, bad2 := len(all), []any(nil)
	if !newest {
		before, _ := strings.CutPrefix(r.URL.Query().Get("before"), cursorPad)
		end, bad2 = number(before, 0, 1, len(all), "before")
		end = min(end+1, len(all))
	}
	if bad = append(bad, bad2...); len(bad) > 0 {
		answer(w, http.StatusUnprocessableEntity, map[string]any{"detail": bad})
		return
	}
	if s.o.Turns > 0 {
		turns = min(turns, s.o.Turns)
	}
	start := max(0, end-turns)
	info := map[string]any{"start_cursor": cursorPad + strconv.Itoa(start), "end_cursor": cursorPad + strconv.Itoa(end), "has_previous_page": start > 0, "has_next_page": !newest}
	messages := append([]json.RawMessage{}, all[start:end]...)
	if !newest {
		answer(w, http.StatusOK, map[string]any{"messages": messages, "page_info": info})
		return
	}
	raw := must(setKey(must(dropKey(e.raw, "mapping")), "page_info", text(info)))
	w.Header().Set("Content-Type", "application/json")
	w.Write(must(setKey(raw, "messages", text(messages))))
}

// text is v as JSON.
func text(v any) string {
	raw, err := json.Marshal(v)
	return string(must(raw, err))
}
