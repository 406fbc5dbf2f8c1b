package archive

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

const kindCheckpoint = "checkpoint" // a record that lists all records before it

// A checkpoint is due when opening would have to follow this many manifests,
// and they list a fair share of the records or are very many.
const (
	chainLength = 16
	chainMost   = 256
)

// A runHead is the first line of a manifest.
type runHead struct {
	V          int       `json:"v"`
	Run        string    `json:"run"`
	Started    time.Time `json:"started"`
	Ended      time.Time `json:"ended"`
	Tool       string    `json:"tool,omitempty"`
	Records    int       `json:"records"`
	Prev       *int      `json:"prev,omitempty"`       // number in the segment of the previous manifest's first frame
	Checkpoint *int      `json:"checkpoint,omitempty"` // of the first frame of the record that lists all before this run
}

// A listed is any other line: a record and where its body lies.
type listed struct {
	Path string  `json:"path"`
	At   *[2]int `json:"at,omitempty"` // frame in the segment, offset; none if the body is in another segment
	Meta
}

// A chain is what following the manifests of a segment came to.
type chain struct {
	recs   []Record
	prev   *int // the newest manifest
	length int  // manifests to be read when opening
	based  int  // of recs, those the oldest of these manifests or its checkpoint listed
	next   int  // number in the file of the first frame that no manifest covers
}

// followChain reads the records of segment g from its manifests.
func (s *store) followChain(g *segment) (c chain, err error) {
	c.next = g.first + 1 // the first frame holds README.txt and archive.json
	end := g.first + g.frames
	for ; end > c.next; end-- {
		x, err := s.sealOf(end - 1)
		if err != nil {
			return c, err
		}
		if x.flags&flagManifest != 0 {
			break
		}
	}
	if end == c.next {
		return c, nil
	}
	c.next = end
	start, err := s.groupStart(g, end-1)
	if err != nil {
		return c, err
	}
	prev := start - g.first
	c.prev = &prev
	var parts [][]Record // the newest first
	for {
		rec, head, recs, err := s.manifest(g, start, KindRun)
		if err != nil {
			return c, err
		}
		c.length++
		if head.Checkpoint != nil {
			at, err := g.number(*head.Checkpoint, start)
			if err != nil {
				return c, err
			}
			point, _, before, err := s.manifest(g, at, kindCheckpoint)
			if err != nil {
				return c, err
			}
			parts = append(parts, append(recs, point, rec), before)
			c.based = len(before)
			break
		}
		parts = append(parts, append(recs, rec))
		if head.Prev == nil {
			c.based = len(recs) + 1
			break
		}
		if start, err = g.number(*head.Prev, start); err != nil {
			return c, err
		}
	}
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	c.recs = make([]Record, 0, n)
	for i := len(parts) - 1; i >= 0; i-- {
		c.recs = append(c.recs, parts[i]...)
	}
	return c, nil
}

// number makes a number in the file of one in the segment, which must be
// before frame before.
func (g *segment) number(n, before int) (int, error) {
	if n < 1 || g.first+n >= before {
		return 0, &DamageError{-1, "a manifest that points to no earlier frame"}
	}
	return g.first + n, nil
}

// groupStart is the first of the frames that hold the record which ends in frame n.
func (s *store) groupStart(g *segment, n int) (int, error) {
	for n > g.first {
		x, err := s.sealOf(n - 1)
		if err != nil {
			return 0, err
		}
		if x.flags&flagWhole != 0 {
			break
		}
		n--
	}
	return n, nil
}

// manifest reads the manifest or checkpoint that begins in frame n.
func (s *store) manifest(g *segment, n int, kind string) (rec Record, head runHead, recs []Record, err error) {
	st := &stream{s: s, n: n}
	scan := tarScan{st: st, sum: newSum()}
	rec, err = scan.next()
	st.close()
	if err == nil && rec.Kind != kind {
		err = &DamageError{-1, "a frame that should hold a manifest"}
	}
	if err != nil {
		return rec, head, nil, err
	}
	if rec.Size > maxRead {
		return rec, head, nil, &DamageError{-1, "a manifest too large to be read"}
	}
	from, err := s.body(rec)
	if err != nil {
		return rec, head, nil, err
	}
	defer from.close()
	body, err := readBody(from, make([]byte, 0, rec.Size), rec) // its size was found true by the scan
	if err != nil {
		return rec, head, nil, err
	}
	head, recs, err = parseManifest(body, g, n)
	return rec, head, recs, err
}

// parseManifest reads the lines of a manifest that begins in frame n.
func parseManifest(body []byte, g *segment, n int) (head runHead, recs []Record, err error) {
	first, rest, _ := bytes.Cut(body, []byte("\n"))
	if err := json.Unmarshal(first, &head); err != nil || head.Records != bytes.Count(rest, []byte("\n")) {
		return head, nil, &DamageError{-1, "a manifest whose first line is wrong"}
	}
	recs = make([]Record, head.Records)
	names := interner{}
	for i := range recs {
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte("\n"))
		var l listed
		if !fastLine(line, &l) {
			l = listed{}
			if err := json.Unmarshal(line, &l); err != nil {
				return head, nil, &DamageError{-1, fmt.Sprintf("line %d of a manifest is wrong", i+2)}
			}
		}
		r := Record{Meta: l.Meta, Path: l.Path, at: place{frame: noFrame}}
		if l.At != nil {
			if l.At[0] < 1 || g.first+l.At[0] >= n || l.At[1] < tarBlock || l.At[1] > maxRaw {
				return head, nil, &DamageError{-1, fmt.Sprintf("line %d of a manifest points nowhere", i+2)}
			}
			r.at = place{int32(g.first + l.At[0]), uint32(l.At[1])}
		} else if r.SameAs == "" {
			return head, nil, &DamageError{-1, fmt.Sprintf("line %d of a manifest points nowhere", i+2)}
		}
		if err := r.check(); err != nil {
			return head, nil, err
		}
		r.Kind, r.Method, r.Run, r.Media = names.one(r.Kind), names.one(r.Method), names.one(r.Run), names.one(r.Media)
		recs[i] = r
	}
	return head, recs, nil
}

// An interner keeps one copy of strings that come again and again.
type interner map[string]string

func (in interner) one(s string) string {
	if have, ok := in[s]; ok {
		return have
	}
	if len(in) < 10_000 {
		in[s] = s
	}
	return s
}

// appendManifest appends the lines of a manifest or checkpoint of segment g.
func appendManifest(b []byte, head runHead, recs []Record, g *segment) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	head.Records = len(recs)
	err := enc.Encode(head)
	for i := range recs {
		r := &recs[i]
		l := listed{Path: r.Path, Meta: r.Meta}
		if n := int(r.at.frame) - g.first; n >= 0 && r.at.frame != noFrame {
			l.At = &[2]int{n, int(r.at.offset)}
		}
		err = errors.Join(err, enc.Encode(l))
	}
	return append(b, buf.Bytes()...), err
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
