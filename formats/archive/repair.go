package archive

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// KindRepair is what [Repair] leaves in the new file: a [Rescue] as JSON.
const KindRepair = "repair"

// A Loss is a record that a damaged archive listed and that could not be
// saved. A fetch gets again what the server still has.
type Loss struct {
	Kind      string    `json:"kind"`
	ID        string    `json:"id"`
	URL       string    `json:"url,omitempty"`
	FetchedAt time.Time `json:"fetched_at"`
	Path      string    `json:"path"`
	SHA256    string    `json:"sha256"`
}

// A Rescue is what [Repair] did.
type Rescue struct {
	V        int       `json:"v"` // 1
	Source   string    `json:"source"`
	When     time.Time `json:"when"`
	Frames   int       `json:"frames"`            // copied bit by bit
	Records  int       `json:"records"`           // in the new file
	Salvaged int       `json:"salvaged"`          // of them, those from frames that were damaged or torn
	Lost     []Loss    `json:"lost"`              // records that the lists name, or that name bytes that are gone
	Unknown  int       `json:"unknown"`           // lost ones of which only their number is known, since no list names them
	Missing  []string  `json:"missing,omitempty"` // what is wrong with whole segments, whose records nobody knows
}

// Repair saves what can be saved of the archive src in the new file dst, which
// must not exist. Frames that are as they were sealed are copied bit by bit;
// of others, of torn ends and of stretches that belong to no frame, each
// record is taken whose bytes have the SHA-256 that its meta states, and no
// other. Archives that were joined stay joined; one that is torn in the middle
// loses nothing after the tear. src is only read. The new file appears under
// its name only after [Verify] has found it whole.
func Repair(src, dst string, o Options) (Rescue, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Tool == "" {
		o.Tool = "gptsnap"
	}
	d, name, err := locate(src, o.Keys)
	var res Rescue
	if err == nil {
		res, err = repair(d, name, dst, o)
	}
	if err != nil {
		return Rescue{}, fmt.Errorf("%s: %w", src, err)
	}
	return res, nil
}

func repair(d disk, src, dst string, o Options) (res Rescue, err error) {
	to := d
	if _, ours := d.(*folder); ours || isFolderPath(dst) {
		if to, dst, err = locateCopy(d, dst, o, false); err != nil {
			return res, err
		}
	}
	if err := freeName(under(to), dst); err != nil {
		return res, err
	}
	f, size, err := openFile(d, src, os.O_RDONLY)
	if err != nil {
		return res, err
	}
	defer f.Close()
	x, err := openIndex(f, size)
	if err != nil {
		return res, err
	}
	groups, err := x.survey()
	if err != nil {
		return res, bare(err)
	}
	res = Rescue{V: 1, Source: filepath.Base(src), When: clean(o.Now()), Lost: []Loss{}}
	if v, ok := f.(*volume); ok {
		for _, d := range v.faults() {
			res.Missing = append(res.Missing, d.What)
		}
	}
	if x.ends != nil {
		res.Missing = append(res.Missing, x.ends.What)
	}
	b, err := startRebuild(to, dst+stagingMark, x, size, o)
	if err != nil {
		return res, err
	}
	if err = b.rescue(groups, &res); err == nil {
		_, err = b.end(dst, false)
	}
	if err != nil {
		b.abandon()
	}
	return res, err
}

// rescue writes all that can be saved.
func (b *rebuild) rescue(groups []group, res *Rescue) error {
	plan, err := b.plan(groups)
	if err != nil {
		return err
	}
	lost := newLosses(b.x, res)
	begun := false
	for seg := range b.x.layout.segs {
		part, err := b.salvaged(seg, groups)
		if err != nil {
			return err
		}
		if err := lost.segment(seg, groups, part, plan); err != nil {
			return err
		}
		if b.empty(seg, groups, part) {
			continue
		}
		if begun {
			if err := b.w.nextSegment(); err != nil {
				return err
			}
		}
		begun = true
		for i := range groups {
			if groups[i].seg != seg {
				continue
			}
			if err := b.keep(&groups[i], plan, res); err != nil {
				return err
			}
		}
		for _, p := range part {
			if plan.has(&p.rec) {
				res.Salvaged++
				if err := b.add(p); err != nil {
					return err
				}
			}
		}
		if err := b.flush(); err != nil {
			return err
		}
		b.settle()
	}
	res.Records = b.w.x.recs.len()
	for v, i := b.w.x.recs.now(), 0; i < b.w.x.recs.len(); i++ {
		if derived(v.kind(i)) {
			res.Records--
		}
	}
	body, err := json.MarshalIndent(res, "", " ")
	if err != nil {
		return err
	}
	_, err = b.w.Put(Meta{Kind: KindRepair, ID: "repair", FetchedAt: res.When, Media: "application/json"}, append(body, '\n'))
	return err
}

// keep copies a group, or what is whole in it.
func (b *rebuild) keep(gr *group, plan *holdings, res *Rescue) error {
	whole, keep := gr.clean && len(gr.items) > 0, 0
	for i := range gr.items {
		ok := !derived(gr.items[i].rec.Kind) && plan.has(&gr.items[i].rec)
		whole = whole && ok
		if ok {
			keep++
		}
	}
	switch {
	case whole:
		res.Frames += gr.last - gr.first + 1
		if err := b.flush(); err != nil {
			return err
		}
		return b.copyGroup(gr)
	case keep == 0:
		return nil
	}
	raw, _, err := b.x.content(gr)
	if err != nil {
		return err
	}
	for _, it := range gr.items {
		if derived(it.rec.Kind) || !plan.has(&it.rec) {
			continue
		}
		if !gr.clean {
			res.Salvaged++
		}
		if err := b.add(piece{rec: it.rec, b: raw[it.from:it.to]}); err != nil {
			return err
		}
	}
	return nil
}

// salvaged are the records in the stretches of a segment that its frames do
// not hold.
func (b *rebuild) salvaged(seg int, groups []group) (all []piece, err error) {
	have := map[string]bool{}
	for i := range groups {
		if groups[i].seg == seg {
			for _, it := range groups[i].items {
				have[it.rec.Path] = true
			}
		}
	}
	for _, s := range b.x.stretches(b.size) {
		if s.seg != seg {
			continue
		}
		err := s.frames(b.x.r, func(raw []byte, sure bool) error {
			pieces, _ := cutPieces(raw)
			if !sure {
				pieces = b.x.believe(pieces)
			}
			for _, p := range pieces {
				if !derived(p.rec.Kind) && !have[p.rec.Path] {
					have[p.rec.Path] = true
					all = append(all, p)
				}
			}
			return nil
		})
		if err != nil {
			return nil, bare(err)
		}
	}
	return all, nil
}

func (b *rebuild) empty(seg int, groups []group, part []piece) bool {
	for i := range groups {
		if groups[i].seg == seg && len(groups[i].items) > 0 {
			return false
		}
	}
	return len(part) == 0 && seg+1 < len(b.x.layout.segs)
}
