package fetch

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"gptsnap/fetch/fakeapi"
	"gptsnap/formats/archive"
	"gptsnap/formats/chat"
	"gptsnap/formats/chatgpt"
	"gptsnap/formats/source"
)

const projectID = "g-p-0123456789abcdef0123456789abcdef"

// whole is [serve] for runs that ask for everything.
func whole(t *testing.T, files fstest.MapFS, o fakeapi.Options) (*fakeapi.Server, Options) {
	t.Helper()
	fake, options := serve(t, files, o)
	options.plain = false
	return fake, options
}

// project adds projects to an account; the first holds the chats of [many].
func project(files fstest.MapFS, n int, inside ...string) fstest.MapFS {
	var all []string
	for i := range n {
		id := projectID
		if i > 0 {
			id = fmt.Sprintf("g-p-%032d", i)
		}
		gizmo := fmt.Sprintf(`{"id":%q,"gizmo_type":"snorlax","display":{"name":"Project %d","description":""},"instructions":"Be brief."}`, id, i)
		item := `{"gizmo":{"gizmo":` + gizmo + `,"files":[` + strings.Join(inside, ",") + `]},"conversations":{"items":[],"cursor":null}}`
		if i%2 == 1 {
			item = `{"gizmo":` + gizmo + `,"files":[],"tools":[]}`
		}
		all = append(all, item)
	}
	files["projects.json"] = &fstest.MapFile{Data: []byte("[" + strings.Join(all, ",") + "]")}
	return files
}

// holdsBatches checks that the archive has each conversation as a batch gave it.
func holdsBatches(t *testing.T, path string, fake *fakeapi.Server) {
	t.Helper()
	held := stored(t, path, archive.KindConversation)
	for _, id := range fake.IDs() {
		if held[id] != string(fake.BatchBody(id)) {
			t.Fatalf("conversation %s: the archive holds\n%s\nthe account gives\n%s", id, held[id], fake.BatchBody(id))
		}
	}
}

func TestEverythingThatTheAccountHoldsIsStored(t *testing.T) {
	t.Parallel()
	fake, o := whole(t, project(many(60), 30), fakeapi.Options{})
	r := mustRun(t, o)
	if r.Listed != 60 || r.Fetched != 60 || r.Projects != 30 || r.Account != fakeapi.Account {
		t.Errorf("%+v", r)
	}
	holdsBatches(t, o.Archive, fake)
	account := stored(t, o.Archive, archive.KindAccount)
	for id, want := range map[string]string{"accounts-check": fakeapi.User, "me": "Rook", "memories": "left-handed", "custom-instructions": "Be brief", "settings": "training_allowed",
		"models": "gpt-5-2", "pins": "[]", "shared-0": "items", "gpts-mine": "cuts", "tasks-paused": "automations", "images-0": "items"} {
		if !strings.Contains(account[id], want) {
			t.Errorf("%s: %q", id, account[id])
		}
	}
	// Group chats and the library are not there: noted, and no failure.
	if len(r.Unavailable) != 2 || !strings.Contains(strings.Join(r.Unavailable, " "), "group chats") {
		t.Errorf("%q", r.Unavailable)
	}
	if pages := stored(t, o.Archive, archive.KindProject); len(pages) != 2 || !strings.Contains(pages["sidebar-1"], "Project 29") {
		t.Errorf("%d pages of projects", len(pages))
	}
	if !strings.Contains(stored(t, o.Archive, archive.KindListing)["project-"+projectID+"-0"], chatOf(4)) {
		t.Error("the project's own list is not there")
	}
	if fake.Count(fakeapi.RouteBatch) != 6 || fake.Count(fakeapi.RouteConversation) != 0 {
		t.Errorf("%d batches, %d single reads", fake.Count(fakeapi.RouteBatch), fake.Count(fakeapi.RouteConversation))
	}
	// The second run asks for lists and account parts, and for no body.
	if r = mustRun(t, o); r.Unchanged != 60 || fake.Count(fakeapi.RouteBatch) != 6 || fake.Count(fakeapi.RouteConversation) != 0 {
		t.Errorf("%+v", r)
	}
	s, err := source.Open(o.Archive)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	named := 0
	for c, err := range source.Map(t.Context(), s, 1, func(c *chat.Conversation) (*chat.Conversation, error) { return c, nil }) {
		if err != nil {
			t.Fatal(err)
		}
		if c.Project == "Project 0" {
			named++
		}
	}
	if named != 12 {
		t.Errorf("%d conversations know their project's name", named)
	}
}

