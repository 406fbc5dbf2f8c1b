package html

import "strings"

// Most code that people are given is in one of some twenty languages. For
// those the page needs no more than words, strings, comments and numbers told
// apart, and one pass over the bytes does that a few hundred times as fast as
// the regular expressions of a full lexer. What a scanner writes is slices of
// the source, so that no byte can be lost, whatever it takes them for.

// A syntax says how the words of a language look.
type syntax struct {
	line    []string           // what begins a comment to the end of the line
	block   [2]string          // what begins and ends a comment, or ""
	quotes  []quote            // longest first
	words   map[string]byte    // class of a keyword ('k') or builtin ('b')
	fold    bool               // words do not depend on case
	inWord  string             // beside letters, digits and _
	sigil   byte               // begins a variable: $ in shells
	at      byte               // begins an annotation: @
	prefix  string             // letters that may stand before a quote: rbfu in Python
	types   bool               // a word like Thing is a type
	keys    byte               // a word or string before this byte is a key: ':' in JSON
	hash    bool               // # begins an instruction to the preprocessor
	regexps bool               // /x/ may be a regular expression
	tick    bool               // 'a is a lifetime unless it is 'a'
	scan    func(*out, string) // for languages that are not made of words
}

// A quote is a way to write strings.
type quote struct {
	open, shut string
	escape     bool // a backslash takes the next byte's meaning away
	lines      bool // may go on beyond the line
}

// token writes s in the colour of a class, 0 for none.
func (o *out) token(class byte, s string) {
	if s == "" {
		return
	}
	if class == 0 {
		o.text(s)
		return
	}
	o.raw("<i class=")
	o.b = append(o.b, class, '>')
	o.text(s)
	o.raw("</i>")
}

