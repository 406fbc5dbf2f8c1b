package chatgpt

import (
	"bytes"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// unescape decodes the inside of a JSON string whose escapes were checked.
// Half a surrogate pair becomes U+FFFD, as encoding/json has it; what stands
// after it is kept.
func unescape(b []byte) string {
	var out strings.Builder
	out.Grow(len(b))
	for {
		i := bytes.IndexByte(b, '\\')
		if i < 0 || i+1 >= len(b) {
			out.Write(b)
			return out.String()
		}
		out.Write(b[:i])
		c := b[i+1]
		b = b[i+2:]
		switch c {
		case 'b':
			out.WriteByte('\b')
		case 'f':
			out.WriteByte('\f')
		case 'n':
			out.WriteByte('\n')
		case 'r':
			out.WriteByte('\r')
		case 't':
			out.WriteByte('\t')
		case 'u':
			r := hex4(b)
			b = b[min(4, len(b)):]
			if utf16.IsSurrogate(r) {
				pair := rune(utf8.RuneError)
				if len(b) >= 6 && b[0] == '\\' && b[1] == 'u' {
					pair = utf16.DecodeRune(r, hex4(b[2:]))
				}
				if pair != utf8.RuneError {
					b = b[6:]
				}
				r = pair
			}
			out.WriteRune(r)
		default: // " \ /
			out.WriteByte(c)
		}
	}
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
