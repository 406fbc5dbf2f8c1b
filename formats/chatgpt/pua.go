package chatgpt

import (
	"strings"
	"unicode/utf8"
)

// The private-use characters that citation markers are made of.
const (
	markStart = "\ue200"
	markEnd   = "\ue201"
	markNext  = "\ue202"
	markLen   = 3 // bytes of each
)

// nextPUA is the place of the first character from U+E200 to U+E2FF at or
// after i, -1 if there is none. In UTF-8 they are EE 88 80 to EE 8B BF.
func nextPUA(s string, i int) int {
	for i < len(s) {
		k := strings.IndexByte(s[i:], 0xEE)
		if k < 0 || i+k+markLen > len(s) {
			return -1
		}
		i += k
		if c := s[i+1]; c >= 0x88 && c <= 0x8B {
			return i
		}
		i++
	}
	return -1
}

// withoutPUA drops the characters of markers from s.
func withoutPUA(s string) string {
	if nextPUA(s, 0) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r >= 0xE200 && r <= 0xE2FF {
			return -1
		}
		return r
	}, s)
}

// markerEnd is the end of the marker that starts at i: whole if it is closed
// before the next one starts, else where its leading names and keys end, so
// that no word of the sentence goes with it.
func markerEnd(s string, i int) (end int, whole bool) {
	for at := i + markLen; ; at += markLen {
		k := nextPUA(s, at)
		if k < 0 || s[k:k+markLen] == markStart {
			break
		}
		if s[k:k+markLen] == markEnd {
			if strings.Contains(s[i:k], "\n\n") { // an end far away that belongs to nothing
				break
			}
			return k + markLen, true
		}
		at = k
	}
	end = i + markLen
	for end < len(s) && (s[end] >= 'a' && s[end] <= 'z' || s[end] == '_') {
		end++
	}
	if !strings.HasPrefix(s[end:], markNext) { // no name of a marker: words
		return i + markLen, false
	}
	for strings.HasPrefix(s[end:], markNext) {
		end += markLen
		for {
			n := keyLen(s[end:])
			if n == 0 && (end < len(s) && (s[end] == '{' || s[end] == '[')) { // a payload that was cut off
				n = len(s) - end
				if k := nextPUA(s, end); k >= 0 {
					n = k - end
				}
				if line := strings.IndexByte(s[end:end+n], '\n'); line >= 0 {
					n = line
				}
			}
			if n == 0 {
				break
			}
			end += n
		}
	}
	return end, false
}

// keyLen is the length of a key such as turn0search12 that s begins with, 0
// if there is none. A key that the end of the text cut off counts.
func keyLen(s string) int {
	rest, ok := strings.CutPrefix(s, "turn")
	if !ok {
		return 0
	}
	for _, set := range []string{"0123456789", "abcdefghijklmnopqrstuvwxyz_", "0123456789"} {
		left := strings.TrimLeft(rest, set)
		if len(left) == len(rest) && rest != "" {
			return 0
		}
		rest = left
	}
	return len(s) - len(rest)
}

// allKeys splits what is only keys, one behind the other, into them.
func allKeys(s string) []string {
	var keys []string
	for s != "" {
		n := keyLen(s)
		if n == 0 {
			return nil
		}
		keys = append(keys, s[:n])
		s = s[n:]
	}
	return keys
}

// An offsets table turns counts of code points and of UTF-16 units into bytes.
type offsets struct {
	s      string
	blocks []block // one for every blockRunes runes
	runes  int
	units  int
}

type block struct{ at, unit int }

const blockRunes = 64

func newOffsets(s string) *offsets {
	o := &offsets{s: s}
	for i, r := range s {
		if o.runes%blockRunes == 0 {
			o.blocks = append(o.blocks, block{i, o.units})
		}
		o.runes++
		o.units++
		if r > 0xFFFF {
			o.units++
		}
	}
	return o
}

// rune is the byte at which the n-th code point begins, -1 if there is none.
func (o *offsets) rune(n int) int {
	if n < 0 || n > o.runes {
		return -1
	}
	if n == o.runes {
		return len(o.s)
	}
	i := o.blocks[n/blockRunes].at
	for range n % blockRunes {
		_, w := utf8.DecodeRuneInString(o.s[i:])
		i += w
	}
	return i
}

// unit is the byte at which the n-th UTF-16 unit begins, -1 if it is no
// beginning of a character.
func (o *offsets) unit(n int) int {
	if n < 0 || n > o.units {
		return -1
	}
	if n == o.units {
		return len(o.s)
	}
	low, high := 0, len(o.blocks)
	for high-low > 1 {
		if mid := (low + high) / 2; o.blocks[mid].unit <= n {
			low = mid
		} else {
			high = mid
		}
	}
	i, unit := o.blocks[low].at, o.blocks[low].unit
	for unit < n {
		r, w := utf8.DecodeRuneInString(o.s[i:])
		i += w
		unit++
		if r > 0xFFFF {
			unit++
		}
	}
	if unit != n {
		return -1
	}
	return i
}
