package tokens

import (
	"sync"
	"unicode"
	"unicode/utf8"
)

// A class says which sets of the regular expressions a character is in.
type class uint8

// The sets. "leading" letters may stand in a word before "trailing" ones:
// o200k cuts HelloWorld in two, where a capital follows a small letter.
const (
	leading  class = 1 << iota // \p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}
	trailing                   // \p{Ll}\p{Lm}\p{Lo}\p{M}
	letter                     // \p{L}
	number                     // \p{N}
	space                      // \s
	newline                    // \r\n
)

// classes holds the class of every character.
type classes [unicode.MaxRune + 1]class

// at is the class of the character at s[i:] and its length in bytes; at the
// end of s it is 0 and 0.
func (c *classes) at(s string, i int) (class, int) {
	if i >= len(s) {
		return 0, 0
	}
	if b := s[i]; b < utf8.RuneSelf {
		return c[b], 1
	}
	r, n := utf8.DecodeRuneInString(s[i:])
	return c[r], n
}

var allClasses = sync.OnceValue(func() *classes {
	var c classes
	for _, set := range []struct {
		of    *unicode.RangeTable
		class class
	}{
		{unicode.Lu, letter | leading}, {unicode.Lt, letter | leading}, {unicode.Ll, letter | trailing},
		{unicode.Lm, letter | leading | trailing}, {unicode.Lo, letter | leading | trailing},
		{unicode.M, leading | trailing}, {unicode.N, number}, {unicode.White_Space, space},
	} {
		for _, r := range set.of.R16 {
			for k := rune(r.Lo); k <= rune(r.Hi); k += rune(r.Stride) {
				c[k] |= set.class
			}
		}
		for _, r := range set.of.R32 {
			for k := rune(r.Lo); k <= rune(r.Hi); k += rune(r.Stride) {
				c[k] |= set.class
			}
		}
	}
	c['\r'] |= newline
	c['\n'] |= newline
	for _, r := range later {
		for k := r.from; k <= r.to; k++ {
			c[k] = r.class
		}
	}
	return &c
})

// later lists the characters of Unicode 15.1 and 16.0, which the reference
// knows (its regular expressions are those of Rust's regex-syntax 0.8) and Go,
// at Unicode 15.0, does not yet. A test says when Go has moved on.
var later = []interval{
	{0x0897, 0x0897, mark},
	{0x1C89, 0x1C89, capital},
	{0x1C8A, 0x1C8A, small},
	{0xA7CB, 0xA7CC, capital},
	{0xA7CD, 0xA7CD, small},
	{0xA7DA, 0xA7DA, capital},
	{0xA7DB, 0xA7DB, small},
	{0xA7DC, 0xA7DC, capital},
	{0x105C0, 0x105F3, other},
	{0x10D40, 0x10D49, number},
	{0x10D4A, 0x10D4F, other},
	{0x10D50, 0x10D65, capital},
	{0x10D69, 0x10D6D, mark},
	{0x10D6F, 0x10D6F, other},
	{0x10D70, 0x10D85, small},
	{0x10EC2, 0x10EC4, other},
	{0x10EFC, 0x10EFC, mark},
	{0x11380, 0x11389, other},
	{0x1138B, 0x1138B, other},
	{0x1138E, 0x1138E, other},
	{0x11390, 0x113B5, other},
	{0x113B7, 0x113B7, other},
	{0x113B8, 0x113C0, mark},
	{0x113C2, 0x113C2, mark},
	{0x113C5, 0x113C5, mark},
	{0x113C7, 0x113CA, mark},
	{0x113CC, 0x113D0, mark},
	{0x113D1, 0x113D1, other},
	{0x113D2, 0x113D2, mark},
	{0x113D3, 0x113D3, other},
	{0x113E1, 0x113E2, mark},
	{0x116D0, 0x116E3, number},
	{0x11BC0, 0x11BE0, other},
	{0x11BF0, 0x11BF9, number},
	{0x11F5A, 0x11F5A, mark},
	{0x13460, 0x143FA, other},
	{0x16100, 0x1611D, other},
	{0x1611E, 0x1612F, mark},
	{0x16130, 0x16139, number},
	{0x16D40, 0x16D6C, other},
	{0x16D70, 0x16D79, number},
	{0x18CFF, 0x18CFF, other},
	{0x1CCF0, 0x1CCF9, number},
	{0x1E5D0, 0x1E5ED, other},
	{0x1E5EE, 0x1E5EF, mark},
	{0x1E5F0, 0x1E5F0, other},
	{0x1E5F1, 0x1E5FA, number},
	{0x2EBF0, 0x2EE5D, other},
}

// An interval is characters of one class.
type interval struct {
	from, to rune
	class    class
}

const (
	capital = letter | leading
	small   = letter | trailing
	other   = letter | leading | trailing
	mark    = leading | trailing
)
