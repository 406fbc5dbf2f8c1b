package archive

import (
	"bytes"
	"cmp"
	"slices"
)

// A loose record is one that gets a new place.
type loose struct {
	gr *group
	it *item
}

// segment writes the records of one segment, those of one kind and id
// together, where the newest of them stood. In a folder it becomes as many
// segments as it needs, cut so that the order of the records stays.
func (c *compaction) segment(seg int, groups []group) error {
	most := int64(0)
	if v, ok := c.w.f.(*volume); ok {
		most = v.f.headOr().Size
	}
	var batch, rest []unit
	for rest = c.units(seg, groups); ; {
		batch, rest = cutUnits(rest, most)
		if err := c.batch(seg, batch); err != nil || len(rest) == 0 {
			return err
		}
		c.settle()
		if err := c.w.nextSegment(); err != nil {
			return err
		}
	}
}

// A unit is what compaction takes as a whole: a group that is copied, or one
// record.
type unit struct {
	gr   *group
	it   *item // nil: the group
	seq  int64
	size int64 // bytes in the old file, about
}

// units are those of a segment, in the order of their records.
func (c *compaction) units(seg int, groups []group) (all []unit) {
	for i := range groups {
		gr := &groups[i]
		size, raw := int64(0), int64(1)
		for n := gr.first; n <= gr.last; n++ {
			size += int64(c.x.store.frames[n].size)
			raw += int64(c.x.store.frames[n].raw)
		}
		touched := slices.ContainsFunc(gr.items, func(it item) bool { return !c.untouched(seg, &it.rec) })
		if !touched && (gr.first != gr.last || len(gr.items) == 1 && compressed(&gr.items[0].rec.Meta)) {
			all = append(all, unit{gr: gr, seq: gr.items[len(gr.items)-1].rec.Seq, size: size})
			continue
		}
		for k := range gr.items {
			if it := &gr.items[k]; !derived(it.rec.Kind) {
				share := size
				if gr.first == gr.last {
					share = size * int64(it.to-it.from) / raw
				}
				all = append(all, unit{gr, it, it.rec.Seq, share})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b unit) int { return cmp.Compare(a.seq, b.seq) })
	return all
}

// cutUnits takes units from the beginning until they make up most bytes; 0
// takes all.
func cutUnits(all []unit, most int64) (batch, rest []unit) {
	sum := int64(0)
	for i := range all {
		if sum += all[i].size; most > 0 && sum >= most {
			return all[:i+1], all[i+1:]
		}
	}
	return all, nil
}

// batch writes the units of one segment.
func (c *compaction) batch(seg int, units []unit) error {
	var all []loose
	newest := map[string]int64{}
	for _, u := range units {
		if u.it == nil {
			if err := c.copyGroup(u.gr); err != nil {
				return err
			}
			continue
		}
		all = append(all, loose{u.gr, u.it})
		id := u.it.rec.Kind + "\x00" + u.it.rec.ID
		newest[id] = max(newest[id], u.it.rec.Seq)
	}
	slices.SortStableFunc(all, func(a, b loose) int {
		x, y := &a.it.rec, &b.it.rec
		return cmp.Or(cmp.Compare(newest[x.Kind+"\x00"+x.ID], newest[y.Kind+"\x00"+y.ID]), cmp.Compare(x.Seq, y.Seq))
	})
	for _, l := range all {
		if err := c.move(seg, l); err != nil {
			return err
		}
	}
	return c.flush()
}

// untouched reports whether a record's entries stay as they are.
func (c *compaction) untouched(seg int, rec *Record) bool {
	_, body := c.bodies[rec.SHA256]
	return !c.edits[key(seg, rec)].Drop && !body && c.heirs[rec.SameAs+rec.SHA256] == ""
}

// move writes one record in its new place, changed if it is to be.
func (c *compaction) move(seg int, l loose) error {
	rec := l.it.rec
	if c.edits[key(seg, &rec)].Drop {
		c.out.Dropped++
		return nil
	}
	if l.gr.first != l.gr.last {
		return c.large(l)
	}
	frame, err := c.x.store.frame(l.gr.first)
	if err != nil {
		return err
	}
	p := piece{rec: rec, b: slices.Clone(frame.raw[l.it.from:l.it.to])}
	frame.release()
	if c.untouched(seg, &rec) {
		return c.add(p)
	}
	meta, err := metaOf(p)
	if err != nil {
		return err
	}
	var body []byte
	if rec.SameAs == "" {
		body = p.b[rec.at.offset:][:rec.Size]
	}
	return c.changed(rec, meta, body)
}

// changed writes a record whose body is another, or lies elsewhere, than before.
func (c *compaction) changed(rec Record, meta, body []byte) error {
	heir := c.heirs[rec.SameAs+rec.SHA256]
	if rec.SameAs != "" && heir == rec.Path {
		for i := range c.dropped {
			if d := &c.dropped[i]; d.Path == rec.SameAs && d.SHA256 == rec.SHA256 && d.SameAs == "" {
				var err error
				if body, err = c.x.read(*d); err != nil {
					return err
				}
				break
			}
		}
		rec.SameAs = ""
	} else if heir != "" {
		rec.SameAs = heir
	}
	if e, ok := c.bodies[rec.SHA256]; ok {
		c.out.Edited++
		rec.Size, rec.SHA256, rec.Note = int64(len(e.Body)), sumOf(e.Body), e.Note
		body = e.Body
	}
	if rec.SameAs == "" && len(body) > largeBody {
		return c.spread(rec, meta, body)
	}
	p, err := entries(rec, meta, body)
	if err != nil {
		return err
	}
	return c.add(p)
}

// large writes a record that spans frames and is changed.
func (c *compaction) large(l loose) error {
	st := &stream{s: &c.x.store, n: l.gr.first, last: l.gr.last}
	defer st.close()
	t := tarScan{st: st, sum: newSum()}
	rec, err := t.next()
	for err == nil && rec.Path != l.it.rec.Path {
		rec, err = t.next()
	}
	if err != nil {
		return err
	}
	body, err := c.x.read(rec)
	if err != nil {
		return err
	}
	meta, err := metaJSON(&rec.Meta)
	if err != nil {
		return err
	}
	return c.changed(rec, meta, body)
}

// spread writes a body that spans frames.
func (c *compaction) spread(rec Record, meta, body []byte) error {
	if err := c.flush(); err != nil {
		return err
	}
	meta, err := reword(meta, &rec.Meta)
	if err == nil {
		err = c.w.putLarge(&rec, bytes.NewReader(body), meta, c.flags)
	}
	if err == nil {
		c.w.x.recs.add(&rec)
	}
	return err
}
