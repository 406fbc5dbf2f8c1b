package archive

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// KindTombstone marks what was removed from the archive for good, under its
// id: a fetch must not bring it back.
const KindTombstone = "tombstone"

// An Edit is what is to be done with a record: nothing, if it is zero.
type Edit struct {
	Drop bool
	Body []byte // the new body, if not nil; records with the same bytes get it too
	Note string // for the meta of a record with a new body: why it is not what was received
}

// CompactOptions of [Compact]. The zero value packs and changes nothing.
type CompactOptions struct {
	Options
	// Edit is asked about each record, in the order of writing; read gives its
	// body. nil keeps everything.
	Edit func(rec Record, read func() ([]byte, error)) (Edit, error)
	// Last may put further records, after all others; nil means none.
	Last func(put func(Meta, []byte) (Record, error), dropped []Record) error
	// Output is where the new archive is to stand, whose name must be free and
	// which has the Shape of Options; "" means in the place of the old one, as
	// which it is then stored. With a slash at its end it is a folder.
	Output string
	// Decrypt allows the Output of an encrypted archive to be a plain one; else
	// it is encrypted as the Shape says, or as the old one is.
	Decrypt bool
}

// A Packing is what [Compact] did.
type Packing struct {
	Before, After   int64 // bytes of the file
	Records         int   // in the new file
	Dropped, Edited int
	Replaced        bool // false if the archive is as small as it can be made, and was left alone
}

// What compaction makes frames of: versions of one conversation that lie in
// one window cost a twentieth of what they cost apart.
const packedRaw = 4 << 20

var packEncoder = sync.OnceValue(func() *zstd.Encoder { return newEncoder(zstd.SpeedBetterCompression, packedRaw) })

// Compact writes the archive anew, all records of one kind and id side by
// side, in larger frames and better compressed. The order of the records, and
// all that is said of them, stays; manifests are made anew. The new file takes
// the place of the old one, in one step, after [Verify] has found it whole; an
// archive that is damaged is refused and left alone. It needs the writer's
// lock, and room for a second file.
func Compact(path string, o CompactOptions) (Packing, error) {
	d, name, err := locate(path, o.Keys)
	var p Packing
	if err == nil {
		p, err = compact(d, name, o)
	}
	if locked := (*LockedError)(nil); err != nil && !errors.As(err, &locked) {
		err = fmt.Errorf("%s: %w", path, bare(err))
	}
	return p, err
}

func compact(d disk, path string, o CompactOptions) (p Packing, err error) {
	if _, err := d.stat(path); err != nil {
		return p, err // Append would create it
	}
	to, name := d, path
	if o.Output != "" {
		if to, name, err = locateCopy(d, o.Output, o.Options, o.Decrypt); err == nil {
			err = freeName(osDisk{}, name)
		}
		if err != nil {
			return p, err
		}
	}
	w, err := appendTo(d, path, o.Options)
	if err != nil {
		return p, err
	}
	open := true
	defer func() {
		if open {
			w.f.Close()
		}
		w.lock.Close()
	}()
	c := &compaction{x: w.x, o: o, out: &p, edits: map[string]Edit{}, bodies: map[string]Edit{}, heirs: map[string]string{}}
	p.Before = w.end
	if c.groups, err = w.x.survey(); err != nil {
		return p, err
	}
	if err = c.decide(); err != nil {
		return p, err
	}
	part := w.path + compactMark
	if o.Output != "" {
		part = name + stagingMark
	}
	c.rebuild, err = startRebuild(to, part, w.x, w.end, w.o)
	if err != nil {
		return p, err
	}
	defer func() {
		if !p.Replaced {
			c.abandon()
		}
	}()
	c.enc, c.limit, c.flags = packEncoder(), packedRaw, flagCompacted
	if err = c.all(); err != nil {
		return p, err
	}
	if err := c.w.endRun(); err != nil {
		return p, err
	}
	p.After = c.w.end
	if o.Output != "" {
		_, err = c.end(name, false)
		p.Replaced = err == nil
		return p, err
	}
	if o.Edit == nil && p.After >= p.Before {
		p.After = p.Before
		open = false
		return p, w.Close()
	}
	if err := w.stillOurs(); err != nil {
		return p, err
	}
	open = false
	if err := w.f.Close(); err != nil { // some systems do not rename over open files
		return p, err
	}
	_, err = c.end(w.path, true)
	p.Replaced = err == nil
	return p, err
}

