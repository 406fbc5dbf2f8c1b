package archive

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"
)

const syncEvery = 5 * time.Second // the most that a power failure may cost

// A Writer adds records to an archive. Its methods are safe for many
// goroutines. What Put has returned survives a kill of the process, and a
// power failure after the next Sync, which happens by itself at least every
// five seconds of writing. After any error the Writer is dead: every later call returns the same
// error, Close still has to be called, and the next Append heals the file.
type Writer struct {
	disk disk
	path string
	o    Options
	lock *writeLock
	f    file

	mu      sync.Mutex
	err     error // once set, nothing is written any more
	closed  bool
	x       *index
	g       *segment // the last, to which frames are added
	end     int64    // where the next byte goes
	started time.Time
	synced  time.Time
	dirty   bool // written since the last fsync

	enc    *zstd.Encoder // of the open frame
	out    bytes.Buffer  // what it has made and is not yet in the file
	raw    []byte        // what the open frame unpacks to; empty when none is open
	packed []byte        // room for a frame that is made in one go
	size   int64         // bytes of the open frame in the file
	sum    hash.Hash     // of these bytes
	n      uint32        // records in it

	listed int // how many of x.recs a manifest lists
	stock  *stock
	spools int
	turns  int // how often this run has begun another segment

	target, large int // bytes: when a frame is full; which bodies span frames
}

// Latest is the newest record of a kind and id, those of this run included.
func (w *Writer) Latest(kind, id string) (Record, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.stock.latest(kind, id)
}

// All are all records in the order of writing, those of this run included as
// far as it had come when All was called; see [Reader.All].
func (w *Writer) All() iter.Seq2[int, Record] {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.x.recs.all()
}

// Records is a list of what [Writer.All] goes through; see [Reader.Records].
func (w *Writer) Records() []Record { return expand(w.All()) }

// Has finds a record that holds the body with this SHA-256 (lower-case hex).
func (w *Writer) Has(sha256 string) (Record, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	sum, ok := parseSum(sha256)
	if !ok {
		return Record{}, false
	}
	return w.stock.holding(sum)
}

// Run is the id of this run, which every record that it puts bears.
func (w *Writer) Run() string { return w.o.Run }

// Info is what the archive says of itself.
func (w *Writer) Info() Info { return w.x.infos[len(w.x.infos)-1] }

// Read is the body of a record, as [Reader.Read] gives it; also of a record
// that this run has just put.
func (w *Writer) Read(rec Record) ([]byte, error) {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return nil, errClosed
	}
	if int(rec.at.frame) == len(w.x.store.frames) {
		defer w.mu.Unlock()
		end := int64(rec.at.offset) + rec.Size
		if end > int64(len(w.raw)) {
			return nil, within(rec, &DamageError{-1, "it is no record of this archive"})
		}
		return bytes.Clone(w.raw[rec.at.offset:end:end]), nil
	}
	w.mu.Unlock()
	return w.x.read(rec)
}

// Put stores a body under m, which needs a Kind, an ID and, as far as they are
// known, the other fields; V, Size, SHA256, Run, Seq and SameAs are set here,
// and FetchedAt if it is zero. If the archive already holds the same bytes,
// for whatever record, only the meta is stored, with SameAs. The body is not
// kept in memory, and the record is in the file when Put returns.
func (w *Writer) Put(m Meta, body []byte) (Record, error) {
	return w.PutSummed(m, body, sha256.Sum256(body))
}

// PutSummed is [Writer.Put] for a caller that had to know the SHA-256 of the
// body already. A wrong one would make the record a damaged one.
func (w *Writer) PutSummed(m Meta, body []byte, sum [sha256.Size]byte) (Record, error) {
	if err := w.prepare(&m); err != nil {
		return Record{}, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.put(m, sum, int64(len(body)), func() (io.Reader, []byte, error) {
		if len(body) > w.large {
			return bytes.NewReader(body), nil, nil
		}
		return nil, body, nil
	})
}

// prepare checks and completes what a caller says of a body.
func (w *Writer) prepare(m *Meta) error {
	switch {
	case len(m.Kind) > longestKind || !plain(strings.ReplaceAll(m.Kind, "-", "")) || m.Kind[0] == '-' || reserved(m.Kind):
		return fmt.Errorf("record kind %.40q: only a-z, 0-9 and -, at most 16", m.Kind)
	case m.Kind == KindRun || m.Kind == kindCheckpoint || m.Kind == kindFirst:
		return fmt.Errorf("records of kind %q are written by the archive itself", m.Kind)
	case m.ID == "" || len(m.ID) > 1024:
		return fmt.Errorf("%s record: an id of %d bytes; 1 to 1024 are allowed", m.Kind, len(m.ID))
	case strings.ToValidUTF8(m.ID, "") != m.ID:
		return fmt.Errorf("%s record: the id %.60q is not UTF-8", m.Kind, m.ID)
	}
	for _, s := range []*string{&m.Method, &m.URL, &m.Name, &m.Media, &m.Note} {
		*s = strings.ToValidUTF8(*s, "\uFFFD")
	}
	headers := m.Headers
	m.Headers = nil
	for k, v := range headers {
		if m.Headers == nil {
			m.Headers = make(map[string]string, len(headers))
		}
		m.Headers[strings.ToValidUTF8(k, "\uFFFD")] = strings.ToValidUTF8(v, "\uFFFD")
	}
	if m.FetchedAt.IsZero() {
		m.FetchedAt = w.o.Now()
	}
	m.FetchedAt = clean(m.FetchedAt)
	if !m.Updated.IsZero() {
		m.Updated = clean(m.Updated)
	}
	for _, t := range []time.Time{m.FetchedAt, m.Updated} {
		if y := t.Year(); y < 0 || y > 9999 {
			return fmt.Errorf("%s %s: a time in the year %d", m.Kind, m.ID, y)
		}
	}
	return nil
}

// clean makes a time that is equal to itself after a round trip through JSON.
func clean(t time.Time) time.Time { return t.Round(0).UTC() }

var errClosed = errors.New("archive writer is closed")

// usable says why nothing can be written any more, if so; w.mu is held.
func (w *Writer) usable() error {
	if w.closed {
		return errClosed
	}
	return w.err
}

// fail makes the writer dead.
func (w *Writer) fail(err error) error {
	if err != nil && w.err == nil {
		w.err = fmt.Errorf("%s: %w", w.path, bare(err))
	}
	return w.err
}

// Sync ends the open frame and returns when all that was put is on the disk.
func (w *Writer) Sync() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.usable(); err != nil {
		return err
	}
	if err := w.sealOpen(); err != nil {
		return w.fail(err)
	}
	return w.fail(w.flush())
}

// Close ends the run: manifest, seek table, fsync. It gives the lock back
// whatever happens. A run that put nothing leaves no trace.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return errClosed
	}
	if w.err == nil {
		w.fail(w.endRun())
	}
	w.closed = true
	w.fail(w.f.Close())
	w.lock.Close()
	if w.enc != nil && w.err == nil {
		w.enc.Reset(nil)
		encoders.Put(w.enc)
	}
	return w.err
}
