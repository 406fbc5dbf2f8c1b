package analyze

import (
	"fmt"
	"time"

	"gptsnap/formats/chat"
)

// hours counts messages of the user by weekday and hour of the clock.
type hours struct {
	zone    *time.Location
	at      [7][24]int // from Monday
	unknown int
}

var weekdays = [7]string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}

func newHours(o Options) Metric { return &hours{zone: o.Clock} }

// Observe counts the prompts of one conversation.
func (h *hours) Observe(t *Tally) {
	for i := range t.Facts {
		switch f := &t.Facts[i]; {
		case f.Role != chat.User:
		case f.Time.IsZero():
			h.unknown++
		default:
			at := f.Time.In(h.zone)
			h.at[(at.Weekday()+6)%7][at.Hour()]++
		}
	}
}

// Table has a row for each day of the week, and one named unknown if there
// are messages without a time.
func (h *hours) Table() Table {
	t := Table{
		Report: "hours", Title: "When you write, by weekday and hour", Zone: h.zone, Layout: Heat, Chart: Chart{Shape: Squares},
		Counted: "messages of role user, all branches",
		Columns: []Column{{Key: "weekday", Heading: "Day"}},
	}
	for hour := range 24 {
		key := fmt.Sprintf("%02d", hour)
		t.Columns = append(t.Columns, Column{Key: key, Heading: key, Kind: Int})
	}
	t.Columns = append(t.Columns, Column{Key: "messages", Heading: "Messages", Kind: Int})
	var sum [24]int
	total := h.unknown
	for day, row := range h.at {
		n := 0
		for hour, k := range row {
			n += k
			sum[hour] += k
		}
		total += n
		t.Rows = append(t.Rows, hourRow(weekdays[day], row[:], n))
	}
	if h.unknown > 0 {
		t.Rows = append(t.Rows, hourRow("unknown", nil, h.unknown))
	}
	t.Total = hourRow(nil, sum[:], total)
	return t
}

// hourRow makes a row; without counts its hours are unknown.
func hourRow(name any, counts []int, sum int) []any {
	row := make([]any, 26)
	row[0], row[25] = name, sum
	for i, n := range counts {
		row[i+1] = n
	}
	return row
}
