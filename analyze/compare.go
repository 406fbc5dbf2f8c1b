package analyze

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// A comparison is made of two tables of one report, of an earlier and a later
// state. Its rows are those of both, told apart by what names them: the later
// state's in their order, then those that are gone. Every number has three
// columns, KEY_then, KEY_now and KEY_difference; every time and list has two;
// of a text the later one is shown. "state" says what became of the row: new,
// gone, changed or same. Shares are not asked, for one new message moves all.

// What became of a row.
const (
	rowNew     = "new"
	rowGone    = "gone"
	rowChanged = "changed"
	rowSame    = "same"
)

// A twin is a column of both tables, and what it becomes.
type twin struct {
	at    int  // in the tables
	three bool // then, now and difference
	two   bool // then and now
}

// comparison compares then with now, which the same metric made.
func comparison(then, now *Table) Table {
	if now.Layout == Panels {
		a, b := flat(then), flat(now)
		then, now = &a, &b
	}
	t := Table{
		Report: now.Report + " compared", Title: now.Title + ": then and now", Counted: now.Counted, Zone: now.Zone,
		Names: now.names(), Few: now.Few, Quiet: "state",
	}
	twins := twinsOf(now, &t)
	if now.many != nil {
		t.many = &pack{}
	}
	rows := map[string]int{} // of then, by name
	for i := range then.size() {
		rows[nameOf(then.row(i), t.Names)] = i
	}
	for i := range now.size() {
		row := now.row(i)
		name, before := nameOf(row, t.Names), []any(nil)
		if at, ok := rows[name]; ok {
			before = then.row(at)
			delete(rows, name)
		}
		t.put(pair(twins, now, before, row))
	}
	for i := range then.size() { // and not the map, which has no order
		row := then.row(i)
		name := nameOf(row, t.Names)
		if _, gone := rows[name]; gone {
			t.put(pair(twins, now, row, nil))
			delete(rows, name)
		}
	}
	if now.Total != nil {
		t.Total = pair(twins, now, then.Total, now.Total)
		t.Total[t.find("state")] = nil
	}
	return t
}

// names is the number of columns that tell rows apart.
func (t *Table) names() int {
	if t.Names == 0 {
		return 1
	}
	return max(0, t.Names)
}

// nameOf is what the first n columns of a row say.
func nameOf(row []any, n int) string {
	var b strings.Builder
	for _, v := range row[:n] {
		fmt.Fprintf(&b, "%d:%v", len(fmt.Sprint(v)), v)
	}
	return b.String()
}

// flat is a table of panels as a grid of what people call its numbers.
func flat(t *Table) Table {
	value, label, group := t.panelColumns()
	f := *t
	f.Layout, f.Groups, f.Trend, f.Screen = Grid, nil, nil, []string{"panel", "label", "value"}
	f.Columns = slices.Clone(t.Columns)
	f.Columns[group].Heading, f.Columns[label].Heading, f.Columns[value].Heading = "", "", ""
	f.Columns[label].Flex, f.Columns[value].Kind = true, Mixed
	f.Rows = panelRows(t)
	return f
}

// twinsOf gives t the columns that compare those of now.
func twinsOf(now, t *Table) []twin {
	var twins []twin
	for k, c := range now.Columns {
		if c.Kind == Drawing {
			continue
		}
		w := twin{at: k}
		switch {
		case k < t.Names || c.Drawn || c.Kind == Text:
			t.Columns = append(t.Columns, c)
		case c.Kind == Time || c.Kind == Date || c.Kind == Flag || c.Kind == List:
			w.two = true
			t.add(c, "then", "now")
		default:
			w.three = true
			t.add(c, "then", "now", "difference")
		}
		twins = append(twins, w)
	}
	t.Columns = append(t.Columns, Column{Key: "state", Heading: "State"})
	t.view(now)
	return twins
}

// view chooses what a screen shows: the names of the rows, the first number
// then, now and its difference, the second too if there is room, and of the
// others the difference.
func (t *Table) view(now *Table) {
	numbers, stated := 0, false
	for _, k := range now.onScreen() {
		key := now.Columns[k].Key
		if t.find(key) >= 0 || now.Columns[k].Drawn && now.Columns[k].Kind != Drawing {
			t.Screen = append(t.Screen, key)
			continue
		}
		last := t.find(key + "_difference")
		if last < 0 || now.Layout == Heat && key != "messages" {
			continue
		}
		if !stated && now.Columns[0].Key != "metric" {
			t.Screen, stated = append(t.Screen, "state"), true
		}
		switch numbers++; numbers {
		case 1:
			t.Screen = append(t.Screen, key+"_then", key+"_now")
			t.Columns[last-1].Heading, t.Columns[last].Heading, t.Columns[last].Optional = "now", "±", false
			t.Columns[last-2].Rank, t.Columns[last-1].Rank, t.Columns[last].Rank = 0, 0, 0
		case 2:
			t.Screen = append(t.Screen, key+"_then", key+"_now")
			t.Columns[last-2].Rank, t.Columns[last-1].Rank, t.Columns[last].Rank = 3, 2, 0
		}
		t.Screen = append(t.Screen, key+"_difference")
	}
}

// add adds the columns that compare c.
func (t *Table) add(c Column, ways ...string) {
	for _, way := range ways {
		n := c
		n.Key, n.Optional = c.Key+"_"+way, false
		n.Heading = strings.TrimSpace(c.Heading + " " + way)
		if way == "difference" {
			n.Heading, n.Signed, n.Optional = strings.TrimSpace(c.Heading+" ±"), true, true
		}
		t.Columns = append(t.Columns, n)
	}
}

// pair is the row that compares then with now, of which one may be nil.
func pair(twins []twin, of *Table, then, now []any) []any {
	state := rowSame
	switch {
	case then == nil:
		state = rowNew
	case now == nil:
		state = rowGone
	}
	value := func(row []any, k int) any {
		if row == nil {
			return nil
		}
		return row[k]
	}
	var out []any
	for _, w := range twins {
		a, b := value(then, w.at), value(now, w.at)
		if state == rowSame && of.Columns[w.at].Kind != Percent && !alike(a, b) {
			state = rowChanged
		}
		switch {
		case w.three:
			out = append(out, a, b, minus(a, b, then == nil, now == nil))
		case w.two:
			out = append(out, a, b)
		case b == nil:
			out = append(out, a)
		default:
			out = append(out, b)
		}
	}
	return append(out, state)
}

func alike(a, b any) bool {
	if x, ok := a.([]string); ok {
		y, ok := b.([]string)
		return ok && slices.Equal(x, y)
	}
	if x, ok := a.(time.Time); ok {
		y, ok := b.(time.Time)
		return ok && x.Equal(y)
	}
	return a == b
}

// minus is b - a: nil unless both are numbers of one kind. What was not
// there at all counts as none.
func minus(a, b any, noThen, noNow bool) any {
	if n, ok := a.(int); ok && noNow {
		return -n
	}
	if n, ok := b.(int); ok && noThen {
		return n
	}
	if n, ok := a.(Dollars); ok && noNow {
		return -n
	}
	if n, ok := b.(Dollars); ok && noThen {
		return n
	}
	switch x := a.(type) {
	case int:
		if y, ok := b.(int); ok {
			return y - x
		}
	case float64:
		if y, ok := b.(float64); ok {
			return y - x
		}
	case Share:
		if y, ok := b.(Share); ok {
			return y - x
		}
	case Dollars:
		if y, ok := b.(Dollars); ok {
			return y - x
		}
	case time.Duration:
		if y, ok := b.(time.Duration); ok {
			return y - x
		}
	}
	return nil
}
