package fetch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"gptsnap/fetch/fakeapi"
	"gptsnap/formats/archive"
	"gptsnap/formats/chatgpt"
	"gptsnap/formats/source"
)

func chatOf(i int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", i) }

// many is an account of n small conversations, the last one the newest; every
// seventh is archived, every fifth belongs to a project.
func many(n int) fstest.MapFS {
	files := fstest.MapFS{}
	for i := range n {
		gizmo, kind := "null", "null"
		if i%5 == 4 {
			gizmo, kind = `"g-p-0123456789abcdef0123456789abcdef"`, `"snorlax"`
		}
		files[fmt.Sprintf("%06d.json", i)] = &fstest.MapFile{Data: fmt.Appendf(nil, `{"title":"Chat %d","create_time":%d.25,"update_time":%d.123456,
 "mapping":{"client-created-root":{"id":"client-created-root","message":null,"parent":null,"children":["m%[1]d"]},
 "m%[1]d":{"id":"m%[1]d","message":{"id":"m%[1]d","author":{"role":"user","name":null,"metadata":{}},"create_time":%[2]d.5,"content":{"content_type":"text","parts":["Number %[1]d"]},"status":"finished_successfully","weight":1.0,"metadata":{},"recipient":"all"},"parent":"client-created-root","children":[]}},
 "current_node":"m%[1]d","conversation_id":"%[4]s","gizmo_id":%[5]s,"gizmo_type":%[6]s,"is_archived":%[7]t}`,
			i, 1700000000+100*i, 1700000050+100*i, chatOf(i), gizmo, kind, i%7 == 6)}
	}
	return files
}

// server starts a fake account; the options are for a run that never waits.
func serve(t *testing.T, files fs.FS, o fakeapi.Options) (*fakeapi.Server, Options) {
	t.Helper()
	fake, err := fakeapi.New(files, o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return fake, Options{Archive: filepath.Join(t.TempDir(), "chats.tar.zst"), BaseURL: server.URL, Token: Token{conceal(fakeapi.DefaultToken)},
		Transport: transport, plain: true, waits: func(time.Duration) time.Duration { return 0 }}
}

// stored are the newest bodies of a kind in an archive, by id.
func stored(t *testing.T, path, kind string) map[string]string {
	t.Helper()
	r, err := archive.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	bodies := map[string]string{}
	for _, rec := range r.Latest(kind) {
		raw, err := r.Read(rec)
		if err != nil {
			t.Fatal(err)
		}
		bodies[rec.ID] = string(raw)
	}
	return bodies
}

func recordsIn(t *testing.T, path string) []archive.Record {
	t.Helper()
	records, err := recordsOf(path)
	if err != nil {
		t.Fatal(err)
	}
	return records
}

// holdsAll checks that the archive has every conversation of the account as
// the account serves it now.
func holdsAll(t *testing.T, path string, fake *fakeapi.Server) {
	t.Helper()
	held := stored(t, path, archive.KindConversation)
	for _, id := range fake.IDs() {
		if held[id] != string(fake.Body(id)) {
			t.Fatalf("conversation %s: the archive holds %d bytes, the account %d", id, len(held[id]), len(fake.Body(id)))
		}
	}
}

func exitOf(err error) int {
	if f := (*source.Failure)(nil); errors.As(err, &f) {
		return f.Code
	}
	if err != nil {
		return -1
	}
	return 0
}

func mustRun(t *testing.T, o Options) Report {
	t.Helper()
	r, err := Run(t.Context(), o)
	if err != nil {
		t.Fatalf("exit %d: %v\n%s", exitOf(err), err, r.Summary())
	}
	return r
}

func TestASnapshotHoldsEveryConversationByteForByte(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 99, 100, 101, 250} {
		for _, gzip := range []bool{false, true} {
			fake, o := serve(t, many(n), fakeapi.Options{Gzip: gzip})
			r := mustRun(t, o)
			if r.Listed != n || r.New != n || r.Fetched != n || len(fake.IDs()) != n {
				t.Errorf("%d chats: %+v", n, r)
			}
			holdsAll(t, o.Archive, fake)
			if fake.Count(fakeapi.RouteConversation) != n {
				t.Errorf("%d reads for %d chats", fake.Count(fakeapi.RouteConversation), n)
			}
		}
	}
}

func TestTheOddConversationsOfTheSamplesAreFetched(t *testing.T) {
	t.Parallel()
	fake, o := serve(t, fakeapi.Union(os.DirFS("../testdata/demo"), os.DirFS("../testdata/samples")), fakeapi.Options{})
	r := mustRun(t, o)
	if r.Fetched < 35 {
		t.Errorf("only %d chats", r.Fetched)
	}
	holdsAll(t, o.Archive, fake)
	if r = mustRun(t, o); r.Fetched != 0 {
		t.Errorf("%d got again", r.Fetched)
	}
}

func TestASecondFetchCostsOnlyTheListing(t *testing.T) {
	t.Parallel()
	fake, o := serve(t, many(250), fakeapi.Options{})
	mustRun(t, o)
	before, size := fake.Requests(), fileSize(t, o.Archive)
	r := mustRun(t, o)
	if r.Unchanged != 250 || r.Fetched != 0 || fake.Count(fakeapi.RouteConversation) != 250 {
		t.Errorf("%+v", r)
	}
	// 215 active chats are three pages and 35 archived are one; of each list the
	// place behind its last one is looked at twice, and page 0 again.
	if n := fake.Requests() - before; n != 10 || r.Requests != 10 {
		t.Errorf("%d requests, %d reported", n, r.Requests)
	}
	if grown := fileSize(t, o.Archive) - size; grown > size/4 {
		t.Errorf("the archive grew from %d by %d bytes for nothing new", size, grown)
	}
	fake.Touch(chatOf(17))
	fake.Touch(chatOf(200))
	r = mustRun(t, o)
	if r.Changed != 2 || r.Fetched != 2 || r.Unchanged != 248 {
		t.Errorf("%+v", r)
	}
	holdsAll(t, o.Archive, fake)
	if n := versions(t, o.Archive, chatOf(17)); n != 2 {
		t.Errorf("%d versions of a chat that changed once", n)
	}
}

func fileSize(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

func versions(t *testing.T, path, id string) (n int) {
	t.Helper()
	for _, rec := range recordsIn(t, path) {
		if rec.Kind == archive.KindConversation && rec.ID == id {
			n++
		}
	}
	return n
}

func TestArchivingIsSeenInTheListsThoughNothingIsFetched(t *testing.T) {
	t.Parallel()
	fake, o := serve(t, many(10), fakeapi.Options{})
	mustRun(t, o)
	fake.Archive(chatOf(3), true)
	fake.Archive(chatOf(6), false)
	if r := mustRun(t, o); r.Fetched != 0 {
		t.Errorf("%+v", r)
	}
	lists := stored(t, o.Archive, archive.KindListing)
	active, archived := lists["active-0"], lists["archived-0"]
	if strings.Contains(active, chatOf(3)) || !strings.Contains(archived, chatOf(3)) || !strings.Contains(active, chatOf(6)) || strings.Contains(archived, chatOf(6)) {
		t.Errorf("active: %s\narchived: %s", active, archived)
	}
}

func TestListPagesSmallerThanAskedForAreFollowed(t *testing.T) {
	t.Parallel()
	fake, o := serve(t, many(95), fakeapi.Options{PageCap: 30})
	if r := mustRun(t, o); r.Listed != 95 {
		t.Errorf("%+v", r)
	}
	holdsAll(t, o.Archive, fake)
}

func TestAChatTouchedWhileListsAreReadIsNotLost(t *testing.T) {
	t.Parallel()
	var fake *fakeapi.Server
	old := chatOf(2)
	fake, o := serve(t, many(250), fakeapi.Options{Script: func(_ *http.Request, n int) *fakeapi.Trouble {
		if n == 2 { // page 0 is read: the chat on the last page jumps to its top
			fake.Touch(old)
		}
		return nil
	}})
	r := mustRun(t, o)
	if r.Listed != 250 || fake.Reads(old) != 1 {
		t.Errorf("%d listed, the touched chat was read %d times", r.Listed, fake.Reads(old))
	}
	holdsAll(t, o.Archive, fake)
	for i := range 250 {
		if n := fake.Reads(chatOf(i)); n != 1 {
			t.Errorf("chat %d, shifted between pages, was read %d times", i, n)
		}
	}
}

func TestAChatTouchedAfterItWasReadIsReadAgain(t *testing.T) {
	t.Parallel()
	var fake *fakeapi.Server
	fake, o := serve(t, many(20), fakeapi.Options{Script: func(_ *http.Request, n int) *fakeapi.Trouble {
		if n == 15 {
			fake.Touch(chatOf(19)) // newest first: it was the first to be read
		}
		return nil
	}})
	mustRun(t, o)
	holdsAll(t, o.Archive, fake)
	if fake.Reads(chatOf(19)) != 2 || fake.Requests() != 6+20+1+2 {
		t.Errorf("read %d times, %d requests", fake.Reads(chatOf(19)), fake.Requests())
	}
}

func TestAChatTouchedBetweenListAndReadIsReadOnce(t *testing.T) {
	t.Parallel()
	var fake *fakeapi.Server
	fake, o := serve(t, many(20), fakeapi.Options{Script: func(_ *http.Request, n int) *fakeapi.Trouble {
		if n == 5 {
			fake.Touch(chatOf(0))
		}
		return nil
	}})
	mustRun(t, o)
	mustRun(t, o)
	if fake.Reads(chatOf(0)) != 1 {
		t.Errorf("read %d times", fake.Reads(chatOf(0)))
	}
	holdsAll(t, o.Archive, fake)
}

func TestAListThatDoesNotAdvanceIsReported(t *testing.T) {
	t.Parallel()
	var items []string
	for i := range 100 {
		items = append(items, fmt.Sprintf(`{"id":%q,"title":"Chat","create_time":"2023-11-14T22:13:20Z","update_time":"2023-11-14T22:14:10Z"}`, chatOf(i)))
	}
	page := &fakeapi.Trouble{Status: 200, Header: http.Header{"Content-Type": {"application/json"}},
		Body: `{"items":[` + strings.Join(items, ",") + `],"total":101,"limit":100,"offset":0}`}
	fake, o := serve(t, many(100), fakeapi.Options{Script: func(r *http.Request, _ int) *fakeapi.Trouble {
		if strings.HasSuffix(r.URL.Path, "/conversations") && r.URL.Query().Get("is_archived") == "" {
			return page
		}
		return nil
	}})
	r, err := Run(t.Context(), o)
	if exitOf(err) != source.ExitIncomplete || r.Fetched != 100 || len(r.Problems) != 1 || fake.Count(fakeapi.RouteList) != 5 {
		t.Errorf("%v, %d list requests: %+v", err, fake.Count(fakeapi.RouteList), r)
	}
}

func TestAListThatBreaksOffIsUsedAsFarAsItWent(t *testing.T) {
	t.Parallel()
	fake, o := serve(t, many(350), fakeapi.Options{Script: func(r *http.Request, _ int) *fakeapi.Trouble {
		if r.URL.Query().Get("offset") == "198" { // the third page begins with the last one of the second
			return fakeapi.Broken(500)
		}
		return nil
	}})
	r, err := Run(t.Context(), o)
	if exitOf(err) != source.ExitIncomplete || r.Fetched != 249 || len(r.Problems) != 1 || !strings.Contains(r.Problems[0], "198") {
		t.Errorf("%v: %+v", err, r) // 199 active ones and 50 archived
	}
	if fake.Count(fakeapi.RouteList) != 2+5+1 {
		t.Errorf("%d list requests", fake.Count(fakeapi.RouteList))
	}
}

func TestADeletedChatIsGoneAndItsOldCopyStays(t *testing.T) {
	t.Parallel()
	var fake *fakeapi.Server
	var mu sync.Mutex
	deleting := false
	fake, o := serve(t, many(10), fakeapi.Options{Script: func(r *http.Request, _ int) *fakeapi.Trouble {
		mu.Lock()
		defer mu.Unlock()
		if deleting && strings.HasSuffix(r.URL.Path, chatOf(4)) {
			fake.Delete(chatOf(4))
		}
		return nil
	}})
	before := string(fake.Body(chatOf(4)))
	mustRun(t, o)
	fake.Touch(chatOf(4))
	fake.Touch(chatOf(5))
	mu.Lock()
	deleting = true
	mu.Unlock()
	r := mustRun(t, o)
	if len(r.Gone) != 1 || r.Gone[0] != chatOf(4) || r.Fetched != 1 {
		t.Errorf("%+v", r)
	}
	if stored(t, o.Archive, archive.KindConversation)[chatOf(4)] != before {
		t.Error("the old copy is not there")
	}
	if !strings.Contains(stored(t, o.Archive, archive.KindLedger)["fetch"], `"gone":["`+chatOf(4)+`"]`) {
		t.Error("the ledger does not say that it is gone")
	}
}

func TestOneBadConversationDoesNotEndTheRun(t *testing.T) {
	t.Parallel()
	other, err := fakeapi.New(many(30), fakeapi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	asJSON := http.Header{"Content-Type": {"application/json"}}
	for name, trouble := range map[string]*fakeapi.Trouble{
		"500":                     fakeapi.Broken(500),
		"cut":                     {Cut: 100},
		"cut at the first byte":   {Cut: 1},
		"short without a sign":    {Short: 600},
		"empty":                   {Status: 200, Header: asJSON},
		"null":                    {Status: 200, Header: asJSON, Body: "null"},
		"an error with 200":       {Status: 200, Header: asJSON, Body: `{"detail":"Internal error"}`},
		"another conversation":    {Status: 200, Header: asJSON, Body: string(other.Body(chatOf(29)))},
		"without a tree":          {Status: 200, Header: asJSON, Body: `{"conversation_id":"` + chatOf(13) + `","mapping":null}`},
		"404 that is no deletion": {Status: 404, Header: asJSON, Body: `{"detail":"Not Found"}`},
		"teapot":                  {Status: 418},
		"204":                     {Status: 204},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			bad := true
			fake, o := serve(t, many(30), fakeapi.Options{Script: func(r *http.Request, _ int) *fakeapi.Trouble {
				mu.Lock()
				defer mu.Unlock()
				if bad && strings.HasSuffix(r.URL.Path, chatOf(13)) {
					return trouble
				}
				return nil
			}})
			r, err := Run(t.Context(), o)
			if exitOf(err) != source.ExitIncomplete || r.Fetched != 29 || len(r.Failed) != 1 || r.Failed[0].ID != chatOf(13) || r.Failed[0].Reason == "" {
				t.Fatalf("%v: %+v", err, r)
			}
			if _, ok := stored(t, o.Archive, archive.KindConversation)[chatOf(13)]; ok {
				t.Fatal("stored all the same")
			}
			mu.Lock()
			bad = false
			mu.Unlock()
			if r = mustRun(t, o); r.Fetched != 1 || r.Unchanged != 29 {
				t.Fatalf("%+v", r)
			}
			holdsAll(t, o.Archive, fake)
		})
	}
}

func TestATroubleThatPassesLeavesNoTrace(t *testing.T) {
	t.Parallel()
	days := map[int]*fakeapi.Trouble{1: fakeapi.Broken(502), 3: fakeapi.RateLimited(""), 5: {Cut: 20}, 7: fakeapi.LoginPage(), 9: fakeapi.Challenge(), 11: {Short: 30}, 13: fakeapi.RateLimited("2"), 15: fakeapi.Broken(504)}
	fake, o := serve(t, many(20), fakeapi.Options{Script: fakeapi.Script(days)})
	var notes []string
	o.Progress = func(p Progress) {
		if p.Note != "" {
			notes = append(notes, p.Note)
		}
	}
	mustRun(t, o)
	holdsAll(t, o.Archive, fake)
	if len(notes) != len(days) {
		t.Errorf("%d notes on %d waits: %q", len(notes), len(days), notes)
	}
}

func TestWhatEndsARunKeepsWhatWasGot(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		trouble *fakeapi.Trouble
		code    int
	}{
		"token expires":   {fakeapi.Expired(), source.ExitAuth},
		"refused":         {fakeapi.Forbidden(), source.ExitAuth},
		"logged out":      {fakeapi.LoginPage(), source.ExitAuth},
		"challenged":      {fakeapi.Challenge(), source.ExitBlocked},
		"limited":         {fakeapi.RateLimited(""), source.ExitBudget},
		"server gone":     {&fakeapi.Trouble{Cut: 1}, source.ExitFailed},
		"gateway trouble": {fakeapi.Broken(503), source.ExitFailed},
		"sent elsewhere":  {fakeapi.Redirected("https://elsewhere.example/"), source.ExitAuth},
	} {
		for _, from := range []int{1, 2, 12} {
			t.Run(fmt.Sprint(name, " from request ", from), func(t *testing.T) {
				t.Parallel()
				var mu sync.Mutex
				good := false
				fake, o := serve(t, many(20), fakeapi.Options{Script: func(_ *http.Request, n int) *fakeapi.Trouble {
					mu.Lock()
					defer mu.Unlock()
					if n >= from && !good {
						return c.trouble
					}
					return nil
				}})
				r, err := Run(t.Context(), o)
				if code := exitOf(err); code != c.code && !(from == 2 && c.code == source.ExitFailed) {
					t.Fatalf("exit %d: %v", code, err)
				}
				if got := len(stored(t, o.Archive, archive.KindConversation)); got != r.Fetched || from == 12 && got != 5 {
					t.Fatalf("%d held, %d reported", got, r.Fetched)
				}
				var ledger Report
				if err := json.Unmarshal([]byte(stored(t, o.Archive, archive.KindLedger)["fetch"]), &ledger); err != nil || ledger.Outcome == "complete" || ledger.Fetched != r.Fetched || ledger.Ended.IsZero() {
					t.Fatalf("%v: %+v", err, ledger)
				}
				mu.Lock()
				good = true
				mu.Unlock()
				mustRun(t, o)
				holdsAll(t, o.Archive, fake)
			})
		}
	}
}

