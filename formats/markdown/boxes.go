package markdown

import "strings"

// deepest bounds the nesting of quotes and lists that is followed.
const deepest = 100

// A box is an open block quote (width 0), or a list item or a footnote whose
// text begins width columns in.
type box struct {
	width int
	fresh bool   // an item whose first line held nothing yet
	note  string // a footnote's own name
}

// enter tells how many of the open boxes go on in this line.
func (s *prose) enter(c *cursor) int {
	for k := range s.boxes {
		indent, j := c.indent()
		blank := j == len(c.line)
		b := &s.boxes[k]
		switch {
		case b.width == 0:
			if blank || indent > 3 || c.line[j] != '>' {
				return k
			}
			c.skip(indent)
			c.afterQuote()
		case blank:
			if b.fresh {
				return k
			}
		case indent >= b.width:
			c.skip(b.width)
			b.fresh = false
		default:
			return k
		}
	}
	return len(s.boxes)
}

// opens reads the mark of a block quote or a list item. interrupts says that
// it would break into a paragraph, which not every mark may.
func (s *prose) opens(c *cursor, interrupts bool) (box, bool) {
	indent, j := c.indent()
	if indent > 3 || j == len(c.line) || len(s.boxes) >= deepest {
		return box{}, false
	}
	rest := c.line[j:]
	n := 0
	switch ch := rest[0]; {
	case ch == '>':
		c.skip(indent)
		c.afterQuote()
		return box{}, true
	case ch == '-' || ch == '*' || ch == '+':
		if isRule(rest) {
			return box{}, false
		}
		n = 1
	case ch == '[':
		name, ok := labelAt(rest)
		if !ok || name[0] != '^' || !strings.HasPrefix(rest[len(name)+2:], ":") || s.labels[foldLabel(name)] == "" {
			return box{}, false
		}
		c.skip(indent)
		c.i, c.col = c.i+len(name)+3, c.col+len(name)+3
		pad, _ := c.indent()
		c.skip(min(pad, 1))
		return box{width: 4, note: s.labels[foldLabel(name)]}, true
	case ch >= '0' && ch <= '9':
		for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
			n++
		}
		if n > 9 || n == len(rest) || rest[n] != '.' && rest[n] != ')' || interrupts && rest[:n] != "1" {
			return box{}, false
		}
		n++
	default:
		return box{}, false
	}
	if n < len(rest) && rest[n] != ' ' && rest[n] != '\t' {
		return box{}, false
	}
	if strings.Trim(rest[n:], " \t") == "" && interrupts {
		return box{}, false
	}
	c.skip(indent)
	c.i, c.col = c.i+n, c.col+n
	pad, end := c.indent()
	switch {
	case end == len(c.line):
		c.i = end
		return box{width: indent + n + 1, fresh: true}, true
	case pad > 4:
		pad = 1
	}
	c.skip(pad)
	return box{width: indent + n + pad}, true
}

// prefix is what stands before a line that goes on in all open boxes.
func (s *prose) prefix() string {
	var b strings.Builder
	for _, x := range s.boxes {
		if x.width == 0 {
			b.WriteString("> ")
		}
		for range x.width {
			b.WriteByte(' ')
		}
	}
	return b.String()
}
