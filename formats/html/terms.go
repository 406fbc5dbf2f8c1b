package html

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Terms are what the search index knows a page by, and find.js cuts queries
// and pages into the same ones:
//
//   - a run of letters and digits is a term, folded: without case, accents and
//     the marks over Arabic and Hebrew letters ("Über" is "uber");
//   - a run of a script that is written without spaces gives each two of its
//     letters that stand side by side, and its last letter ("水分量" gives
//     "水分", "分量" and "量"), so that any stretch of it is found;
//   - a term longer than maxTerm letters is data, and nobody's query.
const maxTerm = 40

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

// A tally counts the terms of one page.
type tally struct {
	count map[string]uint32
	word  []byte
	wide  bool // word holds more than ASCII
}

// page counts the terms of what a page of ours shows of a conversation, from
// its <main>. Tags part words; what stands in headings of messages and in
// summaries is ours and the same on every page.
func (t *tally) page(html []byte) {
	at := max(0, bytes.Index(html, []byte("<main")))
	for at < len(html) {
		if html[at] == '<' {
			t.end()
			rest := html[at:]
			skip := bytes.IndexByte(rest, '>')
			for _, shut := range []string{"</h2>", "</summary>"} {
				if bytes.HasPrefix(rest, []byte("<"+shut[2:len(shut)-1])) {
					if skip = bytes.Index(rest, []byte(shut)); skip >= 0 {
						skip += len(shut) - 1
					}
				}
			}
			if skip < 0 || bytes.HasPrefix(rest, []byte("</main>")) {
				return
			}
			at += skip + 1
			continue
		}
		n := bytes.IndexByte(html[at:], '<')
		if n < 0 {
			n = len(html) - at
		}
		t.text(html[at : at+n])
		at += n
	}
	t.end()
}

// text counts the words of escaped text.
func (t *tally) text(s []byte) {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			i++
			if b := wordByte[c]; b != 0 {
				t.word = append(t.word, b)
				continue
			}
			t.end()
			if c == '&' { // one of special's entities
				i += bytes.IndexByte(s[i:], ';') + 1
			}
			continue
		}
		r, size := utf8.DecodeRune(s[i:])
		if inWord(r) {
			t.word = append(t.word, s[i:i+size]...)
			t.wide = true
		} else {
			t.end()
		}
		i += size
	}
}

// end counts the word that has been read.
func (t *tally) end() {
	if len(t.word) > 0 {
		if t.wide {
			t.wideWord(folded(t.word))
		} else if len(t.word) <= maxTerm {
			t.add(t.word)
		}
		t.word, t.wide = t.word[:0], false
	}
}

func (t *tally) add(term []byte) {
	if n, known := t.count[string(term)]; known {
		t.count[string(term)] = n + 1
	} else {
		t.count[string(term)] = 1
	}
}

// wideWord counts a folded word of any script. Folding may have put into it
// what is no letter.
func (t *tally) wideWord(w []byte) {
	start, run, last := 0, 0, -1 // run counts the letters from start; last is where the last one of a pair began
	flush := func(end int) {
		switch {
		case end == start:
		case last >= 0:
			t.add(w[last:end])
		case run <= maxTerm:
			t.add(w[start:end])
		}
		start, run, last = end, 0, -1
	}
	for i := 0; i < len(w); {
		r, size := utf8.DecodeRune(w[i:])
		switch paired := unicode.In(r, pairs...); {
		case !inWord(r):
			flush(i)
			start = i + size
		case paired && last < 0:
			flush(i)
			last = i
		case paired:
			t.add(w[last : i+size])
			last = i
		case last >= 0 && unicode.IsMark(r): // belongs to the letter before
		case last >= 0:
			flush(i)
			run = 1
		default:
			run++
		}
		i += size
	}
	flush(len(w))
}

// lessUTF16 orders strings as a browser's scripts do, by UTF-16 units.
func lessUTF16(a, b string) int {
	for i := range min(len(a), len(b)) {
		if x, y := a[i], b[i]; x != y {
			if x >= 0xee && y >= 0xee && (x >= 0xf0) != (y >= 0xf0) {
				x, y = y, x
			}
			return int(x) - int(y)
		}
	}
	return len(a) - len(b)
}
