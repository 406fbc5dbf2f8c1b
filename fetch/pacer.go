package fetch

import (
	"context"
	"fmt"
	"math"
	"time"
)

// A pacer is a model of the server's patience, learned from its answers.
//
// Reads of single conversations were seen to behave like a bucket of tokens:
// some 200 quick ones, then about one a minute. The pacer keeps such a bucket
// and slows down by itself before the server says no. It learns both ways: a
// 429 that comes early makes the bucket smaller, and every answer that comes
// although the bucket should be empty makes the refill faster, so a kinder
// server is soon read at full speed. What it learned is kept in the archive
// for the next run.
//
// Lists, batches and files are limited far less, if at all; for them the pause
// between requests is enough. A nil pacer never waits.
type pacer struct {
	Capacity  float64   `json:"capacity"`   // quick reads in a row
	PerMinute float64   `json:"per_minute"` // reads a minute when the bucket is empty
	Tokens    float64   `json:"tokens"`     // left at At
	At        time.Time `json:"at"`

	reads  int  // since the last 429
	beyond bool // the bucket was empty when the last read was asked for
	now    func() time.Time
}

// What is assumed before anything was learned, and the bounds of what may be.
const (
	firstCapacity, leastCapacity, mostCapacity = 200, 10, 100_000
	firstPerMinute, leastPerMinute             = 1, 0.5
	mostPerMinute                              = 240
)

func newPacer(now func() time.Time) *pacer {
	return &pacer{Capacity: firstCapacity, PerMinute: firstPerMinute, Tokens: firstCapacity, At: now(), now: now}
}

// restore takes over what an earlier run learned, as far as it is possible.
func (p *pacer) restore(old pacer) {
	if old.At.IsZero() || math.IsNaN(old.Tokens) {
		return
	}
	p.Capacity = min(max(old.Capacity, leastCapacity), mostCapacity)
	p.PerMinute = min(max(old.PerMinute, leastPerMinute), mostPerMinute)
	p.Tokens, p.At = min(max(old.Tokens, 0), p.Capacity), old.At
	if p.At.After(p.now()) {
		p.At = p.now()
	}
}

func single(e endpoint) bool {
	return e.Path == oneConversation.Path || e.Path == newestPage.Path || e.Path == olderPage.Path
}

func (p *pacer) refill() {
	now := p.now()
	if passed := now.Sub(p.At).Minutes(); passed > 0 {
		p.Tokens = min(p.Capacity, p.Tokens+passed*p.PerMinute)
	}
	p.At = now
}

// pause is how long to wait before the next read.
func (p *pacer) pause() time.Duration {
	p.refill()
	if p.Tokens >= 1 {
		return 0
	}
	return time.Duration((1 - p.Tokens) / p.PerMinute * float64(time.Minute))
}

// wait sleeps as long as the model says, and takes a token.
func (p *pacer) wait(ctx context.Context, c *client, e endpoint) error {
	if p == nil || !single(e) {
		return nil
	}
	d := p.pause()
	if d > 0 {
		if d > 10*time.Second {
			until := time.Now().Add(d)
			c.notify(Progress{Note: fmt.Sprintf("going slowly so that the account is not locked, resuming at %s", until.Format("15:04:05")), Until: until})
		}
		if err := sleep(ctx, c.waits(d)); err != nil {
			return err
		}
	}
	p.take(d > 0)
	return nil
}

// take takes a token for a read, which may have been waited for.
func (p *pacer) take(waited bool) {
	p.refill()
	p.Tokens, p.beyond = max(0, p.Tokens-1), waited
}

// learn takes in how a read ended.
func (p *pacer) learn(e endpoint, err error) {
	if p == nil || !single(e) {
		return
	}
	p.refill()
	switch {
	case err == nil:
		p.reads++
		if p.beyond {
			p.PerMinute = min(p.PerMinute*1.5, mostPerMinute)
			p.Capacity = min(max(p.Capacity, float64(p.reads)), mostCapacity)
		}
	case classOf(err) == rateLimited:
		if p.reads > 0 && float64(p.reads) < p.Capacity {
			p.Capacity = max(0.9*float64(p.reads), leastCapacity)
		}
		p.PerMinute = max(p.PerMinute/2, leastPerMinute)
		p.Tokens, p.reads = 0, 0
	}
}

// estimate is how long n reads take, at least.
func (p *pacer) estimate(n int, interval time.Duration) time.Duration {
	d := time.Duration(n) * interval
	if p == nil {
		return d
	}
	p.refill()
	if slow := float64(n) - p.Tokens; slow > 0 {
		d = max(d, time.Duration(slow/p.PerMinute*float64(time.Minute)))
	}
	return d
}
