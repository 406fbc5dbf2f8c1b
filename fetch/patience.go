package fetch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"

	"gptsnap/formats/archive"
	"gptsnap/formats/source"
)

// How long the client waits and how often it asks again, by class of trouble.
// Waits grow by doubling from first to most.
//
// A 429 concerns the whole account, not one request, so nothing else is asked
// while it lasts: a client asks one thing at a time, and this wait is the
// pause of its whole queue. Going on too fast can lock the user's own browser
// out of the account for a while; so after tries of them it stops altogether.
var schedules = map[trouble]struct {
	first, most time.Duration
	jitter      float64
	tries       int // how often this class may be met for one request before giving up
}{
	passing:     {time.Second, 30 * time.Second, 0.2, 4},
	rateLimited: {time.Minute, 5 * time.Minute, 0, 10},
	challenged:  {time.Second, 30 * time.Second, 0, 4},
	loginPage:   {time.Second, 30 * time.Second, 0, 2},
}

// lockedAfter is how often a list may be refused by 429 in a row. Lists are
// cheap and their limit passes within a minute or two; when it does not, the
// account is locked, and every further request makes that worse.
const lockedAfter = 4

// longestRetryAfter bounds what the server may ask for. Beyond it a run ends:
// the user is better served by running again later than by a silent process.
const longestRetryAfter = 30 * time.Minute

// fetch asks until there is an answer that check accepts, or until patience
// for this kind of trouble is used up. An error of check is a passing trouble:
// a body that was cut, or is not what was asked for.
func (c *client) fetch(ctx context.Context, e endpoint, address string, check func(*answer) error) (*answer, error) {
	return c.send(ctx, e, query{method: e.Method, address: address}, check)
}

// send is [client.fetch] of any query.
func (c *client) send(ctx context.Context, e endpoint, q query, check func(*answer) error) (*answer, error) {
	if q.most = mostOther; e.Kind == archive.KindConversation || e.Kind == archive.KindShare {
		q.most = 0
	}
	waits := &waits{met: map[trouble]int{}, growth: map[trouble]*backoff.ExponentialBackOff{}, list: e.Paging != ""}
	return backoff.Retry(ctx, func() (*answer, error) {
		if err := c.pacer.wait(ctx, c, e); err != nil {
			return nil, backoff.Permanent(err)
		}
		began := time.Now()
		a, err := c.ask(ctx, q)
		c.notify(Progress{Asked: asked(q, a, err, time.Since(began))})
		if err == nil {
			err = check(a)
		}
		c.pacer.learn(e, err)
		if err == nil {
			return a, nil
		}
		if cause := context.Cause(ctx); cause != nil {
			return nil, backoff.Permanent(cause)
		}
		if errors.Is(err, errBudget) || errors.Is(err, errTime) || errors.Is(err, errStore) || errors.Is(err, errTooLarge) {
			return nil, backoff.Permanent(err)
		}
		class := classOf(err)
		if class == signedOut && c.renew != nil && waits.met[signedOut] == 0 {
			waits.met[signedOut]++
			if token, rerr := c.renew(ctx); rerr == nil {
				c.token, waits.next = token, 0
				return nil, err // and once more, with the new one
			}
		}
		if class == passing && q.sink != nil && q.sink.advanced() {
			delete(waits.met, passing)
			delete(waits.growth, passing)
		}
		q.fresh = class == challenged || class == loginPage
		if !waits.plan(class, err) {
			return nil, backoff.Permanent(err)
		}
		waits.next = c.waits(waits.next)
		return nil, err
	}, backoff.WithBackOff(waits), backoff.WithMaxElapsedTime(0), backoff.WithNotify(func(err error, d time.Duration) {
		c.notify(Progress{Note: waitNote(err, d), Until: time.Now().Add(d)})
	}))
}

// waits is the schedule of one request's retries. It implements
// [backoff.BackOff]: plan decides, NextBackOff tells.
type waits struct {
	list   bool // a list: refused again and again, the account is locked
	met    map[trouble]int
	growth map[trouble]*backoff.ExponentialBackOff
	next   time.Duration
}

