package analyze

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"gptsnap/formats/chat"
)

// draw prints the tree of c on s, one line for each message that people read.
//
// The current path goes straight down on the left. At a fork the other
// versions stand aside, one step to the right and before the path goes on, so
// that a long talk does not drift off the screen however often it forked:
//
//	● you       Plan a bike trip
//	├─○ gpt-4o  1/2 regenerated: Three routes come to mind …
//	● gpt-5     2/2 regenerated: There are two good ones …     current
//
// Inside an arm the last version goes straight on. Messages that people do not
// read (thinking, tools, set-up) are not drawn but counted, as +n on the next
// line. The walk keeps its own stack: neither depth nor width can exhaust it.
func draw(w io.Writer, c *chat.Conversation, s Screen) error {
	s.Width = max(s.Width, narrowest)
	d := &drawing{printer: printer{w: w, s: s}, c: c, on: c.OnCurrent()}
	d.deepest = max(2, min(12, (s.Width-56)/4))
	d.head()
	d.tree()
	d.foot()
	if d.err != nil {
		return fmt.Errorf("drawing the tree: %w", d.err)
	}
	return nil
}

type drawing struct {
	printer
	c       *chat.Conversation
	on      []bool
	who     int    // width of the column of speakers
	deepest int    // steps to the right that there is room for
	bent    bool   // something stood deeper than that
	day     string // the date that was written last
	unseen  int    // messages that people do not read, since the last line
	passed  int    // all of them
	read    int    // messages drawn
	off     int    // of which not on the current path
}

// An arm is where a stretch of the tree begins.
type arm struct {
	node  int
	depth int  // steps to the right
	first bool // it leaves a fork
	root  int  // from 2: it begins a tree of its own
}

func (d *drawing) tree() {
	var stack []arm
	for i, r := range slices.Backward(d.c.Roots) {
		a := arm{node: int(r)}
		if i > 0 {
			a.root = i + 1
		}
		stack = append(stack, a)
	}
	for len(stack) > 0 && d.err == nil {
		a := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		stack = d.walk(a, stack)
	}
}

// walk draws from a down to the next fork or leaf, and pushes what follows.
func (d *drawing) walk(a arm, stack []arm) []arm {
	if a.root > 0 {
		d.lines("", fmt.Sprintf("another tree, without a common root (%d of %d)", a.root, len(d.c.Roots)))
	}
	label := d.version(a.node)
	for at := a.node; ; {
		n := &d.c.Nodes[at]
		seen := n.Message != nil && n.Message.Class() == chat.Said
		if !seen && n.Message != nil {
			d.unseen++
			d.passed++
		}
		end := len(n.Children) != 1
		if seen || end || at == d.c.Current {
			d.node(a, at, label, seen)
			a.first, label, d.unseen = false, "", 0
		}
		if end {
			return d.fork(a, at, stack)
		}
		at = int(n.Children[0])
	}
}

// fork pushes the children of at: first, to be drawn last, the one that goes
// straight on.
func (d *drawing) fork(a arm, at int, stack []arm) []arm {
	kids := d.c.Nodes[at].Children
	if len(kids) == 0 {
		return stack
	}
	straight := len(kids) - 1
	for i, k := range kids {
		if d.on[k] {
			straight = i
		}
	}
	stack = append(stack, arm{node: int(kids[straight]), depth: a.depth})
	for i, k := range slices.Backward(kids) {
		if i != straight {
			stack = append(stack, arm{node: int(k), depth: a.depth + 1, first: true})
		}
	}
	return stack
}

// version says which of several versions node i is, and why there are several.
func (d *drawing) version(i int) string {
	n := &d.c.Nodes[i]
	if n.Versions < 2 || n.Parent < 0 {
		return ""
	}
	kind := ""
	switch d.c.ForkKind(n.Parent) {
	case chat.EditedPrompt:
		kind = " edited"
	case chat.RegeneratedAnswer:
		kind = " regenerated"
	case chat.ChosenOfTwo:
		kind = " choice"
	}
	return fmt.Sprintf("%d/%d%s", n.Version, n.Versions, kind)
}

// node prints the line of node i; what stands there is not read by people if
// it is not seen.
func (d *drawing) node(a arm, i int, label string, seen bool) {
	n := &d.c.Nodes[i]
	who, text := "", ""
	unseen := d.unseen
	var at time.Time
	switch {
	case seen:
		m := n.Message
		who, text, at = speaker(m), opening(m, d.s.Width), m.Created
		d.read++
		if !d.on[i] {
			d.off++
		}
	case unseen == 0:
		text = "(empty)"
		if n.Parent < 0 {
			text = "(start)"
		}
	default:
		text, unseen = fmt.Sprintf("(%s not shown)", count(unseen, "step")), 0
	}
	if label != "" {
		text = label + ": " + text
	}
	var marks []string
	if unseen > 0 {
		marks = append(marks, fmt.Sprintf("+%d", unseen))
	}
	if i == d.c.Current {
		marks = append(marks, "current")
	} else if len(n.Children) == 0 {
		marks = append(marks, "leaf")
	}
	d.line(a, d.on[i], who, text, d.clock(at), strings.Join(marks, " "))
}

// A forest draws every tree it observes, with a line between them.
type forest struct {
	w    io.Writer
	s    Screen
	seen int
	err  error
}

// Observe draws.
func (f *forest) Observe(t *Tally) {
	if f.err == nil && f.seen > 0 {
		_, f.err = io.WriteString(f.w, "\n"+strings.Repeat("=", min(f.s.Width, 70))+"\n\n")
	}
	f.seen++
	if f.err == nil {
		f.err = draw(f.w, t.Chat, f.s)
	}
}

// Table is empty: the drawing is done.
func (f *forest) Table() Table { return Table{Report: "branches"} }
