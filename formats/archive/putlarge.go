package archive

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

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
