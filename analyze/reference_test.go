package analyze

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"gptsnap/formats/chat"
	"gptsnap/formats/chat/chattest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// This file is a second, slow reading of the definitions in the design: one
// flat list of messages, and a loop over it for every number.

// A line is one node, with everything that a definition asks of it.
type line struct {
	conversation     int
	message, visible bool
	current          bool
	role, model      string
	again            bool // one of several answers, and of nothing else, that hang from one node
	words            int
	at               time.Time
}

func lines(all []*chat.Conversation) []line {
	var out []line
	for k, c := range all {
		for i, n := range c.Nodes {
			l := line{conversation: k}
			for up := c.Current; up >= 0; up = c.Nodes[up].Parent {
				l.current = l.current || up == i
			}
			if m := n.Message; m != nil {
				l.message, l.role, l.at = true, string(m.Role), m.Created
				l.model = m.Model
				if m.Model == "" {
					l.model = "unknown"
				}
				text, other := "", false
				for _, p := range m.Parts {
					switch p := p.(type) {
					case *chat.Text:
						text += "\n" + p.Plain()
					case *chat.Transcript:
						text, other = text+"\n"+p.Text, true
					default:
						other = true
					}
				}
				l.visible = (l.role == "user" || l.role == "assistant") && !m.Hidden && !m.Instruction &&
					(m.Recipient == "" || m.Recipient == "all") && (m.ContentType == "text" || m.ContentType == "multimodal_text") &&
					(other || strings.TrimSpace(text) != "")
				if l.visible {
					l.words = len(strings.FieldsFunc(text, unicode.IsSpace))
				}
			}
			if beside := siblings(c, n.Parent); len(beside) > 1 {
				l.again = how(beside, func(m *chat.Message) bool { return m == nil || m.Role != chat.Assistant && m.Role != chat.Tool }) == 0
			}
			out = append(out, l)
		}
	}
	return out
}

// siblings are the messages of all nodes below a parent.
func siblings(c *chat.Conversation, parent int) (all []*chat.Message) {
	for _, n := range c.Nodes {
		if n.Parent == parent && parent >= 0 {
			all = append(all, n.Message)
		}
	}
	return all
}

func how[T any](of []T, is func(T) bool) (n int) {
	for _, x := range of {
		if is(x) {
			n++
		}
	}
	return n
}

func sumOf(of []line, is func(line) bool) (n int) {
	for _, l := range of {
		if is(l) {
			n += l.words
		}
	}
	return n
}

func distinct[K comparable](of []line, key func(line) (K, bool)) map[K]bool {
	set := map[K]bool{}
	for _, l := range of {
		if k, ok := key(l); ok {
			set[k] = true
		}
	}
	return set
}

func leavesAndForks(c *chat.Conversation) (leaves, forks int) {
	for i := range c.Nodes {
		kids := how(c.Nodes, func(n chat.Node) bool { return n.Parent == i })
		if kids == 0 {
			leaves++
		} else if kids > 1 {
			forks++
		}
	}
	return leaves, forks
}

