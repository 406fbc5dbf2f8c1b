package analyze

import (
	"cmp"
	"iter"
	"slices"
	"strings"
	"time"
)

// A sheet is a table made of strings, cut to fit a screen.
type sheet struct {
	lanes []lane
	rows  iter.Seq[[]string]
	total []string // nil if there is none
	gone  []string // keys of columns for which there was no room
}

// A lane is a column of a sheet.
type lane struct {
	heading string
	right   bool // aligned
	width   int
}

// What a text is cut to before a column of rank 0, 1 or 2 has to go for it: a
// title is worth more than the last of the numbers, and less than the first.
var (
	leastText  = [...]int{12, 14, 16}
	leastTitle = [...]int{12, 24, 32}
	leastName  = [...]int{20, 24, 32} // of what a row is called by
	leastBar   = [...]int{6, 6, 8}
)

const (
	totalName = "Total" // what the row below the rule is called

	mostBar = 24
	margins = 2 // a space on either side of each cell
)

// lay makes a sheet of t for s. As long as not all fits, columns leave, the
// rightmost of the highest rank first: a wider screen shows what a narrower
// one does, and more.
func lay(t *Table, s Screen) sheet {
	var sh sheet
	least := make(map[int][3]int) // column of t → width below which it is no use, by the rank that would have to go
	lanes := make(map[int]lane)
	widest, says := t.widths(s)
	var at, gone []int
	for _, k := range t.onScreen() {
		c := t.Columns[k]
		if c.Optional && !says[k] {
			continue
		}
		at = append(at, k)
		l := lane{heading: c.Heading, right: rightAligned(c.Kind) || c.Signed}
		if !s.Unicode {
			l.heading = strings.ReplaceAll(l.heading, "±", "+/-")
		}
		l.width = max(width(l.heading), widest[k])
		if t.Total != nil && len(at) == 1 {
			l.width = max(l.width, width(totalName))
		}
		switch {
		case c.Kind == Drawing:
			l.width, least[k] = mostBar, leastBar
		case !c.Flex:
			least[k] = [3]int{l.width, l.width, l.width}
		case k < t.names():
			least[k] = atMost(l.width, leastName)
		case c.Key == "title":
			least[k] = atMost(l.width, leastTitle)
		default:
			least[k] = atMost(l.width, leastText)
		}
		lanes[k] = l
	}
	for len(at) > 1 {
		out := len(at) - 1
		for i := len(at) - 1; i > 0; i-- {
			if rank, worst := t.Columns[at[i]].Rank, t.Columns[at[out]].Rank; rank > worst {
				out = i
			}
		}
		if need(at, least, t.Columns[at[out]].Rank) <= s.Width {
			break
		}
		gone = append(gone, at[out])
		at = slices.Delete(at, out, out+1)
	}
	slices.Sort(gone)
	for _, k := range gone {
		if c := t.Columns[k]; !c.Drawn {
			sh.gone = append(sh.gone, c.Key)
		}
	}
	share(at, lanes, least, s.Width)
	for _, k := range at {
		sh.lanes = append(sh.lanes, lanes[k])
	}
	sh.rows = func(yield func([]string) bool) {
		var above any
		name := slices.Index(at, 0)
		for i := range t.size() {
			row := t.row(i)
			line := t.line(row, at, lanes, s)
			if i > 0 && t.names() > 1 && name >= 0 && compare(row[0], above) == 0 {
				line[name] = "" // rows of one first name read as a group
			}
			if above = row[0]; !yield(line) {
				return
			}
		}
	}
	if t.Total != nil {
		total := Table{Columns: slices.Clone(t.Columns)}
		for k := range total.Columns {
			total.Columns[k].Blank = ""
		}
		sh.total = total.line(t.Total, at, lanes, s)
		sh.total[0] = truncate(totalName, sh.lanes[0].width, s.Unicode)
	}
	return sh
}

func rightAligned(k Kind) bool {
	return k == Mixed || k == Int || k == Float || k == Percent || k == Duration || k == Money
}

