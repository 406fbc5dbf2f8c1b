package chatgpt

import (
	"strings"

	"gptsnap/formats/chat"
)

// space takes, with cites that leave no word in the sentence, the white space
// that would be doubled or left over: the space before one that stands
// between two spaces; for those that are dropped also the space before a line
// end or a full stop, and the line break of one that stands alone on its line.
func (c *citer) space() {
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
		c.spaceAround(i, k-1, dropped)
		i = k
	}
}

func (c *citer) spaceAround(first, last int, dropped bool) {
	low, high := 0, len(c.raw)
	if first > 0 {
		low = c.found[first-1].End
	}
	if last+1 < len(c.found) {
		high = c.found[last+1].Start
	}
	from, to := c.found[first].Start, c.found[last].End
	if c.inClosedCode(from) {
		return
	}
	before, after := byte('\n'), byte('\n')
	if from > 0 {
		before = c.raw[from-1]
	}
	if to < len(c.raw) {
		after = c.raw[to]
	}
	switch {
	case before == ' ' && from > low && (after == ' ' || dropped && (after == '\n' || strings.IndexByte(".,;:!?)", after) >= 0)):
		c.found[first].Start--
	case !dropped || before != '\n' || from == low && from > 0:
	case after == ' ' && to < high:
		c.found[last].End++
	case after == '\n':
		newlines := func(s string) int { return len(s) - len(strings.TrimLeft(s, "\n")) }
		behind := newlines(c.raw[to:high])
		ahead := from - low - len(strings.TrimRight(c.raw[low:from], "\n"))
		switch {
		case from == 0:
			c.found[last].End += behind
		case to == len(c.raw):
			c.found[first].Start -= ahead
		default:
			c.found[last].End += min(ahead, behind)
		}
	}
}
