package archive

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
)

const keepTorn = 64 << 10 // a longer torn tail is copied before it is cut off

// heal brings the end of the file in order: it keeps every whole record of a
// frame that was never ended, ends that frame, and cuts off what comes after.
// Nothing before layout.end is touched. Being killed in here does no harm, for
// each state it leaves is one that it would heal to the same end.
func (w *Writer) heal(x *index, size int64) error {
	if len(x.damage) > 0 {
		return x.mayAppend(size)
	}
	p := &peeker{r: w.f, end: size}
	if at, _, ok := findSeal(p, x.stop); ok && !x.lone {
		return fmt.Errorf("%w; this is no torn end, for a frame follows at byte %d: verify and repair it first", &DamageError{x.stop, x.why}, at)
	}
	if p.err != nil {
		return p.err
	}
	end := x.end + x.cut
	if size-end > keepTorn {
		if err := w.saveTail(end, size); err != nil {
			return err
		}
	}
	if size > end {
		if err := w.f.Truncate(end); err != nil {
			return err
		}
	}
	w.end = end
	if x.cut > 0 {
		if err := w.endFrame(x); err != nil {
			return err
		}
	}
	w.dirty = true
	return w.flush()
}

// endFrame ends and seals the torn frame, of which x.cut bytes are in the file.
func (w *Writer) endFrame(x *index) error {
	tail := x.store.frames[len(x.store.frames)-1]
	b := make([]byte, x.cut)
	if _, err := w.f.ReadAt(b, x.end); err != nil {
		return err
	}
	var more []byte
	if x.torn.size != x.cut {
		more = frameEnd(tail.tail)
	}
	g := x.layout.segs[len(x.layout.segs)-1]
	s := seal{
		flags: flagWhole | flagHealed, seq: uint32(g.frames), segment: g.uuid, records: uint32(x.late),
		size: uint64(len(b) + len(more)), raw: uint64(len(tail.tail)), sum: sha256.Sum256(append(b, more...)),
	}
	s.chain = s.link(g.last.chain)
	return w.write(append(more, s.bytes()...))
}

// saveTail copies what is about to be cut off to a file beside the archive.
func (w *Writer) saveTail(from, to int64) error {
	name := fmt.Sprintf("%s.torn-%s", w.path, stamp(w.started))
	f, err := w.disk.open(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC)
	if err != nil {
		return fmt.Errorf("copy of the torn end: %w", err)
	}
	b := make([]byte, 1<<20)
	for off := from; off < to && err == nil; off += int64(len(b)) {
		b = b[:min(int64(len(b)), to-off)]
		if _, err = w.f.ReadAt(b, off); err == nil || err == io.EOF {
			_, err = f.WriteAt(b, off-from)
		}
	}
	if err == nil {
		err = f.Sync()
	}
	if err2 := f.Close(); err == nil {
		err = err2
	}
	if err != nil {
		return fmt.Errorf("copy of the torn end: %w", err)
	}
	return nil
}
