package fetch

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"gptsnap/fetch/fakeapi"
	"gptsnap/formats/source"
)

// wire is a network in memory, for tests whose clock is a fake one.
type wire struct {
	conns  chan net.Conn
	closed chan struct{}
	dials  atomic.Int32
}

func (w *wire) Accept() (net.Conn, error) {
	select {
	case c := <-w.conns:
		return c, nil
	case <-w.closed:
		return nil, net.ErrClosed
	}
}
func (w *wire) Close() error   { return nil }
func (w *wire) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }

func (w *wire) dial(context.Context, string, string) (net.Conn, error) {
	w.dials.Add(1)
	here, there := net.Pipe()
	w.conns <- there
	return here, nil
}

// scene is a client and a fake server in a bubble of fake time.
type scene struct {
	*client
	t     *testing.T
	wire  *wire
	fake  *fakeapi.Server
	begun time.Time
	mu    sync.Mutex
	asked []time.Duration // when each request came, since the beginning
}

const chatID = "47044a1d-d3e0-59db-a41a-a2d82ce1e14e"

func account(t *testing.T) fstest.MapFS {
	raw, err := os.ReadFile("../testdata/samples/01-plain-linear.json")
	if err != nil {
		t.Fatal(err)
	}
	return fstest.MapFS{"one.json": {Data: raw}}
}

// play runs f in a bubble; days says what goes wrong with which request.
func play(t *testing.T, o Options, days map[int]*fakeapi.Trouble, f func(*testing.T, *scene)) {
	t.Helper()
	files := account(t)
	synctest.Test(t, func(t *testing.T) {
		s := &scene{t: t, wire: &wire{conns: make(chan net.Conn), closed: make(chan struct{})}, begun: time.Now()}
		var err error
		s.fake, err = fakeapi.New(files, fakeapi.Options{Script: func(_ *http.Request, n int) *fakeapi.Trouble {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.asked = append(s.asked, time.Since(s.begun))
			if every, ok := days[0]; ok {
				return every
			}
			return days[n]
		}})
		if err != nil {
			t.Fatal(err)
		}
		server := &http.Server{Handler: s.fake}
		go server.Serve(s.wire)
		transport := &http.Transport{DialContext: s.wire.dial}
		o.Transport, o.BaseURL = transport, "http://127.0.0.1"
		if o.Token.Empty() {
			o.Token = Token{conceal(fakeapi.DefaultToken)}
		}
		if s.client, err = newClient(o); err != nil {
			t.Fatal(err)
		}
		f(t, s)
		transport.CloseIdleConnections()
		close(s.wire.closed)
		server.Close()
	})
}

func (s *scene) get(ctx context.Context) (*answer, error) {
	return s.fetch(ctx, oneConversation, s.address(oneConversation, chatID, nil), func(*answer) error { return nil })
}

// waits are the times between the requests.
func (s *scene) waits() []time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	var w []time.Duration
	for i := 1; i < len(s.asked); i++ {
		w = append(w, s.asked[i]-s.asked[i-1])
	}
	return w
}

func (s *scene) code(err error) int {
	s.t.Helper()
	f := s.fatal(err)
	if f == nil {
		s.t.Fatalf("not fatal: %v", err)
	}
	return f.Code
}

func minutes(n ...float64) []time.Duration {
	var d []time.Duration
	for _, m := range n {
		d = append(d, time.Duration(m*float64(time.Minute)))
	}
	return d
}

func TestRateLimitPausesAMinuteDoublingToFive(t *testing.T) {
	days := map[int]*fakeapi.Trouble{}
	for n := 1; n <= 6; n++ {
		days[n] = fakeapi.RateLimited("")
	}
	play(t, Options{}, days, func(t *testing.T, s *scene) {
		a, err := s.get(t.Context())
		if err != nil || string(a.Body) != string(s.fake.Body(chatID)) {
			t.Fatal(err)
		}
		if got := s.waits(); !slices.Equal(got, minutes(1, 2, 4, 5, 5, 5)) {
			t.Error(got)
		}
	})
}

