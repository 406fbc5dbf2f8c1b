package analyze

import (
	"context"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gptsnap/formats/chat"
	tokenizer "gptsnap/formats/tokens"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// theMeter counts tokens and cost by the list prices.
var theMeter = sync.OnceValue(func() *Meter {
	m, err := NewMeter(ListPrices())
	if err != nil {
		panic(err)
	}
	return m
})

// charged is o with a meter.
func charged(o Options) Options {
	o.Meter = theMeter()
	return o
}

// metered makes every report that has tokens.
func metered(o Options) map[string]Metric {
	all := map[string]Metric{}
	for _, r := range reports {
		if m, ok := r.make(o).(interface {
			Metric
			metered() bool
		}); ok {
			all[r.name] = m
		}
	}
	return all
}

// TestABillByHand has a talk of two versions and a second prompt:
//
//	root ── "hello world" ─┬─ gpt-4o: "hello world"          ← first to read the prompt
//	                       └─ gpt-4: "rer" ── "hello world" ── o3: "hello world hello world"
//	                                       └─ "hello world"  (no answer)
func TestABillByHand(t *testing.T) {
	answer := func(model, text string) *chat.Message {
		m := said(chat.Assistant, text)
		m.Model = model
		return m
	}
	hidden := said(chat.Assistant, "not for people")
	hidden.Hidden = true
	c := &chat.Conversation{ID: "c", Nodes: []chat.Node{
		{ID: "root"}, {ID: "ask", Message: said(chat.User, "hello world")},
		{ID: "a1", Message: answer("gpt-4o", "hello world")},
		{ID: "a2", Message: answer("gpt-4", "rer")},
		{ID: "ask2", Message: said(chat.User, "hello world")},
		{ID: "h", Message: hidden},
		{ID: "a3", Message: answer("o3", "hello world hello world")},
		{ID: "ask3", Message: said(chat.User, "hello world")},
		{ID: "a4", Message: answer("agent-mode", "hello world")},
	}}
	c.Link([]chat.Links{{}, {Parent: "root"}, {Parent: "ask"}, {Parent: "ask"}, {Parent: "a2"}, {Parent: "ask2"}, {Parent: "h"}, {Parent: "a2"}, {Parent: "a3"}}, "a3")
	tally := tally(c, 0)
	theMeter().read(tally)
	dollars := func(perMillion ...float64) money { // pairs of a price and a number of tokens
		sum := money(0)
		for i := 0; i < len(perMillion); i += 2 {
			sum += money(perMillion[i]*1e4) * money(perMillion[i+1])
		}
		return sum
	}
	want := map[chat.NodeID]bill{
		"ask":  {user: 2},
		"a1":   {assistant: 2, prompts: 2, path: 2, priced: 1, once: dollars(2.5, 2, 10, 2), resent: dollars(2.5, 2, 10, 2)},
		"a2":   {assistant: 1, path: 2, priced: 1, once: dollars(60, 1), resent: dollars(30, 2, 60, 1)},
		"ask2": {user: 2},
		"a3":   {assistant: 4, prompts: 2, path: 5, priced: 1, once: dollars(2, 2, 8, 4), resent: dollars(2, 5, 8, 4)},
		"ask3": {user: 2},
		"a4":   {assistant: 2, path: 9, unpriced: 1},
	}
	for i := range c.Nodes {
		if d := cmp.Diff(want[c.Nodes[i].ID], tally.Bills[i], cmp.AllowUnexported(bill{})); d != "" {
			t.Errorf("%s: %s", c.Nodes[i].ID, d)
		}
	}
}

// slowBill reads the definitions again: for each answer a walk up to its root,
// for each prompt a walk down to the first answer, and exact fractions.
type slowBill struct {
	user, assistant, prompts, path, unpriced int
	once, resent                             *big.Rat
}

func slowBills(c *chat.Conversation, prices map[string][2]float64) []slowBill {
	visible := func(i int) bool { return c.Nodes[i].Message != nil && c.Nodes[i].Message.Visible() }
	answer := func(i int) bool { return visible(i) && c.Nodes[i].Message.Role == chat.Assistant }
	var firstBelow func(i int) int
	firstBelow = func(i int) int {
		if answer(i) {
			return i
		}
		for _, k := range c.Nodes[i].Children {
			if f := firstBelow(int(k)); f >= 0 {
				return f
			}
		}
		return -1
	}
	size := func(i int) int {
		model := ""
		if f := firstBelow(i); f >= 0 {
			model = c.Nodes[f].Message.Model
		}
		e, err := tokenizer.Load(map[bool]string{true: tokenizer.CL100k, false: tokenizer.O200k}[model == "gpt-4"])
		if err != nil {
			panic(err)
		}
		var parts []string
		for _, p := range c.Nodes[i].Message.Parts {
			switch p := p.(type) {
			case *chat.Text:
				parts = append(parts, p.Plain())
			case *chat.Transcript:
				parts = append(parts, p.Text)
			}
		}
		return len(e.Encode(nil, strings.Join(parts, "\n")))
	}
	bills := make([]slowBill, len(c.Nodes))
	for i := range c.Nodes {
		b := &bills[i]
		b.once, b.resent = new(big.Rat), new(big.Rat)
		switch {
		case answer(i):
			b.assistant = size(i)
			for up := c.Nodes[i].Parent; up >= 0; up = c.Nodes[up].Parent {
				if visible(up) {
					b.path += size(up)
					if c.Nodes[up].Message.Role == chat.User && firstBelow(up) == i {
						b.prompts += size(up)
					}
				}
			}
			p, ok := prices[c.Nodes[i].Message.Model]
			if !ok {
				b.unpriced = 1
				continue
			}
			cost := func(in int) *big.Rat {
				input := new(big.Rat).Mul(new(big.Rat).SetFloat64(p[0]), big.NewRat(int64(in), 1e6))
				return input.Add(input, new(big.Rat).Mul(new(big.Rat).SetFloat64(p[1]), big.NewRat(int64(b.assistant), 1e6)))
			}
			b.once, b.resent = cost(b.prompts), cost(b.path)
		case visible(i):
			b.user = size(i)
		}
	}
	return bills
}

// paidTalks draws accounts of models with prices that binary fractions hold,
// and one without.
func paidTalks(t *rapid.T) ([]*chat.Conversation, map[string][2]float64) {
	all := conversations(t)
	models := []string{"gpt-4", "o3", "gpt-5-4", "nobody"}
	for _, c := range all {
		for i := range c.Nodes {
			if m := c.Nodes[i].Message; m != nil {
				m.Model = rapid.SampledFrom(models).Draw(t, "model")
			}
		}
	}
	return all, map[string][2]float64{"gpt-4": {30, 60}, "o3": {2, 8}, "gpt-5-4": {2.5, 15}}
}

func TestBillsSayWhatASlowReadingSays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all, prices := paidTalks(t)
		for _, c := range all {
			tally := tally(c, 0)
			theMeter().read(tally)
			for i, want := range slowBills(c, prices) {
				got := tally.Bills[i]
				if d := cmp.Diff([]int{want.user, want.assistant, want.prompts, want.path, want.unpriced}, []int{got.user, got.assistant, got.prompts, got.path, got.unpriced}); d != "" {
					t.Fatalf("node %d: %s", i, d)
				}
				for _, k := range []struct {
					want *big.Rat
					got  money
				}{{want.once, got.once}, {want.resent, got.resent}} {
					if k.want.Cmp(big.NewRat(int64(k.got), moneyDollars)) != 0 {
						t.Fatalf("node %d: %v dollars, not %s", i, k.got.dollars(), k.want.FloatString(10))
					}
				}
			}
		}
	})
}

