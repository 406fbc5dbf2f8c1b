package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// value passes one value, whose first byte peek has shown, and tells whether
// it is nested too deep. It ends where its brackets close; which bracket
// closes which is the decoder's business.
func (s *splitter) value() (deep bool, err error) {
	depth, start := 0, s.off+int64(s.pos)
	for {
		if s.pos == s.end {
			if err := s.fill(); err != nil {
				if err == io.EOF && depth == 0 {
					return deep, nil
				}
				return deep, s.cut(err)
			}
		}
		b, stops := s.buf[s.pos:s.end], &inside
		if depth == 0 {
			stops = &outside
		}
		i := 0
		for i < len(b) && !stops[b[i]] {
			i++
		}
		s.pos += i
		if i == len(b) {
			continue
		}
		switch b[i] {
		case '"':
			s.pos++
			if err := s.str(); err != nil {
				return deep, err
			}
			if depth == 0 {
				return deep, nil
			}
		case '{', '[':
			s.pos++
			depth++
			deep = deep || depth > s.lim.depth
		default: // a closing bracket; at depth 0 also what ends a number or a word
			if depth == 0 && s.off+int64(s.pos) == start {
				return deep, &cutError{start, "not JSON from here on,", nil}
			}
			if depth == 0 {
				return deep, nil
			}
			s.pos++
			if depth--; depth == 0 {
				return deep, nil
			}
		}
	}
}

// The bytes at which value has to think, within brackets and outside them.
var (
	inside  = [256]bool{'"': true, '{': true, '}': true, '[': true, ']': true}
	outside = [256]bool{'"': true, '{': true, '}': true, '[': true, ']': true, ',': true, ' ': true, '\t': true, '\n': true, '\r': true}
)

// str passes the rest of a string, closing quote included. A quote ends it
// unless an odd number of backslashes stands before it.
func (s *splitter) str() error {
	odd := false // an odd number of backslashes ended the last chunk
	for {
		if s.pos == s.end {
			if err := s.fill(); err != nil {
				return s.cut(err)
			}
		}
		b := s.buf[s.pos:s.end]
		k := bytes.IndexByte(b, '"')
		run := b
		if k >= 0 {
			run = b[:k]
		}
		back := len(run)
		for back > 0 && run[back-1] == '\\' {
			back--
		}
		escaped := (len(run)-back)%2 == 1
		if back == 0 && odd {
			escaped = !escaped
		}
		if k < 0 {
			s.pos, odd = s.end, escaped
			continue
		}
		s.pos += k + 1
		odd = false
		if !escaped {
			return nil
		}
	}
}

// name reads a member's name, as far as it may be one that matters.
func (s *splitter) name() (string, error) {
	s.pos++
	var name [16]byte
	n := 0
	for {
		if s.pos == s.end {
			if err := s.fill(); err != nil {
				return "", s.cut(err)
			}
		}
		c := s.buf[s.pos]
		if c == '"' {
			s.pos++
			return string(name[:n]), nil
		}
		if c == '\\' || n == len(name) {
			return "", s.str()
		}
		name[n] = c
		n++
		s.pos++
	}
}

// peek shows the next byte that is not white space.
func (s *splitter) peek() (byte, error) {
	for {
		for s.pos < s.end {
			switch c := s.buf[s.pos]; c {
			case ' ', '\t', '\n', '\r':
				s.pos++
			default:
				return c, nil
			}
		}
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
}

func (s *splitter) skipBOM() {
	for s.end < 3 && s.grow() == nil {
	}
	if bytes.HasPrefix(s.buf[:s.end], []byte("\ufeff")) {
		s.pos = 3
	}
}

// grow reads more behind what buf holds.
func (s *splitter) grow() error {
	for tries := 0; s.rerr == nil; tries++ {
		var n int
		n, s.rerr = s.r.Read(s.buf[s.end:])
		s.end += n
		if n > 0 {
			return nil
		}
		if tries == 100 {
			s.rerr = io.ErrNoProgress
		}
	}
	return s.rerr
}

// fill replaces buf, all of which has been passed, by the next bytes.
func (s *splitter) fill() error {
	if s.rec {
		if int64(len(s.acc)+s.end-s.mark) > s.lim.element {
			s.rec, s.over, s.acc = false, true, nil
		} else {
			s.acc = append(s.acc, s.buf[s.mark:s.end]...)
		}
	}
	s.off += int64(s.end)
	s.pos, s.end, s.mark = 0, 0, 0
	return s.grow()
}

func (s *splitter) cut(err error) error {
	at := s.off + int64(s.pos)
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		return &cutError{at, "the file ends early,", io.ErrUnexpectedEOF}
	}
	return &cutError{at, fmt.Sprintf("cannot be read further (%v),", err), err}
}
