package fakeapi

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

type page struct {
	Items  []map[string]any `json:"items"`
	Total  *int             `json:"total"`
	Limit  int              `json:"limit"`
	Offset int              `json:"offset"`
	Cursor *string          `json:"cursor"`
}

func samples(t *testing.T, o Options) *Server {
	t.Helper()
	s, err := New(os.DirFS("../../testdata/samples"), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func ask(s *Server, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", path, nil)
	r.Header.Set("Authorization", "Bearer "+DefaultToken)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func listOf(t *testing.T, s *Server, query string) page {
	t.Helper()
	w := ask(s, "/backend-api/conversations?"+query)
	var p page
	if w.Code != 200 || json.Unmarshal(w.Body.Bytes(), &p) != nil {
		t.Fatalf("%s: %d %s", query, w.Code, w.Body)
	}
	return p
}

func TestWithoutABearerNothingIsAnswered(t *testing.T) {
	s := samples(t, Options{Workspace: "w"})
	for _, c := range []struct {
		auth, space string
		code        int
		words       string
	}{
		{"", "w", 401, "Access token is missing"}, {"Basic x", "w", 401, "Access token is missing"}, {"Bearer ", "w", 401, "Access token is missing"},
		{"Bearer wrong", "w", 401, "token_expired"}, {"Bearer " + DefaultToken, "", 403, "workspace"}, {"Bearer " + DefaultToken, "w", 200, "items"},
	} {
		w := ask(s, "/backend-api/conversations", "Authorization", c.auth, "ChatGPT-Account-Id", c.space)
		if w.Code != c.code || !strings.Contains(w.Body.String(), c.words) || w.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%q %q: %d %s", c.auth, c.space, w.Code, w.Body)
		}
	}
}

func TestListsHaveTheOdditiesOfTheRealOnes(t *testing.T) {
	s := samples(t, Options{})
	p := listOf(t, s, "limit=5&offset=0")
	if len(p.Items) != 5 || p.Total == nil || *p.Total != 6 {
		t.Errorf("total is entries + 1 while there are any: %+v", p)
	}
	if p = listOf(t, s, "limit=5&offset=1000"); len(p.Items) != 0 || *p.Total != 1000 {
		t.Errorf("%+v", p)
	}
	if p = listOf(t, s, "limit=100&is_archived=true"); len(p.Items) != 1 || p.Total != nil || p.Items[0]["is_archived"] != true {
		t.Errorf("%+v", p)
	}
	if p = listOf(t, s, ""); p.Limit != 28 {
		t.Errorf("%+v", p)
	}
	all := listOf(t, s, "limit=100&hide_snorlax=false")
	if without := listOf(t, s, "limit=100"); len(without.Items) != len(all.Items)-1 {
		t.Errorf("%d with projects, %d without", len(all.Items), len(without.Items))
	}
	last := "9999"
	for _, item := range all.Items {
		at, _ := item["update_time"].(string)
		if at > last || len(at) != len("2026-03-31T21:21:10.503211Z") || item["mapping"] != nil || item["is_archived"] != false {
			t.Errorf("%v", item)
		}
		last = at
	}
	for query, code := range map[string]int{"limit=101": 422, "limit=0": 422, "limit=x": 422, "offset=-1": 422, "order=created": 500} {
		w := ask(s, "/backend-api/conversations?"+query)
		if w.Code != code || code == 422 && !strings.Contains(w.Body.String(), `"loc":["query",`) {
			t.Errorf("%s: %d %s", query, w.Code, w.Body)
		}
	}
}

func TestBodiesAreServedAsTheyAre(t *testing.T) {
	s := samples(t, Options{})
	raw, err := os.ReadFile("../../testdata/samples/16-lone-surrogates.json")
	if err != nil {
		t.Fatal(err)
	}
	var head struct {
		ID string `json:"conversation_id"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		t.Fatal(err)
	}
	if w := ask(s, "/backend-api/conversation/"+head.ID); w.Code != 200 || !bytes.Equal(w.Body.Bytes(), raw) {
		t.Errorf("%d, %d bytes", w.Code, w.Body.Len())
	}
	if w := ask(s, "/backend-api/conversation/unknown"); w.Code != 404 || strings.Contains(w.Body.String(), "conversation_deleted") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	s.Delete(head.ID)
	if w := ask(s, "/backend-api/conversation/"+head.ID); w.Code != 404 || !strings.Contains(w.Body.String(), `"code":"conversation_deleted"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if s.Reads(head.ID) != 2 || s.Count(RouteConversation) != 3 || s.Requests() != 3 {
		t.Error(s.Reads(head.ID), s.Count(RouteConversation), s.Requests())
	}
}

func TestChangesOfTheAccountTouchNoOtherByte(t *testing.T) {
	s := samples(t, Options{})
	id := s.IDs()[1]
	before := s.Body(id)
	if !s.Touch(id) || s.Touch("unknown") {
		t.Error("touch")
	}
	after := s.Body(id)
	var a, b map[string]any
	if json.Unmarshal(before, &a) != nil || json.Unmarshal(after, &b) != nil {
		t.Fatal("not JSON any more")
	}
	if b["update_time"].(float64) <= a["update_time"].(float64) {
		t.Errorf("%v then %v", a["update_time"], b["update_time"])
	}
	if p := listOf(t, s, "hide_snorlax=false"); p.Items[0]["id"] != id {
		t.Error("a touched chat is the newest")
	}
	if !s.Archive(id, true) {
		t.Error("archive")
	}
	if p := listOf(t, s, "is_archived=true&limit=100"); len(p.Items) != 2 || p.Items[0]["id"] != id {
		t.Errorf("%+v", p)
	}
	s.Archive(id, false)
	var c map[string]any
	if err := json.Unmarshal(s.Body(id), &c); err != nil || c["update_time"] != b["update_time"] {
		t.Errorf("%v: archiving moved %v to %v", err, b["update_time"], c["update_time"])
	}
	if len(s.Body(id)) != len(after) {
		t.Error("archiving and back is not the same")
	}
}

func TestSetKeyFindsOnlyTheOutermostKey(t *testing.T) {
	for in, want := range map[string]string{
		`{"a":{"k":1},"k" : [2,{"k":3}] ,"z":0}`: `{"a":{"k":1},"k" : 9 ,"z":0}`,
		` {"a":{"k":1}}`:                         ` {"k":9,"a":{"k":1}}`,
		`{"x":"k","k":null}`:                     `{"x":"k","k":9}`,
	} {
		if got, err := setKey([]byte(in), "k", "9"); err != nil || string(got) != want {
			t.Errorf("%s: %s %v", in, got, err)
		}
	}
}

func TestProjectsArePagedByCursor(t *testing.T) {
	account := fstest.MapFS{"projects.json": {Data: []byte(`[{"gizmo":{"gizmo":{"id":"g-p-1"}}},{"gizmo":{"gizmo":{"id":"g-p-2"}}}]`)}}
	for i := range 60 {
		account[string(rune('a'+i/26))+string(rune('a'+i%26))+".json"] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(
			`{"conversation_id":"c-#","update_time":1700000000.5,"mapping":{},"gizmo_id":"g-p-1","gizmo_type":"snorlax"}`, "#", time.Unix(int64(i), 0).UTC().Format("05")+string(rune('a'+i/26))))}
	}
	s, err := New(account, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var p page
	if err := json.Unmarshal(ask(s, "/backend-api/gizmos/snorlax/sidebar?limit=1").Body.Bytes(), &p); err != nil || len(p.Items) != 1 || p.Cursor == nil {
		t.Fatalf("%v %+v", err, p)
	}
	seen, cursor := 0, "0"
	for range 3 {
		p = page{}
		if err := json.Unmarshal(ask(s, "/backend-api/gizmos/g-p-1/conversations?limit=50&cursor="+url.QueryEscape(cursor)).Body.Bytes(), &p); err != nil || p.Total != nil {
			t.Fatalf("%v %+v", err, p)
		}
		seen += len(p.Items)
		if p.Cursor == nil {
			break
		}
		cursor = *p.Cursor
	}
	if seen != 60 || s.Count(RouteProject) != 2 || s.Count(RouteSidebar) != 1 {
		t.Errorf("%d seen", seen)
	}
}

func TestTroublesStrike(t *testing.T) {
	for name, c := range map[string]struct {
		trouble *Trouble
		check   func(*http.Response, []byte, error) bool
	}{
		"limited": {RateLimited("7"), func(r *http.Response, b []byte, err error) bool {
			return r.StatusCode == 429 && r.Header.Get("Retry-After") == "7"
		}},
		"challenge": {Challenge(), func(r *http.Response, b []byte, err error) bool {
			return r.StatusCode == 403 && r.Header.Get("cf-mitigated") == "challenge" && bytes.Contains(b, []byte("<html>"))
		}},
		"cut": {&Trouble{Cut: 500}, func(r *http.Response, b []byte, err error) bool {
			return r.StatusCode == 200 && err == io.ErrUnexpectedEOF && len(b) == 500
		}},
		"short": {&Trouble{Short: 500}, func(r *http.Response, b []byte, err error) bool {
			return r.StatusCode == 200 && err == nil && len(b) == 500
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := samples(t, Options{Script: Script(map[int]*Trouble{1: c.trouble})})
			url, stop, err := s.Listen()
			if err != nil {
				t.Fatal(err)
			}
			defer stop()
			r, err := http.NewRequest("GET", url+"/backend-api/conversations?limit=100", nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer "+DefaultToken)
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if !c.check(resp, body, err) {
				t.Errorf("%d, %d bytes, %v", resp.StatusCode, len(body), err)
			}
		})
	}
}

func TestAnAccountThatIsNoneIsRefused(t *testing.T) {
	one := &fstest.MapFile{Data: []byte(`{"conversation_id":"c","mapping":{}}`)}
	for name, account := range map[string]fstest.MapFS{
		"cut":      {"a.json": {Data: []byte(`{"conversation_id":`)}},
		"twice":    {"a.json": one, "b.json": one},
		"projects": {"projects.json": {Data: []byte(`{}`)}},
	} {
		if _, err := New(account, Options{}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if s, err := New(fstest.MapFS{"a.json": one, "list.json": {Data: []byte(`{"items":[]}`)}, "b.txt": {}}, Options{}); err != nil || len(s.IDs()) != 1 {
		t.Error(err)
	}
}