func TestARunStoppedAnywhereIsGoneOnWith(t *testing.T) {
	t.Parallel()
	const n = 25
	for k := 1; k <= n+4; k++ {
		ctx, cancel := context.WithCancel(t.Context())
		fake, o := serve(t, many(n), fakeapi.Options{Script: func(_ *http.Request, i int) *fakeapi.Trouble {
			if i == k {
				cancel()
			}
			return nil
		}})
		first, err := Run(ctx, o)
		if code := exitOf(err); code != source.ExitInterrupted && !(k > n+2 && code == 0) {
			t.Fatalf("stopped at request %d: exit %d, %v", k, code, err)
		}
		cancel()
		second := mustRun(t, o)
		if first.Fetched+second.Fetched != n {
			t.Fatalf("stopped at request %d: %d and %d fetched", k, first.Fetched, second.Fetched)
		}
		holdsAll(t, o.Archive, fake)
		if reads := fake.Count(fakeapi.RouteConversation); reads > n+1 {
			t.Fatalf("stopped at request %d: %d reads of %d chats; only the one under way may be read again", k, reads, n)
		}
	}
}

func TestARunStoppedOverAndOverComesToItsEnd(t *testing.T) {
	t.Parallel()
	var stop func()
	var mu sync.Mutex
	fake, o := serve(t, many(120), fakeapi.Options{Script: func(_ *http.Request, i int) *fakeapi.Trouble {
		mu.Lock()
		defer mu.Unlock()
		if i%9 == 0 {
			stop()
		}
		return nil
	}})
	stops := 0
	for {
		ctx, cancel := context.WithCancel(t.Context())
		mu.Lock()
		stop = cancel
		mu.Unlock()
		_, err := Run(ctx, o)
		cancel()
		if err == nil {
			break
		}
		if stops++; exitOf(err) != source.ExitInterrupted || stops > 200 {
			t.Fatalf("stop %d: %v", stops, err)
		}
	}
	holdsAll(t, o.Archive, fake)
	if reads := fake.Count(fakeapi.RouteConversation); reads > 120+stops || stops < 15 {
		t.Errorf("%d reads with %d stops", reads, stops)
	}
}

