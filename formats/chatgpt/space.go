package chatgpt

import (
	"strings"

	"gptsnap/formats/chat"
)

// space takes, with cites that leave no word in the sentence, the white space
// that would be doubled or left over: the space before one that stands
// between two spaces; for those that are dropped also the space before a line
// end or a full stop, and the line break of one that stands alone on its line.
// A code span that held nothing else goes whole. In code blocks every space
// stays, for there it may mean something.
func (c *citer) space() {
	c.emptySpans()
	gone, shown := -1, byte(0) // where the last group ended, if it was dropped, and what is shown before it
	for i := 0; i < len(c.found); {
		k, dropped := i, true // a group: cites side by side, none with a label
		for k < len(c.found) && c.found[k].Label == "" && c.found[k].Kind != chat.CiteSources && (k == i || c.found[k].Start == c.found[k-1].End) {
			dropped = dropped && c.found[k].Kind == chat.CiteDrop
			k++
		}
		if k == i {
			i++
			continue
		}
		g := group{first: i, last: k - 1, dropped: dropped, low: 0, high: len(c.raw)}
		if i > 0 {
			g.low = c.found[i-1].End
		}
		if k < len(c.found) {
			g.high = c.found[k].Start
		}
		if g.bound = c.found[i].Start == gone; g.bound {
			g.before = shown
		} else {
			g.before = c.byteBefore(c.found[i].Start)
		}
		g.bound = !g.bound && c.found[i].Start == g.low && g.low > 0
		c.spaceAround(&g)
		gone = -1
		if dropped {
			gone, shown = c.found[k-1].End, g.before
		}
		i = k
	}
}

// A group is a run of cites that leave no word, found[first:last+1].
type group struct {
	first, last int
	dropped     bool // none of them leaves a link either
	low, high   int  // where the cites beside it end and begin
	before      byte // what is shown before it, '\n' at the beginning
	bound       bool // it touches a cite before it that is shown
}

func (c *citer) byteBefore(i int) byte {
	if i == 0 {
		return '\n'
	}
	return c.raw[i-1]
}

func (c *citer) spaceAround(g *group) {
	first, last := &c.found[g.first], &c.found[g.last]
	code := c.codeAt(first.Start)
	if code != nil && code.block && !code.unclosed {
		return
	}
	after := byte('\n')
	if last.End < len(c.raw) {
		after = c.raw[last.End]
	}
	span := code != nil && !code.unclosed && first.Start > code.from // it stands in one, and is not all of it
	switch {
	case g.before == ' ' && first.Start > g.low && (after == ' ' || g.dropped && (after == '\n' || strings.IndexByte(".,;:!?)", after) >= 0 || span && after == '`')):
		first.Start--
		g.before = c.byteBefore(first.Start)
	case !g.dropped || g.bound || g.before != '\n' && !(span && g.before == '`'):
	case after == ' ' && last.End < g.high:
		last.End++
	case after == '\n':
		newlines := func(s string) int { return len(s) - len(strings.TrimLeft(s, "\n")) }
		behind := newlines(c.raw[last.End:g.high])
		ahead := first.Start - g.low - len(strings.TrimRight(c.raw[g.low:first.Start], "\n"))
		switch {
		case first.Start == 0:
			last.End += behind
		case last.End == len(c.raw):
			first.Start -= ahead
		default:
			last.End += min(ahead, behind)
		}
	}
}

// emptySpans makes one cite of a code span in which nothing but white space is
// left when the cites in it are dropped.
func (c *citer) emptySpans() {
	kept := c.found[:0]
	for i := 0; i < len(c.found); {
		code := c.codeAt(c.found[i].Start)
		if code == nil || code.block {
			kept = append(kept, c.found[i])
			i++
			continue
		}
		blank := func(from, to int) bool { return strings.Trim(c.raw[from:max(from, to)], "` ") == "" }
		k, at, empty := i, code.from, true
		for ; k < len(c.found) && c.found[k].Start < code.to; k++ {
			empty = empty && c.found[k].Kind == chat.CiteDrop && c.found[k].Label == "" && blank(at, c.found[k].Start)
			at = c.found[k].End
		}
		if empty && at <= code.to && blank(at, code.to) {
			kept = append(kept, chat.Cite{Start: code.from, End: code.to, Kind: chat.CiteDrop})
		} else {
			kept = append(kept, c.found[i:k]...)
		}
		i = k
	}
	c.found = kept
}
