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

// A para is the paragraph whose lines are still being gathered.
type para struct {
	open     bool
	at       int // where its first line begins, quote and list marks included
	text     int // where its text begins
	end      int
	lines    int
	hasTable bool // one of its lines could make it a table
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
	if strings.IndexByte(src, '\t') >= 0 {
		src = detab(src)
	}
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
	table := -1
	if q.hasTable {
		table = tableIn(s.src[q.text:q.end])
	}
	switch {
	case table > 0 && q.at == q.text: // some readers want an empty line above a table
		s.inline(q.text, q.text+table-1, q.text)
		s.p.b = append(s.p.b, "\n\n"...)
		q.text += table
		s.rows(q)
	case table >= 0:
		s.rows(q)
	default:
		s.inline(q.text, q.end, q.text)
	}
	s.p.b = append(s.p.b, '\n')
}

// rows writes a table. The cells are read one by one, for a code
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
