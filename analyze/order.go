package analyze

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"gptsnap/formats/source"
)

// An order is what the flags of a table command ask for.
type order struct {
	Options
	screen Screen
	format string   // of what goes to the standard output; "" if nothing does
	files  []output // written beside it

	people, data bool // somebody reads one of the outputs; a program does
	sort         string
	columns      []string
	top          int
}

// keys splits a list at commas and white space.
func keys(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}

// judge tells, from a table of which the rows do not matter, whether its like
// can be written.
func (o order) judge(blank Table) error {
	blank.Rows, blank.many = nil, nil
	if err := errors.Join(blank.Sort(o.sort), blank.Pick(o.columns)); err != nil {
		return err
	}
	if o.has("svg") && blank.Chart.Shape == NoChart {
		return noChart(&blank)
	}
	return nil
}

// An output is a file that a table is written to.
type output struct{ format, path string }

// outputs reads the values of -f: FORM, or FORM:FILE.
func (o *order) outputs(list []string) error {
	for _, value := range list {
		form, path, toFile := strings.Cut(value, ":")
		switch form {
		case "table", "markdown", "html", "svg":
			o.people = true
		case "json", "jsonl", "csv":
			o.data = true
		default:
			return source.Fail(source.ExitUsage, "use table, json, jsonl, csv, markdown, html or svg", "--format: there is no %q", truncate(cell(form, true), 40, true))
		}
		same := func(f output) bool { return f.path == path }
		switch {
		case !toFile && o.format != "":
			return source.Fail(source.ExitUsage, "write one of them to a file: -f "+form+":FILE", "-f %s and -f %s both go to the standard output", o.format, form)
		case !toFile:
			o.format = form
		case path == "" || slices.ContainsFunc(o.files, same):
			return source.Fail(source.ExitUsage, "give each output a file of its own, such as csv:month.csv", "-f %s: not a file of its own", cell(value, true))
		default:
			o.files = append(o.files, output{form, path})
		}
	}
	return nil
}

func (o order) has(form string) bool {
	return o.format == form || slices.ContainsFunc(o.files, func(f output) bool { return f.format == form })
}

// print writes t to w and to files, in the forms that were asked for.
func (o order) print(w io.Writer, t *Table, scope Scope) error {
	return o.printAll(w, []Table{*t}, scope)
}

// whole writes a file that appears when it is complete, or not at all; a pipe
// or a device takes what is written as it comes.
func whole(path string, write func(io.Writer) error) error {
	at, takes, err := source.Place(path)
	part, how := at+".part", os.O_CREATE|os.O_TRUNC|os.O_WRONLY
	if takes {
		part, how = at, os.O_WRONLY
	}
	var f *os.File
	if err == nil {
		f, err = os.OpenFile(part, how, 0o666)
	}
	if err != nil {
		return source.Fail(source.ExitFailed, "see that the folder exists and may be written to", "cannot write %s: %w", path, err)
	}
	b := bufio.NewWriter(f)
	if err = write(b); err == nil {
		err = b.Flush()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil && !takes {
		err = os.Rename(part, at)
	}
	if err != nil {
		if !takes {
			os.Remove(part) // a half file is of no use
		}
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

// write writes a copy of t, of which every form may need other rows.
func (o order) write(w io.Writer, of Table, format string, scope Scope) error {
	t := &of
	if err := o.shape(t, format); err != nil {
		return err
	}
	switch format {
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

// shape gives t the rows and columns that were asked for, as format shows them.
func (o order) shape(t *Table, format string) error {
	*t = t.own()
	if err := t.Sort(o.sort); err != nil {
		return err
	}
	if format == "table" || format == "markdown" || format == "html" {
		t.hush()
	}
	if t.Top(o.top); o.top == 0 && format == "table" {
		t.Top(t.Few)
	}
	return t.Pick(o.columns)
}
