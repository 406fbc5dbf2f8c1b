package chatgpt

import (
	"fmt"

	"gptsnap/formats/chat"
)

// AssemblePages makes one conversation of the pages of the plural contract
// (GET /conversations/{id} and GET /conversations/{id}/messages), newest page
// first, as they are asked for. A message that stands on two pages is taken
// from the newer one. The contract does not say where other branches are, so
// Partial is always set.
func AssemblePages(pages [][]byte) (*chat.Conversation, error) {
	if len(pages) == 0 {
		return nil, notOne("no pages")
	}
	all := make([]*decoder, len(pages))
	for i, raw := range pages {
		b, err := door(raw)
		if err == nil {
			all[i] = newDecoder(b)
			err = all[i].read()
		}
		if err == nil && all[i].messages != '[' {
			err = notOne("it has no messages")
		}
		if err != nil {
			return nil, fmt.Errorf("page %d of %d: %w", i+1, len(pages), err)
		}
	}
	joined := newDecoder(nil)
	newest := all[0]
	joined.c, joined.current, joined.messages = newest.c, newest.current, '['
	joined.gizmoID, joined.gizmoType, joined.templateID = newest.gizmoID, newest.gizmoType, newest.templateID
	joined.pageBefore = all[len(all)-1].pageBefore
	joined.c.Nodes, joined.c.Problems = nil, nil
	for i := len(all) - 1; i >= 0; i-- { // oldest page first
		p := all[i]
		if joined.c.ID == "" {
			joined.c.ID = p.c.ID
		} else if p.c.ID != "" && p.c.ID != joined.c.ID {
			return nil, notOne("pages of different conversations: %q and %q", joined.c.ID, p.c.ID)
		}
		joined.c.Problems = append(joined.c.Problems, p.c.Problems...)
		for k := range p.c.Nodes {
			at, seen := joined.place[p.c.Nodes[k].ID]
			if !seen {
				at = joined.add(p.c.Nodes[k].ID)
			}
			joined.c.Nodes[at], joined.drafts[at] = p.c.Nodes[k], p.drafts[k]
		}
	}
	if joined.c.ID == "" {
		joined.c.ID = contentID(pages[0])
	}
	return joined.finish(), nil
}

// readMessages consumes a flat list: messages, or (nodes set) nodes with a
// message each, as a share lists its current path. A tree that was already
// read is worth more, so then the list is passed over.
func (d *decoder) readMessages(nodes bool) {
	s := &d.s
	if d.mapping == '{' || nodes && d.messages == '[' {
		s.skip()
		return
	}
	d.reset()
	for n := range s.elements() {
		if s.peek() != '{' {
			d.problem("", "message %d of the list is no object", n+1)
			s.skip()
			continue
		}
		i := d.add("")
		delete(d.place, "")
		node := &d.c.Nodes[i]
		if nodes {
			d.readNodeWithID(i)
		} else {
			node.Message = d.readMessage("", &d.drafts[i])
			node.ID = chat.NodeID(node.Message.ID)
		}
		if node.ID == "" {
			node.ID = chat.NodeID(fmt.Sprintf("message-%d", n+1))
		}
		if node.Message != nil && node.Message.ID == "" {
			node.Message.ID = string(node.ID)
		}
		if k, twice := d.place[node.ID]; twice { // the later wins, in the earlier's place
			d.c.Nodes[k], d.drafts[k] = d.c.Nodes[i], d.drafts[i]
			d.c.Nodes, d.links, d.drafts = d.c.Nodes[:i], d.links[:i], d.drafts[:i]
			continue
		}
		d.place[node.ID] = i
	}
}

// readNodeWithID consumes a node that carries its id, not stands under it.
func (d *decoder) readNodeWithID(i int) {
	s := &d.s
	for key := range s.members() {
		switch key {
		case "id":
			d.c.Nodes[i].ID = chat.NodeID(s.text())
		case "message":
			d.c.Nodes[i].Message = d.readMessage("", &d.drafts[i])
		default:
			s.skip()
		}
	}
}

// chain says where the nodes of a flat list hang: under the message that
// their metadata names, else under the one before.
func (d *decoder) chain() {
	clear(d.place)
	for i := range d.c.Nodes {
		d.place[d.c.Nodes[i].ID] = i
	}
	for i := range d.c.Nodes {
		d.links[i] = chat.Links{}
		parent := chat.NodeID(str(parse(d.drafts[i].get(metaParent))))
		if k, ok := d.place[parent]; ok && k != i && parent != "" {
			d.links[i].Parent = parent
		} else if i > 0 {
			d.links[i].Parent = d.c.Nodes[i-1].ID
		}
	}
	d.c.Partial = "other branches unknown"
	if d.pageBefore {
		d.c.Partial = "earlier messages and other branches unknown"
	}
}
