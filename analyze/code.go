package analyze

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"gptsnap/formats/chat"
)

// code counts program text by its language: fenced blocks of what people
// read, and what tools were asked to run.
type code struct {
	rows map[string]*codeRow
	sum  codeRow
	seen int
}

type codeRow struct {
	language                string
	last                    int
	conversations           int
	user, assistant, tools  int // blocks
	lines, current, longest int // lines; of them on current paths; of the longest block
}

func newCode(Options) Metric { return &code{rows: map[string]*codeRow{}} }

func (*code) extras() extra { return extraCode }

// A snippet is one block of program text.
type snippet struct {
	language string
	lines    int
	tool     bool // a tool was asked to run it
	node     int
}

// snippets finds the blocks of m. It is part of the work that runs in parallel.
func snippets(all []snippet, m *chat.Message, visible bool, node int) []snippet {
	for _, p := range m.Parts {
		switch p := p.(type) {
		case *chat.Text:
			if visible {
				fences(p.Raw, func(info string, lines int) {
					all = append(all, snippet{language(info), lines, false, node})
				})
			}
		case *chat.Code:
			all = append(all, snippet{language(p.Language), lineCount(p.Source), !visible, node})
		}
	}
	return all
}

// lineCount counts the lines of s; a line end at the end begins no further one.
func lineCount(s string) int {
	if s == "" {
		return 0
	}
	return strings.Count(strings.TrimSuffix(s, "\n"), "\n") + 1
}

// fences yields the language line and the number of lines of each fenced
// block of Markdown. A fence may stand at any depth of a list or quote; one
// that is not closed goes on to the end.
func fences(s string, yield func(info string, lines int)) {
	for at := 0; ; {
		i := nextFence(s[at:])
		if i < 0 {
			return
		}
		mark := s[at+i]
		n := run3(s[at+i:], mark)
		info, rest, _ := strings.Cut(s[at+i+n:], "\n")
		ok := onlySpace(s, at+i) && !(mark == '`' && strings.Contains(info, "`"))
		if !ok {
			at += i + n
			continue
		}
		at = len(s) - len(rest)
		end, lines := len(s), 0
		for from := at; from < len(s); {
			line := s[from:]
			next := len(s)
			if k := strings.IndexByte(line, '\n'); k >= 0 {
				line, next = line[:k], from+k+1
			}
			if line = strings.TrimSpace(strings.TrimLeft(line, " \t>")); len(line) >= n && line[0] == mark && run3(line, mark) == len(line) {
				end = next
				break
			}
			lines++
			from = next
		}
		yield(info, lines)
		at = end
	}
}

func nextFence(s string) int {
	i, k := strings.Index(s, "```"), strings.Index(s, "~~~")
	if i < 0 || k >= 0 && k < i {
		return k
	}
	return i
}

// run3 is how many times mark stands at the beginning of s.
func run3(s string, mark byte) int {
	n := 0
	for n < len(s) && s[n] == mark {
		n++
	}
	return n
}

// onlySpace reports whether nothing but white space, marks of quotes or of
// list items stands in the line before s[at:].
func onlySpace(s string, at int) bool {
	before := s[strings.LastIndexByte(s[:at], '\n')+1 : at]
	return strings.Trim(before, " \t>-*+.)0123456789") == ""
}

// sameLanguage maps other names of languages to the usual one.
var sameLanguage = map[string]string{
	"py": "python", "python3": "python", "ipython": "python", "js": "javascript", "node": "javascript", "ts": "typescript", "sh": "bash", "shell": "bash",
	"zsh": "bash", "console": "bash", "yml": "yaml", "rs": "rust", "golang": "go", "c++": "cpp", "cs": "csharp", "c#": "csharp", "ps1": "powershell",
	"md": "markdown", "kt": "kotlin", "rb": "ruby", "plaintext": "text", "txt": "text", "plain": "text", "tex": "latex", "docker": "dockerfile", "objective-c": "objc",
}

// language is the usual name of the language that a fence names; "none" if it
// names none.
func language(info string) string {
	name := strings.ToLower(strings.TrimSpace(info))
	if i := strings.IndexAny(name, " \t{,:;="); i >= 0 {
		name = name[:i]
	}
	if len(name) > 40 {
		name = strings.ToValidUTF8(name[:40], "")
	}
	return cmp.Or(sameLanguage[name], name, "none")
}

// Observe counts the blocks of one conversation.
func (k *code) Observe(t *Tally) {
	k.seen++
	for _, s := range t.Snippets {
		r := k.rows[s.language]
		if r == nil {
			r = &codeRow{language: strings.Clone(s.language)}
			k.rows[r.language] = r
		}
		for _, r := range []*codeRow{r, &k.sum} {
			if r.last != k.seen {
				r.last = k.seen
				r.conversations++
			}
			switch {
			case s.tool:
				r.tools++
			case t.Facts[s.node].Role == chat.User:
				r.user++
			default:
				r.assistant++
			}
			r.lines += s.lines
			if t.Facts[s.node].Current {
				r.current += s.lines
			}
			r.longest = max(r.longest, s.lines)
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
		return cmp.Or(cmp.Compare(b.lines, a.lines), cmp.Compare(b.blocks(), a.blocks()), cmp.Compare(a.language, b.language))
	})
	for _, r := range rows {
		t.Rows = append(t.Rows, r.values(r.language, k.sum.lines, Bar(part(r.lines, rows[0].lines))))
	}
	t.Total = k.sum.values(nil, k.sum.lines, nil)
	return t
}

func (r *codeRow) blocks() int { return r.user + r.assistant + r.tools }

func (r *codeRow) values(name any, all int, bar any) []any {
	return []any{name, r.conversations, r.blocks(), r.user, r.assistant, r.tools, r.lines, r.current, r.longest, Share(part(r.lines, all)), bar}
}
