package analyze

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// A Screen is where people read a table.
type Screen struct {
	Width   int            // in columns; one of fewer than 40 is treated as if it had so many
	Unicode bool           // else ASCII only
	Color   bool           // it may be told to show matches in colour
	Zone    *time.Location // that times are shown in
}

// show writes a value as people read it.
func (s Screen) show(v any, c Column) string {
	if c.Signed {
		c.Signed = false
		switch text := s.show(v, c); {
		case v == 0 || v == 0.0 || v == Share(0) || v == Dollars(0) || v == time.Duration(0):
			return ""
		case text != "" && text[0] != '-':
			return "+" + text
		default:
			return text
		}
	}
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return cell(v, s.Unicode)
	case ID:
		return short(string(v), s.Unicode)
	case []string:
		return cell(strings.Join(v, ", "), s.Unicode)
	case int:
		return s.group(v)
	case float64:
		text := strconv.FormatFloat(v, 'f', 1, 64)
		if c.Kind != Float { // in a column the points stand one below the other
			text = strings.TrimSuffix(text, ".0")
		}
		return text
	case Share:
		return strconv.FormatFloat(100*float64(v), 'f', 1, 64) + "%"
	case Dollars:
		return s.dollars(float64(v))
	case Span:
		return s.span(v)
	case bool:
		if v {
			return "yes"
		}
		return ""
	case time.Duration:
		if v == 0 && c.Optional {
			return "" // as in most rows
		}
		return lasting(v)
	case time.Time:
		if c.Kind == Date || c.Kind == Any || c.Kind == Mixed {
			return v.In(s.Zone).Format("2006-01-02")
		}
		return v.In(s.Zone).Format("2006-01-02 15:04")
	}
	return cell(fmt.Sprint(v), s.Unicode)
}

// group writes n with a thin space between thousands, which is one column wide
// and not mistaken for a decimal sign; in ASCII with a comma.
func (s Screen) group(n int) string {
	sep := "\u2009"
	if !s.Unicode {
		sep = ","
	}
	d := strconv.Itoa(n)
	sign := ""
	if d[0] == '-' {
		sign, d = "-", d[1:]
	}
	for i := len(d) - 3; i > 0; i -= 3 {
		d = d[:i] + sep + d[i:]
	}
	return sign + d
}

// dollars writes an amount to the cent. Less than half a cent, but something,
// is not written as nothing.
func (s Screen) dollars(v float64) string {
	sign := ""
	if v < 0 {
		sign, v = "-", -v
	}
	if v > 0 && v < 0.005 {
		return sign + "<$0.01"
	}
	cents := int64(math.Round(min(v, 1e15) * 100))
	return fmt.Sprintf("%s$%s.%02d", sign, s.group(int(cents/100)), cents%100)
}

// span writes both ends of a range, or one if they look the same.
func (s Screen) span(v Span) string {
	low, high := s.dollars(float64(v.Low)), s.dollars(float64(v.High))
	switch {
	case low == high:
		return high
	case s.Unicode:
		return low + "–" + high
	}
	return low + "-" + high
}

// lasting writes a duration in its two largest units.
func lasting(d time.Duration) string {
	if d < 0 {
		return "-" + lasting(-d)
	}
	sec := int64(d / time.Second)
	switch {
	case d == 0:
		return "0 s"
	case d < 9950*time.Millisecond:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
	case sec < 60:
		return fmt.Sprintf("%d s", sec)
	case sec < 3600:
		return fmt.Sprintf("%d min %d s", sec/60, sec%60)
	case sec < 48*3600:
		return fmt.Sprintf("%d h %d min", sec/3600, sec/60%60)
	}
	return fmt.Sprintf("%d d %d h", sec/86400, sec/3600%24)
}

// bar draws share of w columns, in eighths of a column.
func (s Screen) bar(share float64, w int) string {
	eighths := int(share*float64(8*w) + 0.5)
	if share > 0 {
		eighths = max(1, eighths) // something is never nothing
	}
	eighths = min(eighths, 8*w)
	if !s.Unicode {
		return strings.Repeat("#", (eighths+7)/8)
	}
	b := strings.Repeat("█", eighths/8)
	if e := eighths % 8; e > 0 {
		b += string([]rune("▏▎▍▌▋▊▉")[e-1])
	}
	return b
}

// spark draws one character for each value; nothing is a blank.
func (s Screen) spark(values []int) string {
	marks := []rune(" ▁▂▃▄▅▆▇█")
	if !s.Unicode {
		marks = []rune(" .:-=+*#@")
	}
	most := 0
	for _, v := range values {
		most = max(most, v)
	}
	var b strings.Builder
	for _, v := range values {
		b.WriteRune(marks[level(v, most, len(marks)-1)])
	}
	return b.String()
}

// level is where v stands on a scale of 1 to n, of which most is the top; 0
// is for nothing only.
func level(v, most, n int) int {
	if v <= 0 || most <= 0 {
		return 0
	}
	return min(n, max(1, int(math.Ceil(float64(v)/float64(most)*float64(n)))))
}

// gather adds neighbours of a series together until it fits into w points.
func gather(points []Point, w int) []int {
	each := 1
	for w > 0 && (len(points)+each-1)/each > w {
		each++
	}
	values := make([]int, (len(points)+each-1)/each)
	for i, p := range points {
		values[i/each] += p.Value
	}
	return values
}

// zoneName says in what zone times are.
func zoneName(z *time.Location) string {
	if z == nil || z == time.UTC {
		return "UTC"
	}
	if z == time.Local || z.String() == "Local" {
		return "local time"
	}
	return z.String()
}
