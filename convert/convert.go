// Package convert writes conversations down in a format that people or
// programs read.
//
// # The way of a conversation
//
//	source.Map ─► narrow ─► place files ─► render ─┐ (parallel, any order)
//	                                               ├─► name ─► sink (one at a time, in the source's order)
//
// [Run] is that flow on one page. What to leave out (hidden messages, other
// branches, tools) is decided by narrowing the tree, in narrow.go; a renderer
// draws all it is given and has no options for it. Formats are rows of a table
// in formats.go. Sinks (sink.go) never show a half-written file and leave a
// file alone that would not change; names (name.go) are legal on every system.
package convert

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path"
	"strings"
	"time"

	"gptsnap/formats/chat"
	"gptsnap/formats/source"
)

// A Renderer writes one conversation as one document, with all the nodes it
// is given. Render is called from many goroutines.
type Renderer interface {
	Ext() string // with its dot
	Render(w io.Writer, d *chat.Document) error
}

// An Indexer is a Renderer that can also write a page that leads to the others.
type Indexer interface {
	Index(docs []chat.Summary) (name string, body []byte, err error)
}

// An Outfitter is a Renderer whose documents share files.
type Outfitter interface {
	Assets() []chat.Asset
}

// Options say how a run is done.
type Options struct {
	Branches string // all, current or files
	Hidden   bool   // also what nobody is meant to see
	Thinking string // fold, show or drop: only drop concerns this room
	Tools    string
	Whole    bool // the format wants every node, whatever is hidden (JSONL)
	Name     *Template
	Files    string         // copy, link, embed or none; "" says nothing of files at all
	Place    string         // of link: the folder that documents are in
	Since    time.Time      // write only what changed at this time or later; the index still lists all
	Count    Count          // makes the page of numbers of a site; nil for none
	Zone     *time.Location // of that page
	Workers  int
	Log      *slog.Logger
	Progress func(done, total int)
	Named    func(chat.Summary) // is told of each document when its name is certain; may be nil
	Redact   *Redactor          // of data sets: what they hold besides conversations; nil leaves it as it is
}

// A Report says what a run did.
type Report struct {
	Conversations int
	Documents     int
	Unchanged     int      // of the documents, those that were there already, byte for byte
	Older         int      // documents not made since nothing changed in time
	Replaced      int      // files that somebody edited and that were renamed or overwritten as asked for
	Kept          []string // files that somebody edited and that stay as they are
	Skipped       int      // conversations that could not be read or rendered
	Files         int      // files placed beside the documents
	MissingFiles  int      // references to files that the source does not hold
	FilesLeftOut  int      // files not placed, since the output is one file without room for them
}

// skipped tells of what is left out: a conversation, or a part of the input
// in which nobody can say how many there were.
func (o Options) skipped(e *source.EntryError) {
	if e.ID == "" {
		o.Log.Warn("left out a part of the input", "why", e.Err)
		return
	}
	o.Log.Warn("skipped a conversation", "id", e.ID, "why", e.Err)
}

