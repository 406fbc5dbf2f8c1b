package serve

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"gptsnap/convert"
	"gptsnap/formats/chat"
	"gptsnap/formats/source"

	"pgregory.net/rapid"
)

const (
	png = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
	svg = `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`
)

func say(role chat.Role, parts ...chat.Part) *chat.Message {
	return &chat.Message{Role: role, Recipient: "all", ContentType: "multimodal_text", Parts: parts}
}

// conversation makes one message follow the other.
func conversation(id, title, project string, m ...*chat.Message) func() (*chat.Conversation, error) {
	return func() (*chat.Conversation, error) {
		c := &chat.Conversation{ID: id, Title: title, Project: project, Updated: time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC)}
		links := make([]chat.Links, len(m))
		for i := range m {
			one := *m[i]
			c.Nodes = append(c.Nodes, chat.Node{ID: chat.NodeID(id + string(rune('a'+i))), Message: &one})
			if i > 0 {
				links[i].Parent = c.Nodes[i-1].ID
			}
		}
		c.Link(links, "")
		return c, nil
	}
}

// talks is a source of conversations, without files.
func talks(all ...func() (*chat.Conversation, error)) *source.Source {
	return &source.Source{Name: "test", Path: "test", Count: len(all), Close: func() error { return nil },
		File: func(*chat.File) (io.ReadCloser, error) { return nil, errors.New("the server had deleted it") },
		Entries: func(yield func(source.Entry, error) bool) {
			for i, decode := range all {
				if c, _ := decode(); !yield(source.Entry{ID: c.ID, Decode: all[i]}, nil) {
					return
				}
			}
		}}
}

// site is an account of three chats, one with files of all sorts.
func site(t *testing.T) *Site {
	t.Helper()
	image := func(id, name string) chat.Part { return &chat.Image{File: &chat.File{ID: id, Name: name}} }
	src := talks(
		conversation("aaaaaaaa-1", "Water & soil", "", say(chat.User, &chat.Text{Raw: "How much 水分?"}), say(chat.Assistant, &chat.Text{Raw: "As much as `evaporates`: \\(x^2\\)."})),
		conversation("bbbbbbbb-2", "Pictures", "A project", say(chat.User, image("png", "plot.png"), image("svg", "evil.png"), image("html", "page.gif"), image("gone", "lost.png"))),
		conversation("cccccccc-3", "<script>alert(1)</script>", "", say(chat.Assistant, &chat.Text{Raw: "<img src=x onerror=alert(1)>"})))
	bytes := map[string]string{"png": png, "svg": svg, "html": "<!doctype html><script>alert(1)</script>"}
	gone := src.File
	src.File = func(f *chat.File) (io.ReadCloser, error) {
		if b, ok := bytes[f.ID]; ok {
			return io.NopCloser(strings.NewReader(b)), nil
		}
		return gone(f)
	}
	return opened(t, src)
}

// fresh is a site that has read nothing yet.
func fresh(t *testing.T, src *source.Source) *Site {
	t.Helper()
	count := func(src *source.Source, zone *time.Location) (func(*chat.Conversation) func(), func(int) ([]byte, error)) {
		n := 0
		return func(*chat.Conversation) func() { return func() { n++ } }, func(int) ([]byte, error) {
			return fmt.Appendf(nil, "<!doctype html><title>Numbers</title><script src=assets/page.js></script><style>p{color:green}</style><body class=list><header class=top><a href=index.html>back</a></header><p>%d chats", n), nil
		}
	}
	s, err := Open(src, Options{Workers: 2, Log: slog.New(slog.DiscardHandler), Count: count})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// opened is a site whose conversations are all read.
func opened(t *testing.T, src *source.Source) *Site {
	t.Helper()
	s := fresh(t, src)
	if rep, err := s.Read(t.Context()); err != nil || rep.Conversations != src.Count {
		t.Fatal(rep, err)
	}
	return s
}

func get(h http.Handler, method, target, host string) *http.Response {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(method, target, nil)
	r.Host = host
	h.ServeHTTP(w, r)
	return w.Result()
}

func text(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

var href = regexp.MustCompile(`<[a-z][^<>]* (?:href|src)="?([^" >]+)`)

func TestEveryLinkOfTheSiteLeadsSomewhere(t *testing.T) {
	t.Parallel()
	s := site(t)
	const host = "127.0.0.1:8080"
	h := s.Handler(host)
	seen, todo := map[string]bool{}, []string{"/"}
	for len(todo) > 0 {
		at := todo[0]
		todo = todo[1:]
		if seen[at] {
			continue
		}
		seen[at] = true
		r := get(h, "GET", "http://"+host+at, host)
		body := text(t, r)
		if r.StatusCode != 200 {
			t.Errorf("%s: %d %s", at, r.StatusCode, body)
		}
		rules := policy
		if at == "/"+convert.StatisticsName {
			rules = numbersPolicy
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Content-Security-Policy": rules, "Referrer-Policy": "no-referrer"} {
			if r.Header.Get(name) != want {
				t.Errorf("%s: %s is %q", at, name, r.Header.Get(name))
			}
		}
		if !strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") {
			continue
		}
		for _, m := range href.FindAllStringSubmatch(body, -1) {
			to, err := httptest.NewRequest("GET", "http://"+host+at, nil).URL.Parse(strings.ReplaceAll(m[1], "&amp;", "&"))
			if err != nil {
				t.Fatal(err)
			}
			if to.Host == host {
				todo = append(todo, to.EscapedPath())
			}
		}
	}
	pages := 0
	for at := range seen {
		if strings.HasSuffix(at, ".html") && at != "/index.html" {
			pages++
		}
	}
	if pages != 5 || !seen["/assets/style.css"] {
		t.Errorf("%d pages reached: %v", pages, seen)
	}
	for _, name := range []string{"assets/search/index.js", "assets/search/1.js"} {
		if r := get(h, "GET", "http://"+host+"/"+name, host); r.StatusCode != 200 || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/javascript") {
			t.Errorf("%s: %d %v", name, r.StatusCode, r.Header)
		}
	}
}