func wantOverview(all []*chat.Conversation) map[string]any {
	l := lines(all)
	role := func(r string) int { return how(l, func(l line) bool { return l.message && l.role == r }) }
	branches, forks, forked := 0, 0, 0
	for _, c := range all {
		b, f := leavesAndForks(c)
		branches, forks, forked = branches+b, forks+f, forked+min(f, 1)
	}
	var times []time.Time
	for _, l := range l {
		if l.message && !l.at.IsZero() {
			times = append(times, l.at)
		}
	}
	var first, last any
	if len(times) > 0 {
		first = slices.MinFunc(times, time.Time.Compare)
		last = slices.MaxFunc(times, time.Time.Compare)
	}
	var lengths []int
	for k := range all {
		lengths = append(lengths, how(l, func(l line) bool { return l.conversation == k && l.visible }))
	}
	slices.Sort(lengths)
	n := len(lengths)
	days := distinct(l, func(l line) (string, bool) {
		return l.at.UTC().Format(time.DateOnly), l.message && !l.at.IsZero()
	})
	return map[string]any{
		"conversations": len(all), "nodes": len(l), "messages": how(l, func(l line) bool { return l.message }),
		"visible": how(l, func(l line) bool { return l.visible }), "branches": branches, "forks": forks, "forked_conversations": forked,
		"current_messages": how(l, func(l line) bool { return l.message && l.current }),
		"messages_off":     how(l, func(l line) bool { return l.message && !l.current }),
		"words_off":        sumOf(l, func(l line) bool { return !l.current }),
		"user":             role("user"), "assistant": role("assistant"), "tool": role("tool"), "system": role("system"), "other": role("narrator"),
		"words_user":      sumOf(l, func(l line) bool { return l.role == "user" }),
		"words_assistant": sumOf(l, func(l line) bool { return l.role == "assistant" }),
		"first":           first, "last": last, "median_messages": float64(lengths[(n-1)/2]+lengths[n/2]) / 2, "longest_messages": lengths[n-1],
		"active_days": len(days),
		"models": len(distinct(l, func(l line) (string, bool) {
			return l.model, l.message && l.role == "assistant" && l.model != "unknown"
		})),
	}
}

// wantPeriods is, for each stretch of time by its name, the conversations
// created in it and its messages and words by role.
func wantPeriods(all []*chat.Conversation, name func(time.Time) string) map[string][]int {
	l := lines(all)
	names := map[string]bool{}
	of := func(t time.Time) string {
		if t.IsZero() {
			return "unknown"
		}
		return name(t.UTC())
	}
	for _, l := range l {
		if l.message {
			names[of(l.at)] = true
		}
	}
	for _, c := range all {
		names[of(c.Created)] = true
	}
	want := map[string][]int{}
	for n := range names {
		in := func(role string) func(line) bool {
			return func(l line) bool { return l.message && of(l.at) == n && (role == "" || l.role == role) }
		}
		want[n] = []int{
			how(all, func(c *chat.Conversation) bool { return of(c.Created) == n }),
			how(l, in("")), how(l, in("user")), how(l, in("assistant")), how(l, in("tool")), how(l, in("system")),
			sumOf(l, in("user")), sumOf(l, in("assistant")),
		}
	}
	return want
}

// conversations draws accounts with everything that the definitions part:
// roles, hidden and instructing messages, recipients, models, times.
func conversations(t *rapid.T) []*chat.Conversation {
	models := []string{"gpt-4o", "o3", "gpt-5", ""}
	at := func(label string) time.Time {
		if rapid.IntRange(0, 5).Draw(t, label+" unknown") == 0 {
			return time.Time{}
		}
		return time.Date(2023, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 900*24*60).Draw(t, label)) * time.Minute)
	}
	var all []*chat.Conversation
	for k := range rapid.IntRange(1, 6).Draw(t, "conversations") {
		c := chattest.Tree(t)
		c.ID, c.Created, c.Updated = fmt.Sprint("c", k), at("created"), at("updated")
		for i := range c.Nodes {
			m := c.Nodes[i].Message
			if m == nil {
				continue
			}
			odd := rapid.IntRange(0, 30).Draw(t, "odd")
			m.Created, m.Hidden, m.Instruction = at("time"), odd == 1, odd == 2
			m.Model = rapid.SampledFrom(models).Draw(t, "model")
			switch odd {
			case 3:
				m.Recipient = "python"
			case 4:
				m.ContentType = "code"
			case 5:
				m.Role = "narrator"
			case 6:
				m.Parts = []chat.Part{&chat.Text{Raw: " \n\u3000"}}
			case 7:
				m.ContentType, m.Parts = "multimodal_text", []chat.Part{&chat.Transcript{Text: "said aloud twice"}, &chat.Text{Raw: ""}}
			case 8:
				m.Parts = []chat.Part{&chat.Text{Raw: "see [1] there", Cites: []chat.Cite{{Start: 4, End: 7, Kind: chat.CiteWords, Label: "two words"}}}}
			case 9:
				m.Parts = []chat.Part{&chat.Text{Raw: "in\u00a0two"}, &chat.Image{}, &chat.Text{Raw: "parts"}}
			}
		}
		all = append(all, c)
	}
	return all
}

