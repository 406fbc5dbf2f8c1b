package analyze

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"gptsnap/formats/chat"

	difference "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// anyValue draws a value of any type that a table holds.
func anyValue() *rapid.Generator[any] {
	number := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{0, math.Copysign(0, -1), math.Inf(1), math.NaN(), 0.1}))
	id := rapid.OneOf(rapid.String(), rapid.StringMatching(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`),
		rapid.StringMatching(`[0-9a-fA-Fg]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f-]{4}-[0-9a-f]{12}`))
	return rapid.OneOf(
		rapid.Just[any](nil),
		rapid.Map(rapid.Bool(), func(v bool) any { return v }),
		rapid.Map(rapid.IntRange(-300, 300), func(v int) any { return v }),
		rapid.Map(rapid.Int(), func(v int) any { return v }),
		rapid.Map(number, func(v float64) any { return v }),
		rapid.Map(number, func(v float64) any { return Share(v) }),
		rapid.Map(number, func(v float64) any { return Dollars(v) }),
		rapid.Map(number, func(v float64) any { return Bar(v) }),
		rapid.Map(number, func(v float64) any { return Span{Dollars(v), Dollars(2 * v)} }),
		rapid.Map(rapid.Int64(), func(v int64) any { return time.Duration(v) }),
		rapid.Map(rapid.Int64Range(-62135596800, 253402300799), func(v int64) any { return time.Unix(v, v&1023).UTC() }),
		rapid.Map(id, func(v string) any { return v }),
		rapid.Map(id, func(v string) any { return ID(v) }),
		rapid.Map(rapid.SliceOfN(id, 0, 5), func(v []string) any { return append([]string{}, v...) }),
	)
}

// drawnRows draws rows of the same number of values, and packs them.
func drawnRows(t *rapid.T) ([][]any, *pack) {
	wide := rapid.IntRange(1, 5).Draw(t, "columns")
	rows := rapid.SliceOfN(rapid.SliceOfN(anyValue(), wide, wide), 0, 40).Draw(t, "rows")
	p := &pack{}
	for _, row := range rows {
		if rapid.IntRange(0, 20).Draw(t, "large") == 0 {
			row[0] = strings.Repeat("long ", rapid.IntRange(0, 2*mostBlock/5).Draw(t, "length"))
		}
		p.append(row)
	}
	return rows, p
}

// sameRows reports a difference; of numbers that are none each is like the other.
func sameRows(want [][]any, p *pack) string {
	if len(p.spots) != len(want) {
		return fmt.Sprintf("%d rows, not %d", len(p.spots), len(want))
	}
	for i, row := range want {
		if d := difference.Diff(fmt.Sprintf("%#v", row), fmt.Sprintf("%#v", p.at(i))); d != "" {
			return fmt.Sprintf("row %d: %s", i, d)
		}
		for k, v := range row {
			if d := difference.Diff(fmt.Sprintf("%#v", v), fmt.Sprintf("%#v", p.cell(i, k))); d != "" {
				return fmt.Sprintf("row %d, column %d: %s", i, k, d)
			}
		}
	}
	return ""
}

func TestWhatIsPackedComesOutAsItWentIn(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rows, p := drawnRows(t)
		if d := sameRows(rows, p); d != "" {
			t.Fatal(d)
		}
	})
}

func TestAPackIsOrderedCutAndChosenFromAsRowsAre(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rows, p := drawnRows(t)
		if len(rows) == 0 {
			return
		}
		before := p.copy()
		wide := len(rows[0])
		boxed, dense := Table{Rows: slices.Clone(rows)}, Table{many: p.copy()}
		for range rapid.IntRange(1, 6).Draw(t, "steps") {
			switch rapid.IntRange(0, 3).Draw(t, "step") {
			case 0:
				by := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) rank {
					return rank{rapid.IntRange(0, wide-1).Draw(t, "column"), rapid.Bool().Draw(t, "down")}
				}), 1, 3).Draw(t, "by")
				boxed.order(by...)
				dense.order(by...)
			case 1:
				n := rapid.IntRange(0, 50).Draw(t, "top")
				boxed.Top(n)
				dense.Top(n)
			case 2:
				columns := rapid.SliceOfN(rapid.IntRange(0, wide-1), 1, 5).Draw(t, "pick")
				dense.many.choose(columns)
				for i, row := range boxed.Rows {
					some := make([]any, len(columns))
					for to, k := range columns {
						some[to] = row[k]
					}
					boxed.Rows[i] = some
				}
				wide = len(columns)
			case 3:
				odd := func(i int) bool { return i%2 == 1 }
				dense.many.keep(odd)
				i := -1
				boxed.Rows = slices.DeleteFunc(boxed.Rows, func([]any) bool { i++; return !odd(i) })
			}
			if d := sameRows(boxed.Rows, dense.many); d != "" || boxed.Of != dense.Of {
				t.Fatalf("%s (of %d and %d)", d, boxed.Of, dense.Of)
			}
		}
		if d := sameRows(rows, before); d != "" {
			t.Fatalf("a copy has changed: %s", d)
		}
	})
}

// TestATableReadsTheSamePackedOrNot prints every table that is packed, in
// every form, as it is and with its rows as values.
func TestATableReadsTheSamePackedOrNot(t *testing.T) {
	t.Parallel()
	makers := everyTable()
	makers["branches-table"] = func(o Options) Metric { return newBranches(o, false) }
	rapid.Check(t, func(t *rapid.T) {
		all := furnishedConversations(t)
		o := utc
		o.File = shelf
		for name, maker := range makers {
			tables := func(all []*chat.Conversation) (Table, Table, Scope) {
				m := maker(o)
				scope, err := Run(context.Background(), from(all), []Metric{m}, o)
				if err != nil {
					t.Fatal(err)
				}
				dense := m.Table()
				return dense, *dense.whole(), scope
			}
			dense, boxed, scope := tables(all)
			if dense.many == nil {
				continue
			}
			keys := dense.Keys()
			a := order{screen: wide, sort: rapid.SampledFrom(append(keys, "", keys[0]+":desc")).Draw(t, "sort"), top: rapid.IntRange(0, 4).Draw(t, "top"),
				columns: rapid.SliceOfNDistinct(rapid.SampledFrom(keys), 0, 3, func(s string) string { return s }).Draw(t, "columns")}
			thenDense, thenBoxed, _ := tables(all[:1+len(all)/2])
			print := func(table Table, a order, format string) string {
				var b bytes.Buffer
				if err := a.write(&b, table, format, scope); err != nil {
					t.Fatalf("%s as %s: %v", name, format, err)
				}
				return b.String()
			}
			for _, format := range []string{"json", "jsonl", "csv", "markdown", "html", "table"} {
				if d := difference.Diff(print(boxed, a, format), print(dense, a, format)); d != "" {
					t.Fatalf("%s as %s, %+v: %s", name, format, a, d)
				}
			}
			then, now := comparison(&thenBoxed, &boxed), comparison(&thenDense, &dense)
			if d := difference.Diff(print(then, order{}, "json"), print(now, order{}, "json")); d != "" {
				t.Fatalf("%s compared: %s", name, d)
			}
		}
	})
}

// raceOn is set by race_test.go.
var raceOn bool

// TestAConversationCostsAReportFewBytes holds what reports keep of each
// conversation to a bound, so that tens of thousands fit in the memory of a
// thousand. Run alone, not in parallel: it looks at the whole heap.
func TestAConversationCostsAReportFewBytes(t *testing.T) {
	if raceOn {
		t.Skip("memory is measured without the race detector")
	}
	const first, last = 500, 2000
	all := account(last)
	furnish(all)
	for k, c := range all { // each brings a file that no other has
		for i := range c.Nodes {
			if m := c.Nodes[i].Message; m != nil && m.Role == chat.User {
				m.Attachments = []*chat.File{{ID: fmt.Sprintf("file_%05d", k), Name: fmt.Sprintf("notes %d.pdf", k), MIME: "application/pdf", Size: 4711}}
				break
			}
		}
	}
	tallies := make([]*Tally, len(all))
	for i, c := range all {
		tallies[i] = tally(c, extraCode)
	}
	heap := func() int {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int(m.HeapAlloc)
	}
	makers := everyTable()
	metrics := map[string]func(Options) Metric{"words by month": makers["words by month"]}
	for _, name := range []string{"list", "list files", "branches command"} {
		metrics[name] = makers[name]
	}
	for _, r := range reports {
		metrics[r.name] = r.make
	}
	// About twice what it is. A report without a row for each grows by a few
	// bytes at most: a number for each message, a page of the calendar.
	most := map[string]int{"list": 240, "conversations": 290, "branches": 150, "branches command": 290, "files": 520, "coverage": 520, "list files": 700}
	o := utc
	o.File = shelf
	for name, maker := range metrics {
		m := maker(o)
		for _, c := range tallies[:first] {
			m.Observe(c)
		}
		before := heap()
		for _, c := range tallies[first:] {
			m.Observe(c)
		}
		each := (heap() - before) / (last - first)
		if bound := cmp.Or(most[name], 200); each > bound {
			t.Errorf("%s keeps %d bytes of a conversation, at most %d are expected", name, each, bound)
		}
		runtime.KeepAlive(m)
	}
	runtime.KeepAlive(tallies)
}
