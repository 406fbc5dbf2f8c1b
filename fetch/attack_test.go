package fetch

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"gptsnap/fetch/fakeapi"
	"gptsnap/formats/archive"
	"gptsnap/formats/source"
)

// This file is what a hostile server, browser or network may do, and what may
// happen to a user on a bad day.

const paper = "file-AbCdEf0123456789AbCdEf01" // of [withFiles]

// ofPaper reports whether a request is for the bytes of the paper.
func ofPaper(r *http.Request) bool {
	return r.URL.Path == "/backend-api/estuary/content" && r.URL.Query().Get("id") == paper && r.URL.Query().Get("there") == ""
}

func TestADownloadIsSentOnOnlyToWhereItMay(t *testing.T) {
	t.Parallel()
	files := withFiles()
	var mu sync.Mutex
	var seen []http.Header
	see := func(r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, r.Header.Clone())
	}
	known, strange := elsewhere(t, files, see), elsewhere(t, files, see)
	rest := "/backend-api/estuary/content?id=" + paper + "&there=1&sig=" + fakeapi.Signature()
	for name, c := range map[string]struct {
		to   string
		got  bool
		away int // requests to other hosts
	}{
		"to a host of files":   {known.URL + rest, true, 1},
		"within the server":    {rest, true, 0},
		"to a strange host":    {strange.URL + rest, false, 0},
		"to itself for ever":   {"?id=" + paper + "&sig=" + fakeapi.Signature(), false, 0},
		"to a file of ours":    {"file:///etc/passwd", false, 0},
		"to no address at all": {"http://[::1", false, 0},
		"to nowhere":           {"", false, 0},
	} {
		seen = nil
		_, o := whole(t, files, fakeapi.Options{Script: func(r *http.Request, _ int) *fakeapi.Trouble {
			if ofPaper(r) {
				return fakeapi.Redirected(c.to)
			}
			return nil
		}})
		host := must(url.Parse(known.URL)).Host
		o.hosts, o.Cookies, o.Workspace = []string{host}, Cookies{conceal("a=1")}, fakeapi.Account
		r, err := Run(t.Context(), o)
		if got := opened(t, o.Archive)[paper] == "%PDF-paper"; got != c.got || (err == nil) != c.got || r.Files < 3 || len(seen) != c.away {
			t.Errorf("%s: held %t, %d requests elsewhere, %v: %+v", name, got, len(seen), err, r)
		}
		if err != nil && exitOf(err) != source.ExitIncomplete || strings.Contains(r.Summary(), fakeapi.Signature()) {
			t.Errorf("%s: %v\n%s", name, err, r.Summary())
		}
		for _, h := range seen {
			if h.Get("Authorization") != "" || h.Get("Cookie") != "" || h.Get("Chatgpt-Account-Id") != "" {
				t.Errorf("%s: %v", name, h)
			}
		}
	}
}

// TestAFileThatIsAPageCostsNoMoreThanItself has a server that always answers
// one file with HTML, as for a file that is one by another name.
func TestAFileThatIsAPageCostsNoMoreThanItself(t *testing.T) {
	t.Parallel()
	fake, o := whole(t, withFiles(), fakeapi.Options{Script: func(r *http.Request, _ int) *fakeapi.Trouble {
		if ofPaper(r) {
			return fakeapi.LoginPage()
		}
		return nil
	}})
	r, err := Run(t.Context(), o)
	if exitOf(err) != source.ExitIncomplete || r.Files != 3 || len(r.FilesFailed) != 1 || r.FilesFailed[0].ID != paper {
		t.Errorf("%v %+v", err, r)
	}
	holdsAll(t, o.Archive, fake)
}

// packed is an answer of so many bytes that is small on the wire.
func packed(size int) *fakeapi.Trouble {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	io.Copy(z, io.LimitReader(spaces{}, int64(size)))
	z.Close()
	return &fakeapi.Trouble{Status: 200, Header: http.Header{"Content-Type": {"application/json"}, "Content-Encoding": {"gzip"}}, Body: b.String()}
}

type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestAnswersThatSwellAreBounded(t *testing.T) {
	t.Parallel()
	bomb := packed(mostOther + 2)
	_, o := serve(t, many(3), fakeapi.Options{Script: func(*http.Request, int) *fakeapi.Trouble { return bomb }})
	if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "larger than 67108864 bytes") {
		t.Error(err)
	}
	refusal := packed(mostWords + 2)
	refusal.Status = 500
	fake, o := serve(t, many(3), fakeapi.Options{Script: func(*http.Request, int) *fakeapi.Trouble { return refusal }})
	if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "500") || fake.Requests() > 5 {
		t.Error(err)
	}
	c := &client{maxBody: 1 << 30}
	if c.most(query{}, 200) != 1<<30 || c.most(query{most: 5}, 200) != 5 || c.most(query{}, 404) != mostWords {
		t.Error("the bounds are others")
	}
}

