// Package markdown draws a conversation as one Markdown page.
//
// # What a page looks like
//
//	---
//	title: "Soil for tomatoes"      front matter, read back by any YAML library
//	---
//	# Soil for tomatoes
//	## You · 2024-05-01 14:32       a heading for every turn of the talk
//	...
//	## Assistant · gpt-4o · 14:33
//	*Version 2 of 2 (regenerated answer) · other versions: [1](#m-...)*
//	...
//	## Branch from message 1: version 1 of 2 (regenerated answer)
//	### Assistant · gpt-4o
//
// The current path comes first, whole. Then every other stretch of the tree
// has its own heading, linked to the place where it forks off. A page draws
// every node it is given exactly once; who wants less hands in a smaller tree.
//
// # Two kinds of text
//
// What a user typed is literal: it was never Markdown, so it is escaped until
// a Markdown reader shows the very characters that were typed (literal.go).
// Only fenced code stays code, because there the typed and the shown agree.
//
// What a model wrote is Markdown and stays as it is, but for what would break
// the page around it (blocks.go, inline.go): headings are moved down below
// the heading of the message, open fences are closed, labels of footnotes and
// link references are made the message's own. Raw HTML follows one rule:
// outside code and autolinks, each "<" that begins a tag, a comment or an
// instruction is escaped and so shown as text; only <br> within a line stays.
//
// # Flavours
//
// gfm is what GitHub and most editors read: <details> for what is folded,
// named anchors for links within the page, formulas between dollars, [^1] for
// footnotes. obsidian folds with callouts, links with [[#^block]] and embeds
// files with ![[path]]. commonmark keeps formulas as they came, and its
// footnotes are plain links with a list at the end.
//
// # How
//
// To know what is code the package reads block structure as CommonMark
// describes it: quotes, list items, fences, paragraphs, code spans. Tests hold
// it to what another reader of Markdown makes of the page. It has no regular
// expressions and writes straight into one buffer per page.
package markdown

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"text/template"
	"time"

	"gptsnap/formats/chat"
)

// Options say how pages look. The zero value is a good page.
type Options struct {
	Thinking      string         // the model's reasoning: fold (default), show, drop
	Tools         string         // calls to tools and their answers: fold (default), show, drop
	Timestamps    string         // none, smart (default: the date only where the day changes), full
	Location      *time.Location // whose clock the page shows; UTC if nil
	UserName      string         // "You" if empty
	AssistantName string         // "Assistant" if empty
	Citations     string         // links (default), footnotes, drop
	Flavor        string         // gfm (default), obsidian, commonmark
	Template      string         // a Go template for the page, given a [Page]; "" for pages as described above
}

// A Renderer draws pages. It is safe for use by many goroutines.
type Renderer struct {
	o     Options
	math  bool // dollars mean formulas in this flavour
	wiki  bool // obsidian
	pages sync.Pool

	template *template.Template // nil unless the user has one
}

// New checks o and makes a Renderer. An unknown value is an error that lists
// the values there are.
func New(o Options) (*Renderer, error) {
	for _, c := range []struct {
		name  string
		value *string
		known []string // the first is the default
	}{
		{"thinking", &o.Thinking, []string{"fold", "show", "drop"}},
		{"tools", &o.Tools, []string{"fold", "show", "drop"}},
		{"timestamps", &o.Timestamps, []string{"smart", "none", "full"}},
		{"citations", &o.Citations, []string{"links", "footnotes", "drop"}},
		{"flavor", &o.Flavor, []string{"gfm", "obsidian", "commonmark"}},
	} {
		if *c.value == "" {
			*c.value = c.known[0]
		}
		if !slices.Contains(c.known, *c.value) {
			return nil, fmt.Errorf("markdown has no %s %q: it knows %s", c.name, *c.value, strings.Join(c.known, ", "))
		}
	}
	if o.Location == nil {
		o.Location = time.UTC
	}
	if o.UserName == "" {
		o.UserName = "You"
	}
	if o.AssistantName == "" {
		o.AssistantName = "Assistant"
	}
	r := &Renderer{o: o, math: o.Flavor != "commonmark", wiki: o.Flavor == "obsidian"}
	if o.Template != "" {
		if err := r.parseTemplate(o.Template); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// Ext is the ending of a page's file name.
func (r *Renderer) Ext() string { return ".md" }

// Render writes d as one page in UTF-8 with "\n" line ends. It fails only if
// w or a template of the user does.
func (r *Renderer) Render(w io.Writer, d *chat.Document) error {
	p, _ := r.pages.Get().(*page)
	if p == nil {
		p = new(page)
	}
	*p = page{r: r, d: d, b: p.b[:0]}
	p.draw()
	var err error
	if r.template != nil {
		err = p.fill(w)
	} else {
		_, err = w.Write(p.b)
	}
	p.d = nil
	if cap(p.b) <= 4<<20 { // a page of unusual size must not stay in memory
		r.pages.Put(p)
	}
	return err
}
