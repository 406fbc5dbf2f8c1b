package analyze

import (
	"slices"
	"strings"
	"time"

	"gptsnap/formats/source"
)

// A Table is what a metric found: plain values that any printer can show.
type Table struct {
	Report  string // its name in data: "monthly"
	Title   string // for people
	Columns []Column
	Screen  []string // keys of the columns that people see, in their order; nil: all
	Rows    [][]any  // each with a value for every column; or nil, and there are
	many    *pack    // as many as there are conversations, or files
	Total   []any    // as a row, nil where a sum means nothing; or nil
	Counted string   // what was counted: "all branches · words of visible messages"
	Zone    *time.Location
	Layout  Layout
	Marks   marker   // what a screen shows in colour, or nil
	Groups  []string // the order of panels
	Main    []Number // of panels: the rows that a screen shows
	Trend   []Point  // a series that a screen shows as a sparkline
	Notes   []string // further lines for people under the table
	Chart   Chart    // the picture that its rows make
	More    []Table  // further tables of the same run, which only a page shows
	Names   int      // leading columns that tell the rows apart; 0: one, -1: none
	Quiet   string   // key of a column; people see no row in which it says "same"
	Same    int      // rows that people do not see for it
	Few     int      // rows that a screen shows unless --top says otherwise; 0: all
	Of      int      // rows there were before --top took the first; 0 if it did not
}

// Values are string, ID, bool, int, float64, Share, Dollars, Span,
// Bar, time.Duration, time.Time, []string, or nil for unknown.
type (
	// ID is the name of a conversation or a node, of which people see the
	// first eight characters.
	ID string
	// Share is a part of a whole, 0 to 1.
	Share float64
	// Dollars are an amount of money, a Span what lies between two of them.
	Dollars float64
	Span    struct{ Low, High Dollars }
	// Bar is a share that a screen draws.
	Bar float64
	// A Number is a row of panels by its metric, and what a screen calls it.
	Number struct{ Metric, Label string }
	// A Point is one value of a series.
	Point struct {
		Label string
		Value int
	}
)

// A Column is one of a table's.
type Column struct {
	Key      string // its stable name in data
	Heading  string
	Kind     Kind
	Rank     int    // of columns for which there is no room, those of the highest rank go first
	Flex     bool   // text that may be cut to make room
	Optional bool   // people do not see it if it says nothing in any row
	Drawn    bool   // only people see it
	Signed   bool   // a difference: people see its sign, and nothing for zero
	Blank    string // what people see of a row in which there is nothing
}

// A Kind says what a column holds: how it is aligned, shown and sorted.
type Kind int

// The kinds of columns.
const (
	Text     Kind = iota
	Int           // right-aligned, grouped, largest first when sorted; so are the next three
	Float         //
	Percent       // a [Share]
	Duration      //
	Time          // to the minute
	Date          // to the day
	Drawing       // a [Bar]
	Any           // by the value
	Mixed         // by the value, right-aligned: numbers for the most part
	Flag          // a bool
	List          // a []string
	Money         // [Dollars], right-aligned
)

// A Layout says how a screen shows a table.
type Layout int

// The layouts.
const (
	Grid   Layout = iota
	Panels        // groups of metric and value, side by side
	Heat          // weekday by hour
	Hits          // text around what a search found
	Cover         // none of its own: there is only what comes behind it
)

func (t *Table) find(key string) int {
	return slices.IndexFunc(t.Columns, func(c Column) bool { return c.Key == key && !c.Drawn })
}

// Keys lists the columns that data has.
func (t *Table) Keys() []string {
	var keys []string
	for _, c := range t.Columns {
		if !c.Drawn {
			keys = append(keys, c.Key)
		}
	}
	return keys
}

func (t *Table) unknown(key, flag string) error {
	return source.Fail(source.ExitUsage, "there are: "+strings.Join(t.Keys(), ", "), "%s: %s has no column %q", flag, t.Report, cell(key, true))
}

// Top keeps the first n rows; the total stays that of all. 0 keeps all.
func (t *Table) Top(n int) {
	all := t.size()
	if n <= 0 || n >= all {
		return
	}
	t.Of = all
	if t.many != nil {
		t.many.spots = t.many.spots[:n]
	} else {
		t.Rows = t.Rows[:n]
	}
}

// hush takes away the rows of which nothing changed.
func (t *Table) hush() {
	at := t.find(t.Quiet)
	if at < 0 {
		return
	}
	before := t.size()
	if t.many != nil {
		t.many.keep(func(i int) bool { return t.many.cell(i, at) != rowSame })
	}
	t.Rows = slices.DeleteFunc(t.Rows, func(row []any) bool { return row[at] == rowSame })
	t.Same = before - t.size()
}

// size is the number of rows.
func (t *Table) size() int {
	if t.many != nil {
		return len(t.many.spots)
	}
	return len(t.Rows)
}

// row is row i.
func (t *Table) row(i int) []any {
	if t.many != nil {
		return t.many.at(i)
	}
	return t.Rows[i]
}

// put puts a row behind the others.
func (t *Table) put(row []any) {
	if t.many != nil {
		t.many.append(row)
	} else {
		t.Rows = append(t.Rows, row)
	}
}

// first are the first n rows, or all if they are fewer.
func (t *Table) first(n int) [][]any {
	if t.many == nil {
		return t.Rows[:min(n, len(t.Rows))]
	}
	rows := make([][]any, min(n, t.size()))
	for i := range rows {
		rows[i] = t.row(i)
	}
	return rows
}

// own is t with rows of its own, which may be put in another order.
func (t Table) own() Table {
	t.Rows = slices.Clone(t.Rows)
	if t.many != nil {
		t.many = t.many.copy()
	}
	return t
}

// whole is t with all its rows in Rows.
func (t *Table) whole() *Table {
	if t.many == nil {
		return t
	}
	w := *t
	w.Rows, w.many = t.first(t.size()), nil
	return &w
}

// Pick leaves only the columns of these keys, in this order, for people and
// for data. An empty list leaves all.
func (t *Table) Pick(keys []string) error {
	if len(keys) == 0 {
		return nil
	}
	var at []int
	for _, key := range keys {
		k := t.find(key)
		if k < 0 {
			return t.unknown(key, "--columns")
		}
		if !slices.Contains(at, k) {
			at = append(at, k)
		}
	}
	names := 0 // of the columns that name a row, those that still lead
	for names < len(at) && at[names] < t.names() {
		names++
	}
	if t.Names = names; names == 0 {
		t.Names = -1
	}
	pick := func(row []any) []any {
		out := make([]any, len(at))
		for i, k := range at {
			out[i] = row[k]
		}
		return out
	}
	columns := make([]Column, len(at))
	for i, k := range at {
		columns[i] = t.Columns[k]
		columns[i].Rank, columns[i].Optional = 0, false
	}
	for i, row := range t.Rows {
		t.Rows[i] = pick(row)
	}
	if t.many != nil {
		t.many.choose(at)
	}
	if t.Total != nil {
		t.Total = pick(t.Total)
	}
	t.Columns, t.Screen, t.Layout, t.Trend, t.Chart = columns, nil, Grid, nil, Chart{}
	return nil
}
