package html

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// Formulas are TeX between \( and \), \[ and \], $$ and $$, or $ and $. The
// parsers here keep Markdown away from what is between: a backslash, an
// underscore or a star in a formula is no markup. The page shows the source,
// delimiters included.

// A mathNode is a formula in running text.
type mathNode struct {
	ast.BaseInline
	Display bool
	TeX     []byte // with its delimiters
}

// A mathBlock is a formula that has its lines to itself. They may be blank.
type mathBlock struct {
	ast.BaseBlock
	shut  string // what ends it
	ended bool
}

var (
	kindMath      = ast.NewNodeKind("Math")
	kindMathBlock = ast.NewNodeKind("MathBlock")
)

func (*mathNode) Kind() ast.NodeKind             { return kindMath }
func (n *mathNode) Dump(source []byte, lvl int)  { ast.DumpHelper(n, source, lvl, nil, nil) }
func (*mathBlock) Kind() ast.NodeKind            { return kindMathBlock }
func (n *mathBlock) Dump(source []byte, lvl int) { ast.DumpHelper(n, source, lvl, nil, nil) }
func (*mathBlock) IsRaw() bool                   { return true }

// shutNone remembers, by closing delimiter, stretches of the source that hold
// no such delimiter, so that a text of nothing but openers is read once and
// not once for each.
type shutNone map[string][2]int

var shutNoneKey = parser.NewContextKey()

func noShut(pc parser.Context) shutNone {
	return pc.ComputeIfAbsent(shutNoneKey, func() any { return shutNone{} }).(shutNone)
}

func (s shutNone) holds(shut string, at int) bool {
	r, ok := s[shut]
	return ok && r[0] <= at && at < r[1]
}

type mathParser struct{}

func (mathParser) Trigger() []byte { return []byte{'\\', '$'} }

func (mathParser) Parse(_ ast.Node, b text.Reader, pc parser.Context) ast.Node {
	line, from := b.PeekLine()
	var shut string
	switch {
	case bytes.HasPrefix(line, []byte(`\(`)):
		shut = `\)`
	case bytes.HasPrefix(line, []byte(`\[`)):
		shut = `\]`
	case bytes.HasPrefix(line, []byte(`$$`)):
		shut = `$$`
	case len(line) > 2 && line[0] == '$':
		return dollarMath(line, b)
	default:
		return nil
	}
	none := noShut(pc)
	if none.holds(shut, from.Start) {
		return nil
	}
	tex := append([]byte(nil), line[:2]...)
	b.Advance(2)
	last := from.Stop
	for {
		line, at := b.PeekLine()
		if line == nil {
			none[shut] = [2]int{from.Start, last + 1}
			return nil
		}
		if i := indexShut(line, shut); i >= 0 {
			tex = append(tex, line[:i+2]...)
			b.Advance(i + 2)
			return &mathNode{Display: shut != `\)`, TeX: tex}
		}
		last = at.Stop
		tex = append(tex, line...)
		b.AdvanceLine()
	}
}

// indexShut finds shut in line, but not where its backslash is itself escaped:
// "\\]" is a line break of TeX and a bracket.
func indexShut(line []byte, shut string) int {
	if shut == "$$" {
		return bytes.Index(line, []byte(shut))
	}
	for i := 0; i+1 < len(line); i++ {
		if line[i] == '\\' {
			if line[i+1] == shut[1] {
				return i
			}
			i++
		}
	}
	return -1
}

// dollarMath reads $x$ by pandoc's rule, which keeps prices out: nothing blank
// inside the dollars, no digit behind, all on one line. What begins with a
// digit and goes on in words is a price too.
func dollarMath(line []byte, b text.Reader) ast.Node {
	if util.IsSpace(line[1]) || line[1] == '$' {
		return nil
	}
	for i := 1; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
		case '`':
			return nil // a code span is nearer than a formula
		case '$':
			if util.IsSpace(line[i-1]) || i+1 < len(line) && line[i+1] >= '0' && line[i+1] <= '9' {
				return nil
			}
			if line[1] >= '0' && line[1] <= '9' && bytes.IndexByte(line[:i], ' ') > 0 && !bytes.ContainsAny(line[1:i], `\^_{}=+*<>`) {
				return nil
			}
			tex := append([]byte(nil), line[:i+1]...)
			b.Advance(i + 1)
			return &mathNode{TeX: tex}
		}
	}
	return nil
}

type mathBlockParser struct{}

func (mathBlockParser) Trigger() []byte             { return []byte{'\\', '$'} }
func (mathBlockParser) CanInterruptParagraph() bool { return true }
func (mathBlockParser) CanAcceptIndentedLine() bool { return false }

// maxFormula is how far ahead, in bytes, the end of a formula is looked for.
const maxFormula = 16 << 10

func (mathBlockParser) Open(_ ast.Node, r text.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, seg := r.PeekLine()
	pos := pc.BlockOffset()
	if pos < 0 || pos+1 >= len(line) {
		return nil, parser.NoChildren
	}
	n := &mathBlock{}
	switch string(line[pos : pos+2]) {
	case `\[`:
		n.shut = `\]`
	case `$$`:
		n.shut = `$$`
	default:
		return nil, parser.NoChildren
	}
	if !endsAlone(r.Source(), seg.Start-seg.Padding+pos+2, n.shut, noShut(pc)) {
		return nil, parser.NoChildren
	}
	n.take(line, pos+2, seg)
	r.AdvanceToEOL()
	return n, parser.NoChildren
}

// endsAlone reports whether the formula that begins at source[at] has its end
// within reach, with nothing behind it on its line and no fence before it. All
// else is left to the parser of running text.
func endsAlone(source []byte, at int, shut string, none shutNone) bool {
	key := "block" + shut
	if at > len(source) || none.holds(key, at) {
		return false
	}
	reach := source[at:min(len(source), at+maxFormula)]
	for off := 0; off < len(reach); {
		line := reach[off:]
		if i := bytes.IndexByte(line, '\n'); i >= 0 {
			line = line[:i+1]
		}
		if i := indexShut(line, shut); i >= 0 {
			if util.IsBlank(line[i+len(shut):]) {
				return true
			}
			none[key] = [2]int{at, at + off} // every opener before it meets the same end
			return false
		}
		head := bytes.TrimLeft(line, " \t>")
		if off > 0 && (bytes.HasPrefix(head, []byte("```")) || bytes.HasPrefix(head, []byte("~~~"))) {
			none[key] = [2]int{at, at + off}
			return false
		}
		off += len(line)
	}
	// Openers in the first half of what was read would have to reach beyond it,
	// which is far enough to call hopeless: so each byte is read twice at most.
	none[key] = [2]int{at, at + maxFormula/2}
	return false
}

// take appends a line to the formula; from is where its end may stand.
func (n *mathBlock) take(line []byte, from int, seg text.Segment) {
	n.Lines().Append(seg)
	n.ended = indexShut(line[from:], n.shut) >= 0
}

func (mathBlockParser) Continue(node ast.Node, r text.Reader, _ parser.Context) parser.State {
	n := node.(*mathBlock)
	if n.ended {
		return parser.Close
	}
	line, seg := r.PeekLine()
	n.take(line, 0, seg)
	r.AdvanceToEOL()
	return parser.Continue | parser.NoChildren
}

func (mathBlockParser) Close(ast.Node, text.Reader, parser.Context) {}