// TestRowsOfTokensAndCostAddUp holds every report to its total and to the sum
// over all nodes, and the range to have a lower and an upper end.
func TestRowsOfTokensAndCostAddUp(t *testing.T) {
	t.Parallel()
	keys := []string{"tokens", "tokens_user", "tokens_assistant", "tokens_sent_once", "tokens_sent_resent", "unpriced"}
	rapid.Check(t, func(t *rapid.T) {
		all, _ := paidTalks(t)
		var whole, forked bill
		aside, onlyForked := 0, 0 // tokens off current paths, and of those where there are forks
		for _, c := range all {
			tally := tally(c, 0)
			theMeter().read(tally)
			for i := range tally.Bills {
				whole.plus(&tally.Bills[i])
				if tally.Forks > 0 {
					forked.plus(&tally.Bills[i])
				}
				if on := tally.Chat.OnCurrent(); !on[i] {
					aside += tally.Bills[i].tokens()
					if tally.Forks > 0 {
						onlyForked += tally.Bills[i].tokens()
					}
				}
			}
		}
		o := charged(utc)
		of := func(m Metric) Table {
			if _, err := Run(context.Background(), from(all), []Metric{m}, o); err != nil {
				t.Fatal(err)
			}
			return made(m)
		}
		reports := metered(o)
		month, _ := findDimension("month")
		role, _ := findDimension("role")
		reports["monthly by role"] = newGroups("monthly", "", o, month, role)
		for name, m := range reports {
			want := []any{whole.tokens(), whole.user, whole.assistant, whole.prompts, whole.path, whole.unpriced}
			once, resent, priced := whole.once, whole.resent, whole.priced
			switch name {
			case "overview", "projects", "gpts":
				continue // one has no rows to add up, the others leave chats out
			case "models":
				want[0], want[1] = whole.assistant, 0
			case "branches":
				want = []any{forked.tokens(), forked.user, forked.assistant, forked.prompts, forked.path, forked.unpriced}
				once, resent, priced = forked.once, forked.resent, forked.priced
			}
			cost := []any{once.dollars(), resent.dollars()}
			if priced == 0 && want[5].(int) > 0 {
				cost = []any{nil, nil}
			}
			aside := aside
			if name == "branches" {
				aside = onlyForked
			}
			table := of(m)
			sums := make([]any, len(keys))
			var low, high Dollars
			for i := range sums {
				sums[i] = 0
			}
			for _, row := range table.Rows {
				for i, v := range cells(&table, row, keys...) {
					sums[i] = sums[i].(int) + v.(int)
				}
				ends := cells(&table, row, "cost_once", "cost_resent")
				if ends[0] == nil && ends[1] == nil && row[table.find("unpriced")].(int) > 0 {
					continue
				}
				if ends[0].(Dollars) > ends[1].(Dollars) {
					t.Fatalf("%s: %v is no range", name, ends)
				}
				low, high = low+ends[0].(Dollars), high+ends[1].(Dollars)
			}
			if d := cmp.Diff(want, sums); d != "" {
				t.Fatalf("%s: the rows add up to something else: %s", name, d)
			}
			if d := cmp.Diff(append(want, cost[0], cost[1]), cells(&table, table.Total, append(slices.Clone(keys), "cost_once", "cost_resent")...)); d != "" {
				t.Fatalf("%s: total: %s", name, d)
			}
			if at := table.find("tokens_off"); at >= 0 {
				n := 0
				for _, row := range table.Rows {
					n += row[at].(int)
				}
				if n != table.Total[at] || n != aside {
					t.Fatalf("%s: %d tokens off current paths, in all %v, want %d", name, n, table.Total[at], aside)
				}
			} else if name == "branches" || name == "conversations" {
				t.Fatalf("%s does not say what is off current paths", name)
			}
			if near := func(a, b Dollars) bool { return a-b < 1e-9 && b-a < 1e-9 }; !near(low, once.dollars()) || !near(high, resent.dollars()) {
				t.Fatalf("%s: the rows cost %v to %v, the whole %v to %v", name, low, high, once.dollars(), resent.dollars())
			}
		}
		got := map[string]any{}
		table := of(reports["overview"])
		for _, row := range table.Rows {
			got[row[0].(string)] = row[1]
		}
		for metric, want := range map[string]any{"tokens": whole.tokens(), "tokens_user": whole.user, "tokens_assistant": whole.assistant, "tokens_off": aside, "unpriced": whole.unpriced} {
			if got[metric] != want {
				t.Fatalf("overview: %s is %v, want %v", metric, got[metric], want)
			}
		}
	})
}

