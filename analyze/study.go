package analyze

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"gptsnap/formats/source"
)

// A study is several reports made in one reading of the archive, or of two
// states of it.
type study []func(Options) Metric

// blank is a table of each report, without rows.
func (s study) blank(o Options, compared bool) []Table {
	var all []Table
	for _, m := range s.metrics(o) {
		t := m.Table()
		if compared {
			t = comparison(&t, &t)
		}
		all = append(all, t)
	}
	return all
}

func (s study) metrics(o Options) []Metric {
	var all []Metric
	o.stock = newStock(o)
	for _, make := range s {
		all = append(all, make(o))
	}
	return all
}

// of makes the tables of what src holds. That no conversation matched is an
// error, and so many tables without rows.
func (s study) of(ctx context.Context, src *source.Source, o Options) ([]Table, Scope, error) {
	o.File, o.Ledger = src.File, src.Ledger
	metrics := s.metrics(o)
	scope, err := Run(ctx, src, metrics, o)
	var all []Table
	for _, m := range metrics {
		all = append(all, m.Table())
	}
	return all, scope, err
}

// compared makes one table of two, report by report.
func compared(then, now []Table) []Table {
	var all []Table
	for i := range now {
		all = append(all, comparison(&then[i], &now[i]))
	}
	return all
}

// nothing reports whether err says that no conversation matched.
func nothing(err error) bool {
	f := (*source.Failure)(nil)
	return errors.As(err, &f) && f.Code == source.ExitNothing
}

// judgeAll is judge for several tables: some forms hold only one.
func (o order) judgeAll(blank []Table) error {
	if len(blank) > 1 {
		for _, f := range append(slices.Clone(o.files), output{o.format, ""}) {
			if single(f.format) && !strings.Contains(f.path, "{report}") {
				return source.Fail(source.ExitUsage, "name a file for each: -f "+f.format+":{report}."+f.format, "-f %s holds one report, and these are %d", f.format, len(blank))
			}
		}
	}
	for _, t := range blank {
		if err := o.judge(t); err != nil {
			return err
		}
	}
	return nil
}

// single reports whether a form has room for one table only.
func single(format string) bool { return format == "csv" || format == "jsonl" || format == "svg" }

// printAll writes tables to w and to files, in the forms that were asked for.
func (o order) printAll(w io.Writer, all []Table, scope Scope) error {
	for _, f := range o.files {
		var err error
		if !strings.Contains(f.path, "{report}") {
			err = whole(f.path, func(w io.Writer) error { return o.writeAll(w, all, f.format, scope) })
		}
		for i := 0; i < len(all) && strings.Contains(f.path, "{report}") && err == nil; i++ {
			path := strings.ReplaceAll(f.path, "{report}", strings.ReplaceAll(all[i].Report, " ", "-"))
			err = whole(path, func(w io.Writer) error { return o.write(w, all[i], f.format, scope) })
		}
		if err != nil {
			return err
		}
	}
	if o.format == "" {
		return nil
	}
	return o.writeAll(w, all, o.format, scope)
}

// writeAll writes tables one after the other: JSON as an array, a page as one.
func (o order) writeAll(w io.Writer, all []Table, format string, scope Scope) error {
	switch {
	case len(all) == 1:
		return o.write(w, all[0], format, scope)
	case format == "html":
		cover := Table{Title: "Statistics", Zone: all[0].Zone, Layout: Cover}
		for _, t := range all {
			if err := o.shape(&t, format); err != nil {
				return err
			}
			cover.More = append(cover.More, t)
		}
		return WriteHTML(w, &cover, scope)
	}
	b := bufio.NewWriter(w)
	between, end := "\n", ""
	if format == "json" {
		b.WriteString("[")
		between, end = ",", "]\n"
	}
	for i, t := range all {
		if i > 0 {
			b.WriteString(between)
		}
		if err := o.write(b, t, format, scope); err != nil {
			return err
		}
	}
	b.WriteString(end)
	return written(b.Flush())
}

// both is the scope of two states: that of the later one, and how many
// conversations the earlier one had.
func both(then, now Scope, compare, at string) Scope {
	now.Then = &Then{Date: compare, Now: at, Conversations: then.Conversations}
	now.Source = cmp.Or(now.Source, then.Source)
	now.Failed = max(now.Failed, then.Failed)
	return now
}

// A Then says what state a scope is compared with.
type Then struct {
	Date          string // as it was given
	Now           string // the date of the later state, "" if that is the present
	Conversations int
}

// facts says in a line what is compared with what, and then the rest.
func (t *Then) facts(s Screen, rest string) string {
	return fmt.Sprintf("then: %s, %s conversations · now: %s, %s", cell(t.Date, s.Unicode), s.group(t.Conversations), cell(cmp.Or(t.Now, "the latest"), s.Unicode), rest)
}
