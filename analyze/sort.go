package analyze

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"gptsnap/formats/source"
)

// Sort orders the rows by the column of that key: text and time upward, other
// values downward, or as ":asc" or ":desc" behind the key says. Unknown comes
// last, equals stay as they were. "" leaves the order alone.
func (t *Table) Sort(by string) error {
	if by == "" {
		return nil
	}
	key, way, given := strings.Cut(by, ":")
	at := t.find(key)
	if at < 0 {
		return t.unknown(key, "--sort")
	}
	kind := t.Columns[at].Kind
	down := kind != Text && kind != Time && kind != Date
	if given {
		if way != "asc" && way != "desc" {
			return source.Fail(source.ExitUsage, "say --sort "+key+":asc or "+key+":desc", "--sort %s: an order is asc or desc", cell(by, true))
		}
		down = way == "desc"
	}
	t.order(rank{at, down})
	return nil
}

// A rank is a column that rows are ordered by.
type rank struct {
	column int
	down   bool // the largest first
}

func up(column int) rank   { return rank{column, false} }
func down(column int) rank { return rank{column, true} }

// compare puts unknown last.
func (r rank) compare(x, y any) int {
	if x == nil || y == nil {
		return cmp.Compare(weight(x), weight(y))
	}
	if r.down {
		x, y = y, x
	}
	return compare(x, y)
}

// order orders the rows by columns, the first before the second; equals stay
// as they were.
func (t *Table) order(by ...rank) {
	if t.many != nil {
		t.many.sort(by...)
		return
	}
	slices.SortStableFunc(t.Rows, func(a, b []any) int {
		for _, r := range by {
			if d := r.compare(a[r.column], b[r.column]); d != 0 {
				return d
			}
		}
		return 0
	})
}

func weight(v any) int {
	if v == nil {
		return 1
	}
	return 0
}

// compare orders any two values that are known; of different types, numbers
// come before times and times before text.
func compare(a, b any) int {
	x, tx, sx, kx := plain(a)
	y, ty, sy, ky := plain(b)
	if kx != ky {
		return cmp.Compare(kx, ky)
	}
	return cmp.Or(cmp.Compare(x, y), tx.Compare(ty), cmp.Compare(sx, sy))
}

func plain(v any) (number float64, at time.Time, text string, kind int) {
	switch v := v.(type) {
	case int:
		return float64(v), at, "", 0
	case float64:
		return v, at, "", 0
	case Share:
		return float64(v), at, "", 0
	case Dollars:
		return float64(v), at, "", 0
	case Bar:
		return float64(v), at, "", 0
	case time.Duration:
		return float64(v), at, "", 0
	case bool:
		if v {
			number = 1
		}
		return number, at, "", 0
	case time.Time:
		return 0, v, "", 1
	case []string:
		return 0, at, strings.Join(v, ", "), 2
	case string:
		return 0, at, v, 2
	case ID:
		return 0, at, string(v), 2
	}
	return 0, at, fmt.Sprint(v), 2
}
