package fetch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"

	"gptsnap/formats/source"
)

// A browser is the tab of the user's own browser in which the account is open.
// It is a [http.RoundTripper] whose requests the tab makes, so they come with
// the browser's own connection and cookies. It speaks Chrome's debugging
// protocol to a browser on this machine and never anywhere else: whoever holds
// that connection can read everything in the browser. It opens no tab, closes
// none, and touches nothing of the page: the requests are made in a world of
// scripts apart from the page's own.
//
// Requests to other origins, as for files, do not go through the tab.
type browser struct {
	at     *url.URL // of the debugging port
	origin string   // of the account's tab
	direct http.RoundTripper
	// patience is how long the browser may take to tell its session.
	patience time.Duration

	mu      sync.Mutex // one command at a time
	conn    *websocket.Conn
	world   int // the execution context; 0 if there is none yet
	counter int
}

// sliceSize is how many bytes of an answer are taken out of the tab at once.
const sliceSize = 1 << 20

const browserHint = "start Chrome or Chromium with --remote-debugging-port=9222 and a profile of its own (--user-data-dir), open https://chatgpt.com in it, log in, and leave the tab open"

// attach finds the tab of the account, and the access token in it.
func attach(ctx context.Context, debugging string, base *url.URL, direct http.RoundTripper) (*browser, Token, error) {
	at, err := url.Parse(debugging)
	if err != nil || at.Scheme != "http" && at.Scheme != "ws" || at.Port() == "" {
		return nil, Token{}, source.Fail(source.ExitUsage, "", "--cdp must look like http://127.0.0.1:9222")
	}
	if ip := net.ParseIP(at.Hostname()); at.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, Token{}, source.Fail(source.ExitUsage, "", "--cdp is for a browser on this machine only: whoever reaches that port can read everything in the browser")
	}
	b := &browser{at: at, origin: base.Scheme + "://" + base.Host, direct: direct, patience: time.Minute}
	token, err := b.session(ctx, base)
	return b, token, err
}

// session asks for the session that the tab is logged in to, and takes the
// access token out of it.
func (b *browser) session(ctx context.Context, base *url.URL) (Token, error) {
	at := b.at
	ctx, stop := context.WithTimeoutCause(ctx, b.patience, fmt.Errorf("it was silent for %v", b.patience))
	defer stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base.String()+"/api/auth/session", nil)
	if err != nil {
		return Token{}, err
	}
	resp, err := b.RoundTrip(req)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = cause
	}
	if err != nil {
		return Token{}, source.Fail(source.ExitFailed, browserHint, "the browser at %s: %w", at.Host, err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, secretMax))
	if err != nil {
		return Token{}, source.Fail(source.ExitFailed, browserHint, "the browser at %s: %w", at.Host, err)
	}
	token, err := ParseToken(raw)
	if err != nil || resp.StatusCode != http.StatusOK || !bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{")) {
		return Token{}, source.Fail(source.ExitAuth, "log in to "+b.origin+" in that tab, then run the same command again", "the browser's tab is not logged in")
	}
	return token, nil
}

// remote is a value in the tab.
type remote struct {
	Result struct {
		ObjectID string `json:"objectId"`
		Value    json.RawMessage
	}
	Exception *struct {
		Text      string
		Exception struct{ Description string }
	} `json:"exceptionDetails"`
}

func (r *remote) err() error {
	if r.Exception == nil {
		return nil
	}
	text, _, _ := strings.Cut(r.Exception.Exception.Description, "\n")
	return errors.New("in the tab: " + clean(r.Exception.Text+" "+text))
}

// enter makes a world for our scripts beside the page's; mu is held.
func (b *browser) enter(ctx context.Context) error {
	var tree struct {
		Tree struct {
			Frame struct{ ID, URL string }
		} `json:"frameTree"`
	}
	if err := b.call(ctx, "Page.getFrameTree", struct{}{}, &tree); err != nil {
		return err
	}
	if at := tree.Tree.Frame.URL; at != b.origin && !strings.HasPrefix(at, b.origin+"/") {
		b.drop()
		return fmt.Errorf("the tab has left %s", b.origin)
	}
	var world struct {
		ID int `json:"executionContextId"`
	}
	err := b.call(ctx, "Page.createIsolatedWorld", map[string]any{"frameId": tree.Tree.Frame.ID, "worldName": "gptsnap"}, &world)
	b.world = world.ID
	return err
}

// request is what runs in the tab. It gives the answer's bytes unread, for
// slices to be taken from.
const request = `(async (url, init) => {
  if (location.origin !== new URL(url).origin) throw new Error("the tab has left the site");
  const answer = await fetch(url, init);
  const body = new Uint8Array(await answer.arrayBuffer());
  return { status: answer.type === "opaqueredirect" ? 302 : answer.status, headers: [...answer.headers], body };
})`

// RoundTrip implements [http.RoundTripper].
func (b *browser) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme+"://"+req.URL.Host != b.origin {
		return b.direct.RoundTrip(req)
	}
	init := map[string]any{"method": req.Method, "credentials": "include", "redirect": "manual", "cache": "no-store"}
	headers := map[string]string{}
	for _, name := range []string{"Authorization", "Accept", "Content-Type", "ChatGPT-Account-Id"} {
		if v := req.Header.Get(name); v != "" {
			headers[name] = v
		}
	}
	init["headers"] = headers
	if req.Body != nil {
		raw, err := io.ReadAll(req.Body)
		req.Body.Close()
		if err != nil {
			return nil, err
		}
		init["body"] = string(raw)
	}
	args, err := json.Marshal([]any{req.URL.String(), init})
	if err != nil {
		return nil, err
	}
	ctx := req.Context()
	b.mu.Lock()
	defer b.mu.Unlock()
	var made remote
	for try := 0; ; try++ {
		if b.world == 0 {
			if err := b.enter(ctx); err != nil {
				return nil, err
			}
		}
		made = remote{}
		err := b.call(ctx, "Runtime.evaluate", map[string]any{"expression": request + "(..." + string(args) + ")", "contextId": b.world, "awaitPromise": true}, &made)
		if try == 0 && errors.As(err, new(*protocolError)) {
			b.world = 0 // the page was loaded anew, and the world went with it
			continue
		}
		if err == nil {
			err = made.err()
		}
		if err != nil {
			return nil, err
		}
		break
	}
	var head struct {
		Status  int
		Headers [][2]string
		Size    int64
	}
	if err := b.ask(ctx, made.Result.ObjectID, `function() { return { status: this.status, headers: this.headers, size: this.body.length }; }`, nil, &head); err != nil {
		return nil, err
	}
	resp := &http.Response{StatusCode: head.Status, Status: fmt.Sprintf("%d %s", head.Status, http.StatusText(head.Status)), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, ContentLength: head.Size, Request: req}
	for _, h := range head.Headers {
		resp.Header.Add(h[0], h[1])
	}
	resp.Body = &tabBody{b: b, ctx: ctx, object: made.Result.ObjectID, size: head.Size}
	return resp, nil
}

// ask calls a function on a value in the tab; mu is held.
func (b *browser) ask(ctx context.Context, object, function string, args []any, result any) error {
	values := make([]map[string]any, len(args))
	for i, a := range args {
		values[i] = map[string]any{"value": a}
	}
	var got remote
	if err := b.call(ctx, "Runtime.callFunctionOn", map[string]any{"objectId": object, "functionDeclaration": function, "arguments": values, "returnByValue": true}, &got); err != nil {
		return err
	}
	if err := got.err(); err != nil {
		return err
	}
	return json.Unmarshal(got.Result.Value, result)
}
