package fetch

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"gptsnap/fetch/fakeapi"
	"gptsnap/formats/archive"
	"gptsnap/formats/chat"
	"gptsnap/formats/source"
)

const roomID = "5b1e0c0de5b1e0c0de5b1e0c0de5b1e0"

func wrote(n int, who, text string) string {
	return fmt.Sprintf(`{"id":"%s~%[1]s~CalpicoMessage~%04d","role":"user","account_user_id":%q,"content":{"text":%q},"request_id":"r%[2]d","created_at":"2026-02-01T10:%02[2]d:00Z"}`, roomID, n, who, text)
}

// withTalks is a small account with a group chat of n messages and a shared link.
func withTalks(n int) fstest.MapFS {
	files := many(5)
	var all []string
	for i := range n {
		if i%2 == 0 {
			all = append(all, wrote(i, "user-ann", fmt.Sprintf("Word %d of Ann", i)))
		} else {
			all = append(all, fmt.Sprintf(`{"id":"%s~%[1]s~CalpicoMessage~%04d","role":"assistant","created_at":"2026-02-01T10:%02[2]d:00Z","raw_messages":[
{"id":"raw-%[2]d","author":{"role":"assistant"},"channel":"final","recipient":"all","content":{"content_type":"text","parts":["Answer %[2]d"]},"metadata":{"model_slug":"gpt-5-2"}}]}`, roomID, i))
		}
	}
	files["groups.json"] = &fstest.MapFile{Data: []byte(`[{"room":{"id":"` + roomID + `","name":"Summer trip","members":[{"account_user_id":"user-ann","name":"Ann"},{"account_user_id":"user-ben","name":"Ben"}]},"messages":[` + strings.Join(all, ",") + `]}]`)}
	files["shares.json"] = &fstest.MapFile{Data: []byte(`[{"id":"77777777-0000-4000-8000-000000000001","conversation_id":"` + chatOf(2) + `","title":"Chat 2","create_time":"2024-01-01T00:00:00Z"},
{"id":"77777777-0000-4000-8000-000000000002","conversation_id":"gone","title":"Gone","create_time":"2024-01-01T00:00:00Z"}]`)}
	return files
}

// read is the conversation with an id as the reading commands see it.
func read(t *testing.T, path, id string) (found *chat.Conversation) {
	t.Helper()
	s, err := source.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for c, err := range source.Map(t.Context(), s, 1, func(c *chat.Conversation) (*chat.Conversation, error) { return c, nil }) {
		if err != nil {
			t.Fatal(err)
		}
		if c.ID == id {
			found = c
		}
	}
	return found
}

func TestGroupChatsAreReadToTheirBeginningAndLikeConversations(t *testing.T) {
	t.Parallel()
	asked := func(fake *fakeapi.Server) int { return fake.Count(fakeapi.RouteOther) }
	fake, o := whole(t, withTalks(50), fakeapi.Options{})
	r := mustRun(t, o)
	if r.GroupChats != 1 || !strings.Contains(r.Summary(), "1 group chat") {
		t.Errorf("%s", r.Summary())
	}
	c := read(t, o.Archive, roomID)
	if c == nil || c.Title != "Summer trip" || len(c.Nodes) != 50 {
		t.Fatalf("%+v", c)
	}
	first, last := c.Nodes[0].Message, c.Nodes[49].Message
	if first.Name != "Ann" || first.Role != chat.User || first.Parts[0].(*chat.Text).Raw != "Word 0 of Ann" {
		t.Errorf("%+v", first)
	}
	if last.Role != chat.Assistant || last.Model != "gpt-5-2" || !last.Visible() || last.Created.IsZero() {
		t.Errorf("%+v", last)
	}
	for i := 1; i < len(c.Nodes); i++ {
		if c.Nodes[i].Parent != i-1 {
			t.Fatalf("message %d hangs under %d", i, c.Nodes[i].Parent)
		}
	}
	before := asked(fake)
	if r = mustRun(t, o); r.GroupChats != 1 || len(r.Gone)+len(r.Unlisted)+len(r.Failed) != 0 {
		t.Errorf("%+v", r)
	}
	unchanged := asked(fake) - before
	fake.Say(roomID, wrote(50, "user-ben", "Hello from Ben"))
	mustRun(t, o)
	c = read(t, o.Archive, roomID)
	if got := asked(fake) - before - unchanged; got != unchanged+1 || len(c.Nodes) != 51 || c.Nodes[50].Message.Name != "Ben" {
		t.Errorf("%d and then %d requests, %d messages", unchanged, got, len(c.Nodes))
	}
	if versions(t, o.Archive, roomID) != 2 {
		t.Errorf("%d versions of the group chat", versions(t, o.Archive, roomID))
	}
}

