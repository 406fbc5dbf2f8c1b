// Package chat is the one model of a conversation that every room speaks in.
//
// # The shape of a conversation
//
// A ChatGPT conversation is not a list but a tree. When a prompt is edited or
// an answer is regenerated, the old message stays and a sibling grows beside
// it. A [Conversation] holds every [Node] of that tree in the order in which
// the provider sent them; nodes point at their parent and children by index.
// What the provider calls the current node is where its own page would stop:
// the way from a root down to it is the current path.
//
//	root ── system ── prompt ─┬─ answer (version 1 of 2)
//	                          └─ answer (version 2 of 2) ── prompt ── answer   ← current
//
// A node may carry a [Message], a message has [Part]s (text, image, code, ...),
// and text has [Cite]s: stretches that stand for a link, a file or nothing.
//
// # What this package promises
//
// It holds values only: no files, no clocks, no goroutines, no JSON. Whoever
// makes a Conversation (a decoder) and whoever draws it (a renderer, a
// statistic) know this package and not each other. Damaged trees are repaired
// by [Conversation.Link], never refused, and each repair leaves a [Problem].
// Nothing here recurses, so a chain of a million nodes is as safe as one of ten.
package chat

import (
	"strings"
	"time"
)

// A NodeID is the provider's own, opaque name for a node.
type NodeID string

// A Conversation is a tree of nodes. Every node the provider sent is in it.
// Times are zero where unknown.
type Conversation struct {
	ID, Title        string
	Created, Updated time.Time
	Model            string // the default model of the picker; says nothing of who answered
	Gizmo            string // id of the custom GPT or project it belongs to, or ""
	Project          string // name of the project, its id if the name is unknown, or ""
	Archived         bool
	Starred          bool
	URL              string // where the provider shows it, or ""
	Nodes            []Node // in the provider's order
	Roots            []int32
	Current          int       // index of the node the provider last showed; -1 if there are no nodes
	Partial          string    // why other branches may be missing, "" if the tree is whole
	Problems         []Problem // what was odd and worked around, never dropped
}

// A Node is one place in the tree. Message is nil where the provider put a
// node with nothing to say, as it does at the root.
type Node struct {
	ID       NodeID
	Parent   int // index, -1 for a root
	Children []int32
	// Version of Versions: this node's place among its siblings, from 1. A
	// filtered conversation keeps the numbers of the whole one.
	Version, Versions int
	Message           *Message
}

// A Role says who speaks: user, assistant, system, tool, or what a later year invents.
type Role string

// The roles that statistics know by name.
const (
	User      Role = "user"
	Assistant Role = "assistant"
	System    Role = "system"
	Tool      Role = "tool"
)

// A Message is what one speaker said once.
type Message struct {
	ID          string
	Role        Role
	Name        string // of the tool that speaks, or of the person in a group chat
	Recipient   string // "all" or "" for people, else the tool that is called
	Channel     string // "final", "commentary" or ""
	ContentType string // the provider's word: text, multimodal_text, code, ...
	Status      string // finished_successfully, in_progress, ...
	Finish      string // why it ended: stop, interrupted, max_tokens, ...
	Model       string // what answered, or ""
	Effort      string // thinking effort, or ""
	Turn        string // the same for all messages of one exchange, or ""
	Created     time.Time
	Updated     time.Time
	Thinking    time.Duration // how long the model thought before it, 0 if unknown
	Hidden      bool          // the provider's page hides it
	Instruction bool          // custom instructions that travel as a message
	Variant     bool          // offered beside another answer to choose from (A/B)
	Chosen      bool          // the one of such answers that was taken, if the provider said so
	Weight      float64
	Parts       []Part
	Attachments []*File
	Feedback    []Feedback // what the user thought of it, in the order it was given
}

// A Problem is something odd in the input that was worked around, not dropped.
type Problem struct {
	Node NodeID // "" for the conversation as a whole
	Text string
}

// A Class sorts messages by whom they are for.
type Class int

// The classes, from what everybody reads to what nobody is meant to see.
const (
	Said     Class = iota // visible: see [Message.Visible]
	Thinking              // thoughts and their recap
	Tooling               // calls to tools and what they answered
	Setup                 // system prompts, custom instructions, memory, hidden and empty messages
)

// Class says whom m is for. Pictures, documents and reports that a tool made
// for the reader count as Said although a tool speaks them.
func (m *Message) Class() Class {
	switch {
	case m.Visible():
		return Said
	case m.has(func(p Part) bool { return isThought(p) }):
		return Thinking
	case m.Hidden || m.Instruction || m.Role == System || m.has(func(p Part) bool { _, ok := p.(*Context); return ok }):
		return Setup
	case m.Role == Tool && m.has(forReader):
		return Said
	case m.Role == Tool || !toEverybody(m.Recipient):
		return Tooling
	case m.blank() && !m.has(isStep):
		return Setup
	default:
		return Tooling
	}
}

// Visible reports whether m belongs to the talk that people read: role user
// or assistant, neither hidden nor an instruction, addressed to all, of type
// text or multimodal_text, and not blank.
func (m *Message) Visible() bool {
	if m.Role != User && m.Role != Assistant || m.Hidden || m.Instruction || !toEverybody(m.Recipient) {
		return false
	}
	if m.ContentType != "text" && m.ContentType != "multimodal_text" {
		return false
	}
	return !m.blank()
}

func toEverybody(recipient string) bool { return recipient == "all" || recipient == "" }

// blank reports that m has neither text nor any part that is not a string.
// What the page remarks on it is no part of what it says.
func (m *Message) blank() bool {
	for _, p := range m.Parts {
		switch p := p.(type) {
		case *Remark:
		case *Text:
			if strings.TrimSpace(p.Raw) != "" {
				return false
			}
		default:
			return false
		}
	}
	return true
}

func isStep(p Part) bool {
	r, ok := p.(*Remark)
	return ok && r.Kind == RemarkStep
}

func (m *Message) has(is func(Part) bool) bool {
	for _, p := range m.Parts {
		if is(p) {
			return true
		}
	}
	return false
}

func isThought(p Part) bool {
	switch p.(type) {
	case *Thoughts, *Recap:
		return true
	}
	return false
}

// forReader reports whether a tool made p for the reader's eyes.
func forReader(p Part) bool {
	switch p := p.(type) {
	case *Image, *Audio, *Video, *Report, *Canvas:
		return true
	case *Output:
		return len(p.Images) > 0
	}
	return false
}
