package analyze

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"gptsnap/formats/chat"
)

// overview gathers the numbers that sum up an account.
type overview struct {
	zone                         *time.Location
	months                       *periods // for the sparkline
	conversations, nodes         int
	archived, starred, partial   int
	branches, forks, versions    int
	forked                       int // conversations with a fork
	kinds                        Kinds
	all, current                 Count
	thinking                     time.Duration
	first, last                  time.Time
	lengths                      map[int]int // conversations by their number of visible messages
	days                         map[int]int // messages by day
	models, projects, gpts       map[string]bool
	problems                     int
	longest, mostForked          champion
	files, untimed, unnamedModel int
	bill                         bill
	tokensOff                    int // off current paths
	spending
}

// A champion is the conversation that has the most of something.
type champion struct {
	n         int
	id, title string
}

func (w *champion) dare(n int, c *chat.Conversation) {
	if n > w.n || n == w.n && n > 0 && c.ID < w.id {
		*w = champion{n, strings.Clone(c.ID), strings.Clone(c.Title)}
	}
}

func newOverview(o Options) Metric {
	return &overview{zone: o.Zone, months: newPeriods(monthly, o), lengths: map[int]int{}, days: map[int]int{},
		models: map[string]bool{}, projects: map[string]bool{}, gpts: map[string]bool{}, spending: newSpending(o)}
}

// Observe adds one conversation.
func (v *overview) Observe(t *Tally) {
	c := t.Chat
	v.months.Observe(t)
	v.note(t)
	v.tokensOff += t.off()
	v.conversations++
	v.nodes += len(c.Nodes)
	v.archived += one(c.Archived)
	v.starred += one(c.Starred)
	v.partial += one(c.Partial != "")
	v.problems += len(c.Problems)
	v.branches += t.Branches
	v.forks += t.Forks
	v.versions += t.Versions
	v.forked += one(t.Forks > 0)
	v.kinds.plus(t.Kinds)
	v.all.Plus(&t.All)
	v.current.Plus(&t.Current)
	v.lengths[t.All.Visible]++
	v.longest.dare(t.All.Visible, c)
	v.mostForked.dare(t.Forks, c)
	switch {
	case c.Project != "":
		name(v.projects, c.Project)
	case c.Gizmo != "":
		name(v.gpts, c.Gizmo)
	}
	for i := range t.Facts {
		if t.Facts[i].Message {
			v.message(&t.Facts[i], c.Nodes[i].Message)
			v.bill.plus(t.billed(i))
		}
	}
}

