package html

import (
	"strings"

	"gptsnap/formats/chat"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// markdownParser reads CommonMark with GitHub's tables, strike-through, task
// lists and bare addresses, and leaves formulas alone. It has no state of its
// own: many goroutines use it.
var markdownParser = goldmark.New(
	goldmark.WithExtensions(extension.GFM),
	goldmark.WithParserOptions(
		parser.WithBlockParsers(util.Prioritized(mathBlockParser{}, 650)), // before fences (700)
		parser.WithInlineParsers(util.Prioritized(mathParser{}, 150)),     // after code spans (100), before links (200)
	),
).Parser()

// Markdown beyond these bounds is no message that a model wrote. It is shown
// as it is: parsing takes more than linear time in the depth of nesting.
const (
	maxMarkdown = 1 << 20 // bytes
	maxNesting  = 100     // quote and list marks at the head of one line
)

// markdown draws a text of Markdown with its cites.
func (p *page) markdown(t *chat.Text, headings int) {
	source := p.cites.open(t)
	if strings.IndexByte(source, '\r') >= 0 {
		source = strings.ReplaceAll(strings.ReplaceAll(source, "\r\n", "\n"), "\r", "\n")
	}
	if len(source) > maxMarkdown || nesting(source) > maxNesting {
		p.raw("<div class=lit>")
		p.words(source, false)
		p.raw("</div>\n")
	} else {
		src := []byte(source)
		p.walk = walk{src: src, headings: headings}
		p.drawTree(markdownParser.Parse(text.NewReader(src)))
		p.looseDefinitions()
		p.walk = walk{}
	}
	p.closeCites()
}

// nesting is the largest number of marks that open a quote or a list at the
// head of one line of s.
func nesting(s string) int {
	deepest := 0
	for line := range strings.Lines(s) {
		if len(line) < maxNesting {
			continue
		}
		n := 0
	marks:
		for i := 0; i < len(line); i++ {
			switch c := line[i]; {
			case c == ' ' || c == '\t':
			case c == '>' || c == '-' || c == '*' || c == '+' || c == '.' || c == ')':
				n++
			case c >= '0' && c <= '9':
			default:
				break marks
			}
		}
		deepest = max(deepest, n)
	}
	return deepest
}
