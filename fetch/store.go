package fetch

import (
	"errors"
	"fmt"
	"io/fs"

	"gptsnap/formats/archive"
	"gptsnap/formats/source"
)

// openArchive opens the archive for adding, or creates it.
func openArchive(path string, o archive.Options) (*archive.Writer, error) {
	w, err := archive.Append(path, o)
	if err != nil {
		return nil, openFailure(path, err)
	}
	return w, nil
}

// openFailure gives an error of opening an archive its exit code and hint.
func openFailure(path string, err error) error {
	if f := source.KeyFailure(path, err); f != nil {
		return f
	}
	switch {
	case errors.As(err, new(*archive.LockedError)):
		return source.Fail(source.ExitFailed, "two runs cannot write one archive at the same time", "%w", err)
	case errors.As(err, new(*archive.DamageError)):
		return source.Fail(source.ExitDamaged, "keep the file, and look at it with: gptsnap verify", "%w", err)
	case errors.Is(err, archive.ErrNotArchive):
		return source.Fail(source.ExitUsage, "name another file with -a; this one is left as it is", "%w", err)
	}
	return source.Fail(source.ExitFailed, "check the folder and its permissions, or name another file with -a", "opening the archive: %w", err)
}

// closeArchive ends the archive's run after err, which it returns unless
// ending the run fails and err was nothing worse than an incomplete run.
func closeArchive(w *archive.Writer, err error) error {
	cerr := w.Close()
	if f := (*source.Failure)(nil); cerr == nil || errors.As(err, &f) && f.Code != source.ExitIncomplete {
		return err
	}
	return storeFailure(fmt.Errorf("ending the archive's run: %w", cerr))
}

// errStore marks errors of the archive itself: nothing more can be stored, so
// the run ends.
var errStore = errors.New("writing the archive")

// storing sorts an error of putting something into the archive: it wraps
// errStore if the archive can take no more, and is the record's own fault
// (an impossible id or time) if it can.
func storing(w *archive.Writer, err error) error {
	if err == nil || w.Sync() == nil {
		return err
	}
	return fmt.Errorf("%w: %w", errStore, err)
}

// holding is what an archive holds, for deciding what to get: of every id the
// version with the latest time of change. That need not be the last one
// stored, for an old export may be imported after a fetch.
type holding map[string]archive.Record

func (h holding) latest(kind, id string) (archive.Record, bool) {
	rec, ok := h[kind+"/"+id]
	return rec, ok
}

func (h holding) note(rec archive.Record) {
	key := rec.Kind + "/" + rec.ID
	if old, ok := h[key]; !ok || !rec.Updated.Before(old.Updated) {
		h[key] = rec
	}
}

// recordsOf reads what an archive holds; no file holds nothing.
func recordsOf(path string, keys ...*archive.Keys) ([]archive.Record, error) {
	r, err := archive.Open(path, keys...)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, openFailure(path, err)
	}
	defer r.Close()
	return r.Records(), nil
}
