package fetch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"slices"
	"time"

	"gptsnap/formats/archive"
	"gptsnap/formats/source"
)

// ImportOptions say what to import, and into which archive.
type ImportOptions struct {
	Archive string        // path; the file, or with a slash at its end the folder, is created if there is none
	Keys    *archive.Keys // for encrypted archives, also among the inputs; nil opens none
	Shape   archive.Shape // of the archive if it is created
	Inputs  []string      // official exports (ZIP or folder), JSON files, archives
	DryRun  bool          // read everything, say what would be stored, write nothing
	Tool    string        // program and version, for the archive

	Progress func(Progress) // called from one goroutine; nil means none
}

// importer is one import at work.
type importer struct {
	o      ImportOptions
	w      *archive.Writer // nil on a dry run
	report *Report
	known  known
	whose  Identity // of the account that the archive is of
}

// Import adds everything that is in the inputs to the archive, bytes
// unchanged: conversations as versions of what the archive holds of them, and
// all other files of an export. What is held already, byte for byte under the
// same id, is passed over, so importing a file again adds nothing.
//
// A conversation that cannot be read is reported and passed over; so is an
// input that cannot be opened. The error is a [*source.Failure].
func Import(ctx context.Context, o ImportOptions) (Report, error) {
	im := &importer{o: o, report: &Report{Command: "import", Started: time.Now().UTC()}, known: newKnown()}
	if len(o.Inputs) == 0 {
		return *im.report, source.Fail(source.ExitUsage, "give the official export's ZIP, its unzipped folder, or a JSON file", "nothing to import")
	}
	// An archive is not created for the sake of inputs that are not there.
	walks, err := im.open()
	defer func() {
		for _, in := range walks {
			in.Close()
		}
	}()
	if err != nil {
		return *im.report, err
	}
	if o.DryRun {
		records, err := recordsOf(o.Archive, o.Keys)
		if err != nil {
			return *im.report, err
		}
		im.learn(slices.All(records), func(rec archive.Record) ([]byte, error) { return readFrom(o.Archive, o.Keys, rec) })
		return im.finish(ctx, im.all(ctx, walks))
	}
	w, err := openArchive(o.Archive, archive.Options{Tool: o.Tool, Keys: o.Keys, Shape: o.Shape})
	if err != nil {
		return *im.report, err
	}
	im.w = w
	im.learn(w.All(), w.Read)
	report, err := im.finish(ctx, im.all(ctx, walks))
	return report, closeArchive(w, err)
}

func (im *importer) open() ([]*source.Inventory, error) {
	var walks []*source.Inventory
	var bad []error
	for _, path := range im.o.Inputs {
		var err error
		in := source.Capture(path, accountRule)
		if in == nil {
			in, err = source.Contents(path, im.o.Keys)
		}
		if err != nil {
			bad = append(bad, err)
			im.report.Problems = append(im.report.Problems, fmt.Sprintf("%s was not imported: %v", filepath.Base(path), err))
			continue
		}
		walks = append(walks, in)
		im.report.Inputs = append(im.report.Inputs, filepath.Base(path))
	}
	if len(walks) == 0 {
		return nil, bad[0]
	}
	return walks, nil
}

// learn takes note of what the archive holds.
func (im *importer) learn(records iter.Seq2[int, archive.Record], read func(archive.Record) ([]byte, error)) {
	for _, rec := range records {
		var digest [sha256.Size]byte
		if n, err := hex.Decode(digest[:], []byte(rec.SHA256)); err != nil || n != len(digest) {
			continue
		}
		im.known.note(&rec.Meta, digest)
		if rec.Kind == kindMemo {
			im.whose = identityIn(rec, read)
		}
	}
}

func (im *importer) all(ctx context.Context, walks []*source.Inventory) error {
	for _, in := range walks {
		if err := im.one(ctx, in); err != nil {
			return err
		}
	}
	return nil
}

