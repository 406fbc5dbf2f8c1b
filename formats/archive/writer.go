package archive

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
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
	lock *flock.Flock
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

	enc  *zstd.Encoder // of the open frame
	out  bytes.Buffer  // what it has made and is not yet in the file
	raw  []byte        // what the open frame unpacks to; empty when none is open
	size int64         // bytes of the open frame in the file
	sum  hash.Hash     // of these bytes
	n    uint32        // records in it

	listed int            // how many of x.recs a manifest lists
	latest map[string]int // kind and id -> newest record
	bodies map[string]int // SHA-256 -> the record that holds the bytes
	names  map[string]bool
	seq    int64
	spools int

	target, large int // bytes: when a frame is full; which bodies span frames
}

// Append opens an archive for writing, or creates it; its folder must exist.
// It takes the lock NAME.lock, and fails with a [LockedError] if another
// writer has it. If the last writer was killed, what it left is healed: every
// record whose Put had returned is kept. A damaged archive is refused.
func Append(path string, o Options) (*Writer, error) {
	w, err := appendTo(osDisk{}, path, o)
	if locked := (*LockedError)(nil); err != nil && !errors.As(err, &locked) {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return w, err
}

func appendTo(d disk, path string, o Options) (_ *Writer, err error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Tool == "" {
		o.Tool = "gptsnap"
	}
	if o.Run != "" && (len(o.Run) > 40 || component(o.Run, maxName) != o.Run) {
		return nil, fmt.Errorf("run id %.60q: only a-z, 0-9 and -, at most 40", o.Run)
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real // two names of one archive share a lock
	}
	now := clean(o.Now())
	w := &Writer{disk: d, path: path, o: o, started: now, synced: now, sum: sha256.New(), target: targetRaw, large: largeBody}
	if o.target > 0 {
		w.target, w.large = o.target, o.large
	}
	if w.lock, err = takeLock(path, now); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			if w.f != nil {
				w.f.Close()
			}
			w.lock.Close()
		}
	}()
	if _, err = d.stat(path); errors.Is(err, fs.ErrNotExist) {
		err = w.create()
	}
	if err != nil {
		return nil, bare(err)
	}
	if err := w.load(); err != nil {
		return nil, bare(err)
	}
	w.removeSpools()
	w.takeStock()
	return w, nil
}

// create makes an archive without records: whole or not at all.
func (w *Writer) create() (err error) {
	var uuid [16]byte
	rand.Read(uuid[:])
	uuid[6], uuid[8] = uuid[6]&0x0f|0x40, uuid[8]&0x3f|0x80
	b, err := firstFrame(uuid, w.o.Tool, w.started)
	if err != nil {
		return err
	}
	temp := w.path + ".new.part"
	f, err := w.disk.open(temp, os.O_RDWR|os.O_CREATE|os.O_TRUNC)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			w.disk.remove(temp)
		}
	}()
	_, err = f.WriteAt(b, 0)
	if err == nil {
		err = f.Sync()
	}
	if err2 := f.Close(); err == nil {
		err = err2
	}
	if err == nil {
		err = w.disk.rename(temp, w.path)
	}
	if err == nil {
		err = w.disk.syncDir(filepath.Dir(w.path))
	}
	return err
}

// load opens the archive and heals it if need be.
func (w *Writer) load() error {
	f, size, err := openFile(w.disk, w.path, os.O_RDWR)
	if err != nil {
		return err
	}
	w.f = f
	x, err := openIndex(f, size)
	if err != nil {
		return err
	}
	healed := false
	if x.tornError(size) != nil && size > x.end {
		if err := w.heal(x, size); err != nil {
			return err
		}
		if x, size, err = reopen(f); err != nil {
			return err
		}
		healed = true
	}
	if err := x.mayAppend(size); err != nil {
		return err
	}
	w.x, w.g, w.end = x, x.layout.segs[len(x.layout.segs)-1], size
	w.dirty = healed
	return nil
}

func reopen(f file) (*index, int64, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, 0, err
	}
	x, err := openIndex(f, info.Size())
	return x, info.Size(), err
}

// mayAppend says why nothing must be added to the archive, if so.
func (x *index) mayAppend(size int64) error {
	if len(x.damage) > 0 {
		return fmt.Errorf("%w; nothing is added to a damaged archive: verify and repair it first", x.damage[0])
	}
	if x.end != size {
		return &DamageError{x.end, "bytes that belong to no frame"}
	}
	for _, info := range x.infos {
		if err := info.mayWrite(); err != nil {
			return err
		}
	}
	if f := x.layout.segs[len(x.layout.segs)-1].last.flags &^ flagsKnown; f != 0 {
		return fmt.Errorf("a newer version has written this archive (flags %#x); use a newer gptsnap", f)
	}
	return nil
}

// takeStock notes what the archive holds.
func (w *Writer) takeStock() {
	recs := w.x.recs
	w.listed = len(recs) - w.x.fresh
	w.latest = make(map[string]int, len(recs))
	w.bodies = make(map[string]int, len(recs))
	w.names = make(map[string]bool, len(recs))
	for i := range recs {
		w.enter(i)
	}
	run := w.o.Run
	if run == "" {
		run = stamp(w.started)
	}
	w.o.Run = run
	for n := 2; w.names["runs/"+w.o.Run+"/records.jsonl"]; n++ {
		w.o.Run = fmt.Sprintf("%s-%d", run, n)
	}
}

// enter notes record i.
func (w *Writer) enter(i int) {
	r := &w.x.recs[i]
	w.names[r.Path] = true
	w.seq = max(w.seq, r.Seq)
	w.latest[r.Kind+"\x00"+r.ID] = i
	if _, ok := w.bodies[r.SHA256]; !ok && r.SameAs == "" {
		w.bodies[r.SHA256] = i
	}
}

// Latest is the newest record of a kind and id, those of this run included.
func (w *Writer) Latest(kind, id string) (Record, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	i, ok := w.latest[kind+"\x00"+id]
	if !ok {
		return Record{}, false
	}
	return w.x.recs[i], true
}

// Records are all records in the order of writing, those of this run included
// as far as it has come. The slice must not be changed.
func (w *Writer) Records() []Record {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clip(w.x.recs)
}

// Has finds a record that holds the body with this SHA-256 (lower-case hex).
func (w *Writer) Has(sha256 string) (Record, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	i, ok := w.bodies[sha256]
	if !ok {
		return Record{}, false
	}
	return w.x.recs[i], true
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
	if err := w.prepare(&m); err != nil {
		return Record{}, err
	}
	sum := sha256.Sum256(body)
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
	case len(m.Kind) > 16 || !plain(strings.ReplaceAll(m.Kind, "-", "")) || m.Kind[0] == '-' || reserved(m.Kind):
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
