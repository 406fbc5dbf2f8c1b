package analyze

import (
	"cmp"
	"fmt"
	"html"
	"io"
	"math"
	"slices"
	"strings"

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
	_, err := fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%[1]d" height="%[2]d" role="img" aria-label="%[3]s"><style>%[4]s</style><rect width="100%%" height="100%%" class="paper"/><text x="8" y="20" class="title">%[3]s</text><g transform="translate(0 28)">%[5]s</g></svg>`+"\n",
		chartWidth, height+28, marked(t.Title), chartStyle, body)
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

func columnChart(t *Table) (string, int) {
	labels, all := stacks(t)
	if len(labels) == 0 {
		return "", 0
	}
	const left, top, right = 60, 8, 8
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
	y := func(n int) float64 { return top + plotHeight*(1-float64(n)/float64(ceiling)) }
	for n := 0; n <= ceiling; n += step {
		fmt.Fprintf(&b, `<line x1="%d" x2="%d" y1="%.1f" y2="%.1f" class="rule"/><text x="%d" y="%.1f" class="axis end">%s</text>`,
			left, chartWidth-right, y(n), y(n), left-6, y(n)+4, grouped(n))
	}
	each := float64(chartWidth-left-right) / float64(len(labels))
	longest := 0
	for _, name := range labels {
		longest = max(longest, width(name))
	}
	every := max(1, int(math.Ceil(float64(7*longest+10)/each))) // labels stand clear of each other
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
		if i%every == 0 {
			fmt.Fprintf(&b, `<text x="%.1f" y="%d" class="axis middle">%s</text>`, min(x+each/2, chartWidth-3.5*float64(width(name))), top+plotHeight+18, marked(name))
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
	rows := t.Rows[:min(len(t.Rows), mostBars)]
	most := 0
	for _, row := range rows {
		n, _ := row[value].(int)
		most = max(most, n)
	}
	if most == 0 {
		return "", 0
	}
	const left, right, each = 210, 80, 24
	var b strings.Builder
	for i, row := range rows {
		n, _ := row[value].(int)
		name := fmt.Sprint(row[label])
		w := float64(chartWidth-left-right) * float64(n) / float64(most)
		if n > 0 {
			w = max(w, 1)
		}
		y := 6 + each*i
		fmt.Fprintf(&b, `<text x="%d" y="%d" class="label end">%s</text><rect x="%d" y="%d" width="%.1f" height="16" rx="2" class="s0"><title>%s</title></rect><text x="%.1f" y="%d" class="axis">%s</text>`,
			left-8, y+13, marked(truncate(cell(name, true), 26, true)), left, y, w, marked(name+": "+grouped(n)), left+w+6, y+13, grouped(n))
	}
	return b.String(), 12 + each*len(rows)
}

func heatChart(t *Table) (string, int) {
	const left, top, wide, high = 60, 20, 27, 24
	most := 0
	for _, row := range t.Rows {
		for _, v := range row[1:25] {
			n, _ := v.(int)
			most = max(most, n)
		}
	}
	if most == 0 {
		return "", 0
	}
	var b strings.Builder
	for hour := 0; hour < 24; hour += 3 {
		fmt.Fprintf(&b, `<text x="%d" y="14" class="axis">%02d</text>`, left+wide*hour, hour)
	}
	i := 0
	for _, row := range t.Rows {
		if row[0] == unknownGroup {
			continue
		}
		fmt.Fprintf(&b, `<text x="%d" y="%d" class="axis end">%s</text>`, left-8, top+high*i+16, row[0])
		for hour, v := range row[1:25] {
			n, _ := v.(int)
			fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%d" height="%d" rx="2" class="h%d"><title>%s %02d:00: %s</title></rect>`,
				left+wide*hour, top+high*i, wide-2, high-2, level(n, most, 5), row[0], hour, grouped(n))
		}
		i++
	}
	y := top + high*i + 8
	fmt.Fprintf(&b, `<text x="%d" y="%d" class="axis">0</text>`, left, y+11)
	for k := range 6 {
		fmt.Fprintf(&b, `<rect x="%d" y="%d" width="20" height="12" rx="2" class="h%d"/>`, left+16+22*k, y, k)
	}
	fmt.Fprintf(&b, `<text x="%d" y="%d" class="axis">%s messages an hour of the week</text>`, left+16+22*6+6, y+11, grouped(most))
	return b.String(), y + 20
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