func TestLimitSinceFullAndBudget(t *testing.T) {
	t.Parallel()
	fake, o := serve(t, many(250), fakeapi.Options{})
	limited := o
	limited.Limit = 3
	if r := mustRun(t, limited); r.Fetched != 3 || r.Left != 247 || fake.Reads(chatOf(249)) != 1 || fake.Reads(chatOf(247)) != 1 {
		t.Errorf("limit: %+v", r)
	}
	recent := o
	recent.Since = time.Unix(1700000050+100*240, 0)
	before := fake.Requests()
	if r := mustRun(t, recent); r.Fetched != 7 || fake.Reads(chatOf(240)) != 1 || fake.Reads(chatOf(239)) != 0 {
		t.Errorf("since: %+v", r)
	}
	// Two pages of active ones: the second is the first that is all too old.
	if n := fake.Requests() - before; n > 2+2+7+2 {
		t.Errorf("since: %d requests", n)
	}
	bounded := o
	bounded.MaxRequests = 50
	r, err := Run(t.Context(), bounded)
	if exitOf(err) != source.ExitBudget || r.Requests != 50 || r.Fetched != 50-8 {
		t.Errorf("budget: %v, %+v", err, r)
	}
	mustRun(t, o)
	holdsAll(t, o.Archive, fake)
	full := o
	full.Full = true
	before = fake.Count(fakeapi.RouteConversation)
	size := fileSize(t, o.Archive)
	if r := mustRun(t, full); r.Fetched != 250 || fake.Count(fakeapi.RouteConversation)-before != 250 {
		t.Errorf("full: %+v", r)
	}
	if grown := fileSize(t, o.Archive) - size; grown > size {
		t.Errorf("full: the archive of %d bytes grew by %d though nothing changed", size, grown)
	}
}

