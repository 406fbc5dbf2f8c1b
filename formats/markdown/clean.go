package markdown

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"gptsnap/formats/chat"
)

// odd says which bytes may begin something that clean removes.
var odd = func() (t [256]bool) {
	for c := range 0x20 {
		t[c] = c != '\n' && c != '\t'
	}
	t[0x7f], t[0xc2], t[0xee] = true, true, true
	return
}()

// clean is s as valid UTF-8 with "\n" line ends, without control characters
// and left-over citation markers.
func clean(s string) string {
	for i := 0; i < len(s); i++ {
		if !odd[s[i]] {
			continue
		}
		if s[i] >= 0x80 && i+1 < len(s) {
			if next := s[i+1]; s[i] == 0xc2 && next >= 0xa0 || s[i] == 0xee && (next < 0x88 || next > 0x8b) {
				continue
			}
		}
		return scrub(s)
	}
	if !utf8.ValidString(s) {
		return strings.ToValidUTF8(s, "\uFFFD")
	}
	return s
}

func scrub(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '\r':
			if i+1 == len(s) || s[i+1] != '\n' {
				b.WriteByte('\n')
			}
		case r == '\v' || r == '\f' || r == 0x85:
			b.WriteByte('\n')
		case r == 0xE200:
			i += chat.MarkerLen(s[i:])
			continue
		case unicode.IsControl(r) && r != '\n' && r != '\t', chat.IsMark(r):
		default:
			b.WriteRune(r)
		}
		i += n
	}
	return b.String()
}

// oneLine is s as one line of at most n characters, for headings and links:
// white space runs become one space, characters that change the direction of
// what follows are left out.
func oneLine(s string, n int) string {
	if isOneLine(s) && len(s) <= n {
		return s
	}
	s = clean(s)
	var b strings.Builder
	count, space := 0, false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r) || r == '\u2028' || r == '\u2029':
			space = b.Len() > 0
			continue
		case turns(r):
			continue
		}
		if space {
			b.WriteByte(' ')
			count, space = count+1, false
		}
		if count >= n {
			b.WriteRune('…')
			break
		}
		b.WriteRune(r)
		count++
	}
	return b.String()
}

// isOneLine reports that s is ASCII that oneLine would not change.
func isOneLine(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || c == ' ' && (i == 0 || i+1 == len(s) || s[i+1] == ' ') {
			return false
		}
	}
	return true
}

// turns reports whether r controls the direction of text, or hides.
func turns(r rune) bool {
	return r >= '\u202A' && r <= '\u202E' || r >= '\u2066' && r <= '\u2069' ||
		r == '\u200E' || r == '\u200F' || r == '\u061C' || r == '\uFEFF'
}
