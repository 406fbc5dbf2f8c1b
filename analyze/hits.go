package analyze

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// mostShown is how many excerpts of one message people see.
const mostShown = 3

// hits prints what a search found: a line for each conversation, one for each
// message in it, and below it the text around the matches.
//
//	6f2c81aa  2024-05-01  Plan a bike trip
//	  ● gpt-5       2024-05-01 14:33  version 2 of 2
//	      Three routes come to mind, two of them along the coast
func (p *printer) hits(t *Table) {
	get := func(row []any, key string) any { return row[t.find(key)] }
	last := any(nil)
	messages, chats, off := 0, 0, 0
	for _, row := range t.Rows {
		if id := get(row, "id"); id != last {
			if last != nil {
				p.lines("")
			}
			last = id
			chats++
			head := p.s.show(id, Column{})
			if at := p.s.show(get(row, "updated"), Column{Kind: Date}); at != "" {
				head += "  " + at
			}
			title := p.s.show(get(row, "title"), Column{})
			if title == "" {
				title = "(no title)"
			}
			p.heading(head + "  " + title)
		}
		messages++
		for i, l := range wrap(p.hit(row, get, &off), p.s.Width-4, p.s.Unicode) {
			p.lines([]string{"  ", "    "}[min(i, 1)] + l)
		}
		texts, _ := get(row, "excerpts").([]string)
		for i, s := range texts {
			if i == mostShown {
				break
			}
			if i > 0 && strings.Contains(s, "\n") {
				p.lines("      --")
			}
			p.excerpt(s, t.Marks)
		}
		if n, _ := get(row, "matches").(int); len(texts) > mostShown {
			p.lines(fmt.Sprintf("      %s matches in all", p.s.group(n)))
		}
	}
	n, _ := t.Total[t.find("matches")].(int)
	if t.Of > 0 {
		p.notes = append(p.notes, fmt.Sprintf("%s in %s, of which these are the first %s", count(n, "match"), count(t.Of, "place"), p.s.group(messages)))
		return
	}
	p.notes = append(p.notes, fmt.Sprintf("%s in %s of %s · %s off the current path (%s)",
		count(n, "match"), count(messages, "place"), count(chats, "conversation"), p.s.group(off), p.mark(false)))
}

// hit says who said it, when, and where in the tree.
func (p *printer) hit(row []any, get func([]any, string) any, off *int) string {
	current, said := get(row, "current").(bool)
	if !said {
		return p.mark(true) + " in the title"
	}
	if !current {
		*off++
	}
	line := p.mark(current) + " " + p.s.show(get(row, "speaker"), Column{})
	if area := get(row, "in").(string); area != "text" {
		line += " · " + area
	}
	if at, ok := get(row, "time").(time.Time); ok {
		line += " · " + at.In(p.s.Zone).Format("2006-01-02 15:04")
	}
	if !current {
		line += fmt.Sprintf(" · not current: branch %d of %d", get(row, "branch"), get(row, "branches"))
	}
	if n := get(row, "versions").(int); n > 1 {
		line += fmt.Sprintf(" · version %d of %d", get(row, "version"), n)
	}
	return line
}

// heading prints a line in bold, if the screen can.
func (p *printer) heading(line string) {
	if line = truncate(line, p.s.Width, p.s.Unicode); p.s.Color {
		p.raw("\x1b[1m" + line + "\x1b[0m")
	} else {
		p.raw(line)
	}
}

// A marker yields the places in s that are to be seen, from the left.
type marker func(s string, yield func(from, to int) bool)

// excerpt prints the lines of s, each folded to at most a few of the screen,
// what marks yields in colour if the screen has it.
func (p *printer) excerpt(s string, marks marker) {
	const indent = "      "
	for line := range strings.Lines(s) {
		line = cell(line, p.s.Unicode)
		if line == "" {
			continue
		}
		var places [][2]int
		if p.s.Color && marks != nil {
			marks(line, func(from, to int) bool {
				places = append(places, [2]int{from, to})
				return len(places) < mostMarks
			})
		}
		at := 0 // where in line what is printed stands; fold only turns spaces into line ends
		for _, l := range fold(line, p.s.Width-len(indent), p.s.Unicode) {
			text := indent + l
			if i := strings.Index(line[at:], l); i >= 0 && p.s.Color {
				at += i
				text = indent + coloured(l, at, places)
				at += len(l)
			}
			p.raw(text)
		}
	}
}

// mostMarks bounds the matches that are coloured in one line.
const mostMarks = 1000

// coloured is a piece of a line that begins at byte at of it, with the places
// that fall into it in bold red.
func coloured(s string, at int, places [][2]int) string {
	var b strings.Builder
	done := 0
	for _, m := range places {
		from, to := max(m[0]-at, done), min(m[1]-at, len(s))
		if from >= to || !utf8.RuneStart(s[from]) || to < len(s) && !utf8.RuneStart(s[to]) {
			continue
		}
		b.WriteString(s[done:from] + "\x1b[1;31m" + s[from:to] + "\x1b[0m")
		done = to
	}
	return b.String() + s[done:]
}

// mark stands before what is on the current path, or is not.
func (p *printer) mark(current bool) string {
	switch {
	case p.s.Unicode && current:
		return "●"
	case p.s.Unicode:
		return "○"
	case current:
		return "*"
	}
	return "o"
}
