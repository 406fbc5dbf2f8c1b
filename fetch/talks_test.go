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
