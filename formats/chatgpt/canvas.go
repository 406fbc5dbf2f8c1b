package chatgpt

import (
	"strings"

	"gptsnap/formats/chat"

	"github.com/tidwall/gjson"
)

// canvas reads a call to the tool that keeps canvas documents. Its payload is
// JSON that the model wrote, so it may be cut off; what is there is used.
func (p *maker) canvas(v gjson.Result) {
	payload := joined(v)
	c := &chat.Canvas{Action: canvasAction(p.m.Recipient)}
	p.add(c)
	p.d.canvases = append(p.d.canvases, p.node)
	if payload == "" {
		return // an export that left it out
	}
	body, cut := payload, false
	if !checked(payload) {
		body, cut = mend(payload)
		if !checked(body) || !gjson.Parse(body).IsObject() {
			c.Broken = "what the tool was sent is not JSON"
			p.add(&chat.Code{Source: payload})
			return
		}
		c.Broken = "what the tool was sent is not whole JSON; brackets were closed"
		if cut {
			c.Broken = "what the tool was sent breaks off"
		}
	}
	call := gjson.Parse(body)
	if !call.IsObject() {
		c.Broken = "what the tool was sent is no JSON object"
		p.add(&chat.Code{Source: payload})
		return
	}
	c.Title, c.Type = str(call.Get("name")), str(call.Get("type"))
	if content := call.Get("content"); content.Type == gjson.String {
		c.Content, c.Known = str(content), !cut
	}
	call.Get("updates").ForEach(func(_, u gjson.Result) bool {
		c.Edits = append(c.Edits, chat.Edit{Pattern: str(u.Get("pattern")), Replacement: str(u.Get("replacement")), Multiple: u.Get("multiple").Type == gjson.True})
		return true
	})
	call.Get("comments").ForEach(func(_, u gjson.Result) bool {
		comment := str(u.Get("comment"))
		if on := str(u.Get("pattern")); on != "" {
			comment = `"` + on + `": ` + comment
		}
		c.Comments = append(c.Comments, comment)
		return true
	})
	p.d.drafts[p.node].cut = cut
	if c.Title == "" && c.Content == "" && c.Edits == nil && c.Comments == nil {
		p.add(&chat.Code{Source: payload})
	}
}

// canvasAction is the last word before "_textdoc": create, update, comment.
func canvasAction(tool string) string {
	_, action, _ := strings.Cut(tool, ".")
	return strings.TrimSuffix(action, "_textdoc")
}

// A document is a canvas document as one branch knows it at one node. Each
// points at the one before, so that branches share what they have in common.
type document struct {
	id, title, kind string
	version         int
	content         string
	known           bool
	before          *document
}

// find looks for the document with this id; "" means the latest.
func (doc *document) find(id string) *document {
	for range reach {
		if doc == nil || id == "" || doc.id == id || doc.id == "" {
			return doc
		}
		doc = doc.before
	}
	return nil
}

// foldCanvases carries each document forward along every branch, so that each
// step says the whole text after it where that can be computed.
func (d *decoder) foldCanvases() {
	any := len(d.canvases) > 0
	for i := 0; i < len(d.drafts) && !any; i++ {
		any = d.drafts[i].get(metaCanvas) != nil
	}
	if !any {
		return
	}
	state := make([]*document, len(d.c.Nodes))
	e := editor{bytes: 64 << 20, steps: 64 << 20}
	for i := range d.c.Preorder() {
		n := &d.c.Nodes[i]
		if n.Parent >= 0 {
			state[i] = state[n.Parent]
		}
		if n.Message == nil {
			continue
		}
		meta := parse(d.drafts[i].get(metaCanvas))
		switch c := canvasOf(n.Message); {
		case c != nil:
			state[i] = d.step(&e, i, c, state[i])
		case n.Message.Role == chat.Tool && meta.IsObject():
			d.answered(i, meta)
		case meta.IsObject():
			state[i] = seenByUser(meta, state[i])
		}
	}
	for _, i := range d.canvases { // only now: edits match the text as it was sent
		p := maker{d: d, node: i, m: d.c.Nodes[i].Message, draft: &d.drafts[i]}
		c := canvasOf(p.m)
		c.Content = p.plain(c.Content)
		for k := range c.Edits {
			c.Edits[k].Replacement = p.plain(c.Edits[k].Replacement)
		}
	}
}

