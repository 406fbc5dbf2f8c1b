package html

import (
	"bytes"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// What letters are in words of the search index (terms.go), and what is left
// of them when a word is folded.

// pairs are the scripts that are written without spaces.
var pairs = []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, longVowel, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar}

var longVowel = &unicode.RangeTable{R16: []unicode.Range16{{Lo: 0x30fc, Hi: 0x30fc, Stride: 1}}} // of Katakana, which Unicode counts to no script

// dropped are marks that a folded word goes without: accents, Hebrew points,
// Arabic vowels, and the stroke that stretches Arabic words.
var dropped = &unicode.RangeTable{R16: []unicode.Range16{
	{Lo: 0x0300, Hi: 0x036f, Stride: 1}, {Lo: 0x0591, Hi: 0x05bd, Stride: 1}, {Lo: 0x05bf, Hi: 0x05c7, Stride: 1},
	{Lo: 0x0610, Hi: 0x061a, Stride: 1}, {Lo: 0x0640, Hi: 0x0640, Stride: 1}, {Lo: 0x064b, Hi: 0x065f, Stride: 1},
	{Lo: 0x0670, Hi: 0x0670, Stride: 1}, {Lo: 0x06d6, Hi: 0x06ed, Stride: 1},
}}

// folded is s without what tells spellings of a word apart.
func folded(s []byte) []byte {
	s = bytes.Map(func(r rune) rune {
		switch {
		case unicode.Is(dropped, r):
			return -1
		case r == 'ς':
			return 'σ'
		}
		return unicode.ToLower(r)
	}, norm.NFKD.Bytes(s))
	return norm.NFC.Bytes(s)
}

func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }

// A letter says what a rune is in a word.
type letter struct {
	fold   rune // what it is folded, whatever stands around it; 0 for nothing, -1 if that depends
	word   bool // a word goes on with it
	paired bool // its script is written without spaces
	mark   bool // it belongs to the letter before
}

// letters are those of the alphabets that most words are written in. To fold a
// word rune by rune is ten times as fast as to fold it by the book.
var letters = sync.OnceValue(func() *[0x3100]letter {
	var t [0x3100]letter
	for r := range rune(len(t)) {
		t[r] = aLetter(r)
	}
	return &t
})

func aLetter(r rune) letter {
	l := letter{fold: -1, word: inWord(r), paired: unicode.In(r, pairs...), mark: unicode.IsMark(r)}
	if !l.word {
		return l
	}
	f := folded(utf8.AppendRune(nil, r))
	one, size := utf8.DecodeRune(f)
	switch {
	case len(f) == 0:
		l.fold = 0
	case size == len(f) && inWord(one) && norm.NFC.Properties(f).BoundaryBefore() && norm.NFKD.PropertiesString(string(r)).BoundaryBefore():
		l.fold = one // it never melts with what stands before it, nor do two such with one another
	}
	return l
}

// wordByte says of a byte of ASCII what it is in a word, folded; 0 if nothing.
var wordByte = func() (t [utf8.RuneSelf]byte) {
	for c := byte(0); c < utf8.RuneSelf; c++ {
		switch {
		case '0' <= c && c <= '9', 'a' <= c && c <= 'z':
			t[c] = c
		case 'A' <= c && c <= 'Z':
			t[c] = c + 'a' - 'A'
		}
	}
	return t
}()
