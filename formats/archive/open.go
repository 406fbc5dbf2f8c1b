package archive

import (
	"errors"
	"fmt"
	"io"
	"sort"
)

// An index is everything that opening a file finds out: where its frames and
// records lie, and what is wrong with it.
type index struct {
	store
	*layout
	recs   *list
	infos  []Info // one a segment
	chain  chain  // of the last segment
	fresh  int    // how many of recs, at the end, no manifest lists yet
	starts []int  // the first of recs in each segment
	late   int    // how many of recs lie in a frame that was never ended
	cut    int64  // bytes of an unended frame that are worth keeping, from layout.end on

	ends *DamageError // its last segments are missing; nil: nothing says so

	byPath map[string][]int // what is listed, for repair; nil until it is asked for
}

// openIndex reads the index of a file of the given size.
func openIndex(r io.ReaderAt, size int64) (*index, error) {
	x := &index{store: store{r: r}, recs: newList(newDictionary())}
	if err := x.find(size); err != nil {
		return nil, err
	}
	x.store.frames, x.store.segs = x.layout.frames, x.layout.segs
	for i, g := range x.layout.segs {
		info, err := x.info(g)
		if err = x.note(err); err != nil {
			return nil, err
		}
		if info.Format != 0 {
			if err := info.mayRead(); err != nil {
				return nil, err
			}
		}
		x.infos = append(x.infos, info)
		if err := x.addSegment(g, i == len(x.layout.segs)-1); err != nil {
			return nil, err
		}
	}
	if x.torn != nil {
		if err := x.addTorn(); err != nil {
			return nil, err
		}
	}
	x.resolve()
	return x, x.lineage()
}

// find sets the layout, unless the file is none of ours.
func (x *index) find(size int64) (err error) {
	if size == 0 {
		return fmt.Errorf("%w: the file is empty", ErrNotArchive)
	}
	if x.layout, err = layoutByTables(x.r, size); err != errNoTable {
		return err
	}
	head := make([]byte, 1024)
	n, err := x.r.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return err
	}
	if !IsArchive(head[:n]) {
		// It may still be ours with its first bytes damaged.
		p := &peeker{r: x.r, end: min(size, 64<<10)}
		_, s, ok := findSeal(p, 0)
		if p.err != nil {
			return p.err
		}
		if !ok || s.seq > 1 {
			return ErrNotArchive
		}
	}
	full, err := x.beforeLast()
	if err != nil {
		return err
	}
	if x.layout, err = layoutByWalk(x.r, size, full); err != nil {
		return err
	}
	if len(x.layout.segs) == 0 {
		return fmt.Errorf("%w, or one whose first frame is damaged: %s", ErrNotArchive, x.why)
	}
	return nil
}

// beforeLast is the layout of all segments of a folder but the last, which may
// lack its table while a writer is at work; nil if they lack theirs as well.
func (x *index) beforeLast() (*layout, error) {
	v, ok := x.r.(*volume)
	if !ok || v.lastBase() == 0 {
		return nil, nil
	}
	full, err := layoutByTables(x.r, v.lastBase())
	if err == errNoTable {
		return nil, nil
	}
	return full, err
}

// note keeps damage in mind and returns any other error.
func (x *index) note(err error) error {
	var d *DamageError
	if errors.As(err, &d) {
		x.damage = append(x.damage, d)
		return nil
	}
	return err
}

// addSegment adds the records of a segment: from its manifests, and from the
// frames themselves where no manifest covers them or the manifests are damaged.
func (x *index) addSegment(g *segment, last bool) error {
	x.starts = append(x.starts, x.recs.len())
	c, err := x.followChain(g, x.recs)
	if err != nil {
		if err := x.note(err); err != nil {
			return err
		}
		c = chain{next: g.first + 1}
	}
	listed := x.recs.len()
	damage, err := x.scanFrames(c.next, g.first+g.frames, x.recs.add)
	if err != nil {
		return err
	}
	x.damage = append(x.damage, damage...)
	x.recs.sortFrom(listed) // compaction moves records; their numbers tell how they were written
	if last {
		x.chain, x.fresh = c, x.recs.len()-listed
	}
	return nil
}

