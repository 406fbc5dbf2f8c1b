package analyze

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gptsnap/formats/source"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func fruit() *Table {
	return &Table{Report: "fruit", Columns: []Column{{Key: "name"}, {Key: "n", Kind: Int}, {Key: "at", Kind: Time}, {Key: "bar", Kind: Drawing, Drawn: true}},
		Rows: [][]any{
			{"pear", 2, time.Unix(30, 0), Bar(1)}, {"apple", 12, nil, nil}, {"fig", nil, time.Unix(20, 0), nil}, {"quince", 2, time.Unix(10, 0), nil},
		}, Total: []any{nil, 16, nil, nil}}
}

func names(t *Table) string {
	var all []string
	for _, row := range t.Rows {
		all = append(all, fmt.Sprint(row[0]))
	}
	return strings.Join(all, " ")
}

func TestSortPutsNumbersDownTextUpAndUnknownLast(t *testing.T) {
	t.Parallel()
	for by, want := range map[string]string{
		"":          "pear apple fig quince",
		"name":      "apple fig pear quince",
		"name:desc": "quince pear fig apple",
		"n":         "apple pear quince fig",
		"n:asc":     "pear quince apple fig",
		"at":        "quince fig pear apple",
		"at:desc":   "pear fig quince apple",
	} {
		table := fruit()
		if err := table.Sort(by); err != nil || names(table) != want {
			t.Errorf("%q: %s (%v), want %s", by, names(table), err, want)
		}
	}
	for _, by := range []string{"weight", "n:up", "bar"} {
		var f *source.Failure
		if err := fruit().Sort(by); !errors.As(err, &f) || f.Code != source.ExitUsage {
			t.Errorf("%q: %v", by, err)
		}
	}
}

func TestTopKeepsTheTotalOfAll(t *testing.T) {
	t.Parallel()
	table := fruit()
	table.Top(2)
	if names(table) != "pear apple" || table.Of != 4 || table.Total[1] != 16 {
		t.Errorf("%s of %d, total %v", names(table), table.Of, table.Total)
	}
	var b strings.Builder
	if err := Print(&b, table, Scope{Conversations: 1}, Screen{Width: 80, Unicode: true, Zone: time.UTC}); err != nil || !strings.Contains(b.String(), "the first 2 of 4 rows; the total is that of all") {
		t.Errorf("%v: %s", err, b.String())
	}
}

func TestPickChoosesAndOrdersColumns(t *testing.T) {
	t.Parallel()
	table := fruit()
	if err := table.Pick([]string{"n", "name", "n"}); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(table.Keys(), table.Rows[0], table.Total); got != "[n name] [2 pear] [16 <nil>]" {
		t.Error(got)
	}
	if err := fruit().Pick([]string{"name", "\x1b[31mbar"}); err == nil || strings.Contains(err.Error(), "\x1b") {
		t.Error(err)
	}
}

func TestAnUnknownReportIsAUsageErrorThatSuggests(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"montly": "did you mean monthly?", "model": "did you mean models?", "month": "did you mean monthly?", "xyzzy": "reports: overview, daily"} {
		_, err := findReport(name)
		var f *source.Failure
		if !errors.As(err, &f) || f.Code != source.ExitUsage || !strings.HasPrefix(f.Hint, want) {
			t.Errorf("%s: %#v", name, f)
		}
	}
	for _, r := range reports {
		if got, err := findReport(r.name); err != nil || got.make(utc) == nil {
			t.Errorf("%s: %v", r.name, err)
		}
	}
}

func TestNumbersAreGroupedAndDurationsShort(t *testing.T) {
	t.Parallel()
	s := Screen{Unicode: true, Zone: time.UTC}
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1\u2009000", -1234567: "-1\u2009234\u2009567"} {
		if got := s.group(n); got != want {
			t.Errorf("%d: %q", n, got)
		}
	}
	for d, want := range map[time.Duration]string{14 * time.Second: "14 s", 125 * time.Second: "2 min 5 s", 3 * time.Hour: "3 h 0 min", 50 * time.Hour: "2 d 2 h", -time.Minute: "-1 min 0 s"} {
		if got := lasting(d); got != want {
			t.Errorf("%v: %q", d, got)
		}
	}
	if got := s.bar(0.5, 3) + "|" + s.bar(0.0001, 3) + "|" + s.bar(0, 3) + "|" + s.bar(1, 3); got != "█▌|▏||███" {
		t.Error(got)
	}
	if got := s.spark([]int{0, 1, 50, 100}); got != " ▁▄█" {
		t.Errorf("%q", got)
	}
}

// TestLongTablesLookAsShortOnes prints the same few rows many times over, which
// are more than are printed at once.
func TestLongTablesLookAsShortOnes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		few := Table{Title: "Few", Columns: []Column{{Key: "name", Heading: "Name", Flex: true}, {Key: "n", Heading: "N", Kind: Int}, {Key: "x", Heading: "Über", Flex: true}, {Key: "bar", Kind: Drawing, Drawn: true}},
			Screen: []string{"name", "n", "x", "bar"}, Total: []any{nil, rapid.Int().Draw(t, "sum"), nil, nil}}
		text := rapid.OneOf(rapid.String(), rapid.SampledFrom(hostile), rapid.SampledFrom([]string{"", strings.Repeat("長い題名", 30), strings.Repeat("a long title ", 12)}))
		for range rapid.IntRange(1, 9).Draw(t, "rows") {
			few.Rows = append(few.Rows, []any{text.Draw(t, "name"), rapid.IntRange(-1e6, 1e6).Draw(t, "n"), text.Draw(t, "x"), Bar(rapid.Float64Range(0, 1).Draw(t, "bar"))})
		}
		times := 2 + mostOnPage/len(few.Rows)
		many := few
		many.Rows, many.many = nil, &pack{}
		for range times {
			for _, row := range few.Rows {
				many.put(row)
			}
		}
		s := Screen{Width: rapid.IntRange(30, 120).Draw(t, "width"), Unicode: rapid.Bool().Draw(t, "unicode"), Zone: time.UTC}
		lines := func(table *Table) []string {
			var b strings.Builder
			if err := Print(&b, table, Scope{}, s); err != nil {
				t.Fatal(err)
			}
			return strings.Split(b.String(), "\n")
		}
		short, long := lines(&few), lines(&many)
		head := slices.IndexFunc(short, func(line string) bool { return strings.Trim(line, "─-") == "" && line != "" }) + 1
		tail := len(short) - head - len(few.Rows)
		want := slices.Clone(short[:head])
		for range times {
			want = append(want, short[head:head+len(few.Rows)]...)
		}
		want = append(want, short[len(short)-tail:]...)
		if d := cmp.Diff(want, long); d != "" {
			t.Fatal(d)
		}
	})
}
