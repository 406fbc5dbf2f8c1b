package html

import "bytes"

// A wordSet is a set of words, numbered in the order in which they came. It
// holds no pointers: a million words cost a collector of garbage nothing.
type wordSet struct {
	slots []uint32 // number of a word, from 1; 0 for none
	words []word
	text  []byte // of all words
}

type word struct{ hash, from, to uint32 }

func (s *wordSet) len() int { return len(s.words) }

func (s *wordSet) at(n int) []byte { return s.text[s.words[n].from:s.words[n].to] }

// add answers the number of w, and whether the set did not have it. hash must
// be that of w, always by the same function.
func (s *wordSet) add(w []byte, hash uint32) (n int, fresh bool) {
	if len(s.words)*2 >= len(s.slots) {
		s.grow()
	}
	mask := uint32(len(s.slots) - 1)
	at := hash & mask
	for ; s.slots[at] != 0; at = (at + 1) & mask {
		n := int(s.slots[at] - 1)
		if s.words[n].hash == hash && bytes.Equal(s.at(n), w) {
			return n, false
		}
	}
	from := len(s.text)
	s.text = append(s.text, w...)
	s.words = append(s.words, word{hash, uint32(from), uint32(len(s.text))})
	s.slots[at] = uint32(len(s.words))
	return len(s.words) - 1, true
}

func (s *wordSet) grow() {
	s.slots = make([]uint32, max(1<<10, 2*len(s.slots)))
	mask := uint32(len(s.slots) - 1)
	for n := range s.words {
		at := s.words[n].hash & mask
		for s.slots[at] != 0 {
			at = (at + 1) & mask
		}
		s.slots[at] = uint32(n + 1)
	}
}

// size is about how many bytes it takes.
func (s *wordSet) size() int { return 4*len(s.slots) + 12*len(s.words) + len(s.text) }

// clear makes it empty; one that was very large gives its room back.
func (s *wordSet) clear() {
	if len(s.slots) > 1<<15 || cap(s.text) > 1<<20 {
		*s = wordSet{}
		return
	}
	s.empty()
}

// empty makes it empty, and keeps the room that it had.
func (s *wordSet) empty() {
	clear(s.slots)
	s.words, s.text = s.words[:0], s.text[:0]
}
