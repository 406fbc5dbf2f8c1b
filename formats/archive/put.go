package archive

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

// put stores one record; w.mu is held. open gives the body as a stream if it
// is to span frames, else as bytes; it is not called if the bytes are held.
func (w *Writer) put(m Meta, sum [32]byte, size int64, open func() (io.Reader, []byte, error)) (Record, error) {
	if err := w.usable(); err != nil {
		return Record{}, err
	}
	if err := w.turn(); err != nil {
		return Record{}, w.fail(err)
	}
	m.V, m.Size, m.SHA256, m.Run, m.Seq, m.SameAs = 1, size, hex.EncodeToString(sum[:]), w.o.Run, w.stock.seq+1, ""
	rec := Record{Path: w.name(&m)}
	if held, ok := w.stock.holding(sum); ok && held.Size == size {
		m.SameAs, rec.at = held.Path, held.at
	}
	meta, err := metaJSON(&m)
	if err != nil {
		return Record{}, err // nothing is written yet, so this is no end
	}
	rec.Meta = m
	switch {
	case m.SameAs != "":
		err = w.putSmall(&rec, nil, meta)
	default:
		var stream io.Reader
		var body []byte
		if stream, body, err = open(); err != nil {
			return Record{}, err
		}
		if stream != nil {
			err = w.putLarge(&rec, stream, meta, 0)
		} else {
			err = w.putSmall(&rec, body, meta)
		}
	}
	if err == nil && w.dirty && w.o.Now().Sub(w.synced) >= syncEvery {
		err = w.flush()
	}
	if err != nil {
		return Record{}, w.fail(err)
	}
	w.x.recs.add(&rec)
	w.stock.enter(w.x.recs.len()-1, &rec)
	return rec, nil
}

// name is a tar name for the body of m that is not yet taken.
func (w *Writer) name(m *Meta) string {
	name := bodyName(m, 0)
	for again := m.Seq; w.stock.taken(name); again++ {
		name = bodyName(m, again)
	}
	return name
}

// putSmall adds a record to the open frame; only its meta if body is nil and
// SameAs is set.
func (w *Writer) putSmall(rec *Record, body, meta []byte) error {
	var b []byte
	var err error
	if rec.SameAs == "" {
		if b, err = appendEntry(make([]byte, 0, len(body)+len(meta)+4*tarBlock), rec.Path, body, rec.FetchedAt); err != nil {
			return err
		}
	}
	head := len(b) // where the meta entry begins
	if b, err = appendEntry(b, rec.Path+metaSuffix, meta, rec.FetchedAt); err != nil {
		return err
	}
	if len(w.raw) > 0 && len(w.raw)+len(b) > w.target {
		if err := w.sealOpen(); err != nil {
			return err
		}
	}
	if rec.SameAs == "" && len(b) >= w.target {
		return w.whole(rec, b, head-int(rec.Size+padding(rec.Size)), compressed(&rec.Meta))
	}
	if len(w.raw) == 0 {
		if err := w.begin(); err != nil {
			return err
		}
	}
	if rec.SameAs == "" {
		rec.at = place{int32(len(w.x.store.frames)), uint32(len(w.raw) + head - int(rec.Size+padding(rec.Size)))}
	}
	w.raw = append(w.raw, b...)
	w.n++
	if _, err := w.enc.Write(b); err != nil {
		return err
	}
	if err := w.enc.Flush(); err != nil {
		return err
	}
	n := int64(w.out.Len())
	w.sum.Write(w.out.Bytes())
	if err := w.write(w.out.Bytes()); err != nil {
		return err
	}
	w.out.Reset()
	w.size += n
	if len(w.raw) >= w.target-w.target/64 {
		return w.sealOpen()
	}
	return nil
}

// begin opens a frame.
func (w *Writer) begin() error {
	if err := w.stillOurs(); err != nil {
		return err
	}
	if w.enc == nil {
		w.enc = encoders.Get().(*zstd.Encoder)
	}
	w.enc.Reset(&w.out)
	w.sum.Reset()
	w.size, w.n = 0, 0
	return nil
}

// stillOurs makes sure that nobody else has changed the file: locks do not
// travel over network and synchronised folders. It is asked before each frame.
func (w *Writer) stillOurs() error {
	here, err := w.f.Stat()
	if err != nil {
		return err
	}
	there, err := w.disk.stat(w.path)
	if err != nil {
		return err
	}
	if here.Size() != w.end || !w.disk.same(here, there) {
		return errors.New("another program has changed or replaced the file while it was written to")
	}
	return nil
}

// sealOpen ends the open frame, if there is one.
func (w *Writer) sealOpen() error {
	if len(w.raw) == 0 {
		return nil
	}
	if err := w.enc.Close(); err != nil {
		return err
	}
	w.sum.Write(w.out.Bytes())
	w.size += int64(w.out.Len())
	s := w.nextSeal(w.size, len(w.raw), flagWhole, w.n)
	w.sum.Sum(s.sum[:0])
	s.chain = s.link(w.g.last.chain)
	w.out.Write(s.bytes())
	if err := w.write(w.out.Bytes()); err != nil {
		return err
	}
	w.out.Reset()
	w.took(s)
	w.raw = w.raw[:0]
	return w.flush()
}

