package chatgpt

import (
	"encoding/binary"
	"math/bits"
)

// skip consumes one value of any kind, checking its grammar. It does not
// recurse: a bit for each open bracket tells objects from arrays. The common
// road (no white space, no escapes) stays within this function and its local
// variables; that alone doubles its speed.
func (s *scanner) skip() {
	b, i := s.b, s.i
	depth := 0
	open := uint64(0) // the innermost brackets, the last lowest: 1 for objects
	object := false   // what the innermost bracket is
	s.deep = s.deep[:0]
value:
	for i < len(b) && b[i] <= ' ' {
		if i = s.space(i); s.err != nil {
			return
		}
	}
	if i >= len(b) {
		s.fail(i, "")
		return
	}
	switch c := b[i]; c {
	case '"':
		if i = s.stringEnd(i); i < 0 {
			return
		}
	case '{', '[':
		if depth == maxDepth {
			s.fail(i, "more than 10,000 brackets within one another")
			return
		}
		object = c == '{'
		if depth%64 == 0 && depth > 0 { // the word is full
			s.deep = append(s.deep, open)
		}
		open <<= 1
		if object {
			open |= 1
		}
		depth++
		i++
		for i < len(b) && b[i] <= ' ' {
			if i = s.space(i); s.err != nil {
				return
			}
		}
		switch {
		case i < len(b) && b[i] == c+2: // the bracket that closes it
			i++
			open >>= 1
			if depth--; depth%64 == 0 && depth > 0 {
				open, s.deep = s.deep[len(s.deep)-1], s.deep[:len(s.deep)-1]
			}
			object = open&1 != 0
		case object:
			goto key
		default:
			goto value
		}
	case 't':
		i = s.literal(i, "true")
	case 'f':
		i = s.literal(i, "false")
	case 'n':
		i = s.literal(i, "null")
	default:
		i = s.number(i)
	}
	for depth > 0 {
		for i < len(b) && b[i] <= ' ' {
			if i = s.space(i); s.err != nil {
				return
			}
		}
		switch {
		case i >= len(b):
			s.fail(i, "")
			return
		case b[i] == ',':
			i++
			if object {
				goto key
			}
			goto value
		case b[i] == '}' && object, b[i] == ']' && !object:
			i++
			open >>= 1
			if depth--; depth%64 == 0 && depth > 0 {
				open, s.deep = s.deep[len(s.deep)-1], s.deep[:len(s.deep)-1]
			}
			object = open&1 != 0
		default:
			s.fail(i, "neither a comma nor an end")
			return
		}
	}
	if s.err == nil {
		s.i = i
	}
	return
key:
	for i < len(b) && b[i] <= ' ' {
		if i = s.space(i); s.err != nil {
			return
		}
	}
	if i = s.stringEnd(i); i < 0 {
		return
	}
	for i < len(b) && b[i] <= ' ' {
		if i = s.space(i); s.err != nil {
			return
		}
	}
	if i >= len(b) || b[i] != ':' {
		s.fail(i, "no colon after a key")
		return
	}
	i++
	goto value
}

// space returns the place of the next byte that is no white space.
func (s *scanner) space(i int) int {
	for ; i < len(s.b) && s.b[i] <= ' '; i++ {
		if c := s.b[i]; c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			s.fail(i, "a control character")
			return len(s.b)
		}
	}
	return i
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// special marks the bytes of x that are a quote, a backslash or a control
// character by their highest bit. A false mark is possible only above a true one.
func special(x uint64) uint64 {
	return ((x ^ ones*'"' - ones) | (x ^ ones*'\\' - ones) | (x - ones*' ')) &^ x & highs
}

// stringEnd returns the place behind the string that begins at i, -1 if it is none.
func (s *scanner) stringEnd(i int) int {
	b := s.b
	if i >= len(b) || b[i] != '"' {
		s.fail(i, "no string where one belongs")
		return -1
	}
	i++
	for {
		for i+8 <= len(b) {
			if odd := special(binary.LittleEndian.Uint64(b[i:])); odd != 0 {
				i += bits.TrailingZeros64(odd) / 8
				break
			}
			i += 8
		}
		if i >= len(b) {
			s.fail(i, "")
			return -1
		}
		switch c := b[i]; {
		case c == '"':
			return i + 1
		case c == '\\':
			n := escape(b[i:])
			if n == 0 {
				s.fail(i, "an unknown escape in a string")
				return -1
			}
			s.back = true
			i += n
		case c < ' ':
			s.fail(i, "a control character in a string")
			return -1
		default: // one of the last seven bytes
			i++
		}
	}
}

func (s *scanner) literal(i int, word string) int {
	switch {
	case len(s.b)-i < len(word):
		s.fail(len(s.b), "")
	case string(s.b[i:i+len(word)]) != word:
		s.fail(i, "no JSON value")
	default:
		return i + len(word)
	}
	return len(s.b)
}

// number passes over a number as RFC 8259 writes it.
func (s *scanner) number(i int) int {
	b, from := s.b, i
	at := func(c byte) bool { return i < len(b) && b[i] == c }
	digits := func() bool {
		n := i
		for i < len(b) && b[i]-'0' <= 9 {
			i++
		}
		return i > n
	}
	if at('-') {
		i++
	}
	if at('0') {
		i++
	} else if !digits() {
		s.fail(from, "no JSON value")
		return len(b)
	}
	if at('.') {
		i++
		if !digits() {
			s.fail(i, "no digit after a decimal point")
			return len(b)
		}
	}
	if at('e') || at('E') {
		i++
		if at('+') || at('-') {
			i++
		}
		if !digits() {
			s.fail(i, "no digit in an exponent")
			return len(b)
		}
	}
	return i
}