func (v *overview) message(f *Fact, m *chat.Message) {
	v.thinking += max(0, m.Thinking)
	v.files += len(m.Attachments)
	if f.Role == chat.Assistant && f.Model != "" {
		name(v.models, f.Model)
	} else if f.Role == chat.Assistant {
		v.unnamedModel++
	}
	if f.Time.IsZero() {
		v.untimed++
		return
	}
	v.first, v.last = earlier(v.first, f.Time), later(v.last, f.Time)
	v.days[daily.number(f.Time.In(v.zone))]++
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

func name(set map[string]bool, s string) {
	if !set[s] {
		set[strings.Clone(s)] = true
	}
}

// median is the middle number of visible messages; of an even count of
// conversations the mean of the two in the middle.
func (v *overview) median() any {
	if v.conversations == 0 {
		return nil
	}
	at := func(k int) int {
		for _, n := range slices.Sorted(maps.Keys(v.lengths)) {
			if k -= v.lengths[n]; k < 0 {
				return n
			}
		}
		return 0
	}
	return float64(at((v.conversations-1)/2)+at(v.conversations/2)) / 2
}

// busiest is the day with the most messages, the earliest of equals.
func (v *overview) busiest() (day any, messages int) {
	best := 0
	for n, k := range v.days {
		if c := cmp.Or(cmp.Compare(k, messages), cmp.Compare(best, n)); messages == 0 || c > 0 {
			best, messages = n, k
		}
	}
	if messages == 0 {
		return nil, 0
	}
	return daily.name(best), messages
}

// streak is the longest run of days with messages, in days.
func (v *overview) streak() int {
	longest, run := 0, 0
	var before time.Time
	for _, n := range slices.Sorted(maps.Keys(v.days)) {
		day := time.Date(n/10000, time.Month(n/100%100), n%100, 12, 0, 0, 0, time.UTC)
		if run++; day.Sub(before) != 24*time.Hour {
			run = 1
		}
		before, longest = day, max(longest, run)
	}
	return longest
}

// Table has a row for each number. The first ones are a contract.
func (v *overview) Table() Table {
	const chats, talk, forks, words, spent, cost, when, rest = "Conversations", "Messages", "Branches", "Words", "Tokens", "Cost, estimated", "Time", "Also"
	t := Table{
		Report: "overview", Title: "Overview", Zone: v.zone, Layout: Panels,
		Counted: "all branches · words of visible messages",
		Columns: []Column{
			{Key: "metric", Heading: "Metric"},
			{Key: "value", Heading: "Value", Kind: Any},
			{Key: "label", Heading: "What", Drawn: true},
			{Key: "panel", Heading: "Group", Drawn: true},
		},
		Screen: []string{"panel", "label", "value"},
		Trend:  v.months.trend(),
		Groups: []string{chats, talk, words, spent, cost, forks, when, rest},
	}
	t.Main = []Number{
		{"conversations", "conversation~s"}, {"messages", "message~s"}, {"words_user", "word~s by you"}, {"words_assistant", "word~s by the assistant"},
		{"tokens", "token~s"}, {"cost_once", "estimated, each message paid once"}, {"cost_resent", "estimated, talks resent with each prompt"},
		{"forks", "fork~s"}, {"messages_off", "message~s off the current paths"},
		{"models", "model~s that answered"}, {"first", "first message"}, {"last", "last message"}, {"active_days", "day~s with messages"},
	}
	row := func(panel, metric string, value any, label string) {
		t.Rows = append(t.Rows, []any{metric, value, label, panel})
	}
	day, most := v.busiest()
	row(chats, "conversations", v.conversations, "conversation~s")
	row(rest, "nodes", v.nodes, "node~s of all trees")
	row(talk, "messages", v.all.Messages, "message~s")
	row(talk, "visible", v.all.Visible, "that people read")
	row(forks, "branches", v.branches, "branch~es")
	row(forks, "forks", v.forks, "fork~s")
	row(forks, "current_messages", v.current.Messages, "message~s on current paths")
	row(talk, "user", v.all.User, "by you")
	row(talk, "assistant", v.all.Assistant, "by the assistant")
	row(talk, "tool", v.all.Tool, "by tools")
	row(talk, "system", v.all.System, "by the system")
	row(words, "words_user", v.all.WordsUser, "by you")
	row(words, "words_assistant", v.all.WordsAssistant, "by the assistant")
	row(when, "first", moment(v.first), "first message")
	row(when, "last", moment(v.last), "last message")
	row(talk, "other", v.all.Others, "by others")
	row(chats, "median_messages", v.median(), "messages, the median")
	row(chats, "longest_messages", v.longest.n, "messages, the longest")
	row(chats, "longest_id", ident(v.longest.id), "is the longest")
	row(chats, "archived", v.archived, "archived")
	row(chats, "starred", v.starred, "starred")
	row(chats, "projects", len(v.projects), "project~s")
	row(chats, "gpts", len(v.gpts), "custom GPT~s")
	row(forks, "forked_conversations", v.forked, "conversation~s with forks")
	row(forks, "forks_edited", v.kinds.Edited, "by an edited prompt")
	row(forks, "forks_regenerated", v.kinds.Regenerated, "by another answer")
	row(forks, "forks_choices", v.kinds.Choices, "by a choice of answers")
	row(forks, "forks_mixed", v.kinds.Mixed, "of another kind")
	row(forks, "versions", v.versions, "version~s at forks")
	row(forks, "messages_off", v.all.Messages-v.current.Messages, "message~s off them")
	row(words, "words_off", v.all.Words()-v.current.Words(), "off current paths")
	row(when, "span_days", v.span(), "day~s from first to last")
	row(when, "active_days", len(v.days), "day~s with messages")
	row(when, "longest_streak", v.streak(), "day~s in a row, at most")
	row(when, "busiest_day", day, "busiest day")
	row(when, "busiest_day_messages", most, "message~s on that day")
	row(when, "thinking", v.thinking, "of thinking by models")
	row(rest, "models", len(v.models), "model~s")
	row(rest, "messages_unknown_model", v.unnamedModel, "answer~s of unknown model")
	row(rest, "messages_unknown_time", v.untimed, "message~s of unknown time")
	row(rest, "attachments", v.files, "attachment~s")
	row(rest, "partial_conversations", v.partial, "chat~s known in part")
	row(rest, "problems", v.problems, "problem~s worked around")
	if v.metered() {
		row(spent, "tokens", v.bill.tokens(), "token~s of visible text")
		row(spent, "tokens_user", v.bill.user, "by you")
		row(spent, "tokens_assistant", v.bill.assistant, "by the assistant")
		row(spent, "tokens_off", v.tokensOff, "off current paths")
	}
	if v.costs() {
		once, resent, _ := v.bill.cost()
		row(cost, "cost_once", once, "each message paid once")
		row(cost, "cost_resent", resent, "talks sent whole with each prompt")
		row(cost, "unpriced", v.bill.unpriced, "answer~s without a price")
	}
	if v.metered() {
		v.explain(&t)
	}
	return t
}

// span is the number of days from the first message to the last, both counted.
func (v *overview) span() any {
	if v.first.IsZero() {
		return nil
	}
	noon := func(t time.Time) time.Time {
		y, m, d := t.In(v.zone).Date()
		return time.Date(y, m, d, 12, 0, 0, 0, time.UTC)
	}
	return int(noon(v.last).Sub(noon(v.first))/(24*time.Hour)) + 1
}

// trend lists messages month by month, those without any included.
func (p *periods) trend() []Point {
	var points []Point
	for _, n := range slices.Sorted(maps.Keys(p.rows)) {
		if n == timeless {
			break
		}
		if k := len(points); k > 0 && k < 1200 { // a stray date of year 1 must not make a thousand years of silence
			for m := next(points[k-1].Label); m != p.name(n) && len(points) < 1200; m = next(m) {
				points = append(points, Point{Label: m})
			}
		}
		points = append(points, Point{p.name(n), p.rows[n].Messages})
	}
	return points
}

// next is the month after one that is written 2024-05.
func next(month string) string {
	t, err := time.Parse("2006-01", month)
	if err != nil {
		return month
	}
	return t.AddDate(0, 1, 0).Format("2006-01")
}
