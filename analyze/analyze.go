// Package analyze turns conversations into tables: how much, when, with which
// models, how often a prompt was edited or another answer was asked for; the
// list of all conversations; the branches of one of them.
//
// # From a conversation to a table
//
//	source ─► tally (in parallel) ─► Metric.Observe (in order) ─► Table ─► screen, JSON, CSV, ...
//
// Counting words is the dear part, so it is done once for each conversation,
// by as many workers as there are, and put into a [Tally]: a handful of facts
// for each node. A [Metric] folds tallies, one after the other, without locks,
// into whatever its table needs; it never keeps a conversation. What it has at
// the end is a [Table] of plain values, which the printers (print.go for
// people, data.go for programs) show without knowing what was counted.
//
// An account may have tens of thousands of conversations, or files. A report
// with a row for each packs it into bytes as soon as it is known (pack.go), and
// the printers take such rows out one by one.
//
// # What the numbers mean
//
// A message is counted once per node of the whole tree, never once per branch,
// unless a column says "current": then only the way from a root to the node
// that the provider showed last. Words are what white space separates in the
// messages that people read (see [chat.Message.Visible]), without citation
// markers. Branches are leaves; a fork is a node with two children or more.
//
// Tokens and cost, which are counted only if somebody asks, are explained at
// [Meter].
//
// # Adding a report
//
// A report is one file with one Metric, and one row in reports.go.
package analyze

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"gptsnap/formats/chat"
	"gptsnap/formats/source"
)

// A Metric folds conversations into a table. Observe is called from one
// goroutine, in the order of the source; it may not keep the tally or strings
// of its conversation (which may hang on to a whole body): clone what stays.
// The table must not depend on the order of the conversations.
type Metric interface {
	Observe(*Tally)
	Table() Table
}

// Options are what a run needs to know.
type Options struct {
	Workers int            // conversations handled at the same time; at least 1
	Zone    *time.Location // days, weeks, months and years are counted in it
	Clock   *time.Location // hours are counted, and times shown to people, in it
	// File opens the bytes of a file, as [source.Source] does; nil if nobody shall look.
	File func(*chat.File) (io.ReadCloser, error)
	// Ledger is what the archive says of its completeness; nil if there is none.
	Ledger func() source.Ledger
	Warn   func(error) // told of each conversation that could not be read; may be nil

	// Meter counts tokens and what they would cost; nil if nobody asks.
	Meter *Meter

	stock *stock // files that several reports of a run know of; nil: each for itself

	// Progress is told how many conversations are done, of how many (-1 if
	// nobody knows); may be nil.
	Progress func(done, total int)
}

// A Scope says what a run has looked at.
type Scope struct {
	Source        string // what it was read from, as a person would say it
	Conversations int
	Failed        int   // conversations that could not be read
	Then          *Then // the state that this one is compared with, or nil
}

// Run shows every conversation of src to every metric. A conversation that
// cannot be read is warned about and counted in the scope; the run goes on.
// That no conversation matched is an error with [source.ExitNothing].
func Run(ctx context.Context, src *source.Source, metrics []Metric, o Options) (Scope, error) {
	var extras extra
	for _, m := range metrics {
		if m, ok := m.(interface{ extras() extra }); ok {
			extras |= m.extras()
		}
	}
	digest := func(c *chat.Conversation) *Tally {
		t := tally(c, extras)
		if o.Meter != nil {
			o.Meter.read(t)
		}
		return t
	}
	return run(ctx, src, o, digest, func(t *Tally) {
		for _, m := range metrics {
			m.Observe(t)
		}
	})
}

// run shows what digest makes of each conversation, in parallel, to observe,
// one after the other in the order of src.
func run[T any](ctx context.Context, src *source.Source, o Options, digest func(*chat.Conversation) T, observe func(T)) (Scope, error) {
	scope := Scope{Source: src.Name}
	progress := func() {
		if o.Progress != nil {
			o.Progress(scope.Conversations+scope.Failed, src.Count)
		}
	}
	for v, err := range source.Map(ctx, src, max(1, o.Workers), func(c *chat.Conversation) (T, error) { return digest(c), nil }) {
		if one := (*source.EntryError)(nil); errors.As(err, &one) {
			scope.Failed++
			if o.Warn != nil {
				o.Warn(err)
			}
			progress()
			continue
		}
		if err != nil {
			return scope, err
		}
		scope.Conversations++
		observe(v)
		progress()
	}
	if scope.Conversations == 0 && scope.Failed == 0 {
		return scope, src.Nothing()
	}
	return scope, nil
}

// Err is nil if all that was looked for could be read, else a
// [source.Failure] with [source.ExitIncomplete].
func (s Scope) Err() error {
	if s.Failed == 0 {
		return nil
	}
	return &source.Failure{
		Code: source.ExitIncomplete,
		Hint: "the numbers leave out what could not be read; it is named above",
		Err:  fmt.Errorf("%d of %d conversations could not be read", s.Failed, s.Failed+s.Conversations),
	}
}
