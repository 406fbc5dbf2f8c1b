package chatgpt

import (
	"fmt"
	"strings"

	"gptsnap/formats/chat"
)

// A decoder makes one conversation. c.Nodes, links and drafts run in parallel.
type decoder struct {
	s      scanner
	c      chat.Conversation
	links  []chat.Links
	drafts []draft
	place  map[chat.NodeID]int
	known  map[string]string // words that many messages share: roles, models, ...

	current                   chat.NodeID
	id, gizmoID, templateID   string
	gizmoType                 string
	mapping, messages, linear kind // what the fields that may hold messages are
	pageBefore                bool
	spare                     []chat.Message
	kids                      []chat.NodeID // the children of all nodes, and
	spans                     []span        // the metadata of all drafts, each a stretch
	turn                      string        // the exchange of the last message
	groups                    *searchIndex
	refs                      []reference // room for those of one message
	canvases                  []int       // nodes that call the canvas tool
}

func newDecoder(b []byte) *decoder {
	return &decoder{s: scanner{b: b}, place: map[chat.NodeID]int{}, known: map[string]string{}}
}

// A kind is the type of a JSON value, by its first byte; 0 is absent.
type kind byte

// read consumes a conversation object and leaves nodes without links.
func (d *decoder) read() error {
	s := &d.s
	for key := range s.members() {
		switch key {
		case "conversation_id":
			d.c.ID = s.text()
		case "id":
			d.id = s.text()
		case "title":
			d.c.Title = s.text()
		case "create_time":
			d.c.Created = when(s.raw())
		case "update_time":
			d.c.Updated = when(s.raw())
		case "default_model_slug":
			d.c.Model = s.text()
		case "current_node":
			d.current = chat.NodeID(s.text())
		case "gizmo_id":
			d.gizmoID = s.text()
		case "gizmo_type":
			d.gizmoType = s.text()
		case "conversation_template_id":
			d.templateID = s.text()
		case "is_archived":
			d.c.Archived = s.truth()
		case "is_starred":
			d.c.Starred = s.truth()
		case "mapping":
			d.readMapping()
		case "messages":
			d.messages = kind(s.peek())
			d.readMessages(false)
		case "linear_conversation":
			d.linear = kind(s.peek())
			d.readMessages(true)
		case "page_info":
			for key := range s.members() {
				if key == "has_previous_page" {
					d.pageBefore = s.truth()
				} else {
					s.skip()
				}
			}
		default:
			s.skip()
		}
	}
	if err := s.end(); err != nil {
		return err
	}
	if d.c.ID == "" {
		d.c.ID = d.id
	}
	switch {
	case d.mapping == '{', d.messages == '[', d.linear == '[':
		return nil
	case d.mapping == 'n':
		return notOne("a list entry: its mapping is null")
	case d.mapping != 0:
		return notOne("its mapping is no object")
	}
	return notOne("a JSON object without mapping or messages")
}

// readMapping consumes the tree. It is the form to believe: where a share has
// the current path beside it, or a page is mixed in, the tree wins.
func (d *decoder) readMapping() {
	s := &d.s
	next := kind(s.peek())
	if next != '{' {
		if d.mapping != '{' {
			d.mapping = next
		}
		s.skip()
		return
	}
	d.reset()
	d.mapping = '{'
	if guess := (len(s.b) - s.i) / 1536; cap(d.c.Nodes) < guess { // most nodes are longer
		d.c.Nodes, d.links, d.drafts = make([]chat.Node, 0, guess), make([]chat.Links, 0, guess), make([]draft, 0, guess)
		d.place = make(map[chat.NodeID]int, guess)
	}
	for key := range s.members() {
		id := chat.NodeID(key)
		i, twice := d.place[id]
		if !twice {
			i = d.add(d.nodeID(key))
		} else {
			d.problem(d.c.Nodes[i].ID, "its key stands twice in mapping: the later node is shown")
		}
		d.readNode(i)
	}
	d.dropDead()
}

