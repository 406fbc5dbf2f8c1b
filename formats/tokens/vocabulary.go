package tokens

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/bits"
	"strconv"

	"github.com/pkoukk/tiktoken-go-loader/assets"
)

// none is the rank of what is no token.
const none = ^uint32(0)

// A vocabulary finds the rank of a token by its bytes. It is an open hash
// table: keys of up to seven bytes stand in it as they are, longer ones as a
// hash, checked against the bytes. Most of what merging asks for is no token:
// a small filter, which stays in the processor's cache, says so first.
type vocabulary struct {
	maybe []uint64 // a bit for each hash that a token has
	keys  []uint64 // 0: empty
	ranks []uint32 // of the key at the same place
	shift uint
	pairs []uint32 // rank of two bytes, by first<<8|second

	bytes []byte   // of all tokens, one behind the other
	ends  []uint32 // of each token in bytes
}

const (
	longKey    = 1 << 63 // marks the key of a token that is too long to be its own key
	maybeShift = 43      // leaves 21 bits of a hash: 256 KiB of filter
)

// readVocabulary reads the file that the reference publishes: on each line a
// token in base64 and its rank, which are numbered from 0 up.
func readVocabulary(name string) (vocabulary, error) {
	file, err := assets.Assets.ReadFile(name + ".tiktoken")
	if err != nil {
		return vocabulary{}, fmt.Errorf("this program was built without the vocabulary of %s: %w", name, err)
	}
	v, err := parse(file)
	if err != nil {
		return vocabulary{}, fmt.Errorf("the vocabulary of %s cannot be used: %w", name, err)
	}
	return v, nil
}

func parse(file []byte) (vocabulary, error) {
	n := bytes.Count(file, []byte("\n"))
	v := vocabulary{bytes: make([]byte, 0, len(file)/2), ends: make([]uint32, 0, n), pairs: make([]uint32, 1<<16)}
	for i := range v.pairs {
		v.pairs[i] = none
	}
	v.shift = uint(64 - bits.Len(uint(n*2)))
	v.maybe = make([]uint64, 1<<(64-maybeShift-6))
	v.keys, v.ranks = make([]uint64, 1<<(64-v.shift)), make([]uint32, 1<<(64-v.shift))
	for line := 1; len(file) > 0; line++ {
		text, rest, _ := bytes.Cut(file, []byte("\n"))
		file = rest
		code, number, ok := bytes.Cut(text, []byte(" "))
		room := len(v.bytes) + base64.StdEncoding.DecodedLen(len(code))
		if !ok || room > cap(v.bytes) {
			return v, fmt.Errorf("line %d is no token with its rank", line)
		}
		size, err := base64.StdEncoding.Decode(v.bytes[len(v.bytes):room], code)
		if err != nil || size == 0 {
			return v, fmt.Errorf("line %d is no token with its rank: %w", line, err)
		}
		rank, err := strconv.Atoi(string(number))
		if err != nil || rank != len(v.ends) {
			return v, fmt.Errorf("line %d: its rank is %q, not %d", line, number, len(v.ends))
		}
		v.bytes = v.bytes[:len(v.bytes)+size]
		v.ends = append(v.ends, uint32(len(v.bytes)))
		v.insert(string(v.token(uint32(rank))), uint32(rank))
	}
	for b := range 256 {
		if v.rank(string([]byte{byte(b)})) == none {
			return v, fmt.Errorf("there is no token for the byte %#x", b)
		}
	}
	return v, nil
}

func (v *vocabulary) insert(token string, rank uint32) {
	if len(token) == 2 {
		v.pairs[int(token[0])<<8|int(token[1])] = rank
	}
	key := keyOf(token)
	h := spread(key)
	v.maybe[h>>maybeShift>>6] |= 1 << (h >> maybeShift & 63)
	at := h >> v.shift
	for v.keys[at] != 0 {
		at = (at + 1) & uint64(len(v.keys)-1)
	}
	v.keys[at], v.ranks[at] = key, rank
}

// rank is the number of the token that is s, none if there is no such token.
func (v *vocabulary) rank(s string) uint32 {
	key := keyOf(s)
	h := spread(key)
	if v.maybe[h>>maybeShift>>6]>>(h>>maybeShift&63)&1 == 0 {
		return none
	}
	for at := h >> v.shift; ; at = (at + 1) & uint64(len(v.keys)-1) {
		switch k := v.keys[at]; {
		case k == 0:
			return none
		case k != key:
		case key < longKey || string(v.token(v.ranks[at])) == s:
			return v.ranks[at]
		}
	}
}

// size is the number of tokens.
func (v *vocabulary) size() int { return len(v.ends) }

// token is the bytes of one token.
func (v *vocabulary) token(rank uint32) []byte {
	from := uint32(0)
	if rank > 0 {
		from = v.ends[rank-1]
	}
	return v.bytes[from:v.ends[rank]]
}

// keyOf is never 0 for a string that is not empty.
func keyOf(s string) uint64 {
	switch n := len(s); {
	case n >= 8:
		h := uint64(n)
		for ; len(s) > 8; s = s[8:] {
			h = spread(h ^ word(s))
		}
		if len(s) == 8 {
			return spread(h^word(s)) | longKey
		}
		return spread(h^tail(s)) | longKey
	default:
		return tail(s) | uint64(n)<<56
	}
}

// word is the first eight bytes of s.
func word(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// tail is all bytes of s, of which there are at most seven.
func tail(s string) uint64 {
	switch n := len(s); {
	case n >= 4:
		low := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24
		s = s[n-4:]
		high := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24
		return low | high<<(8*uint(n-4))
	case n >= 2:
		return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[n-1])<<(8*uint(n-1))
	case n == 1:
		return uint64(s[0])
	}
	return 0
}

// spread mixes the bits of a key, the best of them uppermost.
func spread(h uint64) uint64 {
	h ^= h >> 32
	h *= 0x9e3779b97f4a7c15
	return h ^ h>>29
}
