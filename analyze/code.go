package analyze

import (
	"cmp"
	"maps"
	"slices"

	"gptsnap/formats/chat"
	"gptsnap/formats/rows"
)

// code counts program text by its language: fenced blocks of what people
// read, and what tools were asked to run.
type code struct {
	parting
	rows map[rowName]*codeRow
	sum  codeRow
	seen int
}

type codeRow struct {
	rowName                 // language and part
	last                    int
	conversations           int
	user, assistant, tools  int // blocks
	lines, current, longest int // lines; of them on current paths; of the longest block
}

func newCode(Options) Metric { return &code{rows: map[rowName]*codeRow{}} }

func newCodeBy(o Options, by dimension) Metric {
	return &code{parting: newParting(o, by), rows: map[rowName]*codeRow{}}
}

func (*code) extras() extra { return extraCode }

// A snippet is a block of code and the node that it stands in.
type snippet struct {
	rows.Snippet
	node int
}

// Observe counts the blocks of one conversation.
func (k *code) Observe(t *Tally) {
	k.seen++
	for _, s := range t.Snippets {
		name, ok := k.row(t, s.node, s.Language)
		if !ok {
			continue
		}
		r := k.rows[name]
		if r == nil {
			r = &codeRow{rowName: name.clone()}
			k.rows[r.rowName] = r
		}
		for _, r := range []*codeRow{r, &k.sum} {
			if r.last != k.seen {
				r.last = k.seen
				r.conversations++
			}
			switch {
			case s.Run:
				r.tools++
			case t.Facts[s.node].Role == chat.User:
				r.user++
			default:
				r.assistant++
			}
			r.lines += s.Lines
			if t.Facts[s.node].Current {
				r.current += s.Lines
			}
			r.longest = max(r.longest, s.Lines)
		}
	}
}

// Table has the language with the most lines first.
func (k *code) Table() Table {
	t := Table{
		Report: "code", Title: "Code by language", Chart: Chart{Shape: Bars, Label: "language", Value: "lines"},
		Counted: "fenced blocks of visible messages, and what tools ran, in all branches",
		Columns: []Column{
			{Key: "language", Heading: "Language", Flex: true},
			{Key: "conversations", Heading: "Chats", Kind: Int},
			{Key: "blocks", Heading: "Blocks", Kind: Int},
			{Key: "user", Heading: "By you", Kind: Int, Rank: 1},
			{Key: "assistant", Heading: "Answers", Kind: Int, Rank: 1},
			{Key: "tools", Heading: "Run", Kind: Int, Rank: 1},
			{Key: "lines", Heading: "Lines", Kind: Int},
			{Key: "lines_current", Heading: "Current", Kind: Int, Rank: 2},
			{Key: "longest", Heading: "Longest", Kind: Int, Rank: 2},
			{Key: "share", Heading: "Share", Kind: Percent, Rank: 1},
			{Key: "bar", Kind: Drawing, Drawn: true, Rank: 2},
		},
	}
	t.Screen = []string{"language", "conversations", "blocks", "user", "assistant", "tools", "lines", "lines_current", "longest", "share", "bar"}
	rows := slices.SortedFunc(maps.Values(k.rows), func(a, b *codeRow) int {
		return cmp.Or(cmp.Compare(b.lines, a.lines), cmp.Compare(b.blocks(), a.blocks()), cmp.Compare(a.name, b.name))
	})
	var parts []string
	for _, r := range rows {
		t.Rows = append(t.Rows, r.values(r.name, k.sum.lines, Bar(part(r.lines, rows[0].lines))))
		parts = append(parts, r.part)
	}
	t.Total = k.sum.values(nil, k.sum.lines, nil)
	k.apply(&t, parts, "lines")
	return t
}

func (r *codeRow) blocks() int { return r.user + r.assistant + r.tools }

func (r *codeRow) values(name any, all int, bar any) []any {
	return []any{name, r.conversations, r.blocks(), r.user, r.assistant, r.tools, r.lines, r.current, r.longest, Share(part(r.lines, all)), bar}
}