// addTorn adds the whole records of a frame that was never ended. Its content
// is kept in memory, since a writer may change the file under us.
func (x *index) addTorn() error {
	raw, recs, cut, err := x.readTorn(len(x.store.frames))
	if err != nil || len(recs) == 0 {
		return err
	}
	g := x.layout.segs[len(x.layout.segs)-1]
	x.store.frames = append(x.store.frames, frame{off: x.end, seg: int32(len(x.layout.segs) - 1), seq: uint32(g.frames), tail: raw})
	for i := range recs {
		x.recs.add(&recs[i])
	}
	x.cut, x.late = cut, len(recs)
	return nil
}

// readTorn unpacks the unended frame at the end of what is whole: the content
// up to the end of its last whole record, those records as of frame n, and how
// many bytes of the frame make up that content.
func (x *index) readTorn(n int) (raw []byte, recs []Record, cut int64, err error) {
	t := x.torn
	size := t.size
	if size == 0 && len(t.ends) > 0 {
		size = t.ends[len(t.ends)-1]
	}
	b := make([]byte, size)
	if _, err := x.r.ReadAt(b, x.end); err != nil && err != io.EOF {
		return nil, nil, 0, err
	}
	if t.size > 0 { // whole but for its seal
		if raw, err := tailDecoder().DecodeAll(b, nil); err == nil {
			if whole, err := scanTar(streamOf(raw, n), collect(&recs)); err == nil && whole == int64(len(raw)) {
				return raw, recs, size, nil
			}
		}
	}
	return bestPrefix(b, t.ends, n)
}

// bestPrefix finds the longest run of blocks that unpacks and ends with a record.
func bestPrefix(b []byte, ends []int64, n int) ([]byte, []Record, int64, error) {
	good := sort.Search(len(ends), func(i int) bool {
		_, err := decodePrefix(b[:ends[i]])
		return err != nil
	})
	if good == 0 {
		return nil, nil, 0, nil
	}
	raw, err := decodePrefix(b[:ends[good-1]])
	if err != nil {
		return nil, nil, 0, nil
	}
	var recs []Record
	whole, err := scanTar(streamOf(raw, n), collect(&recs))
	if d := (*DamageError)(nil); err != nil && !errors.As(err, &d) {
		return nil, nil, 0, err
	}
	for len(recs) > 0 {
		var at []byte
		k := sort.Search(good, func(i int) bool {
			p, err := decodePrefix(b[:ends[i]])
			found := err != nil || int64(len(p)) >= whole
			if found {
				at = p
			}
			return found
		})
		if k < good && int64(len(at)) == whole {
			return raw[:whole:whole], recs, ends[k], nil
		}
		// A record that ends inside a block, as we never write them: do without it.
		recs = nil
		whole, _ = scanTar(streamOf(raw[:whole-tarBlock], n), collect(&recs))
	}
	return nil, nil, 0, nil
}

// resolve finds the bodies of records that are the same as another and do not
// know yet where that lies.
func (x *index) resolve() {
	v, lost := x.recs.now(), false
	for i := range x.recs.len() {
		lost = lost || v.place(i).frame == noFrame
	}
	if !lost {
		return
	}
	type body struct {
		at  place
		sum string
	}
	bodies := make(map[string]body)
	for i, r := range x.recs.all() {
		if r.SameAs == "" {
			bodies[r.Path] = body{r.at, r.SHA256}
		} else if b, ok := bodies[r.SameAs]; ok && r.at.frame == noFrame && b.sum == r.SHA256 {
			x.recs.setPlace(i, b.at)
		}
	}
}
