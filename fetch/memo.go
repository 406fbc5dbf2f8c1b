package fetch

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"gptsnap/formats/archive"
	"gptsnap/formats/source"
)

// An Identity says whose account an archive holds.
type Identity struct {
	Account string `json:"account,omitempty"` // the account's or workspace's id
	User    string `json:"user,omitempty"`
}

// differs reports whether two identities are known to be of different
// accounts. What one of them does not know proves nothing.
func (i Identity) differs(o Identity) bool {
	return i.Account != "" && o.Account != "" && i.Account != o.Account || i.User != "" && o.User != "" && i.User != o.User
}

func (i Identity) String() string {
	switch {
	case i.User != "" && i.Account != "":
		return fmt.Sprintf("account %s of %s", clean(i.Account), clean(i.User))
	case i.Account != "":
		return "account " + clean(i.Account)
	}
	return "an account without a name"
}

// A memo is what a run tells the next one. It only saves time: without it
// everything is found out again. It is a record of the archive, so it travels
// with what it speaks of.
type memo struct {
	Identity Identity `json:"identity"`
	Route    string   `json:"route,omitempty"` // how conversations are had: see bodies.go
	Pacer    *pacer   `json:"pacer,omitempty"`
	// Open are the runs that have read lists since the last run that came to
	// its end, and Workspace is the one that they read; see resume.go.
	Open      []string `json:"open,omitempty"`
	Workspace string   `json:"workspace,omitempty"`
	// The files of all conversations up to record FilesSeq were looked after,
	// with --files FilesMode.
	FilesSeq  int64  `json:"files_seq,omitempty"`
	FilesMode string `json:"files_mode,omitempty"`
	// Unlisted are conversations that no list holds any more, and whether the
	// server still has them ("there") or not ("gone").
	Unlisted map[string]string `json:"unlisted,omitempty"`
	// Vacant are the shared links that show nothing any more, by their ids.
	Vacant map[string]vacancy `json:"vacant,omitempty"`
}

// loadMemo takes over what the last run left in the archive.
func (r *run) loadMemo(records []archive.Record) {
	var last *archive.Record
	for i := range records {
		if records[i].Kind == kindMemo && records[i].ID == "fetch" {
			last = &records[i]
		}
	}
	if last == nil {
		return
	}
	raw, err := r.read(*last)
	var s memo
	if err != nil || json.Unmarshal(raw, &s) != nil {
		return
	}
	if s.Pacer != nil && r.client.pacer != nil {
		r.client.pacer.restore(*s.Pacer)
	}
	s.Pacer = nil
	r.memo = s
}

func (r *run) saveMemo() error {
	if r.archive == nil {
		return nil
	}
	s := r.memo
	s.Pacer = r.client.pacer
	return putMemo(r.archive, s)
}

func putMemo(w *archive.Writer, m memo) error {
	raw, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("writing the state: %w", err)
	}
	_, err = w.Put(archive.Meta{Kind: kindMemo, ID: "fetch", FetchedAt: time.Now().UTC(), Media: "application/json"}, raw)
	return storing(w, err)
}

// read gives a held record's body, with --plan too.
func (r *run) read(rec archive.Record) ([]byte, error) {
	if r.archive != nil {
		return r.archive.Read(rec)
	}
	return readFrom(r.o.Archive, r.o.Keys, rec)
}

func readFrom(path string, keys *archive.Keys, rec archive.Record) ([]byte, error) {
	in, err := archive.Open(path, keys)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return in.Read(rec)
}

// identityIn is whose account a memo says that its archive is of.
func identityIn(rec archive.Record, read func(archive.Record) ([]byte, error)) Identity {
	raw, err := read(rec)
	var m memo
	if err != nil || json.Unmarshal(raw, &m) != nil {
		return Identity{} // nobody's, as far as is known
	}
	return m.Identity
}

// whoseArchive is whose account an input is of, if it is an archive that says so.
func whoseArchive(in *source.Inventory, keys *archive.Keys) Identity {
	if in.Name != "archive" {
		return Identity{}
	}
	r, err := archive.Open(in.Path, keys)
	if err != nil {
		return Identity{} // reading it will tell
	}
	defer r.Close()
	if memos := r.Latest(kindMemo); len(memos) > 0 {
		return identityIn(memos[len(memos)-1], r.Read)
	}
	return Identity{}
}

// jsonText is s as a JSON string; "" is null.
func jsonText(s string) string {
	if s == "" {
		return "null"
	}
	raw, err := json.Marshal(s)
	if err != nil {
		return "null" // cannot be: a string
	}
	return string(raw)
}

// store puts an answer into the archive. One that is byte for byte the held
// one is stored again, which costs no body: that it was seen at this time is
// what tells later what the account held then.
func (r *run) store(p page) error {
	if r.archive == nil {
		return nil // --plan
	}
	_, err := r.archive.Put(r.meta(p.e, p.id, p.raw), p.raw.Body)
	return storing(r.archive, err)
}

// meta describes an answer for the archive. Of its headers only those are kept
// that say something of the content; cookies and the like never are.
func (r *run) meta(e endpoint, id string, a *answer) archive.Meta {
	m := archive.Meta{Kind: e.Kind, ID: id, Method: e.Method, URL: a.URL, Status: a.Status, FetchedAt: time.Now().UTC(),
		Media: "application/json", Headers: map[string]string{}}
	for _, name := range []string{"Content-Type", "Date", "Etag", "Last-Modified"} {
		if v := a.Header.Get(name); v != "" && len(v) <= 200 {
			m.Headers[name] = v
		}
	}
	if m.Method == "" {
		m.Method = http.MethodGet
	}
	return m
}
