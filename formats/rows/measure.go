package rows

import (
	"cmp"
	"iter"
	"strings"
	"time"

	"gptsnap/formats/chat"
)

// This file has the definitions that data sets and the reports of analyze
// share, so that the two cannot come to differ.

// A Snippet is one block of program text.
type Snippet struct {
	Language string // by its usual name, lower case; "none" if nothing names it
	Lines    int
	Run      bool // a tool was asked to run it
}

// Snippets appends to all the blocks of m: the fenced ones of what people
// read, and what tools were asked to run. visible is m.Visible().
func Snippets(all []Snippet, m *chat.Message, visible bool) []Snippet {
	for _, p := range m.Parts {
		switch p := p.(type) {
		case *chat.Text:
			if visible {
				fences(p.Raw, func(info string, lines int) {
					all = append(all, Snippet{language(info), lines, false})
				})
			}
		case *chat.Code:
			all = append(all, Snippet{language(p.Language), lineCount(p.Source), !visible})
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
// that is not closed goes on to the end. No line is looked at twice, whatever
// stands in it.
func fences(s string, yield func(info string, lines int)) {
	ticks, tildes := -1, -1 // where the next of them are
	for at := 0; at < len(s); {
		ticks, tildes = nextFence(s, "```", at, ticks), nextFence(s, "~~~", at, tildes)
		i := min(ticks, tildes)
		if i == len(s) {
			return
		}
		start, end := at+strings.LastIndexByte(s[at:i], '\n')+1, len(s)
		if k := strings.IndexByte(s[i:], '\n'); k >= 0 {
			end = i + k
		}
		at = min(end+1, len(s))
		mark := s[i]
		n := run3(s[i:end], mark)
		info := s[i+n : end]
		if strings.Trim(s[start:i], besideFences) != "" || mark == '`' && strings.Contains(info, "`") {
			continue
		}
		lines := 0
		for at < len(s) {
			line := s[at:]
			next := len(s)
			if k := strings.IndexByte(line, '\n'); k >= 0 {
				line, next = line[:k], at+k+1
			}
			at = next
			if line = strings.TrimSpace(strings.TrimLeft(line, " \t>")); len(line) >= n && line[0] == mark && run3(line, mark) == len(line) {
				break
			}
			lines++
		}
		yield(info, lines)
	}
}

// besideFences may stand before a fence: white space, marks of quotes and of
// list items.
const besideFences = " \t>-*+.)0123456789"

// nextFence is where mark stands at at or after it, len(s) if nowhere; known
// is the answer for an earlier place.
func nextFence(s, mark string, at, known int) int {
	if known >= at {
		return known
	}
	if i := strings.Index(s[at:], mark); i >= 0 {
		return at + i
	}
	return len(s)
}

// run3 is how many times mark stands at the beginning of s.
func run3(s string, mark byte) int {
	n := 0
	for n < len(s) && s[n] == mark {
		n++
	}
	return n
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

// Outcome is how long the work behind m took, whether m says so, and whether
// it failed.
func Outcome(m *chat.Message) (took time.Duration, timed, failed bool) {
	for _, p := range m.Parts {
		switch p := p.(type) {
		case *chat.Output:
			failed = failed || p.Error != "" || strings.HasPrefix(p.Status, "failed")
			if p.Seconds > 0 && p.Seconds < 1e7 {
				took, timed = took+time.Duration(p.Seconds*float64(time.Second)), true
			}
		case *chat.Failure:
			failed = true
		case *chat.Canvas:
			failed = failed || p.Failed
		}
	}
	return took, timed, failed
}

// Answers yields each first answer that people read below a prompt, on every
// branch: its node, the node of the prompt, and the thought between them.
func Answers(c *chat.Conversation, visible func(node int) bool, yield func(answer, prompt int, thought time.Duration)) {
	asked := make([]int, len(c.Nodes)) // the prompt that waits for an answer at each node, -1 for none
	thought := make([]time.Duration, len(c.Nodes))
	for i := range c.Preorder() {
		n := &c.Nodes[i]
		if asked[i] = -1; n.Parent >= 0 {
			asked[i], thought[i] = asked[n.Parent], thought[n.Parent]
		}
		if n.Message == nil {
			continue
		}
		thought[i] += max(0, n.Message.Thinking)
		switch {
		case !visible(i):
		case n.Message.Role == chat.User:
			asked[i], thought[i] = i, 0
		case asked[i] >= 0:
			yield(i, asked[i], thought[i])
			asked[i], thought[i] = -1, 0
		}
	}
}

// Links yields what the text and reports of m cite.
func Links(m *chat.Message) iter.Seq[*chat.Link] {
	return func(yield func(*chat.Link) bool) {
		of := func(t *chat.Text) bool {
			for i := range t.Cites {
				for k := range t.Cites[i].Links {
					if !yield(&t.Cites[i].Links[k]) {
						return false
					}
				}
			}
			return true
		}
		for _, p := range m.Parts {
			switch p := p.(type) {
			case *chat.Text:
				if !of(p) {
					return
				}
			case *chat.Report:
				if p.Body != nil && !of(p.Body) {
					return
				}
				for i := range p.Sources {
					if !yield(&p.Sources[i]) {
						return
					}
				}
			}
		}
	}
}

// Domain is the host that an address of the web names, in lower case, without
// "www." and port; "" if it names none.
func Domain(address string) string {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok || !strings.EqualFold(scheme, "https") && !strings.EqualFold(scheme, "http") {
		return ""
	}
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		rest = rest[i+1:]
	}
	if i := strings.LastIndexByte(rest, ':'); i >= 0 && !strings.HasSuffix(rest, "]") {
		rest = rest[:i]
	}
	if len(rest) > 253 {
		return ""
	}
	return strings.TrimPrefix(strings.TrimSuffix(strings.ToLower(rest), "."), "www.")
}
