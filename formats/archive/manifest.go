package archive

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unsafe"
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
	prev   *int // the newest manifest
	length int  // manifests to be read when opening
	based  int  // of recs, those the oldest of these manifests or its checkpoint listed
	next   int  // number in the file of the first frame that no manifest covers
}

// followChain adds the records of segment g to recs, from its manifests.
func (s *store) followChain(g *segment, recs *list) (c chain, err error) {
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
	var parts []*list // the newest first
	var room room
	for {
		part := newList(recs.dict)
		rec, head, err := s.manifest(g, start, KindRun, &room, part)
		if err != nil {
			return c, err
		}
		c.length++
		if head.Checkpoint != nil {
			at, err := g.number(*head.Checkpoint, start)
			if err != nil {
				return c, err
			}
			before := newList(recs.dict)
			point, _, err := s.manifest(g, at, kindCheckpoint, &room, before)
			if err != nil {
				return c, err
			}
			part.add(&point)
			part.add(&rec)
			parts = append(parts, part, before)
			c.based = before.len()
			break
		}
		part.add(&rec)
		parts = append(parts, part)
		if head.Prev == nil {
			c.based = part.len()
			break
		}
		if start, err = g.number(*head.Prev, start); err != nil {
			return c, err
		}
	}
	for _, part := range slices.Backward(parts) {
		recs.addAll(part)
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

// manifest adds what the manifest or checkpoint lists that begins in frame n.
// It is read once, from end to end; if there is an error, what it added is not
// to be used.
func (s *store) manifest(g *segment, n int, kind string, room *room, into *list) (rec Record, head runHead, err error) {
	st := &stream{s: s, n: n, room: room}
	defer st.close()
	p := manifestReader{g: g, n: n, into: into}
	scan := tarScan{st: st, part: p.take} // no SHA-256: see What is checked when
	rec, err = scan.next()
	if err == nil && rec.Kind != kind {
		err = &DamageError{-1, "a frame that should hold a manifest"}
	}
	if err == nil {
		err = p.end()
	}
	return rec, p.head, err
}

// A manifestReader reads the lines of a manifest that begins in frame n.
type manifestReader struct {
	g    *segment
	n    int
	into *list
	head runHead
	done int    // lines
	rest []byte // the beginning of the next line
	fast lineScanner

	listed listed // room for one line
	rec    Record
	err    error
}

// A line is a meta and a little more; a longer one is none of ours.
const longestLine = maxMeta + 4<<10

// take reads the lines that end in the next part of the manifest.
func (p *manifestReader) take(b []byte) {
	for p.err == nil && len(b) > 0 {
		if len(p.rest) > 0 || p.done == 0 { // a line that is in pieces
			end := bytes.IndexByte(b, '\n') + 1
			if end == 0 {
				end = len(b)
			}
			p.rest, b = append(p.rest, b[:end]...), b[end:]
			switch line, whole := bytes.CutSuffix(p.rest, []byte("\n")); {
			case whole:
				p.lines(p.rest)
				p.rest = p.rest[:0]
			case len(line) > longestLine:
				p.err = p.wrong()
			}
			continue
		}
		// Not all at once: what is out of the ordinary slows down its neighbours.
		part := b[:min(len(b), 64<<10)]
		end := bytes.LastIndexByte(part, '\n') + 1
		p.lines(part[:end])
		if end == 0 {
			end = len(part)
			p.rest = append(p.rest, part...)
		}
		b = b[end:]
	}
}

// lines reads whole lines. They are looked at where they lie, without a copy:
// what is kept of them, the list and its dictionary copy.
func (p *manifestReader) lines(b []byte) {
	if len(b) == 0 {
		return
	}
	p.fast.plain = plainText(b)
	text := unsafe.String(&b[0], len(b))
	for text != "" && p.err == nil {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		p.err = p.line(line)
	}
}

func (p *manifestReader) wrong() error {
	if p.done == 0 {
		return &DamageError{-1, "a manifest whose first line is wrong"}
	}
	return &DamageError{-1, fmt.Sprintf("line %d of a manifest is wrong", p.done+1)}
}

// end says what was wrong.
func (p *manifestReader) end() error {
	if p.err == nil && (p.done != p.head.Records+1 || len(p.rest) > 0) {
		return &DamageError{-1, "a manifest whose first line is wrong"}
	}
	return p.err
}

func (p *manifestReader) line(line string) error {
	if p.done == 0 {
		if err := json.Unmarshal([]byte(line), &p.head); err != nil {
			return p.wrong()
		}
		p.done++
		return nil
	}
	l, r := &p.listed, &p.rec
	*l = listed{}
	if !p.fast.line(line, l) {
		*l = listed{}
		if err := json.Unmarshal([]byte(line), l); err != nil {
			return p.wrong()
		}
	}
	p.done++
	*r = Record{Meta: l.Meta, Path: l.Path, at: place{frame: noFrame}}
	if l.At != nil {
		if l.At[0] < 1 || p.g.first+l.At[0] >= p.n || l.At[1] < tarBlock || l.At[1] > maxRaw {
			return &DamageError{-1, fmt.Sprintf("line %d of a manifest points nowhere", p.done)}
		}
		r.at = place{int32(p.g.first + l.At[0]), uint32(l.At[1])}
	} else if r.SameAs == "" {
		return &DamageError{-1, fmt.Sprintf("line %d of a manifest points nowhere", p.done)}
	}
	if err := r.check(); err != nil {
		return err
	}
	p.into.add(r)
	return nil
}