func TestOnlyAndSkipChooseParts(t *testing.T) {
	t.Parallel()
	fake, o := whole(t, project(many(20), 1), fakeapi.Options{})
	only := o
	only.Only = []string{"memories", "instructions"}
	r := mustRun(t, only)
	if r.Listed != 0 || r.Parts != 2 || fake.Requests() != 3 {
		t.Errorf("%d requests: %+v", fake.Requests(), r)
	}
	skip := o
	skip.Skip = []string{"projects", "library", "models"}
	if r = mustRun(t, skip); r.Fetched != 20 || fake.Count(fakeapi.RouteSidebar) != 0 || stored(t, o.Archive, archive.KindAccount)["models"] != "" {
		t.Errorf("%+v", r)
	}
	o.Only = []string{"everything"}
	if _, err := Run(t.Context(), o); exitOf(err) != source.ExitUsage || !strings.Contains(err.Error(), "memories") {
		t.Error(err)
	}
}

func TestCursorsThatGoInACircleEndTheirList(t *testing.T) {
	t.Parallel()
	page := func(items string) *fakeapi.Trouble {
		return &fakeapi.Trouble{Status: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: `{"items":[` + items + `],"cursor":"again+and/again=="}`}
	}
	fake, o := whole(t, project(many(20), 1), fakeapi.Options{Script: func(r *http.Request, _ int) *fakeapi.Trouble {
		if strings.HasSuffix(r.URL.Path, projectID+"/conversations") {
			return page(`{"id":"` + chatOf(4) + `","title":"Chat 4","create_time":"2023-11-14T22:13:20Z","update_time":"2023-11-14T22:14:10Z"}`)
		}
		return nil
	}})
	r, err := Run(t.Context(), o)
	if exitOf(err) != source.ExitIncomplete || r.Fetched != 20 || len(r.Problems) != 1 || !strings.Contains(r.Problems[0], "circle") || fake.Count(fakeapi.RouteProject) != 2 {
		t.Errorf("%v: %+v, %d requests", err, r, fake.Count(fakeapi.RouteProject))
	}
}

func TestPartsThatAreRefusedAreNotedAndPartsThatFailMakeTheRunIncomplete(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		trouble *fakeapi.Trouble
		exit    int
	}{
		"403": {fakeapi.Forbidden(), 0},
		"404": {&fakeapi.Trouble{Status: 404, Body: `{"detail":"Not Found"}`}, 0},
		"422": {&fakeapi.Trouble{Status: 422, Body: `{"detail":[]}`}, 0},
		"500": {fakeapi.Broken(500), source.ExitIncomplete},
		"401": {fakeapi.Expired(), source.ExitAuth},
		"cf":  {fakeapi.Challenge(), source.ExitBlocked},
	} {
		fake, o := whole(t, many(3), fakeapi.Options{Script: func(r *http.Request, _ int) *fakeapi.Trouble {
			if strings.HasSuffix(r.URL.Path, "/memories") {
				return c.trouble
			}
			return nil
		}})
		r, err := Run(t.Context(), o)
		if exitOf(err) != c.exit || c.exit == 0 && !strings.Contains(strings.Join(r.Unavailable, " "), "memories") {
			t.Errorf("%s: exit %d, %v, %q", name, exitOf(err), err, r.Unavailable)
		}
		if c.exit == 0 || c.exit == source.ExitIncomplete {
			holdsBatches(t, o.Archive, fake)
		}
	}
}

func TestAnotherAccountIsRefused(t *testing.T) {
	t.Parallel()
	_, first := whole(t, many(3), fakeapi.Options{})
	mustRun(t, first)
	fake, second := whole(t, many(4), fakeapi.Options{Workspace: "team-7"})
	second.Archive, second.Workspace = first.Archive, "team-7"
	r, err := Run(t.Context(), second)
	if exitOf(err) != source.ExitAuth || !strings.Contains(err.Error(), fakeapi.Account) || !strings.Contains(err.Error(), "team-7") || fake.Requests() != 1 || r.Fetched != 0 {
		t.Errorf("%d requests, %v", fake.Requests(), err)
	}
	if n := len(stored(t, first.Archive, archive.KindConversation)); n != 3 {
		t.Errorf("%d conversations", n)
	}
	mustRun(t, first)
}

