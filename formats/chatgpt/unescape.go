package chatgpt

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// unescape decodes the inside of a JSON string whose escapes were checked.
// Half a surrogate pair becomes U+FFFD, as encoding/json has it; what stands
// after it is kept. Most of a text is passed on eight bytes at a time.
func unescape(b []byte) string {
	out := make([]byte, len(b)) // no escape is shorter than what it means
	r, w := 0, 0
	for r < len(b) {
		if r+8 <= len(b) {
			x := binary.LittleEndian.Uint64(b[r:])
			binary.LittleEndian.PutUint64(out[w:], x)
			x ^= ones * '\\'
			found := (x - ones) &^ x & highs // a false mark is possible only above a true one
			n := bits.TrailingZeros64(found) / 8
			r, w = r+n, w+n
			if found == 0 {
				continue
			}
		} else if b[r] != '\\' {
			out[w] = b[r]
			r, w = r+1, w+1
			continue
		}
		if r+1 >= len(b) { // half an escape: nobody checked
			w += copy(out[w:], b[r:])
			break
		}
		c := b[r+1]
		r += 2
		switch c {
		case 'b':
			c = '\b'
		case 'f':
			c = '\f'
		case 'n':
			c = '\n'
		case 'r':
			c = '\r'
		case 't':
			c = '\t'
		case 'u':
			char, n := escapedRune(b[r:])
			r += n
			w += utf8.EncodeRune(out[w:], char)
			continue
		}
		out[w] = c
		w++
	}
	return alias(out[:w])
}

// escapedRune reads what stands behind the u of an escape, and behind that of
// the other half of its surrogate pair if that follows; n is its length.
func escapedRune(b []byte) (r rune, n int) {
	r, n = hex4(b), min(4, len(b))
	if !utf16.IsSurrogate(r) {
		return r, n
	}
	if len(b) >= 10 && b[4] == '\\' && b[5] == 'u' {
		if pair := utf16.DecodeRune(r, hex4(b[6:])); pair != utf8.RuneError {
			return pair, 10
		}
	}
	return utf8.RuneError, n
}

// hex4 is the number that four hexadecimal digits write, -1 if b has none.
func hex4(b []byte) rune {
	if len(b) < 4 {
		return -1
	}
	r := rune(0)
	for _, c := range b[:4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return -1
		}
		r = r<<4 | rune(c)
	}
	return r
}
