// Package source opens anything that conversations can be read from: our own
// archive, the provider's official export as ZIP or folder, a JSON file, a
// browser's capture. The
// wings above (convert, analyze) see a [Source] and never learn which it was.
//
//	path ─ Open ─┬─ archive ────────────── records ─┐
//	             ├─ ZIP, folder ── members ─┐        ├─ index ─ Source ─ Map
//	             └─ JSON file ──── member ──┴─ scan ─┘
//
// An archive knows what it holds. Anything else is a box of members, read once
// from end to end when it is opened, one conversation in memory at a time, to
// learn the ids, times and places of the conversations in it. Both give an
// index in which each conversation stands once: of several copies in one input
// the one with the newest update_time, of equals the one with the larger tree,
// of equals the later one. Conversations come in the order in which these
// copies stand in the input.
//
// A Source yields [Entry] values that are not decoded yet; [Map] decodes them
// in parallel, hands each to a function and yields the results in the source's
// order. So a run holds a few conversations at a time, never the account.
//
// Import wants not the winners but everything: see [Contents].
package source

import (
	"io"
	"iter"
	"time"

	"gptsnap/formats/chat"
)

// An Entry is one conversation that has not been decoded yet. Its functions
// may be called from any goroutine, but only before the Source is closed.
type Entry struct {
	ID      string
	Updated time.Time // the provider's time of last change; zero if not known without decoding
	Raw     func() ([]byte, error)
	// Decode answers [ErrSkip] if the conversation turns out not to be selected.
	Decode func() (*chat.Conversation, error)
}

// A Source is a run of entries and the files behind them. Entries may be
// ranged over more than once, but not by two at a time. An [*EntryError] among
// them concerns one conversation, or one part of the input that was lost; any
// other error ends the run.
type Source struct {
	Name    string // as a person would say it: "archive", "official export", "JSON file"
	Path    string
	Count   int // how many entries there will be, problems left aside; -1 if only decoding tells
	Entries iter.Seq2[Entry, error]
	// File opens the bytes that f refers to, and fills in f's Name, MIME and
	// Size where they were unknown and are known here. An error that says why
	// the bytes are missing is fit to be shown to the reader. Safe for many
	// goroutines, each with its own f.
	File func(f *chat.File) (io.ReadCloser, error)
	// Where is the path on disk of the bytes that f refers to, of a Source whose
	// files lie there plainly; nil of any other. Its errors are as File's. It
	// fills in f as File does, as far as that needs no look at the bytes.
	Where func(f *chat.File) (path string, err error)
	Close func() error

	ours  *ours                           // nil in a Source that is no archive
	index *index                          // nil in a Source that was made by hand
	want  []bool                          // which slots of the index are chosen
	after []func(*chat.Conversation) bool // what a chosen conversation has to satisfy
}
