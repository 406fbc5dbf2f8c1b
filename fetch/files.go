package fetch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"

	"gptsnap/formats/archive"
	"gptsnap/formats/chatgpt"
)

// Which files a run gets.
const (
	FilesAll    = "all"
	FilesImages = "images"
	FilesNone   = "none"
)

// files is what a run knows about the files of conversations and projects.
//
// A file is got right after the conversation that names it, since what code
// wrote is kept by the server for a short time only. It is kept once, under
// the id that [source.FileID] gives. One that the server does not give any
// more leaves a record of kind [archive.KindMissing] that says why, and is not
// asked for again; one that could not be got for another reason leaves the
// same with a status of 0 or 500 and above, and is asked for by the next run.
type files struct {
	mode     string
	most     int64                     // bytes of one file; 0 means no bound
	held     map[string]bool           // by id
	missing  map[string]archive.Record // the last word on what is not held
	asked    map[string]bool           // in this run
	attended map[string]bool           // conversations whose files this run looked after
	newest   int64                     // Seq of the last record before this run
	backlog  bool                      // conversations from before this run may not have been looked after
}

func newFiles(o Options) (*files, error) {
	f := &files{mode: o.Files, most: o.MaxFileSize, held: map[string]bool{}, missing: map[string]archive.Record{}, asked: map[string]bool{}, attended: map[string]bool{}}
	switch f.mode {
	case "":
		f.mode = FilesAll
	case FilesAll, FilesImages, FilesNone:
	default:
		return nil, fmt.Errorf("--files is all, images or none, not %q", o.Files)
	}
	if o.plain {
		f.mode = FilesNone
	}
	return f, nil
}

func (f *files) learn(records []archive.Record) {
	for _, rec := range records {
		f.newest = max(f.newest, rec.Seq)
		switch rec.Kind {
		case archive.KindFile:
			f.held[rec.ID] = true
			delete(f.missing, rec.ID)
		case archive.KindMissing:
			if !f.held[rec.ID] {
				f.missing[rec.ID] = rec
			}
		}
	}
}

// lost reports whether a missing file is one that the server does not give.
func lostFile(rec archive.Record) bool { return rec.Status >= 200 && rec.Status < 500 }

// attend gets what belongs to a conversation: its canvas documents and files.
func (r *run) attend(ctx context.Context, rec archive.Record, body []byte) error {
	if r.parts["canvas"] && bytes.Contains(body, []byte(`"textdoc_id"`)) {
		if old, ok := r.held.latest(KindCanvas, rec.ID); !ok || old.Seq < rec.Seq {
			a, err := r.client.fetch(ctx, textdocs, r.client.address(textdocs, rec.ID, nil), validJSON)
			if err == nil {
				r.report.Parts++
				err = r.store(page{textdocs, rec.ID, a})
			}
			if err := r.optional(ctx, "canvas documents of "+clean(rec.ID), err); err != nil {
				return err
			}
		}
	}
	if r.files.mode == FilesNone || !r.parts["files"] || !namesFiles(body) {
		return nil
	}
	c, err := chatgpt.Decode(body)
	if err != nil {
		r.report.Problems = append(r.report.Problems, fmt.Sprintf("the files of %s are not known: %v", clean(rec.ID), err))
		return nil
	}
	for _, f := range filesOf(c, r.files.mode) {
		w, ok := r.want(f, rec.ID, "")
		if !ok {
			continue
		}
		if err := r.getFile(ctx, w); err != nil {
			return err
		}
	}
	return nil
}

// since is up to which record the files of all conversations were looked after.
func (r *run) since() int64 {
	if r.memo.FilesMode != r.files.mode && r.memo.FilesMode != FilesAll {
		return 0
	}
	return r.memo.FilesSeq
}

// attended notes that all that belongs to a conversation was got, so that a
// run which goes on after this one was stopped need not look at it again.
func (r *run) attended(rec archive.Record) {
	r.files.attended[rec.ID] = true
	if !r.files.backlog && !r.o.RetryFailed && r.parts["files"] && r.parts["canvas"] && r.files.mode != FilesNone {
		r.memo.FilesSeq, r.memo.FilesMode = max(r.memo.FilesSeq, rec.Seq), r.files.mode
	}
}

