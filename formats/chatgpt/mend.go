package chatgpt

import (
	"fmt"
	"slices"
	"strings"
)

// mend closes what JSON written by a model left open: strings, brackets, a
// member without a value. Line ends within strings, which JSON forbids, are
// escaped. cut is true if the text broke off within a string. The result may
// still be no JSON; nothing that was written is left out but half an escape.
func mend(s string) (whole string, cut bool) {
	var out strings.Builder
	out.Grow(len(s) + 16)
	var open []byte
	within, escaped := false, 0 // escaped: how many bytes of an escape have passed
	for i := range len(s) {
		b := s[i]
		switch {
		case !within:
			out.WriteByte(b)
			switch b {
			case '"':
				within = true
			case '{', '[':
				open = append(open, b+2)
			case '}', ']':
				if len(open) == 0 || open[len(open)-1] != b {
					return s, false
				}
				open = open[:len(open)-1]
			}
		case escaped == 1:
			out.WriteByte(b)
			escaped = 0
			if b == 'u' {
				escaped = 2
			}
		case escaped > 1:
			out.WriteByte(b)
			if escaped++; escaped == 6 {
				escaped = 0
			}
		case b == '\\':
			out.WriteByte(b)
			escaped = 1
		case b == '"':
			out.WriteByte(b)
			within = false
		case b < ' ':
			fmt.Fprintf(&out, `\u%04x`, b)
		default:
			out.WriteByte(b)
		}
	}
	whole = out.String()
	if within {
		whole = whole[:len(whole)-escaped] + `"`
		cut = true
	}
	whole = strings.TrimRight(whole, " \t\r\n")
	if len(open) > 0 {
		whole = closeMember(whole, open[len(open)-1])
	}
	slices.Reverse(open)
	return whole + string(open), cut
}

// closeMember completes the last member or element before a bracket closes.
func closeMember(s string, end byte) string {
	switch {
	case strings.HasSuffix(s, ","):
		return s[:len(s)-1]
	case strings.HasSuffix(s, ":"):
		return s + "null"
	case end == '}' && strings.HasSuffix(s, `"`):
		// A string that follows no colon is a key without a value.
		if k := lastQuoteOpen(s); k >= 0 {
			if before := strings.TrimRight(s[:k], " \t\r\n"); strings.HasSuffix(before, "{") || strings.HasSuffix(before, ",") {
				return s + ":null"
			}
		}
	}
	return s
}

// lastQuoteOpen is where the string that ends s begins.
func lastQuoteOpen(s string) int {
	for i := len(s) - 2; i >= 0; i-- {
		if s[i] != '"' {
			continue
		}
		slashes := 0
		for k := i - 1; k >= 0 && s[k] == '\\'; k-- {
			slashes++
		}
		if slashes%2 == 0 {
			return i
		}
	}
	return -1
}