func TestFilesAreShownOnlyIfTheyCannotRun(t *testing.T) {
	t.Parallel()
	s := site(t)
	const host = "127.0.0.1:8080"
	h := s.Handler(host)
	page := ""
	for name, owner := range s.shelf.owner {
		if owner == "bbbbbbbb-2" {
			page = text(t, get(h, "GET", (&http.Request{URL: httptest.NewRequest("GET", "/", nil).URL.JoinPath(name)}).URL.String(), host))
		}
	}
	if !strings.Contains(page, "the server had deleted it") {
		t.Error("a missing file is not told of")
	}
	links := regexp.MustCompile(`files/[0-9a-f]{24}/[^" ]+`).FindAllString(page, -1)
	slices.Sort(links)
	links = slices.Compact(links)
	if len(links) != 3 {
		t.Fatalf("%d files: %v", len(links), links)
	}
	for _, link := range links {
		r := get(h, "GET", "http://"+host+"/"+link, host)
		body, kind, shown := text(t, r), r.Header.Get("Content-Type"), r.Header.Get("Content-Disposition") == ""
		if want := body == png; r.StatusCode != 200 || shown != want || shown && kind != "image/png" || !shown && kind != "application/octet-stream" {
			t.Errorf("%s: %d, shown %t as %s", link, r.StatusCode, shown, kind)
		}
	}
	if r := get(h, "GET", "http://"+host+"/"+links[0]+"x", host); r.StatusCode != 404 {
		t.Errorf("another name of a file: %d", r.StatusCode)
	}
}

func TestOnlyThisMachineIsAnsweredAndNothingIsWritten(t *testing.T) {
	t.Parallel()
	h := site(t).Handler("127.0.0.1:8080")
	for _, x := range []struct {
		method, path, host string
		want               int
	}{
		{"GET", "/", "127.0.0.1:8080", 200}, {"HEAD", "/", "127.0.0.1:8080", 200}, {"GET", "/", "localhost:8080", 200},
		{"GET", "/", "evil.example", 421}, {"GET", "/", "evil.example:8080", 421}, {"GET", "/", "127.0.0.1", 421}, {"GET", "/", "127.0.0.1:8080.evil.example", 421}, {"GET", "/", "", 421},
		{"POST", "/", "127.0.0.1:8080", 405}, {"DELETE", "/index.html", "127.0.0.1:8080", 405}, {"PUT", "/x", "127.0.0.1:8080", 405},
		{"GET", "/../../etc/passwd", "127.0.0.1:8080", 404}, {"GET", "/files/", "127.0.0.1:8080", 404}, {"GET", "/files/../index.html", "127.0.0.1:8080", 404}, {"GET", "/assets/", "127.0.0.1:8080", 404}, {"GET", "/%00", "127.0.0.1:8080", 404},
	} {
		r := get(h, x.method, "http://any"+x.path, x.host)
		if r.StatusCode != x.want {
			t.Errorf("%s %s to %q: %d, want %d", x.method, x.path, x.host, r.StatusCode, x.want)
		}
		if r.StatusCode != 200 && strings.Contains(text(t, r), "soil") {
			t.Errorf("%s %s to %q tells of a chat", x.method, x.path, x.host)
		}
	}
	for _, addr := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "[::]:0", "example.org:0", "127.0.0.1"} {
		if l, err := Listen(addr); err == nil {
			l.Close()
			t.Errorf("%s is listened on", addr)
		}
	}
}

