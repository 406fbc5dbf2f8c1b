package convert

import (
	"cmp"
	"context"
	"errors"

	"gptsnap/formats/chat"
	"gptsnap/formats/source"
)

// A Collector gathers all conversations into one data set, such as a database.
type Collector interface {
	// Prepare is called from many goroutines and does what can be done for one
	// conversation by itself. What it returns puts the conversation into the
	// data set; it is called from one goroutine, in the order of the source,
	// and its error ends the run.
	Prepare(c *chat.Conversation) (add func() error, err error)
	// Close finishes, and only then does the data set appear; an aborted run
	// closes with keep false, and nothing appears.
	Close(keep bool) error
}

// Gather hands every conversation of src, whole, to a Collector. A
// conversation that fails is logged, counted and left out; any other error
// ends the run. The Collector is not closed.
func Gather(ctx context.Context, src *source.Source, into Collector, o Options) (Report, error) {
	var rep Report
	prepare := func(c *chat.Conversation) (func() error, error) {
		lookFor(src, c)
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
	return rep, nil
}

// lookFor says of each file that c refers to whether src has its bytes.
func lookFor(src *source.Source, c *chat.Conversation) {
	for i := range c.Nodes {
		m := c.Nodes[i].Message
		if m == nil {
			continue
		}
		for f := range m.Files() {
			key, err := source.FileID(f)
			if err != nil {
				key = cmp.Or(f.Pointer, f.ID, f.Name)
			}
			there := chat.File{Pointer: f.Pointer, ID: f.ID, Message: cmp.Or(f.Message, m.ID)}
			f.Found = &chat.Found{Key: key}
			in, err := src.File(&there)
			if err != nil {
				f.Found.Missing = err.Error()
				continue
			}
			in.Close() // reading only
			f.Found.Name, f.Found.MIME, f.Found.Size = there.Name, there.MIME, there.Size
		}
	}
}
