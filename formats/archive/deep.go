package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
)

// A Look is what [VerifyBodies] does with each body while it is in memory.
type Look struct {
	// Wants chooses records; of several of one kind with the same bytes one is
	// looked at.
	Wants func(rec *Record) bool
	// Odd says what is odd about a body, "" if nothing is. It is called from
	// many goroutines. What read gives may be used until Odd returns.
	Odd func(rec *Record, read func() ([]byte, error), open func() (io.ReadCloser, error)) string
	// Progress is told of frames, from one goroutine; nil means nobody.
	Progress func(done, total int)

	odd []Problem
}

// VerifyBodies is [Verify] with [Deep] that has all bodies looked at, and
// returns what is odd about them in the order of the records. Nothing odd is
// damage.
func VerifyBodies(ctx context.Context, path string, look Look, keys ...*Keys) (rep Report, odd []Problem, err error) {
	d, name, err := locate(path, anyKeys(keys))
	if err == nil {
		rep, err = verifyWith(ctx, d, name, Deep, &look)
	}
	if err != nil {
		return Report{}, nil, fmt.Errorf("%s: %w", path, bare(err))
	}
	return rep, look.odd, nil
}

// A frameGroup is frames that hold whole records together, and what was found
// in them.
type frameGroup struct {
	first, last int
	damage      []*DamageError // of the frames as they stand in the file
	wrong       []*DamageError // of what they unpack to
	recs        []Record
	looked      map[[16]byte]string // what is odd about the bodies that were looked at
	err         error
}

// frames reads all frames of segment number i, on all processors: it holds
// them to their seals, and from Deep on their records to the manifests.
func (v *verifier) frames(i int, g *segment) error {
	groups, err := v.groups(g)
	if err != nil {
		return err
	}
	found := segmentRecords{recs: newList(v.x.recs.dict), at: map[string]int{}}
	rooms := make([]room, runtime.GOMAXPROCS(0))
	for len(groups) > 0 {
		// Some at a time, so that what is found does not pile up.
		some := groups[:min(len(groups), 16*len(rooms))]
		groups = groups[len(some):]
		var next atomic.Int64
		var crew sync.WaitGroup
		for k := range rooms {
			crew.Go(func() {
				for n := int(next.Add(1)) - 1; n < len(some) && v.ctx.Err() == nil; n = int(next.Add(1)) - 1 {
					v.group(&some[n], &rooms[k])
				}
			})
		}
		crew.Wait()
		if v.ctx.Err() != nil {
			return context.Cause(v.ctx)
		}
		for n := range some {
			if err := v.take(&some[n], &found); err != nil {
				return err
			}
			some[n] = frameGroup{}
		}
	}
	if v.rep.Level == Deep {
		v.compare(i, &found)
	}
	return nil
}

// groups parts the frames of a segment.
func (v *verifier) groups(g *segment) (all []frameGroup, err error) {
	end := g.first + g.frames
	for i := g.first; i < end; {
		gr := frameGroup{first: i, last: i}
		for ; gr.last+1 < end; gr.last++ {
			s, err := v.x.sealOf(gr.last)
			if d := (*DamageError)(nil); err != nil && !errors.As(err, &d) {
				return nil, err
			}
			if err != nil || s.flags&flagWhole != 0 {
				break
			}
		}
		all = append(all, gr)
		i = gr.last + 1
	}
	return all, nil
}

// group reads one group, on any goroutine.
func (v *verifier) group(gr *frameGroup, into *room) {
	x, next := v.x, gr.first // the frame that was not yet held to its seal
	into.packed = func(n int, b []byte, s seal) {
		if next = n + 1; sha256.Sum256(b) != s.sum {
			gr.damage = append(gr.damage, &DamageError{x.store.frames[n].off, "a frame that does not have the SHA-256 of its seal"})
		}
	}
	if v.rep.Level == Deep {
		st := &stream{s: &x.store, n: gr.first, last: gr.last, room: into}
		_, err := scanTar(st, func(rec *Record) {
			gr.recs = append(gr.recs, *rec)
			v.lookAt(gr, rec, into.b)
		})
		st.close()
		if d := (*DamageError)(nil); errors.As(err, &d) {
			if d.Offset < 0 {
				d = &DamageError{x.store.frames[gr.first].off, d.What}
			}
			gr.wrong = append(gr.wrong, d)
		} else if err != nil {
			gr.err = err
			return
		}
	}
	for ; next <= gr.last; next++ { // what was not unpacked
		f := x.store.frames[next]
		b, s, err := x.packed(f, x.layout.segs[f.seg].uuid)
		if d := (*DamageError)(nil); errors.As(err, &d) {
			if f.off >= 0 { // a hole is told of elsewhere
				gr.damage = append(gr.damage, d)
			}
			continue
		} else if err != nil {
			gr.err = err
			return
		}
		k := next
		into.packed(k, (*b)[:f.size], s)
		packedPool.Put(b)
		next = k
	}
}