func TestNeitherOrderNorWorkersChangeTokensOrCost(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all, _ := paidTalks(t)
		print := func(all []*chat.Conversation, workers int) string {
			o := charged(utc)
			o.Workers = workers
			var b strings.Builder
			for _, r := range reports {
				m, ok := r.make(o).(interface{ metered() bool })
				if !ok {
					continue
				}
				scope, err := Run(context.Background(), from(all), []Metric{m.(Metric)}, o)
				if err != nil {
					t.Fatal(err)
				}
				table := m.(Metric).Table()
				if err := WriteJSON(&b, &table, scope); err != nil {
					t.Fatal(err)
				}
				fmt.Fprintln(&b, table.Notes)
			}
			return b.String()
		}
		want := print(all, 1)
		if d := cmp.Diff(want, print(rapid.Permutation(all).Draw(t, "order"), rapid.IntRange(1, 8).Draw(t, "workers"))); d != "" {
			t.Fatal(d)
		}
	})
}

func TestWithoutAMeterNoTableHasTokens(t *testing.T) {
	t.Parallel()
	for name, m := range metered(utc) {
		table := m.Table()
		for _, key := range table.Keys() {
			if strings.Contains(key, "token") || strings.Contains(key, "cost") || strings.Contains(key, "price") {
				t.Errorf("%s has %s", name, key)
			}
		}
		if m.(interface{ metered() bool }).metered() {
			t.Errorf("%s says that it has tokens", name)
		}
	}
}

