package source

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"path"
	"strings"
	"sync"
	"time"

	"gptsnap/formats/archive"
	"gptsnap/formats/chat"
	"gptsnap/formats/chatgpt"
)

// openArchive opens our own archive. Its records say what the index has to
// know, so nothing is decoded before it is asked for. What was fetched at a
// time or later does not count, unless that is zero.
func openArchive(path string, at time.Time, keys ...*archive.Keys) (*Source, error) {
	r, err := archive.Open(path, keys...)
	if err != nil {
		return nil, archiveError(path, err)
	}
	a := &ours{r: r, at: at}
	a.copies = a.winners()
	problems := archiveProblems(path, r)
	n := len(a.copies)
	problem := func(i int) error {
		if i < n {
			return nil
		}
		return problems[i-n]
	}
	ix := &index{len: n + len(problems), problem: problem, head: func(i int) (string, time.Time) {
		rec := r.Record(int(a.copies[i].record))
		return rec.ID, rec.Updated
	}}
	ix.walk = func(want []bool) iter.Seq2[Entry, error] {
		return func(yield func(Entry, error) bool) {
			for i := range want {
				if !want[i] {
					continue
				}
				var e Entry
				err := problem(i)
				if err == nil {
					e = a.entry(a.copies[i])
				}
				if !yield(e, err) {
					return
				}
			}
		}
	}
	s := &Source{Name: "archive", Path: path, index: ix, Close: r.Close, File: a.file, ours: a}
	return s.narrowed(nil, nil), nil
}

func archiveError(path string, err error) error {
	if f := KeyFailure(path, err); f != nil {
		return f
	}
	if damage := (*archive.DamageError)(nil); errors.As(err, &damage) {
		return Fail(ExitDamaged, "`gptsnap verify` tells what is lost, `gptsnap repair` saves the rest", "%w", err)
	}
	return Fail(ExitFailed, accepted, "%w", err)
}

// archiveProblems are what opening an archive found to be lost.
func archiveProblems(path string, r *archive.Reader) []error {
	var all []error
	for _, damage := range r.Damage() {
		all = append(all, &EntryError{Err: fmt.Errorf("%s: %w; `gptsnap verify` tells what is lost", path, damage)})
	}
	if torn := r.Torn(); torn != nil && torn.Left > 0 {
		all = append(all, &EntryError{Err: fmt.Errorf("%s: %w; the next fetch or import mends it", path, torn)})
	}
	return all
}

// ours is an open archive, and the time before which it counts what was
// fetched; all counts if that is zero.
type ours struct {
	r      *archive.Reader
	at     time.Time
	copies []copied

	once     sync.Once // guards what follows: read when it is first needed
	projects map[string]string
	flags    map[digest]flags  // by the conversation's id
	files    map[string]int    // the number of the record, by the file's id
	missing  map[string]string // why, by the same ids
	exported *assets
	thumbs   feedback
}

// flags are what a listing says of a conversation. Archiving and starring do
// not change a conversation's update_time, so its body may be out of date.
type flags struct {
	known             uint32 // the listing's record
	archived, starred bool
}

// records are those that count, with their numbers.
func (a *ours) records() iter.Seq2[int, archive.Record] {
	return func(yield func(int, archive.Record) bool) {
		for i, rec := range a.r.All() {
			if (a.at.IsZero() || rec.FetchedAt.Before(a.at)) && !yield(i, rec) {
				return
			}
		}
	}
}

// answered reports whether a record holds what was asked for, not an error.
func answered(rec *archive.Record) bool {
	return rec.Status == 0 || rec.Status >= 200 && rec.Status < 300
}

func (a *ours) entry(at copied) Entry {
	rec := a.r.Record(int(at.record))
	raw := func() ([]byte, error) { return a.r.Read(rec) }
	return Entry{ID: rec.ID, Updated: rec.Updated, Raw: raw, Decode: func() (*chat.Conversation, error) {
		body, err := raw()
		if err != nil {
			return nil, err
		}
		c, err := decode(rec.ID, body)
		if err != nil {
			return nil, err
		}
		a.once.Do(a.learn)
		if name, ok := a.projects[c.Gizmo]; ok {
			c.Project = name
		}
		if f, ok := a.flags[digestOf(rec.ID)]; ok && f.known > at.known {
			c.Archived, c.Starred = f.archived, f.starred
		}
		a.thumbs.attach(rec.ID, c)
		return c, nil
	}}
}

