package analyze

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"gptsnap/formats/chat"
	"gptsnap/formats/source"
)

// versions prints how the versions of a message differ, word by word, each
// from the one before it:
//
//	regenerated answer, of 2: 1 gpt-4o (41b70602-a64…) → 2 o3 (00bf643f-d4f…)
//	Plant them [-ten-] {+thirty+} centimetres deep …
//
// A version of a prompt is that prompt. A version of an answer is all that
// people read of it until the talk forks again or the user speaks, whatever
// the model did in between; pieces that were split for length are joined.
type versions struct {
	w      io.Writer
	s      Screen
	node   string // the id of a version or of the message before them, or its beginning; "all"
	shown  int
	meant  []string // ids of nodes that the beginning fits
	closed error
}

// shortestNode is how much of a node's id has to be given.
const shortestNode = 8

func newVersions(w io.Writer, s Screen, node string) (*versions, error) {
	if node != "all" && len(node) < shortestNode {
		return nil, source.Fail(source.ExitUsage, "gptsnap branches -f json shows ids of nodes; --diff all shows every fork", "--diff %q: of a node's id give at least %d characters, or all", truncate(cell(node, true), 40, true), shortestNode)
	}
	s.Width = max(s.Width, narrowest)
	return &versions{w: w, s: s, node: node}, nil
}

// Observe prints what c has of the versions that were asked for.
func (v *versions) Observe(t *Tally) {
	c := t.Chat
	before := v.shown
	for i := range c.Preorder() {
		id := string(c.Nodes[i].ID)
		if v.closed != nil || v.node != "all" && !strings.HasPrefix(id, v.node) {
			continue
		}
		of := c.Nodes[i].Children
		if v.node != "all" {
			v.meant = append(v.meant, strings.Clone(id))
			if c.Nodes[i].Versions > 1 {
				of = c.Siblings(i)
			}
		}
		if len(of) > 1 {
			if v.shown == before {
				p := printer{w: v.w, s: v.s}
				if v.shown > 0 {
					p.lines("")
				}
				title := c.Title
				if strings.TrimSpace(title) == "" {
					title = "(no title)"
				}
				p.lines(cell(title, v.s.Unicode), cell(c.ID, v.s.Unicode))
				v.closed = p.err
			}
			v.fork(c, of)
		}
	}
	if v.node == "all" && len(c.Roots) > 1 && len(c.Siblings(int(c.Roots[0]))) > 1 {
		v.fork(c, c.Siblings(int(c.Roots[0])))
	}
}

// Table is empty: the printing is done.
func (v *versions) Table() Table { return Table{Report: "versions"} }

// err says why nothing was shown, if nothing was.
func (v *versions) err() error {
	switch {
	case v.closed != nil:
		return fmt.Errorf("writing: %w", v.closed)
	case len(v.meant) > 1 && v.shown > 1:
		return source.Fail(source.ExitUsage, "give more of the id, or name the conversation", "%q means %d nodes", v.node, len(v.meant))
	case v.shown > 0:
		return nil
	case v.node == "all":
		return source.Fail(source.ExitNothing, "", "no message here has several versions")
	case len(v.meant) > 0:
		return source.Fail(source.ExitNothing, "gptsnap branches ID draws the tree", "node %s has no other versions", cell(v.meant[0], true))
	}
	return source.Fail(source.ExitNothing, "gptsnap branches -f json shows ids of nodes", "no node %q in the chosen conversations", truncate(cell(v.node, true), 60, true))
}

func (v *versions) fork(c *chat.Conversation, of []int32) {
	v.shown++
	kind := c.VersionKind(int(of[0]))
	last := tokens(version(c, int(of[0])))
	for n := 1; n < len(of); n++ {
		now := tokens(version(c, int(of[n])))
		p := printer{w: v.w, s: v.s}
		arrow := "→"
		if !v.s.Unicode {
			arrow = "->"
		}
		p.lines("", fmt.Sprintf("%s, of %d: %s %s %s", kind, len(of), v.name(c, of[n-1]), arrow, v.name(c, of[n])))
		all := diff(last, now)
		if len(all) == 0 || len(all) == 1 && all[0].sign == ' ' {
			p.lines("(the same words)")
		} else {
			p.lines(v.flow(all)...)
		}
		if v.closed = p.err; v.closed != nil {
			return
		}
		last = now
	}
}

