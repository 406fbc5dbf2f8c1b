package analyze

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// What a screen shows is decided by room alone: a wider one never shows fewer
// columns, what is said to have no room has none, and the first one stays.
func TestColumnsAreLeftOutOnlyIfThereIsNoRoom(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		table := Table{Report: "drawn", Names: rapid.IntRange(1, 2).Draw(t, "names")}
		n := rapid.IntRange(2, 9).Draw(t, "columns")
		row := make([]any, n)
		for k := range n {
			kind := rapid.SampledFrom([]Kind{Text, Int, Drawing, Date}).Draw(t, "kind")
			if k == 0 {
				kind = Text
			}
			table.Columns = append(table.Columns, Column{Key: fmt.Sprint("c", k), Kind: kind, Rank: rapid.IntRange(0, 3).Draw(t, "rank"), Flex: kind == Text,
				Heading: rapid.StringMatching(`[A-Z][a-z]{0,12}`).Draw(t, "heading")})
			switch kind {
			case Text:
				row[k] = rapid.StringMatching(`[a-z]{1,40}`).Draw(t, "text")
			case Int:
				row[k] = rapid.IntRange(0, 1<<40).Draw(t, "number")
			case Drawing:
				row[k] = Bar(0.5)
			}
		}
		table.Rows = [][]any{row}
		var narrower []string // left out at the width before
		for w := narrowest; w < 200; w += 7 {
			s := Screen{Width: w, Unicode: true}
			sh := lay(&table, s)
			if len(sh.lanes)+len(sh.gone) != n {
				t.Fatalf("%d columns: %d shown, %q not", n, len(sh.lanes), sh.gone)
			}
			for _, key := range sh.gone {
				if w > narrowest && !slices.Contains(narrower, key) {
					t.Fatalf("at %d columns there is no room for %s, at fewer there is", w, key)
				}
			}
			narrower = sh.gone
			if len(sh.gone) == 0 {
				continue
			}
			// With all of them as narrow as they may be the table is too wide.
			every := 0
			for k, c := range table.Columns {
				full := max(width(c.Heading), width(s.show(row[k], c)))
				switch {
				case c.Kind == Drawing:
					full = leastBar[2]
				case c.Flex:
					full = min(full, leastName[2])
				}
				every += full + margins
			}
			if every <= w {
				t.Fatalf("at %d columns there is no room for %q, but all would take %d", w, sh.gone, every)
			}
		}
	})
}

func TestTheTotalOfATableWithShortNamesIsCalledSo(t *testing.T) {
	t.Parallel()
	table := Table{Columns: []Column{{Key: "y", Heading: "Y"}, {Key: "n", Heading: "N", Kind: Int}}, Rows: [][]any{{"2024", 1}}, Total: []any{nil, 1}}
	if sh := lay(&table, Screen{Width: 80, Unicode: true}); sh.total[0] != "Total" {
		t.Errorf("it is called %q", sh.total[0])
	}
}
