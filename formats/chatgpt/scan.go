package chatgpt

import (
	"fmt"
	"iter"
	"unsafe"
)

// maxDepth bounds how deep JSON may nest. encoding/json has the same bound.
const maxDepth = 10_000

// A scanner walks over JSON once, from left to right, and checks all of it on
// the way, whether a value is wanted or skipped. It is why decoding is fast:
// most bytes of a conversation are metadata nobody asks for, and they are
// passed over at the speed of skip. Whoever ranges over members or elements
// has to consume each value by exactly one call. After an error every call
// does nothing.
type scanner struct {
	b    []byte
	i    int
	err  error
	back bool     // stringEnd met a backslash; quoted clears it
	deep []uint64 // for skip: the outer brackets, 64 to a word
}

// A syntaxError says why bytes are no JSON, and where.
type syntaxError struct {
	at   int
	what string
}

func (e *syntaxError) Error() string { return fmt.Sprintf("not JSON: %s at byte %d", e.what, e.at) }

func (s *scanner) fail(at int, what string) {
	if s.err == nil {
		if at >= len(s.b) {
			at, what = len(s.b), "it ends too early (truncated?)"
		}
		s.err = &syntaxError{at, what}
	}
	s.i = len(s.b)
}

// peek returns the next byte that is no white space, 0 at the end.
func (s *scanner) peek() byte {
	if s.i < len(s.b) && s.b[s.i] > ' ' {
		return s.b[s.i]
	}
	return s.peekOn()
}

func (s *scanner) peekOn() byte {
	s.i = s.space(s.i)
	if s.i < len(s.b) {
		return s.b[s.i]
	}
	return 0
}

// members yields the keys of the object that comes next, decoded, as strings
// that are valid only while the raw bytes are. A value of another type is
// skipped and yields nothing.
func (s *scanner) members() iter.Seq[string] {
	return func(yield func(string) bool) {
		if s.peek() != '{' {
			s.skip()
			return
		}
		s.i++
		for n := 0; ; n++ {
			c := s.peek()
			if c == '}' && n == 0 {
				s.i++
				return
			}
			key, escaped, ok := s.quoted()
			if !ok {
				return
			}
			if s.peek() != ':' {
				s.fail(s.i, "no colon after a key")
				return
			}
			s.i++
			name := alias(key)
			if escaped {
				name = unescape(key)
			}
			if !yield(name) || !s.goesOn('}') {
				return
			}
		}
	}
}

// elements yields the index of each element of the array that comes next.
// A value of another type is skipped and yields nothing.
func (s *scanner) elements() iter.Seq[int] {
	return func(yield func(int) bool) {
		if s.peek() != '[' {
			s.skip()
			return
		}
		s.i++
		if s.peek() == ']' {
			s.i++
			return
		}
		for n := 0; ; n++ {
			if !yield(n) || !s.goesOn(']') {
				return
			}
		}
	}
}

// goesOn consumes a comma, or the end of an object or array.
func (s *scanner) goesOn(end byte) bool {
	switch s.peek() {
	case ',':
		s.i++
		return true
	case end:
		s.i++
	default:
		s.fail(s.i, "neither a comma nor an end")
	}
	return false
}

// raw consumes one value and returns its bytes.
func (s *scanner) raw() []byte {
	s.peek()
	from := s.i
	s.skip()
	if s.err != nil {
		return nil
	}
	return s.b[from:s.i]
}

// worth is raw, but nil for a value that says nothing: null, "", [], {} or false.
func (s *scanner) worth() []byte {
	b := s.raw()
	if len(b) <= 2 || string(b) == "null" || string(b) == "false" {
		if len(b) > 0 && b[0] >= '0' && b[0] <= '9' {
			return b
		}
		return nil
	}
	return b
}

// look is text without a copy where that can be: valid only while the raw bytes are.
func (s *scanner) look() string {
	if s.peek() != '"' {
		s.skip()
		return ""
	}
	b, escaped, ok := s.quoted()
	if ok && escaped {
		return unescape(b)
	}
	return alias(b)
}

// text consumes one value and returns it if it is a string, decoded and
// independent of the raw bytes; else "".
func (s *scanner) text() string {
	if s.peek() != '"' {
		s.skip()
		return ""
	}
	b, escaped, _ := s.quoted()
	return unquoted(b, escaped)
}

// same is text; known, if the value is just that, so that strings which come
// again and again are held once.
func (s *scanner) same(known string) string {
	if s.peek() != '"' {
		s.skip()
		return ""
	}
	b, escaped, _ := s.quoted()
	if string(b) == known && !escaped {
		return known
	}
	return unquoted(b, escaped)
}

// unquoted is the string that stands between quotes, independent of them.
func unquoted(inner []byte, escaped bool) string {
	if escaped {
		return unescape(inner)
	}
	return string(inner)
}

// truth consumes one value and reports whether it is true.
func (s *scanner) truth() bool { return string(s.raw()) == "true" }

// quoted consumes a string and returns what is between the quotes.
func (s *scanner) quoted() (inner []byte, escaped, ok bool) {
	from := s.i + 1
	s.back = false
	end := s.stringEnd(s.i)
	if end < 0 {
		return nil, false, false
	}
	s.i = end
	return s.b[from : end-1], s.back, true
}

// escape is the length of the escape sequence that b begins with, 0 if it is none.
func escape(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if len(b) >= 6 && hex4(b[2:6]) >= 0 {
			return 6
		}
	}
	return 0
}

// alias makes a string of b without copying: for looking at only.
func alias(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