// nextSeal is a seal for the next frame of the segment, without its hashes.
func (w *Writer) nextSeal(size int64, raw int, flags uint16, records uint32) seal {
	return seal{flags: flags, seq: uint32(w.g.frames), segment: w.g.uuid, size: uint64(size), raw: uint64(raw), records: records}
}

// took notes a sealed frame that ends at w.end.
func (w *Writer) took(s seal) {
	w.x.store.mu.Lock()
	w.x.store.frames = append(w.x.store.frames, frame{
		off: w.end - sealSize - int64(s.size), size: uint32(s.size), raw: uint32(s.raw),
		seg: int32(len(w.x.store.segs) - 1), seq: s.seq,
	})
	w.x.store.mu.Unlock()
	w.g.frames++
	w.g.entries = append(w.g.entries, entry{uint32(s.size), uint32(s.raw)}, entry{sealSize, 0})
	w.g.last, w.g.ended, w.g.end = s, false, w.end
}

// whole writes one record as a frame of its own.
func (w *Writer) whole(rec *Record, b []byte, offset int, fast bool) error {
	if err := w.stillOurs(); err != nil {
		return err
	}
	rec.at = place{int32(len(w.x.store.frames)), uint32(offset)}
	if err := w.frame(w.encoder(fast), b, flagWhole, 1); err != nil {
		return err
	}
	return w.flush()
}

// encoder is one for frames that are made in one go.
func (w *Writer) encoder(fast bool) *zstd.Encoder {
	if fast {
		return fastEncoder()
	}
	return wideEncoder()
}

// frame compresses b as a frame and writes it with its seal.
func (w *Writer) frame(enc *zstd.Encoder, b []byte, flags uint16, records uint32) error {
	if room := len(b) + len(b)/64 + 1<<10; cap(w.packed) < room { // what does not shrink grows a little
		w.packed = make([]byte, 0, room)
	}
	packed := enc.EncodeAll(b, w.packed[:0])
	s := w.nextSeal(int64(len(packed)), len(b), flags, records)
	s.sum = sha256.Sum256(packed)
	s.chain = s.link(w.g.last.chain)
	if err := w.write(append(packed, s.bytes()...)); err != nil {
		return err
	}
	w.took(s)
	return nil
}

// putLarge writes a record whose body spans frames. Only the last frame ends
// on a record, so a body that was not finished is as if it had never begun.
func (w *Writer) putLarge(rec *Record, body io.Reader, meta []byte, flags uint16) error {
	if err := w.sealOpen(); err != nil {
		return err
	}
	if err := w.stillOurs(); err != nil {
		return err
	}
	head, err := appendHeader(nil, rec.Path, rec.Size, rec.FetchedAt)
	if err != nil {
		return err
	}
	tail := make([]byte, padding(rec.Size))
	if tail, err = appendEntry(tail, rec.Path+metaSuffix, meta, rec.FetchedAt); err != nil {
		return err
	}
	rec.at = place{int32(len(w.x.store.frames)), uint32(len(head))}
	check := sha256.New()
	content := io.MultiReader(bytes.NewReader(head), io.TeeReader(io.LimitReader(body, rec.Size), check), bytes.NewReader(tail))
	left := int64(len(head)) + rec.Size + int64(len(tail))
	room := make([]byte, min(left, int64(w.large)))
	enc := w.encoder(compressed(&rec.Meta))
	for left > 0 {
		b := room[:min(left, int64(len(room)))]
		if _, err := io.ReadFull(content, b); err != nil {
			return fmt.Errorf("body of %s %s: %w", rec.Kind, rec.ID, err)
		}
		left -= int64(len(b))
		last, n := flags&^flagContinued, uint32(0)
		if left == 0 {
			if hex.EncodeToString(check.Sum(nil)) != rec.SHA256 {
				return fmt.Errorf("body of %s %s changed while it was stored", rec.Kind, rec.ID)
			}
			last, n = flags|flagWhole, 1
		}
		if err := w.frame(enc, b, last, n); err != nil {
			return err
		}
		if err := w.flush(); err != nil { // never two frames that a power failure may mix up
			return err
		}
	}
	return nil
}

// write appends b to the file. The size is compared first, so that a file
// which another machine has added to is never written over.
func (w *Writer) write(b []byte) error {
	info, err := w.f.Stat()
	if err != nil {
		return err
	}
	if info.Size() != w.end {
		return errors.New("another program has changed the file while it was written to")
	}
	n, err := w.f.WriteAt(b, w.end)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	if err != nil {
		return err
	}
	w.end += int64(len(b))
	w.dirty = true
	return nil
}

// flush makes what was written durable. It is never tried twice: after a
// failed fsync nobody knows what is on the disk.
func (w *Writer) flush() error {
	if !w.dirty {
		return nil
	}
	if err := w.f.Sync(); err != nil {
		return err
	}
	w.dirty, w.synced = false, w.o.Now()
	return nil
}
