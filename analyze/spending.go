package analyze

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// spending gives the table of a metric columns of tokens and of cost, if they
// are asked for. A metric embeds it, shows it every conversation, and has a
// bill in each row.
type spending struct {
	*Meter
	unpriced map[string]int // answers by model, of those without a price
}

func newSpending(o Options) spending { return spending{o.Meter, map[string]int{}} }

// metered tells that a metric has such columns.
func (s *spending) metered() bool { return s.Meter != nil }

func (s *spending) costs() bool { return s.Meter != nil && s.prices != nil }

// note remembers whose answers have no price.
func (s *spending) note(t *Tally) {
	if !s.costs() {
		return
	}
	for i := range t.Bills {
		if t.Bills[i].unpriced > 0 {
			name := t.Facts[i].answerer()
			if _, known := s.unpriced[name]; !known {
				name = strings.Clone(name)
			}
			s.unpriced[name]++
		}
	}
}

// columns gives t the columns, of which row makes the values, and says under
// the table what they mean. On a screen they stand before the column named, or
// at the end.
func (s *spending) columns(t *Table, before string) {
	if !s.metered() {
		return
	}
	add := []Column{
		{Key: "tokens", Heading: "Tokens", Kind: Int},
		{Key: "tokens_user", Heading: "User tokens", Kind: Int, Rank: 2},
		{Key: "tokens_assistant", Heading: "Answer tokens", Kind: Int, Rank: 2},
	}
	if s.costs() {
		add[1].Rank, add[2].Rank = 3, 3
		add = append(add,
			Column{Key: "tokens_sent_once", Heading: "Sent once", Kind: Int, Rank: 3},
			Column{Key: "tokens_sent_resent", Heading: "Sent resent", Kind: Int, Rank: 3},
			Column{Key: "cost_once", Heading: "Est. once", Kind: Money, Rank: 3},
			Column{Key: "cost_resent", Heading: "Est. resent", Kind: Money, Rank: 3},
			Column{Key: "cost", Heading: "Est. cost", Kind: Money, Drawn: true, Blank: "no price"},
			Column{Key: "unpriced", Heading: "No price", Kind: Int, Rank: 2, Optional: true})
	}
	t.Columns = append(t.Columns, add...)
	if t.Screen != nil {
		at := slices.Index(t.Screen, before)
		if at < 0 {
			at = len(t.Screen)
		}
		var keys []string
		for _, c := range add {
			if c.Rank < 3 {
				keys = append(keys, c.Key)
			}
		}
		t.Screen = slices.Insert(slices.Clone(t.Screen), at, keys...)
	}
	s.explain(t)
}

// row is a row with the values of the columns at its end.
func (s *spending) row(values []any, b *bill) []any {
	if s.metered() {
		values = append(values, b.tokens(), b.user, b.assistant)
	}
	if s.costs() {
		once, resent, both := b.cost()
		values = append(values, b.prompts, b.path, once, resent, both, b.unpriced)
	}
	return values
}

// off is the tokens of t's messages off the current path.
func (t *Tally) off() int {
	n := 0
	for i := range t.Bills {
		if !t.Facts[i].Current {
			n += t.Bills[i].tokens()
		}
	}
	return n
}

// aside gives a table one more column: the tokens off current paths, of which
// rowOff puts the value behind a row.
func (s *spending) aside(t *Table) {
	if s.metered() {
		t.Columns = append(t.Columns, Column{Key: "tokens_off", Heading: "Tokens off", Kind: Int})
	}
}

func (s *spending) rowOff(values []any, b *bill, off int) []any {
	values = s.row(values, b)
	if s.metered() {
		values = append(values, off)
	}
	return values
}

// priced gives a table, of which each row begins with a model, the prices that
// were asked for it.
func (s *spending) priced(t *Table) {
	t.Screen = slices.DeleteFunc(t.Screen, func(key string) bool { return key == "tokens_user" || key == "tokens_assistant" })
	if !s.costs() {
		return
	}
	t.Columns = append(t.Columns,
		Column{Key: "price_input", Heading: "Input", Kind: Money},
		Column{Key: "price_output", Heading: "Output", Kind: Money},
		Column{Key: "priced_as", Heading: "Priced as", Rank: 2, Flex: true})
	if at := slices.Index(t.Screen, "cost"); at >= 0 {
		t.Screen = slices.Insert(t.Screen, at+1, "priced_as")
	}
	for i, row := range t.Rows {
		name, _ := row[0].(string)
		if p, ok := s.prices.of(name); ok {
			t.Rows[i] = append(row, p.input.times(1e6).dollars(), p.output.times(1e6).dollars(), p.as)
		} else {
			t.Rows[i] = append(row, nil, nil, nil)
		}
	}
	t.Total = append(t.Total, nil, nil, nil)
}

// explain says what tokens and cost are, in the words that a program finds too.
func (s *spending) explain(t *Table) {
	t.Counted += " · tokens of visible text: o200k_base, of GPT-4 and older cl100k_base"
	if !s.costs() {
		return
	}
	list := "OpenAI's list prices"
	if s.prices.Own {
		list = "your prices and " + list
	}
	t.Counted += " · cost, with the answers: an estimate of what the API would have asked for this text, by " + list + " of " + s.prices.Date +
		", from each message paid once to talks sent whole with each prompt; without pictures, files, tools, thinking and instructions"
	if len(s.unpriced) == 0 {
		return
	}
	var names []string
	all := 0
	for _, n := range s.unpriced {
		all += n
	}
	ranked := slices.SortedFunc(maps.Keys(s.unpriced), func(a, b string) int {
		return cmp.Or(cmp.Compare(s.unpriced[b], s.unpriced[a]), cmp.Compare(a, b))
	})
	for i, name := range ranked {
		if i == mostUnpriced {
			names = append(names, fmt.Sprintf("%d more", len(ranked)-i))
			break
		}
		names = append(names, fmt.Sprintf("%s (%d)", cmp.Or(truncate(cell(name, true), 40, true), "a blank name"), s.unpriced[name]))
	}
	t.Notes = append(t.Notes, fmt.Sprintf("not in the cost: %s of models without a price: %s", count(all, "answer"), strings.Join(names, ", ")))
}

// mostUnpriced is how many models without a price are named.
const mostUnpriced = 8