func TestTheBatchIsLeftForSingleAnswersOnlyWhenItIsNotFound(t *testing.T) {
	t.Parallel()
	fake, o := whole(t, many(25), fakeapi.Options{NoBatch: true})
	mustRun(t, o)
	holdsAll(t, o.Archive, fake)
	if fake.Count(fakeapi.RouteBatch) != 1 || fake.Count(fakeapi.RouteConversation) != 25 || fake.Count(fakeapi.RoutePage) != 0 {
		t.Errorf("%d batches, %d single, %d pages", fake.Count(fakeapi.RouteBatch), fake.Count(fakeapi.RouteConversation), fake.Count(fakeapi.RoutePage))
	}
	for i := range 12 {
		fake.Touch(chatOf(i))
	}
	mustRun(t, o) // what the first run found out is remembered
	if fake.Count(fakeapi.RouteBatch) != 1 || fake.Count(fakeapi.RouteConversation) != 37 {
		t.Errorf("%d batches, %d single", fake.Count(fakeapi.RouteBatch), fake.Count(fakeapi.RouteConversation))
	}
	for name, c := range map[string]struct {
		trouble *fakeapi.Trouble
		exit    int
	}{"401": {fakeapi.Expired(), source.ExitAuth}, "403": {fakeapi.Forbidden(), source.ExitAuth}, "429": {fakeapi.RateLimited(""), source.ExitBudget}} {
		fake, o := whole(t, many(25), fakeapi.Options{Script: func(r *http.Request, _ int) *fakeapi.Trouble {
			if strings.HasSuffix(r.URL.Path, "/batch") {
				return c.trouble
			}
			return nil
		}})
		if _, err := Run(t.Context(), o); exitOf(err) != c.exit || fake.Count(fakeapi.RouteConversation) != 0 {
			t.Errorf("%s: %v, %d single reads", name, err, fake.Count(fakeapi.RouteConversation))
		}
	}
}

func TestWhatABatchLacksIsAskedForSingly(t *testing.T) {
	t.Parallel()
	other, err := fakeapi.New(many(20), fakeapi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	odd := "[ " + string(other.BatchBody(chatOf(19))) + ", null, 7, {\"id\":\"" + chatOf(18) + "\",\"mapping\":null}, " + string(other.BatchBody(chatOf(0))) + "]"
	fake, o := whole(t, many(20), fakeapi.Options{Script: func(r *http.Request, _ int) *fakeapi.Trouble {
		if strings.HasSuffix(r.URL.Path, "/batch") {
			return &fakeapi.Trouble{Status: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: odd}
		}
		return nil
	}})
	mustRun(t, o)
	held := stored(t, o.Archive, archive.KindConversation)
	if held[chatOf(19)] != string(fake.BatchBody(chatOf(19))) || held[chatOf(18)] != string(fake.Body(chatOf(18))) || len(held) != 20 {
		t.Errorf("%d held", len(held))
	}
	for i := range 19 {
		if n := fake.Reads(chatOf(i)); n > 1 || n == 0 && i != 0 {
			t.Errorf("chat %d was read %d times singly", i, n)
		}
	}
}

func TestABatchThatBreaksCostsNoConversation(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]*fakeapi.Trouble{"500": fakeapi.Broken(500), "cut": {Cut: 500}, "short": {Short: 900}} {
		fake, o := whole(t, many(20), fakeapi.Options{Script: func(r *http.Request, _ int) *fakeapi.Trouble {
			if strings.HasSuffix(r.URL.Path, "/batch") {
				return trouble
			}
			return nil
		}})
		if r := mustRun(t, o); r.Fetched != 20 {
			t.Errorf("%s: %+v", name, r)
		}
		holdsAll(t, o.Archive, fake)
	}
}

// long is an account of one conversation of n messages.
func long(n int) fstest.MapFS {
	var b strings.Builder
	b.WriteString(`{"title":"Long","create_time":1700000000.25,"update_time":1700000050.5,"mapping":{"root":{"id":"root","message":null,"parent":null,"children":["m0"]}`)
	for i := range n {
		parent, role := fmt.Sprintf("m%d", i-1), "user"
		if i == 0 {
			parent = "root"
		}
		if i%2 == 1 {
			role = "assistant"
		}
		fmt.Fprintf(&b, `,"m%d":{"id":"m%[1]d","message":{"id":"m%[1]d","author":{"role":%q},"create_time":%d.5,"content":{"content_type":"text","parts":["Number %[1]d"]},"metadata":{"parent_id":%q},"recipient":"all"},"parent":%[4]q,"children":["m%[5]d"]}`, i, role, 1700000000+i, parent, i+1)
	}
	fmt.Fprintf(&b, `},"current_node":"m%d","conversation_id":%q}`, n-1, chatOf(1))
	return fstest.MapFS{"long.json": {Data: []byte(b.String())}}
}