// onScreen lists the columns that people see, in their order.
func (t *Table) onScreen() []int {
	var at []int
	for k, c := range t.Columns {
		if t.Screen == nil && !c.Drawn {
			at = append(at, k)
		}
	}
	for _, key := range t.Screen {
		if k := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Key == key }); k >= 0 {
			at = append(at, k)
		}
	}
	return at
}

// says reports whether column k holds anything but zero, no and unknown.
func (t *Table) says(k int) bool {
	for i := range t.size() {
		if telling(t.row(i)[k]) {
			return true
		}
	}
	return false
}

func telling(v any) bool {
	return v != nil && v != 0 && v != time.Duration(0) && v != false && v != ""
}

// widths are of the widest text in each column on the screen, and whether it
// says anything in any row. The texts themselves are made anew for printing:
// there may be a row for each of a hundred thousand conversations.
func (t *Table) widths(s Screen) (widest []int, says []bool) {
	widest, says = make([]int, len(t.Columns)), make([]bool, len(t.Columns))
	at := t.onScreen()
	for i := range t.size() {
		row := t.row(i)
		for _, k := range at {
			widest[k] = max(widest[k], width(t.text(row, k, s)))
			says[k] = says[k] || telling(row[k])
		}
	}
	for _, k := range at {
		if t.Total != nil {
			widest[k] = max(widest[k], width(s.show(t.Total[k], t.Columns[k])))
		}
	}
	return widest, says
}

// text is what people see in column k of a row.
func (t *Table) text(row []any, k int, s Screen) string {
	return cmp.Or(s.show(row[k], t.Columns[k]), t.Columns[k].Blank)
}

// line is the cells of a row, cut to the lanes of the columns at.
func (t *Table) line(row []any, at []int, lanes map[int]lane, s Screen) []string {
	line := make([]string, len(at))
	for to, k := range at {
		if b, ok := row[k].(Bar); ok {
			line[to] = s.bar(float64(b), lanes[k].width)
		} else {
			line[to] = truncate(t.text(row, k, s), lanes[k].width, s.Unicode)
		}
	}
	return line
}

func atMost(w int, least [3]int) [3]int {
	return [3]int{min(w, least[0]), min(w, least[1]), min(w, least[2])}
}

// need is the screen width below which one of the columns at has to go, if
// the next to go has that rank.
func need(at []int, least map[int][3]int, rank int) int {
	n := 0
	for _, k := range at {
		n += least[k][min(rank, 2)] + margins
	}
	return n
}

// share takes room from the widest columns that can give, one column of
// screen after the other, until all fit.
func share(at []int, lanes map[int]lane, least map[int][3]int, room int) {
	over := -room
	for _, k := range at {
		over += lanes[k].width + margins
	}
	for ; over > 0; over-- {
		from := -1
		for _, k := range at {
			if give := lanes[k].width - least[k][0]; give > 0 && (from < 0 || give > lanes[from].width-least[from][0]) {
				from = k
			}
		}
		if from < 0 {
			from = at[0] // a screen of a few columns: what is left is cut
		}
		l := lanes[from]
		if l.width--; l.width < 1 {
			return
		}
		lanes[from] = l
	}
}

// wrap breaks a line of facts, parted by " · ", into lines of at most w columns.
func wrap(s string, w int, unicodes bool) []string {
	sep := " · "
	if !unicodes {
		sep = " | "
	}
	var lines []string
	line := ""
	for _, fact := range strings.Split(s, " · ") {
		switch {
		case line == "":
			line = fact
		case width(line)+3+width(fact) <= w:
			line += sep + fact
		default:
			lines = append(lines, line)
			line = fact
		}
	}
	lines = append(lines, line)
	var out []string
	for _, line := range lines {
		out = append(out, fold(line, w, unicodes)...)
	}
	return out
}

// fold breaks a line between words; a word that is too long is cut.
func fold(s string, w int, unicodes bool) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		word = truncate(word, w, unicodes)
		if line != "" && width(line)+1+width(word) > w {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
