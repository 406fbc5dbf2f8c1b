// Package rows flattens a conversation into rows of tables, for the formats
// that write tables (SQLite, Parquet) and not documents.
//
//	Conversation ─┬─ Nodes ──── Parts, Citations, Files, Code, Feedback
//	              ├─ Branches   one for each leaf
//	              └─ Problems
//	Ledger ───────┬─ Runs       of the archive, not of a conversation
//	              └─ Lacks
//
// Nothing is left out: a row for every node of the tree, hidden or not, on the
// current path or off it. Counts mean what they mean in every table of this
// program: a message counts once per node, words are those of visible messages
// without citation markers, a branch is a leaf, a fork a node with two
// children or more. Text is UTF-8 without NUL, which no database likes; times
// are UTC, and zero where unknown or outside of the years that can be written.
//
// Rows share strings with their conversation: copy what has to stay.
package rows

import (
	"strings"
	"time"
	"unicode/utf8"

	"gptsnap/formats/chat"
)

// A Conversation is the row of one conversation and all that hangs from it.
type Conversation struct {
	ID, Title        string
	Created, Updated time.Time
	Model            string // the default model of the picker; says nothing of who answered
	GPT              string // id of the custom GPT or project, or ""
	Project          string
	URL, Partial     string
	Archived         bool
	Starred          bool
	Current          int // index of the current node, -1 without nodes

	Count                     // over the whole tree
	CurrentPath         Count // on the current path
	Leaves, Forks       int
	Versions            int // children of all forks
	Edited, Regenerated int // forks by kind
	Choices, Mixed      int

	Nodes    []Node
	Branches []Branch
	Problems []Problem
}

// A Node is the row of one node and, where Message is not nil, of its message.
type Node struct {
	ID                string
	Parent            int // index, -1 for a root
	Depth             int // 0 for a root
	Version, Versions int
	Children          int
	Current           bool          // on the current path
	Fork              chat.ForkKind // why it has several children, "" if it has not

	Message   *chat.Message // nil where the provider put none
	Created   time.Time     // of the message
	Updated   time.Time
	Class     string // said, thinking, tooling or setup; "" without a message
	Visible   bool
	Text      string // without citation markers
	Words     int    // of Text if Visible, else 0
	Chars     int    // code points of Text
	Parts     []Part // all but plain text, which is Text
	Citations []Citation
	Files     []File
	Code      []Snippet
	Feedback  []chat.Feedback // what the user thought of it
	Failed    bool            // it tells of a failure
	Took      time.Duration   // how long the work behind it took; 0 if it does not say

	// Of the first answer that people read below a prompt: the prompt, and the
	// thought between them. Prompt is -1 for any other node.
	Prompt  int
	Thought time.Duration
}

// A Branch is the row of one branch: the path from a root to a leaf.
type Branch struct {
	Number      int // from 1, in the order of the tree
	Leaf        int // index
	Fork        int // index of the node where it leaves the branches before it, -1 if it begins at a root
	Current     bool
	Length      int // nodes from the root to the leaf
	Messages    int // of them, those with a message
	Visible     int
	OwnNodes    int // nodes that no branch before it holds: over all branches they are all nodes
	OwnMessages int
	OwnWords    int
}

// A Problem is something odd that was worked around.
type Problem struct {
	Node int // index, -1 if it concerns the conversation
	Text string
}

// A Citation is one link of one citation, or a citation without links.
type Citation struct {
	Number                  int // of the citation in its message, from 1
	Kind                    chat.CiteKind
	Label, Title, URL, Site string
	Domain                  string // of URL, without www.
	Date                    string
	File                    string // pointer of the file it points at, or ""
	Lines                   string // of that file: "12-14" for a passage, or ""
}

// A File is one reference to a file.
type File struct {
	*chat.File
	Use        string // part, attachment or citation
	References int    // how often the message refers to it so
}

