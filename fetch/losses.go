package fetch

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"gptsnap/formats/archive"
	"gptsnap/formats/chatgpt"
)

// A repair leaves in the archive a list of what it could not save. What the
// server still has of that is had again: conversations by every run, since
// they are not held, or by --retry-failed without a look at the lists; files
// likewise, though the conversations that name them did not change.

// learnLosses finds what repairs have lost and nothing has brought back since.
func (r *run) learnLosses(records []archive.Record) {
	at := map[string]int{} // in r.losses, by kind and id
	for _, rec := range records {
		if rec.Kind != archive.KindRepair {
			if i, ok := at[rec.Kind+"/"+rec.ID]; ok && rec.Status < 400 {
				r.losses[i].ID = "" // it is there again
				delete(at, rec.Kind+"/"+rec.ID)
			}
			continue
		}
		raw, err := r.read(rec)
		var rescue archive.Rescue
		if err != nil || json.Unmarshal(raw, &rescue) != nil {
			continue // then every run brings back what it can
		}
		for _, loss := range rescue.Lost {
			if _, known := at[loss.Kind+"/"+loss.ID]; !known && loss.ID != "" {
				at[loss.Kind+"/"+loss.ID] = len(r.losses)
				r.losses = append(r.losses, loss)
			}
		}
	}
}

// lostItems are the conversations that repairs have lost. Of the rest it says
// what brings them back.
func (r *run) lostItems() (items []chatgpt.Item) {
	imported, later := 0, 0
	for _, loss := range r.losses {
		switch {
		case loss.ID == "" || loss.Kind == archive.KindLedger || loss.Kind == kindMemo || loss.Kind == archive.KindTombstone:
		case loss.URL == "":
			imported++
		case loss.Kind == archive.KindConversation && !strings.Contains(loss.URL, roomPath):
			if !r.held.removed(loss.ID) {
				items = append(items, chatgpt.Item{ID: loss.ID})
			}
		case loss.Kind == archive.KindFile || singly(loss.Kind) != nil:
		default:
			later++
		}
	}
	if imported > 0 {
		r.report.Problems = append(r.report.Problems, fmt.Sprintf("%s that a repair lost had been imported: import the same files again", count(imported, "record")))
	}
	if later > 0 {
		r.progress(Progress{Note: fmt.Sprintf("%s that a repair lost are of lists or of the account, which every fetch reads anew", count(later, "record"))})
	}
	return items
}

// singly is the endpoint that gives a record of a kind by its id alone.
func singly(kind string) *endpoint {
	for _, e := range []endpoint{oneGPT, textdocs, oneShare} {
		if e.Kind == kind {
			return &e
		}
	}
	return nil
}

// getLost gets what repairs have lost that is neither conversation nor file,
// or the canvas documents of it alone: of the rest, whoever reads the lists
// finds that it is not held.
func (r *run) getLost(ctx context.Context, canvasOnly bool) error {
	for i := range r.losses {
		loss := &r.losses[i]
		e := singly(loss.Kind)
		if loss.ID == "" || loss.URL == "" || e == nil || !r.parts[e.Part] || canvasOnly && loss.Kind != KindCanvas {
			continue
		}
		a, err := r.client.fetch(ctx, *e, r.client.address(*e, loss.ID, nil), validJSON)
		if err == nil {
			r.report.Parts++
			err = r.store(page{*e, loss.ID, a})
		}
		if err := r.optional(ctx, fmt.Sprintf("%s %s", e.Name, clean(loss.ID)), err); err != nil {
			return err
		}
		loss.ID = ""
	}
	return nil
}

// lostFiles are the files that repairs have lost.
func (r *run) lostFiles() (wants []want) {
	for _, loss := range r.losses {
		if loss.Kind != archive.KindFile || loss.ID == "" || r.files.held[loss.ID] {
			continue
		}
		if link, ok := r.here(loss.URL); ok {
			wants = append(wants, want{id: loss.ID, link: link})
		}
	}
	return wants
}

// here is the address under which a record was had, at the server as it is
// now: it may have moved.
func (r *run) here(raw string) (string, bool) {
	at, err := url.Parse(raw)
	if err != nil || raw == "" {
		return "", false
	}
	at.Scheme, at.Host = r.client.base.Scheme, r.client.base.Host
	return at.String(), true
}
