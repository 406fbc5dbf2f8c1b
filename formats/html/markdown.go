package html

import (
	"strings"

	"gptsnap/formats/chat"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// Both parsers read CommonMark with GitHub's tables, strike-through and task
// lists, and leave formulas alone; linkParser also finds bare addresses. It asks
// at every space whether one begins there, a fifth of all the work, so texts
// that hold none go without. They have no state of their own: many goroutines
// use them.
var (
	markdownParser = newParser()
	linkParser     = newParser(extension.Linkify)
)

func newParser(more ...goldmark.Extender) parser.Parser {
	return goldmark.New(
		goldmark.WithExtensions(append(more, extension.Table, extension.Strikethrough, extension.TaskList)...),
		goldmark.WithParserOptions(
			parser.WithBlockParsers(util.Prioritized(mathBlockParser{}, 650)), // before fences (700)
			parser.WithInlineParsers(util.Prioritized(mathParser{}, 150)),     // after code spans (100), before links (200)
		),
	).Parser()
}

// parserFor is the parser that s needs.
func parserFor(s string) parser.Parser {
	if strings.Contains(s, "://") || strings.Contains(s, "www.") || strings.Contains(s, "@") {
		return linkParser
	}
	return markdownParser
}

// Markdown beyond these bounds is no message that a model wrote. It is shown
// as it is, because the parser takes more than linear time over it, or makes
// far more of it than it is: a table's short rows are filled up with cells.
const (
	maxMarkdown    = 1 << 20 // bytes
	maxNesting     = 100     // quote and list marks at the head of one line
	maxBrackets    = 5_000   // opening brackets without a blank line between
	maxDefinitions = 2_000   // lines that look like a link's definition
	maxCells       = 200_000 // columns of the widest table, times lines
)

// markdown draws a text of Markdown with its cites.
func (p *page) markdown(t *chat.Text) {
	source := p.cites.open(t)
	if strings.IndexByte(source, '\r') >= 0 {
		source = strings.ReplaceAll(strings.ReplaceAll(source, "\r\n", "\n"), "\r", "\n")
	}
	if tooHard(source) {
		p.raw("<div class=lit>")
		p.words(source, false)
		p.raw("</div>\n")
	} else {
		src := []byte(source)
		root := parserFor(source).Parse(text.NewReader(src))
		p.walk = walk{src: src, headings: 3 - highest(root)}
		p.drawTree(root)
		p.looseDefinitions()
		p.walk = walk{}
	}
	p.closeCites()
}

// highest is the level of the highest heading of a text: what is drawn as h3,
// next to the h2 of its message.
func highest(root ast.Node) int {
	level := 6
	for n := root.FirstChild(); n != nil; n = n.NextSibling() {
		if h, ok := n.(*ast.Heading); ok {
			level = min(level, h.Level)
		}
	}
	return level
}

// tooHard reports whether s is beyond the bounds.
func tooHard(s string) bool {
	if len(s) > maxMarkdown {
		return true
	}
	bracketed := strings.Count(s, "[") > min(maxBrackets, maxDefinitions)
	tabled := strings.Count(s, "|") > 500
	brackets, definitions, columns, lines := 0, 0, 0, 0
	for line := range strings.Lines(s) {
		lines++
		if len(line) > maxNesting && nesting(line) > maxNesting {
			return true
		}
		if bracketed {
			if strings.TrimSpace(line) == "" {
				brackets = 0
			}
			brackets += strings.Count(line, "[")
			if strings.Contains(line, "]:") {
				definitions++
			}
			if brackets > maxBrackets || definitions > maxDefinitions {
				return true
			}
		}
		if tabled && strings.Contains(line, "|") && strings.Contains(line, "-") {
			columns = max(columns, strings.Count(line, "|")+1)
		}
	}
	return columns*lines > maxCells && tabled
}

// nesting counts the marks that open a quote or a list at the head of a line.
func nesting(line string) int {
	n := 0
	for i := 0; i < len(line); i++ {
		last := i+1 == len(line) || line[i+1] == ' ' || line[i+1] == '\t'
		switch c := line[i]; {
		case c == '>', last && strings.IndexByte("-*+.)", c) >= 0:
			n++
		case c == ' ', c == '\t', c >= '0' && c <= '9', c == '.', c == ')':
		default:
			return n
		}
	}
	return n
}
