package fakeapi

import (
	"io"
	"net/http"
	"time"
)

// A Trouble is one thing that goes wrong with one answer.
type Trouble struct {
	Status int           // answer this instead; 0 lets the usual answer through
	Header http.Header   // with these headers
	Body   string        // and this body
	Delay  time.Duration // wait first
	// Cut > 0 sends so many bytes of the body, then tears the connection.
	Cut int
	// Short > 0 sends so many bytes of the body and ends as if that were all.
	Short int
	// Drip > 0 waits this long after every kilobyte.
	Drip time.Duration
}

const html = "text/html; charset=UTF-8"

// RateLimited is a 429, with a Retry-After header unless retryAfter is "".
func RateLimited(retryAfter string) *Trouble {
	t := &Trouble{Status: http.StatusTooManyRequests, Header: http.Header{"Content-Type": {"application/json"}},
		Body: `{"detail":"Too many requests in 1 minute. Try again later."}`}
	if retryAfter != "" {
		t.Header.Set("Retry-After", retryAfter)
	}
	return t
}

// Broken is an error of the server, 500 and above.
func Broken(status int) *Trouble {
	return &Trouble{Status: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: `{"detail":"Internal Server Error"}`}
}

// Challenge is Cloudflare's 403 in front of the server.
func Challenge() *Trouble {
	return &Trouble{Status: http.StatusForbidden, Header: http.Header{"Content-Type": {html}, "Cf-Mitigated": {"challenge"}},
		Body: "<!DOCTYPE html><html><head><title>Just a moment...</title></head></html>"}
}

// LoginPage is a page of HTML with status 200 where JSON was asked for.
func LoginPage() *Trouble {
	return &Trouble{Status: http.StatusOK, Header: http.Header{"Content-Type": {html}},
		Body: "<!DOCTYPE html><html><head><title>Log in</title></head><body>Welcome back</body></html>"}
}

// Expired is the 401 of a token that is no longer good.
func Expired() *Trouble {
	return &Trouble{Status: http.StatusUnauthorized, Header: http.Header{"Content-Type": {"application/json"}},
		Body: `{"detail":{"message":"Your authentication token has expired. Please try signing in again.","code":"token_expired"}}`}
}

// Forbidden is a 403 of the server itself.
func Forbidden() *Trouble {
	return &Trouble{Status: http.StatusForbidden, Header: http.Header{"Content-Type": {"application/json"}},
		Body: `{"detail":"Unusual activity has been detected from your device. Try again later."}`}
}

// Redirected sends the caller elsewhere.
func Redirected(to string) *Trouble {
	return &Trouble{Status: http.StatusFound, Header: http.Header{"Location": {to}}}
}

// Script answers the n-th request as days[n] says, counting from 1; other
// requests are answered as usual.
func Script(days map[int]*Trouble) func(*http.Request, int) *Trouble {
	return func(_ *http.Request, n int) *Trouble { return days[n] }
}

// strike does t's harm. It reports true when the answer is complete; else the
// usual answer is to be written to the returned writer.
func (t *Trouble) strike(w http.ResponseWriter, r *http.Request) (http.ResponseWriter, bool) {
	pause(r, t.Delay)
	if t.Cut > 0 || t.Short > 0 || t.Drip > 0 {
		w = &harmed{ResponseWriter: w, r: r, t: t}
	}
	if t.Status == 0 {
		return w, false
	}
	for k, v := range t.Header {
		w.Header()[k] = v
	}
	w.WriteHeader(t.Status)
	io.WriteString(w, t.Body)
	return w, true
}

func pause(r *http.Request, d time.Duration) {
	if d <= 0 {
		return
	}
	clock := time.NewTimer(d)
	defer clock.Stop()
	select {
	case <-clock.C:
	case <-r.Context().Done():
	}
}

// harmed writes what its Trouble lets through.
type harmed struct {
	http.ResponseWriter
	r    *http.Request
	t    *Trouble
	sent int
}

func (h *harmed) Write(p []byte) (int, error) {
	size := len(p)
	for len(p) > 0 {
		part := p
		if h.t.Drip > 0 {
			part = part[:min(len(part), 1024)]
		}
		if limit := max(h.t.Cut, h.t.Short); limit > 0 {
			part = part[:min(len(part), limit-h.sent)]
		}
		n, err := h.ResponseWriter.Write(part)
		h.sent += n
		if err != nil {
			return size - len(p) + n, err
		}
		p = p[n:]
		if h.t.Cut > 0 && h.sent >= h.t.Cut {
			http.NewResponseController(h.ResponseWriter).Flush()
			panic(http.ErrAbortHandler) // net/http's own way to tear a connection
		}
		if h.t.Short > 0 && h.sent >= h.t.Short {
			return size, nil // the rest is lost without a sign
		}
		if h.t.Drip > 0 {
			http.NewResponseController(h.ResponseWriter).Flush()
			pause(h.r, h.t.Drip)
		}
	}
	return size, nil
}
