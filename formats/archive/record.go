package archive

import (
	"errors"
	"fmt"
	"time"
)

// The kinds of record the program writes. An archive may hold kinds that this
// version does not know: they are listed, kept and readable like any other.
const (
	KindConversation = "conversation"
	KindListing      = "listing"
	KindProject      = "project"
	KindAccount      = "account"
	KindFile         = "file"
	KindExport       = "export"  // the other members of an official export
	KindLedger       = "ledger"  // what a run of fetch or import did, as JSON; stable keys
	KindMissing      = "missing" // why a file could not be got, under the id it would have; the Note is for people
	KindShare        = "share"   // what a shared link shows, under the link's id; the Note names the conversation
	KindRun          = "runs"    // the archive's own manifests
)

// Meta describes one stored answer. It is the JSON of the record's
// .meta.json entry; keys are only ever added, and keys that this version does
// not know are ignored.
type Meta struct {
	V         int               `json:"v"`    // 1
	Kind      string            `json:"kind"` // one of the Kind constants, or a later one
	ID        string            `json:"id"`   // the provider's id, exactly; never used as a path
	Method    string            `json:"method,omitempty"`
	URL       string            `json:"url,omitempty"` // without secrets
	Status    int               `json:"status,omitempty"`
	FetchedAt time.Time         `json:"fetched_at"` // UTC
	Headers   map[string]string `json:"headers,omitempty"`
	Size      int64             `json:"size"`   // bytes of the body
	SHA256    string            `json:"sha256"` // of the body, lower-case hex
	Run       string            `json:"run"`
	Seq       int64             `json:"seq"`               // counts the archive's records from 1; the order of truth
	SameAs    string            `json:"same_as,omitempty"` // the tar name of the earlier record that holds these bytes
	Updated   time.Time         `json:"updated,omitzero"`  // the server's own time of last change
	Nodes     int               `json:"nodes,omitempty"`   // size of the conversation's tree
	Name      string            `json:"name,omitempty"`    // the original file name; never used as a path
	Media     string            `json:"media,omitempty"`   // content type
	Note      string            `json:"note,omitempty"`
}

// A Record is a stored answer: what its meta says, the name of its body in
// the tar stream, and where its bytes lie.
type Record struct {
	Meta
	Path string
	at   place
}

// Options of [Append]. The zero value is ready to use.
type Options struct {
	Now   func() time.Time // the clock; nil means time.Now
	Tool  string           // program and version, written in archive.json; "" means "gptsnap"
	Run   string           // the run's id, at most 40 of [a-z0-9-]; "" means one made from the time; made unique in any case
	Keys  *Keys            // for an encrypted archive; nil opens none
	Shape                  // of an archive that is created

	target, large int // tests make smaller frames
}

// ErrNotArchive says that a file is no archive of ours. It wraps nothing of
// the file's content and is fit to be shown.
var ErrNotArchive = errors.New("not a gptsnap archive")

// A DamageError says that bytes are not what was once written. What it names
// is never returned as data.
type DamageError struct {
	Offset int64 // in the file; -1 when it concerns no one place
	What   string
}

func (e *DamageError) Error() string {
	if e.Offset < 0 {
		return "archive damaged: " + e.What
	}
	return fmt.Sprintf("archive damaged at byte %d: %s", e.Offset, e.What)
}

// A TornError says that the archive's last run was not ended: its writer was
// killed, or is still at work. Everything before Offset is whole and readable.
type TornError struct {
	Offset int64 // where what is whole ends
	Left   int64 // bytes after it that hold no whole record and were left out
	What   string
}

func (e *TornError) Error() string {
	return fmt.Sprintf("archive ends early at byte %d (%s); %d bytes after it left out", e.Offset, e.What, e.Left)
}

// A LockedError says that another writer has the archive open.
type LockedError struct {
	Path  string // of the archive
	Host  string // "" when the holder could not be read
	PID   int
	Start time.Time
	Beat  time.Time // when the holder last said that it is at work; zero if it never does

	now time.Time
}

func (e *LockedError) Error() string {
	if e.Host == "" {
		return fmt.Sprintf("%s is being written by another program; wait for it to end", e.Path)
	}
	s := fmt.Sprintf("%s is being written by process %d on %s since %s", e.Path, e.PID, e.Host, e.Start.Format(time.RFC3339))
	if age := e.now.Sub(e.Beat).Round(time.Second); !e.Beat.IsZero() && age >= 0 {
		s += fmt.Sprintf(", last seen %s ago", age)
	}
	return s + "; wait for it to end"
}
