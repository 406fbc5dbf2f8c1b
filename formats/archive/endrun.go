package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
)

// endRun writes what makes the archive quick to open: the run's manifest and
// the segment's seek table. All of it can be made again from the rest.
func (w *Writer) endRun() error { return w.endMarked(0) }

// endMarked is endRun with a further flag for the last seal of the manifest,
// which is written for the flag's sake even if it has nothing to list.
func (w *Writer) endMarked(mark uint16) error {
	if err := w.sealOpen(); err != nil {
		return err
	}
	if w.listed < w.x.recs.len() || mark != 0 {
		if err := w.endManifest(mark); err != nil {
			return err
		}
		w.listed = w.x.recs.len()
	}
	if !w.g.ended && w.x.begun() {
		if err := w.stillOurs(); err != nil {
			return err
		}
		start := w.end
		if err := w.write(appendTable(nil, w.g.entries)); err != nil {
			return err
		}
		w.g.entries = append(w.g.entries, entry{size: uint32(w.end - start)})
		w.g.ended, w.g.end = true, w.end
	}
	if err := w.flush(); err != nil {
		return err
	}
	return w.rest()
}

// endManifest writes the manifest of this run, which also lists what was
// healed of a run before, and now and then a checkpoint before it.
func (w *Writer) endManifest(mark uint16) error {
	c := &w.x.chain
	head := runHead{V: 1, Run: w.o.Run, Started: w.started, Ended: clean(w.o.Now()), Tool: w.o.Tool, Prev: c.prev}
	first := w.x.starts[len(w.x.starts)-1] // the manifests of a segment know nothing of others
	chained := w.listed - first - c.based
	if c.length >= chainMost || c.length >= chainLength && chained > (w.listed-first)/4 {
		at := w.g.frames
		rec, err := w.putList(kindCheckpoint, "checkpoint.jsonl", runHead{V: 1, Run: w.o.Run, Started: w.started, Ended: head.Ended, Tool: w.o.Tool}, first, w.listed, 0)
		if err != nil {
			return err
		}
		head.Checkpoint = &at
		defer func() { w.x.recs.add(&rec) }()
	}
	at := w.g.frames
	rec, err := w.putList(KindRun, "records.jsonl", head, w.listed, w.x.recs.len(), flagManifest|mark)
	if err != nil {
		return err
	}
	c.prev = &at
	w.x.recs.add(&rec)
	return nil
}

// putList stores a manifest or checkpoint, of the records from number from up
// to but not including to, in frames of its own.
func (w *Writer) putList(kind, name string, head runHead, from, to int, flags uint16) (Record, error) {
	text := func() *manifestText {
		return &manifestText{head: head, recs: w.x.recs.now(), from: from, to: to, g: w.g}
	}
	sum := sha256.New()
	size, err := io.Copy(sum, text())
	if err != nil {
		return Record{}, err
	}
	w.stock.seq++
	rec := Record{Path: w.runFolder() + name, Meta: Meta{
		V: 1, Kind: kind, ID: w.o.Run, FetchedAt: head.Ended, Size: size,
		SHA256: hex.EncodeToString(sum.Sum(nil)), Run: w.o.Run, Seq: w.stock.seq, Media: "application/jsonl",
	}}
	meta, err := metaJSON(&rec.Meta)
	if err != nil {
		return Record{}, err
	}
	err = w.putLarge(&rec, text(), meta, flags)
	return rec, err
}
