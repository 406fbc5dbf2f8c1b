package analyze

import (
	"fmt"
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
		sh.rows = append(sh.rows, []string{p.s.show(row[0], Column{}), b.String(), p.s.show(row[25], Column{})})
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
		for i := range sh.rows {
			sh.rows[i] = sh.rows[i][:2]
		}
	}
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
