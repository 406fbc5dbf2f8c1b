package analyze

import (
	"fmt"
	"slices"
	"strings"
)

// heat prints counts by weekday and hour as shades.
func (p *printer) heat(t *Table) {
	shades := []string{" ", "░", "▒", "▓", "█"}
	if !p.s.Unicode {
		shades = []string{" ", ".", ":", "+", "#"}
	}
	each := 1 // columns of screen an hour
	for each < 3 && 24*(each+1)+20 <= p.s.Width {
		each++
	}
	most := 0
	for _, row := range t.Rows {
		for _, v := range row[1:25] {
			n, _ := v.(int)
			most = max(most, n)
		}
	}
	var rows [][]string
	sh := sheet{lanes: []lane{
		{heading: "Day", width: 7},
		{heading: clock(each), width: 24 * each},
		{heading: "Messages", right: true, width: 9},
	}}
	for _, row := range t.Rows {
		var b strings.Builder
		for _, v := range row[1:25] {
			n, _ := v.(int)
			b.WriteString(strings.Repeat(shades[level(n, most, len(shades)-1)], each))
		}
		rows = append(rows, []string{p.s.show(row[0], Column{}), b.String(), p.s.show(row[25], Column{})})
	}
	narrow := p.s.Width < 24*each+7+9+3*margins
	sum := make([]int, 24)
	for i, v := range t.Total[1:25] {
		sum[i], _ = v.(int)
	}
	var b strings.Builder
	for _, mark := range p.s.spark(sum) {
		b.WriteString(strings.Repeat(string(mark), each))
	}
	sh.total = []string{"Total", b.String(), p.s.show(t.Total[25], Column{})}
	if narrow {
		sh.lanes, sh.total = sh.lanes[:2], sh.total[:2]
		for i := range rows {
			rows[i] = rows[i][:2]
		}
	}
	sh.rows = slices.Values(rows)
	p.sheet(&sh)
	if most > 0 {
		p.lines("", " "+legend(p.s, shades, most))
	}
}

// clock is the scale over the hours.
func clock(each int) string {
	var b strings.Builder
	step := 3
	if each == 1 {
		step = 6
	}
	for hour := 0; hour < 24; hour += step {
		b.WriteString(pad(fmt.Sprintf("%02d", hour), step*each))
	}
	return b.String()
}

// legend says how many messages a shade stands for.
func legend(s Screen, shades []string, most int) string {
	n := len(shades) - 1
	var some []string
	from := 1
	for k := 1; k <= n; k++ {
		to := most * k / n
		if to < from {
			continue // so few messages that no number falls into this shade
		}
		span := s.group(from) + "-" + s.group(to)
		if from == to {
			span = s.group(from)
		}
		some = append(some, shades[k]+" "+span)
		from = to + 1
	}
	return strings.Join(some, "   ") + "   messages"
}

// heatChart is a picture of the same.
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
