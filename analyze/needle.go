package analyze

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A finder looks for what a search asks for: a text or a regular expression.
// It may be used by many goroutines.
type finder struct {
	text string
	re   *regexp.Regexp // instead of text
	must *finder        // of a text that every match of re contains; nil if there is none

	// Of a text in any case: what a match must contain. Jumping from one place
	// where the rarest of its letters stands to the next is many times as fast
	// as a regular expression, which is what counts over years of chats.
	runes []rune
	at    int      // the place of that letter in runes
	marks []string // how it may be written: both cases, and such as the Kelvin sign
}

func newFinder(pattern string, isRegex, fold bool) (*finder, error) {
	if isRegex {
		flags := "(?m)"
		if fold {
			flags = "(?mi)"
		}
		re, err := regexp.Compile(flags + pattern)
		if err != nil {
			return nil, err
		}
		return &finder{re: re, must: required(flags + pattern)}, nil
	}
	f := &finder{text: pattern}
	if !fold {
		return f, nil
	}
	if !utf8.ValidString(pattern) {
		re, err := regexp.Compile("(?i)" + regexp.QuoteMeta(strings.ToValidUTF8(pattern, "\uFFFD")))
		return &finder{re: re}, err
	}
	f.runes = []rune(pattern)
	for i, r := range f.runes {
		if frequency(r) < frequency(f.runes[f.at]) {
			f.at = i
		}
	}
	for r := f.runes[f.at]; ; {
		f.marks = append(f.marks, string(r))
		if r = unicode.SimpleFold(r); r == f.runes[f.at] {
			return f, nil
		}
	}
}

// required makes a finder of the longest text that every match of a regular
// expression contains, as far as its outermost level shows it. Looking for
// that first spares most texts the expression.
func required(pattern string) *finder {
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil
	}
	tree = tree.Simplify()
	parts := []*syntax.Regexp{tree}
	if tree.Op == syntax.OpConcat {
		parts = tree.Sub
	}
	var best *syntax.Regexp
	for _, p := range parts {
		if p.Op == syntax.OpLiteral && !slices.Contains(p.Rune, utf8.RuneError) && (best == nil || len(p.Rune) > len(best.Rune)) {
			best = p
		}
	}
	if best == nil {
		return nil
	}
	f, err := newFinder(string(best.Rune), false, best.Flags&syntax.FoldCase != 0)
	if err != nil {
		return nil
	}
	return f
}

// frequency guesses how often r stands in what people and models write.
func frequency(r rune) int {
	switch {
	case r == ' ':
		return 30
	case r < 0x80 && unicode.IsLetter(r):
		if i := strings.IndexRune("zqjxkvbywgpfmuchldrsnioate", unicode.ToLower(r)); i >= 0 {
			return 4 + i
		}
	case r < 0x80:
		return 3
	}
	return 2
}

// find yields the places of matches in s, from the left, none overlapping, and
// none empty, until yield has enough.
func (f *finder) find(s string, yield func(from, to int) bool) {
	switch {
	case f.re != nil:
		f.findRegex(s, yield)
	case f.runes != nil:
		f.findFolded(s, yield)
	case f.text != "":
		for at := 0; ; {
			i := strings.Index(s[at:], f.text)
			if i < 0 || !yield(at+i, at+i+len(f.text)) {
				return
			}
			at += i + len(f.text)
		}
	}
}

func (f *finder) findRegex(s string, yield func(from, to int) bool) {
	if f.must != nil && !f.must.in(s) {
		return
	}
	for _, m := range f.re.FindAllStringIndex(s, mostMatches) {
		if m[1] > m[0] && !yield(m[0], m[1]) {
			return
		}
	}
}

// in reports whether there is a match in s.
func (f *finder) in(s string) bool {
	found := false
	f.find(s, func(int, int) bool {
		found = true
		return false
	})
	return found
}

// mostMatches bounds what a regular expression may find in one text, all of
// which has to be held at once.
const mostMatches = 1 << 20

func (f *finder) findFolded(s string, yield func(from, to int) bool) {
	next := make([]int, len(f.marks)) // where each mark stands next; len(s) if nowhere
	for k := range next {
		next[k] = -1
	}
	for at, done := 0, 0; ; {
		best := len(s)
		for k, mark := range f.marks {
			if next[k] < at {
				next[k] = len(s)
				if i := strings.Index(s[at:], mark); i >= 0 {
					next[k] = at + i
				}
			}
			best = min(best, next[k])
		}
		if best == len(s) {
			return
		}
		at = best + 1
		if from, to, ok := f.around(s, best, done); ok {
			if !yield(from, to) {
				return
			}
			at, done = to, to
		}
	}
}

// around tells whether a match has its rarest letter at s[at:], and where it
// begins and ends; it may not begin before floor.
func (f *finder) around(s string, at, floor int) (from, to int, ok bool) {
	from = at
	for k := f.at - 1; k >= 0; k-- {
		r, n := utf8.DecodeLastRuneInString(s[floor:from])
		if n == 0 || r == utf8.RuneError && n == 1 || !sameLetter(r, f.runes[k]) {
			return 0, 0, false
		}
		from -= n
	}
	to = at
	for _, want := range f.runes[f.at:] {
		r, n := utf8.DecodeRuneInString(s[to:])
		if n == 0 || r == utf8.RuneError && n == 1 || !sameLetter(r, want) {
			return 0, 0, false
		}
		to += n
	}
	return from, to, true
}

// sameLetter reports whether a and b differ at most in case.
func sameLetter(a, b rune) bool {
	if a == b {
		return true
	}
	if a < 0x80 && b < 0x80 {
		return a|0x20 == b|0x20 && a|0x20 >= 'a' && a|0x20 <= 'z'
	}
	for r := unicode.SimpleFold(a); r != a; r = unicode.SimpleFold(r) {
		if r == b {
			return true
		}
	}
	return false
}
