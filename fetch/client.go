package fetch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/time/rate"
)

// UserAgent says honestly who asks. Nothing of the server's protection depends
// on it: it looks at the connection, not at this.
const UserAgent = "gptsnap (+read-only account snapshot)"

// A client asks one question at a time, politely, and sends its credentials to
// one origin only.
type client struct {
	http    *http.Client
	base    *url.URL
	token   Token
	cookies Cookies
	account string // the workspace's id or ""
	limit   *rate.Limiter
	jitter  time.Duration
	maxBody int64
	budget  int // requests left; negative means no bound
	pacer   *pacer
	count   int // requests made
	stall   time.Duration
	overall time.Duration
	notify  func(Progress)                    // about waits; never nil
	waits   func(time.Duration) time.Duration // never nil
	// renew gets a new token when the old one is no longer accepted; nil if
	// only the user can.
	renew func(context.Context) (Token, error)
}

// An answer is a whole answer of the server that was worth keeping.
type answer struct {
	URL    string
	Status int
	Header http.Header
	Body   []byte
}

func newClient(o Options) (*client, error) {
	base, err := parseBase(o.BaseURL)
	if err != nil {
		return nil, err
	}
	for _, c := range []byte(o.Workspace) {
		if c <= ' ' || c >= 0x7f {
			return nil, errors.New("a workspace id is one word; this is not")
		}
	}
	c := &client{base: base, token: o.Token, cookies: o.Cookies, account: o.Workspace, jitter: o.MinInterval / 4,
		limit: rate.NewLimiter(rate.Inf, 1), maxBody: o.MaxBody, budget: -1, stall: time.Minute, overall: 15 * time.Minute,
		notify: func(Progress) {}, waits: o.waits}
	if c.waits == nil {
		c.waits = func(d time.Duration) time.Duration { return d }
	}
	if o.MinInterval > 0 {
		c.limit = rate.NewLimiter(rate.Every(o.MinInterval), 1)
	}
	if c.maxBody <= 0 {
		c.maxBody = 1 << 30
	}
	if o.MaxRequests > 0 {
		c.budget = o.MaxRequests
	}
	if o.MinInterval > 0 { // who wants no pauses is not slowed down by guesses either
		c.pacer = newPacer(time.Now)
	}
	transport := o.Transport
	if transport == nil {
		transport = newTransport()
	}
	// Credentials must never follow a redirect, so none is followed: a 3xx
	// comes back as the answer and is judged like any other.
	c.http = &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return c, nil
}

// address is the URL of an endpoint on the client's origin.
func (c *client) address(e endpoint, id string, more url.Values) string {
	u := *c.base
	path := strings.ReplaceAll(e.Path, "{id}", url.PathEscape(id))
	u.RawPath = c.base.EscapedPath() + path
	u.Path, _ = url.PathUnescape(u.RawPath) // what PathEscape wrote unescapes
	q := url.Values{}
	maps.Copy(q, e.Query)
	maps.Copy(q, more)
	u.RawQuery = q.Encode()
	return u.String()
}

// A query is one request as [client.ask] sends it.
type query struct {
	method, address string
	body            string // JSON of a POST that only reads
	foreign         bool   // another origin than the client's: it gets no credentials
	fresh           bool   // on a new connection
	most            int64  // bytes of the answer; 0 means the client's bound
	// sink takes the body of an answer of status 200 or 206 instead of memory,
	// as far as it reads. What it answers is the request's error.
	sink *intake
}

