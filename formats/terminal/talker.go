package terminal

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"
)

// The ways to show progress.
const (
	ProgressLine  = "line"  // one line that is drawn over, for terminals
	ProgressPlain = "plain" // a line every few seconds, for logs
	ProgressJSON  = "json"  // a JSON object every second, for programs
	ProgressNone  = "none"
)

// A Talker is standard error. Its methods may be called from many goroutines;
// the exported fields are set before that.
type Talker struct {
	W              io.Writer
	Verbose, Quiet bool
	Mode           string // one of the Progress constants; "" is none

	mu     sync.Mutex
	drawn  time.Time
	clocks map[string]start // by what is being done
	open   bool             // a progress line stands unfinished
}

// Write prints p on lines of its own.
func (t *Talker) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.clear()
	return t.W.Write(p)
}

// A start is when a piece of work began to be shown, and how much of it was
// done then and when it was shown last.
type start struct {
	at         time.Time
	from, last int
}

// A Beside is a standard output that shares its screen with a Talker: it takes
// the progress line away before it writes.
type Beside struct {
	W io.Writer
	T *Talker
}

// Write writes p to W, on lines of its own.
func (b Beside) Write(p []byte) (int, error) {
	b.T.mu.Lock()
	defer b.T.mu.Unlock()
	b.T.clear()
	return b.W.Write(p)
}

func (t *Talker) clear() {
	if t.open {
		fmt.Fprint(t.W, "\r\x1b[K")
		t.open = false
	}
}

// End takes the progress line away; the next one starts its clock anew.
func (t *Talker) End() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.clear()
	t.clocks, t.drawn = nil, time.Time{}
}

var every = map[string]time.Duration{ProgressLine: 100 * time.Millisecond, ProgressPlain: 5 * time.Second, ProgressJSON: time.Second}

// Progress says how far a run is; total is -1 where nobody knows.
func (t *Talker) Progress(done, total int, note string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	if pause := every[t.Mode]; pause == 0 || now.Sub(t.drawn) < pause {
		return
	}
	clock, known := t.clocks[note]
	if !known || done < clock.last {
		clock = start{at: now, from: done} // every piece of work has a pace of its own
	}
	if t.clocks == nil || len(t.clocks) > 100 {
		t.clocks = map[string]start{}
	}
	clock.last = done
	t.clocks[note] = clock
	t.drawn = now
	text := fmt.Sprint(done)
	if total > 0 {
		text = fmt.Sprintf("%d of %d (%d%%)", done, total, 100*done/total)
		if spent, n := now.Sub(clock.at), done-clock.from; spent > 2*time.Second && n > 0 && done < total {
			text += ", " + pace(n, spent) + ", about " + (spent * time.Duration(total-done) / time.Duration(n)).Round(time.Second).String() + " left"
		}
	}
	switch t.Mode {
	case ProgressLine:
		t.clear()
		fmt.Fprintf(t.W, "%s: %s", Line(note), text)
		t.open = true
	case ProgressPlain:
		fmt.Fprintf(t.W, "%s: %s\n", Line(note), text)
	case ProgressJSON:
		fmt.Fprintf(t.W, "{\"progress\":%q,\"done\":%d,\"total\":%d}\n", Line(note), done, total)
	}
}

// pace is how fast n things were done, in the unit in which it is a number to read.
func pace(n int, spent time.Duration) string {
	for _, unit := range []struct {
		name string
		time.Duration
	}{{"second", time.Second}, {"minute", time.Minute}} {
		if rate := float64(n) * float64(unit.Duration) / float64(spent); rate >= 1 {
			return fmt.Sprintf("%.0f a %s", rate, unit.name)
		}
	}
	return fmt.Sprintf("%.0f an hour", float64(n)*float64(time.Hour)/float64(spent))
}

// Log is a log for people: warnings always, the rest when Verbose.
func (t *Talker) Log() *slog.Logger { return slog.New(&handler{t: t}) }

type handler struct {
	t     *Talker
	attrs string
}

func (h *handler) Enabled(_ context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn || h.t.Verbose && !h.t.Quiet
}

func (h *handler) Handle(_ context.Context, r slog.Record) error {
	level := strings.ToLower(r.Level.String())
	if r.Level == slog.LevelWarn {
		level = "warning"
	}
	s := level + ": " + r.Message + h.attrs
	r.Attrs(func(a slog.Attr) bool {
		s += attr(a)
		return true
	})
	_, err := fmt.Fprintln(h.t, Line(s))
	return err
}

func attr(a slog.Attr) string { return "; " + a.Key + ": " + a.Value.Resolve().String() }

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	with := *h
	for _, a := range attrs {
		with.attrs += attr(a)
	}
	return &with
}

// WithGroup leaves names as they are: people read them in one line.
func (h *handler) WithGroup(string) slog.Handler { return h }
