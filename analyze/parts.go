package analyze

import (
	"cmp"
	"slices"
	"strings"

	"gptsnap/formats/source"
)

// A parting parts the rows of a report further, by a dimension. Its zero value
// parts nothing.
type parting struct {
	by dimension
	of func(*Tally, int) (string, bool) // nil if there is none
}

func newParting(o Options, by dimension) parting { return parting{by, by.of(o)} }

// A rowName names a row: by what the report is about, and by its part, "" if
// there are none.
type rowName struct{ name, part string }

// row names the row to which message i of t adds, if it is in any part. What
// is kept of it is to be cloned.
func (p *parting) row(t *Tally, i int, name string) (rowName, bool) {
	if p.of == nil {
		return rowName{name, ""}, true
	}
	part, ok := p.of(t, i)
	return rowName{name, part}, ok
}

func (p rowName) clone() rowName { return rowName{strings.Clone(p.name), strings.Clone(p.part)} }

// apply gives t, the rows of which are those of parts, a second column, and
// puts the rows of one name together: the name that has most of measure first,
// and within it the parts in their order or, if they have none, by measure.
func (p *parting) apply(t *Table, parts []string, measure string) {
	if p.of == nil {
		return
	}
	insert := func(row []any, v any) []any { return slices.Insert(slices.Clone(row), 1, v) }
	for i := range t.Rows {
		t.Rows[i] = insert(t.Rows[i], parts[i])
	}
	if t.Total != nil {
		t.Total = insert(t.Total, nil)
	}
	if t.Screen == nil {
		t.Screen = t.Keys()
	}
	first := t.Columns[0].Key
	t.Columns = slices.Insert(slices.Clone(t.Columns), 1, Column{Key: p.by.key, Heading: p.by.heading, Flex: !p.by.ordered})
	t.Screen = slices.Insert(slices.Clone(t.Screen), 1, p.by.key)
	t.Names = 2
	if strings.Contains(t.Title, " by ") {
		t.Title += " and " + p.by.key
	} else {
		t.Title += ", by " + p.by.key
	}
	at := t.find(measure)
	whole := map[any]int{}
	for _, row := range t.Rows {
		whole[row[0]] += row[at].(int)
	}
	slices.SortStableFunc(t.Rows, func(a, b []any) int {
		by := cmp.Or(cmp.Compare(whole[b[0]], whole[a[0]]), compare(a[0], b[0]))
		if p.by.ordered {
			return cmp.Or(by, cmp.Compare(one(a[1] == unknownGroup), one(b[1] == unknownGroup)), compare(a[1], b[1]))
		}
		return cmp.Or(by, cmp.Compare(b[at].(int), a[at].(int)), compare(a[1], b[1]))
	})
	if t.Chart = (Chart{}); p.by.ordered {
		t.Chart = Chart{Shape: Columns, Label: p.by.key, Value: measure, Parts: first}
	}
}

// pointless says why a table by two dimensions would be one by one of them, or
// empty; "" if it says something.
func pointless(a, b string) string {
	is := func(x, y string) bool { return a == x && b == y || a == y && b == x }
	times := []string{"day", "week", "month", "year"}
	switch {
	case is("model", "role"):
		return "only messages of role assistant have a model"
	case is("project", "gpt"):
		return "a conversation in a project is in no custom GPT"
	case slices.Contains(times, a) && slices.Contains(times, b):
		return "both are stretches of time"
	}
	return ""
}

// by is the maker of a report, its rows parted by a dimension unless that
// is "".
func (r report) by(dimension string) (func(Options) Metric, error) {
	if dimension == "" {
		return r.make, nil
	}
	d, err := findDimension(dimension)
	if err != nil {
		return nil, err
	}
	if r.parts == nil {
		var can []string
		hint := ""
		for _, r := range reports {
			if r.parts != nil {
				can = append(can, r.name)
			}
			if r.dimension == dimension && hint == "" {
				hint = "there is: gptsnap analyze " + r.name + "; "
			}
		}
		return nil, source.Fail(source.ExitUsage, hint+"these have parts: "+strings.Join(can, ", "), "--by: %s has no parts", r.name)
	}
	if r.dimension == dimension {
		return nil, source.Fail(source.ExitUsage, "leave --by out, or name another", "--by %s: %s is by %[1]s already", dimension, r.name)
	}
	if why := r.refuses(dimension); why != "" {
		var can []string
		for _, d := range dimensions {
			if d.key != r.dimension && r.refuses(d.key) == "" {
				can = append(can, d.key)
			}
		}
		return nil, source.Fail(source.ExitUsage, "name another of: "+strings.Join(can, ", "), "%s --by %s: %s", r.name, dimension, why)
	}
	return func(o Options) Metric { return r.parts(o, d) }, nil
}

// refuses says why r is not parted by a dimension, "" if it is.
func (r report) refuses(dimension string) string {
	if r.dimension == "" {
		return r.never[dimension]
	}
	return cmp.Or(r.never[dimension], pointless(r.dimension, dimension))
}

// crossed makes a report of groups by two dimensions, the first its own.
func crossed(name, own string) func(Options, dimension) Metric {
	return func(o Options, by dimension) Metric {
		d, err := findDimension(own)
		if err != nil {
			panic(err) // the table of reports names a dimension that is not there
		}
		title := map[string]string{"model": "Answers by model and ", "project": "Projects by ", "gpt": "Custom GPTs by "}[own]
		return newGroups(name, cmp.Or(title, "Usage by "+own+" and ")+by.key, o, d, by)
	}
}