// Of flattens c. It is safe to call from many goroutines for different
// conversations, and may take a while: it counts words.
func Of(c *chat.Conversation) *Conversation {
	r := &Conversation{ID: Clean(c.ID), Title: Clean(c.Title), Created: Known(c.Created), Updated: Known(c.Updated), Model: Clean(c.Model),
		GPT: Clean(c.Gizmo), Project: Clean(c.Project), URL: Clean(c.URL), Partial: Clean(c.Partial), Archived: c.Archived, Starred: c.Starred,
		Current: c.Current, Nodes: make([]Node, len(c.Nodes))}
	on := c.OnCurrent()
	sums := make([]sum, len(c.Nodes))
	for i := range c.Preorder() {
		n := &c.Nodes[i]
		row := &r.Nodes[i]
		*row = Node{ID: Clean(string(n.ID)), Parent: n.Parent, Version: n.Version, Versions: n.Versions,
			Children: len(n.Children), Current: on[i], Fork: c.ForkKind(i), Message: n.Message, Prompt: -1}
		if n.Parent >= 0 {
			row.Depth = r.Nodes[n.Parent].Depth + 1
			sums[i] = sums[n.Parent]
		}
		r.fork(row)
		if n.Message == nil {
			continue
		}
		row.read(n.Message)
		sums[i].add(row)
		r.Add(n.Message.Role, row.Visible, row.Words)
		if on[i] {
			r.CurrentPath.Add(n.Message.Role, row.Visible, row.Words)
		}
	}
	Answers(c, func(i int) bool { return r.Nodes[i].Visible }, func(answer, prompt int, thought time.Duration) {
		r.Nodes[answer].Prompt, r.Nodes[answer].Thought = prompt, thought
	})
	r.Problems = problems(c)
	for b := range c.Branches() {
		r.Branches = append(r.Branches, r.branch(b, sums))
	}
	r.Leaves = len(r.Branches)
	return r
}

// A sum is what a path from a root down to a node holds.
type sum struct{ messages, visible, words int }

func (r *Conversation) branch(b chat.Branch, sums []sum) Branch {
	leaf := b.Nodes[len(b.Nodes)-1]
	all, before := sums[leaf], sum{}
	row := Branch{Number: len(r.Branches) + 1, Leaf: leaf, Fork: -1, Current: b.Current,
		Length: len(b.Nodes), OwnNodes: len(b.Nodes) - b.Shared, Messages: all.messages, Visible: all.visible}
	if b.Shared > 0 {
		row.Fork = b.Nodes[b.Shared-1]
		before = sums[row.Fork]
	}
	row.OwnMessages, row.OwnWords = all.messages-before.messages, all.words-before.words
	return row
}

func (s *sum) add(n *Node) {
	s.messages++
	s.words += n.Words
	if n.Visible {
		s.visible++
	}
}

func problems(c *chat.Conversation) []Problem {
	if len(c.Problems) == 0 {
		return nil
	}
	index := make(map[chat.NodeID]int, len(c.Nodes))
	for i := range c.Nodes {
		index[c.Nodes[i].ID] = i
	}
	var all []Problem
	for _, p := range c.Problems {
		at := -1
		if i, ok := index[p.Node]; ok && p.Node != "" {
			at = i
		}
		all = append(all, Problem{at, Clean(p.Text)})
	}
	return all
}

func (r *Conversation) fork(n *Node) {
	if n.Children < 2 {
		return
	}
	r.Forks++
	r.Versions += n.Children
	switch n.Fork {
	case chat.EditedPrompt:
		r.Edited++
	case chat.RegeneratedAnswer:
		r.Regenerated++
	case chat.ChosenOfTwo:
		r.Choices++
	default:
		r.Mixed++
	}
}

var classes = map[chat.Class]string{chat.Said: "said", chat.Thinking: "thinking", chat.Tooling: "tooling", chat.Setup: "setup"}

func (n *Node) read(m *chat.Message) {
	n.Created, n.Updated = Known(m.Created), Known(m.Updated)
	n.Class, n.Visible = classes[m.Class()], m.Visible()
	plain := m.Plain()
	if n.Visible {
		n.Words = chat.Words(plain)
	}
	n.Text = Clean(plain)
	n.Chars = utf8.RuneCountInString(n.Text)
	cites := 0
	for _, p := range m.Parts {
		switch p := p.(type) {
		case *chat.Text:
			n.cite(p, &cites)
		case *chat.Transcript:
		default:
			n.Parts = append(n.Parts, flatten(p))
			if r, ok := p.(*chat.Report); ok {
				if r.Body != nil {
					n.cite(r.Body, &cites)
				}
				cites += min(1, len(r.Sources))
				n.point(Citation{Number: cites, Kind: chat.CiteSources}, r.Sources)
			}
		}
	}
	n.files(m)
	n.Feedback = judged(m)
	n.Code = Snippets(nil, m, n.Visible)
	for i := range n.Code {
		n.Code[i].Language = Clean(n.Code[i].Language)
	}
	n.Took, _, n.Failed = Outcome(m)
}

// Known is t in UTC, or zero if its year cannot be written with four digits.
func Known(t time.Time) time.Time {
	if t = t.UTC(); t.Year() <= 0 || t.Year() >= 9999 {
		return time.Time{}
	}
	return t
}

// Clean is s as UTF-8 without NUL: what is neither becomes U+FFFD.
func Clean(s string) string {
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "\uFFFD")
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
