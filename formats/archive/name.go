package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
	"strconv"
	"strings"
	"time"
)

const (
	maxName     = 100 // what the name field of a tar header holds
	longestKind = 16
	metaSuffix  = ".meta.json"
	stampForm   = "20060102t150405.000z" // lower case: names differ by more than case
)

// stamp is t as it stands in names: UTC, milliseconds.
func stamp(t time.Time) string { return string(appendStamp(nil, t)) }

func appendStamp(b []byte, t time.Time) []byte {
	t = t.UTC()
	year, month, day := t.Date()
	if year < 0 || year > 9999 {
		return t.AppendFormat(b, stampForm)
	}
	hour, minute, sec := t.Clock()
	b = digits(digits(digits(digits(b, year/100), year%100), int(month)), day)
	b = digits(digits(digits(append(b, 't'), hour), minute), sec)
	ms := t.Nanosecond() / 1e6
	return append(b, '.', '0'+byte(ms/100), '0'+byte(ms/10%10), '0'+byte(ms%10), 'z')
}

// digits appends a number below 100.
func digits(b []byte, n int) []byte { return append(b, '0'+byte(n/10), '0'+byte(n%10)) }

// bodyName is the tar name of a record's body: KIND/ID/TIME.EXT. It is made
// of [a-z0-9._/-] only and is a legal relative path on every system. again is
// 0, or the record's seq when the plain name is taken.
func bodyName(m *Meta, again int64) string {
	return string(appendBodyName(make([]byte, 0, maxName), m, again))
}

func appendBodyName(b []byte, m *Meta, again int64) []byte {
	var room [64]byte
	tail := appendStamp(append(room[:0], '/'), m.FetchedAt)
	if again != 0 {
		tail = strconv.AppendInt(append(tail, '-'), again, 10)
	}
	tail = append(tail, extension(m)...)
	b = append(append(b, m.Kind...), '/')
	b = append(b, component(m.ID, maxName-len(metaSuffix)-len(m.Kind)-1-len(tail))...)
	return append(b, tail...)
}

// ownName reports whether a record's path is the one that this program makes,
// and what bodyName has to be told for it.
func ownName(r *Record) (own bool, again int64) {
	var room [2 * maxName]byte
	switch {
	case len(r.Kind) > longestKind:
	case string(appendBodyName(room[:0], &r.Meta, 0)) == r.Path:
		return true, 0
	case string(appendBodyName(room[:0], &r.Meta, r.Seq)) == r.Path:
		return true, r.Seq
	}
	return false, 0
}

// component makes a path component of any string: [a-z0-9-] stand for
// themselves, a capital is its letter after "_", "_" is doubled, and any other
// byte is "_0" and two hex digits. What would be longer than limit, which is
// 40 or more, ends in "_1" and a hash instead.
func component(id string, limit int) string {
	if len(id) <= limit && id != "" && !reserved(id) && strings.IndexFunc(id, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-'
	}) < 0 {
		return id // as most are
	}
	var b strings.Builder
	for i := 0; i < len(id) && b.Len() <= limit; i++ {
		switch c := id[i]; {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-':
			b.WriteByte(c)
		case c >= 'A' && c <= 'Z':
			b.WriteByte('_')
			b.WriteByte(c + 'a' - 'A')
		case c == '_':
			b.WriteString("__")
		default:
			b.WriteString("_0" + hex.EncodeToString([]byte{c}))
		}
	}
	s := b.String()
	switch {
	case s == "":
		return "_0"
	case len(s) > limit:
		sum := sha256.Sum256([]byte(id))
		hash := "_1" + hex.EncodeToString(sum[:10])
		return s[:limit-len(hash)] + hash
	case reserved(s):
		return "_0" + hex.EncodeToString([]byte{s[0]}) + s[1:]
	}
	return s
}

// reserved reports whether Windows gives a device this name.
func reserved(s string) bool {
	switch s {
	case "con", "prn", "aux", "nul":
		return true
	}
	return len(s) == 4 && (s[:3] == "com" || s[:3] == "lpt") && s[3] >= '0' && s[3] <= '9'
}

// extension lets an unpacked archive be looked at with ordinary programs.
func extension(m *Meta) string {
	if ext := strings.ToLower(path.Ext(m.Name)); len(ext) >= 2 && len(ext) <= 6 && plain(ext[1:]) {
		return ext
	}
	media, _, _ := strings.Cut(strings.ToLower(m.Media), ";")
	media = strings.TrimSpace(media)
	switch {
	case media == "" && m.Kind == KindFile:
		return ".bin"
	case media == "", strings.HasSuffix(media, "json"):
		return ".json"
	}
	for _, known := range [...]struct{ media, ext string }{
		{"image/png", ".png"}, {"image/jpeg", ".jpg"}, {"image/webp", ".webp"}, {"image/gif", ".gif"},
		{"image/svg+xml", ".svg"}, {"audio/wav", ".wav"}, {"audio/mpeg", ".mp3"}, {"video/mp4", ".mp4"},
		{"application/pdf", ".pdf"}, {"application/zip", ".zip"}, {"text/plain", ".txt"}, {"text/csv", ".csv"},
		{"text/html", ".html"}, {"text/markdown", ".md"},
	} {
		if media == known.media {
			return known.ext
		}
	}
	return ".bin"
}

func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

// safeName reports whether a name found in an archive obeys the rules above.
func safeName(s string) bool {
	if s == readmeName || s == readmeName+metaSuffix {
		return true // the one name in capitals, as people expect it
	}
	if s == "" || len(s) > maxName {
		return false
	}
	before := byte('/')
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '_', c == '-', c == '.':
		case c == '/' && before != '/' && before != '.': // no "", ".", ".." or "x."
		default:
			return false
		}
		before = c
	}
	return before != '/' && before != '.'
}

// compressed reports whether a body of this meta is of a kind that no longer shrinks.
func compressed(m *Meta) bool {
	switch extension(m) {
	case ".png", ".jpg", ".jpeg", ".webp", ".gif", ".mp3", ".mp4", ".m4a", ".webm", ".mov", ".pdf", ".zip", ".gz", ".docx", ".xlsx", ".pptx":
		return true
	}
	return false
}
