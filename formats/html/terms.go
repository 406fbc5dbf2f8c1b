package html

import (
	"bytes"
	"hash/maphash"
	"unicode"
	"unicode/utf8"
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

// A tally gathers the terms of one page.
type tally struct {
	seed    maphash.Seed
	letters *[0x3100]letter
	terms   wordSet
	spelt   wordSet // words that are more than ASCII, as they stand there: each is folded once
	buffer  []byte  // a word, folded
	scripts [len(scripts)]int
}

// scripts tell pages apart whose words have little in common; see search.go.
var scripts = [...]*unicode.RangeTable{unicode.Latin, unicode.Han, unicode.Cyrillic, unicode.Arabic, unicode.Hiragana, unicode.Hangul,
	unicode.Devanagari, unicode.Greek, unicode.Hebrew, unicode.Thai}

func (t *tally) letter(r rune) letter {
	switch {
	case int(r) < len(t.letters):
		return t.letters[r]
	case 0x3400 <= r && r < 0x4dc0, 0x4e00 <= r && r < 0xa000: // Han
		return letter{fold: r, word: true, paired: true}
	case 0xac00 <= r && r < 0xd7a4: // Hangul
		return letter{fold: r, word: true}
	}
	return letter{fold: -1, word: inWord(r), paired: unicode.In(r, pairs...), mark: unicode.IsMark(r)}
}

// script is the number of the one that the page is written in. Latin stands
// beside every other, in code and addresses.
func (t *tally) script() (most int) {
	n := t.terms.len() / 4
	for i, k := range t.scripts {
		if k > n {
			n, most = k, i
		}
	}
	return most
}

func (t *tally) reset() {
	t.terms.clear()
	t.spelt.clear()
	t.scripts = [len(scripts)]int{}
}

// page gathers the terms of what a page of ours shows of a conversation, from
// its <main>. Tags part words; what stands in headings of messages and in
// summaries is ours and the same on every page.
func (t *tally) page(html []byte) {
	at := max(0, bytes.Index(html, []byte("<main")))
	for at < len(html) {
		if html[at] == '<' {
			rest := html[at:]
			skip := bytes.IndexByte(rest, '>')
			for _, own := range []string{"h2", "summary"} {
				if len(rest) > len(own) && string(rest[1:1+len(own)]) == own {
					if skip = bytes.Index(rest, []byte("</"+own+">")); skip >= 0 {
						skip += len(own) + 2
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
}

// text gathers the words of escaped text.
func (t *tally) text(s []byte) {
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c >= utf8.RuneSelf || wordByte[c] != 0:
			i += t.word(s[i:])
		case c == '&': // one of special's entities
			i += 1 + bytes.IndexByte(s[i+1:], ';') + 1
		default:
			i++
		}
	}
}

// word gathers the word that s begins with, and says how long it is; if s
// begins with none, how far to go on.
func (t *tally) word(s []byte) int {
	w := t.buffer[:0]
	i := 0
	for i < len(s) && s[i] < utf8.RuneSelf && wordByte[s[i]] != 0 {
		w = append(w, wordByte[s[i]])
		i++
	}
	if i == len(s) || s[i] < utf8.RuneSelf {
		if t.buffer = w; len(w) <= maxTerm {
			t.terms.add(w, t.hash(w))
		}
		return i
	}
	byTheBook, wide := false, false
	for i < len(s) {
		c := s[i]
		if c < utf8.RuneSelf {
			if wordByte[c] == 0 {
				break
			}
			w = append(w, wordByte[c])
			i++
			continue
		}
		r, size := utf8.DecodeRune(s[i:])
		l := t.letter(r)
		if !l.word {
			if i == 0 {
				i = size
			}
			break
		}
		i += size
		wide = true
		switch {
		case l.fold < 0:
			byTheBook = true
		case l.fold > 0:
			w = utf8.AppendRune(w, l.fold)
		}
	}
	t.buffer = w
	if len(w) == 0 && !byTheBook {
		return i
	}
	if i <= 100 && wide { // a longer one is a sentence, and not said twice
		if _, fresh := t.spelt.add(s[:i], t.hash(s[:i])); !fresh {
			return i
		}
	}
	if byTheBook {
		w = folded(s[:i])
	}
	t.wide(w)
	return i
}

func (t *tally) hash(w []byte) uint32 { return uint32(maphash.Bytes(t.seed, w)) }

func (t *tally) add(term []byte) {
	if len(term) > maxTerm*utf8.UTFMax { // letters under heaps of marks
		return
	}
	if _, fresh := t.terms.add(term, t.hash(term)); fresh && term[0] >= utf8.RuneSelf {
		r, _ := utf8.DecodeRune(term)
		for i, s := range scripts {
			if unicode.Is(s, r) {
				t.scripts[i]++
				return
			}
		}
	}
}

// wide gathers the terms of a folded word of any script. Folding may have put
// into it what is no letter.
func (t *tally) wide(w []byte) {
	start, run := 0, 0 // run counts the letters from start
	one, two := -1, -1 // in a script of pairs, where the last letter but one began, and the last
	flush := func(end int) {
		switch {
		case one >= 0:
			t.add(w[one:end])
			fallthrough
		case two >= 0:
			t.add(w[two:end])
		case end > start && run <= maxTerm:
			t.add(w[start:end])
		}
		start, run, one, two = end, 0, -1, -1
	}
	for i := 0; i < len(w); {
		r, size := utf8.DecodeRune(w[i:])
		switch l := t.letter(r); {
		case !l.word:
			flush(i)
			start = i + size
		case two >= 0 && l.mark:
		case l.paired && two < 0:
			flush(i)
			two = i
		case l.paired:
			if one >= 0 {
				t.add(w[one:i])
			}
			one, two = two, i
		case two >= 0:
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
func lessUTF16(a, b []byte) int {
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