// name tells a version by number, model and id.
func (v *versions) name(c *chat.Conversation, i int32) string {
	n := &c.Nodes[i]
	s := fmt.Sprint(n.Version)
	if m := n.Message; m != nil && m.Model != "" {
		s += " " + cell(m.Model, v.s.Unicode)
	}
	return s + " (" + truncate(cell(string(n.ID), v.s.Unicode), 13, v.s.Unicode) + ")"
}

// version is what people read of the version that begins at node i.
func version(c *chat.Conversation, i int) string {
	var all []string
	joined := false
	for at := i; ; {
		n := &c.Nodes[at]
		if m := n.Message; m != nil && m.Class() == chat.Said {
			text := spoken(m)
			if joined {
				all[len(all)-1] += text
			} else if text != "" {
				all = append(all, text)
			}
			joined = c.Continuation(at) >= 0 && len(all) > 0
			if m.Role == chat.User {
				break
			}
		}
		if len(n.Children) != 1 {
			break
		}
		at = int(n.Children[0])
		if next := c.Nodes[at].Message; next != nil && next.Role == chat.User {
			break
		}
	}
	return strings.Join(all, "\n\n")
}

// spoken is the text of a message; what is no text is named.
func spoken(m *chat.Message) string {
	var all []string
	for _, p := range m.Parts {
		switch p := p.(type) {
		case *chat.Text:
			all = append(all, p.Plain())
		case *chat.Transcript:
			all = append(all, p.Text)
		case *chat.Image:
			all = append(all, strings.TrimSpace("(image) "+p.Title+" "+p.Prompt))
		case *chat.Canvas:
			all = append(all, p.Title, p.Content)
		case *chat.Report:
			all = append(all, p.Title)
			if p.Body != nil {
				all = append(all, p.Body.Plain())
			}
		}
	}
	return strings.Join(slices.DeleteFunc(all, func(s string) bool { return s == "" }), "\n")
}

// around is how many words in common stand before and behind a change.
const around = 12

// flow sets a difference into lines no wider than the screen.
func (v *versions) flow(all []change) []string {
	f := &flow{width: v.s.Width}
	dots := "…"
	if !v.s.Unicode {
		dots = "..."
	}
	for i, c := range all {
		words := c.words
		if c.sign != ' ' {
			open, end := "[-", "-]"
			if c.sign == '+' {
				open, end = "{+", "+}"
			}
			f.mark(open)
			f.words(words, v.s.Unicode)
			f.close(end)
			continue
		}
		first, last := 0, len(words)
		if i > 0 {
			first = min(around, len(words))
		}
		if i+1 < len(all) {
			last = max(len(words)-around, 0)
		}
		if last-first < 4 {
			f.words(words, v.s.Unicode)
			continue
		}
		f.words(words[:first], v.s.Unicode)
		f.word(dots)
		f.words(words[last:], v.s.Unicode)
	}
	return f.done()
}

// A flow fills lines with words.
type flow struct {
	width int
	lines []string
	line  string
	glue  string // stands before the next word, without a space
}

func (f *flow) words(words []string, unicodes bool) {
	for _, w := range words {
		if w == "\n" {
			if f.line != "" || len(f.lines) > 0 && f.lines[len(f.lines)-1] != "" {
				f.lines = append(f.lines, f.line)
				f.line = ""
			}
			continue
		}
		if w = cell(w, unicodes); w != "" {
			f.word(w)
		}
	}
}

// word puts w behind the others, or below; one wider than the screen is cut up.
func (f *flow) word(w string) {
	w, f.glue = f.glue+w, ""
	if f.line != "" && width(f.line)+1+width(w) > f.width {
		f.lines = append(f.lines, f.line)
		f.line = ""
	}
	if f.line != "" {
		f.line += " "
	}
	for width(w) > f.width {
		n := 0
		for at, r := range w {
			if n += max(runewidthOf(r), 0); n > f.width && at > 0 {
				f.lines = append(f.lines, w[:at])
				w = w[at:]
				break
			}
		}
		if n <= f.width {
			break
		}
	}
	f.line += w
}

// mark makes open stand right before the next word, close end right behind
// the last one.
func (f *flow) mark(open string) { f.glue += open }

func (f *flow) close(end string) {
	if f.glue != "" { // nothing but the ends of lines
		f.word("¶")
	}
	if f.line == "" && len(f.lines) > 0 {
		f.line = f.lines[len(f.lines)-1]
		f.lines = f.lines[:len(f.lines)-1]
	}
	if width(f.line)+len(end) > f.width {
		f.lines = append(f.lines, f.line)
		f.line = ""
	}
	f.line += end
}

func (f *flow) done() []string {
	if f.line != "" {
		f.lines = append(f.lines, f.line)
	}
	return f.lines
}
