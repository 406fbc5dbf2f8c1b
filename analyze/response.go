package analyze

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"gptsnap/formats/rows"
)

// response measures how long answers took: from the time of the nearest
// prompt above to that of the answer that people read. Only the first visible
// answer below a prompt counts, on each of its branches; what took an hour or
// more, or less than no time, is a matter of clocks and not of models.
type response struct {
	parting
	zone *time.Location
	rows map[rowName]*responseRow
}

type responseRow struct {
	took    []int32 // milliseconds
	strange int     // answers with times that cannot be
	thought int     // of the answers, those after thinking
	thinks  time.Duration
}

// mostWait is the longest that an answer may take and be counted.
const mostWait = time.Hour

func newResponse(o Options) Metric {
	return &response{zone: o.Clock, rows: map[rowName]*responseRow{}}
}

func newResponseBy(o Options, by dimension) Metric {
	return &response{parting: newParting(o, by), zone: o.Clock, rows: map[rowName]*responseRow{}}
}

// Observe measures the answers of one conversation.
func (k *response) Observe(t *Tally) {
	rows.Answers(t.Chat, func(i int) bool { return t.Facts[i].Visible }, func(answer, prompt int, thought time.Duration) {
		f := &t.Facts[answer]
		if in, ok := k.row(t, answer, cmp.Or(f.Model, unknownGroup)); ok {
			k.answer(in, t.Facts[prompt].Time, f.Time, thought)
		}
	})
}

func (k *response) answer(in rowName, from, to time.Time, thought time.Duration) {
	r := k.rows[in]
	if r == nil {
		r = &responseRow{}
		k.rows[in.clone()] = r
	}
	if thought > 0 {
		r.thought++
		r.thinks += thought
	}
	if wait := to.Sub(from); from.IsZero() || to.IsZero() || wait < 0 || wait >= mostWait {
		r.strange++
	} else {
		r.took = append(r.took, int32(wait/time.Millisecond))
	}
}

// Table has the model with the most answers first.
func (k *response) Table() Table {
	t := Table{
		Report: "response-time", Title: "How long answers took", Zone: k.zone,
		Counted: "from prompt to first answer, by the provider's clock, all branches · an hour or more is not counted",
		Columns: []Column{
			{Key: "model", Heading: "Model", Flex: true},
			{Key: "answers", Heading: "Answers", Kind: Int},
			{Key: "median_seconds", Heading: "Median", Kind: Duration},
			{Key: "mean_seconds", Heading: "Mean", Kind: Duration, Rank: 1},
			{Key: "p90_seconds", Heading: "90 % below", Kind: Duration},
			{Key: "longest_seconds", Heading: "Longest", Kind: Duration, Rank: 1},
			{Key: "not_counted", Heading: "Not counted", Kind: Int, Rank: 2, Optional: true},
			{Key: "thought", Heading: "Thought", Kind: Int, Rank: 2, Optional: true},
			{Key: "thinking_seconds", Heading: "Thinking", Kind: Duration, Rank: 1, Optional: true},
		},
	}
	var all responseRow
	var parts []string
	for _, in := range slices.SortedFunc(maps.Keys(k.rows), func(a, b rowName) int {
		x, y := k.rows[a], k.rows[b]
		return cmp.Or(cmp.Compare(len(y.took)+y.strange, len(x.took)+x.strange), cmp.Compare(a.name, b.name))
	}) {
		r := k.rows[in]
		t.Rows = append(t.Rows, r.values(in.name))
		parts = append(parts, in.part)
		all.took = append(all.took, r.took...)
		all.strange += r.strange
		all.thought += r.thought
		all.thinks += r.thinks
	}
	t.Total = all.values(nil)
	k.apply(&t, parts, "answers")
	return t
}

func (r *responseRow) values(name any) []any {
	slices.Sort(r.took)
	row := []any{name, len(r.took)}
	s := summary(r.took)
	for _, v := range []any{s[2], s[1], s[3], s[4]} { // median, mean, 90th percentile, longest
		switch v := v.(type) {
		case float64:
			row = append(row, time.Duration(v*float64(time.Millisecond)))
		case int:
			row = append(row, time.Duration(v)*time.Millisecond)
		default:
			row = append(row, nil)
		}
	}
	return append(row, r.strange, r.thought, r.thinks)
}
