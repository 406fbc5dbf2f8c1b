package fakeapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"
)

// A file is one file of the account.
type file struct {
	name string // as its owner knows it
	body []byte
	tag  string // of its state
}

// signature is what a signed address must carry; it stands for the account's
// session as long as it is good, so no archive may hold it.
const signature = "5169nature-0123456789"

// Signature is the secret part of every signed address.
func Signature() string { return signature }

func (s *Server) loadFiles(account fs.FS) error {
	s.files = map[string]file{}
	for _, dir := range []string{"files", "files/sandbox"} {
		entries, err := fs.ReadDir(account, dir)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("reading the fake account's files: %w", err)
		}
		for _, e := range entries {
			if e.IsDir() {
				continue
			}
			raw, err := fs.ReadFile(account, path.Join(dir, e.Name()))
			if err != nil {
				return fmt.Errorf("reading the fake account's files: %w", err)
			}
			id := strings.TrimSuffix(e.Name(), path.Ext(e.Name()))
			if dir != "files" {
				id = "sandbox/" + e.Name()
			}
			s.files[id] = file{e.Name(), raw, fmt.Sprintf("%x", crc32.ChecksumIEEE(raw))}
		}
	}
	return nil
}

// fileLink answers files/download/ID, or files/ID/download on older servers.
func (s *Server) fileLink(w http.ResponseWriter, r *http.Request) {
	id, word := r.PathValue("second"), r.PathValue("first")
	if s.o.OldFiles {
		id, word = word, id
	}
	if word != "download" {
		answer(w, http.StatusNotFound, detail("Not Found"))
		return
	}
	s.link(w, r, id, "file_not_found")
}

func (s *Server) sandboxLink(w http.ResponseWriter, r *http.Request) {
	at := r.URL.Query().Get("sandbox_path")
	if r.URL.Query().Get("message_id") == "" || !strings.HasPrefix(at, "/mnt/data/") {
		answer(w, http.StatusUnprocessableEntity, detail("Unprocessable"))
		return
	}
	s.link(w, r, "sandbox/"+path.Base(at), "ace_pod_expired")
}

// link answers where a file is; that there is none is told with status 200.
func (s *Server) link(w http.ResponseWriter, r *http.Request, id, lost string) {
	f, ok := s.files[id]
	if !ok {
		answer(w, http.StatusOK, map[string]any{"status": "error", "error_code": lost, "error_message": nil})
		return
	}
	host := s.o.FileHost
	if host == "" {
		host = "http://" + r.Host
	}
	kind := mime.TypeByExtension(path.Ext(f.name))
	kind, _, _ = strings.Cut(kind, ";")
	answer(w, http.StatusOK, map[string]any{"status": "success", "download_url": host + "/backend-api/estuary/content?id=" + url.QueryEscape(id) + "&ts=489000&p=fs&v=0&sig=" + signature,
		"metadata": nil, "file_name": f.name, "creation_time": "2025-04-01T00:00:00Z", "mime_type": kind, "file_size_bytes": len(f.body), "mimedata": nil})
}

func (s *Server) content(w http.ResponseWriter, r *http.Request) {
	f, ok := s.files[r.URL.Query().Get("id")]
	switch {
	case r.URL.Query().Get("sig") != signature:
		answer(w, http.StatusForbidden, detail("Signature does not match"))
	case !ok:
		answer(w, http.StatusNotFound, detail("Not Found"))
	default:
		w.Header().Set("Content-Type", "application/octet-stream")
		if !s.o.NoETag {
			w.Header().Set("Etag", fmt.Sprintf("%q", f.tag))
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.body))
	}
}

// textdocs answers the canvas documents of a conversation, made up from those
// that its messages name.
func (s *Server) textdocs(w http.ResponseWriter, r *http.Request) {
	e, _ := s.find(r.PathValue("id"))
	if e == nil {
		answer(w, http.StatusNotFound, detail("Not Found"))
		return
	}
	docs := []any{}
	seen := map[string]bool{}
	for rest := string(e.raw); ; {
		_, after, ok := strings.Cut(rest, `"textdoc_id"`)
		if !ok {
			break
		}
		rest = after
		var id string
		if json.NewDecoder(strings.NewReader(strings.TrimLeft(after, ": \t\r\n"))).Decode(&id) == nil && !seen[id] {
			seen[id] = true
			docs = append(docs, map[string]any{"id": id, "version": 1, "title": "Document", "textdoc_type": "document", "content": "As it is now.", "comments": []any{}, "updated_at": "2025-04-01T00:00:00Z"})
		}
	}
	answer(w, http.StatusOK, docs)
}
