package analyze

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"gptsnap/formats/chat"
	"gptsnap/formats/source"
)

// A dimension is a way to part messages into groups: by month, by model, ...
type dimension struct {
	key, heading string
	ordered      bool // groups stand in the order of their names, else the busiest first
	// of makes what names the group of message i; false: it is in none.
	of func(Options) func(t *Tally, i int) (string, bool)
}

// unknownGroup is the name of the group of what is not known; it stands last
// where groups are in order.
const unknownGroup = "unknown"

var dimensions = []dimension{
	periodDimension(daily), periodDimension(weekly), periodDimension(monthly), periodDimension(yearly),
	{"model", "Model", false, func(Options) func(*Tally, int) (string, bool) {
		return func(t *Tally, i int) (string, bool) {
			f := &t.Facts[i]
			return cmp.Or(f.Model, unknownGroup), f.Role == chat.Assistant
		}
	}},
	{"project", "Project", false, func(Options) func(*Tally, int) (string, bool) {
		return func(t *Tally, _ int) (string, bool) { return t.Chat.Project, t.Chat.Project != "" }
	}},
	{"gpt", "GPT", false, func(Options) func(*Tally, int) (string, bool) {
		return func(t *Tally, _ int) (string, bool) {
			return t.Chat.Gizmo, t.Chat.Gizmo != "" && t.Chat.Project == ""
		}
	}},
	{"role", "Role", false, func(Options) func(*Tally, int) (string, bool) {
		return func(t *Tally, i int) (string, bool) { return cmp.Or(string(t.Facts[i].Role), unknownGroup), true }
	}},
}

func periodDimension(g grain) dimension {
	return dimension{g.key, strings.ToUpper(g.key[:1]) + g.key[1:], true, func(o Options) func(*Tally, int) (string, bool) {
		return func(t *Tally, i int) (string, bool) {
			at := t.Facts[i].Time
			if at.IsZero() {
				return unknownGroup, true
			}
			return g.name(g.number(at.In(o.Zone))), true
		}
	}}
}

func findDimension(key string) (dimension, error) {
	var names []string
	for _, d := range dimensions {
		if d.key == key {
			return d, nil
		}
		names = append(names, d.key)
	}
	return dimension{}, source.Fail(source.ExitUsage, "there are: "+strings.Join(names, ", "), "--by: there is no %q", truncate(cell(key, true), 40, true))
}

// groups counts messages by one dimension, or by two: then with a row for
// each pair in which there is anything.
type groups struct {
	zone          *time.Location
	report, title string
	by            []dimension
	of            []func(*Tally, int) (string, bool)
	rows          map[[2]string]*groupRow
	conversations int // with a message in any group
	seen          int
	spending
}

type groupRow struct {
	modelRow // of which model is not used
	names    [2]string
}

func newGroups(report, title string, o Options, by ...dimension) *groups {
	g := &groups{zone: o.Zone, report: report, title: title, by: by, rows: map[[2]string]*groupRow{}, spending: newSpending(o)}
	for _, d := range by {
		g.of = append(g.of, d.of(o))
	}
	return g
}

// Observe counts the messages of one conversation.
func (g *groups) Observe(t *Tally) {
	g.seen++
	g.note(t)
	any := false
	for i := range t.Facts {
		f := &t.Facts[i]
		if !f.Message {
			continue
		}
		var names [2]string
		in := true
		for k, of := range g.of {
			name, ok := of(t, i)
			names[k], in = name, in && ok
		}
		if !in {
			continue
		}
		any = true
		r := g.rows[names]
		if r == nil {
			names = [2]string{strings.Clone(names[0]), strings.Clone(names[1])}
			r = &groupRow{names: names}
			g.rows[names] = r
		}
		if r.last != g.seen {
			r.last = g.seen
			r.conversations++
		}
		f.count(&r.Count)
		r.bill.plus(t.billed(i))
		r.from, r.to = earlier(r.from, f.Time), later(r.to, f.Time)
	}
	g.conversations += one(any)
}