// find is the table of a metric over all.
func find(t *rapid.T, all []*chat.Conversation, m Metric) Table {
	if _, err := Run(context.Background(), from(all), []Metric{m}, utc); err != nil {
		t.Fatal(err)
	}
	return made(m)
}

// cells are the values of row of the named columns.
func cells(table *Table, row []any, keys ...string) []any {
	var out []any
	for _, k := range keys {
		out = append(out, row[table.find(k)])
	}
	return out
}

func TestOverviewSaysWhatASlowReadingOfTheDefinitionsSays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all := conversations(t)
		table := find(t, all, newOverview(utc))
		got := map[string]any{}
		want := wantOverview(all)
		for _, row := range table.Rows {
			if _, asked := want[row[0].(string)]; asked {
				got[row[0].(string)] = row[1]
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatal(d)
		}
	})
}

func TestPeriodsSayWhatASlowReadingSays(t *testing.T) {
	t.Parallel()
	names := map[string]func(time.Time) string{
		"daily": func(t time.Time) string { return t.Format("2006-01-02") }, "monthly": func(t time.Time) string { return t.Format("2006-01") },
		"yearly": func(t time.Time) string { return t.Format("2006") },
		"weekly": func(t time.Time) string { y, w := t.ISOWeek(); return fmt.Sprintf("%d-W%02d", y, w) },
	}
	rapid.Check(t, func(t *rapid.T) {
		all := conversations(t)
		for _, g := range []grain{daily, weekly, monthly, yearly} {
			table := find(t, all, newPeriods(g, utc))
			got, sum := map[string][]int{}, make([]int, 8)
			for _, row := range table.Rows {
				var numbers []int
				for i, v := range cells(&table, row, "conversations", "messages", "user", "assistant", "tool", "system", "words_user", "words_assistant") {
					numbers = append(numbers, v.(int))
					sum[i] += v.(int)
				}
				got[row[0].(string)] = numbers
			}
			if d := cmp.Diff(wantPeriods(all, names[g.report]), got); d != "" {
				t.Fatalf("%s: %s", g.report, d)
			}
			for i, v := range cells(&table, table.Total, "conversations", "messages", "user", "assistant", "tool", "system", "words_user", "words_assistant") {
				if v != sum[i] {
					t.Fatalf("%s: total %d is %v, the rows add up to %d", g.report, i, v, sum[i])
				}
			}
			if !slices.IsSortedFunc(table.Rows, func(a, b []any) int { return strings.Compare(a[0].(string), b[0].(string)) }) {
				t.Fatalf("%s is not in order: %v", g.report, table.Rows)
			}
		}
	})
}

func TestModelsSayWhatASlowReadingSays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all := conversations(t)
		l := slices.DeleteFunc(lines(all), func(l line) bool { return !l.message || l.role != "assistant" })
		want := map[string][]any{}
		for name := range distinct(l, func(l line) (string, bool) { return l.model, true }) {
			of := func(l line) bool { return l.model == name }
			chats := distinct(l, func(l line) (int, bool) { return l.conversation, of(l) })
			want[name] = []any{len(chats), how(l, of), sumOf(l, of), how(l, func(l line) bool { return of(l) && !l.current }), how(l, func(l line) bool { return of(l) && l.again })}
		}
		table := find(t, all, newModels(utc))
		got, whole := map[string][]any{}, 0.0
		for _, row := range table.Rows {
			got[row[0].(string)] = cells(&table, row, "conversations", "messages", "words", "messages_off", "regenerated")
			whole += float64(row[table.find("share")].(Share))
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatal(d)
		}
		if len(want) > 0 && math.Abs(whole-1) > 1e-9 {
			t.Fatalf("shares add up to %v", whole)
		}
		chats := distinct(l, func(l line) (int, bool) { return l.conversation, true })
		if d := cmp.Diff([]any{len(chats), len(l), sumOf(l, func(line) bool { return true })}, cells(&table, table.Total, "conversations", "messages", "words")); d != "" {
			t.Fatalf("total: %s", d)
		}
	})
}