// A compaction is at work.
type compaction struct {
	*rebuild
	x       *index
	o       CompactOptions
	out     *Packing
	groups  []group
	edits   map[string]Edit   // by record
	bodies  map[string]Edit   // new bodies, by the SHA-256 of the old ones
	heirs   map[string]string // tar name and SHA-256 of a dropped body -> tar name of who holds it now
	dropped []Record
}

// key names a record in a file that may consist of several segments.
func key(seg int, rec *Record) string { return fmt.Sprint(seg, " ", rec.Seq, " ", rec.Path) }

// decide asks about every record, and finds heirs of bodies that others need.
func (c *compaction) decide() error {
	held := map[string]Record{} // by name and hash
	gone := map[string]bool{}
	for i := range c.groups {
		gr := &c.groups[i]
		if !gr.clean {
			return fmt.Errorf("%w; verify and repair it first", &DamageError{c.x.store.frames[gr.first].off, "a frame that is not as it was sealed"})
		}
		for k := range gr.items {
			rec := &gr.items[k].rec
			if derived(rec.Kind) {
				continue
			}
			if rec.SameAs == "" {
				full := *rec
				full.at.frame = int32(gr.first)
				if gr.first == gr.last {
					full.at.offset += uint32(gr.items[k].from)
				}
				held[rec.Path+rec.SHA256] = full
				rec = &full
			}
			if err := c.ask(gr.seg, *rec, held, gone); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *compaction) ask(seg int, rec Record, held map[string]Record, gone map[string]bool) error {
	if c.o.Edit == nil {
		return nil
	}
	source, known := held[rec.SameAs+rec.SHA256]
	if rec.SameAs == "" {
		source, known = rec, true
	}
	e, err := c.o.Edit(rec, func() ([]byte, error) {
		if !known {
			return nil, within(rec, &DamageError{-1, "the record that holds its bytes is not in this archive"})
		}
		return c.x.read(source)
	})
	if err != nil {
		return err
	}
	switch {
	case e.Drop:
		c.dropped = append(c.dropped, rec)
		if rec.SameAs == "" {
			gone[rec.Path+rec.SHA256] = true
		}
	case e.Body != nil:
		c.bodies[rec.SHA256] = e
	}
	c.edits[key(seg, &rec)] = e
	if id := rec.SameAs + rec.SHA256; !e.Drop && rec.SameAs != "" && gone[id] && c.heirs[id] == "" {
		c.heirs[id] = rec.Path
	}
	return nil
}

// all writes every segment, then what comes last.
func (c *compaction) all() error {
	begun := false
	for seg := range c.x.layout.segs {
		groups := c.groups[:0:0]
		for i := range c.groups {
			if c.groups[i].seg == seg && slices.ContainsFunc(c.groups[i].items, func(it item) bool { return !derived(it.rec.Kind) }) {
				groups = append(groups, c.groups[i])
			}
		}
		if len(groups) == 0 && (begun || seg+1 < len(c.x.layout.segs)) {
			continue
		}
		if begun {
			if err := c.w.nextSegment(); err != nil {
				return err
			}
		}
		begun = true
		if err := c.segment(seg, groups); err != nil {
			return err
		}
		c.settle()
	}
	c.out.Records = 0
	if c.o.Last != nil {
		if err := c.o.Last(c.w.Put, c.dropped); err != nil {
			return err
		}
		if err := c.w.sealOpen(); err != nil {
			return err
		}
	}
	for v, i := c.w.x.recs.now(), 0; i < c.w.x.recs.len(); i++ {
		if !derived(v.kind(i)) {
			c.out.Records++
		}
	}
	return nil
}