// Table has a row for each group in which there is a message.
func (g *groups) Table() Table {
	t := Table{
		Report: g.report, Title: g.title, Zone: g.zone,
		Counted: "all branches · words of visible messages", Names: len(g.by),
	}
	first, last := g.by[0], g.by[len(g.by)-1]
	switch t.Chart = (Chart{Shape: Bars, Label: first.key, Value: "messages"}); {
	case len(g.by) == 1:
	case first.ordered:
		t.Chart = Chart{Shape: Columns, Label: first.key, Value: "messages", Parts: last.key}
	case last.ordered:
		t.Chart = Chart{Shape: Columns, Label: last.key, Value: "messages", Parts: first.key}
	default:
		t.Chart = Chart{}
	}
	for _, d := range g.by {
		t.Columns = append(t.Columns, Column{Key: d.key, Heading: d.heading, Flex: !d.ordered})
		t.Screen = append(t.Screen, d.key)
	}
	if slices.ContainsFunc(g.by, func(d dimension) bool { return d.key == "model" }) {
		t.Counted = "assistant messages of all branches · words of visible ones"
	}
	t.Columns = append(t.Columns, []Column{
		{Key: "conversations", Heading: "Chats", Kind: Int},
		{Key: "messages", Heading: "Messages", Kind: Int},
		{Key: "user", Heading: "User", Kind: Int, Rank: 1, Optional: true},
		{Key: "assistant", Heading: "Assistant", Kind: Int, Rank: 1, Optional: true},
		{Key: "tool", Heading: "Tool", Kind: Int, Rank: 2, Optional: true},
		{Key: "system", Heading: "System", Kind: Int, Rank: 2, Optional: true},
		{Key: "other", Heading: "Other", Kind: Int, Rank: 2, Optional: true},
		{Key: "visible", Heading: "Visible", Kind: Int, Rank: 2},
		{Key: "words_user", Heading: "User words", Kind: Int, Optional: true},
		{Key: "words_assistant", Heading: "Answer words", Kind: Int, Optional: true},
		{Key: "share", Heading: "Share", Kind: Percent, Rank: 1},
		{Key: "first", Heading: "First", Kind: Date, Rank: 2},
		{Key: "last", Heading: "Last", Kind: Date, Rank: 2},
		{Key: "bar", Kind: Drawing, Drawn: true, Rank: 2},
	}...)
	t.Screen = append(t.Screen, "conversations", "messages", "visible", "user", "assistant", "tool", "system", "other", "words_user", "words_assistant", "share", "bar")
	g.columns(&t, "share")
	var sum groupRow
	outer, most := map[string]int{}, 0
	for _, r := range g.rows {
		sum.Plus(&r.Count)
		sum.bill.plus(&r.bill)
		sum.from, sum.to = earlier(sum.from, r.from), later(sum.to, r.to)
		outer[r.names[0]] += r.Messages
		most = max(most, r.Messages)
	}
	sum.conversations = g.conversations
	for _, r := range slices.SortedFunc(maps.Values(g.rows), func(a, b *groupRow) int { return g.order(a, b, outer) }) {
		t.Rows = append(t.Rows, g.row(r.values(r.names[:len(g.by)], sum.Messages, Bar(part(r.Messages, most))), &r.bill))
	}
	t.Total = g.row(sum.values(nil, sum.Messages, nil), &sum.bill)
	for range len(g.by) {
		t.Total = append([]any{nil}, t.Total...)
	}
	return t
}

func (g *groups) order(a, b *groupRow, outer map[string]int) int {
	for k, d := range g.by {
		x, y := a.names[k], b.names[k]
		if x == y {
			continue
		}
		if !d.ordered {
			m, n := a.Messages, b.Messages
			if k == 0 {
				m, n = outer[x], outer[y]
			}
			return cmp.Or(cmp.Compare(n, m), cmp.Compare(x, y))
		}
		return cmp.Or(cmp.Compare(one(x == unknownGroup), one(y == unknownGroup)), cmp.Compare(x, y))
	}
	return 0
}

func (r *groupRow) values(names []string, all int, bar any) []any {
	var row []any
	for _, n := range names {
		row = append(row, n)
	}
	return append(row, r.conversations, r.Messages, r.User, r.Assistant, r.Tool, r.System, r.Others, r.Visible, r.WordsUser, r.WordsAssistant,
		Share(part(r.Messages, all)), moment(r.from), moment(r.to), bar)
}