func TestServingEndsWithItsContext(t *testing.T) {
	t.Parallel()
	s := site(t)
	l, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- s.Serve(ctx, l) }()
	r, err := http.Get("http://" + l.Addr().String() + "/")
	if err != nil {
		t.Fatal(err)
	}
	if body := text(t, r); !strings.Contains(body, "Water &amp; soil") {
		t.Error("the list lacks a chat")
	}
	r.Body.Close()
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if c, err := net.Dial("tcp", l.Addr().String()); err == nil {
		c.Close()
		t.Error("it still listens")
	}
}

func TestTheBrowserIsOpenedBySystem(t *testing.T) {
	t.Parallel()
	for system, want := range map[string]string{"linux": "xdg-open", "freebsd": "xdg-open", "darwin": "open", "windows": "rundll32"} {
		if got := opener(system, "http://127.0.0.1:1/"); got[0] != want || got[len(got)-1] != "http://127.0.0.1:1/" {
			t.Errorf("%s: %v", system, got)
		}
	}
}

// Players ask for parts of a film: every part is right, wherever it lies, and
// no more is held than is sent.
func TestPartsOfAFileAreAnswered(t *testing.T) {
	t.Parallel()
	film := make([]byte, 300_000)
	for i := range film {
		film[i] = byte(i * i >> 7)
	}
	copy(film, "RIFF\x00\x00\x00\x00WAVE")
	opens := 0
	src := talks(conversation("aaaaaaaa-1", "A film", "", say(chat.User, &chat.Audio{File: &chat.File{ID: "film", Name: "film.wav"}})))
	src.File = func(*chat.File) (io.ReadCloser, error) {
		opens++
		return io.NopCloser(io.MultiReader(bytes.NewReader(film))), nil // which cannot seek
	}
	s := opened(t, src)
	const host = "127.0.0.1:8080"
	h := s.Handler(host)
	var link string
	for name := range s.shelf.owner {
		link = regexp.MustCompile(`files/[^" ]+`).FindString(text(t, get(h, "GET", "http://"+host+"/"+url.PathEscape(name), host)))
	}
	ask := func(method, part string) (*http.Response, string) {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(method, "http://"+host+"/"+link, nil)
		r.Host = host
		if part != "" {
			r.Header.Set("Range", part)
		}
		h.ServeHTTP(w, r)
		return w.Result(), w.Body.String()
	}
	if r, body := ask("GET", ""); r.StatusCode != 200 || body != string(film) || r.Header.Get("Accept-Ranges") != "bytes" || r.Header.Get("Content-Type") != "audio/wave" {
		t.Errorf("whole: %d, %d bytes, %v", r.StatusCode, len(body), r.Header)
	}
	for part, want := range map[string][2]int{"bytes=0-": {0, len(film)}, "bytes=0-0": {0, 1}, "bytes=511-513": {511, 514}, "bytes=299999-": {299999, 300000}, "bytes=-10": {299990, 300000}, "bytes=1000-9999999": {1000, 300000}} {
		r, body := ask("GET", part)
		if r.StatusCode != 206 || body != string(film[want[0]:want[1]]) || r.Header.Get("Content-Range") != fmt.Sprintf("bytes %d-%d/300000", want[0], want[1]-1) {
			t.Errorf("%s: %d, %d bytes, %s", part, r.StatusCode, len(body), r.Header.Get("Content-Range"))
		}
		if r, body := ask("HEAD", part); r.StatusCode != 206 || body != "" {
			t.Errorf("head of %s: %d, %d bytes", part, r.StatusCode, len(body))
		}
	}
	if r, body := ask("GET", "bytes=10-19,100-109"); r.StatusCode != 206 || !strings.Contains(body, string(film[10:20])) || !strings.Contains(body, string(film[100:110])) {
		t.Errorf("two parts: %d, %d bytes", r.StatusCode, len(body))
	}
	if r, _ := ask("GET", "bytes=300000-"); r.StatusCode != 416 {
		t.Errorf("past the end: %d", r.StatusCode)
	}
	if opens > 60 {
		t.Errorf("opened %d times", opens)
	}
}

func TestAStreamIsReadFromAnyPlace(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		body := rapid.SliceOfN(rapid.Byte(), 0, 100).Draw(rt, "body")
		s := &stream{open: func() (io.ReadCloser, error) { return io.NopCloser(iotest.HalfReader(bytes.NewReader(body))), nil }, size: -1}
		defer s.Close()
		like := bytes.NewReader(body)
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			if rapid.Bool().Draw(rt, "seek") {
				offset, whence := rapid.Int64Range(-20, 120).Draw(rt, "offset"), rapid.IntRange(0, 2).Draw(rt, "whence")
				got, err := s.Seek(offset, whence)
				want, fails := like.Seek(offset, whence)
				if got != want || (err == nil) != (fails == nil) {
					rt.Fatalf("seek: %d %v, want %d %v", got, err, want, fails)
				}
				continue
			}
			p := make([]byte, rapid.IntRange(1, 40).Draw(rt, "length"))
			q := slices.Clone(p)
			n, _ := io.ReadFull(s, p)
			m, _ := io.ReadFull(like, q)
			if n != m || !bytes.Equal(p[:n], q[:m]) {
				rt.Fatalf("read %d bytes %v, want %v", n, p[:n], q[:m])
			}
		}
	})
}