func (im *importer) one(ctx context.Context, in *source.Inventory) error {
	name := filepath.Base(in.Path)
	other := whoseArchive(in, im.o.Keys)
	if im.whose.differs(other) {
		im.report.Problems = append(im.report.Problems, fmt.Sprintf("%s was not imported: it is of %s, but the archive is of %s", name, other, im.whose))
		return nil
	}
	if im.whose == (Identity{}) && im.w != nil && other != im.whose {
		im.whose = other
		if err := putMemo(im.w, memo{Identity: other}); err != nil {
			return err
		}
	}
	for item, err := range in.Items {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if one := (*source.EntryError)(nil); errors.As(err, &one) {
			im.report.fail(one.ID, "", fmt.Errorf("in %s: %w", name, one.Err))
			continue
		}
		if err != nil {
			// The rest of this input is lost; the other inputs are not.
			im.report.Problems = append(im.report.Problems, fmt.Sprintf("%s could not be read to its end: %v", name, err))
			return nil
		}
		switch {
		case item.Kind == archive.KindListing || item.Kind == archive.KindLedger || item.Kind == kindMemo:
			// Stored anew they would be taken for what the account holds now,
			// or for what this archive's own runs have done.
			im.report.Skipped++
		case item.Kind == archive.KindConversation && item.Body != nil:
			err = im.conversation(name, item)
		default:
			err = im.file(name, item)
		}
		if errors.Is(err, errStore) {
			return err
		}
		if err != nil {
			im.report.fail(item.ID, item.Name, fmt.Errorf("in %s: %w", name, err))
		}
		if im.o.Progress != nil {
			im.o.Progress(Progress{Stage: "importing", Done: im.report.Listed})
		}
	}
	return nil
}

func (im *importer) conversation(input string, item source.Item) error {
	im.report.Listed++
	digest := sha256.Sum256(item.Body)
	m := im.meta(input, item)
	old, held := im.known.latest(m.Kind, m.ID)
	_, removed := im.known.latest(archive.KindTombstone, m.ID)
	count := &im.report.Other
	switch {
	case removed:
		im.report.Removed++
		return nil
	case im.known.version(&m, digest):
		im.report.Unchanged++
		return nil
	case !held:
		count = &im.report.New
	case m.Updated.After(old.Add(rounding)):
		count = &im.report.Changed
	}
	if im.w != nil {
		if _, err := im.w.PutSummed(m, item.Body, digest); err != nil {
			return storing(im.w, err)
		}
		im.report.Fetched++
	} else {
		im.report.Left++
	}
	if item.Truncated {
		im.report.Truncated = append(im.report.Truncated, m.ID)
	}
	*count++
	im.known.note(&m, digest)
	im.report.Bytes += int64(len(item.Body))
	return nil
}

// file stores another file of an export. It is read twice, once for its
// digest, so that a large one held already costs no copy of it.
func (im *importer) file(input string, item source.Item) error {
	digest, n, err := digestOf(item)
	if err != nil {
		return err
	}
	m := im.meta(input, item)
	if im.known.version(&m, digest) {
		return nil
	}
	if im.w != nil {
		body, err := item.Open()
		if err != nil {
			return err
		}
		defer body.Close()
		if _, err := im.w.PutReader(m, body); err != nil {
			return storing(im.w, err)
		}
	}
	im.known.note(&m, digest)
	im.report.Files++
	im.report.Bytes += n
	return nil
}

func digestOf(item source.Item) (digest [sha256.Size]byte, n int64, err error) {
	body, err := item.Open()
	if err != nil {
		return digest, 0, err
	}
	defer body.Close()
	h := sha256.New()
	n, err = io.Copy(h, body)
	h.Sum(digest[:0])
	return digest, n, err
}

// meta describes an item for the archive; what another archive knows of it is
// kept.
func (im *importer) meta(input string, item source.Item) archive.Meta {
	m := archive.Meta{URL: "import:" + input, FetchedAt: time.Now().UTC()}
	if item.Meta != nil {
		m = *item.Meta
	}
	m.Kind, m.ID, m.Updated, m.Nodes, m.Name, m.Media = item.Kind, item.ID, item.Updated, item.Nodes, item.Name, item.Media
	return m
}

// finish ends an import. One that stored nothing leaves no
// ledger: importing the same file again adds nothing at all.
func (im *importer) finish(ctx context.Context, err error) (Report, error) {
	r := im.report
	r.Ended = time.Now().UTC()
	switch {
	case err == nil:
	case errors.Is(err, errStore):
		err = storeFailure(err)
	case ctx.Err() != nil:
		err = interrupted()
	default:
		err = source.Fail(source.ExitFailed, "", "%w", err)
	}
	r.outcome(err)
	if im.w != nil && !errors.Is(err, errStore) && (r.Fetched > 0 || r.Files > 0) {
		if serr := putLedger(im.w, r); serr != nil && err == nil {
			err = storeFailure(serr)
		}
	}
	if err == nil && r.Incomplete() {
		err = source.Fail(source.ExitIncomplete, "everything else was imported", "incomplete: %s", r.missing())
	}
	return *r, err
}
