// Package source opens anything that conversations can be read from: our own
// archive, the provider's official export as ZIP or folder, a JSON file. The
// wings above (convert, analyze) see a [Source] and never learn which it was.
//
// A Source yields [Entry] values that are not decoded yet; [Map] decodes them
// in parallel, hands each to a function and yields the results in the source's
// order. So a run holds a few conversations at a time, never the account.
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
	Decode  func() (*chat.Conversation, error)
}

// A Source is a run of entries and the files behind them. Entries may be
// ranged over more than once, but not by two at a time. An [*EntryError] among
// them concerns one conversation; any other error ends the run.
type Source struct {
	Name    string // as a person would say it: "archive", "official export", "JSON file"
	Path    string
	Count   int // how many entries there will be; -1 if only reading tells
	Entries iter.Seq2[Entry, error]
	// File opens the bytes that f refers to. An error that says why they are
	// missing is fit to be shown to the reader. Safe for many goroutines.
	File  func(f *chat.File) (io.ReadCloser, error)
	Close func() error
}