// Run renders every conversation of src and puts the documents into to, in
// the order of src. A conversation that fails is logged, counted and left
// out; any other error ends the run. The sink is not closed.
func Run(ctx context.Context, src *source.Source, r Renderer, to Sink, o Options) (Report, error) {
	var rep Report
	placed := newPlacer(src, to, o.Files, o.Place)
	if out, ok := r.(Outfitter); ok && to.Folder() {
		for _, a := range out.Assets() {
			if _, err := rep.put(to, a.Name, "", a.Body); err != nil {
				return rep, err
			}
		}
	}
	names := map[digest]struct{}{}
	var list summaries
	defer list.close()
	ix, indexes := r.(Indexer)
	indexes = indexes && to.Folder()
	site := siteOf(r, to)
	defer site.end()
	count, numbers := o.Count.begin(site, src, o.Zone)
	work := func(c *chat.Conversation) (one, error) {
		counted := count(c)
		got, err := renderOne(c, r, site, placed, o)
		got.counted = counted
		return got, err
	}
	for got, err := range source.Map(ctx, src, o.Workers, work) {
		if bad := (*source.EntryError)(nil); errors.As(err, &bad) {
			rep.Skipped++
			o.skipped(bad)
			continue
		} else if err != nil {
			return rep, err
		}
		rep.Conversations++
		got.counted()
		rep.Files += got.files
		rep.MissingFiles += got.missing
		for _, d := range got.docs {
			name := unique(names, d.name, r.Ext())
			d.summary.Path = name
			if o.Named != nil {
				o.Named(d.summary)
			}
			if d.body == nil {
				rep.Older++
			} else {
				rep.Documents++
				got, err := rep.put(to, name, d.owner, d.body.Bytes())
				if err != nil {
					return rep, err
				}
				if got == Unchanged {
					rep.Unchanged++
				}
			}
			if indexes || site.some {
				if err := list.add(d.summary); err != nil {
					return rep, err
				}
			}
			d.added()
			if !site.some { // which may look at it later
				d.release()
			}
		}
		if o.Progress != nil {
			o.Progress(rep.Conversations+rep.Skipped, src.Count)
		}
	}
	rep.FilesLeftOut = int(placed.leftOut.Load())
	if numbers != nil && list.n > 0 {
		body, err := numbers(rep.Skipped)
		if err == nil {
			_, err = rep.put(to, StatisticsName, "", body)
		}
		if err != nil {
			return rep, fmt.Errorf("statistics: %w", err)
		}
	}
	count, numbers = nil, nil // what was counted is not held while the rest is made
	all, err := list.all()
	if err != nil {
		return rep, err
	}
	if err := site.finish(all, func(a chat.Asset) error {
		_, err := rep.put(to, a.Name, a.Of, a.Body)
		return err
	}); err != nil {
		return rep, fmt.Errorf("search index: %w", err)
	}
	if indexes && len(all) > 0 {
		name, body, err := ix.Index(all)
		if err == nil {
			_, err = rep.put(to, name, "", body)
		}
		if err != nil {
			return rep, fmt.Errorf("index page: %w", err)
		}
	}
	return rep, nil
}

// put hands a document to a sink and counts what comes of it.
func (r *Report) put(to Sink, name, owner string, body []byte) (Outcome, error) {
	got, err := to.Put(name, owner, body)
	if err != nil {
		return 0, err
	}
	switch got {
	case Kept:
		r.Kept = append(r.Kept, name)
	case Replaced:
		r.Replaced++
	}
	return got, nil
}

// renderOne turns one conversation into its documents.
func renderOne(c *chat.Conversation, r Renderer, site site, p *placer, o Options) (one, error) {
	var out one
	shown := narrow(c, o)
	base := o.Name.Expand(c)
	total := new(chat.Total)
	for _, v := range versions(shown, o.Branches) {
		d := &chat.Document{Conversation: v.conv, Whole: c, Branch: v.label, Total: total}
		name, owner := base, c.ID
		if v.label != "" {
			owner += " branches"
			name = withSuffix(base, fmt.Sprintf(" - branch %0*d", len(fmt.Sprint(v.of)), v.number))
		}
		d.Path = name + r.Ext()
		d.Root = strings.Repeat("../", strings.Count(name, "/"))
		if old(c, o.Since) {
			added, err := site.addUnwritten(r, d)
			if err != nil {
				return out, err
			}
			out.docs = append(out.docs, doc{name: name, owner: owner, summary: summaryOf(c, d), added: added})
			continue
		}
		files, missing, err := p.place(d)
		if err != nil {
			return out, err
		}
		out.files += files
		out.missing += missing
		b := bodies.Get().(*bytes.Buffer)
		if err := r.Render(b, d); err != nil {
			return out, err
		}
		out.docs = append(out.docs, doc{name: name, owner: owner, body: b, summary: summaryOf(c, d), added: site.add(d, b.Bytes())})
	}
	return out, nil
}

// old reports that c did not change at since or later.
func old(c *chat.Conversation, since time.Time) bool {
	last := c.Updated
	if last.IsZero() {
		last = c.Created
	}
	return !last.IsZero() && last.Before(since)
}

// unique makes name+ext one that no document of this run has, also on systems
// that do not tell upper from lower case.
func unique(taken map[digest]struct{}, name, ext string) string {
	for k := 1; ; k++ {
		try := name
		if k > 1 {
			try = withSuffix(name, fmt.Sprintf(" (%d)", k))
		}
		try = path.Clean(try + ext)
		key := digestOf(fold(try))
		if _, ok := taken[key]; !ok {
			taken[key] = struct{}{}
			return try
		}
	}
}
