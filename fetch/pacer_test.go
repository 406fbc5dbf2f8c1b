package fetch

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// clock is a time that moves only when told to.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func stoppedClock() *clock { return &clock{time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

var limited = &StatusError{Code: 429, class: rateLimited}

// reads makes n reads that all go well and answers how long they took.
func (c *clock) reads(p *pacer, n int) time.Duration {
	start := c.at
	for range n {
		d := p.pause()
		c.at = c.at.Add(d)
		p.take(d > 0)
		p.learn(oneConversation, nil)
	}
	return c.at.Sub(start)
}

func TestTwoHundredQuickReadsAndThenAboutOneAMinute(t *testing.T) {
	t.Parallel()
	c := stoppedClock()
	p := newPacer(c.now)
	if d := c.reads(p, 200); d != 0 {
		t.Errorf("200 reads took %v", d)
	}
	if d := p.pause(); d < 59*time.Second || d > time.Minute {
		t.Errorf("then the next waits %v", d)
	}
}

func TestAKinderServerIsSoonReadAtFullSpeed(t *testing.T) {
	t.Parallel()
	c := stoppedClock()
	p := newPacer(c.now)
	c.reads(p, 200)
	if d := c.reads(p, 15); d > 4*time.Minute {
		t.Errorf("finding out took %v", d)
	}
	if d := c.reads(p, 1000); d > 5*time.Minute {
		t.Errorf("1000 more reads took %v", d)
	}
}

func TestALimitThatComesEarlyMakesTheBucketSmaller(t *testing.T) {
	t.Parallel()
	c := stoppedClock()
	p := newPacer(c.now)
	c.reads(p, 50)
	p.learn(oneConversation, limited)
	if p.Capacity != 45 || p.Tokens != 0 || p.pause() < time.Minute {
		t.Errorf("%+v, pause %v", p, p.pause())
	}
	p.learn(activeList, limited) // lists have a limit of their own
	p.learn(oneConversation, errors.New("reset"))
	if p.Capacity != 45 {
		t.Errorf("%+v", p)
	}
}

func TestWhatWasLearnedOutlivesTheRun(t *testing.T) {
	t.Parallel()
	c := stoppedClock()
	p := newPacer(c.now)
	c.reads(p, 190)
	raw, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var kept pacer
	if err := json.Unmarshal(raw, &kept); err != nil {
		t.Fatal(err)
	}
	next := newPacer(c.now)
	next.restore(kept)
	if next.Tokens != 10 {
		t.Errorf("%+v", next)
	}
	c.at = c.at.Add(50 * time.Minute)
	if next.refill(); next.Tokens < 59.9 || next.Tokens > 60.1 {
		t.Errorf("after 50 minutes: %+v", next)
	}
}

// TestTheModelStaysWithinItsBounds: no answers, and no record that was tampered
// with, may make it wait for ever or not at all.
func TestTheModelStaysWithinItsBounds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := stoppedClock()
		p := newPacer(c.now)
		p.restore(pacer{Capacity: rapid.Float64().Draw(t, "capacity"), PerMinute: rapid.Float64().Draw(t, "rate"), Tokens: rapid.Float64().Draw(t, "tokens"),
			At: c.at.Add(time.Duration(rapid.Int64().Draw(t, "at")))})
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "refused") {
				p.learn(oneConversation, limited)
			} else {
				c.reads(p, 1)
			}
			d := p.pause()
			if d < 0 || d > 121*time.Second || p.Capacity < leastCapacity || p.Capacity > mostCapacity || p.Tokens < 0 || p.Tokens > p.Capacity {
				t.Fatalf("pause %v: %+v", d, p)
			}
		}
	})
}
