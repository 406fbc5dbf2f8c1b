// Package tokens counts the tokens of a text as OpenAI's tokenizer does: for
// o200k_base (GPT-4o and everything after it) and cl100k_base (GPT-4, GPT-3.5).
//
// # How a text becomes tokens
//
//	text ─► pieces (split.go) ─► is the piece a token? ─► else merge pairs of its bytes (merge.go)
//
// A text is first cut into pieces: words with the space before them, up to
// three digits, punctuation, white space. The encodings define the pieces by a
// regular expression with look-ahead; here a scanner written by hand reads the
// same pieces in one pass. No token ever spans two pieces. Most pieces are
// tokens as they stand. One that is not begins as single bytes, of which the
// neighbours that make the token of the lowest rank are joined, again and
// again, until no two neighbours make a token.
//
// # What this package promises
//
// The same tokens as the reference, for every valid text, in any script. Bytes
// that are no UTF-8 count as U+FFFD, one each. What looks like a special token,
// such as <|endoftext|>, is ordinary text: these are words of a chat, not
// orders to a model. The time is linear in the text but for a piece that is no
// token, which takes n log n of its own length: a megabyte of one letter is
// counted in well under a second, in little memory.
//
// The vocabularies are the files that the reference publishes, embedded by the
// module tiktoken-go-loader. They are read when first asked for, not before:
// about 45 ms and 10 MB of memory for o200k, less than half of that for cl100k.
package tokens

import (
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"
)

// An Encoding turns text into tokens. It may be used by many goroutines.
type Encoding struct {
	name  string
	next  func(classes *classes, s string, i int) int // the end of the piece that begins at i
	class *classes
	vocabulary
	scratch sync.Pool // of *scratch
}

// The encodings, by the name that the reference gives them.
const (
	O200k  = "o200k_base"
	CL100k = "cl100k_base"
)

var loaded = map[string]func() (*Encoding, error){
	O200k:  sync.OnceValues(func() (*Encoding, error) { return load(O200k, nextO200k) }),
	CL100k: sync.OnceValues(func() (*Encoding, error) { return load(CL100k, nextCL100k) }),
}

// Load returns an encoding by its name. The first call for a name reads its
// vocabulary; the error says what is wrong with it.
func Load(name string) (*Encoding, error) {
	get := loaded[name]
	if get == nil {
		return nil, fmt.Errorf("there is no encoding %q: use %s or %s", name, O200k, CL100k)
	}
	return get()
}

func load(name string, next func(*classes, string, int) int) (*Encoding, error) {
	v, err := readVocabulary(name)
	if err != nil {
		return nil, err
	}
	return &Encoding{name: name, next: next, class: allClasses(), vocabulary: v}, nil
}

// Name is the encoding's own: [O200k] or [CL100k].
func (e *Encoding) Name() string { return e.name }

// Count is the number of tokens in s.
func (e *Encoding) Count(s string) int {
	s = valid(s)
	w := e.borrow()
	n := 0
	for i := 0; i < len(s); {
		end := e.next(e.class, s, i)
		n += e.count(s[i:end], w)
		i = end
	}
	e.giveBack(w)
	return n
}

// count is the number of tokens in one piece.
func (e *Encoding) count(piece string, w *scratch) int {
	if len(piece) == 1 {
		return 1
	}
	if e.rank(piece) != none {
		return 1
	}
	slot := w.remembered(piece)
	if slot == nil {
		e.merge(piece, w)
		return len(w.ends)
	}
	if string(slot.piece[:slot.length]) != piece {
		e.merge(piece, w)
		slot.length, slot.tokens = uint8(copy(slot.piece[:], piece)), uint8(len(w.ends))
	}
	return int(slot.tokens)
}

// Encode appends the tokens of s to to.
func (e *Encoding) Encode(to []uint32, s string) []uint32 {
	s = valid(s)
	w := e.borrow()
	for i := 0; i < len(s); {
		end := e.next(e.class, s, i)
		piece := s[i:end]
		i = end
		if r := e.rank(piece); r != none {
			to = append(to, r)
			continue
		}
		e.merge(piece, w)
		from := int32(0)
		for _, end := range w.ends {
			to = append(to, e.rank(piece[from:end]))
			from = end
		}
	}
	e.giveBack(w)
	return to
}

// Decode is the bytes that tokens stand for. A number that is no token is an error.
func (e *Encoding) Decode(tokens []uint32) ([]byte, error) {
	var b []byte
	for _, t := range tokens {
		if int(t) >= e.size() {
			return b, fmt.Errorf("%s has no token %d", e.name, t)
		}
		b = append(b, e.token(t)...)
	}
	return b, nil
}

// valid is s with U+FFFD for each byte that is no UTF-8.
func valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	for _, r := range s {
		b.WriteRune(r)
	}
	return b.String()
}

func (e *Encoding) borrow() *scratch {
	if w, ok := e.scratch.Get().(*scratch); ok {
		return w
	}
	return &scratch{}
}

// giveBack keeps w for the next text, unless a huge piece has blown it up.
func (e *Encoding) giveBack(w *scratch) {
	if cap(w.heap) <= 8*window && cap(w.ends)+cap(w.sure) <= 8*window {
		e.scratch.Put(w)
	}
}
