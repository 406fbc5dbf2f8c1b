package analyze

import (
	"fmt"
	"strings"
	"time"

	"gptsnap/formats/chat"
)

// line fits rails, mark, speaker, text, time and marks into the width.
func (d *drawing) line(a arm, current bool, who, text, clock, marks string) {
	left := d.rails(a) + d.mark(current) + " "
	if d.s.Width >= 50 {
		left += pad(truncate(cell(who, d.s.Unicode), d.who, d.s.Unicode), d.who) + "  "
	}
	right := ""
	if d.s.Width >= 70 {
		right += "  " + padLeft(clock, 16)
	}
	if d.s.Width >= 70 || marks != "" {
		right += "  " + pad(marks, marksWidth)
	}
	room := max(0, d.s.Width-width(left)-width(right))
	d.lines(left + pad(truncate(cell(text, d.s.Unicode), room, d.s.Unicode), room) + right)
}

const marksWidth = 11 // of "+12 current"

// rails are the lines of the paths to the left that go on further down.
func (d *drawing) rails(a arm) string {
	rail, turn := "│ ", "├─"
	if !d.s.Unicode {
		rail, turn = "| ", "|-"
	}
	depth, deeper := a.depth, ""
	if depth > d.deepest {
		d.bent = true
		deeper = fmt.Sprintf(">%d ", depth)
		depth = d.deepest
	}
	if depth == 0 {
		return ""
	}
	last := rail
	if a.first {
		last = turn
	}
	return strings.Repeat(rail, depth-1) + last + deeper
}

// clock is a time of day, with its date if that is not the one written last.
func (d *drawing) clock(t time.Time) string {
	if !known(t) {
		return ""
	}
	t = t.In(d.s.Zone)
	day := t.Format("2006-01-02")
	if day == d.day {
		return t.Format("15:04")
	}
	d.day = day
	return day + t.Format(" 15:04")
}

// speaker is you, or the model or tool that spoke.
func speaker(m *chat.Message) string {
	switch {
	case m.Role == chat.User:
		return "you"
	case m.Role == chat.Assistant && m.Model != "":
		return m.Model
	case m.Role == chat.Tool && m.Name != "":
		return m.Name
	}
	return string(m.Role)
}

// opening is what m begins with, in about most runes; of a message without
// words, what it holds.
func opening(m *chat.Message, most int) string {
	if s := chat.Opening(m.Plain(), most); s != "" {
		return s
	}
	for _, p := range m.Parts {
		switch p := p.(type) {
		case *chat.Image:
			return "(picture) " + chat.Opening(p.Title, most)
		case *chat.Audio:
			return "(recording)"
		case *chat.Video:
			return "(video)"
		case *chat.Report:
			return "(report) " + chat.Opening(p.Title, most)
		case *chat.Canvas:
			return "(canvas) " + chat.Opening(p.Title, most)
		case *chat.Output:
			return "(output) " + chat.Opening(p.Text, most)
		}
	}
	return "(no text)"
}

func (d *drawing) head() {
	c := d.c
	for i := range c.Nodes {
		if m := c.Nodes[i].Message; m != nil && m.Class() == chat.Said {
			d.who = max(d.who, width(cell(speaker(m), d.s.Unicode)))
		}
	}
	d.who = min(max(d.who, 3), 8+d.s.Width/20)
	title := cell(c.Title, d.s.Unicode)
	if title == "" {
		title = "(no title)"
	}
	d.lines(title)
	facts := cell(c.ID, d.s.Unicode)
	if known(c.Created) {
		facts += " · " + c.Created.In(d.s.Zone).Format("2006-01-02")
	}
	if c.Project != "" {
		facts += " · project " + cell(c.Project, d.s.Unicode)
	}
	d.facts(facts)
	d.lines("")
}

func (d *drawing) foot() {
	c := d.c
	d.lines("")
	d.facts(fmt.Sprintf("%s · %s · %s · %d off the current path · %s",
		count(c.Leaves(), "branch"), count(c.Forks(), "fork"), count(d.read, "message"), d.off, zoneName(d.s.Zone)))
	if d.passed > 0 {
		d.facts(fmt.Sprintf("+n: steps not shown, %d in all: thinking, tools, set-up", d.passed))
	}
	if d.bent {
		d.facts(fmt.Sprintf(">n: nested %d forks deep or more; the drawing does not go further to the right", d.deepest+1))
	}
	if c.Partial != "" {
		d.facts("other branches may be missing: " + cell(c.Partial, d.s.Unicode))
	}
}

func (d *drawing) facts(s string) { d.lines(wrap(s, d.s.Width, d.s.Unicode)...) }

// count is "1 fork" or "2 forks".
func count(n int, thing string) string {
	switch {
	case n == 1:
	case strings.HasSuffix(thing, "ch"):
		thing += "es"
	default:
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}
