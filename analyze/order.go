package analyze

import (
	"errors"
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

// judge tells, from a table without rows, whether its like can be written.
func (o order) judge(blank Table) error {
	if err := errors.Join(blank.Sort(o.sort), blank.Pick(o.columns)); err != nil {
		return err
	}
	if o.format == "svg" && blank.Chart.Shape == NoChart {
		return noChart(&blank)
	}
	return nil
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
	case "svg":
		return WriteSVG(w, t)
	case "html":
		return WriteHTML(w, t, scope)
	case "markdown":
		return WriteMarkdown(w, t, scope)
	}
	return Print(w, t, scope, o.screen)
}
