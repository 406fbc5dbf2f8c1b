package source

import (
	"io"
	"iter"
	"time"
)

// An Item is one member of an input as import stores it: a conversation, with
// its exact bytes, or any other file of an export.
type Item struct {
	Kind    string // archive.KindConversation, KindExport or KindFile
	ID      string // the conversation's or file's id; for other members their path in the export
	Name    string // of the file, as its owner knows it, or ""
	Media   string // MIME type
	Updated time.Time
	Nodes   int   // of a conversation's tree
	Size    int64 // in bytes
	Body    []byte
	// Open reads the bytes of what is not a conversation (whose bytes are
	// in Body). It may be called while Items stands at this item.
	Open func() (io.ReadCloser, error)
}

// An Inventory is everything in an export, a folder or a JSON file, in order.
// An [*EntryError] among the items concerns one of them; any other error ends
// the walk.
type Inventory struct {
	Name  string // of the kind of input: "official export", "JSON file", ...
	Path  string
	Items iter.Seq2[Item, error]
	Close func() error
}

// Contents opens path for a walk over all that it holds, for import.
func Contents(path string) (*Inventory, error) {
	return nil, Fail(ExitUsage, accepted, "%s: not something that can be imported", path)
}
