package fetch

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// errBudget says that --max-requests is used up.
var errBudget = errors.New("the allowed number of requests is used up")

// errTime says that --budget is used up.
var errTime = errors.New("the allowed time is used up")

// A trouble is a class of answers that are met in the same way.
type trouble int

const (
	final       trouble = iota // asking again will not help
	passing                    // gateway errors, cut bodies, broken connections: ask again soon
	rateLimited                // 429: everything waits
	challenged                 // Cloudflare: a fresh connection may pass
	loginPage                  // HTML where JSON was asked for
	signedOut                  // 401
	forbidden                  // 403 of the server itself
	redirected                 // 3xx
)

// A StatusError is an answer that is no usable one.
type StatusError struct {
	Code       int
	Path       string        // of the request
	RetryAfter time.Duration // as the server asked; 0 if it did not
	Detail     string        // the server's own words, cleaned and shortened, or ours
	Reason     string        // the server's machine-readable code, as "conversation_deleted"
	class      trouble
	to         secret // where a redirect leads
}

func (e *StatusError) Error() string {
	text := fmt.Sprintf("%s answered %d", e.Path, e.Code)
	if name := http.StatusText(e.Code); name != "" {
		text += " " + name
	}
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	return text
}

// Deleted reports whether the server says that what was asked for was deleted.
func (e *StatusError) Deleted() bool {
	return e.Code == http.StatusNotFound && e.Reason == "conversation_deleted"
}

// classOf says how err is to be met. What is no answer at all is a broken
// connection.
func classOf(err error) trouble {
	if s := (*StatusError)(nil); errors.As(err, &s) {
		return s.class
	}
	return passing
}

// judge is nil for an answer whose body may be what was asked for.
func (c *client) judge(a *answer) error {
	e := &StatusError{Code: a.Status, Path: pathOf(a.URL)}
	html := looksHTML(a)
	switch {
	case a.Status == http.StatusOK && !html:
		return nil
	case a.Header.Get("Cf-Mitigated") != "" || html && challengePage(a.Body):
		e.class, e.Detail = challenged, "Cloudflare asks for proof that this is a browser"
		return e
	case a.Status == http.StatusOK:
		e.class, e.Detail = loginPage, "a page of HTML instead of data, as when logged out"
		return e
	case a.Status >= 300 && a.Status < 400:
		e.class, e.to = redirected, conceal(a.Header.Get("Location"))
		e.Detail = "it redirects to " + c.target(a)
		return e
	case a.Status == http.StatusUnauthorized:
		e.class = signedOut
	case a.Status == http.StatusForbidden:
		e.class = forbidden
	case a.Status == http.StatusTooManyRequests:
		e.class, e.RetryAfter = rateLimited, retryAfter(a.Header.Get("Retry-After"), time.Now())
	case a.Status >= 500:
		e.class, e.RetryAfter = passing, retryAfter(a.Header.Get("Retry-After"), time.Now())
	}
	if !html {
		e.Detail, e.Reason = c.words(a.Body)
	}
	return e
}

// target is where a redirect leads: its origin only, since the rest may hold secrets.
func (c *client) target(a *answer) string {
	to, err := url.Parse(a.Header.Get("Location"))
	if err != nil {
		return "somewhere unreadable"
	}
	if to = c.base.ResolveReference(to); to.Host == c.base.Host {
		return "another page of " + clean(to.Host)
	}
	return clean(to.Scheme + "://" + to.Host)
}

// retryAfter reads the header's two forms, seconds and an HTTP date.
func retryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if n, err := strconv.ParseUint(value, 10, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(n, 1e9)) * time.Second // thirty years are enough
	}
	if t, err := http.ParseTime(value); err == nil {
		return max(0, t.Sub(now))
	}
	return 0
}

func looksHTML(a *answer) bool {
	if strings.HasPrefix(strings.ToLower(a.Header.Get("Content-Type")), "text/html") {
		return true
	}
	head := bytes.TrimLeft(bytes.TrimPrefix(a.Body[:min(len(a.Body), 512)], []byte("\ufeff")), " \t\r\n")
	return bytes.HasPrefix(head, []byte("<"))
}

func challengePage(body []byte) bool {
	head := body[:min(len(body), 64<<10)]
	for _, sign := range []string{"Just a moment", "challenge-platform", "cf-chl", "_cf_chl_opt"} {
		if bytes.Contains(head, []byte(sign)) {
			return true
		}
	}
	return false
}

// words are the server's explanation in any of the shapes it comes in:
// {"detail":"text"}, {"detail":{"message","code"}}, {"detail":[{"msg"}]}.
func (c *client) words(body []byte) (text, code string) {
	var outer struct {
		Detail json.RawMessage `json:"detail"`
	}
	if len(body) > 64<<10 || json.Unmarshal(body, &outer) != nil {
		return "", ""
	}
	var object struct{ Message, Code string }
	var list []struct{ Msg string }
	switch {
	case json.Unmarshal(outer.Detail, &text) == nil:
	case json.Unmarshal(outer.Detail, &object) == nil:
		text, code = object.Message, object.Code
	case json.Unmarshal(outer.Detail, &list) == nil && len(list) > 0:
		text = list[0].Msg
	}
	return clean(c.hush(text)), clean(c.hush(code))
}

// hush takes our credentials out of the server's words: one that echoes the
// request must not get them into our messages and records.
func (c *client) hush(text string) string {
	secrets := []string{c.token.text(), c.cookies.text()}
	for pair := range strings.SplitSeq(c.cookies.text(), "; ") {
		if _, value, _ := strings.Cut(pair, "="); len(value) >= 8 {
			secrets = append(secrets, value)
		}
	}
	for _, s := range secrets {
		if s != "" {
			text = strings.ReplaceAll(text, s, hidden)
		}
	}
	return text
}

// clean makes the server's words one short printable line.
func clean(s string) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r)
	}), " ")
	if r := []rune(s); len(r) > 200 {
		s = string(r[:200]) + "…"
	}
	return s
}

func pathOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "the server"
	}
	return u.EscapedPath()
}
