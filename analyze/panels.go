package analyze

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// panels prints groups of a number and what it is, in two columns if there is
// room, and the trend as a sparkline.
func (p *printer) panels(t *Table) {
	left := panelLines(t, p.s)
	value, label := 0, 0
	for _, l := range left {
		value, label = max(value, width(l[0])), max(label, width(l[1]))
	}
	both := 2 * (value + label + 2*margins)
	var right [][2]string
	if both <= p.s.Width {
		left, right = halves(left)
	}
	label = max(1, min(label, p.s.Width-value-2*margins))
	sh := sheet{lanes: []lane{{right: true, width: value}, {width: label}}}
	if right != nil {
		sh.lanes = append(sh.lanes, sh.lanes...)
	}
	for i := range max(len(left), len(right)) {
		row := make([]string, len(sh.lanes))
		if i < len(left) {
			copy(row, left[i][:])
		}
		if i < len(right) {
			copy(row[2:], right[i][:])
		}
		for k := range row {
			row[k] = truncate(row[k], sh.lanes[k].width, p.s.Unicode)
		}
		sh.rows = append(sh.rows, row)
	}
	p.sheet(&sh)
	p.trend(t.Trend)
}

// panelLines lists what the panels say: a blank line and a heading before
// each group. What is nothing is left out, but for the first of a group.
func panelLines(t *Table, s Screen) [][2]string {
	value, label, group := t.panelColumns()
	var lines [][2]string
	name := ""
	for _, row := range panelRows(t) {
		v := row[value]
		text := s.show(v, Column{Kind: Any})
		if g := row[group].(string); g != name {
			if name != "" {
				lines = append(lines, [2]string{})
			}
			name = g
			lines = append(lines, [2]string{"", strings.ToUpper(g)})
		} else if text == "" || v == 0 || v == time.Duration(0) {
			continue
		}
		lines = append(lines, [2]string{text, row[label].(string)})
	}
	return lines
}

func (t *Table) panelColumns() (value, label, group int) {
	at := func(key string) int { return slices.IndexFunc(t.Columns, func(c Column) bool { return c.Key == key }) }
	return at("value"), at("label"), at("panel")
}

// panelRows are the rows group by group, with labels that suit the numbers.
func panelRows(t *Table) [][]any {
	value, label, group := t.panelColumns()
	var rows [][]any
	for _, name := range t.Groups {
		for _, row := range t.Rows {
			if row[group] == name {
				row = slices.Clone(row)
				row[label] = plural(row[label].(string), row[value])
				rows = append(rows, row)
			}
		}
	}
	return rows
}

// plural settles a label such as "branch~es" by the number before it.
func plural(label string, v any) string {
	before, after, found := strings.Cut(label, "~")
	if !found {
		return label
	}
	ending, rest, _ := strings.Cut(after, " ")
	if rest != "" {
		rest = " " + rest
	}
	if v == 1 {
		return before + rest
	}
	return before + ending + rest
}

// halves parts lines at the blank one that leaves the longer part shortest.
func halves(lines [][2]string) (left, right [][2]string) {
	best, longest := len(lines), len(lines)+1
	for i, l := range lines {
		if l == [2]string{} {
			if n := max(i, len(lines)-i-1); n < longest {
				best, longest = i, n
			}
		}
	}
	if best == len(lines) {
		return lines, nil
	}
	return lines[:best], lines[best+1:]
}

// trend prints a series as one line of bars, neighbours added up if there is
// not room for all.
func (p *printer) trend(points []Point) {
	if len(points) < 2 {
		return
	}
	values := gather(points, p.s.Width-1)
	each := "month"
	if n := (len(points) + len(values) - 1) / len(values); n > 1 {
		each = fmt.Sprintf("%d months", n)
	}
	most := 0
	for _, v := range values {
		most = max(most, v)
	}
	p.lines("", fmt.Sprintf(" Messages per %s, %s to %s, at most %s", each, points[0].Label, points[len(points)-1].Label, p.s.group(most)))
	p.lines(" " + p.s.spark(values))
}