// plan sets the wait before the next try; false means that there is none.
func (w *waits) plan(class trouble, err error) bool {
	s, ok := schedules[class]
	w.met[class]++
	if !ok || w.met[class] > s.tries || class == rateLimited && w.list && w.met[class] > lockedAfter {
		return false
	}
	g := w.growth[class]
	if g == nil {
		g = &backoff.ExponentialBackOff{InitialInterval: s.first, MaxInterval: s.most, Multiplier: 2, RandomizationFactor: s.jitter}
		w.growth[class] = g
	}
	w.next = g.NextBackOff()
	if status := (*StatusError)(nil); errors.As(err, &status) && status.RetryAfter > 0 {
		if status.RetryAfter > longestRetryAfter {
			return false
		}
		w.next = status.RetryAfter
	}
	return true
}

// NextBackOff is the planned wait.
func (w *waits) NextBackOff() time.Duration { return w.next }

// Reset has nothing to do: a waits serves one request.
func (w *waits) Reset() {}

// asked is a line for who wants to see every request: neither the query
// of its address, where signatures stand, nor anything of an answer but its size.
func asked(q query, a *answer, err error, took time.Duration) string {
	what := q.method + " " + pathOf(q.address)
	if a == nil {
		return fmt.Sprintf("%s: %v", what, err)
	}
	return fmt.Sprintf("%s: %d, %s in %v", what, a.Status, size(int64(len(a.Body))), took.Round(time.Millisecond))
}

func waitNote(err error, d time.Duration) string {
	d = d.Round(time.Second)
	switch classOf(err) {
	case rateLimited:
		return "rate limited, resuming at " + time.Now().Add(d).Format("15:04:05")
	case challenged:
		return fmt.Sprintf("Cloudflare asks for a browser; trying a new connection in %v", d)
	case loginPage:
		return fmt.Sprintf("got a page of HTML instead of data; trying a new connection in %v", d)
	}
	return fmt.Sprintf("%v; trying again in %v", err, d)
}

// fatal makes the error that ends the run out of one that concerns all
// requests alike; nil when err concerns one request only.
func (c *client) fatal(err error) *source.Failure {
	again := "; what was fetched is kept, and running the same command again goes on from there"
	switch {
	case errors.Is(err, errBudget), errors.Is(err, errTime):
		return source.Fail(source.ExitBudget, "run the same command again to go on: nothing is fetched twice", "%w", err)
	case errors.As(err, new(*StatusError)):
	default:
		return nil
	}
	switch classOf(err) {
	case rateLimited:
		return source.Fail(source.ExitBudget, "wait an hour or more before running again, or the account may be locked for a while in the browser too"+again,
			"the server keeps limiting the rate: %w", err)
	case challenged:
		return source.Fail(source.ExitBlocked, "Cloudflare does not let this connection through: try again later or from another network, "+
			"pass the browser's cookies with --cookie-file, or ask for the official export and import it"+again, "blocked: %w", err)
	case signedOut:
		hint := "log in, open /api/auth/session in the same browser and pass the new access token"
		if end := c.token.Expires(); !end.IsZero() && end.Before(time.Now()) {
			hint = fmt.Sprintf("the token ended on %s: %s", end.Format("2 January 2006 15:04 MST"), hint)
		}
		return source.Fail(source.ExitAuth, hint+again, "the access token is not accepted: %w", err)
	case loginPage:
		return source.Fail(source.ExitAuth, "log in and pass a new access token, or check --base-url"+again, "not logged in: %w", err)
	case forbidden:
		return source.Fail(source.ExitAuth, "the token may belong to another workspace (see --workspace) or be stale; if the server speaks of unusual activity, wait some hours"+again,
			"access refused: %w", err)
	case redirected:
		return source.Fail(source.ExitAuth, "credentials are never sent after a redirect; log in again, or give the address it leads to with --base-url"+again, "not followed: %w", err)
	}
	return nil
}
