package markdown

import "strings"

// prose reads the Markdown of one message line by line, keeping account of
// the blocks that are open as CommonMark defines them (its specification,
// appendix "A parsing strategy", is followed step by step), and writes it to
// the page with what inline.go changes in running text.
type prose struct {
	p     *page
	src   string
	shift int   // how many levels headings go down
	boxes []box // the quotes and list items that are open, outermost first
	fence fence // the code fence that is open in the innermost box; n is 0 if none
	para  para

	labels map[string]string // footnotes and link references of this message, renamed
	no     closers
}

// deepest bounds the nesting of quotes and lists that is followed.
const deepest = 100

// A box is an open block quote (width 0), or a list item or a footnote whose
// text begins width columns in.
type box struct {
	width int
	fresh bool   // an item whose first line held nothing yet
	note  string // a footnote's own name
}

// A para is the paragraph whose lines are still being gathered.
type para struct {
	open     bool
	at       int // where its first line begins, quote and list marks included
	text     int // where its text begins
	end      int
	lines    int
	hasTable bool // one of its lines could make it a table
}

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

// prose writes the Markdown of a model, headings moved down to stand below a
// message's own heading.
func (p *page) prose(src string) {
	src = strings.Trim(src, "\n")
	if strings.TrimSpace(src) == "" {
		return
	}
	p.gap()
	p.texts++
	s := prose{p: p, src: src, shift: p.level, boxes: p.boxes[:0]}
	s.labels = labelsOf(src, p.texts)
	for at := 0; at < len(src); {
		end := strings.IndexByte(src[at:], '\n')
		if end < 0 {
			end = len(src)
		} else {
			end += at
		}
		s.line(at, end)
		at = end + 1
	}
	s.endPara()
	if s.fence.n > 0 {
		p.fenceLine(s.fence)
	}
	p.boxes = s.boxes
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

func (c *cursor) afterQuote() {
	c.i, c.col = c.i+1, c.col+1
	if c.i < len(c.line) && (c.line[c.i] == ' ' || c.line[c.i] == '\t') {
		c.skip(1)
	}
}

func (s *prose) line(at, end int) {
	if len(s.boxes) == 0 && at < end { // what most lines are needs no account of blocks
		switch c := s.src[at]; {
		case s.fence.n > 0 && c != s.fence.char && c != ' ' && c != '\t':
			s.copy(at, end)
			return
		case s.fence.n > 0 || !isLetter(c) && c < 0x80:
		case s.para.open:
			s.para.end = end
			s.para.lines++
			return
		default:
			s.para = para{open: true, at: at, text: at, end: end, lines: 1}
			return
		}
	}
	c := cursor{line: s.src[:end], i: at}
	kept := s.enter(&c)
	all := kept == len(s.boxes)
	if s.fence.n > 0 {
		if all {
			indent, j := c.indent()
			if f, ok := fenceOf(s.src[j:end]); ok && indent < 4 && f.closes(s.fence) {
				s.fence = fence{}
			}
			s.copy(at, end)
			return
		}
		s.fence = fence{}
	}
	boxed := false
	for {
		b, ok := s.opens(&c, s.para.open && all && !boxed)
		if !ok {
			break
		}
		if !boxed {
			s.endPara()
			s.boxes = s.boxes[:kept]
			boxed = true
		}
		s.boxes = append(s.boxes, b)
		if b.note != "" {
			s.p.b = append(s.p.b, s.src[at:at+strings.IndexByte(s.src[at:end], '[')]...)
			s.p.b = append(append(append(s.p.b, '['), b.note...), "]: "...)
			at = c.i
		}
	}
	indent, j := c.indent()
	goesOn := s.para.open && !boxed // the line would continue a paragraph, perhaps lazily
	if j < end && goesOn && s.continues(indent, j, end, all) {
		s.extend(j, end, all && indent < 4)
		return
	}
	s.endPara()
	if !boxed {
		s.boxes = s.boxes[:kept]
	}
	if j == end || indent >= 4 { // blank, or indented code
		s.copy(at, end)
		return
	}
	if f, ok := fenceOf(s.src[j:end]); ok {
		s.copy(at, end)
		f.prefix = s.prefix()
		s.fence = f
		return
	}
	if n := heading(s.src[j:end]); n > 0 {
		s.p.b = append(s.p.b, s.src[at:j]...)
		s.atx(n, j+n, end)
		return
	}
	if isRule(s.src[j:end]) {
		s.copy(at, end)
		return
	}
	s.para = para{open: true, at: at, text: j, end: end, lines: 1}
}

// continues reports whether a line goes on with the open paragraph, rather
// than to begin a block of its own. Marks of boxes have been looked for.
func (s *prose) continues(indent, j, end int, all bool) bool {
	if indent >= 4 {
		return true
	}
	rest := s.src[j:end]
	switch rest[0] {
	case '`', '~':
		_, ok := fenceOf(rest)
		return !ok
	case '#':
		return heading(rest) == 0
	case '-', '*', '_':
		return all && isUnderline(rest) || !isRule(rest)
	}
	return true
}

// extend adds a line to the open paragraph. A line of = or - makes it a
// heading, where it may.
func (s *prose) extend(j, end int, may bool) {
	rest := s.src[j:end]
	if may && isUnderline(rest) {
		if s.para.lines == 1 {
			s.p.b = append(s.p.b, s.src[s.para.at:s.para.text]...)
			level := 2
			if rest[0] == '=' {
				level = 1
			}
			q := s.para
			s.para.open = false
			s.atx(level, q.text, q.end)
			return
		}
		// Several lines would be one heading; a model that writes so means a rule.
		s.endPara()
		s.p.b = append(s.p.b, '\n')
		if rest[0] == '-' && isRule(rest) {
			from := strings.LastIndexByte(s.src[:j], '\n') + 1
			s.copy(from, end)
		}
		return
	}
	s.para.end = end
	s.para.lines++
	s.para.hasTable = s.para.hasTable || isDelimiterRow(strings.Trim(rest, "> \t"))
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

// copy writes src[at:end] as it is, and ends the line.
func (s *prose) copy(at, end int) {
	s.p.verbatim(s.src[at:end])
	s.p.b = append(s.p.b, '\n')
}

// atx writes src[at:end] as a heading.
func (s *prose) atx(level, at, end int) {
	for range min(6, level+s.shift) {
		s.p.b = append(s.p.b, '#')
	}
	if at < end && s.src[at] != ' ' && s.src[at] != '\t' {
		s.p.b = append(s.p.b, ' ')
	}
	s.inline(at, end, at)
	s.p.b = append(s.p.b, '\n')
}

func (s *prose) endPara() {
	q := s.para
	if !q.open {
		return
	}
	s.para.open = false
	s.p.b = append(s.p.b, s.src[q.at:q.text]...)
	if q.hasTable {
		s.rows(q)
	} else {
		s.inline(q.text, q.end, q.text)
	}
	s.p.b = append(s.p.b, '\n')
}

// rows writes what may be a table. The cells are read one by one, for a code
// span cannot reach from one into the next.
func (s *prose) rows(q para) {
	from := q.text
	for i := q.text; i < q.end; i++ {
		switch s.src[i] {
		case '\\':
			i++
			if i < q.end && s.src[i] == '\n' {
				i--
			}
		case '|', '\n':
			s.inline(from, i, q.text)
			s.p.b = append(s.p.b, s.src[i])
			from = i + 1
		}
	}
	s.inline(from, q.end, q.text)
}
