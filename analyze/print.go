package analyze

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"github.com/olekukonko/tablewriter/pkg/twwidth"
)

// Print shows t to people, on s. Nothing that came from a chat reaches the
// screen but through [cell], and no line is wider than the screen.
func Print(w io.Writer, t *Table, scope Scope, s Screen) error {
	s.Width = max(s.Width, narrowest)
	if t.Zone != nil {
		s.Zone = t.Zone
	}
	p := printer{w: w, s: s}
	if t.Layout != Hits {
		p.lines(cell(t.Title, true), "")
	}
	switch t.Layout {
	case Panels:
		p.panels(t)
	case Heat:
		p.heat(t)
	case Hits:
		p.hits(t)
	default:
		p.grid(t)
	}
	p.lines("")
	notes := append(footer(t, scope, s), p.notes...)
	if t.Layout == Hits { // what was found is worth more than where it was looked for
		notes = append(p.notes, footer(t, scope, s)...)
	}
	for _, note := range notes {
		p.lines(wrap(note, s.Width, s.Unicode)...)
	}
	if p.err != nil {
		return fmt.Errorf("writing the table: %w", p.err)
	}
	return nil
}

// narrowest is the least width that tables are made for.
const narrowest = 40

// A printer writes until the first error, which it keeps.
type printer struct {
	w     io.Writer
	s     Screen
	notes []string // for the footer
	err   error
}

// ascii keeps our own words within ASCII; those from chats are so already.
func ascii(r rune) rune {
	switch {
	case r < 0x80:
		return r
	case r == '·':
		return '|'
	case unicode.IsSpace(r):
		return ' '
	}
	return '?'
}

func (p *printer) lines(lines ...string) {
	for _, l := range lines {
		if p.err == nil {
			if !p.s.Unicode {
				l = strings.Map(ascii, l)
			}
			_, p.err = io.WriteString(p.w, strings.TrimRight(truncate(l, p.s.Width, p.s.Unicode), " ")+"\n")
		}
	}
}

// raw prints a line that fits the screen as it is.
func (p *printer) raw(line string) {
	if p.err == nil {
		_, p.err = io.WriteString(p.w, strings.TrimRight(line, " ")+"\n")
	}
}

// grid prints rows under headings, with a total below a rule.
func (p *printer) grid(t *Table) {
	if t.size() == 0 {
		if t.Same > 0 {
			p.lines("nothing changed")
		} else {
			p.lines("nothing to show")
		}
		return
	}
	sh := lay(t, p.s)
	p.sheet(&sh)
	if len(sh.gone) > 0 {
		p.notes = append(p.notes, "no room for "+strings.Join(sh.gone, ", ")+": see a wider screen, --columns or -f csv")
	}
}

// sureWidth reports whether r is as wide for the table writer as for [width]:
// only such characters stand in line.
func sureWidth(r rune) bool {
	return twwidth.WidthWithOptions(string(r), twwidth.Options{}) == runewidthOf(r)
}

// footer says what was counted, and what the table does not show.
func footer(t *Table, scope Scope, s Screen) []string {
	facts := s.group(scope.Conversations) + " conversation"
	if scope.Conversations != 1 {
		facts += "s"
	}
	if t.Counted != "" {
		facts += " · " + t.Counted
	}
	if t.Zone != nil {
		facts += " · " + zoneName(t.Zone)
	}
	lines := []string{facts}
	if scope.Then != nil {
		lines = []string{scope.Then.facts(s, facts)}
	}
	if t.Of > 0 && t.Layout != Hits {
		more := fmt.Sprintf("the first %s of %s rows", s.group(t.size()), s.group(t.Of))
		if t.Total != nil {
			more += "; the total is that of all"
		}
		if t.size() == t.Few {
			more += "; --top " + strconv.Itoa(t.Of) + " shows them"
		}
		lines = append(lines, more)
	}
	if t.Same > 0 {
		lines = append(lines, s.group(t.Same)+" more rows, in which nothing changed, are in -f json and -f csv")
	}
	if scope.Failed > 0 {
		lines = append(lines, s.group(scope.Failed)+" could not be read and are not counted")
	}
	return append(lines, t.Notes...)
}
