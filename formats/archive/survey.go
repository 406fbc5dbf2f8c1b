package archive

import (
	"crypto/sha256"
	"errors"
	"slices"
)

// A group is the frames from first to last of the old file that hold whole
// records together: one frame, or those of one large body.
type group struct {
	seg, first, last int
	items            []item
	clean            bool // all of it is as it was written
}

// An item is a record found in a group, or in a stretch.
type item struct {
	rec      Record
	from, to int // where its piece lies in the content of a one-frame group
}

// survey looks at every frame of the old file.
func (x *index) survey() (all []group, err error) {
	for seg, g := range x.layout.segs {
		for i := g.first + 1; i < g.first+g.frames; {
			gr := group{seg: seg, first: i, last: i}
			for ; gr.last+1 < g.first+g.frames; gr.last++ {
				s, err := x.sealOf(gr.last)
				if d := (*DamageError)(nil); err != nil && !errors.As(err, &d) {
					return nil, err
				}
				if err != nil || s.flags&flagWhole != 0 {
					break
				}
			}
			if err := x.look(&gr); err != nil {
				return nil, err
			}
			all = append(all, gr)
			i = gr.last + 1
		}
	}
	return all, nil
}

// look finds the records of a group.
func (x *index) look(gr *group) error {
	gr.clean = true
	var damaged *DamageError
	for n := gr.first; n <= gr.last; n++ {
		f := x.store.frames[n]
		b, s, err := x.packed(f, x.layout.segs[f.seg].uuid)
		if err == nil {
			if sha256.Sum256((*b)[:f.size]) != s.sum || s.raw != uint64(f.raw) || s.size != uint64(f.size) {
				err = &DamageError{f.off, "a frame that is not as it was sealed"}
			}
			packedPool.Put(b)
		}
		if err != nil && !errors.As(err, &damaged) {
			return err
		}
		gr.clean = gr.clean && err == nil
	}
	if gr.first != gr.last {
		var recs []Record
		damage, err := x.scanFrames(gr.first, gr.last+1, collect(&recs))
		if gr.clean = gr.clean && len(damage) == 0; gr.clean {
			for _, rec := range recs {
				gr.items = append(gr.items, item{rec: rec})
			}
		}
		return err
	}
	raw, sure, err := x.content(gr)
	if err != nil {
		return err
	}
	pieces, clean := cutPieces(raw)
	if !sure {
		pieces = x.believe(pieces)
	}
	gr.clean = gr.clean && clean
	for _, p := range pieces {
		gr.items = append(gr.items, item{p.rec, p.from, p.from + len(p.b)})
	}
	return nil
}

// content is what the frame of a one-frame group unpacks to, as far as it can
// be unpacked.
func (x *index) content(gr *group) (raw []byte, sure bool, err error) {
	if gr.clean {
		b, err := x.store.frame(gr.first)
		if err == nil {
			defer b.release()
			return slices.Clone(b.raw), true, nil
		}
		if d := (*DamageError)(nil); !errors.As(err, &d) {
			return nil, false, err
		}
	}
	gr.clean = false
	f := x.store.frames[gr.first]
	if f.off < 0 {
		return nil, false, nil
	}
	end := f.off + int64(f.size)
	s := walkFrame(&peeker{r: x.r, end: end}, f.off, nil)
	return unpackAny(x.r, f.off, &s, end)
}
