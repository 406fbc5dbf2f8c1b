package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
)

// entries makes the piece of a record anew: from its old meta entry, whose
// unknown keys are kept, and, unless it is the same as another, a body.
func entries(rec Record, old []byte, body []byte) (piece, error) {
	meta, err := reword(old, &rec.Meta)
	if err != nil {
		return piece{}, err
	}
	p := piece{rec: rec}
	if rec.SameAs == "" {
		if p.b, err = appendEntry(nil, rec.Path, body, rec.FetchedAt); err != nil {
			return p, err
		}
		p.rec.at.offset = uint32(len(p.b) - int(rec.Size+padding(rec.Size)))
	}
	p.b, err = appendEntry(p.b, rec.Path+metaSuffix, meta, rec.FetchedAt)
	return p, err
}

// reword is the JSON of a meta entry with the size, hash, note and same_as of m.
func reword(old []byte, m *Meta) ([]byte, error) {
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(old, &fields); err != nil {
		return nil, err
	}
	if fields == nil { // what null leaves of a map
		return nil, errors.New("the record's meta entry is null")
	}
	delete(fields, "same_as")
	for key, v := range map[string]any{"size": m.Size, "sha256": m.SHA256, "note": m.Note, "same_as": m.SameAs} {
		if v == "" {
			continue
		}
		raw, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		fields[key] = raw
	}
	return json.Marshal(fields)
}

// metaOf is the meta entry at the end of a piece.
func metaOf(p piece) ([]byte, error) {
	off := int64(0)
	for off+tarBlock <= int64(len(p.b)) {
		h, err := parseHeader(p.b[off : off+tarBlock])
		if err != nil {
			return nil, err
		}
		off += tarBlock
		if h.name == p.rec.Path+metaSuffix && h.size <= int64(len(p.b))-off {
			return p.b[off : off+h.size], nil
		}
		off += h.size + padding(h.size)
	}
	return nil, io.ErrUnexpectedEOF
}

func sumOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