func TestRetryAfterIsHonouredInSecondsAndAsDate(t *testing.T) {
	start := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // where a bubble's clock begins
	days := map[int]*fakeapi.Trouble{
		1: fakeapi.RateLimited("90"),
		2: fakeapi.RateLimited(start.Add(3 * time.Minute).Format(http.TimeFormat)),
		3: fakeapi.RateLimited("soon"),
		4: {Status: 503, Header: http.Header{"Retry-After": {"30"}}},
	}
	play(t, Options{}, days, func(t *testing.T, s *scene) {
		if _, err := s.get(t.Context()); err != nil {
			t.Fatal(err)
		}
		// The third 429 says nothing usable: its wait is the third of the doubling.
		if got := s.waits(); !slices.Equal(got, minutes(1.5, 1.5, 4, 0.5)) {
			t.Error(got)
		}
	})
}

func TestStopsWhenTheServerKeepsLimiting(t *testing.T) {
	for name, every := range map[string]*fakeapi.Trouble{"for an hour": fakeapi.RateLimited(""), "asking for a day": fakeapi.RateLimited("86400"), "asking for ever": fakeapi.RateLimited("99999999999999999999")} {
		t.Run(name, func(t *testing.T) {
			play(t, Options{}, map[int]*fakeapi.Trouble{0: every}, func(t *testing.T, s *scene) {
				_, err := s.get(t.Context())
				if code := s.code(err); code != source.ExitBudget {
					t.Errorf("exit %d: %v", code, err)
				}
				if spent := time.Since(s.begun); spent > time.Hour {
					t.Errorf("gave up after %v", spent)
				}
				if n := s.fake.Requests(); strings.HasPrefix(name, "asking") && n != 1 {
					t.Errorf("%d requests", n)
				}
			})
		})
	}
}

func TestServerErrorsAreRetriedALittle(t *testing.T) {
	for _, status := range []int{500, 502, 503, 504} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			play(t, Options{}, map[int]*fakeapi.Trouble{0: fakeapi.Broken(status)}, func(t *testing.T, s *scene) {
				_, err := s.get(t.Context())
				var status *StatusError
				if !errors.As(err, &status) || s.fatal(err) != nil {
					t.Fatal(err)
				}
				waits := s.waits()
				if len(waits) != 4 {
					t.Fatal(waits)
				}
				for i, w := range waits {
					if want := time.Second << i; w < want*8/10 || w > want*12/10 {
						t.Errorf("wait %d was %v, want %v within a fifth", i, w, want)
					}
				}
			})
		})
	}
}

func TestCutBodiesAreReadAgain(t *testing.T) {
	play(t, Options{}, map[int]*fakeapi.Trouble{1: {Cut: 300}, 2: {Cut: 1}}, func(t *testing.T, s *scene) {
		a, err := s.get(t.Context())
		if err != nil || string(a.Body) != string(s.fake.Body(chatID)) {
			t.Fatal(err)
		}
		if s.count != 3 {
			t.Error(s.count)
		}
	})
}

func TestChallengeIsRetriedOnFreshConnectionsThenBlocked(t *testing.T) {
	play(t, Options{}, map[int]*fakeapi.Trouble{0: fakeapi.Challenge()}, func(t *testing.T, s *scene) {
		_, err := s.get(t.Context())
		if code := s.code(err); code != source.ExitBlocked {
			t.Errorf("exit %d: %v", code, err)
		}
		if got, want := s.waits(), []time.Duration{1e9, 2e9, 4e9, 8e9}; !slices.Equal(got, want) {
			t.Errorf("waits %v, want %v", got, want)
		}
		if n := s.wire.dials.Load(); n != 5 {
			t.Errorf("%d connections for 5 tries", n)
		}
	})
	play(t, Options{}, map[int]*fakeapi.Trouble{1: fakeapi.Challenge(), 2: fakeapi.Challenge()}, func(t *testing.T, s *scene) {
		if _, err := s.get(t.Context()); err != nil {
			t.Error(err)
		}
		if _, err := s.get(t.Context()); err != nil {
			t.Error(err)
		}
		if n := s.wire.dials.Load(); n != 3 {
			t.Errorf("%d connections, want one for each challenge and one that stays", n)
		}
	})
}

