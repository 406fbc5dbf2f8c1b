package markdown

import "strings"

// How far the end of a formula is looked for, in bytes: of one within a line,
// and of others.
const (
	longestDollars = 800
	longestFormula = 4000
)

// texMath turns \( \) and \[ \] at i into dollars, which GitHub and Obsidian
// read. It returns where the formula ends, 0 if there is none.
func (s *prose) texMath(i, end int, from *int, bound int) int {
	p, src := s.p, s.src
	if !p.r.math || i+1 >= end {
		return 0
	}
	var closing, mark string
	var none *bool
	switch src[i+1] {
	case '(':
		closing, mark, none = `\)`, "$", &s.no.round
	case '[':
		closing, mark, none = `\]`, "$$", &s.no.square
	default:
		return 0
	}
	if *none {
		return 0
	}
	reach := min(end, i+2+longestFormula)
	k := strings.Index(src[i+2:reach], closing)
	if k < 0 {
		*none = reach == end
		return 0
	}
	body := src[i+2 : i+2+k]
	after := i + 4 + k
	trimmed := strings.TrimSpace(body)
	if trimmed == "" || strings.Contains(body, "$") || !isTeX(body) {
		return 0
	}
	p.b = append(p.b, src[*from:i]...)
	switch {
	case mark == "$":
		body = trimmed
	case len(s.boxes) == 0 && s.lineStart(i, bound) && lineEnd(src[after:end]) &&
		!strings.Contains(trimmed, "\n") && (isLetter(trimmed[0]) || trimmed[0] == '\\' || trimmed[0] == '('):
		body = "\n" + trimmed + "\n"
	}
	p.b = append(p.b, mark...)
	p.formula(body)
	p.b = append(p.b, mark...)
	return after
}

func lineEnd(s string) bool {
	s = strings.TrimLeft(s, " \t")
	return s == "" || s[0] == '\n'
}

// dollarMath passes over a formula in dollars, or escapes a dollar that is
// none but would be read as the opening of one: "$5 a month, or 50$ a year".
func (s *prose) dollarMath(i, end int, from *int) int {
	p, src := s.p, s.src
	if strings.HasPrefix(src[i:end], "$$") {
		if s.no.twoDollar {
			return i + 2
		}
		reach := min(end, i+2+longestFormula)
		k := strings.Index(src[i+2:reach], "$$")
		if k < 0 {
			s.no.twoDollar = reach == end
			return i + 2
		}
		body := src[i+2 : i+2+k]
		if !isTeX(body) {
			return i + 2
		}
		p.b = append(append(p.b, src[*from:i]...), "$$"...)
		p.formula(body)
		p.b = append(p.b, "$$"...)
		*from = i + 4 + k
		return *from
	}
	if s.no.dollar || i+1 == end || src[i+1] == ' ' || src[i+1] == '\n' || src[i+1] == '\t' {
		return i + 1
	}
	close, reach := -1, min(end, i+1+longestDollars)
	for j := i + 1; j < reach; j++ {
		if src[j] == '\\' {
			j++
			continue
		}
		if src[j] == '$' && src[j-1] != ' ' && src[j-1] != '\n' && src[j-1] != '\t' && (j+1 == end || !isWord(src[j+1])) {
			close = j
			break
		}
	}
	if close < 0 {
		s.no.dollar = reach == end
		return i + 1
	}
	body := src[i+1 : close]
	if body == "" || !isFormula(body) {
		p.b = append(append(p.b, src[*from:i]...), '\\')
		*from = i
		return i + 1
	}
	p.b = append(append(p.b, src[*from:i]...), '$')
	p.formula(body)
	p.b = append(p.b, '$')
	*from = close + 1
	return *from
}

// isTeX reports whether s may stand as a formula at all. What a Markdown
// reader could take for code or a link may not: it has to be looked at.
func isTeX(s string) bool {
	return strings.IndexByte(s, '`') < 0 && strings.IndexByte(s, 0) < 0 && !strings.Contains(s, "](") && !strings.Contains(s, "]:")
}

// isFormula tells a formula from the words between two prices.
func isFormula(s string) bool {
	if !isTeX(s) || strings.IndexByte(s, '\n') >= 0 {
		return false
	}
	if strings.ContainsAny(s, `\^_{}=`) {
		return true
	}
	price := s[0] >= '0' && s[0] <= '9'
	return !price && !strings.Contains(s, " ") || strings.ContainsAny(s, "+<>") && !price || len(s) <= 3 && !strings.Contains(s, " ")
}

// formula writes what stands between dollars. A < that a Markdown reader
// would take for a tag becomes \lt, which is the same to TeX.
func (p *page) formula(s string) {
	from := 0
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' {
			i++
		} else if s[i] == '<' && i+1 < len(s) && (isLetter(s[i+1]) || s[i+1] == '/' || s[i+1] == '!' || s[i+1] == '?') {
			p.b = append(append(p.b, s[from:i]...), `\lt `...)
			from = i + 1
		}
	}
	p.b = append(p.b, s[from:]...)
}
