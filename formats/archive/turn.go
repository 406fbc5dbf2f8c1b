package archive

import (
	"fmt"
	"slices"
)

// turn begins the next segment of a folder if the last one is full. A run that
// is longer than a segment has a manifest in each that it writes to.
func (w *Writer) turn() error {
	v, ok := w.f.(*volume)
	switch {
	case !ok || w.end-w.g.start < v.f.headOr().Size:
		return nil
	case v.closed():
		return w.follow(0)
	}
	return w.nextSegment()
}

// nextSegment ends the segment and begins another.
func (w *Writer) nextSegment() error {
	err := w.follow(flagContinued)
	w.turns++
	return err
}

// follow ends the segment with a mark that another follows, and begins that
// one. The mark must be true at every moment, or a reader would miss what was
// never written: so the new segment is on the disk before the mark is, under a
// name that does not count yet, and gets its own after it.
func (w *Writer) follow(mark uint16) error {
	uuid := newUUID()
	first, err := firstFrame(uuid, w.o.Tool, w.started, w.descent)
	if err != nil {
		return err
	}
	v, inFolder := w.f.(*volume)
	if inFolder {
		if err := v.stage(first); err != nil {
			return err
		}
	}
	if err := w.endMarked(mark); err != nil {
		return err
	}
	seal, _ := parseSeal(first[len(first)-sealSize:])
	g := &segment{start: w.end, uuid: uuid, first: len(w.x.store.frames)}
	if inFolder {
		if err := v.begin(first); err != nil {
			return err
		}
		w.end += int64(len(first))
	} else if err := w.write(first); err != nil {
		return err
	}
	w.g = g
	w.x.store.mu.Lock()
	w.x.layout.segs = append(w.x.layout.segs, g)
	w.x.store.segs = w.x.layout.segs
	w.x.store.mu.Unlock()
	w.took(seal)
	info := Info{Format: 1, UUID: uuidText(uuid), Created: w.started, Tool: w.o.Tool}
	w.descent(&info)
	w.x.infos = append(w.x.infos, info)
	w.x.starts = append(w.x.starts, w.x.recs.len())
	w.x.chain, w.listed = chain{}, w.x.recs.len()
	return nil
}

// finishTurn brings to an end what a writer has begun that was killed between
// two segments.
func (w *Writer) finishTurn() error {
	v, ok := w.f.(*volume)
	switch {
	case !ok:
		return nil
	case w.g.last.flags&flagContinued == 0:
		v.unstage()
		return nil
	}
	if err := w.follow(0); err != nil {
		return err
	}
	return v.f.tidy(v.view) // of what the other writer had begun
}

// descent says in archive.json of a new segment what it follows, and who can
// read it.
func (w *Writer) descent(i *Info) {
	if w.x != nil && len(w.x.infos) > 0 {
		i.After = w.x.infos[len(w.x.infos)-1].UUID
	}
	if f, ok := w.disk.(*folder); ok && f.lock != nil {
		i.Recipients = f.lock.Names()
	}
}

// runFolder is where the manifest of this run stands in the tar stream.
func (w *Writer) runFolder() string {
	if w.turns > 0 {
		return fmt.Sprintf("runs/%s-s%d/", w.o.Run, w.turns+1)
	}
	return "runs/" + w.o.Run + "/"
}

// rest tells a folder that the run has ended.
func (w *Writer) rest() error {
	if v, ok := w.f.(*volume); ok {
		return v.rest(w.g.last.flags&flagContinued != 0)
	}
	return nil
}

// lineage adds to what is wrong that a segment follows another than the one it
// was written after, or none the one that it should, and what is wrong with
// files.
func (x *index) lineage() error {
	v, _ := x.r.(*volume)
	for i, info := range x.infos {
		if info.Format == 0 || i > 0 && x.infos[i-1].Format == 0 {
			continue // said already
		}
		before := ""
		if i > 0 {
			before = x.infos[i-1].UUID
		}
		switch {
		case info.After == before:
		case info.After != "", i > 0 && x.layout.segs[i-1].last.flags&flagContinued != 0:
			x.damage = append(x.damage, &DamageError{x.layout.segs[i].start, "a segment that does not continue the one before it: another is missing between them"})
		case v != nil && v.f.key != nil:
			// Whoever knows the recipients can make a segment, but not tell its forerunner.
			x.damage = append(x.damage, &DamageError{x.layout.segs[i].start, "a segment that was not written as part of this archive"})
		}
	}
	if v != nil {
		for _, g := range x.layout.segs {
			if name := v.misnamed(g.start, uuidText(g.uuid)[:8]); name != "" {
				x.damage = append(x.damage, &DamageError{g.start, name + " holds another segment than its name says"})
			}
		}
		x.damage = append(x.damage, v.faults()...)
	}
	if x.layout.segs[len(x.layout.segs)-1].last.flags&flagContinued == 0 {
		return nil
	}
	name := "its last segment"
	if v != nil {
		there, err := v.followed()
		if there || err != nil {
			return err
		}
		name = v.lastName()
	}
	x.ends = &DamageError{-1, "the end of the archive is missing: " + name + " says that another segment follows, and there is none"}
	x.damage = append(x.damage, x.ends)
	return nil
}

// mayTell makes sure that what is written next can be read by those only for
// whom the archive was made: segments.json can be changed by anybody.
func (x *index) mayTell() error {
	v, ok := x.r.(*volume)
	if !ok || v.f.lock == nil {
		return nil
	}
	if !slices.Equal(v.f.lock.Names(), x.infos[0].Recipients) {
		return &DamageError{-1, folderFile + " names other recipients than the archive was made for; nothing is written for them"}
	}
	return nil
}

// located says of damage in which file of a folder it lies.
func located(r any, offset int64, what string) string {
	if v, ok := r.(*volume); ok {
		if at := v.where(offset); at != "" {
			return what + " (" + at + ")"
		}
	}
	return what
}
