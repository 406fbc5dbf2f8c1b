package archive

import (
	"fmt"
	"io"
	"iter"
	"os"
)

// A Reader reads an archive as it was when it was opened. Its methods are safe
// for many goroutines; Close must come after all of them.
type Reader struct {
	f    file
	x    *index
	torn *TornError
}

// Open opens an archive for reading. It takes no lock and changes nothing: a
// writer may be at work on the same file, and what it has written so far is
// read. The error wraps [ErrNotArchive] if the file is something else. Damage
// that leaves other records readable is no error: see [Reader.Damage] and
// [Reader.Torn]. An archive in a folder is opened as one in a file is; if it is
// encrypted, with the keys, and the error is a [KeyError] if they do not fit.
func Open(path string, keys ...*Keys) (*Reader, error) {
	d, name, err := locate(path, anyKeys(keys))
	var r *Reader
	if err == nil {
		r, err = openReader(d, name)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

func openReader(d disk, path string) (*Reader, error) {
	f, size, err := openFile(d, path, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	x, err := openIndex(f, size)
	if err != nil {
		f.Close()
		return nil, err
	}
	for _, d := range x.damage {
		d.What = located(f, d.Offset, d.What)
	}
	return &Reader{f: f, x: x, torn: x.tornError(size)}, nil
}

// openFile opens a regular file and says how large it is.
func openFile(d disk, path string, flag int) (file, int64, error) {
	info, err := d.stat(path) // first: opening a pipe would wait
	if err != nil {
		return nil, 0, bare(err)
	}
	if !info.Mode().IsRegular() {
		return nil, 0, fmt.Errorf("%w: it is no regular file", ErrNotArchive)
	}
	f, err := d.open(path, flag)
	if err != nil {
		return nil, 0, bare(err)
	}
	if info, err = f.Stat(); err != nil {
		f.Close()
		return nil, 0, bare(err)
	}
	return f, info.Size(), nil
}

// bare takes the path out of an error, since the caller names it.
func bare(err error) error {
	if p, ok := err.(*os.PathError); ok {
		return p.Err
	}
	return err
}

// tornError says how the file ends, nil if as it should.
func (x *index) tornError(size int64) *TornError {
	g := x.layout.segs[len(x.layout.segs)-1]
	end := x.end + x.cut
	switch {
	case x.why != "":
		return &TornError{Offset: end, Left: size - end, What: x.why}
	case size > x.end:
		return &TornError{Offset: end, Left: size - end, What: "a record whose last frame is missing"}
	case !g.ended && x.begun():
		return &TornError{Offset: end, What: "the last run was not ended"}
	}
	return nil
}

// begun reports whether something was written to the last segment, or was about
// to be: a run begins another only for a record that it has.
func (x *index) begun() bool {
	n := len(x.layout.segs) - 1
	return x.layout.segs[n].frames > 1 || x.infos[n].After != ""
}

// All are all records in the order of writing, which is the order of Seq
// unless archives have been concatenated, each with its number from 0. The
// manifests of the runs are among them, with kind [KindRun]. A Reader keeps
// records packed; each that is asked for has memory of its own.
func (r *Reader) All() iter.Seq2[int, Record] { return r.x.recs.all() }

// Len is how many records there are.
func (r *Reader) Len() int { return r.x.recs.len() }

// Record is record number i of [Reader.All].
func (r *Reader) Record(i int) Record { return r.x.recs.record(i) }

// Records is a list of what [Reader.All] goes through, about a kilobyte each:
// nothing for a large archive.
func (r *Reader) Records() []Record { return expand(r.x.recs.all()) }

func expand(all iter.Seq2[int, Record]) (list []Record) {
	for _, rec := range all {
		list = append(list, rec)
	}
	return list
}

// Latest is the newest record of each id of a kind, in the order in which the
// ids were first seen. Newest means written last; the clock has no say.
func (r *Reader) Latest(kind string) []Record {
	var latest []Record
	at := make(map[string]int)
	v := r.x.recs.now()
	for i := range r.x.recs.len() {
		if v.kind(i) != kind {
			continue
		}
		rec := v.record(i)
		if i, ok := at[rec.ID]; ok {
			latest[i] = rec
			continue
		}
		at[rec.ID] = len(latest)
		latest = append(latest, rec)
	}
	return latest
}

// Read is the body of a record, in memory of its own; it follows SameAs.
// Bodies above 1 GiB are for [Reader.Open]. What is returned has passed the
// checksum of its frame (XXH64), and the tar entry it comes from is the
// record's own; its SHA-256 is computed by [Verify] only. Reading records in
// their order is fast, also by several goroutines: frames that were unpacked
// last are kept.
func (r *Reader) Read(rec Record) ([]byte, error) { return r.x.read(rec) }

// Open streams the body of a record of any size, checked as by Read. The
// caller closes it.
func (r *Reader) Open(rec Record) (io.ReadCloser, error) { return r.x.openBody(rec) }

func (s *store) openBody(rec Record) (io.ReadCloser, error) {
	st, err := s.body(rec)
	if err != nil {
		return nil, err
	}
	return &bodyReader{st: st, rec: rec, left: rec.Size}, nil
}

// Torn says how the archive's end was left, nil if as it should be. It is
// usual while a writer is at work; the next [Append] heals it.
func (r *Reader) Torn() *TornError { return r.torn }

// Damage is what was found wrong while opening, nil if nothing was: records
// that lie there are missing from [Reader.Records]. Only [Verify] looks at
// every byte.
func (r *Reader) Damage() []*DamageError { return r.x.damage }

// Infos is what each segment of the file says of itself: one, unless archives
// have been concatenated. A damaged one is the zero Info.
func (r *Reader) Infos() []Info { return r.x.infos }

// Close closes the file.
func (r *Reader) Close() error { return r.f.Close() }
