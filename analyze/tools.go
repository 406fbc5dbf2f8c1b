package analyze

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"gptsnap/formats/chat"
	"gptsnap/formats/rows"
)

// tools counts what models asked of tools, and what came of it. A call is an
// assistant message addressed to a tool, an answer one that a tool speaks.
type tools struct {
	parting
	zone *time.Location
	rows map[rowName]*toolRow
	sum  toolRow
	seen int
}

type toolRow struct {
	rowName                  // tool and part
	last                     int
	conversations            int
	calls, answers, failures int
	outcomes                 int // answers, and calls that tell of a failure themselves
	timed                    int // answers that say how long the work took
	took                     time.Duration
	longest                  time.Duration
	from, to                 time.Time
}

func newTools(o Options) Metric { return &tools{zone: o.Clock, rows: map[rowName]*toolRow{}} }

func newToolsBy(o Options, by dimension) Metric {
	return &tools{parting: newParting(o, by), zone: o.Clock, rows: map[rowName]*toolRow{}}
}

// callers tells for each message of a tool which message of the assistant it
// answers, the nearest above; -1 for none and for other messages. By model it
// is that one's that counts.
func callers(t *Tally) []int {
	above := make([]int, len(t.Facts))
	for i := range t.Chat.Preorder() {
		above[i] = -1
		if t.Facts[i].Role == chat.Assistant {
			above[i] = i
		} else if up := t.Chat.Nodes[i].Parent; up >= 0 {
			above[i] = above[up]
		}
	}
	return above
}

// Observe counts the calls and answers of one conversation.
func (k *tools) Observe(t *Tally) {
	k.seen++
	var above []int
	if k.by.key == "model" {
		above = callers(t)
	}
	for i := range t.Facts {
		f := &t.Facts[i]
		if !f.Message {
			continue
		}
		m := t.Chat.Nodes[i].Message
		var name string
		switch {
		case f.Role == chat.Tool:
			name = cmp.Or(m.Name, unknownGroup)
		case f.Role == chat.Assistant && m.Recipient != "" && m.Recipient != "all":
			name = m.Recipient
		default:
			continue
		}
		from := i
		if k.by.key == "model" && f.Role == chat.Tool {
			if from = above[i]; from < 0 {
				continue // nobody called it
			}
		}
		in, ok := k.row(t, from, name)
		if !ok {
			continue
		}
		r := k.rows[in]
		if r == nil {
			r = &toolRow{rowName: in.clone()}
			k.rows[r.rowName] = r
		}
		took, timed, failed := rows.Outcome(m)
		for _, r := range []*toolRow{r, &k.sum} {
			if r.last != k.seen {
				r.last = k.seen
				r.conversations++
			}
			r.calls += one(f.Role == chat.Assistant)
			r.answers += one(f.Role == chat.Tool)
			r.failures += one(failed)
			r.outcomes += one(failed || f.Role == chat.Tool)
			r.timed += one(timed)
			r.took += took
			r.longest = max(r.longest, took)
			r.from, r.to = earlier(r.from, f.Time), later(r.to, f.Time)
		}
	}
}

// Table has the tool that was called most first.
func (k *tools) Table() Table {
	t := Table{
		Report: "tools", Title: "Tools", Zone: k.zone, Chart: Chart{Shape: Bars, Label: "tool", Value: "calls"},
		Counted: "calls by models and answers of tools, in all branches",
		Columns: []Column{
			{Key: "tool", Heading: "Tool", Flex: true},
			{Key: "conversations", Heading: "Chats", Kind: Int},
			{Key: "calls", Heading: "Calls", Kind: Int},
			{Key: "answers", Heading: "Answers", Kind: Int},
			{Key: "failures", Heading: "Failed", Kind: Int},
			{Key: "failure_rate", Heading: "Rate", Kind: Percent, Rank: 2},
			{Key: "seconds", Heading: "Took", Kind: Duration, Rank: 1, Optional: true},
			{Key: "mean_seconds", Heading: "Mean", Kind: Duration, Rank: 2, Optional: true},
			{Key: "longest_seconds", Heading: "Longest", Kind: Duration, Rank: 2, Optional: true},
			{Key: "first", Heading: "First", Kind: Date, Rank: 3},
			{Key: "last", Heading: "Last", Kind: Date, Rank: 2},
		},
	}
	var parts []string
	for _, r := range slices.SortedFunc(maps.Values(k.rows), func(a, b *toolRow) int {
		return cmp.Or(cmp.Compare(b.calls, a.calls), cmp.Compare(b.answers, a.answers), cmp.Compare(a.name, b.name))
	}) {
		t.Rows = append(t.Rows, r.values(r.name))
		parts = append(parts, r.part)
	}
	t.Total = k.sum.values(nil)
	k.apply(&t, parts, "calls")
	return t
}

func (r *toolRow) values(name any) []any {
	var rate, took, mean, longest any
	if r.outcomes > 0 {
		rate = Share(part(r.failures, r.outcomes))
	}
	if r.timed > 0 {
		took, mean, longest = r.took, r.took/time.Duration(r.timed), r.longest
	}
	return []any{name, r.conversations, r.calls, r.answers, r.failures, rate, took, mean, longest, moment(r.from), moment(r.to)}
}
