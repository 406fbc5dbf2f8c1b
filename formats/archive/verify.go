package archive

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// A Level is how closely [Verify] looks.
type Level int

const (
	Quick Level = iota // seals, their chain and the seek tables: the frames themselves are not read
	Full               // also the SHA-256 of every frame: every byte of the file is vouched for
	Deep               // also unpacks: tar entries, each record's SHA-256, manifests against records
)

// A Problem is one thing that is wrong. Kind and ID are those of the record
// it concerns, "" when it concerns none or many.
type Problem struct {
	Offset  int64  `json:"offset"` // in the file; -1 when it concerns no one place
	Kind    string `json:"kind"`
	ID      string `json:"id"`
	Problem string `json:"problem"`
}

// A Report is what [Verify] found. The archive is whole if Problems is empty
// and Torn nil. A torn one has lost nothing; the next [Append] heals it.
type Report struct {
	Level     Level
	Size      int64 // bytes of the file
	Segments  int
	Frames    int
	Records   int   // manifests and checkpoints not counted
	Runs      int   // manifests
	Bytes     int64 // of the bodies, each counted once
	Torn      *TornError
	Problems  []Problem
	Strangers []string // files in the archive's folder that are no part of it
}

// Verify examines an archive; it changes nothing and takes no lock. The error
// says that the file could not be examined: it is none of ours, or reading
// failed. What is wrong inside it is in the report. Every byte of the file is
// accounted for: from Full on, any change of any byte is a problem or makes
// the archive torn.
func Verify(path string, level Level, keys ...*Keys) (Report, error) {
	d, name, err := locate(path, anyKeys(keys))
	var rep Report
	if err == nil {
		rep, err = verify(d, name, level)
	}
	if err != nil {
		return Report{}, fmt.Errorf("%s: %w", path, bare(err))
	}
	return rep, nil
}

func verify(d disk, path string, level Level) (Report, error) {
	return verifyWith(context.Background(), d, path, level, nil)
}

func verifyWith(ctx context.Context, d disk, path string, level Level, look *Look) (Report, error) {
	f, size, err := openFile(d, path, os.O_RDONLY)
	if err != nil {
		return Report{}, err
	}
	defer f.Close()
	v := verifier{rep: Report{Level: level, Size: size}, look: look, ctx: ctx}
	err = v.run(f, size)
	if vol, ok := f.(*volume); ok {
		v.folder(vol)
	}
	return v.rep, err
}

type verifier struct {
	rep  Report
	x    *index
	seen map[Problem]bool
	look *Look // nil: nobody looks at the bodies
	ctx  context.Context
	done int // frames

	looked map[[16]byte]bool // which bodies were looked at, by kind and SHA-256; true if that has been told
	odd    map[[16]byte]string
}

func (v *verifier) run(r io.ReaderAt, size int64) (err error) {
	if v.x, err = openIndex(r, size); err != nil {
		return err
	}
	v.rep.Torn = v.x.tornError(size)
	v.rep.Segments = len(v.x.layout.segs)
	for _, rec := range v.x.recs.all() {
		switch rec.Kind {
		case KindRun:
			v.rep.Runs++
		case kindCheckpoint:
		default:
			v.rep.Records++
			if rec.SameAs == "" {
				v.rep.Bytes += rec.Size
			}
		}
	}
	for _, d := range v.x.damage {
		v.add(*d)
	}
	for i, g := range v.x.layout.segs {
		if err := v.segment(g); err != nil {
			return err
		}
		if v.rep.Level >= Full {
			if err := v.frames(i, g); err != nil {
				return err
			}
		}
	}
	if err := v.rest(); err != nil {
		return err
	}
	for i, now := 0, v.x.recs.now(); i < v.x.recs.len(); i++ {
		if now.place(i).frame == noFrame {
			rec := now.record(i)
			v.problem(Problem{-1, rec.Kind, rec.ID, "the record that holds its bytes is not in this archive"})
		}
	}
	return nil
}

func (v *verifier) add(d DamageError) { v.problem(Problem{Offset: d.Offset, Problem: d.What}) }

func (v *verifier) problem(p Problem) {
	if v.seen == nil {
		v.seen = make(map[Problem]bool)
	}
	if !v.seen[p] {
		v.seen[p] = true
		v.rep.Problems = append(v.rep.Problems, p)
	}
}

// segment looks at every piece of a segment that lies where it should.
func (v *verifier) segment(g *segment) error {
	x, off, n := v.x, g.start, g.first
	last := seal{}
	linked := true // whether last is the seal before
	r := &peeker{r: x.r, end: g.end}
	for i, e := range g.entries {
		for ; e.raw > 0 && x.store.frames[n].off != off; n++ { // a hole
			linked = false
			if at := x.store.frames[n].off; at >= 0 {
				off = at
				break
			}
		}
		switch {
		case e.raw > 0:
			s, err := x.sealOf(n)
			if err := v.note(err); err != nil {
				return err
			}
			if err == nil {
				v.rep.Frames++
				if linked && s.link(last.chain) != s.chain {
					v.add(DamageError{off + int64(e.size), "a seal that does not continue the chain"})
				}
			}
			last, linked = s, err == nil
			n++
		case i > 0 && g.entries[i-1].raw > 0: // the seal, seen above
		default:
			if err := v.skippable(r, g, i, off); err != nil {
				return err
			}
		}
		off += int64(e.size)
	}
	return nil
}

// note makes damage a problem and returns any other error.
func (v *verifier) note(err error) error {
	var d *DamageError
	if errors.As(err, &d) {
		v.add(*d)
		return nil
	}
	return err
}

// skippable looks at entry i of a segment, which is neither frame nor seal: it
// must be a seek table that lists what is before it.
func (v *verifier) skippable(r *peeker, g *segment, i int, off int64) error {
	head := r.peek(off, 4)
	switch {
	case len(head) < 4 || binary.LittleEndian.Uint32(head) != magicTable:
		v.add(DamageError{off, "a skippable frame of unknown kind"})
	case !g.holes && !matches(r, off, appendTable(nil, g.entries[:i])) && r.err == nil:
		v.add(DamageError{off, "a wrong seek table"})
	}
	return r.err
}

// offset is where in the file the frame of a place begins.
func (v *verifier) offset(at place) int64 {
	if at.frame < 0 || int(at.frame) >= len(v.x.store.frames) {
		return -1
	}
	return v.x.store.frames[at.frame].off
}

// folder adds what is to be said of the files of a folder, and to every
// problem in which of them it lies.
func (v *verifier) folder(vol *volume) {
	for _, d := range vol.faults() {
		v.add(*d)
	}
	for i := range v.rep.Problems {
		p := &v.rep.Problems[i]
		p.Problem = located(vol, p.Offset, p.Problem)
	}
	v.rep.Strangers = vol.strangers()
}
