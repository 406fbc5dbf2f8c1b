package markdown

import "strings"

// A fence is a line that opens or closes a block of code.
type fence struct {
	char   byte
	n      int
	bare   bool   // nothing follows the fence
	prefix string // what stands before it in each line, for closing it
}

// fenceOf reads the fence that a line, without its indentation, begins with.
func fenceOf(s string) (fence, bool) {
	if len(s) < 3 || s[0] != '`' && s[0] != '~' {
		return fence{}, false
	}
	n := 1
	for n < len(s) && s[n] == s[0] {
		n++
	}
	if n < 3 || s[0] == '`' && strings.IndexByte(s[n:], '`') >= 0 {
		return fence{}, false
	}
	return fence{char: s[0], n: n, bare: strings.Trim(s[n:], " \t") == ""}, true
}

func (f fence) closes(open fence) bool { return f.char == open.char && f.n >= open.n && f.bare }

// fenceLine closes f.
func (p *page) fenceLine(f fence) {
	p.b = append(p.b, f.prefix...)
	for range f.n {
		p.b = append(p.b, f.char)
	}
	p.b = append(p.b, '\n')
}

// A cursor is a place in a line, in bytes and in columns; a tab may be
// consumed in part.
type cursor struct {
	line   string // src up to the end of the line
	i, col int
}

// indent is how many columns of white space come next, and where they end.
func (c *cursor) indent() (columns, end int) {
	col, j := c.col, c.i
	for ; j < len(c.line); j++ {
		if c.line[j] == ' ' {
			col++
		} else if c.line[j] == '\t' {
			col += 4 - col%4
		} else {
			break
		}
	}
	return col - c.col, j
}

func (c *cursor) skip(columns int) {
	for columns > 0 && c.i < len(c.line) {
		w := 1
		if c.line[c.i] == '\t' {
			w = 4 - c.col%4
		}
		if w > columns {
			c.col += columns
			return
		}
		c.col, c.i, columns = c.col+w, c.i+1, columns-w
	}
}

func (c *cursor) afterQuote() {
	c.i, c.col = c.i+1, c.col+1
	if c.i < len(c.line) && (c.line[c.i] == ' ' || c.line[c.i] == '\t') {
		c.skip(1)
	}
}

// heading is the level of the heading that a line begins, 0 if none.
func heading(s string) int {
	n := 0
	for n < len(s) && s[n] == '#' {
		n++
	}
	if n > 6 || n < len(s) && s[n] != ' ' && s[n] != '\t' {
		return 0
	}
	return n
}

// isRule reports whether a line is a thematic break.
func isRule(s string) bool {
	n := 0
	for i := range len(s) {
		switch s[i] {
		case s[0]:
			n++
		case ' ', '\t':
		default:
			return false
		}
	}
	return n >= 3 && (s[0] == '-' || s[0] == '*' || s[0] == '_')
}

// isUnderline reports whether a line makes a heading of the one above it.
func isUnderline(s string) bool {
	t := strings.TrimRight(s, " \t")
	return t != "" && (t[0] == '-' || t[0] == '=') && strings.Trim(t, t[:1]) == ""
}

// detab turns the tabs that stand before the text of a line into spaces, for
// readers of Markdown do not agree on what a tab behind a list mark means.
// Fenced code keeps its tabs.
func detab(src string) string {
	var b strings.Builder
	b.Grow(len(src) + len(src)/8)
	var open fence
	for line := range strings.Lines(src) {
		rest := strings.TrimLeft(strings.TrimSuffix(line, "\n"), " \t>")
		inside := open.n > 0
		if f, ok := fenceOf(rest); ok && !inside {
			open = f
		} else if ok && f.closes(open) {
			open, inside = fence{}, false
		}
		if inside {
			b.WriteString(line)
			continue
		}
		i, col := 0, 0
		for ; i < len(line) && strings.IndexByte(" \t>-+*0123456789.)", line[i]) >= 0; i++ {
			if line[i] != '\t' {
				b.WriteByte(line[i])
				col++
				continue
			}
			for {
				b.WriteByte(' ')
				if col++; col%4 == 0 {
					break
				}
			}
		}
		b.WriteString(line[i:])
	}
	return b.String()
}