func TestForksBranchesAndListSayWhatASlowReadingSays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all := conversations(t)
		l := lines(all)
		forked, listed, branched := map[string][]any{}, map[string][]any{}, map[string][]any{}
		for k, c := range all {
			mine := func(l line) bool { return l.conversation == k && l.message }
			leaves, forks := leavesAndForks(c)
			messages := how(l, mine)
			listed[c.ID] = []any{messages, leaves, len(c.Nodes)}
			if forks > 0 {
				forked[c.ID] = []any{forks, leaves, how(l, func(l line) bool { return mine(l) && !l.current }),
					sumOf(l, func(l line) bool { return mine(l) && !l.current })}
			}
			if forks > 0 || len(all) == 1 {
				branched[c.ID] = []any{len(c.Nodes), messages, leaves, forks, leaves}
			}
		}
		compare := func(m Metric, want map[string][]any, keys ...string) {
			table := find(t, all, m)
			got := map[string][]any{}
			for _, row := range table.Rows {
				values := cells(&table, row, keys...)
				for i, v := range values {
					if names, ok := v.([]string); ok {
						values[i] = len(names)
					}
				}
				got[string(row[0].(ID))] = values
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Fatalf("%T: %s", m, d)
			}
		}
		compare(newForks(utc), forked, "forks", "branches", "messages_off", "words_off")
		compare(newList(utc), listed, "messages", "branches", "nodes")
		compare(newBranches(utc, false), branched, "nodes", "messages", "branches", "forks", "leaves")
	})
}

func TestHoursSayWhatASlowReadingSays(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("half past", 5*3600+1800)
	rapid.Check(t, func(t *rapid.T) {
		all := conversations(t)
		want := map[string]int{}
		for _, l := range lines(all) {
			if l.message && l.role == "user" {
				if l.at.IsZero() {
					want["unknown"]++
				} else {
					want[l.at.In(zone).Format("Mon 15")]++
				}
			}
		}
		table := find(t, all, newHours(Options{Zone: time.UTC, Clock: zone}))
		got := map[string]int{}
		for _, row := range table.Rows {
			sum := 0
			for hour := range 24 {
				if n, _ := row[hour+1].(int); n > 0 {
					got[fmt.Sprintf("%s %02d", row[0], hour)] = n
					sum += n
				}
			}
			if row[0] == "unknown" {
				got["unknown"] = row[25].(int)
			} else if row[25] != sum {
				t.Fatalf("%v does not add up to %d", row, sum)
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatal(d)
		}
	})
}

// TestNeitherOrderNorWorkersChangeAResult makes every table, the parted ones
// too, in one reading of conversations in any order by any number of workers.
func TestNeitherOrderNorWorkersChangeAResult(t *testing.T) {
	t.Parallel()
	makers := everyTable()
	makers["branches-table"] = func(o Options) Metric { return newBranches(o, false) }
	names := slices.Sorted(maps.Keys(makers))
	rapid.Check(t, func(t *rapid.T) {
		all := furnishedConversations(t)
		print := func(all []*chat.Conversation, workers int) string {
			var b strings.Builder
			o := utc
			o.Workers, o.File = workers, shelf
			var metrics []Metric
			for _, name := range names {
				metrics = append(metrics, makers[name](o))
			}
			scope, err := Run(context.Background(), from(all), metrics, o)
			if err != nil {
				t.Fatal(err)
			}
			for i := range metrics {
				table := metrics[i].Table()
				if err := WriteJSON(&b, &table, scope); err != nil {
					t.Fatalf("%s: %v", names[i], err)
				}
			}
			return b.String()
		}
		want := print(all, 1)
		if d := cmp.Diff(want, print(rapid.Permutation(all).Draw(t, "order"), rapid.IntRange(1, 8).Draw(t, "workers"))); d != "" {
			t.Fatal(d)
		}
	})
}
