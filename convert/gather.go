package convert

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"sync"

	"gptsnap/formats/chat"
	"gptsnap/formats/rows"
	"gptsnap/formats/source"
)

// A Collector gathers all conversations into one data set, such as a database.
type Collector interface {
	// Prepare is called from many goroutines and does what can be done for one
	// conversation by itself. What it returns puts the conversation into the
	// data set; it is called from one goroutine, in the order of the source,
	// and its error ends the run.
	Prepare(c *chat.Conversation) (add func() error, err error)
	// Ledger puts in what the source tells of the runs that made it. It is
	// called once, after all conversations.
	Ledger(l rows.Ledger) error
	// Close finishes, and only then does the data set appear; an aborted run
	// closes with keep false, and nothing appears.
	Close(keep bool) error
}

// Gather hands every conversation of src, whole, to a Collector, and then the
// ledger. A conversation that fails is logged, counted and left out; any other
// error ends the run. The Collector is not closed.
func Gather(ctx context.Context, src *source.Source, into Collector, o Options) (Report, error) {
	var rep Report
	look := finder{src: src, redact: o.Redact, known: map[question]chat.Found{}}
	prepare := func(c *chat.Conversation) (func() error, error) {
		look.all(c)
		return into.Prepare(c)
	}
	for add, err := range source.Map(ctx, src, o.Workers, prepare) {
		if bad := (*source.EntryError)(nil); errors.As(err, &bad) {
			rep.Skipped++
			o.skipped(bad)
			continue
		} else if err != nil {
			return rep, err
		}
		if err := add(); err != nil {
			return rep, err
		}
		rep.Conversations++
		if o.Progress != nil {
			o.Progress(rep.Conversations+rep.Skipped, src.Count)
		}
	}
	return rep, into.Ledger(ledgerOf(src, o.Redact))
}

// ledgerOf makes rows of what src tells of its runs.
func ledgerOf(src *source.Source, redact *Redactor) rows.Ledger {
	var runs []rows.Run
	for _, r := range src.Runs() {
		r.Outcome = redact.Text(r.Outcome)
		runs = append(runs, rows.Run(r))
	}
	var lacks []rows.Lack
	for _, l := range src.Ledger().Lacks {
		l.Why = redact.Text(l.Why)
		lacks = append(lacks, rows.Lack(l))
	}
	return rows.LedgerOf(runs, lacks)
}

// A finder says of files that conversations refer to whether src has their
// bytes. A picture is often referred to again in each version of a prompt, so
// it remembers. Safe for many goroutines.
type finder struct {
	src    *source.Source
	redact *Redactor
	mu     sync.Mutex
	known  map[question]chat.Found // without Key
}

// A question is all that an answer depends on. It counts which message names a file
// only if that file is one that code wrote.
type question struct{ pointer, id, message string }

// mostKnown bounds what a finder remembers: some 4 MiB. Beyond it all is
// forgotten, and question for anew.
const mostKnown = 10_000

func (k *finder) all(c *chat.Conversation) {
	for i := range c.Nodes {
		m := c.Nodes[i].Message
		if m == nil {
			continue
		}
		for f := range m.Files() {
			q := question{f.Pointer, f.ID, ""}
			if strings.HasPrefix(f.Pointer, "sandbox:") {
				q.message = cmp.Or(f.Message, m.ID)
			}
			found := k.one(q)
			found.Key = source.FileKey(f)
			f.Found = &found
		}
	}
}

func (k *finder) one(q question) chat.Found {
	k.mu.Lock()
	found, ok := k.known[q]
	k.mu.Unlock()
	if ok {
		return found
	}
	q = question{strings.Clone(q.pointer), strings.Clone(q.id), strings.Clone(q.message)} // conversations must not stay in memory
	f := chat.File{Pointer: q.pointer, ID: q.id, Message: q.message}
	if in, err := k.src.File(&f); err != nil {
		found.Missing = k.redact.Text(err.Error())
	} else {
		in.Close() // reading only
		found = chat.Found{Name: k.redact.Text(f.Name), MIME: f.MIME, Size: f.Size}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.known) >= mostKnown {
		clear(k.known)
	}
	k.known[q] = found
	return found
}