// lookAt has a body looked at that has just been read; raw is the content of
// its frame, if it lies in one.
func (v *verifier) lookAt(gr *frameGroup, rec *Record, raw []byte) {
	if v.look == nil || rec.SameAs != "" || derived(rec.Kind) || !v.look.Wants(rec) {
		return
	}
	read := func() ([]byte, error) { return raw[rec.at.offset:][:rec.Size], nil }
	if gr.first != gr.last {
		read = func() ([]byte, error) { return v.x.read(*rec) }
	}
	if gr.looked == nil {
		gr.looked = map[[16]byte]string{}
	}
	gr.looked[idHash(rec.Kind, rec.SHA256)] = v.look.Odd(rec, read, func() (io.ReadCloser, error) { return v.x.openBody(*rec) })
}

// take notes what was found in a group; groups come in their order.
func (v *verifier) take(gr *frameGroup, found *segmentRecords) error {
	if gr.err != nil {
		return gr.err
	}
	for _, d := range gr.damage {
		v.add(*d)
	}
	for _, d := range gr.wrong {
		v.add(*d)
	}
	found.damaged = found.damaged || len(gr.wrong) > 0
	for i := range gr.recs {
		found.add(&gr.recs[i])
	}
	for k, odd := range gr.looked {
		if v.looked == nil {
			v.looked, v.odd = map[[16]byte]bool{}, map[[16]byte]string{}
		}
		if v.looked[k] = false; odd != "" {
			v.odd[k] = odd
		}
	}
	v.done += gr.last - gr.first + 1
	if v.look != nil && v.look.Progress != nil {
		v.look.Progress(v.done, len(v.x.store.frames))
	}
	return nil
}

// segmentRecords are the records found in the frames of a segment.
type segmentRecords struct {
	recs    *list
	at      map[string]int // by path
	damaged bool
}

func (s *segmentRecords) add(rec *Record) {
	if rec.Kind != kindFirst || s.recs.len() > 0 {
		s.at[rec.Path] = s.recs.len()
		s.recs.add(rec)
	}
}

// compare holds the records of segment number i to its manifests.
func (v *verifier) compare(i int, found *segmentRecords) {
	x := v.x
	from, to := x.starts[i], x.recs.len()-x.late
	if i+1 < len(x.starts) {
		to = x.starts[i+1]
	}
	if !found.damaged && found.recs.len() != to-from {
		v.add(DamageError{-1, fmt.Sprintf("the manifests list %d records, %d are there", to-from, found.recs.len())})
	}
	there, listed := found.recs.now(), x.recs.now()
	for i, l := range listed.all(from, to) {
		k, ok := found.at[l.Path]
		switch {
		case !ok:
			v.problem(Problem{v.offset(l.at), l.Kind, l.ID, "the record is listed, but cannot be read"})
		case !bytes.Equal(there.said(k), listed.said(i)), l.SameAs == "" && there.place(k) != l.at:
			v.problem(Problem{v.offset(l.at), l.Kind, l.ID, "the manifest says otherwise than the record"})
		case l.SameAs != "":
			if o, ok := found.at[l.SameAs]; ok && (!bytes.Equal(there.sum(o), listed.sum(i)) || there.place(o) != l.at) {
				v.problem(Problem{v.offset(l.at), l.Kind, l.ID, "the record that should hold its bytes holds others"})
			}
		}
	}
}

// rest has those bodies looked at that were not met in the frames, such as
// those of a torn end, and tells what is odd in the order of the records.
func (v *verifier) rest() error {
	if v.look == nil {
		return nil
	}
	for _, rec := range v.x.recs.all() {
		if derived(rec.Kind) || !v.look.Wants(&rec) {
			continue
		}
		if v.ctx.Err() != nil {
			return context.Cause(v.ctx)
		}
		k := idHash(rec.Kind, rec.SHA256)
		told, looked := v.looked[k]
		if told {
			continue
		}
		odd := v.odd[k]
		if !looked {
			odd = v.look.Odd(&rec, func() ([]byte, error) { return v.x.read(rec) }, func() (io.ReadCloser, error) { return v.x.openBody(rec) })
		}
		if v.looked == nil {
			v.looked = map[[16]byte]bool{}
		}
		if v.looked[k] = true; odd != "" {
			v.look.odd = append(v.look.odd, Problem{-1, rec.Kind, rec.ID, odd})
		}
	}
	return nil
}