func TestEachRefusalHasItsExitCode(t *testing.T) {
	challenge200 := fakeapi.LoginPage()
	challenge200.Body = "<html><title>Just a moment...</title></html>"
	bare := &fakeapi.Trouble{Status: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: "\ufeff \n<!doctype html>"}
	for name, c := range map[string]struct {
		trouble *fakeapi.Trouble
		code    int
		tries   int
	}{
		"expired token":               {fakeapi.Expired(), source.ExitAuth, 1},
		"refused":                     {fakeapi.Forbidden(), source.ExitAuth, 1},
		"login page with 200":         {fakeapi.LoginPage(), source.ExitAuth, 3},
		"HTML that claims to be JSON": {bare, source.ExitAuth, 3},
		"challenge page with 200":     {challenge200, source.ExitBlocked, 5},
		"redirect to a login page":    {fakeapi.Redirected("/auth/login?next=x"), source.ExitAuth, 1},
		"redirect to another server":  {fakeapi.Redirected("https://evil.example/?a=b"), source.ExitAuth, 1},
		"not modified":                {&fakeapi.Trouble{Status: 304}, source.ExitAuth, 1},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, Options{}, map[int]*fakeapi.Trouble{0: c.trouble}, func(t *testing.T, s *scene) {
				a, err := s.get(t.Context())
				if code := s.code(err); code != c.code || s.count != c.tries || a != nil {
					t.Errorf("exit %d after %d tries: %v", code, s.count, err)
				}
				if s.fatal(err).Hint == "" {
					t.Error("no hint")
				}
			})
		})
	}
}

func TestNoRedirectIsFollowed(t *testing.T) {
	for _, to := range []string{"https://evil.example/steal", "http://127.0.0.1/backend-api/conversations", "//evil.example"} {
		play(t, Options{}, map[int]*fakeapi.Trouble{1: fakeapi.Redirected(to)}, func(t *testing.T, s *scene) {
			_, err := s.get(t.Context())
			if err == nil || s.fake.Requests() != 1 {
				t.Errorf("%s: %d requests, %v", to, s.fake.Requests(), err)
			}
			if strings.Contains(err.Error(), "steal") {
				t.Errorf("the address after the host may hold secrets: %v", err)
			}
		})
	}
}

func TestASilentServerIsGivenUp(t *testing.T) {
	play(t, Options{}, map[int]*fakeapi.Trouble{1: {Delay: time.Hour}}, func(t *testing.T, s *scene) {
		if _, err := s.get(t.Context()); err != nil {
			t.Fatal(err)
		}
		if w := s.waits(); len(w) != 1 || w[0] < time.Minute || w[0] > time.Minute+2*time.Second {
			t.Error(w)
		}
	})
}

func TestASlowServerIsWaitedFor(t *testing.T) {
	play(t, Options{}, map[int]*fakeapi.Trouble{1: {Drip: 50 * time.Second}}, func(t *testing.T, s *scene) {
		a, err := s.get(t.Context())
		if err != nil || len(a.Body) != len(s.fake.Body(chatID)) || s.count != 1 {
			t.Fatalf("%d requests: %v", s.count, err)
		}
		if spent := time.Since(s.begun); spent < 4*time.Minute {
			t.Errorf("the drip took only %v: it proves nothing", spent)
		}
	})
}

func TestAnEndlessDripIsGivenUp(t *testing.T) {
	play(t, Options{}, map[int]*fakeapi.Trouble{0: {Drip: 59 * time.Second}}, func(t *testing.T, s *scene) {
		s.overall = 3 * time.Minute
		if _, err := s.get(t.Context()); err == nil || !strings.Contains(err.Error(), "not complete after 3m") {
			t.Fatal(err)
		}
	})
}

func TestRequestsKeepTheirDistance(t *testing.T) {
	play(t, Options{MinInterval: time.Second}, nil, func(t *testing.T, s *scene) {
		for range 20 {
			if _, err := s.get(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if w := s.waits(); len(slices.Compact(slices.Sorted(slices.Values(w)))) < 10 {
			t.Errorf("no jitter: %v", w)
		}
		// The jitter comes after the limiter's second, so two requests may be
		// closer by it, but never on the average.
		for i, w := range s.waits() {
			if w < 750*time.Millisecond || w > 1250*time.Millisecond {
				t.Errorf("request %d came %v after the one before", i+1, w)
			}
		}
		if spent := time.Since(s.begun); spent < 19*time.Second {
			t.Errorf("20 requests in %v", spent)
		}
	})
}

func TestCancelEndsAWaitAtOnce(t *testing.T) {
	play(t, Options{}, map[int]*fakeapi.Trouble{0: fakeapi.RateLimited("")}, func(t *testing.T, s *scene) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(10*time.Second, cancel)
		_, err := s.get(ctx)
		if !errors.Is(err, context.Canceled) || time.Since(s.begun) != 10*time.Second {
			t.Errorf("%v after %v", err, time.Since(s.begun))
		}
	})
	play(t, Options{}, map[int]*fakeapi.Trouble{0: {Delay: time.Hour}}, func(t *testing.T, s *scene) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(10*time.Second, cancel)
		_, err := s.get(ctx)
		if !errors.Is(err, context.Canceled) || time.Since(s.begun) != 10*time.Second {
			t.Errorf("%v after %v", err, time.Since(s.begun))
		}
	})
}