func isWord(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c >= 0x80
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// colour writes src by the rules of x.
func (x *syntax) colour(o *out, src string) {
	if x.scan != nil {
		x.scan(o, src)
		return
	}
	plain := 0 // src[plain:i] is still to be written, without colour
	last := byte('\n')
	for i := 0; i < len(src); {
		c := src[i]
		if c == ' ' || c == '\t' || c == '\n' || c == '\r' {
			if c == '\n' {
				last = c
			}
			i++
			continue
		}
		end, class := x.token(src, i, last)
		if class != 0 {
			o.text(src[plain:i])
			o.token(class, src[i:end])
			plain = end
		}
		last = src[end-1]
		i = end
	}
	o.text(src[plain:])
}

// token finds the end and the class of what begins at src[i]; last is the
// byte before it that is not blank, a line's end included.
func (x *syntax) token(src string, i int, last byte) (end int, class byte) {
	c, rest := src[i], src[i:]
	for _, open := range x.line {
		if strings.HasPrefix(rest, open) && (open != "#" || i == 0 || src[i-1] == ' ' || src[i-1] == '\t' || src[i-1] == '\n' || x.sigil == 0) {
			return i + lineEnd(rest), 'c'
		}
	}
	if x.block[0] != "" && strings.HasPrefix(rest, x.block[0]) {
		if n := strings.Index(rest[len(x.block[0]):], x.block[1]); n >= 0 {
			return i + len(x.block[0]) + n + len(x.block[1]), 'c'
		}
		return len(src), 'c'
	}
	if x.tick && c == '\'' && len(rest) > 2 && isWord(rest[1]) && rest[1] != '\\' && rest[2] != '\'' && rest[1] < 0x80 {
		return i + 1 + wordEnd(rest[1:], ""), 'b'
	}
	for k := range x.quotes {
		if strings.HasPrefix(rest, x.quotes[k].open) {
			end = i + x.quotes[k].end(rest)
			return end, x.keyOr(src, end, 's')
		}
	}
	switch {
	case isDigit(c):
		return i + numberEnd(rest), 'n'
	case isWord(c):
		return x.word(src, i)
	case c == x.sigil && c != 0:
		return i + variableEnd(rest), 'v'
	case c == x.at && c != 0 && len(rest) > 1 && isWord(rest[1]):
		return i + 1 + wordEnd(rest[1:], ".-"), 'k'
	case c == '#' && x.hash && last == '\n':
		return i + 1 + wordEnd(rest[1:], ""), 'k'
	case c == '/' && x.regexps && strings.IndexByte("(,=:[!&|?{};\n", last) >= 0:
		if n := regexpEnd(rest); n > 0 {
			return i + n, 's'
		}
	}
	return i + 1, 0
}

// word classifies the word at src[i].
func (x *syntax) word(src string, i int) (end int, class byte) {
	end = i + wordEnd(src[i:], x.inWord)
	w := src[i:end]
	if end < len(src) && x.prefix != "" && len(w) <= 2 && (src[end] == '"' || src[end] == '\'') && strings.Trim(strings.ToLower(w), x.prefix) == "" {
		for k := range x.quotes {
			if strings.HasPrefix(src[end:], x.quotes[k].open) {
				q := x.quotes[k]
				q.escape = q.escape && !strings.ContainsAny(w, "rR")
				return end + q.end(src[end:]), 's'
			}
		}
	}
	if x.fold {
		w = strings.ToLower(w)
	}
	switch {
	case x.words[w] != 0:
		return end, x.words[w]
	case x.keys != 0:
		return end, x.keyOr(src, end, 0)
	case end < len(src) && src[end] == '(':
		return end, 'f'
	case x.types && 'A' <= w[0] && w[0] <= 'Z' && len(w) > 1 && strings.ToUpper(w) != w:
		return end, 'b'
	}
	return end, 0
}

// keyOr is the class of a key if what ends at src[end] is one, else class.
func (x *syntax) keyOr(src string, end int, class byte) byte {
	if x.keys == 0 {
		return class
	}
	for k := end; k < len(src) && k < end+40; k++ {
		switch src[k] {
		case ' ', '\t':
		case x.keys:
			return 'v'
		default:
			return class
		}
	}
	return class
}

// end is how long the string is that s begins with.
func (q *quote) end(s string) int {
	for i := len(q.open); i < len(s); i++ {
		switch {
		case q.escape && s[i] == '\\':
			i++
		case s[i] == '\n' && !q.lines:
			return i
		case strings.HasPrefix(s[i:], q.shut):
			return i + len(q.shut)
		}
	}
	return len(s)
}

func lineEnd(s string) int {
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		return i
	}
	return len(s)
}

func wordEnd(s, also string) int {
	i := 0
	for i < len(s) && (isWord(s[i]) || also != "" && strings.IndexByte(also, s[i]) >= 0) {
		i++
	}
	return i
}

func numberEnd(s string) int {
	i := 1
	for i < len(s) && (isWord(s[i]) || s[i] == '.' || (s[i] == '-' || s[i] == '+') && (s[i-1] == 'e' || s[i-1] == 'E') && !strings.HasPrefix(s, "0x")) {
		i++
	}
	return i
}

// variableEnd is how long $name, ${name...} or $1 is.
func variableEnd(s string) int {
	if len(s) > 1 && s[1] == '{' {
		if n := strings.IndexAny(s, "}\n"); n > 0 && s[n] == '}' {
			return n + 1
		}
		return 2
	}
	if n := wordEnd(s[1:], ""); n > 0 {
		return n + 1
	}
	if len(s) > 1 && strings.IndexByte("?@*#!-$", s[1]) >= 0 {
		return 2
	}
	return 1
}

// regexpEnd is how long the regular expression is that s begins with, 0 if
// the line ends first.
func regexpEnd(s string) int {
	class := false
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\n':
			return 0
		case '\\':
			i++
		case '[':
			class = true
		case ']':
			class = false
		case '/':
			if !class {
				return i + 1 + wordEnd(s[i+1:], "")
			}
		}
	}
	return 0
}
