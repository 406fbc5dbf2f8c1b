package serve

import (
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"

	"gptsnap/convert"
	"gptsnap/formats/chat"
	"gptsnap/formats/source"
)

const filesFolder = "files/"

// files knows the files that pages have referred to, by a token that tells
// nothing else.
type files struct {
	src     *source.Source
	mu      sync.Mutex
	known   map[string]*file // by what references to the same bytes share
	byToken map[string]*file
}

type file struct {
	ref           chat.File
	href, missing string

	once sync.Once // measures it
	size int64
	bad  error
}

// where says where the bytes of f are to be had.
func (s *files) where(f *chat.File) (href, missing string) {
	k := convert.FileKey(f)
	if k == "" {
		return "", f.Missing
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	got := s.known[k]
	if got == nil {
		got = &file{}
		if from, err := s.src.File(f); err != nil {
			got.missing = err.Error()
		} else {
			from.Close() // it was only read from, if at all
			got.ref = *f
			token := tokenOf(k)
			got.href = filesFolder + token + "/" + convert.FileName(f)
			s.byToken[token] = got
		}
		s.known[k] = got
	}
	return got.href, got.missing
}

func (s *files) answer(w http.ResponseWriter, r *http.Request, name string) {
	token, _, _ := strings.Cut(name, "/")
	s.mu.Lock()
	got := s.byToken[token]
	s.mu.Unlock()
	if got == nil || filesFolder+name != got.href {
		http.Error(w, "there is no such file, or no page that names it has been opened yet", http.StatusNotFound)
		return
	}
	from := &stream{open: func() (io.ReadCloser, error) {
		ref := got.ref
		return s.src.File(&ref)
	}, size: -1}
	defer from.Close()
	head := make([]byte, 512)
	n, err := io.ReadFull(from, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		http.Error(w, "this file cannot be read: "+err.Error(), http.StatusNotFound)
		return
	}
	kind := http.DetectContentType(head[:n])
	if !inert(kind) {
		kind = "application/octet-stream"
		w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": path.Base(name)}))
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Accept-Ranges", "bytes")
	if r.Header.Get("Range") != "" { // a player, which may come often
		got.once.Do(func() { got.size, got.bad = from.Seek(0, io.SeekEnd) })
		if got.bad != nil {
			http.Error(w, "this file cannot be read: "+got.bad.Error(), http.StatusNotFound)
			return
		}
		from.size = got.size
		http.ServeContent(w, r, "", time.Time{}, from)
		return
	}
	if _, err := w.Write(head[:n]); err == nil && r.Method != http.MethodHead {
		_, _ = io.Copy(w, from)
	}
}

// inert reports whether a browser only ever shows or plays bytes of this type.
func inert(kind string) bool {
	if kind == "application/ogg" {
		return true
	}
	family, _, _ := strings.Cut(kind, "/")
	return family == "audio" || family == "video" || family == "image" && kind != "image/svg+xml"
}

// A stream can be read from any place although what it reads from goes only
// forward: to go back it begins anew.
type stream struct {
	open func() (io.ReadCloser, error)
	from io.ReadCloser // nil before the first byte
	at   int64         // of from
	want int64         // where to read next
	size int64         // -1 as long as nobody knows
}

func (s *stream) Read(p []byte) (int, error) {
	if err := s.reach(s.want); err != nil {
		return 0, err
	}
	n, err := s.from.Read(p)
	s.at += int64(n)
	s.want = s.at
	return n, err
}

// reach opens, or skips, until the next byte read is number at.
func (s *stream) reach(at int64) error {
	if s.from != nil && at < s.at {
		s.Close()
	}
	if s.from == nil {
		from, err := s.open()
		if err != nil {
			return err
		}
		s.from, s.at = from, 0
	}
	n, err := io.CopyN(io.Discard, s.from, at-s.at)
	s.at += n
	return err
}

// Seek is [io.Seeker]'s. From the end it may have to read all there is, once.
func (s *stream) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += s.want
	case io.SeekEnd:
		if s.size < 0 {
			if err := s.reach(0); err != nil {
				return 0, err
			}
			n, err := io.Copy(io.Discard, s.from)
			if s.at += n; err != nil {
				return 0, err
			}
			s.size = s.at
		}
		offset += s.size
	}
	if offset < 0 {
		return 0, fs.ErrInvalid
	}
	s.want = offset
	return offset, nil
}

func (s *stream) Close() {
	if s.from != nil {
		s.from.Close() // it was only read from
		s.from = nil
	}
}
