package analyze

import "testing"

// However messages are parted, by length or by what else, their tokens add up
// to those of the account.
func TestTokensOfMessagesByLengthAddUpToThoseOfAll(t *testing.T) {
	t.Parallel()
	all := account(20)
	o := charged(utc)
	over, _ := tableOf(t, all, newOverview(o), o)
	want := map[string]any{}
	for _, row := range over.Rows {
		want[row[0].(string)] = row[1]
	}
	words, _ := findReport("words")
	for _, by := range []string{"", "model", "role", "month"} {
		make, err := words.by(by)
		if err != nil {
			t.Fatal(err)
		}
		table, _ := tableOf(t, all, make(o), o)
		at := table.find("tokens")
		sum := 0
		for _, row := range table.Rows {
			sum += row[at].(int)
		}
		if sum != table.Total[at] || sum == 0 || by != "model" && sum != want["tokens"] || by == "model" && sum != want["tokens_assistant"] {
			t.Errorf("by %q: rows have %d tokens, the total %v, the account %v, its answers %v", by, sum, table.Total[at], want["tokens"], want["tokens_assistant"])
		}
		if table.Total[table.find("cost_once")] == nil {
			t.Errorf("by %q: no cost", by)
		}
	}
}
