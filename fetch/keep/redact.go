package keep

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"gptsnap/formats/archive"
	"gptsnap/formats/chatgpt"
	"gptsnap/formats/source"
)

// A redaction removes conversations for good: every version of them, the
// files that no other conversation names, what shared links show of them, and
// what lists and other answers say of them. Of texts that tell of them and are no JSON, such as an export's
// chat.html, nothing can be kept.
type redaction struct {
	ids     map[string]bool
	files   map[string]bool // their files, less those that others name
	words   [][]byte        // the ids and files as they would stand in an answer
	done    map[string]*doneBody
	Records []archive.Record // removed
	Swept   []archive.Record // removed because they tell of a conversation and cannot be edited
}

type doneBody struct {
	drop bool
	body []byte
}

// newRedaction finds out what belongs to the conversations with these ids.
func newRedaction(r *archive.Reader, ids map[string]bool) (*redaction, error) {
	d := &redaction{ids: ids, files: map[string]bool{}, done: map[string]*doneBody{}}
	others := map[string]bool{}
	seen := map[string]bool{}
	for _, rec := range r.Records() {
		if rec.Kind != archive.KindConversation || seen[rec.ID+rec.SHA256] {
			continue
		}
		seen[rec.ID+rec.SHA256] = true
		raw, err := r.Read(rec)
		if err != nil {
			return nil, err
		}
		names, err := filesOf(raw)
		if err != nil && !ids[rec.ID] {
			continue // it names no file that a program could find
		}
		for _, name := range names {
			if ids[rec.ID] {
				d.files[name] = true
			} else {
				others[name] = true
			}
		}
	}
	for name := range others {
		delete(d.files, name)
	}
	shares, err := sharesOf(r, ids)
	if err != nil {
		return nil, err
	}
	for _, set := range []map[string]bool{d.ids, d.files, shares} {
		for word := range set {
			d.words = append(d.words, []byte(word))
		}
	}
	sort.Slice(d.words, func(i, j int) bool { return bytes.Compare(d.words[i], d.words[j]) < 0 })
	return d, nil
}

// sharesOf are the shared links that show one of the conversations, as the
// lists of links say. What a link shows need not name the conversation itself.
func sharesOf(r *archive.Reader, ids map[string]bool) (map[string]bool, error) {
	shares := map[string]bool{}
	for _, rec := range r.Records() {
		if rec.Kind != archive.KindAccount || !strings.HasPrefix(rec.ID, "shared") {
			continue
		}
		raw, err := r.Read(rec)
		if err != nil {
			return nil, err
		}
		list, err := chatgpt.DecodeShares(raw)
		if err != nil {
			continue // it is no such list
		}
		for _, share := range list {
			if ids[share.Conversation] {
				shares[share.ID] = true
			}
		}
	}
	return shares, nil
}

// filesOf are the ids of the files that a conversation names.
func filesOf(raw []byte) (ids []string, err error) {
	c, err := chatgpt.Decode(raw)
	if err != nil {
		return nil, err
	}
	for i := range c.Nodes {
		if c.Nodes[i].Message == nil {
			continue
		}
		for f := range c.Nodes[i].Message.Files() {
			if id, err := source.FileID(f); err == nil {
				ids = append(ids, id)
			}
		}
	}
	return ids, nil
}

const edited = "what told of removed conversations was taken out of this answer"

// edit decides about one record.
func (d *redaction) edit(rec archive.Record, read func() ([]byte, error)) (archive.Edit, error) {
	switch {
	case rec.Kind == archive.KindTombstone:
		return archive.Edit{}, nil
	case rec.Kind == archive.KindConversation && !d.ids[rec.ID]:
		return archive.Edit{}, nil
	case rec.Kind == archive.KindConversation, d.ids[rec.ID],
		(rec.Kind == archive.KindFile || rec.Kind == archive.KindMissing) && d.files[rec.ID],
		rec.Kind == archive.KindExport && d.about([]byte(filepath.Base(rec.ID))):
		d.Records = append(d.Records, rec)
		return archive.Edit{Drop: true}, nil
	case rec.Kind == archive.KindFile, rec.Kind == archive.KindMissing:
		return archive.Edit{}, nil
	}
	done := d.done[rec.SHA256]
	if done == nil {
		body, err := read()
		if err != nil {
			return archive.Edit{}, err
		}
		done = d.clean(body)
		d.done[rec.SHA256] = done
	}
	if rec.Kind == archive.KindShare && (done.drop || done.body != nil) || d.about([]byte(rec.ID)) || d.about([]byte(rec.Note)) {
		d.Records = append(d.Records, rec)
		return archive.Edit{Drop: true}, nil
	}
	if done.drop || d.about([]byte(rec.URL)) {
		d.Swept = append(d.Swept, rec)
		return archive.Edit{Drop: true}, nil
	}
	return archive.Edit{Body: done.body, Note: edited}, nil
}