func TestGroupChatsThatBreakOffAreNoConversations(t *testing.T) {
	t.Parallel()
	asJSON := http.Header{"Content-Type": {"application/json"}}
	for name, c := range map[string]struct {
		trouble *fakeapi.Trouble
		exit    int
	}{
		"not there":          {&fakeapi.Trouble{Status: 404, Header: asJSON, Body: `{"detail":"Not Found"}`}, 0},
		"another form":       {&fakeapi.Trouble{Status: 200, Header: asJSON, Body: `{"pages":[]}`}, source.ExitIncomplete},
		"the same cursor":    {&fakeapi.Trouble{Status: 200, Header: asJSON, Body: `{"items":[` + wrote(1, "user-ann", "again") + `],"prev_cursor":"x"}`}, source.ExitIncomplete},
		"an error for older": {fakeapi.Broken(500), source.ExitIncomplete},
	} {
		_, o := whole(t, withTalks(50), fakeapi.Options{Script: func(r *http.Request, _ int) *fakeapi.Trouble {
			if strings.HasSuffix(r.URL.Path, roomID+"/messages") && (r.URL.Query().Get("before") != "" || name != "an error for older") {
				return c.trouble
			}
			return nil
		}})
		r, err := Run(t.Context(), o)
		if exitOf(err) != c.exit || r.Fetched != 5 || read(t, o.Archive, roomID) != nil {
			t.Errorf("%s: %v, %+v", name, err, r)
		}
	}
}

func TestAListOfGroupChatsInAnotherFormIsKeptAndSaidToBe(t *testing.T) {
	t.Parallel()
	_, o := whole(t, many(3), fakeapi.Options{Script: func(r *http.Request, _ int) *fakeapi.Trouble {
		if strings.HasSuffix(r.URL.Path, "/rooms/summary") {
			return &fakeapi.Trouble{Status: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: `{"rooms":[{"key":"1"}],"unread":2}`}
		}
		return nil
	}})
	if r := mustRun(t, o); !strings.Contains(strings.Join(r.Unavailable, "\n"), "does not know; it is kept") || !strings.Contains(stored(t, o.Archive, archive.KindAccount)["group-chats-0"], `"unread":2`) {
		t.Errorf("%q", r.Unavailable)
	}
}

func TestWhatSharedLinksShowIsKeptOnce(t *testing.T) {
	t.Parallel()
	fake, o := whole(t, withTalks(2), fakeapi.Options{})
	r := mustRun(t, o)
	body := stored(t, o.Archive, archive.KindShare)["77777777-0000-4000-8000-000000000001"]
	if !strings.Contains(body, "Number 2") || strings.Contains(body, chatOf(2)) {
		t.Errorf("%s", body)
	}
	if !strings.Contains(strings.Join(r.Unavailable, "\n"), "77777777-0000-4000-8000-000000000002") || len(r.Problems) != 0 {
		t.Errorf("a link that shows nothing any more: %+v", r)
	}
	if held := stored(t, o.Archive, archive.KindConversation); len(held) != 6 {
		t.Errorf("%d conversations: a shared copy is not one more", len(held))
	}
	before := fake.Requests()
	mustRun(t, o)
	again := fake.Requests() - before
	o.Full = true
	mustRun(t, o)
	if fake.Requests()-before-again < again+1 {
		t.Errorf("%d requests, and %d with --full", again, fake.Requests()-before-again)
	}
}

// TestSharedLinksAreListedToTheirEnd has pages that are capped without a word.
func TestSharedLinksAreListedToTheirEnd(t *testing.T) {
	t.Parallel()
	var links []string
	for i := range 45 {
		links = append(links, fmt.Sprintf(`{"id":"share-%d","conversation_id":%q,"update_time":"2025-01-01T00:00:00Z"}`, i, chatOf(i)))
	}
	for _, size := range []int{1, 7, 20} {
		files := many(45)
		files["shares.json"] = &fstest.MapFile{Data: []byte("[" + strings.Join(links, ",") + "]")}
		_, o := whole(t, files, fakeapi.Options{Page: func(r *http.Request, most int) int {
			if strings.HasSuffix(r.URL.Path, "/shared_conversations") {
				return size
			}
			return most
		}})
		mustRun(t, o)
		if got := stored(t, o.Archive, archive.KindShare); len(got) != 45 {
			t.Errorf("pages of %d: %d of 45 links", size, len(got))
		}
	}
}

