package analyze

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"gptsnap/formats/chat"
)

// streaks finds the runs of days, one after the other, on which you wrote.
type streaks struct {
	zone *time.Location
	days map[int]int // messages of role user by the number of the day
}

func newStreaks(o Options) Metric { return &streaks{zone: o.Zone, days: map[int]int{}} }

// Observe counts the prompts of one conversation.
func (k *streaks) Observe(t *Tally) {
	for i := range t.Facts {
		if f := &t.Facts[i]; f.Role == chat.User && !f.Time.IsZero() {
			k.days[daily.number(f.Time.In(k.zone))]++
		}
	}
}

// A stretch of days has messages on each.
type stretch struct {
	from, to       time.Time
	days, messages int
}

// Table has the longest run first, of equals the latest.
func (k *streaks) Table() Table {
	var runs []stretch
	for _, n := range slices.Sorted(maps.Keys(k.days)) {
		day := time.Date(n/10000, time.Month(n/100%100), n%100, 12, 0, 0, 0, time.UTC)
		if last := len(runs) - 1; last >= 0 && day.Sub(runs[last].to) == 24*time.Hour {
			runs[last].to = day
			runs[last].days++
			runs[last].messages += k.days[n]
		} else {
			runs = append(runs, stretch{day, day, 1, k.days[n]})
		}
	}
	slices.SortFunc(runs, func(a, b stretch) int { return cmp.Or(cmp.Compare(b.days, a.days), b.from.Compare(a.from)) })
	t := Table{
		Report: "streaks", Title: "Days in a row on which you wrote", Zone: k.zone, Few: 10, Chart: Chart{Shape: Bars, Label: "from", Value: "days"},
		Counted: "messages of role user, all branches",
		Columns: []Column{
			{Key: "from", Heading: "From"},
			{Key: "to", Heading: "To"},
			{Key: "days", Heading: "Days", Kind: Int},
			{Key: "messages", Heading: "Messages", Kind: Int},
			{Key: "per_day", Heading: "Per day", Kind: Float, Rank: 1},
			{Key: "bar", Kind: Drawing, Drawn: true, Rank: 1},
		},
		Screen: []string{"from", "to", "days", "messages", "per_day", "bar"},
	}
	days, messages := 0, 0
	for _, r := range runs {
		t.Rows = append(t.Rows, []any{r.from.Format(time.DateOnly), r.to.Format(time.DateOnly), r.days, r.messages, part(r.messages, r.days), Bar(part(r.days, runs[0].days))})
		days += r.days
		messages += r.messages
	}
	t.Total = []any{nil, nil, days, messages, part(messages, days), nil}
	return t
}
