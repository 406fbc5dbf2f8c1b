// Package outline lays a conversation out as a flat list of blocks.
//
// # Why
//
// Formats without boxes to fold and without scripts (plain text, books) differ
// in how a heading or a picture is written down, not in which come when. That
// order is decided here once:
//
//	title, facts ─► the current path ─► every other branch, each under its heading ─► sources ─► oddities
//
// [Of] walks the stretches of the tree and gives a [Block] for every heading,
// text, piece of code, picture and remark. Each node of the document is in
// exactly one place, each part of a message becomes one block or more, and
// answers that the provider split for length are joined again.
//
// # Text
//
// All text in blocks is valid UTF-8 with "\n" line ends and without control
// characters or left-over citation markers, see [Clean]; it is legal in XML
// and harmless on a terminal. Evidence gets numbers, one for each address, and
// the document ends with the list of them.
package outline

import (
	"fmt"
	"strings"
	"time"

	"gptsnap/formats/chat"
)

// A Kind says what a block is.
type Kind int

// The kinds of blocks.
const (
	Title   Kind = iota // Text is the title of the conversation
	Fact                // Label and Text: when, which model, where
	Branch              // heading: here begins another branch
	Turn                // heading: who speaks, which model, when
	Version             // remark: which version this is; Others lead to the rest
	Note                // remark of ours
	Label               // a few words above what follows
	Prose               // Markdown, as a model wrote it
	Plain               // words that mean what they are, line ends too
	Code                // Text in Label's language
	Quote               // words from elsewhere
	Picture             // File, Text describes it
	Media               // File that is no picture, Text describes it
	Links               // list of links
	Sources             // the numbered list of evidence: Links in the order of their numbers
)

// A Block is one piece of a document.
type Block struct {
	Kind        Kind
	Label, Text string
	Node        int // index of the node that begins here, -1 if none does
	Others      []int
	File        *chat.File // never nil in Picture and Media
	Links       []chat.Link
}

// Options say how an outline is made. The zero value is good.
type Options struct {
	UserName, AssistantName string // "You" and "ChatGPT" if empty
	Location                *time.Location
	Timestamps              string // none: leave times out
	Citations               string // drop: no evidence; else numbers and a list
	// Cite writes evidence into Prose: the words that stay in the sentence and
	// the numbers of the sources. Nil is "words [1] [2]".
	Cite func(label string, marks []Mark) string
}

// A Mark is a number that stands for a source.
type Mark struct {
	Number int
	Link   chat.Link
}

// Of lays d out.
func Of(d *chat.Document, o Options) []Block {
	if o.UserName == "" {
		o.UserName = "You"
	}
	if o.AssistantName == "" {
		o.AssistantName = "ChatGPT"
	}
	if o.Location == nil {
		o.Location = time.UTC
	}
	w := &walk{o: o, d: d, numbers: map[string]int{}}
	w.head()
	stretches := d.Stretches()
	w.countSaid()
	for _, s := range stretches {
		w.side, w.model = nobody, ""
		if !s.Current {
			w.branch(&s)
		}
		for j, i := range s.Nodes {
			w.node(&s, j, i)
		}
	}
	if len(stretches) == 0 {
		w.add(Block{Kind: Note, Text: "This conversation is empty."})
	}
	if len(w.sources) > 0 {
		w.add(Block{Kind: Sources, Links: w.sources})
	}
	w.tail()
	return w.blocks
}

// A walk is one document being laid out.
type walk struct {
	o      Options
	d      *chat.Document
	blocks []Block

	side  int    // whose turn it is
	model string // that the last heading named
	said  []int  // by node: visible messages on the path to it
	held  *chat.Text
	joins int // how many messages it is made of

	numbers map[string]int // of a source, by its address
	sources []chat.Link
}

const (
	nobody = iota
	asking
	answering
)

// add puts b at the end. What is empty says nothing and is left out.
func (w *walk) add(b Block) {
	b.Text, b.Label = Clean(b.Text), Clean(b.Label)
	switch b.Kind {
	case Prose, Plain, Quote, Code:
		if b.Text = strings.Trim(b.Text, "\n"); strings.TrimSpace(b.Text) == "" {
			return
		}
	}
	if b.Kind != Turn && b.Kind != Branch && b.Kind != Version {
		b.Node = -1
	}
	w.blocks = append(w.blocks, b)
}

func (w *walk) head() {
	c := w.d.Conversation
	w.add(Block{Kind: Title, Text: or(line(c.Title), "Untitled")})
	fact := func(name, value string) {
		if value = line(value); value != "" {
			w.add(Block{Kind: Fact, Label: name, Text: value})
		}
	}
	fact("Created", w.clock(c.Created))
	fact("Updated", w.clock(c.Updated))
	fact("Project", c.Project)
	fact("Model", c.Model)
	if c.Archived {
		fact("Archived", "yes")
	}
	if c.Starred {
		fact("Starred", "yes")
	}
	messages, branches, words := w.d.Counts()
	fact("Messages", fmt.Sprintf("%d in %s, %d words", messages, plural(branches, "branch", "branches"), words))
	fact("Address", c.URL)
	fact("Id", c.ID)
	if w.d.Branch != "" {
		w.note("This is " + w.d.Branch + ".")
	}
	if c.Partial != "" {
		w.note("Other branches may be missing: " + c.Partial)
	}
}

func (w *walk) node(s *chat.Stretch, j, i int) {
	n := &w.d.Nodes[i]
	m := n.Message
	if m != nil {
		w.turn(s, j, m)
	}
	if n.Versions > 1 && (j > 0 || s.Current) {
		v := w.version(i)
		w.add(Block{Kind: Version, Node: i, Text: "V" + v[1:], Others: w.others(i)})
	}
	if m != nil {
		w.message(i, m)
	}
}

// tail tells what was odd about the source.
func (w *walk) tail() {
	const most = 50
	for k, p := range w.d.Problems {
		if k == most {
			w.note(fmt.Sprintf("and %d more oddities of the source", len(w.d.Problems)-most))
			return
		}
		where := ""
		if p.Node != "" {
			where = "node " + line(string(p.Node)) + ": "
		}
		w.note("Worked around: " + where + line(p.Text))
	}
}

func (w *walk) note(words string) { w.add(Block{Kind: Note, Text: words}) }
