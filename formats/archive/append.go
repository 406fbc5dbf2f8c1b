package archive

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Append opens an archive for writing, or creates it; its folder must exist.
// It takes the lock NAME.lock, and fails with a [LockedError] if another
// writer has it. If the last writer was killed, what it left is healed: every
// record whose Put had returned is kept. A damaged archive is refused.
func Append(path string, o Options) (*Writer, error) {
	d, name, err := locateNew(path, o)
	var w *Writer
	if err == nil {
		w, err = appendTo(d, name, o)
	}
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
	if w.lock, err = takeLock(lockPath(d, path)); err != nil {
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
	if err := w.finishTurn(); err != nil {
		return nil, bare(err)
	}
	return w, nil
}

// create makes an archive without records: whole or not at all.
func (w *Writer) create() (err error) {
	b, err := firstFrame(newUUID(), w.o.Tool, w.started, w.descent)
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
	if err := x.mayTell(); err != nil {
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
	w.listed = w.x.recs.len() - w.x.fresh
	w.stock = newStock(w.x.recs)
	run := w.o.Run
	if run == "" {
		run = stamp(w.started)
	}
	w.o.Run = run
	for n := 2; w.stock.taken("runs/" + w.o.Run + "/records.jsonl"); n++ {
		w.o.Run = fmt.Sprintf("%s-%d", run, n)
	}
}
