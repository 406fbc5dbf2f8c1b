package analyze

import (
	"io"
	"strings"
)

// An order is what the flags of a table command ask for.
type order struct {
	Options
	screen  Screen
	format  string
	sort    string
	columns []string
	top     int
}

// keys splits a list at commas and white space.
func keys(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}

// print writes t in the form that was asked for.
func (o order) print(w io.Writer, t *Table, scope Scope) error {
	if err := t.Sort(o.sort); err != nil {
		return err
	}
	if t.Top(o.top); o.top == 0 && o.format == "table" {
		t.Top(t.Few)
	}
	if err := t.Pick(o.columns); err != nil {
		return err
	}
	switch o.format {
	case "json":
		return WriteJSON(w, t, scope)
	case "jsonl":
		return WriteJSONL(w, t)
	case "csv":
		return WriteCSV(w, t)
	case "markdown":
		return WriteMarkdown(w, t, scope)
	}
	return Print(w, t, scope, o.screen)
}