func TestAPlanTouchesNothing(t *testing.T) {
	t.Parallel()
	fake, o := serve(t, many(30), fakeapi.Options{})
	plan := o
	plan.Plan = true
	if r := mustRun(t, plan); r.New != 30 || r.Left != 30 || fake.Count(fakeapi.RouteConversation) != 0 {
		t.Errorf("%+v", r)
	}
	if _, err := os.Stat(o.Archive); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the plan made an archive")
	}
	mustRun(t, o)
	fake.Touch(chatOf(1))
	before, err := os.ReadFile(o.Archive)
	if err != nil {
		t.Fatal(err)
	}
	if r := mustRun(t, plan); r.Changed != 1 || r.Left != 1 || !strings.Contains(r.Plan(), "1 to get") {
		t.Errorf("%+v", r)
	}
	if after, err := os.ReadFile(o.Archive); err != nil || !bytes.Equal(before, after) {
		t.Error("the plan wrote to the archive")
	}
}

func TestWorkspaceAndCookiesAreSent(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var cookies, agents []string
	_, o := serve(t, many(3), fakeapi.Options{Workspace: "team-1", Script: func(r *http.Request, _ int) *fakeapi.Trouble {
		mu.Lock()
		defer mu.Unlock()
		cookies, agents = append(cookies, r.Header.Get("Cookie")), append(agents, r.Header.Get("User-Agent"))
		return nil
	}})
	if _, err := Run(t.Context(), o); exitOf(err) != source.ExitAuth {
		t.Errorf("without the workspace: %v", err)
	}
	o.Workspace = "team-1"
	o.Cookies, _ = ParseCookies([]byte("a=1; b=2"), "127.0.0.1")
	mustRun(t, o)
	if cookies[0] != "" || cookies[len(cookies)-1] != "a=1; b=2" || !strings.HasPrefix(agents[0], "gptsnap") {
		t.Errorf("%q %q", cookies, agents)
	}
	o.Workspace = "team\r\nX-Evil: 1"
	if _, err := Run(t.Context(), o); exitOf(err) != source.ExitUsage {
		t.Error(err)
	}
}

