// Package jsonl writes conversations for programs: one JSON value per line.
//
// # Four schemas
//
//	messages    a line for every node of the tree, nothing left out (tree.go)
//	openai      a line for every branch: {"messages":[{"role","content"}]}
//	sharegpt    a line for every branch: {"id","conversations":[{"from","value"}]}
//	preference  a line for every answer that was passed over:
//	            {"id","prompt":[...],"chosen":{...},"rejected":{...},"source"}
//
// The folder schemas describes each of them as a JSON Schema, which the tests
// hold the output to.
//
// The lines of messages are a conversation in full: from them the same tree
// can be built again, branch by branch, part by part (a test does). The other
// three are for training and evaluation. They hold what people said and read,
// see [chat.Message.Visible], without citation markers, the answers of one
// turn joined by a blank line.
//
// Keys come in one order, the same for every line; all text is valid UTF-8;
// < > and & stand for themselves.
package jsonl

import (
	"crypto/sha256"
	"fmt"
	"io"
	"strings"
	"sync"

	"gptsnap/formats/chat"
)

// Options choose what is written. The zero value writes messages.
type Options struct {
	Schema   string // messages (default), openai, sharegpt, preference
	System   string // keep, or drop (default): system prompts and custom instructions; messages always keeps all
	MinTurns int    // leave out branches with fewer answered prompts; not for messages
	Dedupe   bool   // write a line only once for each conversation; not for messages
}

// A Renderer writes conversations as lines. It is safe for use by many
// goroutines.
type Renderer struct {
	o     Options
	draw  func(*lines)
	most  int // bytes that one conversation may grow to
	lines sync.Pool
}

// New checks o and makes a Renderer. An unknown value is an error that lists
// the values there are.
func New(o Options) (*Renderer, error) {
	schemas := []struct {
		name string
		draw func(*lines)
	}{
		{"messages", (*lines).tree},
		{"openai", (*lines).openAI},
		{"sharegpt", (*lines).shareGPT},
		{"preference", (*lines).preferences},
	}
	if o.Schema == "" {
		o.Schema = schemas[0].name
	}
	if o.System == "" {
		o.System = "drop"
	}
	if o.System != "keep" && o.System != "drop" {
		return nil, fmt.Errorf("jsonl has no system %q: it knows keep, drop", o.System)
	}
	var names []string
	for _, s := range schemas {
		if s.name == o.Schema {
			return &Renderer{o: o, draw: s.draw, most: mostBytes}, nil
		}
		names = append(names, s.name)
	}
	return nil, fmt.Errorf("jsonl has no schema %q: it knows %s", o.Schema, strings.Join(names, ", "))
}

// Ext is the ending of the file name.
func (r *Renderer) Ext() string { return ".jsonl" }

// Render writes the lines of d. It fails if w does, or if d has so many
// branches that written one by one they would exceed a gigabyte.
func (r *Renderer) Render(w io.Writer, d *chat.Document) error {
	l, _ := r.lines.Get().(*lines)
	if l == nil {
		l = new(lines)
	}
	*l = lines{o: r.o, most: r.most, c: d.Conversation, w: w, b: l.b[:0]}
	r.draw(l)
	l.flush()
	err := l.err
	l.c, l.w, l.seen = nil, nil, nil
	if cap(l.b) <= 4<<20 { // a conversation of unusual size must not stay in memory
		r.lines.Put(l)
	}
	return err
}

// mostBytes bounds what one conversation may grow to when its branches are
// written one by one: every branch repeats its trunk.
const mostBytes = 1 << 30

// lines is one conversation being written.
type lines struct {
	o       Options
	most    int
	c       *chat.Conversation
	w       io.Writer
	b       []byte
	written int
	start   int // of the line being written
	walked  int // nodes, over all branches
	seen    map[[sha256.Size]byte]bool
	err     error
}

// end ends a line, or takes it back if it is to be written only once and was.
func (l *lines) end() {
	if l.o.Dedupe && l.o.Schema != "messages" {
		if l.seen == nil {
			l.seen = make(map[[sha256.Size]byte]bool)
		}
		line := sha256.Sum256(l.b[l.start:])
		if l.seen[line] {
			l.b = l.b[:l.start]
			return
		}
		l.seen[line] = true
	}
	l.b = append(l.b, '\n')
	if len(l.b) > 1<<20 && l.o.Schema != "messages" {
		l.flush()
	}
	l.start = len(l.b)
}

func (l *lines) flush() {
	l.written += len(l.b)
	if l.err == nil && l.written > l.most && l.o.Schema != "messages" {
		l.err = l.tooMany()
	}
	if l.err == nil {
		_, l.err = l.w.Write(l.b)
	}
	l.b = l.b[:0]
	l.start = 0
}

func (l *lines) tooMany() error {
	return fmt.Errorf("conversation %s has too many long branches (%d) to write them one by one: write the current one only, or use the schema messages", l.c.ID, l.c.Leaves())
}
