package analyze

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"gptsnap/formats/chat"
)

// steps are the least words of the rows of the words report.
var steps = []int{0, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000}

// spread counts visible messages by how many words they have.
type spread struct {
	user, assistant [12]struct{ messages, words int }
	bills           [12]bill
	spending
}

func newSpread(o Options) Metric { return &spread{spending: newSpending(o)} }

// Observe counts the visible messages of one conversation.
func (s *spread) Observe(t *Tally) {
	s.note(t)
	for i := range t.Facts {
		f := &t.Facts[i]
		if !f.Visible {
			continue
		}
		k, found := slices.BinarySearch(steps, f.Words)
		if !found {
			k--
		}
		row := &s.assistant[k]
		if f.Role == chat.User {
			row = &s.user[k]
		}
		row.messages++
		row.words += f.Words
		s.bills[k].plus(t.billed(i))
	}
}

// Table has a row for each range of lengths.
func (s *spread) Table() Table {
	t := Table{
		Report: "words", Title: "Messages by their length", Chart: Chart{Shape: Columns, Label: "words", Value: "messages"},
		Counted: "visible messages of all branches",
		Notes:   []string{"see also --by role, model, month, project"},
		Columns: []Column{
			{Key: "words", Heading: "Words"},
			{Key: "from", Heading: "From", Kind: Int},
			{Key: "user", Heading: "By you", Kind: Int},
			{Key: "assistant", Heading: "Answers", Kind: Int},
			{Key: "messages", Heading: "Messages", Kind: Int},
			{Key: "share", Heading: "Share", Kind: Percent, Rank: 1},
			{Key: "words_user", Heading: "User words", Kind: Int, Rank: 2},
			{Key: "words_assistant", Heading: "Answer words", Kind: Int, Rank: 2},
			{Key: "bar", Kind: Drawing, Drawn: true, Rank: 1},
		},
		Screen: []string{"words", "user", "assistant", "messages", "share", "words_user", "words_assistant", "bar"},
	}
	s.columns(&t, "bar")
	all, most, wu, wa, mu := 0, 0, 0, 0, 0
	var sum bill
	for k := range steps {
		n := s.user[k].messages + s.assistant[k].messages
		all, most = all+n, max(most, n)
		wu, wa, mu = wu+s.user[k].words, wa+s.assistant[k].words, mu+s.user[k].messages
	}
	for k, from := range steps {
		name := fmt.Sprintf("%d+", from)
		if k+1 < len(steps) {
			if name = fmt.Sprintf("%d-%d", from, steps[k+1]-1); steps[k+1]-1 == from {
				name = fmt.Sprint(from)
			}
		}
		u, a := s.user[k], s.assistant[k]
		n := u.messages + a.messages
		t.Rows = append(t.Rows, s.row([]any{name, from, u.messages, a.messages, n, Share(part(n, all)), u.words, a.words, Bar(part(n, most))}, &s.bills[k]))
		sum.plus(&s.bills[k])
	}
	t.Total = s.row([]any{nil, nil, mu, all - mu, all, Share(part(all, all)), wu, wa, nil}, &sum)
	return t
}

// lengths describes how long the visible messages of each group are.
type lengths struct {
	zone *time.Location
	by   dimension
	of   func(*Tally, int) (string, bool)
	rows map[string][]int32 // words of each message
	bill map[string]*bill   // only if tokens are counted
	spending
}

func newLengths(o Options, by dimension) Metric {
	return &lengths{zone: o.Zone, by: by, of: by.of(o), rows: map[string][]int32{}, bill: map[string]*bill{}, spending: newSpending(o)}
}

// Observe keeps the length of each visible message.
func (l *lengths) Observe(t *Tally) {
	l.note(t)
	for i := range t.Facts {
		f := &t.Facts[i]
		if !f.Visible {
			continue
		}
		if name, ok := l.of(t, i); ok {
			if l.rows[name] == nil {
				name = strings.Clone(name)
			}
			l.rows[name] = append(l.rows[name], int32(min(f.Words, math.MaxInt32)))
			if !l.metered() {
				continue
			}
			if l.bill[name] == nil {
				l.bill[strings.Clone(name)] = new(bill)
			}
			l.bill[name].plus(t.billed(i))
		}
	}
}

// Table has a row for each group.
func (l *lengths) Table() Table {
	t := Table{
		Report: "words", Title: "Length of messages by " + l.by.key, Zone: l.zone, Counted: "visible messages of all branches",
		Columns: []Column{
			{Key: l.by.key, Heading: l.by.heading, Flex: !l.by.ordered},
			{Key: "messages", Heading: "Messages", Kind: Int},
			{Key: "words", Heading: "Words", Kind: Int},
			{Key: "mean", Heading: "Mean", Kind: Float},
			{Key: "median", Heading: "Median", Kind: Float},
			{Key: "p90", Heading: "90 % below", Kind: Int, Rank: 1},
			{Key: "longest", Heading: "Longest", Kind: Int, Rank: 1},
		},
		Screen: []string{l.by.key, "messages", "words", "mean", "median", "p90", "longest"},
	}
	l.columns(&t, "")
	var all []int32
	var sum bill
	add := func(name any, of []int32, b *bill) []any {
		slices.Sort(of)
		return l.row(append([]any{name, len(of)}, summary(of)...), b)
	}
	for _, name := range slices.SortedFunc(maps.Keys(l.rows), func(a, b string) int {
		if l.by.ordered {
			return cmp.Or(cmp.Compare(one(a == unknownGroup), one(b == unknownGroup)), cmp.Compare(a, b))
		}
		return cmp.Or(cmp.Compare(len(l.rows[b]), len(l.rows[a])), cmp.Compare(a, b))
	}) {
		b := cmp.Or(l.bill[name], new(bill))
		t.Rows = append(t.Rows, add(name, l.rows[name], b))
		all = append(all, l.rows[name]...)
		sum.plus(b)
	}
	t.Total = add(nil, all, &sum)
	return t
}

// summary is the sum, mean, median, 90th percentile (by nearest rank) and
// largest of numbers that are in order; nil where there are none.
func summary(of []int32) []any {
	n := len(of)
	if n == 0 {
		return []any{0, nil, nil, nil, nil}
	}
	sum := 0
	for _, v := range of {
		sum += int(v)
	}
	return []any{sum, float64(sum) / float64(n), float64(int(of[(n-1)/2])+int(of[n/2])) / 2, int(of[(9*n+9)/10-1]), int(of[n-1])}
}
