package archive

import (
	"encoding/hex"
	"errors"
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
