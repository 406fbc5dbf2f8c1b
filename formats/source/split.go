package source

import (
	"bytes"
	"fmt"
	"io"
)

// Bounds on what one input may ask for. Real exports stay far below.
type limits struct {
	element int64 // bytes of one conversation
	depth   int   // of nested brackets in one conversation
	chunk   int   // bytes read at a time
}

var normal = limits{element: 512 << 20, depth: 10_000, chunk: 256 << 10}

// A cutError says that JSON ends, or stops being JSON, at a byte.
type cutError struct {
	at   int64
	what string
	err  error // io.ErrUnexpectedEOF, or what reading answered
}

func (e *cutError) Error() string { return fmt.Sprintf("%s at byte %d", e.what, e.at) }
func (e *cutError) Unwrap() error { return e.err }

// An element is one value of a run of conversations.
type element struct {
	n      int   // counts the elements of one input from 1
	offset int64 // of its first byte
	size   int64
	first  byte   // its first byte: { for an object
	body   []byte // until the next call; nil if it was not kept
	err    error  // why it was not kept although it was wanted: too large, too deep
}

// A splitter cuts JSON text into conversations: the elements of an array, of
// the array under "conversations" in an object, or objects one after another.
// It looks at brackets and strings only, so it runs at the speed of the disk
// and passes over an element that is broken or too large; whoever decodes an
// element learns whether it is JSON. It holds one element at a time.
type splitter struct {
	r        io.Reader
	lim      limits
	buf      []byte
	pos, end int
	off      int64 // of buf[0] in the input
	rerr     error // what r answered last, kept until buf is used up

	n       int
	inArray bool
	wrapped bool // the array belongs to an object, which goes on after it
	started bool

	rec  bool   // bytes from mark on belong to the element
	mark int    // in buf
	acc  []byte // what of the element has left buf
	over bool   // the element outgrew lim.element
}

func newSplitter(r io.Reader, lim limits) *splitter {
	return &splitter{r: r, lim: lim, buf: make([]byte, lim.chunk)}
}

// next returns the next element, io.EOF after the last, or a *cutError where
// the text cannot be followed further. The body is kept if keep says so of
// the element's number; otherwise it is only measured.
func (s *splitter) next(keep func(n int) bool) (element, error) {
	if !s.started {
		s.started = true
		s.skipBOM()
	}
	for {
		c, err := s.peek()
		if err == io.EOF && !s.inArray && !s.wrapped {
			return element{}, io.EOF
		}
		if err != nil {
			return element{}, s.cut(err)
		}
		switch {
		case s.inArray && c == ',':
			s.pos++
		case s.inArray && c == ']':
			s.pos++
			s.inArray = false
			if s.wrapped {
				el, done, err := s.object(element{}, false)
				if err != nil || done && el.size > 0 {
					return el, err
				}
			}
		case s.inArray:
			return s.element(c, keep)
		case c == '[':
			s.pos++
			s.inArray = true
		case c == '{':
			s.n++
			s.begin(keep(s.n))
			el := element{n: s.n, offset: s.off + int64(s.pos), first: c}
			s.pos++
			el, done, err := s.object(el, true)
			if err != nil || done {
				return el, err
			}
		default:
			return element{}, &cutError{s.off + int64(s.pos), "not JSON from here on,", nil}
		}
	}
}

// element reads one value of an array.
func (s *splitter) element(c byte, keep func(int) bool) (element, error) {
	s.n++
	el := element{n: s.n, offset: s.off + int64(s.pos), first: c}
	s.begin(keep(s.n))
	deep, err := s.value()
	return s.finish(el, deep, err)
}

// object reads the members of an object whose bracket, or a value in it, has
// been read. It is done at the object's end; it stops before the first
// element where "conversations" holds an array. While that has not happened
// the object itself may be a conversation, which el describes.
func (s *splitter) object(el element, whole bool) (element, bool, error) {
	deep := false
	for {
		c, err := s.peek()
		if err != nil {
			return el, false, s.cut(err)
		}
		switch c {
		case '}':
			s.pos++
			s.wrapped = false
			if !whole {
				return element{}, true, nil
			}
			el, err = s.finish(el, deep, nil)
			return el, true, err
		case ',', ':':
			s.pos++
		case '"':
			name, err := s.name()
			if err != nil {
				return el, false, err
			}
			if c, err = s.peek(); err == nil && c == ':' {
				s.pos++
				c, err = s.peek()
			}
			if err != nil {
				return el, false, s.cut(err)
			}
			if name == "conversations" && c == '[' {
				s.pos++
				s.rec, s.acc, s.inArray, s.wrapped = false, nil, true, true
				if whole {
					s.n-- // the object is a wrapper and no element
				}
				return el, false, nil
			}
			d, err := s.value()
			if err != nil {
				return el, false, err
			}
			deep = deep || d
		default:
			d, err := s.value() // a value without a name: for the decoder to refuse
			if err != nil {
				return el, false, err
			}
			deep = deep || d
		}
	}
}

// begin starts to measure, and if keep is true to keep, what is read from here.
func (s *splitter) begin(keep bool) {
	if cap(s.acc) > 8<<20 {
		s.acc = nil
	}
	s.rec, s.mark, s.acc, s.over = keep, s.pos, s.acc[:0], false
}

func (s *splitter) finish(el element, deep bool, err error) (element, error) {
	if err != nil {
		return element{}, err
	}
	el.size = s.off + int64(s.pos) - el.offset
	switch {
	case s.over || s.rec && el.size > s.lim.element:
		el.err = fmt.Errorf("larger than %d MiB", s.lim.element>>20)
	case deep:
		el.err = fmt.Errorf("nested more than %d deep", s.lim.depth)
	case s.rec && len(s.acc) == 0:
		el.body = s.buf[s.mark:s.pos]
	case s.rec:
		s.acc = append(s.acc, s.buf[s.mark:s.pos]...)
		el.body = s.acc
	}
	s.rec = false
	return el, nil
}

// own returns the body of el for keeps.
func (s *splitter) own(el element) []byte {
	if len(el.body) > 1<<20 && len(s.acc) == len(el.body) {
		s.acc = nil
		return el.body
	}
	return bytes.Clone(el.body)
}
