package chatgpt

import (
	"slices"
	"strings"
)

// A code is a stretch of code.
type code struct {
	stretch
	block    bool // it is fenced, not a span of a line
	unclosed bool // a block that goes on to the end, for nothing closes it
}

// inCode reports whether the byte at i stands in a code block or span.
func (c *citer) inCode(i int) bool { return c.codeAt(i) != nil }

// inClosedCode is inCode, except for a block that is never closed. Such a
// block is as likely a slip of the writer as code: what can only be a marker
// is one there too, though nothing in it can be a link.
func (c *citer) inClosedCode(i int) bool {
	code := c.codeAt(i)
	return code != nil && !code.unclosed
}

// codeAt is the code that the byte at i stands in, nil if it stands in none.
func (c *citer) codeAt(i int) *code {
	if !c.coded {
		c.coded = true
		c.code = codeStretches(c.raw)
	}
	k, ok := slices.BinarySearchFunc(c.code, i, func(s code, i int) int {
		switch {
		case s.to <= i:
			return -1
		case s.from > i:
			return 1
		}
		return 0
	})
	if !ok {
		return nil
	}
	return &c.code[k]
}

// codeStretches lists the fenced blocks and the code spans of a Markdown
// text, in order. A fence may stand at any depth of lists and quotes; one that
// is never closed goes on to the end.
func codeStretches(s string) (all []code) {
	if strings.IndexByte(s, '`') < 0 && strings.IndexByte(s, '~') < 0 {
		return nil
	}
	paragraph := 0 // where running text began
	fence, open := "", 0
	for at := 0; at < len(s); {
		end := len(s)
		if k := strings.IndexByte(s[at:], '\n'); k >= 0 {
			end = at + k + 1
		}
		line := strings.TrimLeft(s[at:end], " \t>")
		run := fenceRun(line)
		switch {
		case fence != "":
			if strings.HasPrefix(run, fence) && strings.TrimSpace(line[len(run):]) == "" {
				all = append(all, code{stretch{open, end}, true, false})
				fence, paragraph = "", end
			}
		case run != "" && (run[0] == '~' || !strings.Contains(line[len(run):], "`")):
			all = codeSpans(s, paragraph, at, all)
			fence, open = run, at
		case strings.TrimSpace(line) == "":
			all = codeSpans(s, paragraph, at, all)
			paragraph = end
		}
		at = end
	}
	if fence != "" {
		return append(all, code{stretch{open, len(s)}, true, true})
	}
	return codeSpans(s, paragraph, len(s), all)
}

// fenceRun is the run of three or more backticks or tildes that line begins
// with, perhaps behind the mark of a list item; "" if there is none.
func fenceRun(line string) string {
	if strings.HasPrefix(line, "- ") || strings.HasPrefix(line, "* ") {
		line = strings.TrimLeft(line[2:], " ")
	}
	if line == "" || line[0] != '`' && line[0] != '~' {
		return ""
	}
	n := len(line) - len(strings.TrimLeft(line, line[:1]))
	if n < 3 {
		return ""
	}
	return line[:n]
}

// codeSpans adds the spans of one paragraph: each begins with a run of
// backticks and ends with the next run of the same length.
func codeSpans(s string, from, to int, all []code) []code {
	var runs []stretch
	for i := from; i < to; {
		k := strings.IndexByte(s[i:to], '`')
		if k < 0 {
			break
		}
		i += k
		end := i
		for end < to && s[end] == '`' {
			end++
		}
		runs = append(runs, stretch{i, end})
		i = end
	}
	next := make([]int, len(runs)) // the next run of the same length, 0 if none
	last := map[int]int{}
	for i := len(runs) - 1; i >= 0; i-- {
		n := runs[i].to - runs[i].from
		next[i] = last[n]
		last[n] = i
	}
	for i := 0; i < len(runs); i++ {
		if next[i] > i {
			all = append(all, code{stretch{runs[i].from, runs[next[i]].to}, false, false})
			i = next[i]
		}
	}
	return all
}
