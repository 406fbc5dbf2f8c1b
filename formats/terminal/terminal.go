// Package terminal is what the program may tell a person's terminal.
//
// Text from chats, servers and files is hostile: an escape sequence in a title
// could retitle the window, hide lines or worse. [Safe] makes such text
// harmless, and everything that prints for people passes through it. A
// [Talker] owns standard error: progress line, log and messages share it, so
// that nothing is printed into the middle of a line.
package terminal

import (
	"strings"
	"unicode"
)

// Safe returns s without anything that could steer a terminal or reorder what
// it shows: control characters (newlines stay), escape sequences' first
// bytes, bidi controls, private-use and invalid characters become U+FFFD.
func Safe(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\u200d' || unicode.IsPrint(r) {
			return r
		}
		if unicode.IsSpace(r) {
			return ' '
		}
		return '\uFFFD'
	}, s)
}

// Line is Safe on a single line.
func Line(s string) string { return strings.ReplaceAll(Safe(s), "\n", " ") }
