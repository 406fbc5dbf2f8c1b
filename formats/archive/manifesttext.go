package archive

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// A manifestText gives the lines of a manifest or checkpoint of segment g,
// which lists the records from number from up to but not including to. It is
// made while it is read, for that of a large archive is large.
type manifestText struct {
	head     runHead
	recs     view
	from, to int
	g        *segment
	begun    bool
	buf      bytes.Buffer
}

func (t *manifestText) Read(b []byte) (int, error) {
	for t.buf.Len() < len(b) && (!t.begun || t.from < t.to) {
		if err := t.line(); err != nil {
			return 0, err
		}
	}
	return t.buf.Read(b)
}

func (t *manifestText) line() error {
	enc := json.NewEncoder(&t.buf)
	enc.SetEscapeHTML(false)
	if !t.begun {
		t.begun = true
		t.head.Records = t.to - t.from
		return enc.Encode(t.head)
	}
	r := t.recs.record(t.from)
	t.from++
	l := listed{Path: r.Path, Meta: r.Meta}
	if n := int(r.at.frame) - t.g.first; n >= 0 && r.at.frame != noFrame {
		l.At = &[2]int{n, int(r.at.offset)}
	}
	return enc.Encode(l)
}

// metaJSON is the content of a meta entry.
func metaJSON(m *Meta) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(m); err != nil {
		return nil, err
	}
	if buf.Len() > maxMeta/16 {
		return nil, fmt.Errorf("meta of %s %.40q is too large (%d bytes)", m.Kind, m.ID, buf.Len())
	}
	return buf.Bytes(), nil
}
