package analyze

import (
	"bufio"
	"cmp"
	"io"
	"strings"
	"time"
)

// WriteMarkdown writes the columns that people see as a GFM table under a
// heading, and what was counted below it. Text from chats stays text.
func WriteMarkdown(w io.Writer, t *Table, scope Scope) error {
	b := bufio.NewWriter(w)
	s := Screen{Unicode: true, Zone: cmp.Or(t.Zone, time.UTC)}
	var at []int
	for _, k := range t.onScreen() {
		if c := t.Columns[k]; c.Kind != Drawing && (!c.Optional || t.says(k)) {
			at = append(at, k)
		}
	}
	line := func(of func(k int) string) {
		for _, k := range at {
			b.WriteString("| " + of(k) + " ")
		}
		b.WriteString("|\n")
	}
	b.WriteString("## " + literal(t.Title) + "\n\n")
	line(func(k int) string { return literal(t.Columns[k].Heading) })
	line(func(k int) string {
		if c := t.Columns[k]; rightAligned(c.Kind) || c.Kind == Any && t.Layout == Panels {
			return "---:"
		}
		return "---"
	})
	rows := t
	if t.Layout == Panels {
		rows = &Table{Rows: panelRows(t)}
	}
	for i := range rows.size() {
		row := rows.row(i)
		line(func(k int) string { return literal(s.show(row[k], t.Columns[k])) })
	}
	if t.Total != nil && rows.size() > 0 {
		line(func(k int) string {
			if k == at[0] {
				return "**Total**"
			}
			return literal(s.show(t.Total[k], t.Columns[k]))
		})
	}
	for _, note := range footer(t, scope, s) {
		b.WriteString("\n" + literal(note) + "\n")
	}
	return written(b.Flush())
}

// literal escapes what Markdown or HTML would read as more than text.
func literal(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch r {
		case '&':
			b.WriteString("&amp;")
		case '<':
			b.WriteString("&lt;")
		case '\\', '|', '`', '*', '_', '[', ']', '~', '!', '#', '$':
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
