package analyze

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// maxCell bounds what is looked at of any one text for a cell, in runes.
const maxCell = 2000

// maxMarks bounds the accents that one letter may pile up.
const maxMarks = 6

// cell makes one line of a text that came from a chat, fit for a terminal:
// without escape sequences, control characters, marks that turn the direction
// of writing, or characters whose width terminals disagree on. White space
// of any kind becomes one space. Without unicode what is not ASCII becomes
// "?", as many as it would take columns (an ellipsis ".."): bytes above 127 are
// control characters to some terminals.
func cell(s string, unicodes bool) string {
	if plainASCII(s) {
		return s
	}
	var b strings.Builder
	space, marks, runes := false, 0, 0
	put := func(r rune) {
		if !unicodes && runewidthOf(r) == 0 {
			return
		}
		if space && b.Len() > 0 {
			b.WriteByte(' ')
		}
		space = false
		if r == '…' && !unicodes {
			b.WriteString("..")
			return
		}
		if r >= 0x80 && !unicodes {
			b.WriteString(strings.Repeat("?", runewidthOf(r)))
			return
		}
		b.WriteRune(r)
	}
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if runes++; runes > maxCell {
			put('…')
			break
		}
		i += n
		if r > 0x20 && r < 0x7f || r >= 0x4e00 && r < 0xa000 { // most of what there is
			marks = 0
			put(r)
			continue
		}
		if marks++; !unicode.In(r, unicode.Mn, unicode.Me) {
			marks = 0
		}
		switch {
		case r == 0x1b || r == 0x9b:
			i += sequence(s[i:], r == 0x9b)
		case unicode.IsSpace(r):
			space = true
		case r < 0x20 || r >= 0x7f && r < 0xa0: // the other control characters
		case silent(r) || marks > maxMarks:
		case r >= 0x1f1e6 && r <= 0x1f1ff: // the letters that flags are made of
			put('A' + r - 0x1f1e6)
		case !unicode.IsPrint(r) || !sureWidth(r):
			put(utf8.RuneError)
		default:
			put(r)
		}
	}
	return b.String()
}

// plainASCII reports that cell would leave s as it is.
func plainASCII(s string) bool {
	if len(s) > maxCell {
		return false
	}
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c >= 0x7f || c == ' ' && (i == 0 || i == len(s)-1 || s[i-1] == ' ') {
			return false
		}
	}
	return true
}

// silent reports whether r shows nothing by itself: marks of direction, joiners,
// variants and skin tones, tags, soft hyphens.
func silent(r rune) bool {
	return unicode.In(r, unicode.Cf, unicode.Variation_Selector) || r >= 0x1f3fb && r <= 0x1f3ff
}

// sequence is the length of what belongs to an escape sequence at the
// beginning of s, after its ESC or (if open) CSI character. One without an
// end hides nothing: what follows its ESC is then shown as text.
func sequence(s string, open bool) int {
	i := 0
	if !open {
		switch {
		case strings.HasPrefix(s, "["):
			i = 1
		case s != "" && strings.IndexByte("]PX^_", s[0]) >= 0: // a string, up to BEL or ESC \
			for k := 1; k < min(len(s), maxCell); k++ {
				if s[k] == 0x07 {
					return k + 1
				}
				if s[k] == 0x1b && k+1 < len(s) && s[k+1] == '\\' {
					return k + 2
				}
			}
			return 0
		default:
			return 0
		}
	}
	for k := i; k < min(len(s), 64); k++ {
		if c := s[k]; c >= 0x40 && c <= 0x7e {
			return k + 1
		} else if c < 0x20 || c > 0x7e {
			break
		}
	}
	return i
}

var columns = &runewidth.Condition{StrictEmojiNeutral: true}

func runewidthOf(r rune) int { return columns.RuneWidth(r) }

// width is the number of columns that s takes, if it came from cell.
func width(s string) int {
	n := 0
	for _, r := range s {
		if r >= 0x20 && r < 0x7f {
			n++
		} else {
			n += runewidthOf(r)
		}
	}
	return n
}

// truncate cuts s to at most most columns; what is cut ends in an ellipsis.
func truncate(s string, most int, unicodes bool) string {
	if width(s) <= most {
		return s
	}
	end := "…"
	if !unicodes {
		end = ".."
	}
	if most <= len(end) && !unicodes {
		end = ""
	}
	room, n := most-width(end), 0
	if room < 0 {
		return ""
	}
	for i, r := range s {
		w := runewidthOf(r)
		if n+w > room {
			return strings.TrimRight(s[:i], " ") + end
		}
		n += w
	}
	return s
}

// pad fills s with spaces to w columns.
func pad(s string, w int) string { return s + strings.Repeat(" ", max(0, w-width(s))) }

// padLeft puts spaces before s up to w columns.
func padLeft(s string, w int) string { return strings.Repeat(" ", max(0, w-width(s))) + s }

// short is the beginning of an id that people see and may type: its first
// eight characters, not counting the name of the hash where one stands for an id.
func short(id string, unicodes bool) string {
	s, n := cell(id, unicodes), 8
	if strings.HasPrefix(s, "sha256-") {
		n += len("sha256-")
	}
	if len(s) > n && plainASCII(s) {
		return s[:n]
	}
	return truncate(s, n, unicodes)
}
