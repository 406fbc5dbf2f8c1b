package analyze

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gptsnap/formats/source"

	"pgregory.net/rapid"
)

// TestWhichReportsHaveWhichParts writes down, for every report and every
// dimension, whether --by parts it or why it does not.
func TestWhichReportsHaveWhichParts(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for _, r := range reports {
		fmt.Fprintf(&b, "%s\n", r.name)
		for _, d := range dimensions {
			says := "yes"
			if _, err := r.by(d.key); err != nil {
				says = err.Error()
				var f *source.Failure
				if !errors.As(err, &f) || f.Code != source.ExitUsage || f.Hint == "" {
					t.Errorf("%s --by %s: %v is no help", r.name, d.key, err)
				}
			}
			fmt.Fprintf(&b, "  --by %-8s %s\n", d.key, says)
		}
	}
	golden(t, "parts.txt", b.String())
}

// additive are the columns that add up over parts.
var additive = map[string][]string{
	"models": {"messages", "visible"}, "projects": {"messages", "words_user", "words_assistant"}, "gpts": {"messages"},
	"code": {"blocks", "user", "assistant", "tools", "lines", "lines_current"}, "tools": {"calls", "answers", "failures"},
	"sources": {"citations", "messages"}, "response-time": {"answers", "not_counted", "thought"}, "branches": {"forks", "versions"},
}

// TestPartsAddUpToTheWhole holds the parts of each row, and of the total, to
// add up to the row without parts: for stretches of time, of which every
// message is in one, exactly; for other dimensions to no more.
func TestPartsAddUpToTheWhole(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all := furnishedConversations(t)
		for name, columns := range additive {
			r, err := findReport(name)
			if err != nil {
				t.Fatal(err)
			}
			whole := find(t, all, r.make(utc))
			for _, d := range dimensions {
				make, err := r.by(d.key)
				if err != nil {
					continue
				}
				parted := find(t, all, make(utc))
				addUp(t, &parted, columns...)
				exact := slices.Contains([]string{"day", "week", "month", "year"}, d.key) || d.key == "role"
				sums := map[any][]int{}
				for _, row := range parted.Rows {
					for k, v := range cells(&parted, row, columns...) {
						if sums[row[0]] == nil {
							sums[row[0]] = slices.Repeat([]int{0}, len(columns))
						}
						sums[row[0]][k] += v.(int)
					}
				}
				if name != "branches" { // which has a row for each conversation, and by parts none of it
					for _, row := range whole.Rows {
						for k, v := range cells(&whole, row, columns...) {
							got := slices.Concat(sums[row[0]], slices.Repeat([]int{0}, len(columns)))[k]
							if got > v.(int) || exact && got != v.(int) {
								t.Fatalf("%s by %s: %s of %v are %d in all parts, and %d without parts", name, d.key, columns[k], row[0], got, v)
							}
						}
					}
				}
				for _, key := range columns {
					a, b := parted.Total[parted.find(key)].(int), whole.Total[whole.find(key)].(int)
					if a > b || exact && a != b {
						t.Fatalf("%s by %s: %d %s in all, and %d without parts", name, d.key, a, key, b)
					}
				}
			}
		}
	})
}

func TestPartedTablesOnScreensOfEveryWidth(t *testing.T) {
	t.Parallel()
	invented := account(40)
	furnish(invented)
	for _, k := range [][2]string{{"models", "month"}, {"code", "role"}, {"tools", "model"}, {"sources", "month"}, {"response-time", "year"}, {"branches", "model"}, {"words", "month"}} {
		r, _ := findReport(k[0])
		make, err := r.by(k[1])
		if err != nil {
			t.Fatal(err)
		}
		table, scope := tableOf(t, invented, make(utc), utc)
		table.Top(12)
		var b bytes.Buffer
		for _, w := range []int{60, 80, 120} {
			s := Screen{Width: w, Unicode: true, Zone: time.UTC}
			if err := Print(&b, &table, scope, s); err != nil {
				t.Fatal(err)
			}
			b.WriteByte('\n')
			fits(t, b.String(), Screen{Width: 120})
		}
		golden(t, k[0]+"-by-"+k[1]+".txt", b.String())
	}
}

// TestForksByMonthSayWhatASlowReadingSays looks at every pair of nodes.
func TestForksByMonthSayWhatASlowReadingSays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all := conversations(t)
		want := map[string][]any{}
		for _, c := range all {
			for i := range c.Nodes {
				first, kids := -1, 0
				for k := range c.Nodes {
					if c.Nodes[k].Parent == i {
						kids++
					}
				}
				if kids < 2 {
					continue
				}
				first = int(c.Nodes[i].Children[0])
				month := "unknown"
				if m := c.Nodes[first].Message; m != nil && !m.Created.IsZero() {
					month = m.Created.UTC().Format("2006-01")
				}
				if want[month] == nil {
					want[month] = []any{0, 0}
				}
				want[month][0] = want[month][0].(int) + 1
				want[month][1] = want[month][1].(int) + kids
			}
		}
		r, _ := findReport("branches")
		make, err := r.by("month")
		if err != nil {
			t.Fatal(err)
		}
		table := find(t, all, make(utc))
		if got := rowsOf(&table, []string{"month"}, "forks", "versions"); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("%v, want %v", got, want)
		}
		addUp(t, &table, "forks", "versions", "edited", "regenerated", "choices", "branched")
	})
}

// TestTotalsAreSums holds the total of every whole number of every table, the
// parted ones too, to be the sum of its rows, but for what cannot be added up:
// a conversation is in many rows, and the longest is the longest of all.
func TestTotalsAreSums(t *testing.T) {
	t.Parallel()
	makers := everyTable()
	rapid.Check(t, func(t *rapid.T) {
		all := furnishedConversations(t)
		for name, make := range makers {
			o := utc
			o.File = shelf
			table := find(t, all, make(o))
			if table.Total == nil {
				continue
			}
			for k, c := range table.Columns {
				most := strings.HasPrefix(c.Key, "longest")
				shared := c.Key == "conversations" || c.Key == "pages" && strings.Contains(name, " by ") ||
					c.Key == "messages" && table.Report == "sources" // one may cite several domains
				if c.Kind != Int || table.Total[k] == nil || c.Key == "p90" { // nor is there a percentile of percentiles
					continue
				}
				sum, largest := 0, 0
				for _, row := range table.Rows {
					n, _ := row[k].(int)
					sum, largest = sum+n, max(largest, n)
				}
				switch total := table.Total[k].(int); {
				case most && total != largest, shared && (total > sum || total < largest), !most && !shared && total != sum:
					t.Fatalf("%s: the total of %s is %d; its rows add up to %d, the largest is %d", name, c.Key, total, sum, largest)
				}
			}
		}
	})
}