func TestPagesAreFollowedToTheBeginning(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2, 99, 100, 101, 1155} {
		fake, o := whole(t, long(n), fakeapi.Options{Paged: true, Turns: 50})
		r := mustRun(t, o)
		if r.Partial != 1 || r.Fetched != 1 {
			t.Fatalf("%+v", r)
		}
		c, err := chatgpt.Decode([]byte(stored(t, o.Archive, archive.KindConversation)[chatOf(1)]))
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Nodes) != n || c.Partial != "other branches unknown" || string(c.Nodes[0].ID) != "m0" || string(c.Nodes[c.Current].ID) != fmt.Sprintf("m%d", n-1) {
			t.Errorf("%d messages: %d nodes, partial %q, current %d", n, len(c.Nodes), c.Partial, c.Current)
		}
		for _, rec := range recordsIn(t, o.Archive) {
			if rec.Kind == archive.KindConversation && (rec.Nodes != n || !strings.Contains(rec.Note, "newest first")) {
				t.Errorf("%+v", rec.Meta)
			}
		}
		if r = mustRun(t, o); r.Fetched != 0 || r.Unchanged != 1 {
			t.Errorf("%+v", r)
		}
		fake.Touch(chatOf(1))
		before := fake.Count(fakeapi.RouteConversation)
		if mustRun(t, o); fake.Count(fakeapi.RouteConversation) != before {
			t.Error("the way is not remembered")
		}
	}
}

func TestPagesThatDoNotReachTheBeginningAreNotStored(t *testing.T) {
	t.Parallel()
	asJSON := http.Header{"Content-Type": {"application/json"}}
	page := func(info string) *fakeapi.Trouble {
		return &fakeapi.Trouble{Status: 200, Header: asJSON, Body: `{"messages":[{"id":"m1","author":{"role":"user"},"content":{"content_type":"text","parts":["x"]}}],"page_info":` + info + `}`}
	}
	for name, trouble := range map[string]*fakeapi.Trouble{
		"the same cursor for ever": page(`{"start_cursor":"here","has_previous_page":true}`),
		"no cursor":                page(`{"start_cursor":null,"has_previous_page":true}`),
		"an empty page":            {Status: 200, Header: asJSON, Body: `{"messages":[],"page_info":{"start_cursor":"on","has_previous_page":true}}`},
		"not found between pages":  {Status: 404, Header: asJSON, Body: `{"detail":"Not Found"}`},
		"no page_info":             {Status: 200, Header: asJSON, Body: `{"messages":[]}`},
		"500":                      fakeapi.Broken(500),
	} {
		_, o := whole(t, long(200), fakeapi.Options{Paged: true, Script: func(r *http.Request, _ int) *fakeapi.Trouble {
			if strings.HasSuffix(r.URL.Path, "/messages") {
				return trouble
			}
			return nil
		}})
		r, err := Run(t.Context(), o)
		if exitOf(err) != source.ExitIncomplete || len(r.Failed) != 1 || len(stored(t, o.Archive, archive.KindConversation)) != 0 {
			t.Errorf("%s: %v, %+v", name, err, r.Failed)
		}
	}
}