// about reports whether a text names something removed. A short id may be a
// word of any text, so it has to stand alone.
func (d *redaction) about(text []byte) bool {
	for _, w := range d.words {
		if len(w) < 12 {
			if bytes.Equal(text, w) || bytes.Contains(text, []byte(`"`+string(w)+`"`)) {
				return true
			}
		} else if bytes.Contains(text, w) {
			return true
		}
	}
	return false
}

// clean takes what tells of the removed out of an answer.
func (d *redaction) clean(body []byte) *doneBody {
	if !d.about(body) {
		return &doneBody{}
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil || dec.More() {
		return &doneBody{drop: true}
	}
	v, keep := d.prune(v)
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if !keep || enc.Encode(v) != nil || d.about(out.Bytes()) {
		return &doneBody{drop: true}
	}
	return &doneBody{body: out.Bytes()}
}

// prune removes from a JSON value every object that is about something
// removed, with all that it says, and every text that names it. Depth is
// bounded by what encoding/json reads.
func (d *redaction) prune(v any) (any, bool) {
	switch v := v.(type) {
	case string:
		return v, !d.about([]byte(v))
	case []any:
		kept := v[:0]
		for _, e := range v {
			if e, ok := d.prune(e); ok {
				kept = append(kept, e)
			}
		}
		return kept, true
	case map[string]any:
		for key, e := range v {
			if s, ok := e.(string); ok && d.about([]byte(s)) {
				return nil, false
			}
			e, ok := d.prune(e)
			if !ok || d.about([]byte(key)) {
				delete(v, key)
				continue
			}
			v[key] = e
		}
	}
	return v, true
}

// A tombstone is the body of a record of kind [archive.KindTombstone].
type tombstone struct {
	V       int       `json:"v"` // 1
	ID      string    `json:"id"`
	When    time.Time `json:"when"`
	Removed []string  `json:"removed"` // SHA-256 of the bodies of its versions
}

// tombstones are put last, one for each conversation.
func (d *redaction) tombstones(put func(archive.Meta, []byte) (archive.Record, error), now time.Time) error {
	for _, id := range sorted(d.ids) {
		t := tombstone{V: 1, ID: id, When: now, Removed: []string{}}
		for _, rec := range d.Records {
			if rec.Kind == archive.KindConversation && rec.ID == id {
				t.Removed = append(t.Removed, rec.SHA256)
			}
		}
		body, err := json.Marshal(t)
		if err == nil {
			_, err = put(archive.Meta{Kind: archive.KindTombstone, ID: id, FetchedAt: now, Media: "application/json"}, append(body, '\n'))
		}
		if err != nil {
			return fmt.Errorf("marking what was removed: %w", err)
		}
	}
	return nil
}

func sorted(set map[string]bool) []string {
	var all []string
	for s := range set {
		all = append(all, s)
	}
	sort.Strings(all)
	return all
}

// copies are files beside the archive that may still hold what was removed.
func copies(path string) []string {
	var all []string
	for _, pattern := range []string{path + ".torn-*", path + ".bak*", path + ".*.part", path + "~"} {
		found, err := filepath.Glob(escapeGlob(path) + strings.TrimPrefix(pattern, path))
		if err == nil {
			all = append(all, found...)
		}
	}
	return all
}

// escapeGlob makes a pattern that matches path only.
func escapeGlob(path string) string {
	return strings.NewReplacer("[", "[[]", "*", "[*]", "?", "[?]").Replace(path)
}