// TestNoSecretIsWrittenAnywhere looks for the token and the cookies in
// everything that runs of every kind leave behind or say.
func TestNoSecretIsWrittenAnywhere(t *testing.T) {
	t.Parallel()
	const token, cookie = "eyJTOKENtoken0123456789.aaaa.bbbb", "COOKIEcookie9876543210"
	echo := http.Header{"Content-Type": {"application/json"}, "Set-Cookie": {"s=" + cookie}, "X-Echo": {token}, "Etag": {`"tag"`}}
	days := map[int]*fakeapi.Trouble{3: fakeapi.RateLimited("1"), 4: {Status: 500, Header: echo, Body: `{"detail":"Bearer ` + token + ` cookie s=` + cookie + `"}`},
		9: fakeapi.Redirected("https://elsewhere.example/?token=" + token)}
	_, o := serve(t, many(12), fakeapi.Options{Token: token, Script: fakeapi.Script(days)})
	o.Token, o.Cookies = Token{conceal(token)}, Cookies{conceal("s=" + cookie)}
	var said bytes.Buffer
	o.Progress = func(p Progress) { fmt.Fprintf(&said, "%+v\n", p) }
	for range 2 {
		r, err := Run(t.Context(), o)
		fmt.Fprintf(&said, "%v %+v %#v\n%s\n%s\n", err, err, r, r.Summary(), r.Plan())
		if f := (*source.Failure)(nil); errors.As(err, &f) {
			fmt.Fprintln(&said, f.Hint)
		}
	}
	r, err := archive.Open(o.Archive)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	records := r.Records()
	for _, rec := range records {
		raw, err := r.Read(rec)
		if err != nil {
			t.Fatal(err)
		}
		meta, err := json.Marshal(rec.Meta)
		if err != nil {
			t.Fatal(err)
		}
		said.Write(raw)
		said.Write(meta)
	}
	files, err := filepath.Glob(filepath.Join(filepath.Dir(o.Archive), "*"))
	if err != nil || len(files) == 0 || len(records) < 12 {
		t.Fatal(files, len(records), err)
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		said.Write(raw)
	}
	for _, secret := range []string{token, cookie, token[:12], cookie[:12]} {
		if i := strings.Index(said.String(), secret); i >= 0 {
			t.Fatalf("…%q", said.String()[max(0, i-200):i+len(secret)])
		}
	}
	if !strings.Contains(said.String(), "Number 11") {
		t.Fatal("the test reads nothing")
	}
}

