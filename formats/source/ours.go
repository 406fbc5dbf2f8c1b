package source

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"path"
	"slices"
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
func openArchive(path string, at time.Time) (*Source, error) {
	r, err := archive.Open(path)
	if err != nil {
		return nil, archiveError(err)
	}
	a := &ours{r: r, records: before(r.Records(), at)}
	ix := &index{slots: winners(a.slots())}
	for _, err := range archiveProblems(path, r) {
		ix.slots = append(ix.slots, slot{err: err})
	}
	a.index = ix
	ix.walk = func(want []bool) iter.Seq2[Entry, error] {
		return func(yield func(Entry, error) bool) {
			for i := range ix.slots {
				if !want[i] {
					continue
				}
				at := &ix.slots[i]
				if at.err != nil {
					if !yield(Entry{}, at.err) {
						return
					}
				} else if !yield(a.entry(at), nil) {
					return
				}
			}
		}
	}
	s := &Source{Name: "archive", Path: path, index: ix, Close: r.Close, File: a.file, ours: a}
	return s.narrowed(nil, nil), nil
}

func archiveError(err error) error {
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

// ours is an open archive.
type ours struct {
	r       *archive.Reader
	records []archive.Record
	index   *index

	once     sync.Once // guards what follows: read when it is first needed
	projects map[string]string
	flags    map[string]flags
	files    map[string]archive.Record
	missing  map[string]string // why, by the same ids
	exported *assets
	thumbs   feedback
}

// flags are what a listing says of a conversation. Archiving and starring do
// not change a conversation's update_time, so its body may be out of date.
type flags struct {
	known             int // the listing's place in records
	archived, starred bool
}

// slots are all bodies of conversations, older copies included.
func (a *ours) slots() []slot {
	var all []slot
	place := map[string]int{} // of the first record with these bytes
	for i := range a.records {
		rec := &a.records[i]
		if rec.Kind != archive.KindConversation || !answered(rec) {
			continue
		}
		if k, ok := place[rec.ID+"\x00"+rec.SHA256]; ok {
			all[k].known = i // fetched again, unchanged
			continue
		}
		place[rec.ID+"\x00"+rec.SHA256] = len(all)
		all = append(all, slot{id: rec.ID, updated: rec.Updated, nodes: rec.Nodes, record: i, known: i, api: rec.Method != ""})
	}
	return all
}

// answered reports whether a record holds what was asked for, not an error.
func answered(rec *archive.Record) bool {
	return rec.Status == 0 || rec.Status >= 200 && rec.Status < 300
}

func (a *ours) entry(at *slot) Entry {
	rec := a.records[at.record]
	raw := func() ([]byte, error) { return a.r.Read(rec) }
	return Entry{ID: at.id, Updated: at.updated, Raw: raw, Decode: func() (*chat.Conversation, error) {
		body, err := raw()
		if err != nil {
			return nil, err
		}
		c, err := decode(at.id, body)
		if err != nil {
			return nil, err
		}
		a.once.Do(a.learn)
		if name, ok := a.projects[c.Gizmo]; ok {
			c.Project = name
		}
		if f, ok := a.flags[at.id]; ok && f.known > at.known {
			c.Archived, c.Starred = f.archived, f.starred
		}
		a.thumbs.attach(at.id, c)
		return c, nil
	}}
}

// learn reads the records that say something about conversations and files.
// Records of these kinds that do not hold what is looked for are of a sort
// that this version does not know; they add nothing and harm nothing.
func (a *ours) learn() {
	a.learnProjects()
	a.learnFlags()
	a.files, a.missing = map[string]archive.Record{}, map[string]string{}
	a.exported = &assets{titles: map[string]string{}, where: "archive"}
	a.thumbs = feedback{}
	for _, rec := range a.records {
		switch {
		case rec.Kind == archive.KindMissing:
			a.missing[rec.ID] = rec.Note
		case !answered(&rec):
		case rec.Kind == archive.KindFile:
			a.files[rec.ID] = rec
		case rec.Kind == archive.KindExport && path.Base(rec.ID) == assetMap:
			if raw, err := a.r.Read(rec); err == nil {
				a.exported.name(raw)
			}
		case rec.Kind == archive.KindExport && path.Base(rec.ID) == feedbackName:
			if raw, err := a.r.Read(rec); err == nil {
				a.thumbs.add(raw)
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
	for i := range a.records {
		rec := &a.records[i]
		if rec.Kind != archive.KindProject || !answered(rec) || seen[rec.SHA256] {
			continue
		}
		seen[rec.SHA256] = true
		raw, err := a.r.Read(*rec)
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
	a.flags = map[string]flags{}
	oldest, left := len(a.records), 0
	for i := range a.index.slots {
		if at := &a.index.slots[i]; at.err == nil {
			oldest = min(oldest, at.known)
			left++
		}
	}
	seen := map[string]bool{}
	for i, rec := range slices.Backward(a.records) {
		if i < oldest || left <= 0 {
			return
		}
		if rec.Kind != archive.KindListing || !answered(&rec) || seen[rec.SHA256] {
			continue
		}
		seen[rec.SHA256] = true
		raw, err := a.r.Read(rec)
		if err != nil {
			continue
		}
		page, _ := chatgpt.DecodeListing(raw)
		for _, item := range page.Items {
			if _, ok := a.flags[item.ID]; !ok {
				a.flags[item.ID] = flags{i, item.Archived, item.Starred}
				left--
			}
		}
	}
}

// file is [Source.File] of an archive: files that were fetched or imported
// under their id, else members of an imported export.
func (a *ours) file(f *chat.File) (io.ReadCloser, error) {
	a.once.Do(a.learn)
	rec, ok := a.files[f.ID]
	if !ok {
		rec, ok = a.files[f.Pointer]
	}
	id, err := FileID(f)
	if !ok && err == nil {
		rec, ok = a.files[id]
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
