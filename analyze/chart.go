package analyze

import (
	"cmp"
	"fmt"
	"html"
	"io"
	"slices"
	"strings"

	"gptsnap/formats/chat"
	"gptsnap/formats/source"
)

// A Chart says how the rows of a table make a picture. The zero Chart is none.
type Chart struct {
	Shape               Shape
	Label, Value, Parts string // keys of columns; Parts is that by which columns are stacked, or ""
}

// A Shape is a kind of picture.
type Shape int

// The shapes.
const (
	NoChart Shape = iota
	Columns       // upright, in the order of the rows: time, lengths
	Bars          // lying, the first rows
	Squares       // a [Heat] table
)

const (
	chartWidth  = 720
	plotHeight  = 190
	mostBars    = 15
	mostSeries  = 7 // what is more is "others"
	mostColumns = 1500
)

// A series is one colour of a chart of columns.
type series struct {
	name   string
	values []int
}

// WriteSVG writes the chart of t as one picture that stands by itself: it
// refers to nothing, and suits a light or a dark page as the reader has it.
func WriteSVG(w io.Writer, t *Table) error {
	body, height := draft(t)
	if body == "" {
		return noChart(t)
	}
	_, err := fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%[1]d" height="%[2]d" role="img" aria-label="%[6]s"><style>%[4]s</style><rect width="100%%" height="100%%" class="paper"/><text x="8" y="20" class="title">%[3]s</text><g transform="translate(0 32)">%[5]s</g></svg>`+"\n",
		chartWidth, height+32, marked(t.Title), chartStyle, body, marked(t.spoken()))
	return written(err)
}

func noChart(t *Table) error {
	return source.Fail(source.ExitUsage, "there are charts of: daily, weekly, monthly, yearly, models, projects, gpts, words, code, tools, sources, files, hours, streaks", "-f svg: %s has no chart", t.Report)
}

// draft is the inside of an SVG picture of t and its height; "" if t has none.
func draft(t *Table) (string, int) {
	switch t.Chart.Shape {
	case Columns:
		return columnChart(t)
	case Bars:
		return barChart(t)
	case Squares:
		return heatChart(t)
	}
	return "", 0
}

// stacks gathers the values of a chart of columns: by label, and by part.
func stacks(t *Table) (labels []string, all []series) {
	label, value, parts := t.find(t.Chart.Label), t.find(t.Chart.Value), t.find(t.Chart.Parts)
	at := map[string]int{}
	for _, row := range t.Rows {
		name, _ := row[label].(string)
		if _, ok := at[name]; !ok {
			at[name] = -1
			labels = append(labels, name)
		}
	}
	if parts >= 0 {
		slices.SortFunc(labels, func(a, b string) int {
			return cmp.Or(cmp.Compare(one(a == unknownGroup), one(b == unknownGroup)), cmp.Compare(a, b))
		})
	}
	if t.Chart.Label == "month" {
		labels = withoutGaps(labels)
	}
	labels = labels[:min(len(labels), mostColumns)]
	for i, name := range labels {
		at[name] = i
	}
	by := map[string]*series{}
	sums := map[string]int{}
	for _, row := range t.Rows {
		name, _ := row[label].(string)
		part := ""
		if parts >= 0 {
			part, _ = row[parts].(string)
		}
		n, _ := row[value].(int)
		if i := at[name]; i >= 0 {
			if by[part] == nil {
				by[part] = &series{part, make([]int, len(labels))}
			}
			by[part].values[i] += n
			sums[part] += n
		}
	}
	for _, s := range by {
		all = append(all, *s)
	}
	slices.SortFunc(all, func(a, b series) int {
		return cmp.Or(cmp.Compare(sums[b.name], sums[a.name]), cmp.Compare(a.name, b.name))
	})
	if len(all) > mostSeries+1 {
		rest := series{fmt.Sprintf("%d others", len(all)-mostSeries), make([]int, len(labels))}
		for _, s := range all[mostSeries:] {
			for i, n := range s.values {
				rest.values[i] += n
			}
		}
		all = append(all[:mostSeries:mostSeries], rest)
	}
	return labels, all
}

// withoutGaps puts in the months in which there was nothing.
func withoutGaps(months []string) []string {
	var out []string
	for _, m := range months {
		for k := len(out); k > 0 && k < mostColumns && m != unknownGroup && out[k-1] != unknownGroup && next(out[k-1]) < m && next(out[k-1]) > out[k-1]; k = len(out) {
			out = append(out, next(out[k-1]))
		}
		out = append(out, m)
	}
	return out
}

// measure says what the picture of t counts.
func (t *Table) measure() string {
	if k := t.find(t.Chart.Value); k >= 0 {
		return t.Columns[k].Heading
	}
	return "Messages"
}

// spoken says of the picture of t what somebody has to know who does not see it.
func (t *Table) spoken() string {
	label, value := t.find(t.Chart.Label), t.find(t.Chart.Value)
	text := t.Title + ": a chart of " + strings.ToLower(t.measure())
	if label < 0 || value < 0 || t.Chart.Parts != "" {
		return text
	}
	var top []any
	for _, row := range t.Rows {
		if n, _ := row[value].(int); n > 0 && (top == nil || n > top[value].(int)) {
			top = row
		}
	}
	if top == nil {
		return text
	}
	return fmt.Sprintf("%s, at most %s (%s)", text, grouped(top[value].(int)), chat.Opening(fmt.Sprint(top[label]), mostPageText))
}