// withFiles is a conversation that names files of every sort, and the files.
func withFiles() fstest.MapFS {
	files := fstest.MapFS{"chat.json": {Data: []byte(`{"title":"Files","create_time":1700000000.25,"update_time":1700000050.5,"conversation_id":"` + chatOf(1) + `","current_node":"b","mapping":{
"a":{"id":"a","parent":null,"children":["b"],"message":{"id":"a","author":{"role":"user"},"create_time":1700000001.5,"recipient":"all",
 "content":{"content_type":"multimodal_text","parts":[{"content_type":"image_asset_pointer","asset_pointer":"sediment://file_00000000aaaa61f7a0b1c2d3e4f50001","size_bytes":9,"width":4,"height":4},
  {"content_type":"audio_asset_pointer","asset_pointer":"sediment://file_00000000aaaa61f7a0b1c2d3e4f50002","format":"wav"},"see"]},
 "metadata":{"attachments":[{"id":"file-AbCdEf0123456789AbCdEf01","name":"paper.pdf","mime_type":"application/pdf","size":5},{"id":"file-Expired0123456789AbCdEf","name":"old.pdf","mime_type":"application/pdf"}]}}},
"b":{"id":"b","parent":"a","children":[],"message":{"id":"b","author":{"role":"assistant"},"create_time":1700000002.5,"recipient":"all",
 "content":{"content_type":"text","parts":["[Get](sandbox:/mnt/data/out.csv) and [this](sandbox:/mnt/data/gone.csv)"]},"metadata":{"textdoc_note":1,"canvas":{"textdoc_id":"doc-1"}}}}}}`)}}
	for name, text := range map[string]string{"file_00000000aaaa61f7a0b1c2d3e4f50001.png": "\x89PNG\r\n\x1a\nPICTURE", "file_00000000aaaa61f7a0b1c2d3e4f50002.wav": "RIFF....WAVEsound",
		"file-AbCdEf0123456789AbCdEf01.pdf": "%PDF-paper", "sandbox/out.csv": "a,b\n1,2\n", "file_00000000aaaa61f7a0b1c2d3e4f50009.pdf": "%PDF-of-the-project"} {
		files["files/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	return files
}

const inProject = `{"id":"gzm~0","file_id":"file_00000000aaaa61f7a0b1c2d3e4f50009","name":"Manual.pdf","type":"application/pdf","size":19}`

// opened are the bytes of the files that the archive's conversations name, by
// pointer; a missing one's reason in angle brackets.
func opened(t *testing.T, path string) map[string]string {
	t.Helper()
	s, err := source.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	all := map[string]string{}
	for c, err := range source.Map(t.Context(), s, 1, func(c *chat.Conversation) (*chat.Conversation, error) { return c, nil }) {
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range filesOf(c, FilesAll) {
			in, err := s.File(f)
			if err != nil {
				all[f.Pointer] = "<" + err.Error() + ">"
				continue
			}
			raw, err := io.ReadAll(in)
			in.Close()
			if err != nil {
				t.Fatal(err)
			}
			all[f.Pointer] = string(raw)
		}
	}
	return all
}

func TestFilesOfEverySortAreGotOnce(t *testing.T) {
	t.Parallel()
	for _, old := range []bool{false, true} {
		fake, o := whole(t, project(withFiles(), 1, inProject), fakeapi.Options{OldFiles: old})
		r := mustRun(t, o)
		got := opened(t, o.Archive)
		for pointer, want := range map[string]string{"sediment://file_00000000aaaa61f7a0b1c2d3e4f50001": "\x89PNG\r\n\x1a\nPICTURE", "sediment://file_00000000aaaa61f7a0b1c2d3e4f50002": "RIFF....WAVEsound",
			"file-AbCdEf0123456789AbCdEf01": "%PDF-paper", "sandbox:/mnt/data/out.csv": "a,b\n1,2\n",
			"file-Expired0123456789AbCdEf": "<no longer on the server: file_not_found>", "sandbox:/mnt/data/gone.csv": "<no longer on the server: ace_pod_expired>"} {
			if got[pointer] != want {
				t.Errorf("older address %t: %s: %q", old, pointer, got[pointer])
			}
		}
		if r.Files != 5 || len(r.FilesMissing) != 2 || len(r.FilesFailed) != 0 || stored(t, o.Archive, archive.KindFile)["file_00000000aaaa61f7a0b1c2d3e4f50009"] != "%PDF-of-the-project" {
			t.Errorf("%+v", r)
		}
		if !strings.Contains(stored(t, o.Archive, KindCanvas)[chatOf(1)], "doc-1") {
			t.Error("the canvas document is not there")
		}
		links := fake.Count(fakeapi.RouteLink)
		if r = mustRun(t, o); fake.Count(fakeapi.RouteLink) != links || len(r.FilesMissing) != 2 {
			t.Errorf("%d more links asked for: %+v", fake.Count(fakeapi.RouteLink)-links, r)
		}
		// The conversation changes: only its body is had again.
		fake.Touch(chatOf(1))
		if r = mustRun(t, o); r.Fetched != 1 || fake.Count(fakeapi.RouteLink) != links || fake.Count(fakeapi.RouteContent) != 5 {
			t.Errorf("%+v", r)
		}
		o.RetryFailed = true
		if r = mustRun(t, o); fake.Count(fakeapi.RouteLink) == links || r.Listed != 0 {
			t.Errorf("missing files were not asked for again: %+v", r)
		}
	}
}

func TestImagesOnlyThenAll(t *testing.T) {
	t.Parallel()
	fake, o := whole(t, withFiles(), fakeapi.Options{})
	none := o
	none.Files = FilesNone
	mustRun(t, none)
	if fake.Count(fakeapi.RouteLink) != 0 {
		t.Error("files were asked for")
	}
	images := o
	images.Files = FilesImages
	if r := mustRun(t, images); r.Files != 1 || fake.Count(fakeapi.RouteLink) != 1 {
		t.Errorf("%+v", r)
	}
	if r := mustRun(t, o); r.Fetched != 0 || r.Files != 3 || fake.Count(fakeapi.RouteContent) != 4 {
		t.Errorf("%+v", r)
	}
	o.Files = "some"
	if _, err := Run(t.Context(), o); exitOf(err) != source.ExitUsage {
		t.Error(err)
	}
}

func TestAFileThatFailsIsGotByTheNextRun(t *testing.T) {
	t.Parallel()
	asJSON := http.Header{"Content-Type": {"application/json"}}
	for name, trouble := range map[string]*fakeapi.Trouble{
		"500": fakeapi.Broken(500), "cut": {Cut: 3}, "a page of HTML once": nil,
		"an address elsewhere": {Status: 200, Header: asJSON, Body: `{"status":"success","download_url":"https://evil.example/x?sig=1","file_name":"x"}`},
		"an address of a file": {Status: 200, Header: asJSON, Body: `{"status":"success","download_url":"file:///etc/passwd","file_name":"x"}`},
		"a password in it":     {Status: 200, Header: asJSON, Body: `{"status":"success","download_url":"https://a:b@files.oaiusercontent.com/x","file_name":"x"}`},
		"plain http":           {Status: 200, Header: asJSON, Body: `{"status":"success","download_url":"http://files.oaiusercontent.com/x","file_name":"x"}`},
		"a like name":          {Status: 200, Header: asJSON, Body: `{"status":"success","download_url":"https://eviloaiusercontent.com/x","file_name":"x"}`},
	} {
		var mu sync.Mutex
		bad, once := true, true
		_, o := whole(t, withFiles(), fakeapi.Options{NoETag: true, Script: func(r *http.Request, _ int) *fakeapi.Trouble {
			mu.Lock()
			defer mu.Unlock()
			content := r.URL.Path == "/backend-api/estuary/content" && r.URL.Query().Get("id") == "file-AbCdEf0123456789AbCdEf01"
			link := strings.Contains(r.URL.Path, "file-AbCdEf0123456789AbCdEf01")
			switch {
			case !bad:
			case trouble == nil && content && once:
				once = false
				return fakeapi.LoginPage()
			case trouble == nil:
			case trouble.Header.Get("Content-Type") == "application/json" && trouble.Status == 200 && link, trouble.Status != 200 && content:
				return trouble
			}
			return nil
		}})
		r, err := Run(t.Context(), o)
		if trouble == nil {
			if err != nil || r.Files != 4 {
				t.Errorf("%s: %v %+v", name, err, r)
			}
			continue
		}
		if exitOf(err) != source.ExitIncomplete || len(r.FilesFailed) != 1 || r.Files != 3 || strings.Contains(fmt.Sprint(r), "sig=") {
			t.Errorf("%s: %v: %+v", name, err, r)
		}
		mu.Lock()
		bad = false
		mu.Unlock()
		if r, err = Run(t.Context(), o); err != nil || r.Files != 1 || opened(t, o.Archive)["file-AbCdEf0123456789AbCdEf01"] != "%PDF-paper" {
			t.Errorf("%s: the next run: %v %+v", name, err, r)
		}
	}
}

// elsewhere is another server, which has the files too and tells see of each request.
func elsewhere(t *testing.T, files fs.FS, see func(*http.Request)) *httptest.Server {
	t.Helper()
	away, err := fakeapi.New(files, fakeapi.Options{FileHost: "http://unused.example", Script: func(r *http.Request, _ int) *fakeapi.Trouble {
		see(r)
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(away)
	t.Cleanup(s.Close)
	return s
}

func TestCredentialsGoToTheServersOwnOriginOnly(t *testing.T) {
	t.Parallel()
	files := withFiles()
	var mu sync.Mutex
	var seen []http.Header
	second := elsewhere(t, files, func(r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, r.Header.Clone())
	})
	_, o := whole(t, files, fakeapi.Options{FileHost: second.URL})
	u, err := url.Parse(second.URL)
	if err != nil {
		t.Fatal(err)
	}
	o.hosts, o.Cookies, o.Workspace = []string{u.Host}, Cookies{conceal("a=1")}, fakeapi.Account
	r := mustRun(t, o)
	if r.Files != 4 || len(seen) != 4 {
		t.Errorf("%d requests: %+v", len(seen), r)
	}
	for _, h := range seen {
		if h.Get("Authorization") != "" || h.Get("Cookie") != "" || h.Get("Chatgpt-Account-Id") != "" {
			t.Errorf("%v", h)
		}
	}
	raw, err := os.ReadFile(o.Archive)
	if err != nil {
		t.Fatal(err)
	}
	for _, rec := range recordsIn(t, o.Archive) {
		meta, err := json.Marshal(rec.Meta)
		if err != nil {
			t.Fatal(err)
		}
		raw = append(raw, meta...)
	}
	for _, bodies := range []map[string]string{stored(t, o.Archive, archive.KindMissing), stored(t, o.Archive, archive.KindLedger), stored(t, o.Archive, "state")} {
		raw = append(raw, fmt.Sprint(bodies)...)
	}
	if bytes.Contains(raw, []byte(fakeapi.Signature())) {
		t.Error("a signed address is in the archive")
	}
}

func TestFilesTooLargeAreLeftAndGotWhenAllowed(t *testing.T) {
	t.Parallel()
	files := withFiles()
	big := bytes.Repeat([]byte("0123456789abcdef"), 1<<17) // 2 MiB
	files["files/file-AbCdEf0123456789AbCdEf01.pdf"] = &fstest.MapFile{Data: big}
	fake, o := whole(t, files, fakeapi.Options{})
	small := o
	small.MaxFileSize = 1 << 20
	r, err := Run(t.Context(), small)
	if exitOf(err) != source.ExitIncomplete || r.Files != 3 || len(r.FilesFailed) != 1 || !strings.Contains(r.FilesFailed[0].Reason, "max-file-size") || fake.Count(fakeapi.RouteContent) != 3 {
		t.Errorf("%v %+v", err, r)
	}
	if f := (*source.Failure)(nil); !errors.As(err, &f) || !strings.Contains(f.Hint, "larger --max-file-size") {
		t.Errorf("asking for the same again would bring nothing: %+v", f)
	}
	if r = mustRun(t, o); r.Files != 1 || opened(t, o.Archive)["file-AbCdEf0123456789AbCdEf01"] != string(big) {
		t.Errorf("%+v", r)
	}
}

func TestTheListsTellOfArchivingRenamingAndDeleting(t *testing.T) {
	t.Parallel()
	fake, o := whole(t, many(20), fakeapi.Options{})
	mustRun(t, o)
	fake.Archive(chatOf(3), true)
	fake.Archive(chatOf(6), false)
	fake.Rename(chatOf(8), "Another name")
	fake.Delete(chatOf(10))
	fake.Hide(chatOf(11))
	r := mustRun(t, o)
	for what, c := range map[string]struct{ got, want []string }{"archived": {r.Archived, []string{chatOf(3)}}, "restored": {r.Restored, []string{chatOf(6)}},
		"renamed": {r.Renamed, []string{chatOf(8)}}, "gone": {r.Gone, []string{chatOf(10)}}, "unlisted": {r.Unlisted, []string{chatOf(11)}}} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("%s: %q", what, c.got)
		}
	}
	if r.Fetched != 0 || !strings.Contains(r.Summary(), "1 renamed") {
		t.Errorf("%s", r.Summary())
	}
	if len(stored(t, o.Archive, archive.KindConversation)) != 20 {
		t.Error("a deleted conversation was thrown away")
	}
	before := fake.Reads(chatOf(10))
	r = mustRun(t, o) // nothing of it is news
	if len(r.Archived)+len(r.Restored)+len(r.Renamed)+len(r.Gone) != 0 || fake.Reads(chatOf(10)) != before {
		t.Errorf("%+v", r)
	}
}

func TestRetryFailedGetsOnlyWhatFailed(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	bad := true
	fake, o := whole(t, many(30), fakeapi.Options{NoBatch: true, Script: func(r *http.Request, _ int) *fakeapi.Trouble {
		mu.Lock()
		defer mu.Unlock()
		if bad && (strings.HasSuffix(r.URL.Path, chatOf(13)) || strings.HasSuffix(r.URL.Path, chatOf(14))) {
			return fakeapi.Broken(500)
		}
		return nil
	}})
	if r, err := Run(t.Context(), o); exitOf(err) != source.ExitIncomplete || len(r.Failed) != 2 {
		t.Fatalf("%v %+v", err, r)
	}
	mu.Lock()
	bad = false
	mu.Unlock()
	before := fake.Requests()
	again := o
	again.RetryFailed = true
	if r := mustRun(t, again); r.Fetched != 2 || fake.Requests() != before+3 {
		t.Errorf("%d requests: %+v", fake.Requests()-before, r)
	}
	holdsAll(t, o.Archive, fake)
	if r := mustRun(t, o); r.Fetched != 0 {
		t.Errorf("%+v", r)
	}
}

func TestTheAllowedTimeEndsARunThatCanGoOn(t *testing.T) {
	t.Parallel()
	fake, o := whole(t, many(30), fakeapi.Options{NoBatch: true, Script: func(r *http.Request, n int) *fakeapi.Trouble {
		if strings.HasSuffix(r.URL.Path, chatOf(20)) {
			return &fakeapi.Trouble{Delay: time.Hour}
		}
		return nil
	}})
	short := o
	short.Budget = 2 * time.Second
	r, err := Run(t.Context(), short)
	if exitOf(err) != source.ExitBudget || !errors.Is(err, errTime) || r.Left == 0 || r.Fetched != 9 {
		t.Fatalf("%v %+v", err, r)
	}
	var ledger Report
	if err := json.Unmarshal([]byte(stored(t, o.Archive, archive.KindLedger)["fetch"]), &ledger); err != nil || ledger.Left != r.Left {
		t.Errorf("%v %+v", err, ledger)
	}
	_ = fake
}

func TestALockedAccountIsLeftAlone(t *testing.T) {
	t.Parallel()
	fake, o := whole(t, many(300), fakeapi.Options{Script: func(r *http.Request, n int) *fakeapi.Trouble {
		if n > 2 {
			return fakeapi.RateLimited("")
		}
		return nil
	}})
	var notes []string
	o.Progress = func(p Progress) {
		if p.Note != "" {
			notes = append(notes, p.Note)
		}
	}
	_, err := Run(t.Context(), o)
	if exitOf(err) != source.ExitBudget || fake.Requests() != 2+lockedAfter+1 {
		t.Errorf("%v after %d requests", err, fake.Requests())
	}
	if len(notes) != lockedAfter || !strings.HasPrefix(notes[0], "rate limited, resuming at ") {
		t.Errorf("%q", notes)
	}
}

func TestAnArchiveOfAnotherAccountIsNotImported(t *testing.T) {
	t.Parallel()
	_, mine := whole(t, many(3), fakeapi.Options{})
	mustRun(t, mine)
	_, other := whole(t, many(5), fakeapi.Options{Workspace: "team-7"})
	other.Workspace = "team-7"
	mustRun(t, other)
	before := len(recordsIn(t, mine.Archive))
	r, err := Import(t.Context(), ImportOptions{Archive: mine.Archive, Inputs: []string{other.Archive}})
	if exitOf(err) != source.ExitIncomplete || len(r.Problems) != 1 || !strings.Contains(r.Problems[0], "team-7") || r.Fetched != 0 || len(recordsIn(t, mine.Archive)) != before {
		t.Errorf("%v: %+v", err, r)
	}
	// Into an empty archive it goes, and a fetch then knows whose it is.
	fresh := mine
	fresh.Archive = other.Archive + ".copy"
	if _, err := Import(t.Context(), ImportOptions{Archive: fresh.Archive, Inputs: []string{other.Archive}}); err != nil {
		t.Fatal(err)
	}
	if _, err := Run(t.Context(), fresh); exitOf(err) != source.ExitAuth {
		t.Errorf("the copy was taken for another account's: %v", err)
	}
}