func TestRecordsSayWhereTheyCameFrom(t *testing.T) {
	t.Parallel()
	_, o := serve(t, many(3), fakeapi.Options{})
	mustRun(t, o)
	for _, rec := range recordsIn(t, o.Archive) {
		switch rec.Kind {
		case archive.KindConversation:
			if rec.Method != "GET" || rec.URL != o.BaseURL+"/backend-api/conversation/"+rec.ID || rec.Status != 200 || rec.Nodes != 2 ||
				rec.Updated.IsZero() || rec.FetchedAt.IsZero() || rec.Headers["Content-Type"] != "application/json" || rec.Headers["Date"] == "" {
				t.Errorf("%+v", rec.Meta)
			}
		case archive.KindListing:
			if !strings.Contains(rec.URL, "limit=100") || !strings.Contains(rec.URL, "offset=") || !strings.HasPrefix(rec.ID, "active-") && !strings.HasPrefix(rec.ID, "archived-") {
				t.Errorf("%+v", rec.Meta)
			}
		}
	}
}

func TestTheTimeToCompareWith(t *testing.T) {
	t.Parallel()
	at := func(n int64) time.Time {
		if n == 0 {
			return time.Time{}
		}
		return time.Unix(n, 0)
	}
	for name, c := range map[string]struct{ list, body, want int64 }{
		"the same":               {100, 100, 100},
		"touched in between":     {100, 150, 150},
		"body older than list":   {150, 100, 150},
		"body in the future":     {100, 5000, 100},
		"list without times":     {0, 100, 100},
		"neither":                {0, 0, 0},
		"body without times":     {100, 0, 100},
		"body alone, and future": {0, 5000, 5000},
	} {
		if got := changed(chatgpt.Item{Updated: at(c.list)}, chatgpt.Head{Updated: at(c.body)}, at(1000)); !got.Equal(at(c.want)) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestArchivesThatCannotBeWrittenAreSaidSo(t *testing.T) {
	t.Parallel()
	_, o := serve(t, many(3), fakeapi.Options{})
	foreign := filepath.Join(t.TempDir(), "photo.jpg")
	if err := os.WriteFile(foreign, []byte("\xff\xd8\xff\xe0 this is no archive at all"), 0o600); err != nil {
		t.Fatal(err)
	}
	o.Archive = foreign
	if _, err := Run(t.Context(), o); exitOf(err) != source.ExitUsage {
		t.Errorf("a photo: exit %d, %v", exitOf(err), err)
	}
	if raw, _ := os.ReadFile(foreign); !bytes.HasSuffix(raw, []byte("no archive at all")) {
		t.Error("the photo was changed")
	}
	o.Archive = filepath.Join(t.TempDir(), "no", "such", "folder", "a.tar.zst")
	if _, err := Run(t.Context(), o); exitOf(err) != source.ExitFailed {
		t.Errorf("no folder: exit %d, %v", exitOf(err), err)
	}
	o.Archive = filepath.Join(t.TempDir(), "a.tar.zst")
	w, err := openArchive(o.Archive, archive.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Run(t.Context(), o); exitOf(err) != source.ExitFailed || !errors.As(err, new(*archive.LockedError)) {
		t.Errorf("locked: exit %d, %v", exitOf(err), err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	mustRun(t, o)
}

// BenchmarkFetch fetches 500 conversations of 20 KB from a server without
// limits, in batches and one by one.
func BenchmarkFetch(b *testing.B) {
	files := many(500)
	for name, f := range files {
		f.Data = bytes.Replace(f.Data, []byte("Number "), append([]byte("Number "), bytes.Repeat([]byte("words of some length and "), 800)...), 1)
		files[name] = f
	}
	for name, o := range map[string]fakeapi.Options{"batches": {}, "singly": {NoBatch: true}} {
		b.Run(name, func(b *testing.B) {
			requests := 0
			for b.Loop() {
				fake, err := fakeapi.New(files, o)
				if err != nil {
					b.Fatal(err)
				}
				server := httptest.NewServer(fake)
				r, err := Run(b.Context(), Options{Archive: filepath.Join(b.TempDir(), "a.tar.zst"), BaseURL: server.URL, Token: Token{conceal(fakeapi.DefaultToken)}})
				server.Close()
				if err != nil || r.Fetched != 500 {
					b.Fatal(r, err)
				}
				requests += r.Requests
			}
			b.ReportMetric(float64(b.N*500)/b.Elapsed().Seconds(), "chats/s")
			b.ReportMetric(float64(requests)/float64(b.N*500), "requests/chat")
		})
	}
}