// TestADeepTalkIsChargedInLinearTime would not end if every answer walked up
// to its root.
func TestADeepTalkIsChargedInLinearTime(t *testing.T) {
	t.Parallel()
	const n = 300_000
	c := &chat.Conversation{ID: "deep", Nodes: make([]chat.Node, n)}
	links := make([]chat.Links, n)
	for i := range c.Nodes {
		m := said([]chat.Role{chat.User, chat.Assistant}[i%2], "a b")
		m.Model = "o3"
		c.Nodes[i] = chat.Node{ID: chat.NodeID(fmt.Sprint(i)), Message: m}
		if i > 0 {
			links[i].Parent = chat.NodeID(fmt.Sprint(i - 1))
		}
	}
	c.Link(links, "")
	var sum bill
	tally := tally(c, 0)
	theMeter().read(tally)
	for i := range tally.Bills {
		sum.plus(&tally.Bills[i])
	}
	// Answer k, from 1, has 2(2k-1) tokens above it.
	if answers := n / 2; sum.path != 2*answers*answers || sum.prompts != 2*answers || sum.assistant != 2*answers {
		t.Errorf("%+v", sum)
	}
	if want := money(2 * 1e4).times(sum.path).plus(money(8 * 1e4).times(sum.assistant)); sum.resent != want {
		t.Errorf("%v, want %v", sum.resent, want)
	}
}

func TestTablesOfTokensAndCostOnScreensOfEveryWidth(t *testing.T) {
	t.Parallel()
	invented := account(40)
	for i := range invented[3].Nodes {
		if m := invented[3].Nodes[i].Message; m != nil && m.Role == chat.Assistant {
			m.Model = "agent\x1b[31m-mode"
		}
	}
	tokensOnly, err := NewMeter(nil)
	if err != nil {
		t.Fatal(err)
	}
	for kind, meter := range map[string]*Meter{"tokens": tokensOnly, "cost": theMeter()} {
		o := utc
		o.Meter = meter
		for _, name := range []string{"overview", "models", "yearly", "conversations", "branches", "projects"} {
			for _, w := range []int{60, 80, 120} {
				if kind == "tokens" && w != 80 {
					continue
				}
				table, scope := tableOf(t, invented, metered(o)[name], o)
				var b strings.Builder
				s := Screen{Width: w, Unicode: true, Zone: time.UTC}
				if err := Print(&b, &table, scope, s); err != nil {
					t.Fatal(err)
				}
				golden(t, fmt.Sprintf("%s.%s.%d.txt", kind, name, w), b.String())
				fits(t, b.String(), s)
				if s.Unicode = false; w == 80 {
					b.Reset()
					if err := Print(&b, &table, scope, s); err != nil {
						t.Fatal(err)
					}
					if i := strings.IndexFunc(b.String(), func(r rune) bool { return r > 126 }); i >= 0 {
						t.Errorf("%s is not ASCII: %.40q", name, b.String()[i:])
					}
				}
			}
		}
	}
}

func TestHostileNamesOfModelsWithoutAPriceStayWithinTheScreen(t *testing.T) {
	t.Parallel()
	all := account(30)
	for k, c := range all {
		for i := range c.Nodes {
			if m := c.Nodes[i].Message; m != nil {
				m.Model = hostile[(k+i)%len(hostile)]
			}
		}
	}
	o := charged(utc)
	for name, m := range metered(o) {
		table, scope := tableOf(t, all, m, o)
		for _, w := range []int{40, 80, 120} {
			for _, unicodes := range []bool{true, false} {
				s := Screen{Width: w, Unicode: unicodes, Zone: time.UTC}
				var b strings.Builder
				if err := Print(&b, &table, scope, s); err != nil {
					t.Fatal(err)
				}
				fits(t, b.String(), s)
				if !strings.Contains(strings.Join(strings.Fields(b.String()), " "), "not in the cost") {
					t.Errorf("%s does not say what has no price", name)
				}
			}
		}
	}
}