func TestBodiesAreBounded(t *testing.T) {
	play(t, Options{MaxBody: 1000}, nil, func(t *testing.T, s *scene) {
		_, err := s.get(t.Context())
		if err == nil || !strings.Contains(err.Error(), "larger than 1000 bytes") || s.count != 1 {
			t.Fatalf("%d requests: %v", s.count, err)
		}
	})
}

func TestRequestsAreCountedAgainstTheBudget(t *testing.T) {
	play(t, Options{MaxRequests: 3}, map[int]*fakeapi.Trouble{1: fakeapi.Broken(500)}, func(t *testing.T, s *scene) {
		_, first := s.get(t.Context())
		_, second := s.get(t.Context())
		_, third := s.get(t.Context())
		if first != nil || second != nil || s.code(third) != source.ExitBudget || s.fake.Requests() != 3 {
			t.Error(first, second, third, s.fake.Requests())
		}
	})
}

func TestServersWordsAreCleanAndHoldNoSecret(t *testing.T) {
	echo := &fakeapi.Trouble{Status: 401, Header: http.Header{"Content-Type": {"application/json"}},
		Body: `{"detail":{"message":"bad token ` + fakeapi.DefaultToken + ` \u001b[31m\u202e\n` + strings.Repeat("x", 1000) + `","code":"c"}}`}
	play(t, Options{}, map[int]*fakeapi.Trouble{1: echo}, func(t *testing.T, s *scene) {
		_, err := s.get(t.Context())
		text := err.Error()
		if strings.Contains(text, fakeapi.DefaultToken) || strings.ContainsAny(text, "\x1b\n\u202e") || len(text) > 400 || !strings.Contains(text, "bad token [hidden]") {
			t.Errorf("%q", text)
		}
	})
}

func TestCredentialsGoOnlyWhereTheyMay(t *testing.T) {
	t.Parallel()
	for raw, ok := range map[string]bool{
		"https://chatgpt.com": true, "https://chatgpt.com/": true, "": true, "http://127.0.0.1:8080": true, "http://localhost": true, "http://[::1]:1": true,
		"https://example.org/prefix": true,
		"http://chatgpt.com":         false, "http://localhost.evil.example": false, "http://128.0.0.1": false, "ftp://127.0.0.1": false,
		"https://user:pass@chatgpt.com": false, "https://chatgpt.com?x=1": false, "https://chatgpt.com#x": false, "chatgpt.com": false, "https://": false, "::": false,
	} {
		if _, err := parseBase(raw); (err == nil) != ok {
			t.Errorf("%q: %v", raw, err)
		}
	}
}

func TestIDsCannotChangeTheAddress(t *testing.T) {
	t.Parallel()
	c, err := newClient(Options{BaseURL: "https://chatgpt.com/base"})
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{
		"abc":             "https://chatgpt.com/base/backend-api/conversation/abc",
		"../../x?y#z":     "https://chatgpt.com/base/backend-api/conversation/..%2F..%2Fx%3Fy%23z",
		"a b%2e":          "https://chatgpt.com/base/backend-api/conversation/a%20b%252e",
		"//evil.example":  "https://chatgpt.com/base/backend-api/conversation/%2F%2Fevil.example",
		"@evil.example\n": "https://chatgpt.com/base/backend-api/conversation/@evil.example%0A",
	} {
		if got := c.address(oneConversation, id, nil); got != want {
			t.Errorf("%q: %s", id, got)
		}
	}
}

func TestEveryEndpointOnlyReads(t *testing.T) {
	t.Parallel()
	for _, e := range endpoints() {
		if (e.Method != "GET" && e.Path != conversationBatch.Path && e.Path != "/backend-api/files/library") || e.Source == "" || !slices.Contains([]string{"A", "B", "C"}, e.Sure) || !strings.HasPrefix(e.Path, "/backend-api/") {
			t.Errorf("%+v", e)
		}
	}
}
