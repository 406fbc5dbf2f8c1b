package analyze

import (
	"slices"
	"time"

	"gptsnap/formats/chat"
)

// list has a row for every conversation.
type list struct {
	zone                   *time.Location
	rows                   pack
	nodes, branches, forks int // of all
	Count
}

func newList(o Options) *list { return &list{zone: o.Clock} }

// Observe keeps a row: model is the default of the conversation, models are
// those that answered.
func (l *list) Observe(t *Tally) {
	c, n := t.Chat, &t.All
	l.rows.append([]any{ID(c.ID), c.Title, moment(c.Created), moment(c.Updated), text(c.Model), n.Messages, t.Branches, text(c.Project),
		c.Archived, c.Starred, text(c.Gizmo), answerers(t), t.Forks, len(c.Nodes), n.Visible, n.WordsUser, n.WordsAssistant, text(c.URL)})
	l.nodes += len(c.Nodes)
	l.branches += t.Branches
	l.forks += t.Forks
	l.Plus(n)
}

// answerers are the models named by assistant messages, each once, in the
// order of the tree.
func answerers(t *Tally) []string {
	some := []string{}
	for i := range t.Facts {
		if f := &t.Facts[i]; f.Role == chat.Assistant && f.Model != "" && !slices.Contains(some, f.Model) {
			if len(some) == 50 { // no conversation has so many; a hostile one must not make this quadratic
				break
			}
			some = append(some, f.Model)
		}
	}
	return some
}

// Table has the conversation that changed last first.
func (l *list) Table() Table {
	t := Table{
		Report: "list", Title: "Conversations", Zone: l.zone, many: &l.rows,
		Counted: "newest change first · messages and words of all branches",
		Columns: []Column{
			{Key: "id", Heading: "ID"},
			{Key: "title", Heading: "Title", Flex: true, Blank: "(no title)"},
			{Key: "created", Heading: "Created", Kind: Date, Rank: 2},
			{Key: "updated", Heading: "Updated", Kind: Date},
			{Key: "model", Heading: "Model", Flex: true, Rank: 2, Optional: true},
			{Key: "messages", Heading: "Messages", Kind: Int},
			{Key: "branches", Heading: "Branches", Kind: Int, Rank: 1},
			{Key: "project", Heading: "Project", Flex: true, Rank: 2, Optional: true},
			{Key: "archived", Heading: "Archived", Kind: Flag, Rank: 2, Optional: true},
			{Key: "starred", Heading: "Starred", Kind: Flag, Rank: 2, Optional: true},
			{Key: "gpt", Heading: "GPT", Flex: true},
			{Key: "models", Heading: "Answered by", Kind: List, Flex: true},
			{Key: "forks", Heading: "Forks", Kind: Int},
			{Key: "nodes", Heading: "Nodes", Kind: Int},
			{Key: "visible", Heading: "Visible", Kind: Int},
			{Key: "words_user", Heading: "User words", Kind: Int},
			{Key: "words_assistant", Heading: "Answer words", Kind: Int},
			{Key: "url", Heading: "URL", Flex: true},
		},
		Screen: []string{"id", "updated", "messages", "branches", "title", "model", "project"},
	}
	t.order(down(t.find("updated")), down(t.find("created")), up(t.find("id")))
	t.Total = []any{nil, nil, nil, nil, nil, l.Messages, l.branches, nil, nil, nil, nil, nil, l.forks, l.nodes, l.Visible, l.WordsUser, l.WordsAssistant, nil}
	return t
}

// text is s as a value of a table: nil if it is empty, which means unknown or none.
func text(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// ident is text for an id.
func ident(s string) any {
	if s == "" {
		return nil
	}
	return ID(s)
}
