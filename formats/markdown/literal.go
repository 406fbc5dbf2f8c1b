package markdown

import (
	"strings"

	"gptsnap/formats/chat"
)

// special says which bytes escape looks at. The rest is copied in runs.
var special = func() (t [256]bool) {
	for _, c := range "\\`*_[]|<&~$!hfw#%=^\x00" {
		t[c] = true
	}
	return
}()

// literal writes words that were typed, not marked up, so that a Markdown
// reader shows them as they are: line by line, with indentation, every
// special character escaped. Blocks that were typed as fenced code stay code.
func (p *page) literal(t *chat.Text) {
	src := p.expand(t)
	p.typed(src)
	p.closeCites()
}

func (p *page) typed(src string) {
	src = strings.Trim(src, "\n")
	if strings.TrimSpace(src) == "" {
		return
	}
	p.gap()
	dollars := p.r.math && strings.Count(src, "$") > 1
	var open fence
	for len(src) > 0 {
		line, rest, _ := strings.Cut(src, "\n")
		src = rest
		body := strings.TrimLeft(line, " \t")
		indent := line[:len(line)-len(body)]
		f, ok := fenceOf(body)
		if strings.Contains(indent, "\t") || len(indent) > 3 {
			ok = false
		}
		switch {
		case open.n > 0:
			p.verbatim(line)
			p.b = append(p.b, '\n')
			if ok && f.closes(open) {
				open = fence{}
			}
			continue
		case ok:
			open = f
			p.verbatim(line)
			p.b = append(p.b, '\n')
			continue
		}
		body = strings.TrimRight(body, " \t")
		if body == "" {
			p.b = append(p.b, '\n')
			continue
		}
		for _, c := range indent {
			if c == '\t' {
				p.b = append(p.b, "\u00a0\u00a0\u00a0\u00a0"...)
			} else {
				p.b = append(p.b, "\u00a0"...)
			}
		}
		p.escape(body, escapes{dollars: dollars})
		if next, _, _ := strings.Cut(src, "\n"); strings.TrimSpace(next) != "" {
			p.b = append(p.b, "  "...) // a hard line break
		}
		p.b = append(p.b, '\n')
	}
	if open.n > 0 {
		p.fenceLine(open)
	}
}

type escapes struct {
	dollars bool // formulas are possible here
	label   bool // the text stands in [brackets], where addresses must not become links
}

// escape writes one line of plain words. Only what a reader of CommonMark,
// GFM or (in that flavour) Obsidian would take for markup gets a backslash.
func (p *page) escape(s string, e escapes) {
	i := p.escapeStart(s)
	from := i
	for ; i < len(s); i++ {
		c := s[i]
		if !special[c] {
			continue
		}
		back := false
		switch c {
		case 0:
			p.b = append(p.b, s[from:i]...)
			p.nextCite()
			from = i + 1
			p.afterCite(s[from:])
			continue
		case '\\':
			back = i+1 == len(s) || isPunct(s[i+1]) || s[i+1] == 0
		case '`', '[':
			back = true
		case ']', '|': // the latter would end the cell of a table
			back = e.label
		case '*':
			back = !spaced(s, i, i+1)
		case '_':
			end := i + 1
			for end < len(s) && s[end] == '_' {
				end++
			}
			inWord := i > 0 && isWord(s[i-1]) && end < len(s) && isWord(s[end])
			if !inWord && !spaced(s, i, end) {
				p.b = append(p.b, s[from:i]...)
				for range end - i {
					p.b = append(p.b, `\_`...)
				}
				from = end
			}
			i = end - 1
			continue
		case '<':
			back = e.label || i+1 < len(s) && (isLetter(s[i+1]) || s[i+1] == '/' || s[i+1] == '!' || s[i+1] == '?' || s[i+1] == 0)
		case '&': // of a label the text around it could make an entity
			back = isEntity(s[i:]) || e.label && len(s)-i < 40 && isEntity(s[i:]+"x;")
		case '!':
			back = e.label && i+1 == len(s)
		case '~':
			back = i > 0 && s[i-1] != ' ' || i+1 < len(s) && s[i+1] == '~' || i == 0
		case '$':
			back = e.dollars
		case 'h', 'f':
			n := address(s[i:])
			if n == 0 {
				continue
			}
			p.b = append(p.b, s[from:i]...)
			if e.label { // no link within a link
				colon := i + strings.IndexByte(s[i:], ':')
				p.b = append(append(p.b, s[i:colon]...), '\\')
				i, from = colon, colon
				continue
			}
			if len(p.b) > 0 && p.b[len(p.b)-1] == '\\' && i > 0 && s[i-1] == '\\' {
				p.b = append(p.b, '\\') // or it would escape the bracket
			}
			p.b = append(append(append(p.b, '<'), s[i:i+n]...), '>')
			i += n - 1
			from = i + 1
			continue
		case 'w': // a bare www. address would swallow the backslashes after it
			if strings.HasPrefix(s[i:], "www.") {
				p.b = append(append(p.b, s[from:i]...), `www\.`...)
				i += 3
				from = i + 1
			}
			continue
		case '#':
			back = p.r.wiki && (i == 0 || s[i-1] == ' ') && i+1 < len(s) && s[i+1] != ' '
		case '%', '=':
			back = p.r.wiki && (i > 0 && s[i-1] == c || i+1 < len(s) && s[i+1] == c)
		case '^':
			back = p.r.wiki && (i == 0 || s[i-1] == ' ')
		}
		if back {
			p.b = append(append(p.b, s[from:i]...), '\\', c)
			from = i + 1
		}
	}
	p.b = append(p.b, s[from:]...)
}

