package markdown

import "strings"

// busy says at which bytes inline stops. The rest is copied in runs.
var busy = func() (t [256]bool) {
	for _, c := range "\\`<$[]\x00" {
		t[c] = true
	}
	return
}()

// closers remembers what is known not to come any more in the text at hand,
// so that a thousand things opened and never closed cost one search.
type closers struct {
	ticks             [81]bool // code spans by length of their fence
	round, square     bool     // \) and \]
	dollar, twoDollar bool
}

// inline writes the running text src[at:end] (the whole of a paragraph, of a
// heading, or of a table's cell). bound is where the text of that block begins.
func (s *prose) inline(at, end, bound int) {
	p, src := s.p, s.src
	s.no = closers{}
	from := at
	stops := &busy
	if p.r.wiki {
		stops = &busyInVault
	}
	for i := at; i < end; {
		c := src[i]
		if !stops[c] {
			i++
			continue
		}
		switch c {
		case '%', '=', '#', '^':
			i = s.vaultSign(i, end, &from, at)
		case 0:
			p.b = append(p.b, src[from:i]...)
			p.nextCite()
			i++
			from = i
			p.afterCite(src[i:end])
		case '`':
			n := 1
			for i+n < end && src[i+n] == '`' {
				n++
			}
			if i > at && inAddress(src[at:i]) { // some readers let the address go on with the backticks
				p.b = append(p.b, src[from:i]...)
				for range n {
					p.b = append(p.b, "\\`"...)
				}
				i += n
				from = i
			} else if j := s.codeEnd(i+n, end, n); j > 0 {
				p.b = append(p.b, src[from:i]...)
				p.span(src[i:j])
				i, from = j, j
			} else {
				i += n
			}
		case '<':
			keep, escape := s.tag(i, end, bound)
			if escape {
				p.b = append(append(p.b, src[from:i]...), '\\')
				from = i
			}
			i += keep
		case '\\':
			if j := s.texMath(i, end, &from, bound); j > 0 {
				i, from = j, j
			} else if i+1 < end && isPunct(src[i+1]) {
				i += 2
			} else if i+1 < end && (src[i+1] == 0 || src[i+1] == ' ') { // or it could escape what a cite or the next line begins with
				p.b = append(append(p.b, src[from:i]...), '\\')
				from = i
				i++
			} else {
				i++
			}
		case '$':
			if !p.r.math {
				i++
				continue
			}
			i = s.dollarMath(i, end, &from)
		case ']':
			i++
			if i < end && src[i] == '(' && !goodTarget(src[i+1:end]) {
				p.b = append(append(p.b, src[from:i]...), '\\')
				from = i
			}
		case '[':
			if p.r.wiki && wikiLink(src[i:end]) {
				p.b = append(append(p.b, src[from:i]...), `\[\[`...)
				i += 2
				from = i
				continue
			}
			i = s.label(i, end, &from, bound)
		}
	}
	p.b = append(p.b, src[from:end]...)
}

// codeEnd is where the code span ends whose n opening backticks end at i; 0
// if nothing closes it.
func (s *prose) codeEnd(i, end, n int) int {
	if n >= len(s.no.ticks) || s.no.ticks[n] {
		return 0
	}
	for j := i; j < end; {
		k := strings.IndexByte(s.src[j:end], '`')
		if k < 0 {
			break
		}
		j += k
		m := 1
		for j+m < end && s.src[j+m] == '`' {
			m++
		}
		j += m
		if m == n {
			return j
		}
	}
	s.no.ticks[n] = true
	return 0
}

// inAddress reports whether s ends amid a bare web address.
func inAddress(s string) bool {
	s = s[max(0, len(s)-300):]
	s = s[strings.LastIndexAny(s, " \t\n<")+1:]
	return strings.Contains(s, "://") || strings.Contains(s, "www.")
}

// span writes a code span. Where one of its lines begins with a tag or a
// footnote, a Markdown reader sees that before it sees the code span.
func (p *page) span(code string) {
	for {
		k := strings.IndexByte(code, '\n')
		if k < 0 {
			p.verbatim(code)
			return
		}
		for k++; k < len(code) && strings.IndexByte(" \t>", code[k]) >= 0; {
			k++
		}
		p.verbatim(code[:k])
		code = code[k:]
		if strings.HasPrefix(code, "[^") || len(code) > 1 && code[0] == '<' && (isLetter(code[1]) || strings.IndexByte("/!?\x00", code[1]) >= 0) {
			p.b = append(p.b, '\\')
		}
	}
}

// tag judges the < at i: how many bytes may be passed over as they are, and
// whether it has to be escaped first.
func (s *prose) tag(i, end, bound int) (keep int, escape bool) {
	rest := s.src[i+1 : end]
	if rest == "" {
		return 1, false
	}
	switch c := rest[0]; {
	case c == '/' || c == '!' || c == '?' || c == 0:
		return 1, true
	case !isLetter(c):
		return 1, false
	}
	if n := autolink(rest); n > 0 {
		return 1 + n, false
	}
	n := 1
	for n < len(rest) && (isWord(rest[n]) || rest[n] == '-') {
		n++
	}
	if n == 2 && strings.EqualFold(rest[:2], "br") && !s.lineStart(i, bound) {
		for _, form := range [...]string{">", "/>", " />"} {
			if strings.HasPrefix(rest[2:], form) {
				return 3 + len(form), false
			}
		}
	}
	for n < len(rest) && (isWord(rest[n]) || strings.IndexByte("-+.", rest[n]) >= 0) { // a scheme may have these
		n++
	}
	return 1, n == len(rest) || strings.IndexByte(" \t\n/>:\x00", rest[n]) >= 0
}

// autolink is the length of an address and the > behind it, 0 if s is none.
func autolink(s string) int {
	for _, scheme := range [...]string{"https://", "http://", "mailto:"} {
		if len(s) > len(scheme) && strings.EqualFold(s[:len(scheme)], scheme) {
			for n := len(scheme); n < len(s); n++ {
				if s[n] == '>' {
					return n + 1
				}
				if s[n] <= ' ' || s[n] == '<' {
					break
				}
			}
		}
	}
	return 0
}

// lineStart reports whether only white space and quote marks stand before i
// in its line.
func (s *prose) lineStart(i, bound int) bool {
	for i > bound {
		i--
		switch s.src[i] {
		case '\n':
			return true
		case ' ', '\t', '>':
		default:
			return false
		}
	}
	return true
}

// goodTarget reports whether the target of a link, as it stands behind "](",
// is harmless: an address of the web or of mail, or relative. What hides its
// scheme behind entities or backslashes is not.
func goodTarget(s string) bool {
	s = strings.TrimLeft(s, " \t\n<")
	for i := range len(s) {
		switch c := s[i]; {
		case c == ':':
			switch strings.ToLower(s[:i]) {
			case "http", "https", "mailto", "ftp", "tel":
				return true
			}
			return false
		case c == '&' || c == '\\' || c == 0:
			return false
		case !isWord(c) && strings.IndexByte("+-.", c) < 0:
			return true
		}
	}
	return true
}