func columnChart(t *Table) (string, int) {
	labels, all := stacks(t)
	if len(labels) == 0 {
		return "", 0
	}
	const left, top, right = 60, 24, 8
	most := 1
	for i := range labels {
		sum := 0
		for _, s := range all {
			sum += s.values[i]
		}
		most = max(most, sum)
	}
	step := nice(most)
	ceiling := (most + step - 1) / step * step
	var b strings.Builder
	fmt.Fprintf(&b, `<text x="%d" y="11" class="axis">%s</text>`, left, marked(t.measure()))
	y := func(n int) float64 { return top + plotHeight*(1-float64(n)/float64(ceiling)) }
	for n := 0; n <= ceiling; n += step {
		fmt.Fprintf(&b, `<line x1="%d" x2="%d" y1="%.1f" y2="%.1f" class="rule"/><text x="%d" y="%.1f" class="axis end">%s</text>`,
			left, chartWidth-right, y(n), y(n), left-6, y(n)+4, grouped(n))
	}
	each := float64(chartWidth-left-right) / float64(len(labels))
	middle := func(i int, half float64) float64 { return min(left+each*(float64(i)+0.5), chartWidth-half) }
	clear, full := 0.0, float64(chartWidth) // labels stand clear of each other, between these
	if last := len(labels) - 1; labels[last] == unknownGroup {
		half := halfWidth(unknownGroup) // it is no month like the one before it, and has to say so
		full = middle(last, half) - half - 8
	}
	for i, name := range labels {
		x, floor := left+each*float64(i), 0
		for k, s := range all {
			if n := s.values[i]; n > 0 {
				tip := name + ": " + grouped(n)
				if s.name != "" {
					tip = name + ", " + s.name + ": " + grouped(n)
				}
				fmt.Fprintf(&b, `<rect x="%.2f" y="%.2f" width="%.2f" height="%.2f" class="s%d"><title>%s</title></rect>`,
					x+each*0.1, y(floor+n), each*0.8, y(floor)-y(floor+n), k, marked(tip))
				floor += n
			}
		}
		half := halfWidth(name)
		if at := middle(i, half); at-half >= clear && (at+half <= full || name == unknownGroup) {
			clear = at + half + 8
			fmt.Fprintf(&b, `<text x="%.1f" y="%d" class="axis middle">%s</text>`, at, top+plotHeight+18, marked(name))
		}
	}
	height := top + plotHeight + 30
	if t.Chart.Parts == "" {
		return b.String(), height
	}
	x := left
	height += 16
	for k, s := range all {
		name := truncate(cell(s.name, true), 30, true)
		w := 28 + 8*width(name)
		if x+w > chartWidth && x > left {
			x, height = left, height+20
		}
		fmt.Fprintf(&b, `<rect x="%d" y="%d" width="11" height="11" rx="2" class="s%d"/><text x="%d" y="%d" class="axis">%s</text>`, x, height-10, k, x+16, height, marked(name))
		x += w
	}
	return b.String(), height + 10
}

// halfWidth is about half the width of a label on an axis.
func halfWidth(label string) float64 { return 3.5 * float64(width(label)) }

// nice is a round step that parts n into two to five.
func nice(n int) int {
	step := 1
	for ; ; step *= 10 {
		for _, k := range []int{1, 2, 5} {
			if n <= 5*k*step {
				return k * step
			}
		}
	}
}

func barChart(t *Table) (string, int) {
	label, value := t.find(t.Chart.Label), t.find(t.Chart.Value)
	var rows [][]any // with something to draw
	most := 0
	for _, row := range t.Rows {
		if n, _ := row[value].(int); n > 0 && len(rows) < mostBars {
			most = max(most, n)
			rows = append(rows, row)
		}
	}
	if most == 0 {
		return "", 0
	}
	const left, top, right, each = 214, 20, 80, 24
	var b strings.Builder
	fmt.Fprintf(&b, `<text x="%d" y="11" class="axis">%s</text>`, left, marked(t.measure()))
	for i, row := range rows {
		n, _ := row[value].(int)
		name := fmt.Sprint(row[label])
		w := max(1, float64(chartWidth-left-right)*float64(n)/float64(most))
		y := top + each*i
		fmt.Fprintf(&b, `<text x="%d" y="%d" class="label end">%s</text><rect x="%d" y="%d" width="%.1f" height="16" rx="2" class="s0"><title>%s</title></rect><text x="%.1f" y="%d" class="axis">%s</text>`,
			left-8, y+13, marked(truncate(cell(name, true), 28, true)), left, y, w, marked(name+": "+grouped(n)), left+w+6, y+13, grouped(n))
	}
	return b.String(), top + 6 + each*len(rows)
}

func grouped(n int) string { return Screen{Unicode: true}.group(n) }

// marked is s as text of HTML or XML: in any script, without control
// characters or marks that turn the direction of what follows.
func marked(s string) string {
	return html.EscapeString(strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0xfffe || r == 0xffff || r != 0x200d && r != 0x200c && troubles(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD")))
}
