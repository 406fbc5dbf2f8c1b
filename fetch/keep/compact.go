package keep

import (
	"fmt"
	"strings"
	"time"

	"gptsnap/formats/archive"
	"gptsnap/formats/source"
)

// A Packed is what [Compact] did.
type Packed struct {
	archive.Packing
	Removed, Swept []archive.Record
	Copies         []string // files beside the archive that may hold what was removed
}

// Compact packs an archive as o says, and removes the conversations that selectors
// (ids, prefixes of 8 characters or more, chat URLs) name.
func Compact(path string, o archive.CompactOptions, selectors []string) (Packed, error) {
	var d *redaction
	if len(selectors) > 0 {
		ids, err := chosen(path, o.Keys, selectors)
		if err != nil {
			return Packed{}, err
		}
		r, err := archive.Open(path, o.Keys)
		if err != nil {
			return Packed{}, err
		}
		d, err = newRedaction(r, ids)
		r.Close()
		if err != nil {
			return Packed{}, err
		}
		o.Edit = d.edit
		o.Last = func(put func(archive.Meta, []byte) (archive.Record, error), _ []archive.Record) error {
			return d.tombstones(put, time.Now().UTC())
		}
	}
	p, err := archive.Compact(path, o)
	out := Packed{Packing: p}
	if d != nil && err == nil {
		out.Removed, out.Swept, out.Copies = d.Records, d.Swept, copies(path)
		if o.Output != "" {
			out.Copies = append([]string{path}, out.Copies...)
		}
	}
	return out, err
}

// chosen are the ids that selectors name.
func chosen(path string, keys *archive.Keys, selectors []string) (map[string]bool, error) {
	src, err := source.Open(path, keys)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	if src.Name != "archive" {
		return nil, source.Fail(source.ExitUsage, "", "%s is no archive of ours; nothing is removed from it", path)
	}
	some, err := src.Select(source.Selection{IDs: selectors})
	if err != nil {
		return nil, err
	}
	ids := map[string]bool{}
	for e, err := range some.Entries {
		if err != nil {
			return nil, err
		}
		ids[e.ID] = true
	}
	return ids, nil
}

// sheet is what Compact did, as the command prints it.
func (p *Packed) sheet() *sheet {
	s := &sheet{report: "compact", scope: map[string]any{"source": "archive"}, columns: []string{"kind", "id", "fetched"}, rows: []map[string]any{}}
	for _, all := range [][]archive.Record{p.Removed, p.Swept} {
		for _, rec := range all {
			s.rows = append(s.rows, map[string]any{"kind": rec.Kind, "id": rec.ID, "fetched": rec.FetchedAt.Format(time.RFC3339)})
		}
	}
	s.total = map[string]any{"before": p.Before, "after": p.After, "records": p.Records, "removed": len(s.rows), "edited": p.Edited, "replaced": p.Replaced}
	return s
}

func (p *Packed) says(path, output string) string {
	if output != "" {
		path = output
	}
	if !p.Replaced {
		return fmt.Sprintf("%s: %s, cannot be made smaller; left as it is", path, bytesOf(p.Before))
	}
	s := fmt.Sprintf("%s: %s, was %s; %s, every byte verified", path, bytesOf(p.After), bytesOf(p.Before), count(p.Records, "record"))
	if n := len(p.Removed) + len(p.Swept); n > 0 {
		s += fmt.Sprintf("\n%s removed for good, %d edited", count(n, "record"), p.Edited)
	}
	for _, rec := range p.Swept {
		s += fmt.Sprintf("\nremoved whole, since it told of them and is no list that could be edited: %s %q", rec.Kind, rec.ID)
	}
	if len(p.Removed) > 0 {
		s += "\nout of reach: backups and other copies of the archive, exports, and what convert has written; remove those yourself" +
			"\nthe server's lists name a chat as long as it is there: delete it there too"
		if len(p.Copies) > 0 {
			s += "\nbeside the archive lies what may hold it still: " + strings.Join(p.Copies, ", ")
		}
	}
	return s
}
