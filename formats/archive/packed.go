package archive

import (
	"encoding/binary"
	"maps"
	"slices"
	"strings"
	"time"
)

// How a record stands in a list: its place and SHA-256, then flags that say
// how the rest is written, then its fields, kind and seq first. Numbers are
// varints; a text is its length and its bytes; a word is its number in the
// dictionary, from 1 on, or 0 and a text.

const (
	placeSize = 8
	sumSize   = 32
)

const (
	hasUUID         = 1 << iota // the id is a UUID, in 16 bytes
	hasPlainPath                // the path is what bodyName makes of the rest
	hasNumberedPath             // the same, with the seq
	hasNearSameAs               // same_as lies in the folder of the path
	hasIDInURL                  // the URL is two words with the id between them
	hasHeaders
	hasUpdated
	hasOddSum // sha256 is none, and a text
)

// pack appends a record as a list keeps it.
func (d *dictionary) pack(b []byte, r *Record) []byte {
	b = append(b, make([]byte, placeSize+sumSize)...)
	putPlace(b[len(b)-placeSize-sumSize:], r.at)
	var flags uint64
	if sum, ok := parseSum(r.SHA256); ok {
		copy(b[len(b)-sumSize:], sum[:])
	} else {
		flags |= hasOddSum
	}
	uuid, isUUID := parseUUID(r.ID)
	folder := r.Path[:strings.LastIndexByte(r.Path, '/')+1]
	urlAt := -1
	if len(r.ID) >= 8 {
		urlAt = strings.Index(r.URL, r.ID)
	}
	for _, f := range [...]struct {
		is   bool
		flag uint64
	}{
		{isUUID, hasUUID}, {urlAt >= 0, hasIDInURL}, {len(r.Headers) > 0, hasHeaders}, {!r.Updated.IsZero(), hasUpdated},
		{folder != "" && strings.HasPrefix(r.SameAs, folder), hasNearSameAs},
	} {
		if f.is {
			flags |= f.flag
		}
	}
	if own, again := ownName(r); own && again == 0 {
		flags |= hasPlainPath
	} else if own {
		flags |= hasNumberedPath
	}
	b = binary.AppendUvarint(b, flags)
	b = d.word(b, r.Kind)
	b = binary.AppendVarint(b, r.Seq)
	if flags&hasOddSum != 0 {
		b = appendText(b, r.SHA256)
	}
	if isUUID {
		b = append(b, uuid[:]...)
	} else {
		b = appendText(b, r.ID)
	}
	b = binary.AppendVarint(b, int64(r.V))
	b = d.word(b, r.Method)
	if urlAt >= 0 {
		b = d.word(b, r.URL[:urlAt])
		b = d.word(b, r.URL[urlAt+len(r.ID):])
	} else {
		b = d.word(b, r.URL)
	}
	b = binary.AppendVarint(b, int64(r.Status))
	b = appendTime(b, r.FetchedAt)
	if flags&hasUpdated != 0 {
		b = appendTime(b, r.Updated)
	}
	if flags&hasHeaders != 0 {
		b = d.headers(b, r.Headers)
	}
	b = binary.AppendVarint(b, r.Size)
	b = d.word(b, r.Run)
	b = binary.AppendVarint(b, int64(r.Nodes))
	b = appendText(b, r.Name)
	b = d.word(b, r.Media)
	b = d.word(b, r.Note)
	if flags&hasNearSameAs != 0 {
		b = appendText(b, r.SameAs[len(folder):])
	} else {
		b = appendText(b, r.SameAs)
	}
	if flags&(hasPlainPath|hasNumberedPath) == 0 {
		b = appendText(b, r.Path)
	}
	return b
}

// word appends a word.
func (d *dictionary) word(b []byte, s string) []byte {
	n, ok := d.known[s]
	if !ok {
		if len(s) > longestWord || len(d.words) >= mostWords {
			return appendText(append(b, 0), s)
		}
		s = strings.Clone(s)
		d.words = append(d.words, s)
		n = uint64(len(d.words))
		d.known[s] = n
	}
	return binary.AppendUvarint(b, n)
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// appendTime appends seconds, nanoseconds and, in the lowest bit of these,
// whether the seconds east of UTC follow.
func appendTime(b []byte, t time.Time) []byte {
	b = binary.AppendVarint(b, t.Unix())
	zoned := uint64(0)
	if t.Location() != time.UTC {
		zoned = 1
	}
	b = binary.AppendUvarint(b, uint64(t.Nanosecond())<<1|zoned)
	if zoned == 1 {
		_, east := t.Zone()
		b = binary.AppendVarint(b, int64(east))
	}
	return b
}

func (d *dictionary) headers(b []byte, h map[string]string) []byte {
	b = binary.AppendUvarint(b, uint64(len(h)))
	if len(h) == 1 { // as most have; nothing to sort
		for k, v := range h {
			b = d.word(d.word(b, k), v)
		}
		return b
	}
	for _, k := range slices.Sorted(maps.Keys(h)) {
		b = d.word(b, k)
		b = d.word(b, h[k])
	}
	return b
}

// parseUUID reads a UUID in its usual form, which is what uuidText makes.
func parseUUID(s string) (u [16]byte, ok bool) {
	if len(s) != 36 {
		return u, false
	}
	for i, k := 0, 0; i < 36; {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if s[i] != '-' {
				return u, false
			}
			i++
			continue
		}
		hi, lo := nibbles[s[i]], nibbles[s[i+1]]
		if hi|lo > 15 {
			return u, false
		}
		u[k] = hi<<4 | lo
		k++
		i += 2
	}
	return u, true
}

// parseSum reads a SHA-256 in lower-case hex.
func parseSum(s string) (sum [sumSize]byte, ok bool) {
	if len(s) != 2*sumSize {
		return sum, false
	}
	bad := byte(0)
	for i := range sum {
		hi, lo := nibbles[s[2*i]], nibbles[s[2*i+1]]
		bad |= hi | lo
		sum[i] = hi<<4 | lo
	}
	return sum, bad <= 15
}

// nibbles are the values of lower-case hex digits, 255 for other bytes.
var nibbles = func() (t [256]byte) {
	for i := range t {
		t[i] = 0xff
	}
	for i, c := range "0123456789abcdef" {
		t[c] = byte(i)
	}
	return t
}()