func TestHeadersWithoutAnEndAreRefused(t *testing.T) {
	t.Parallel()
	_, o := serve(t, many(3), fakeapi.Options{Script: func(*http.Request, int) *fakeapi.Trouble {
		return &fakeapi.Trouble{Status: 200, Header: http.Header{"Content-Type": {"application/json"}, "Etag": {strings.Repeat("x", 2<<20)}}, Body: `{"items":[]}`}
	}})
	o.Transport = nil // our own
	if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "header") {
		t.Error(err)
	}
	// What fits is not kept at any length either.
	_, o = serve(t, many(1), fakeapi.Options{Script: func(*http.Request, int) *fakeapi.Trouble {
		return &fakeapi.Trouble{Status: 200, Header: http.Header{"Content-Type": {"application/json"}, "Etag": {strings.Repeat("x", 5000)}}, Body: `{"items":[]}`}
	}})
	mustRun(t, o)
	for _, rec := range recordsIn(t, o.Archive) {
		if len(rec.Headers["Etag"]) > 200 || rec.Kind == archive.KindListing && rec.Headers["Content-Type"] == "" {
			t.Errorf("%.300v", rec.Headers)
		}
	}
}

func TestCookiesOfTheServerAreNotTaken(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var sent []string
	_, o := serve(t, many(3), fakeapi.Options{Script: func(r *http.Request, n int) *fakeapi.Trouble {
		mu.Lock()
		defer mu.Unlock()
		sent = append(sent, r.Header.Get("Cookie"))
		if n == 1 {
			return &fakeapi.Trouble{Status: 500, Header: http.Header{"Set-Cookie": {"planted=1; Path=/", "other=1; Domain=example.org"}}}
		}
		return nil
	}})
	o.Cookies = Cookies{conceal("mine=1")}
	mustRun(t, o)
	for _, c := range sent {
		if c != "mine=1" {
			t.Errorf("sent %q", c)
		}
	}
}

// TestABrowsersPortThatIsHostileIsGivenUp has what is no browser behind --cdp.
func TestABrowsersPortThatIsHostileIsGivenUp(t *testing.T) {
	t.Parallel()
	base := must(url.Parse("https://chatgpt.com"))
	var elsewhere atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	t.Cleanup(other.Close)
	tabs := func(socket string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, `[{"type":"page","url":"https://chatgpt.com/","webSocketDebuggerUrl":"`+socket+`"}]`)
		}
	}
	talk := func(say func(ctx context.Context, c *websocket.Conn)) http.Handler {
		mux := http.NewServeMux()
		mux.HandleFunc("/json/list", tabs("ws://192.0.2.1:1/devtools/page/1"))
		mux.HandleFunc("/devtools/page/1", func(w http.ResponseWriter, r *http.Request) {
			if c, err := websocket.Accept(w, r, nil); err == nil {
				defer c.CloseNow()
				say(r.Context(), c)
			}
		})
		return mux
	}
	for name, h := range map[string]http.Handler{
		"sent elsewhere": http.RedirectHandler(other.URL, http.StatusFound),
		"a socket that is sent elsewhere": func() http.Handler {
			mux := http.NewServeMux()
			mux.HandleFunc("/json/list", tabs("ws://x/devtools/page/1"))
			mux.Handle("/devtools/page/1", http.RedirectHandler(other.URL, http.StatusFound))
			return mux
		}(),
		"a socket elsewhere": tabs("ws://" + strings.TrimPrefix(other.URL, "http://") + "/steal"),
		"silence":            http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }),
		"no JSON":            http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html>") }),
		"a list without an end": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "[")
			io.Copy(w, spaces{})
		}),
		"events without an end": talk(func(ctx context.Context, c *websocket.Conn) {
			for c.Write(ctx, websocket.MessageText, []byte(`{"method":"Page.x","params":{}}`)) == nil {
			}
		}),
		"a message without an end": talk(func(ctx context.Context, c *websocket.Conn) {
			if w, err := c.Writer(ctx, websocket.MessageText); err == nil {
				io.Copy(w, spaces{})
			}
		}),
		"answers of no sense": talk(func(ctx context.Context, c *websocket.Conn) {
			for i := 1; c.Write(ctx, websocket.MessageText, []byte(`{"id":1,"result":[[["x"]]]}`)) == nil; i++ {
			}
		}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewServer(h)
			defer s.Close()
			at := must(url.Parse(s.URL))
			b := &browser{at: at, origin: "https://chatgpt.com", direct: http.DefaultTransport, patience: 300 * time.Millisecond}
			_, err := b.session(t.Context(), base)
			b.drop()
			s.CloseClientConnections()
			if exitOf(err) != source.ExitFailed {
				t.Errorf("%v", err)
			}
			if elsewhere.Load() > 0 {
				t.Error("another host was spoken to")
			}
		})
	}
}

// A mute is a connection that dies without a word when it is told to.
type mute struct {
	net.Conn
	dead *atomic.Bool
}

func (m mute) Write(b []byte) (int, error) {
	if m.dead.Load() {
		return len(b), nil
	}
	return m.Conn.Write(b)
}

