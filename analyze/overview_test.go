package analyze

import (
	"testing"
	"time"

	"gptsnap/formats/chat"
)

func TestDaysStreaksAndTheBusiestDay(t *testing.T) {
	t.Parallel()
	on := func(id string, days ...string) *chat.Conversation {
		c := &chat.Conversation{ID: id, Title: id}
		var links []chat.Links
		for i, day := range days {
			at, err := time.Parse("2006-01-02 15:04", day)
			if err != nil {
				t.Fatal(err)
			}
			m := said(chat.User, "word")
			m.Created = at
			c.Nodes = append(c.Nodes, chat.Node{ID: chat.NodeID(rune('a' + i)), Message: m})
			links = append(links, chat.Links{})
		}
		c.Link(links, "")
		return c
	}
	all := []*chat.Conversation{
		on("b", "2024-02-28 23:59", "2024-02-29 00:01", "2024-03-01 12:00", "2024-03-01 13:00"), // three in a row over a leap day
		on("a", "2024-03-03 08:00", "2024-03-04 08:00", "2024-03-04 09:00", "2024-12-31 23:30"),
		on("c"),
	}
	table, _ := tableOf(t, all, newOverview(utc), utc)
	want := map[string]any{"active_days": 6, "longest_streak": 3, "busiest_day": "2024-03-01", "busiest_day_messages": 2, "span_days": 308,
		"longest_messages": 4, "longest_id": ID("a"), "median_messages": 4.0, "conversations": 3}
	for _, row := range table.Rows {
		if w, asked := want[row[0].(string)]; asked {
			if row[1] != w {
				t.Errorf("%v is %v, want %v", row[0], row[1], w)
			}
			delete(want, row[0].(string))
		}
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
	if n := len(table.Trend); n != 11 || table.Trend[0] != (Point{"2024-02", 2}) || table.Trend[2] != (Point{"2024-04", 0}) {
		t.Errorf("%d months: %v", n, table.Trend)
	}
}
