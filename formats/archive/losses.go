package archive

import "errors"

// holdings are the bodies that can be saved: tar name to SHA-256, of all segments.
type holdings struct{ bodies map[string][]string }

func (b *rebuild) plan(groups []group) (*holdings, error) {
	h := &holdings{bodies: map[string][]string{}}
	note := func(rec *Record) {
		if rec.SameAs == "" {
			h.bodies[rec.Path] = append(h.bodies[rec.Path], rec.SHA256)
		}
	}
	for i := range groups {
		for k := range groups[i].items {
			note(&groups[i].items[k].rec)
		}
	}
	for seg := range b.x.layout.segs {
		part, err := b.salvaged(seg, groups)
		if err != nil {
			return nil, err
		}
		for i := range part {
			note(&part[i].rec)
		}
	}
	return h, nil
}

// has reports whether the bytes of a record are there: its own always are.
func (h *holdings) has(rec *Record) bool {
	if rec.SameAs == "" {
		return true
	}
	for _, sum := range h.bodies[rec.SameAs] {
		if sum == rec.SHA256 {
			return true
		}
	}
	return false
}

// losses compares what an archive should hold with what is there.
type losses struct {
	x   *index
	res *Rescue
}

func newLosses(x *index, res *Rescue) *losses { return &losses{x, res} }

// segment names what a segment has lost.
func (l *losses) segment(seg int, groups []group, part []piece, plan *holdings) error {
	found, before, deficit := map[string]bool{}, len(l.res.Lost), 0
	var gone []Record
	note := func(rec *Record) {
		if plan.has(rec) {
			found[rec.Path] = true
		} else if !derived(rec.Kind) {
			gone = append(gone, *rec)
		}
	}
	for i := range groups {
		if groups[i].seg == seg {
			for k := range groups[i].items {
				note(&groups[i].items[k].rec)
			}
			n, err := l.deficit(&groups[i])
			if err != nil {
				return err
			}
			deficit += n
		}
	}
	for i := range part {
		note(&part[i].rec)
	}
	from, to := l.x.starts[seg], l.x.recs.len()
	if seg+1 < len(l.x.starts) {
		to = l.x.starts[seg+1]
	}
	for _, rec := range l.x.recs.now().all(from, to) {
		if !derived(rec.Kind) && !found[rec.Path] {
			found[rec.Path] = true
			l.res.lose(&rec)
		}
	}
	for i := range gone {
		if !found[gone[i].Path] {
			found[gone[i].Path] = true
			l.res.lose(&gone[i])
		}
	}
	l.res.Unknown += max(0, deficit-(len(l.res.Lost)-before))
	return nil
}

// deficit is how many records less are in a group than its seals say.
func (l *losses) deficit(gr *group) (n int, err error) {
	if gr.clean {
		return 0, nil
	}
	for i := gr.first; i <= gr.last; i++ {
		s, err := l.x.sealOf(i)
		if d := (*DamageError)(nil); err != nil && !errors.As(err, &d) {
			return 0, err
		}
		if err == nil && s.flags&flagManifest == 0 {
			n += int(s.records)
		}
	}
	return max(0, n-len(gr.items)), nil
}

func (r *Rescue) lose(rec *Record) {
	r.Lost = append(r.Lost, Loss{rec.Kind, rec.ID, rec.URL, rec.FetchedAt, rec.Path, rec.SHA256})
}