// learn reads the records that say something about conversations and files.
// Records of these kinds that do not hold what is looked for are of a sort
// that this version does not know; they add nothing and harm nothing.
func (a *ours) learn() {
	a.learnProjects()
	a.learnFlags()
	a.files, a.missing = map[string]int{}, map[string]string{}
	a.exported = &assets{titles: map[string]string{}, where: "archive"}
	a.thumbs = feedback{}
	for i, rec := range a.records() {
		switch {
		case rec.Kind == archive.KindMissing:
			a.missing[rec.ID] = rec.Note
		case !answered(&rec):
		case rec.Kind == archive.KindFile:
			a.files[rec.ID] = i
		case rec.Kind == archive.KindExport && path.Base(rec.ID) == assetMap:
			if raw, err := a.r.Read(rec); err == nil {
				a.exported.name(raw)
			}
		case rec.Kind == archive.KindExport && feedbackReaders[path.Base(rec.ID)] != nil:
			if raw, err := a.r.Read(rec); err == nil {
				a.thumbs.add(path.Base(rec.ID), raw)
			}
		case rec.Kind == archive.KindExport:
			a.exported.add(&member{name: rec.ID, size: rec.Size, open: func() (io.ReadCloser, error) { return a.r.Open(rec) }}, rec.ID)
		}
	}
	a.exported.sort()
}

func (a *ours) learnProjects() {
	a.projects = map[string]string{}
	seen := map[string]bool{}
	for _, rec := range a.records() {
		if rec.Kind != archive.KindProject || !answered(&rec) || seen[rec.SHA256] {
			continue
		}
		seen[rec.SHA256] = true
		raw, err := a.r.Read(rec)
		if err != nil {
			continue
		}
		projects, _, _ := chatgpt.DecodeProjects(raw)
		for _, p := range projects {
			if p.Name != "" {
				a.projects[p.ID] = p.Name
			}
		}
	}
}

// learnFlags reads listings from the newest back, as far as they are newer
// than some conversation's body and until every conversation was met.
func (a *ours) learnFlags() {
	a.flags = map[digest]flags{}
	oldest, left := a.r.Len(), len(a.copies)
	for _, at := range a.copies {
		oldest = min(oldest, int(at.known))
	}
	seen := map[string]bool{}
	for i := a.r.Len() - 1; i >= oldest && left > 0; i-- {
		rec := a.r.Record(i)
		if rec.Kind != archive.KindListing || !answered(&rec) || seen[rec.SHA256] || !a.at.IsZero() && !rec.FetchedAt.Before(a.at) {
			continue
		}
		seen[rec.SHA256] = true
		raw, err := a.r.Read(rec)
		if err != nil {
			continue
		}
		page, _ := chatgpt.DecodeListing(raw)
		for _, item := range page.Items {
			id := digestOf(item.ID)
			if _, ok := a.flags[id]; !ok {
				a.flags[id] = flags{uint32(i), item.Archived, item.Starred}
				left--
			}
		}
	}
}

// file is [Source.File] of an archive: files that were fetched or imported
// under their id, else members of an imported export.
func (a *ours) file(f *chat.File) (io.ReadCloser, error) {
	a.once.Do(a.learn)
	i, ok := a.files[f.ID]
	if !ok {
		i, ok = a.files[f.Pointer]
	}
	id, err := FileID(f)
	if !ok && err == nil {
		i, ok = a.files[id]
	}
	if !ok && err != nil {
		return nil, err
	}
	if !ok {
		if a.exported.lookup(id) != nil {
			return a.exported.open(f)
		}
		if why := a.missing[id]; why != "" {
			return nil, errors.New(why)
		}
		if strings.HasPrefix(f.Pointer, "sandbox:") {
			_, err := fileID(f)
			return nil, err
		}
		return nil, errors.New("not in the archive: it was not downloaded, or was not part of the export")
	}
	rec := a.r.Record(i)
	in, err := a.r.Open(rec)
	if err != nil {
		return nil, err
	}
	if f.Name == "" {
		f.Name = rec.Name
	}
	if f.MIME == "" {
		f.MIME = rec.Media
	}
	if f.Size == 0 {
		f.Size = rec.Size
	}
	return typed(f, in)
}
