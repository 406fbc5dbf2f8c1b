package source

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// entryOf is an entry of a capture in which a conversation was read.
func entryOf(id string, updated int) string {
	return fmt.Sprintf(`{"request":{"method":"GET","url":"https://chatgpt.com/backend-api/conversation/%s"},"response":{"status":200,"content":{"mimeType":"application/json","text":"{\"conversation_id\":\"%s\",\"update_time\":%d,\"mapping\":{}}"}}}`, id, id, updated)
}

func captured(t *testing.T, entries ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.har")
	if err := os.WriteFile(path, []byte(`{"log":{"entries":[`+strings.Join(entries, ",\n")+`]}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestACaptureIsOpenedLikeAnyInput(t *testing.T) {
	t.Parallel()
	unsaved := `{"request":{"method":"GET","url":"https://chatgpt.com/backend-api/conversation/cccccccc"},"response":{"status":200,"content":{"size":9}}}`
	path := captured(t, entryOf("aaaaaaaa", 10), `{"request":{"method":"GET","url":"https://chatgpt.com/backend-api/me"},"response":{"status":200,"content":{"text":"{}"}}}`,
		entryOf("bbbbbbbb", 20), unsaved, entryOf("aaaaaaaa", 30), entryOf("aaaaaaaa", 5))
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if s.Name != "browser capture" || s.Count != 2 {
		t.Errorf("%q with %d conversations", s.Name, s.Count)
	}
	for range 2 { // entries may be ranged over again
		var got []string
		for e, err := range s.Entries {
			if one := (*EntryError)(nil); errors.As(err, &one) {
				got = append(got, "lost "+one.ID)
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			c, err := e.Decode()
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, fmt.Sprintf("%s at %d", c.ID, c.Updated.Unix()))
		}
		if want := "[bbbbbbbb at 20 lost cccccccc aaaaaaaa at 30]"; fmt.Sprint(got) != want {
			t.Errorf("got %v, want %s", got, want)
		}
	}
	one, err := s.Select(Selection{IDs: []string{"bbbbbbbb"}})
	if err != nil {
		t.Fatal(err)
	}
	for e, err := range one.Entries {
		if err != nil || e.ID != "bbbbbbbb" {
			t.Errorf("%v, %v", e.ID, err)
		}
	}
}

func TestACaptureWithoutConversationsSaysWhatToDo(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{
		"open the developer tools first": captured(t, `{"request":{"method":"GET","url":"https://chatgpt.com/logo.png"},"response":{"status":200,"content":{}}}`),
		"save the capture with content":  captured(t, `{"request":{"method":"GET","url":"https://chatgpt.com/backend-api/conversation/cccccccc"},"response":{"status":200,"content":{}}}`),
	} {
		if _, err := Open(path); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v, want %q", err, name)
		}
	}
}

func TestACaptureThatChangesWhileItIsReadIsNoticed(t *testing.T) {
	t.Parallel()
	path := captured(t, entryOf("aaaaaaaa", 10), entryOf("bbbbbbbb", 20))
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.ReplaceAll(raw, []byte("bbbbbbbb"), []byte("dddddddd")), 0o600); err != nil {
		t.Fatal(err)
	}
	var last error
	for _, err := range s.Entries {
		last = err
	}
	if last == nil || !strings.Contains(last.Error(), "has changed") {
		t.Errorf("%v", last)
	}
}

func FuzzCapture(f *testing.F) {
	f.Add([]byte(`{"log":{"entries":[` + entryOf("aaaaaaaa", 10) + `]}}`))
	f.Add([]byte(`{"log":{"entries":[{"request":{"method":"POST","url":"https://chatgpt.com/backend-api/conversations/batch"},"response":{"status":200,"content":{"text":"[{\"id\":\"x\",\"mapping\":{}},null]"}}}]}}`))
	f.Add([]byte(`{"log":{"entries":[{"request":{"method":"GET","url":"https://chatgpt.com/backend-api/conversations/a/messages?before=c"},"response":{"status":200,"content":{"text":"{\"messages\":[],\"page_info\":{\"has_previous_page\":true,\"start_cursor\":\"c\"}}"}}}]}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if !isCapture(bytes.NewReader(raw)) {
			return
		}
		readCapture(bytes.NewReader(raw), nil, func(item Item, _ int64, err error) bool {
			if err == nil && (item.Kind == "" || item.ID == "" || item.Open == nil && item.Body == nil) {
				t.Fatalf("%+v", item)
			}
			return true
		})
	})
}
