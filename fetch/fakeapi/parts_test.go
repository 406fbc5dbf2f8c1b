package fakeapi

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

// account is one conversation with a fork and three messages on its current
// branch, a file, a project of each nesting, and what code wrote.
func account() fstest.MapFS {
	return fstest.MapFS{
		"chat.json": {Data: []byte(`{"conversation_id":"c-1","default_model_slug":"auto","title":"One","create_time":1700000000.25,"update_time":1700000050.123456,"mapping":{
"r":{"id":"r","message":null,"parent":null,"children":["a"]},"a":{"id":"a","message":{"id":"a"},"parent":"r","children":["b","x"]},
"x":{"id":"x","message":{"id":"x"},"parent":"a","children":[]},"b":{"id":"b","message":{"id":"b"},"parent":"a","children":["c"]},"c":{"id":"c","message":{"id":"c"},"parent":"b","children":[]}},"current_node":"c"}`)},
		"projects.json":         {Data: []byte(`[{"gizmo":{"gizmo":{"id":"g-p-1","display":{"name":"Inner"}}}},{"gizmo":{"id":"g-p-2","display":{"name":"Outer"}}}]`)},
		"files/file-One.png":    {Data: []byte("picture")},
		"files/sandbox/out.csv": {Data: []byte("a,b\n")},
	}
}

func post(s *Server, path, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+s.o.Token)
	s.ServeHTTP(w, r)
	return w
}

func made(t *testing.T, o Options) *Server {
	t.Helper()
	s, err := New(account(), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestABatchLeavesOutWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	s := made(t, Options{})
	const at = "/backend-api/conversations/batch"
	w := post(s, at, `{"conversation_ids":["unknown","c-1"]}`)
	var all []map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &all); err != nil || len(all) != 1 {
		t.Fatalf("%v: %s", err, w.Body)
	}
	got := all[0]
	if got["id"] != "c-1" || got["update_time"] != "2023-11-14T22:14:10.123456Z" || got["conversation_id"] != nil || got["default_model_slug"] != nil || len(got["mapping"].(map[string]any)) != 5 {
		t.Errorf("%s", w.Body)
	}
	eleven := `{"conversation_ids":["1","2","3","4","5","6","7","8","9","10","11"]}`
	for body, want := range map[string]int{eleven: 422, `{"conversation_ids":[]}`: 422, ``: 422, `{"conversation_ids":["unknown"]}`: 200} {
		if w := post(s, at, body); w.Code != want {
			t.Errorf("%s: %d", body, w.Code)
		}
	}
	if w := post(made(t, Options{NoBatch: true}), at, eleven); w.Code != 404 {
		t.Errorf("%d without batches", w.Code)
	}
}

func TestThePagedContractHasOnlyTheCurrentBranch(t *testing.T) {
	t.Parallel()
	s := made(t, Options{Paged: true, Turns: 2})
	type page struct {
		Title    string
		Mapping  any
		Messages []struct{ ID string }
		Info     struct {
			Start   string `json:"start_cursor"`
			Earlier bool   `json:"has_previous_page"`
		} `json:"page_info"`
	}
	var newest, older page
	if err := json.Unmarshal(ask(s, "/backend-api/conversations/c-1?num_turns=100").Body.Bytes(), &newest); err != nil || newest.Mapping != nil || newest.Title != "One" {
		t.Fatalf("%v %+v", err, newest)
	}
	if len(newest.Messages) != 2 || newest.Messages[0].ID != "b" || newest.Messages[1].ID != "c" || !newest.Info.Earlier {
		t.Errorf("%+v", newest)
	}
	before := strings.NewReplacer("+", "%2B", "/", "%2F", "=", "%3D").Replace(newest.Info.Start)
	if err := json.Unmarshal(ask(s, "/backend-api/conversations/c-1/messages?before="+before).Body.Bytes(), &older); err != nil || older.Info.Earlier || older.Title != "" {
		t.Fatalf("%v %+v", err, older)
	}
	if len(older.Messages) != 2 || older.Messages[0].ID != "a" || older.Messages[1].ID != "b" { // the last comes again
		t.Errorf("%+v", older)
	}
	for _, path := range []string{"/backend-api/conversation/c-1", "/backend-api/conversations/c-2"} {
		if w := ask(s, path); w.Code != 404 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if w := ask(made(t, Options{}), "/backend-api/conversations/c-1"); w.Code != 404 {
		t.Errorf("pages without the paged contract: %d", w.Code)
	}
}

func TestAFileIsHadInTwoSteps(t *testing.T) {
	t.Parallel()
	s := made(t, Options{})
	for path, want := range map[string]string{"/backend-api/files/download/file-One": "picture", "/backend-api/conversation/c-1/interpreter/download?message_id=c&sandbox_path=/mnt/data/out.csv": "a,b\n",
		"/backend-api/files/download/file-None": "file_not_found", "/backend-api/conversation/c-1/interpreter/download?message_id=c&sandbox_path=/mnt/data/old.csv": "ace_pod_expired"} {
		w := ask(s, path)
		var link struct {
			Status string
			URL    string `json:"download_url"`
			Code   string `json:"error_code"`
		}
		if err := json.Unmarshal(w.Body.Bytes(), &link); err != nil || w.Code != 200 {
			t.Fatalf("%s: %v %s", path, err, w.Body)
		}
		if link.Status == "error" {
			if link.Code != want {
				t.Errorf("%s: %s", path, w.Body)
			}
			continue
		}
		_, at, _ := strings.Cut(link.URL, "example.com")
		if got := ask(s, at).Body.String(); got != want {
			t.Errorf("%s: %q", at, got)
		}
		if w := ask(s, strings.Replace(at, Signature(), "forged", 1)); w.Code != 403 {
			t.Errorf("a forged signature: %d", w.Code)
		}
	}
	if w := ask(s, "/backend-api/files/file-One/download"); w.Code != 404 {
		t.Errorf("the older address: %d", w.Code)
	}
	if w := ask(made(t, Options{OldFiles: true}), "/backend-api/files/file-One/download"); !strings.Contains(w.Body.String(), "success") {
		t.Errorf("the older address: %s", w.Body)
	}
}

func TestASessionIsForWhoeverLoadedThePage(t *testing.T) {
	t.Parallel()
	s := made(t, Options{Browser: true, Token: "t"})
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/auth/session", nil))
	if strings.TrimSpace(w.Body.String()) != "{}" {
		t.Errorf("%s", w.Body)
	}
	page := httptest.NewRecorder()
	s.ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/", nil))
	r := httptest.NewRequest(http.MethodGet, "/api/auth/session", nil)
	for _, c := range page.Result().Cookies() {
		r.AddCookie(c)
	}
	w = httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if !strings.Contains(w.Body.String(), `"accessToken":"t"`) || !strings.Contains(page.Header().Get("Content-Security-Policy"), "script-src 'none'") {
		t.Errorf("%s %v", w.Body, page.Header())
	}
}
