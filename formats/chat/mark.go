package chat

import (
	"strings"
)

// The provider marks citations with private-use characters. Whoever decodes a
// conversation turns them into cites; what is left over, in a text that came
// by another way, never reaches a reader.

// IsMark reports whether r is one of the characters of markers, U+E200 to U+E2FF.
func IsMark(r rune) bool { return r >= 0xE200 && r <= 0xE2FF }

// MarkerLen is the length of the marker that s begins with, whose first
// character is U+E200: the whole span if it is one ("cite" and its keys mean
// nothing to a reader), else that of the character.
func MarkerLen(s string) int {
	const most = 4096
	const open, next, shut = "\uE200", "\uE202", "\uE201"
	end := strings.Index(s[:min(len(s), most)], shut)
	if end < len(open) {
		return len(open)
	}
	kind, _, found := strings.Cut(s[len(open):end], next)
	if !found || kind == "" || strings.Trim(kind, "abcdefghijklmnopqrstuvwxyz_") != "" || strings.ContainsAny(s[:end], "\n\r") {
		return len(open)
	}
	return end + len(shut)
}

// Unmark is s without markers: whole ones go, of others the characters.
func Unmark(s string) string {
	if !strings.Contains(s, "\xee") {
		return s
	}
	s = strings.ToValidUTF8(s, "\uFFFD") // or broken halves could join to a marker
	var b strings.Builder
	for {
		i := strings.IndexFunc(s, IsMark)
		if i < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:i])
		if s = s[i:]; strings.HasPrefix(s, "\uE200") {
			s = s[MarkerLen(s):]
		} else {
			s = s[len("\uE200"):]
		}
	}
}
