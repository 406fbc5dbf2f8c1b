package analyze

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"gptsnap/formats/source"
)

// lacking are rows of the coverage report on what runs were to store and did
// not, as the archive's ledgers tell; the most frequent first.
func lacking(l source.Ledger) (rows [][]any) {
	says := map[string]string{
		"conversation": "a conversation was not got: ", "file": "a file was not got: ", "beginning": "the beginning of a conversation was not in what was imported", "gone file": "the server has lost a file: ",
		"list": "", "part": "not to be had: ",
	}
	byText := map[string]*lack{}
	for _, one := range l.Lacks {
		what := says[one.What] + general(one.Why)
		if byText[what] == nil {
			byText[what] = &lack{example: one.ID}
		}
		k := byText[what]
		k.count++
		k.example = min(k.example, one.ID)
		if one.What == "conversation" || one.What == "beginning" {
			k.conversations++
		}
	}
	keys := slices.SortedFunc(maps.Keys(byText), func(a, b string) int {
		return cmp.Or(cmp.Compare(byText[b].count, byText[a].count), cmp.Compare(a, b))
	})
	for _, what := range keys {
		k := byText[what]
		var chats any
		if k.conversations > 0 {
			chats = k.conversations
		}
		rows = append(rows, []any{"fetch", what, k.count, chats, ident(k.example)})
	}
	return rows
}

// lastFetch says in a line how complete the last fetch was; "" if there was none.
func lastFetch(l source.Ledger) string {
	if l.Ended.IsZero() {
		return ""
	}
	s := fmt.Sprintf("last fetch %s: %s; %d listed, %d fetched, %d unchanged, %d failed", l.Ended.Format(time.DateOnly), l.Outcome, l.Listed, l.Fetched, l.Unchanged, l.Failed)
	if l.Left > 0 {
		s += fmt.Sprintf(", %d left", l.Left)
	}
	if l.Partial > 0 {
		s += fmt.Sprintf(", %d with other branches unknown", l.Partial)
	}
	return s
}
