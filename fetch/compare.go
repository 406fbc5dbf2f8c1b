package fetch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"gptsnap/formats/archive"
	"gptsnap/formats/chatgpt"
)

// Archiving, starring and renaming do not move a conversation's time of last
// change, and a deleted one is only absent; so lists are compared with the
// lists of the run before.

// compare finds what lists tell of conversations that did not change
// otherwise. Titles are compared between lists only, because a list and a body
// may always have differed.
func (r *run) compare(l *listing) {
	before := map[string]chatgpt.Item{}
	var pages []archive.Record
	for _, rec := range r.held {
		if rec.Kind == archive.KindListing {
			pages = append(pages, rec)
		}
	}
	sortBySeq(pages)
	for _, rec := range pages {
		raw, err := r.read(rec)
		if err != nil {
			continue // then nothing is known of before
		}
		page, err := chatgpt.DecodeListing(raw)
		if err != nil {
			continue
		}
		for _, item := range page.Items {
			before[item.ID] = item
		}
	}
	for _, now := range l.items {
		was, known := before[now.ID]
		switch {
		case !known:
		case now.Archived && !was.Archived:
			r.report.Archived = append(r.report.Archived, now.ID)
		case !now.Archived && was.Archived:
			r.report.Restored = append(r.report.Restored, now.ID)
		}
		if known && now.Title != was.Title {
			r.report.Renamed = append(r.report.Renamed, now.ID)
		}
	}
}

// mostUnlisted bounds how many conversations that fell out of the lists one
// run asks for: when they are many, something else is wrong.
const mostUnlisted = 100

// unlisted asks for conversations that are held but in no list any more. The
// archived list was seen to leave out some that still exist, so only the
// server's own word makes one deleted; what is held of it stays in any case.
func (r *run) unlisted(ctx context.Context, l *listing) error {
	if r.o.plain || len(r.report.Problems) > 0 || !r.o.Since.IsZero() || !r.parts["projects"] {
		return nil // the lists are not known to be whole
	}
	var lost []archive.Record
	for _, rec := range r.held {
		// What was only imported may be of an older account, or temporary.
		if _, listed := l.at[rec.ID]; rec.Kind == archive.KindConversation && !listed && rec.Method != "" && !isRoom(rec) {
			lost = append(lost, rec)
		}
	}
	slices.SortFunc(lost, func(a, b archive.Record) int {
		return cmp.Or(b.Updated.Compare(a.Updated), cmp.Compare(a.ID, b.ID))
	})
	known := r.memo.Unlisted
	r.memo.Unlisted = map[string]string{}
	asked := 0
	for i, rec := range lost {
		if known[rec.ID] == "gone" {
			r.memo.Unlisted[rec.ID] = "gone"
			continue
		}
		if asked++; asked > mostUnlisted {
			r.report.Problems = append(r.report.Problems, fmt.Sprintf("%d conversations are in no list any more and were not looked for", len(lost)-i))
			return nil
		}
		b, err := r.one(ctx, rec.ID)
		status := (*StatusError)(nil)
		switch {
		case err == nil:
			r.memo.Unlisted[rec.ID] = "there"
			r.report.Unlisted = append(r.report.Unlisted, rec.ID)
			if b.head.Updated.After(rec.Updated.Add(rounding)) {
				r.report.Changed++
				if err := r.keep(ctx, chatgpt.Item{ID: rec.ID, Updated: b.head.Updated}, b); err != nil {
					return err
				}
			}
		case ctx.Err() != nil || r.client.fatal(err) != nil:
			return err
		case errors.As(err, &status) && (status.Deleted() || notFound(err)):
			r.memo.Unlisted[rec.ID] = "gone"
			r.report.Gone = append(r.report.Gone, rec.ID)
		default:
			r.report.fail(rec.ID, "", err)
		}
	}
	return nil
}

func sortBySeq(records []archive.Record) {
	slices.SortFunc(records, func(a, b archive.Record) int { return cmp.Compare(a.Seq, b.Seq) })
}
