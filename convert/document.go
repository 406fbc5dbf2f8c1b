package convert

import (
	"bytes"
	"strings"
	"sync"

	"gptsnap/formats/chat"
)

// one is everything that a single conversation becomes.
type one struct {
	docs           []doc
	files, missing int
	counted        func()
}

// A doc is a document that has no final name yet.
type doc struct {
	name    string // without extension, with slashes
	owner   string
	body    *bytes.Buffer // nil if it is older than what shall be written
	summary chat.Summary
	added   func() // tells the site of it
}

// bodies are where documents were drawn that are written by now: others are
// drawn there. One of unusual size must not stay in memory.
var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func (d *doc) release() {
	if d.body != nil && d.body.Cap() <= 1<<20 {
		d.body.Reset()
		bodies.Put(d.body)
	}
	d.body = nil
}

// summaryOf is what an index says of d, a document of c.
func summaryOf(c *chat.Conversation, d *chat.Document) chat.Summary {
	s := chat.Summary{ID: c.ID, Title: c.Title, Created: c.Created, Updated: c.Updated, Project: c.Project,
		Branches: c.Leaves(), Archived: c.Archived, Starred: c.Starred}
	if d.Branch != "" {
		s.Title = strings.TrimSpace(s.Title + " (" + d.Branch + ")")
	}
	if !strings.HasPrefix(c.Gizmo, "g-p-") { // which is a project
		s.Gizmo = c.Gizmo
	}
	each(d, func(*chat.File) { s.Files++ })
	for i := range d.Nodes {
		if m := d.Nodes[i].Message; m != nil && m.Visible() {
			s.Messages++
			if m.Role == chat.Assistant && m.Model != "" {
				s.Model = m.Model
			}
		}
	}
	return s
}
