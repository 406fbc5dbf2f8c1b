package analyze

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// A grain is a length of time that messages are gathered by. Its number is a
// sortable name of the stretch that a time falls into: 202405 for a month.
type grain struct {
	report, key, title string
	number             func(time.Time) int
	name               func(number int) string
}

var (
	daily = grain{"daily", "day", "Usage by day",
		func(t time.Time) int { y, m, d := t.Date(); return y*10000 + int(m)*100 + d },
		func(n int) string { return fmt.Sprintf("%04d-%02d-%02d", n/10000, n/100%100, n%100) }}
	weekly = grain{"weekly", "week", "Usage by week",
		func(t time.Time) int { y, w := t.ISOWeek(); return y*100 + w },
		func(n int) string { return fmt.Sprintf("%04d-W%02d", n/100, n%100) }}
	monthly = grain{"monthly", "month", "Usage by month",
		func(t time.Time) int { y, m, _ := t.Date(); return y*100 + int(m) },
		func(n int) string { return fmt.Sprintf("%04d-%02d", n/100, n%100) }}
	yearly = grain{"yearly", "year", "Usage by year",
		func(t time.Time) int { return t.Year() },
		func(n int) string { return fmt.Sprintf("%04d", n) }}
)

// timeless is the number of the stretch without a time; it sorts last.
const timeless = math.MaxInt

// periods counts each message in the stretch of its own time, and each
// conversation in the one it was created in.
type periods struct {
	grain
	zone *time.Location
	rows map[int]*periodRow
	spending
}

type periodRow struct {
	conversations int
	Count
	bill bill
}

func newPeriods(g grain, o Options) *periods {
	return &periods{grain: g, zone: o.Zone, rows: map[int]*periodRow{}, spending: newSpending(o)}
}

func (p *periods) row(t time.Time) *periodRow {
	n := timeless
	if known(t) {
		n = p.number(t.In(p.zone))
	}
	r := p.rows[n]
	if r == nil {
		r = &periodRow{}
		p.rows[n] = r
	}
	return r
}

// Observe counts the messages and the conversation itself.
func (p *periods) Observe(t *Tally) {
	p.note(t)
	p.row(t.Chat.Created).conversations++
	for i := range t.Facts {
		if f := &t.Facts[i]; f.Message {
			r := p.row(f.Time)
			f.count(&r.Count)
			r.bill.plus(t.billed(i))
		}
	}
}

// Table has a row for each stretch in which anything happened.
func (p *periods) Table() Table {
	t := Table{
		Report: p.report, Title: p.title, Zone: p.zone, Chart: Chart{Shape: Columns, Label: p.key, Value: "messages"},
		Counted: "all branches · words of visible messages",
		Columns: []Column{
			{Key: p.key, Heading: strings.ToUpper(p.key[:1]) + p.key[1:]},
			{Key: "conversations", Heading: "Chats", Kind: Int},
			{Key: "messages", Heading: "Messages", Kind: Int},
			{Key: "user", Heading: "User", Kind: Int, Rank: 1},
			{Key: "assistant", Heading: "Assistant", Kind: Int, Rank: 1},
			{Key: "tool", Heading: "Tool", Kind: Int, Rank: 2, Optional: true},
			{Key: "system", Heading: "System", Kind: Int, Rank: 2, Optional: true},
			{Key: "words_user", Heading: "User words", Kind: Int},
			{Key: "words_assistant", Heading: "Answer words", Kind: Int},
			{Key: "other", Heading: "Other", Kind: Int, Rank: 2, Optional: true},
			{Key: "visible", Heading: "Visible", Kind: Int, Rank: 2},
			{Key: "bar", Heading: "", Kind: Drawing, Drawn: true, Rank: 1},
		},
		Screen: []string{p.key, "conversations", "messages", "visible", "user", "assistant", "tool", "system", "other", "words_user", "words_assistant", "bar"},
	}
	p.columns(&t, "bar")
	most := 0
	for n, r := range p.rows {
		if n != timeless {
			most = max(most, r.Messages)
		}
	}
	sum := periodRow{}
	for _, n := range slices.Sorted(maps.Keys(p.rows)) {
		r := p.rows[n]
		name, bar := "unknown", any(nil)
		if n != timeless {
			name, bar = p.name(n), Bar(part(r.Messages, most))
		}
		t.Rows = append(t.Rows, p.spending.row(r.values(name, bar), &r.bill))
		sum.conversations += r.conversations
		sum.Plus(&r.Count)
		sum.bill.plus(&r.bill)
	}
	t.Total = p.spending.row(sum.values(nil, nil), &sum.bill)
	return t
}

func (r *periodRow) values(name, bar any) []any {
	return []any{name, r.conversations, r.Messages, r.User, r.Assistant, r.Tool, r.System, r.WordsUser, r.WordsAssistant, r.Others, r.Visible, bar}
}

// part is n of whole, 0 if there is nothing.
func part(n, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(n) / float64(whole)
}
