package analyze

import (
	"fmt"
	"slices"
	"strings"
)

// panels prints the main numbers and what they are, in two columns if there is
// room, and the trend as a sparkline.
func (p *printer) panels(t *Table) {
	all := mainLines(t, p.s)
	parts := [][][2]string{all[:(len(all)+1)/2], all[(len(all)+1)/2:]}
	sh := halves(parts...)
	if wide := sh.lanes[0].width + sh.lanes[1].width + sh.lanes[2].width + sh.lanes[3].width + 4*margins; wide > p.s.Width {
		parts = [][][2]string{all}
		sh = halves(all)
		sh.lanes[1].width = max(1, min(sh.lanes[1].width, p.s.Width-sh.lanes[0].width-2*margins))
	}
	var rows [][]string
	for i := range parts[0] {
		row := make([]string, len(sh.lanes))
		for k, part := range parts {
			if i < len(part) {
				copy(row[2*k:], part[i][:])
			}
		}
		for k := range row {
			row[k] = truncate(row[k], sh.lanes[k].width, p.s.Unicode)
		}
		rows = append(rows, row)
	}
	sh.rows = slices.Values(rows)
	p.sheet(&sh)
	p.trend(t.Trend)
	p.notes = append(p.notes, fmt.Sprintf("all %d numbers: --columns metric,value, or -f json, markdown or html", max(t.Of, len(t.Rows))))
}

// halves is a sheet with two lanes for each list of a number and what it is.
func halves(parts ...[][2]string) (sh sheet) {
	for _, part := range parts {
		value, label := lane{right: true}, lane{}
		for _, l := range part {
			value.width, label.width = max(value.width, width(l[0])), max(label.width, width(l[1]))
		}
		sh.lanes = append(sh.lanes, value, label)
	}
	return sh
}

// mainLines are the numbers that matter most and what they are.
func mainLines(t *Table, s Screen) (lines [][2]string) {
	value, _, _ := t.panelColumns()
	for _, n := range t.Main {
		for _, row := range t.Rows {
			if row[0] != n.Metric {
				continue
			}
			if text := s.show(row[value], Column{Kind: Any}); text != "" {
				lines = append(lines, [2]string{text, plural(n.Label, row[value])})
			}
		}
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
	p.lines("")
	about := fmt.Sprintf("Messages per %s, %s to %s, at most %s", each, points[0].Label, points[len(points)-1].Label, p.s.group(most))
	for _, l := range wrap(about, p.s.Width-1, p.s.Unicode) {
		p.lines(" " + l)
	}
	p.lines(" " + p.s.spark(values))
}