// TestAConnectionThatDiedInSleepIsNotUsedAgain speaks HTTP/2, where requests
// share a connection and one that fails leaves it open.
func TestAConnectionThatDiedInSleepIsNotUsedAgain(t *testing.T) {
	t.Parallel()
	fake, err := fakeapi.New(many(3), fakeapi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(fake)
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	c, err := newClient(Options{BaseURL: server.URL, Token: Token{conceal(fakeapi.DefaultToken)}, waits: func(time.Duration) time.Duration { return 0 }})
	if err != nil {
		t.Fatal(err)
	}
	transport := c.http.Transport.(*http.Transport)
	t.Cleanup(transport.CloseIdleConnections)
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	transport.TLSClientConfig = &tls.Config{RootCAs: pool}
	if h := transport.HTTP2; h.SendPingTimeout <= 0 || h.SendPingTimeout+h.PingTimeout >= c.stall {
		t.Error("a dead connection is found out too late")
	}
	transport.HTTP2 = &http.HTTP2Config{SendPingTimeout: 100 * time.Millisecond, PingTimeout: 100 * time.Millisecond}
	var dials int
	var conns []*atomic.Bool
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		dials++
		conns = append(conns, new(atomic.Bool))
		return mute{conn, conns[dials-1]}, err
	}
	get := func() (*answer, error) {
		return c.fetch(t.Context(), activeList, c.address(activeList, "", nil), validJSON)
	}
	if _, err := get(); err != nil {
		t.Fatal(err)
	}
	conns[0].Store(true)
	if _, err := get(); err != nil || dials != 2 {
		t.Errorf("%d connections: %v", dials, err)
	}
}

// child runs a fetch as a process of its own, under a shell's settings.
func child(t *testing.T, o Options, settings string, env ...string) (string, error) {
	t.Helper()
	c := exec.Command("sh", "-c", settings+` exec "$0" -test.run='^TestBeingKilled$'`, os.Args[0])
	c.Env = append(append(os.Environ(), "GPTSNAP_KILLED_URL="+o.BaseURL, "GPTSNAP_KILLED_ARCHIVE="+o.Archive), env...)
	said, err := c.CombinedOutput()
	return string(said), err
}

// TestADiskThatFillsUpLosesNothing lets no file of a run grow beyond a bound,
// then lets another run end the work.
func TestADiskThatFillsUpLosesNothing(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no such bound")
	}
	fake, o := whole(t, many(200), fakeapi.Options{NoBatch: true})
	said, err := child(t, o, "ulimit -f 64;") // blocks of 512 bytes
	if err == nil || !strings.Contains(said, "file too large") || !strings.Contains(said, "writing the archive") {
		t.Fatalf("%v: %s", err, said)
	}
	got := fake.Count(fakeapi.RouteConversation)
	if r := mustRun(t, o); r.Fetched == 200 || got+r.Fetched > 201 {
		t.Errorf("%d, then %+v", got, r)
	}
	holdsAll(t, o.Archive, fake)
	if v, err := archive.Verify(o.Archive, archive.Deep); err != nil || len(v.Problems) > 0 {
		t.Errorf("%v %+v", err, v.Problems)
	}
}

// TestThisMachineIsReachedWithoutAProxy whatever the environment says.
func TestThisMachineIsReachedWithoutAProxy(t *testing.T) {
	t.Parallel()
	fake, o := whole(t, many(3), fakeapi.Options{})
	if said, err := child(t, o, "", "HTTP_PROXY=http://127.0.0.1:9", "http_proxy=http://127.0.0.1:9", "ALL_PROXY=socks5://127.0.0.1:9", "NO_PROXY=", "no_proxy="); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	holdsBatches(t, o.Archive, fake)
}

func TestAServerOfTheNewerInternetIsRead(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skip("this machine has no IPv6: ", err)
	}
	files := withFiles()
	fake, err := fakeapi.New(files, fakeapi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: fake}
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	o := Options{Archive: filepath.Join(t.TempDir(), "a.tar.zst"), BaseURL: "http://" + l.Addr().String(), Token: Token{conceal(fakeapi.DefaultToken)}}
	if r := mustRun(t, o); r.Files != 4 {
		t.Errorf("%+v", r)
	}
	holdsAll(t, o.Archive, fake)
}

// TestTwoRunsAtOnceDoNotMix starts a run while another is at work.
func TestTwoRunsAtOnceDoNotMix(t *testing.T) {
	t.Parallel()
	var o Options
	var second error
	once := sync.OnceFunc(func() { _, second = Run(t.Context(), o) })
	fake, o := whole(t, many(30), fakeapi.Options{NoBatch: true, Script: func(r *http.Request, n int) *fakeapi.Trouble {
		if n == 20 {
			once()
		}
		return nil
	}})
	if r := mustRun(t, o); r.Fetched != 30 {
		t.Errorf("%+v", r)
	}
	if !errors.As(second, new(*archive.LockedError)) || exitOf(second) != source.ExitFailed {
		t.Errorf("the second run: %v", second)
	}
	holdsAll(t, o.Archive, fake)
}
