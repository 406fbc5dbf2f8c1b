package html

import "math/bits"

// The numbers of the search index travel as text, since a page that lies in a
// folder can load nothing else. Bits are written thirteen at a time, as two
// characters of which a string between backquotes can hold 92 without escape:
// 6.5 bits a byte, where base 64 has 6.
const bitDigits = " !\"#%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_abcdefghijklmnopqrstuvwxyz{|}~"

// A bitText is a stream of bits, written as text.
type bitText struct {
	text []byte
	low  uint32 // bits that wait for others
	n    int    // how many
}

// put writes the lowest n bits of v, the highest of them first.
func (b *bitText) put(v uint32, n int) {
	for n > 0 {
		k := min(n, 13-b.n)
		n -= k
		b.low = b.low<<k | v>>n&(1<<k-1)
		if b.n += k; b.n == 13 {
			b.text = append(b.text, bitDigits[b.low/92], bitDigits[b.low%92])
			b.low, b.n = 0, 0
		}
	}
}

// end fills the last thirteen bits.
func (b *bitText) end() { b.put(0, (13-b.n)%13) }

// count writes a number from 1 up, in a code that is short for small ones
// (Elias' gamma).
func (b *bitText) count(n uint32) {
	k := bits.Len32(n)
	b.put(0, k-1)
	b.put(n, k)
}

// below writes a number less than n in about log2 n bits.
func (b *bitText) below(v, n uint32) {
	k := bits.Len32(n - 1)
	if spare := uint32(1)<<k - n; v < spare {
		b.put(v, k-1)
	} else {
		b.put(v+spare, k)
	}
}

// sorted writes numbers that rise from low at least to high at most: the
// middle one within the room that the others leave it, then either half the
// same way (interpolative coding). It takes fewer bits where they stand close
// together, and none for a run without gaps. The reader has to know how many
// there are. It calls itself no deeper than log2 of their number.
func (b *bitText) sorted(list []uint32, low, high uint32) {
	for len(list) > 0 && int(high-low)+1 > len(list) {
		m := len(list) / 2
		from := low + uint32(m)
		b.below(list[m]-from, high-uint32(len(list)-1-m)-from+1)
		b.sorted(list[:m], low, list[m]-1)
		list, low = list[m+1:], list[m]+1
	}
}