// ask sends one request, without any retry, and reads the whole answer. The
// error is a [*StatusError], a transport's error, or [errBudget].
func (c *client) ask(ctx context.Context, q query) (*answer, error) {
	if c.budget == 0 {
		return nil, errBudget
	}
	if err := c.pace(ctx); err != nil {
		return nil, err
	}
	address, fresh := q.address, q.fresh
	if fresh {
		c.http.CloseIdleConnections() // a challenged connection stays challenged; only a new one may pass
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	overall := time.AfterFunc(c.overall, func() { stop(fmt.Errorf("the answer was not complete after %v", c.overall)) })
	defer overall.Stop()
	silence := fmt.Errorf("the server was silent for %v", c.stall)
	stalled := time.AfterFunc(c.stall, func() { stop(silence) })
	defer stalled.Stop()

	req, err := http.NewRequestWithContext(ctx, q.method, address, strings.NewReader(q.body))
	if err != nil {
		return nil, err
	}
	if q.body == "" {
		req.Body, req.GetBody = nil, nil
	}
	c.headers(req, q)
	if c.budget > 0 {
		c.budget--
	}
	c.count++
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, causeOf(ctx, err)
	}
	defer resp.Body.Close()
	alive := progressReader{resp.Body, func() { stalled.Reset(c.stall); overall.Reset(c.overall) }}
	if q.sink != nil && (resp.StatusCode == http.StatusOK || resp.StatusCode == http.StatusPartialContent) {
		if err := q.sink.take(resp.StatusCode, resp.Header, alive); err != nil {
			if cause := context.Cause(ctx); cause != nil {
				return nil, cause
			}
			return nil, err
		}
		return &answer{URL: address, Status: resp.StatusCode, Header: resp.Header}, nil
	}
	alive.alive = func() { stalled.Reset(c.stall) }
	var body bytes.Buffer
	most := c.most(q, resp.StatusCode)
	_, err = io.Copy(&body, io.LimitReader(alive, most+1))
	got := &answer{URL: address, Status: resp.StatusCode, Header: resp.Header, Body: body.Bytes()}
	if serr := c.judge(got); serr != nil {
		return got, serr
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("the answer broke off after %d bytes: %w", body.Len(), causeOf(ctx, err))
	case int64(body.Len()) > most:
		return nil, &StatusError{Code: got.Status, Path: pathOf(address), Detail: fmt.Sprintf("the answer is larger than %d bytes", most)}
	}
	return got, nil
}

// What an answer may be at most, in bytes, when it is unpacked: a few kilobytes
// on the wire can become a thousand times as much.
const (
	mostOther = 64 << 20 // of what is no conversation: a page of a list has some hundred kilobytes
	mostWords = 1 << 20  // of an error
)

func (c *client) most(q query, status int) int64 {
	switch {
	case status != http.StatusOK:
		return min(c.maxBody, mostWords)
	case q.most > 0:
		return min(c.maxBody, q.most)
	}
	return c.maxBody
}

// headers makes a request ours. Credentials go to the client's own origin
// only, whatever a caller or an answer says.
func (c *client) headers(req *http.Request, q query) {
	req.Header.Set("User-Agent", UserAgent)
	req.Header.Set("Accept", "application/json")
	if q.sink != nil {
		q.sink.ask(req.Header)
	}
	if q.body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if q.foreign || !c.own(req.URL) {
		return
	}
	req.Header.Set("Authorization", "Bearer "+c.token.text())
	if !c.cookies.Empty() {
		req.Header.Set("Cookie", c.cookies.text())
	}
	if c.account != "" {
		req.Header.Set("ChatGPT-Account-Id", c.account)
	}
}

// causeOf prefers the reason for which a request was given up to net/http's
// "context canceled".
func causeOf(ctx context.Context, err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err // the URL says nothing that the caller does not know
	}
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

func (c *client) pace(ctx context.Context) error {
	if err := c.limit.Wait(ctx); err != nil {
		if cause := context.Cause(ctx); cause != nil {
			return cause
		}
		if _, bounded := ctx.Deadline(); bounded {
			return errTime // the limiter says no at once if the wait would outlast the context
		}
		return err
	}
	if c.jitter > 0 {
		return sleep(ctx, rand.N(c.jitter))
	}
	return context.Cause(ctx)
}

func sleep(ctx context.Context, d time.Duration) error {
	clock := time.NewTimer(d)
	defer clock.Stop()
	select {
	case <-clock.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// progressReader tells when bytes arrive.
type progressReader struct {
	r     io.Reader
	alive func()
}

func (p progressReader) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	if n > 0 {
		p.alive()
	}
	return n, err
}