// escapeStart escapes what means something only at the start of a line, and
// returns how much of s it wrote.
func (p *page) escapeStart(s string) int {
	if s == "" {
		return 0
	}
	spaceAt := func(i int) bool { return i >= len(s) || s[i] == ' ' || s[i] == '\t' || s[i] == 0 }
	back := false
	switch c := s[0]; {
	case c == '#':
		n := len(s) - len(strings.TrimLeft(s, "#"))
		back = n <= 6 && spaceAt(n)
	case c == '>':
		back = true
	case c == '-' || c == '+' || c == ':' || c == '|':
		back = c != ':' && c != '|' && spaceAt(1) || isDelimiterRow(s)
	case c == '=':
		back = strings.Trim(s, "= \t") == ""
	case c >= '0' && c <= '9':
		n := 1
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		if n <= 9 && n < len(s) && (s[n] == '.' || s[n] == ')') && spaceAt(n+1) {
			p.b = append(append(p.b, s[:n]...), '\\', s[n])
			return n + 1
		}
	}
	if back {
		p.b = append(p.b, '\\', s[0])
		return 1
	}
	return 0
}

// isDelimiterRow reports whether s could be the second row of a table, or a
// rule, or the line under a heading.
func isDelimiterRow(s string) bool {
	dash := false
	for i := range len(s) {
		switch s[i] {
		case '-':
			dash = true
		case '|', ':', ' ', '\t':
		default:
			return false
		}
	}
	return dash
}

// address is the length of the web address that s begins with, 0 if none.
// As elsewhere on the web the punctuation that ends a sentence is not in it.
func address(s string) int {
	n := 0
	for _, scheme := range [...]string{"https://", "http://", "ftp://"} {
		if strings.HasPrefix(s, scheme) {
			n = len(scheme)
		}
	}
	if n == 0 {
		return 0
	}
	end := len(s)
	for i, r := range s {
		if r <= ' ' || r == '<' || r == '>' || r == '"' || r == 0x7f || r >= 0x3000 && r <= 0x303F || r >= 0xFF00 && r <= 0xFFEF || r == '\u00a0' || turns(r) {
			end = i
			break
		}
	}
	for end > n {
		c := s[end-1]
		if strings.IndexByte(".,;:!?'*_~]}`|\\", c) < 0 && (c != ')' || strings.Count(s[:end], "(") >= strings.Count(s[:end], ")")) {
			break
		}
		end--
	}
	if end == n {
		return 0
	}
	return end
}

// isEntity reports whether s begins with something like &amp; or &#38;
func isEntity(s string) bool {
	for i := 1; i < len(s) && i < 40; i++ {
		switch c := s[i]; {
		case c == ';':
			return i > 1
		case isWord(c), c == '#' && i == 1:
		default:
			return false
		}
	}
	return false
}

// spaced reports whether s[i:end] stands between two spaces.
func spaced(s string, i, end int) bool {
	return i > 0 && s[i-1] == ' ' && end < len(s) && s[end] == ' '
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func isWord(c byte) bool   { return isLetter(c) || c >= '0' && c <= '9' }
func isPunct(c byte) bool  { return c > ' ' && c < 0x7f && !isWord(c) }