// nodeID is key, independent of the raw bytes: mostly the node before has it
// already, as its child.
func (d *decoder) nodeID(key string) chat.NodeID {
	if n := len(d.links); n > 0 {
		if kids := d.links[n-1].Children; len(kids) > 0 && string(kids[0]) == key {
			return kids[0]
		}
	}
	return chat.NodeID(strings.Clone(key))
}

// reset forgets the nodes of an earlier field of the same name or meaning.
func (d *decoder) reset() {
	d.c.Nodes, d.links, d.drafts = d.c.Nodes[:0], d.links[:0], d.drafts[:0]
	clear(d.place)
}

// add makes room for a node and returns its index.
func (d *decoder) add(id chat.NodeID) int {
	i := len(d.c.Nodes)
	d.place[id] = i
	d.c.Nodes = append(d.c.Nodes, chat.Node{ID: id})
	d.links = append(d.links, chat.Links{})
	d.drafts = append(d.drafts, draft{})
	return i
}

// readNode consumes one value of mapping.
func (d *decoder) readNode(i int) {
	s := &d.s
	n, l := &d.c.Nodes[i], &d.links[i]
	n.Message, *l, d.drafts[i] = nil, chat.Links{}, draft{}
	if s.peek() != '{' {
		d.drafts[i].dead = true
		s.skip()
		return
	}
	for key := range s.members() {
		switch key {
		case "parent":
			before := ""
			if i > 0 {
				before = string(d.c.Nodes[i-1].ID)
			}
			l.Parent = chat.NodeID(s.same(before))
		case "children":
			from := len(d.kids)
			for range s.elements() {
				if id := s.text(); id != "" {
					d.kids = append(d.kids, chat.NodeID(id))
				}
			}
			l.Children = d.kids[from:len(d.kids):len(d.kids)]
		case "message":
			n.Message = d.readMessage(n.ID, &d.drafts[i])
		default:
			s.skip()
		}
	}
	if n.Message != nil && n.Message.ID == "" {
		n.Message.ID = string(n.ID)
	}
}

// dropDead takes out the keys whose (last) value is no object: no nodes.
func (d *decoder) dropDead() {
	k := 0
	for i := range d.c.Nodes {
		if d.drafts[i].dead {
			d.problem(d.c.Nodes[i].ID, "is no object in mapping: there is no such node")
			continue
		}
		d.c.Nodes[k], d.links[k], d.drafts[k] = d.c.Nodes[i], d.links[i], d.drafts[i]
		k++
	}
	if k == len(d.c.Nodes) {
		return
	}
	d.c.Nodes, d.links, d.drafts = d.c.Nodes[:k], d.links[:k], d.drafts[:k]
	clear(d.place)
	for i := range d.c.Nodes {
		d.place[d.c.Nodes[i].ID] = i
	}
}

// finish links the tree and makes the drafts into parts.
func (d *decoder) finish() *chat.Conversation {
	c := d.link()
	d.makeParts()
	return c
}

// link makes a tree of the nodes.
func (d *decoder) link() *chat.Conversation {
	c := &d.c
	c.Gizmo = first(d.gizmoID, d.templateID)
	if d.gizmoType == "snorlax" || strings.HasPrefix(c.Gizmo, "g-p-") {
		c.Project = nameless(c.Gizmo)
	}
	if isUUID(c.ID) {
		c.URL = "https://chatgpt.com/c/" + c.ID
	}
	if d.mapping != '{' {
		d.chain()
	}
	c.Link(d.links, d.current)
	d.markVariants()
	return c
}

func (d *decoder) problem(id chat.NodeID, format string, a ...any) {
	d.c.Problems = append(d.c.Problems, chat.Problem{Node: id, Text: fmt.Sprintf(format, a...)})
}

// isUUID reports whether id looks like 6f2c81aa-0b1c-4d5e-8f90-0123456789ab.
func isUUID(id string) bool {
	if len(id) != 36 {
		return false
	}
	for i := range len(id) {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if id[i] != '-' {
				return false
			}
		} else if hex4([]byte{'0', '0', '0', id[i]}) < 0 {
			return false
		}
	}
	return true
}