// While an archive is read its site answers: the list with what was read, and
// every conversation by its id. When all is read, the list is the whole one.
func TestASiteAnswersWhileItIsRead(t *testing.T) {
	t.Parallel()
	reached, goOn := make(chan struct{}), make(chan struct{})
	src := talks(
		conversation("aaaaaaaa-1", "Water & soil", "", say(chat.User, &chat.Text{Raw: "How much?"})),
		conversation("bbbbbbbb-2", "Beds", "Garden", say(chat.User, &chat.Text{Raw: "Which wood?"})),
		conversation("bbbbbbbb-3", "Trees", "Garden", say(chat.User, &chat.Text{Raw: "Which tree?"})))
	var slow atomic.Bool
	slow.Store(true)
	all := src.Entries
	src.Entries = func(yield func(source.Entry, error) bool) {
		n := 0
		for e, err := range all {
			if n++; n == 2 && !slow.Load() {
				close(reached)
				<-goOn
			}
			if !yield(e, err) {
				return
			}
		}
	}
	s := fresh(t, src)
	slow.Store(false)
	const host = "127.0.0.1:8080"
	h := s.Handler(host)
	ask := func(path string) (int, string) {
		r := get(h, "GET", "http://"+host+path, host)
		return r.StatusCode, text(t, r)
	}
	done := make(chan error)
	go func() {
		_, err := s.Read(t.Context())
		done <- err
	}()
	<-reached
	<-s.Some()
	for path, want := range map[string][]string{
		"/":                          {"Reading the archive: 1 of 3 conversations", "http-equiv=refresh", ">Water &amp; soil</a>", "href=\"assets/list.css\""},
		"/statistics.html":           {"Reading the archive", "<a href=\"index.html\">All conversations</a>"},
		"/projects/garden-1234.html": {"Reading the archive", "<a href=\"../index.html\">", "href=\"../assets/style.css\""},
		"/c/aaaaaaaa-1":              {"How much?", "href=\"../assets/style.css\""},
		"/c/bbbbbbbb-3":              {"Which tree?"}, // which nobody has read yet
		"/assets/near/7.js":          {""},
		"/assets/style.css":          {"{"},
	} {
		code, body := ask(path)
		if code == 302 { // to its own name, which is known already
			continue
		}
		for _, w := range want {
			if code != 200 || !strings.Contains(body, w) {
				t.Errorf("%s: %d, lacks %s:\n%s", path, code, w, body)
			}
		}
	}
	for _, path := range []string{"/c/", "/c/bbbbbbbb", "/c/cccccccc-1", "/c/aaaa", "/nothing.txt"} {
		if code, body := ask(path); code != 404 {
			t.Errorf("%s: %d %s", path, code, body)
		}
	}
	if _, body := ask("/"); strings.Contains(body, "list.js") || strings.Contains(body, "Trees") {
		t.Error("the list has more than was read")
	}
	close(goOn)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if _, body := ask("/"); strings.Contains(body, "Reading") || strings.Contains(body, "refresh") || !strings.Contains(body, "3 conversations") {
		t.Errorf("the whole list: %s", body)
	}
	r := get(h, "GET", "http://"+host+"/c/bbbbbbbb-3", host)
	to := r.Header.Get("Location")
	if code, body := ask(to); r.StatusCode != 302 || code != 200 || !strings.Contains(body, "Which tree?") {
		t.Errorf("by id: %d to %q: %d", r.StatusCode, to, code)
	}
	if code, _ := ask("/projects/garden-1234.html"); code != 404 {
		t.Errorf("a project that is not there: %d", code)
	}
}

// A list that is not whole yet shows the newest of what was read.
func TestTheNewestConversationsAreShownWhileOthersAreRead(t *testing.T) {
	t.Parallel()
	g := growing{some: make(chan struct{}), total: 1000}
	for i := range 1000 {
		g.add(chat.Summary{ID: fmt.Sprint(i), Updated: time.Unix(int64(i*7919%1000), 0)})
	}
	docs, done, _, reading := g.now()
	if len(docs) != mostShown || done != 1000 || !reading || cap(g.newest) > 4*mostShown {
		t.Fatalf("%d of %d", len(docs), done)
	}
	for i := range docs {
		if docs[i].Updated.Unix() != int64(999-i) {
			t.Fatalf("number %d is of %d", i, docs[i].Updated.Unix())
		}
	}
}