// TestAnEmptyPageThatLeadsOnEndsNoListOfAProject has cursors that lead on from
// nothing: once, or for ever. The main list leaves the project's chats out.
func TestAnEmptyPageThatLeadsOnEndsNoListOfAProject(t *testing.T) {
	t.Parallel()
	for _, endless := range []bool{false, true} {
		fake, o := whole(t, project(many(30), 1), fakeapi.Options{Script: func(r *http.Request, n int) *fakeapi.Trouble {
			if q := r.URL.Query(); q.Get("hide_snorlax") != "" {
				q.Set("hide_snorlax", "true")
				r.URL.RawQuery = q.Encode()
			}
			if !strings.HasPrefix(r.URL.Path, "/backend-api/gizmos/g-p-") || r.URL.Query().Get("cursor") != "0" && !endless {
				return nil
			}
			next := "b64/opaque+cursor==0"
			if endless {
				next = fmt.Sprint("further-", n)
			}
			return &fakeapi.Trouble{Status: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: fmt.Sprintf(`{"items":[],"cursor":%q}`, next)}
		}})
		r := mustRun(t, o)
		if want := map[bool]int{false: 30, true: 24}[endless]; r.Fetched < want {
			t.Errorf("endless %t: %+v", endless, r)
		}
		if n := fake.Count(fakeapi.RouteProject); n > mostEmpty+1 {
			t.Errorf("endless %t: %d pages", endless, n)
		}
	}
}

// TestALinkThatShowsNothingIsNotAskedForAgain until it changed, or is told to.
func TestALinkThatShowsNothingIsNotAskedForAgain(t *testing.T) {
	t.Parallel()
	const empty = "77777777-0000-4000-8000-000000000002"
	asked, updated, shows := 0, "2024-01-01T00:00:00Z", false
	files := withTalks(2)
	_, o := whole(t, files, fakeapi.Options{Script: func(r *http.Request, _ int) *fakeapi.Trouble {
		json := http.Header{"Content-Type": {"application/json"}}
		switch {
		case strings.HasSuffix(r.URL.Path, "/shared_conversations") && r.URL.Query().Get("offset") == "0":
			return &fakeapi.Trouble{Status: 200, Header: json, Body: fmt.Sprintf(`{"items":[{"id":%q,"conversation_id":"gone","update_time":%q}],"total":1}`, empty, updated)}
		case strings.HasSuffix(r.URL.Path, "/share/"+empty):
			if asked++; shows {
				return &fakeapi.Trouble{Status: 200, Header: json, Body: `{"share_id":"` + empty + `","mapping":{}}`}
			}
		}
		return nil
	}})
	full, retry := o, o
	full.Full, retry.RetryFailed = true, true
	for i, c := range []struct {
		o     Options
		asked int
		named bool
		then  func()
	}{
		{o, 1, true, nil}, {o, 0, true, nil}, {o, 0, true, func() { updated = "2024-02-02T00:00:00Z" }}, {o, 1, true, nil}, {o, 0, true, nil},
		{full, 1, true, nil}, {o, 0, true, nil}, {retry, 1, true, func() { shows = true }}, {o, 0, true, nil}, {retry, 1, false, nil}, {o, 0, false, nil}, {retry, 0, false, nil},
	} {
		asked = 0
		r := mustRun(t, c.o)
		if named := strings.Contains(strings.Join(r.Unavailable, "\n"), empty); asked != c.asked || named != c.named {
			t.Errorf("run %d: asked %d times, named %t: %q", i, asked, named, r.Unavailable)
		}
		if c.then != nil {
			c.then()
		}
	}
	if stored(t, o.Archive, archive.KindShare)[empty] == "" {
		t.Error("what it shows in the end is not held")
	}
}

// TestAGPTThatIsGoneIsNamedByEveryRunAndAskedForOnce, and again when told to.
func TestAGPTThatIsGoneIsNamedByEveryRunAndAskedForOnce(t *testing.T) {
	t.Parallel()
	asked := 0
	files := fstest.MapFS{"a.json": {Data: []byte(strings.Replace(string(oneOf(1)), `"gizmo_id":null`, `"gizmo_id":"g-lost"`, 1))}}
	_, o := whole(t, files, fakeapi.Options{Script: func(r *http.Request, _ int) *fakeapi.Trouble {
		if strings.HasSuffix(r.URL.Path, "/gizmos/g-lost") {
			asked++
			return &fakeapi.Trouble{Status: 404, Header: http.Header{"Content-Type": {"application/json"}}, Body: `{"detail":"Not Found"}`}
		}
		return nil
	}})
	retry := o
	retry.RetryFailed = true
	for i, c := range []struct {
		o     Options
		asked int
	}{{o, 1}, {o, 1}, {retry, 2}, {o, 2}} {
		if r := mustRun(t, c.o); asked != c.asked || !strings.Contains(strings.Join(r.Unavailable, "\n"), "g-lost") {
			t.Errorf("run %d: asked %d times in all: %q", i, asked, r.Unavailable)
		}
	}
}
