package archive

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash"
	"io"
	"strings"
)

const maxMeta = 1 << 20 // bytes of the largest meta entry that is believed

// scanFrames finds the records of frames from up to but not including to, all
// of one segment, in the tar stream itself. What it finds has passed the
// records' own SHA-256.
func (s *store) scanFrames(from, to int, found func(*Record)) (damage []*DamageError, err error) {
	var room room
	for i := from; i < to; {
		last := i
		for ; last+1 < to; last++ {
			x, err := s.sealOf(last)
			if d := (*DamageError)(nil); err != nil && !errors.As(err, &d) {
				return nil, err
			}
			if err != nil || x.flags&flagWhole != 0 {
				break
			}
		}
		st := &stream{s: s, n: i, last: last, room: &room}
		_, err := scanTar(st, found)
		st.close()
		if d := (*DamageError)(nil); errors.As(err, &d) {
			if d.Offset < 0 {
				d = &DamageError{s.frames[i].off, d.What}
			}
			damage = append(damage, d)
		} else if err != nil {
			return nil, err
		}
		i = last + 1
	}
	return damage, nil
}

// scanTar finds records to the end of a stream. whole is the number of bytes
// up to the end of the last record that is whole; what is wrong after that is
// the error, a [DamageError] or a failure to read.
func scanTar(st *stream, found func(*Record)) (whole int64, err error) {
	t := tarScan{st: st, sum: newSum()}
	for {
		rec, err := t.next()
		switch {
		case err == io.EOF:
			return whole, nil
		case err != nil:
			return whole, err
		}
		found(&rec)
		whole = t.read
	}
}

// collect is a function that keeps the records it is given.
func collect(recs *[]Record) func(*Record) {
	return func(r *Record) { *recs = append(*recs, *r) }
}

func newSum() hash.Hash { return sha256.New() }

type tarScan struct {
	st   *stream
	read int64          // bytes so far
	sum  hash.Hash      // nil: bodies are not held to the SHA-256 of their metas
	part func(b []byte) // is given each body, part by part; nil means nobody
	buf  [sha256.Size]byte

	name string // of the last body, until its meta has come; "" for none
	size int64
	at   place
}

// next is the next record; io.EOF at the end, right after the last one.
func (t *tarScan) next() (Record, error) {
	for {
		h, err := t.header()
		if err == io.EOF && t.name != "" {
			err = &DamageError{-1, "a body without its meta"}
		}
		if err != nil {
			return Record{}, err
		}
		if path, ok := strings.CutSuffix(h.name, metaSuffix); ok {
			return t.meta(path, h.size)
		}
		if t.name != "" {
			return Record{}, &DamageError{-1, "a body without its meta"}
		}
		t.name, t.size, t.at = h.name, h.size, place{int32(t.st.n), uint32(t.st.off)}
		if t.sum != nil {
			t.sum.Reset()
		}
		for left := h.size; left > 0; {
			b, err := t.some(left)
			if err != nil {
				return Record{}, err
			}
			if t.sum != nil {
				t.sum.Write(b)
			}
			if t.part != nil {
				t.part(b)
			}
			left -= int64(len(b))
		}
		if _, err := t.take(padding(h.size)); err != nil {
			return Record{}, err
		}
	}
}

// header reads the tar header of a regular file.
func (t *tarScan) header() (h header, err error) {
	size := int64(-1)
	for {
		b, err := t.st.take(tarBlock)
		if err != nil {
			return h, t.cut(err, size >= 0)
		}
		t.read += tarBlock
		if h, err = parseHeader(b); err != nil {
			return h, &DamageError{-1, err.Error()}
		}
		switch {
		case h.kind == tar.TypeReg && size >= 0:
			h.size = size
			return h, nil
		case h.kind == tar.TypeReg:
			return h, nil
		case size >= 0:
			return h, &DamageError{-1, "two PAX headers in a row"}
		}
		if b, err = t.take(h.size + padding(h.size)); err != nil {
			return h, err
		}
		if size, err = paxSize(b); err != nil {
			return h, &DamageError{-1, err.Error()}
		}
	}
}

// meta reads a meta entry and holds it against the body before it.
func (t *tarScan) meta(path string, size int64) (rec Record, err error) {
	if size > maxMeta {
		return rec, &DamageError{-1, "a meta entry too large"}
	}
	b, err := t.take(size)
	if err != nil {
		return rec, err
	}
	rec = Record{Path: path, at: place{frame: noFrame}}
	if err := json.Unmarshal(b, &rec.Meta); err != nil {
		return rec, &DamageError{-1, "a meta entry that is no JSON object"}
	}
	if _, err := t.take(padding(size)); err != nil {
		return rec, err
	}
	if err := rec.check(); err != nil {
		return rec, err
	}
	switch {
	case rec.SameAs != "" && t.name == "":
		return rec, nil
	case rec.SameAs != "" || t.name != path:
		return rec, &DamageError{-1, "a meta entry that does not belong to the body before it"}
	case rec.Size != t.size || t.sum != nil && rec.SHA256 != hex.EncodeToString(t.sum.Sum(t.buf[:0])):
		return rec, &DamageError{-1, "a body that is not what its meta says"}
	}
	rec.at, t.name = t.at, ""
	return rec, nil
}

// check holds a record against the rules of the format.
func (r *Record) check() error {
	switch {
	case r.V < 1, r.Kind == "", r.Size < 0, !safeName(r.Path), r.SameAs != "" && !safeName(r.SameAs), !isSum(r.SHA256):
		return &DamageError{-1, "a record whose meta breaks the rules of the format"}
	}
	return nil
}

func isSum(s string) bool {
	_, ok := parseSum(s)
	return ok
}

func (t *tarScan) some(limit int64) ([]byte, error) {
	b, err := t.st.some(limit)
	t.read += int64(len(b))
	return b, t.cut(err, true)
}

func (t *tarScan) take(n int64) ([]byte, error) {
	if n == 0 {
		return nil, nil
	}
	b, err := t.st.take(int(n))
	t.read += int64(len(b))
	return b, t.cut(err, true)
}

// cut makes damage of an end of the stream that comes inside a record.
func (t *tarScan) cut(err error, inside bool) error {
	if err == io.ErrUnexpectedEOF || err == io.EOF && (inside || t.name != "") {
		return &DamageError{-1, "a record cut short"}
	}
	return err
}