// catchUp looks after the files of conversations that earlier runs, or
// imports, left without, and after files that could not be got before.
func (r *run) catchUp(ctx context.Context) error {
	defer r.tell()
	mode := r.files.mode
	if r.o.plain || mode == FilesNone || !r.parts["files"] && !r.parts["canvas"] {
		return nil
	}
	since := r.since()
	var backlog []archive.Record
	for _, rec := range r.held {
		if rec.Kind == archive.KindConversation && rec.Seq > since && !r.files.attended[rec.ID] {
			backlog = append(backlog, rec)
		}
	}
	sortBySeq(backlog)
	for i, rec := range backlog {
		r.progress(Progress{Stage: "looking for files", Done: i, Total: len(backlog)})
		body, err := r.archive.Read(rec)
		if err != nil {
			r.report.Problems = append(r.report.Problems, fmt.Sprintf("the files of %s are not known: %v", clean(rec.ID), err))
			continue
		}
		if err := r.attend(ctx, rec, body); err != nil {
			return err
		}
	}
	if err := r.projectFiles(ctx); err != nil {
		return err
	}
	var again []archive.Record
	for _, rec := range r.files.missing {
		if !r.files.asked[rec.ID] && (!lostFile(rec) || r.o.RetryFailed) && rec.URL != "" {
			again = append(again, rec)
		}
	}
	sortBySeq(again)
	for _, rec := range again {
		link, ok := r.here(rec.URL)
		if !ok {
			continue
		}
		if err := r.getFile(ctx, want{id: rec.ID, name: rec.Name, media: rec.Media, link: link}); err != nil {
			return err
		}
	}
	for _, w := range r.lostFiles() {
		if err := r.getFile(ctx, w); err != nil {
			return err
		}
	}
	if !r.o.RetryFailed && r.parts["files"] && r.parts["canvas"] {
		r.memo.FilesSeq, r.memo.FilesMode = r.files.newest, mode
		for _, rec := range r.held {
			r.memo.FilesSeq = max(r.memo.FilesSeq, rec.Seq)
		}
	}
	return nil
}

func (r *run) projectFiles(ctx context.Context) error {
	if r.files.mode != FilesAll || !r.parts["files"] {
		return nil
	}
	for _, p := range r.found {
		for _, f := range p.Files {
			if w, ok := r.want(f, "", p.ID); ok {
				if err := r.getFile(ctx, w); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// getFile gets one file unless it is held or known to be lost.
func (r *run) getFile(ctx context.Context, w want) error {
	old, known := r.files.missing[w.id]
	switch {
	case r.files.held[w.id], r.files.asked[w.id]:
		return nil
	case known && lostFile(old) && !r.o.RetryFailed && !r.o.Full:
		return nil
	}
	r.files.asked[w.id] = true
	r.progress(Progress{Stage: "getting files", Done: r.report.Files})
	status, reason, err := r.download(ctx, w)
	switch {
	case errors.Is(err, errStore):
		return err
	case err != nil && (ctx.Err() != nil || errors.Is(err, errBudget) || errors.Is(err, errTime)):
		return err
	case err != nil && !absent(err) && r.client.fatal(err) != nil:
		return err
	case err != nil:
		reason = clean(err.Error())
		if s := (*StatusError)(nil); errors.As(err, &s) {
			status = s.Code
		}
	case reason == "":
		r.files.held[w.id] = true
		delete(r.files.missing, w.id)
		r.report.Files++
		return nil
	}
	if status == http.StatusOK || status == http.StatusNotFound || status == http.StatusGone {
		reason = "no longer on the server: " + reason
	} else {
		reason = "could not be downloaded: " + reason
	}
	m := archive.Meta{Kind: archive.KindMissing, ID: w.id, Method: http.MethodGet, URL: w.link, Status: status, Name: w.name, Media: w.media, Note: reason}
	rec, err := r.archive.Put(m, []byte(jsonText(reason)))
	if err := storing(r.archive, err); err != nil {
		if errors.Is(err, errStore) {
			return err
		}
		r.report.FilesFailed = append(r.report.FilesFailed, Failed{ID: clean(w.id), Title: clean(w.name), Reason: clean(err.Error())})
		return nil
	}
	r.files.missing[w.id] = rec
	return nil
}

// tell puts what is not held into the report.
func (r *run) tell() {
	var all []archive.Record
	for _, rec := range r.files.missing {
		all = append(all, rec)
	}
	sortBySeq(all)
	for _, rec := range all {
		one := Failed{ID: clean(rec.ID), Title: clean(rec.Name), Reason: clean(rec.Note)}
		if lostFile(rec) {
			r.report.FilesMissing = append(r.report.FilesMissing, one)
		} else {
			r.report.FilesFailed = append(r.report.FilesFailed, one)
		}
	}
}