func canvasOf(m *chat.Message) *chat.Canvas {
	for _, part := range m.Parts {
		if c, ok := part.(*chat.Canvas); ok {
			return c
		}
	}
	return nil
}

// answered adds a step to a tool's answer when the call itself is not there.
func (d *decoder) answered(i int, meta gjson.Result) {
	if up := d.c.Nodes[i].Parent; up >= 0 && d.c.Nodes[up].Message != nil && canvasOf(d.c.Nodes[up].Message) != nil {
		return
	}
	m := d.c.Nodes[i].Message
	c := &chat.Canvas{Action: canvasAction(m.Name)}
	describeCanvas(c, meta)
	m.Parts = append(m.Parts, c)
}

func describeCanvas(c *chat.Canvas, meta gjson.Result) {
	c.ID = first(str(meta.Get("textdoc_id")), c.ID)
	c.Title = first(str(meta.Get("title")), c.Title)
	c.Type = first(str(meta.Get("textdoc_type")), c.Type)
	c.Version = int(min(max(meta.Get("version").Int(), 0), 1<<30))
	c.Failed = c.Failed || meta.Get("is_failure").Type == gjson.True
}

// step completes c by the tool's answer and by the document it changes.
func (d *decoder) step(e *editor, i int, c *chat.Canvas, latest *document) *document {
	fromVersion := 0
	for _, k := range d.c.Nodes[i].Children {
		m := d.c.Nodes[k].Message
		if m == nil || m.Role != chat.Tool {
			continue
		}
		if meta := parse(d.drafts[k].get(metaCanvas)); meta.IsObject() {
			describeCanvas(c, meta)
			fromVersion = int(min(max(meta.Get("from_version").Int(), 0), 1<<30))
		}
		if said := m.Text(); strings.HasPrefix(said, "Failed") || strings.HasPrefix(said, "Error") {
			c.Failed = true
		}
		break
	}
	if c.Action == "create" {
		if c.Failed {
			c.Known = false
			return latest
		}
		return &document{c.ID, c.Title, c.Type, c.Version, c.Content, c.Known, latest}
	}
	base := latest.find(c.ID)
	if base == nil {
		base = &document{id: c.ID}
	}
	c.Title, c.Type, c.ID = first(c.Title, base.title), first(c.Type, base.kind), first(c.ID, base.id)
	if c.Version == 0 && c.Action != "update" {
		c.Version = base.version
	}
	if c.Failed || c.Action != "update" {
		c.Content, c.Known = base.content, base.known
		return latest
	}
	if !c.Known { // else the call has the whole text
		known := base.known && (fromVersion == 0 || base.version == 0 || fromVersion == base.version)
		c.Content, c.Known = e.apply(base.content, known, c.Edits)
		c.Known = c.Known && !d.drafts[i].cut
		if !c.Known {
			c.Content = ""
		}
	}
	return &document{c.ID, c.Title, c.Type, c.Version, c.Content, c.Known, latest}
}

// seenByUser takes in what a user's message says of the document it was sent
// from: if they had edited it, its text is known no more, unless its length
// tells that nothing came of it.
func seenByUser(meta gjson.Result, latest *document) *document {
	base := latest.find(str(meta.Get("textdoc_id")))
	if base == nil {
		return latest
	}
	version := int(min(max(meta.Get("version").Int(), 0), 1<<30))
	edited := meta.Get("has_user_edit").Type == gjson.True || version > base.version && base.version > 0
	if !edited {
		return latest
	}
	next := *base
	next.before = latest
	next.version = max(version, base.version)
	if length := meta.Get("textdoc_content_length"); length.Type == gjson.Number && base.known {
		o := newOffsets(base.content)
		next.known = length.Int() == int64(o.runes) || length.Int() == int64(o.units)
	} else {
		next.known = false
	}
	return &next
}
