package analyze

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"gptsnap/formats/chat"
)

// list has a row for every conversation.
type list struct {
	zone *time.Location
	rows []listRow
}

type listRow struct {
	id, title, project, gpt, url string
	model                        string   // the conversation's default
	models                       []string // those that answered, in order of the tree
	created, updated             time.Time
	archived, starred            bool
	nodes, branches, forks       int
	Count
}

func newList(o Options) *list { return &list{zone: o.Clock} }

// Observe keeps a row.
func (l *list) Observe(t *Tally) {
	c := t.Chat
	l.rows = append(l.rows, listRow{
		id: strings.Clone(c.ID), title: strings.Clone(c.Title), project: strings.Clone(c.Project), gpt: strings.Clone(c.Gizmo), url: strings.Clone(c.URL),
		model: strings.Clone(c.Model), models: answerers(t),
		created: c.Created, updated: c.Updated, archived: c.Archived, starred: c.Starred,
		nodes: len(c.Nodes), branches: t.Branches, forks: t.Forks, Count: t.All,
	})
}

// answerers are the models named by assistant messages, each once.
func answerers(t *Tally) []string {
	some := []string{}
	for i := range t.Facts {
		if f := &t.Facts[i]; f.Role == chat.Assistant && f.Model != "" && !slices.Contains(some, f.Model) {
			if len(some) == 50 { // no conversation has so many; a hostile one must not make this quadratic
				break
			}
			some = append(some, strings.Clone(f.Model))
		}
	}
	return some
}

// Table has the conversation that changed last first.
func (l *list) Table() Table {
	slices.SortFunc(l.rows, func(a, b listRow) int {
		return cmp.Or(b.updated.Compare(a.updated), b.created.Compare(a.created), cmp.Compare(a.id, b.id))
	})
	var sum listRow
	t := Table{
		Report: "list", Title: "Conversations", Zone: l.zone,
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
	for i := range l.rows {
		r := &l.rows[i]
		t.Rows = append(t.Rows, []any{ID(r.id), r.title, moment(r.created), moment(r.updated), text(r.model), r.Messages, r.branches, text(r.project),
			r.archived, r.starred, text(r.gpt), r.models, r.forks, r.nodes, r.Visible, r.WordsUser, r.WordsAssistant, text(r.url)})
		sum.branches += r.branches
		sum.forks += r.forks
		sum.nodes += r.nodes
		sum.Plus(&r.Count)
	}
	t.Total = []any{nil, nil, nil, nil, nil, sum.Messages, sum.branches, nil, nil, nil, nil, nil, sum.forks, sum.nodes, sum.Visible, sum.WordsUser, sum.WordsAssistant, nil}
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
