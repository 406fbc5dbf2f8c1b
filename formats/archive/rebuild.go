package archive

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/zstd"
)

// A rebuild writes an archive anew from another one, whole frames as they are
// and other records one by one, each with the meta that it had. Manifests,
// checkpoints and seek tables are made afresh, since they tell of places.
type rebuild struct {
	w     *Writer // of the new file; without a lock, for nobody knows its name
	x     *index  // of the old one
	size  int64   // of the old file
	enc   *zstd.Encoder
	limit int // bytes of a frame's content
	flags uint16

	buf  []byte // the content of the next frame
	recs []Record
}

// derived reports whether a record is made anew with every archive.
func derived(kind string) bool { return kind == KindRun || kind == kindCheckpoint || kind == kindFirst }

// startRebuild creates the new file, whose name must be free.
func startRebuild(d disk, path string, x *index, size int64, o Options) (*rebuild, error) {
	now := clean(o.Now())
	w := &Writer{disk: d, path: path, o: o, started: now, synced: now, sum: sha256.New(), target: targetRaw, large: largeBody}
	if err := w.create(); err != nil {
		d.remove(path)
		return nil, bare(err)
	}
	if err := w.load(); err != nil {
		if w.f != nil {
			w.f.Close()
		}
		d.remove(path)
		return nil, bare(err)
	}
	w.takeStock()
	return &rebuild{w: w, x: x, size: size, enc: wideEncoder(), limit: targetRaw}, nil
}

// copyGroup copies the frames of a clean group bit by bit.
func (b *rebuild) copyGroup(gr *group) error {
	w := b.w
	first := len(w.x.store.frames)
	for n := gr.first; n <= gr.last; n++ {
		f := b.x.store.frames[n]
		packed, old, err := b.x.packed(f, b.x.layout.segs[f.seg].uuid)
		if err != nil {
			return err
		}
		s := w.nextSeal(int64(f.size), int(f.raw), old.flags&flagsKnown&^(flagManifest|flagContinued), old.records)
		s.sum = sha256.Sum256((*packed)[:f.size])
		s.chain = s.link(w.g.last.chain)
		err = w.write(append((*packed)[:f.size], s.bytes()...))
		packedPool.Put(packed)
		if err != nil {
			return err
		}
		w.took(s)
	}
	for _, it := range gr.items {
		if it.rec.SameAs == "" {
			it.rec.at.frame = int32(first)
			if gr.first == gr.last {
				it.rec.at.offset += uint32(it.from)
			}
		}
		w.x.recs.add(&it.rec)
	}
	return nil
}

// add puts one record's piece into the next frame.
func (b *rebuild) add(p piece) error {
	if len(b.buf) > 0 && len(b.buf)+len(p.b) > b.limit {
		if err := b.flush(); err != nil {
			return err
		}
	}
	if p.rec.SameAs == "" {
		p.rec.at = place{int32(len(b.w.x.store.frames)), p.rec.at.offset + uint32(len(b.buf))}
	}
	b.buf = append(b.buf, p.b...)
	b.recs = append(b.recs, p.rec)
	return nil
}

// flush writes the frame that add has filled.
func (b *rebuild) flush() error {
	if len(b.buf) == 0 {
		return nil
	}
	if err := b.w.frame(b.enc, b.buf, flagWhole|b.flags, uint32(len(b.recs))); err != nil {
		return err
	}
	for i := range b.recs {
		b.w.x.recs.add(&b.recs[i])
	}
	b.buf, b.recs = b.buf[:0], b.recs[:0]
	return nil
}

// settle puts the records of the newest segment in the order of Seq and finds
// the bodies of those that are the same as others.
func (b *rebuild) settle() {
	w := b.w
	from := w.x.starts[len(w.x.starts)-1]
	w.x.recs.sortFrom(from)
	for i, rec := range w.x.recs.now().all(from, w.x.recs.len()) {
		if rec.SameAs != "" {
			w.x.recs.setPlace(i, place{frame: noFrame})
		}
	}
	w.x.resolve()
	w.stock = newStock(w.x.recs)
}

// end writes lists and tables, and puts the file under its name only after it
// has passed the deepest verification.
func (b *rebuild) end(name string, replace bool) (rep Report, err error) {
	w := b.w
	err = w.endRun()
	if err2 := w.f.Close(); err == nil {
		err = err2
	}
	if err != nil {
		return rep, bare(err)
	}
	if rep, err = verify(w.disk, w.path, Deep); err != nil {
		return rep, fmt.Errorf("verifying the new file: %w", bare(err))
	}
	if rep.Torn != nil || len(rep.Problems) > 0 {
		what := fmt.Sprint(rep.Torn)
		if len(rep.Problems) > 0 {
			what = rep.Problems[0].Problem
		}
		return rep, fmt.Errorf("the new file did not pass verification (%s); the old one is as it was", what)
	}
	if !replace {
		if err := freeName(under(w.disk), name); err != nil {
			return rep, err
		}
	}
	if err := w.disk.rename(w.path, name); err != nil {
		return rep, fmt.Errorf("putting the new file in its place: %w", err)
	}
	return rep, w.disk.syncDir(filepath.Dir(name))
}

// abandon removes a new file that came to nothing.
func (b *rebuild) abandon() {
	b.w.f.Close()
	b.w.disk.remove(b.w.path)
}

// freeName makes sure that nothing stands at name.
func freeName(d disk, name string) error {
	if _, err := d.stat(name); err == nil {
		return &os.PathError{Op: "create", Path: name, Err: fs.ErrExist}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
