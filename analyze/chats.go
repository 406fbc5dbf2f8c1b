package analyze

import "time"

// chats has a row for every conversation, with all that is counted of it: the
// table to sort by any column.
type chats struct {
	zone *time.Location
	rows pack
	sum  chatRow
	spending
}

type chatRow struct {
	project, gpt               string
	models                     []string
	created, updated           time.Time
	first, last                time.Time
	nodes, branches, forks     int
	versions, longest          int // longest: messages on the longest branch
	off, wordsOff, attachments int
	thinking                   time.Duration
	Count
	bill      bill
	tokensOff int
}

func newChats(o Options) Metric { return &chats{zone: o.Clock, spending: newSpending(o)} }

// Observe keeps a row.
func (k *chats) Observe(t *Tally) {
	c := t.Chat
	r := chatRow{
		project: c.Project, gpt: c.Gizmo, models: answerers(t),
		created: c.Created, updated: c.Updated, nodes: len(c.Nodes), branches: t.Branches, forks: t.Forks, versions: t.Versions,
		off: t.All.Messages - t.Current.Messages, wordsOff: t.All.Words() - t.Current.Words(), Count: t.All,
	}
	depth := make([]int, len(c.Nodes)) // messages from the root down to each node
	for i := range c.Preorder() {
		if up := c.Nodes[i].Parent; up >= 0 {
			depth[i] = depth[up]
		}
		f := &t.Facts[i]
		if !f.Message {
			continue
		}
		depth[i]++
		r.bill.plus(t.billed(i))
		r.longest = max(r.longest, depth[i])
		r.first, r.last = earlier(r.first, f.Time), later(r.last, f.Time)
		r.thinking += max(0, c.Nodes[i].Message.Thinking)
		r.attachments += len(c.Nodes[i].Message.Attachments)
	}
	r.tokensOff = t.off()
	k.note(t)
	k.rows.append(k.rowOff(r.values(ID(c.ID), c.Title), &r.bill, r.tokensOff))
	s := &k.sum
	s.nodes += r.nodes
	s.branches += r.branches
	s.forks += r.forks
	s.versions += r.versions
	s.off += r.off
	s.wordsOff += r.wordsOff
	s.attachments += r.attachments
	s.thinking += r.thinking
	s.Plus(&r.Count)
	s.bill.plus(&r.bill)
	s.tokensOff += r.tokensOff
}

// Table has the longest conversation first.
func (k *chats) Table() Table {
	t := Table{
		Report: "conversations", Title: "Conversations, the longest first", Zone: k.zone, Few: 20, many: &k.rows,
		Counted: "all branches · words of visible messages",
		Columns: []Column{
			{Key: "id", Heading: "ID"},
			{Key: "title", Heading: "Title", Flex: true, Blank: "(no title)"},
			{Key: "messages", Heading: "Messages", Kind: Int},
			{Key: "visible", Heading: "Visible", Kind: Int, Rank: 2},
			{Key: "words", Heading: "Words", Kind: Int},
			{Key: "words_user", Heading: "User words", Kind: Int, Rank: 2},
			{Key: "words_assistant", Heading: "Answer words", Kind: Int, Rank: 2},
			{Key: "user", Heading: "User", Kind: Int},
			{Key: "assistant", Heading: "Assistant", Kind: Int},
			{Key: "tool", Heading: "Tool", Kind: Int},
			{Key: "branches", Heading: "Branches", Kind: Int, Rank: 1},
			{Key: "forks", Heading: "Forks", Kind: Int},
			{Key: "versions", Heading: "Versions", Kind: Int},
			{Key: "messages_off", Heading: "Off path", Kind: Int, Rank: 2},
			{Key: "words_off", Heading: "Words off", Kind: Int},
			{Key: "longest_branch", Heading: "Longest", Kind: Int},
			{Key: "thinking", Heading: "Thinking", Kind: Duration, Rank: 2, Optional: true},
			{Key: "attachments", Heading: "Files", Kind: Int},
			{Key: "created", Heading: "Created", Kind: Date, Rank: 1},
			{Key: "updated", Heading: "Updated", Kind: Date},
			{Key: "first", Heading: "First", Kind: Time},
			{Key: "last", Heading: "Last", Kind: Time},
			{Key: "nodes", Heading: "Nodes", Kind: Int},
			{Key: "models", Heading: "Answered by", Kind: List, Flex: true},
			{Key: "project", Heading: "Project", Flex: true},
			{Key: "gpt", Heading: "GPT", Flex: true},
		},
		Screen: []string{"id", "created", "messages", "branches", "messages_off", "words", "words_user", "words_assistant", "thinking", "title"},
	}
	k.columns(&t, "title")
	k.aside(&t)
	t.order(down(t.find("messages")), down(t.find("words")), up(t.find("id")))
	t.Total = k.rowOff(k.sum.values(nil, nil), &k.sum.bill, k.sum.tokensOff)
	for _, key := range []string{"created", "updated", "first", "last", "models", "longest_branch"} {
		t.Total[t.find(key)] = nil
	}
	return t
}

func (r *chatRow) values(id, title any) []any {
	return []any{id, title, r.Messages, r.Visible, r.Words(), r.WordsUser, r.WordsAssistant, r.User, r.Assistant, r.Tool,
		r.branches, r.forks, r.versions, r.off, r.wordsOff, r.longest, r.thinking, r.attachments,
		moment(r.created), moment(r.updated), moment(r.first), moment(r.last), r.nodes, r.models, text(r.project), text(r.gpt)}
}
