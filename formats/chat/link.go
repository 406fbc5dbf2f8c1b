package chat

import (
	"fmt"
	"time"
)

// A Links is what the provider said of one node's place in the tree.
type Links struct {
	Parent   NodeID // "" if none was named
	Children []NodeID
}

// Link ties c.Nodes into a tree by what the provider said of each (links[i]
// belongs to Nodes[i], ids are unique) and sets Parent, Children, Version,
// Roots and Current.
//
// A node's parent is the one it names, if that exists and is not itself;
// else the first node that lists it as a child; else it is a root. Where
// parents run in a circle, the last node that a walk up reaches before it
// would repeat itself becomes a root, walks starting in the order of Nodes.
// Children stand as their parent lists them, then in the order of Nodes.
// If current names no node, the leaf whose path holds the newest message is
// current; of equals, the later in Nodes.
func (c *Conversation) Link(links []Links, current NodeID) {
	n := len(c.Nodes)
	index := make(map[NodeID]int32, n)
	for i := range c.Nodes {
		index[c.Nodes[i].ID] = int32(i)
	}
	c.findParents(links, index)
	c.cutCycles()
	c.gatherChildren(links, index)
	if i, ok := index[current]; ok && current != "" {
		c.Current = int(i)
		return
	}
	if n > 0 && current != "" {
		c.problem("", "current_node %q is not in the conversation: the newest leaf is shown instead", current)
	}
	c.Current = c.newestLeaf()
}

func (c *Conversation) problem(id NodeID, format string, a ...any) {
	c.Problems = append(c.Problems, Problem{id, fmt.Sprintf(format, a...)})
}

func (c *Conversation) findParents(links []Links, index map[NodeID]int32) {
	for i := range c.Nodes {
		c.Nodes[i].Parent = -1
		if p, ok := index[links[i].Parent]; ok && int(p) != i && links[i].Parent != "" {
			c.Nodes[i].Parent = int(p)
		}
	}
	for i := range c.Nodes {
		for _, id := range links[i].Children {
			if k, ok := index[id]; ok && c.Nodes[k].Parent < 0 && int(k) != i {
				c.Nodes[k].Parent = i
			}
		}
	}
	for i := range c.Nodes {
		id := c.Nodes[i].ID
		if named := links[i].Parent; named != "" {
			if p, ok := index[named]; !ok {
				c.problem(id, "parent %q is not in the conversation", named)
			} else if int(p) == i {
				c.problem(id, "names itself as its parent")
			}
		}
	}
}

// cutCycles makes a root of the last node before a walk up repeats itself.
func (c *Conversation) cutCycles() {
	seen := make([]int32, len(c.Nodes)) // which walk came by, from 1
	for i := range c.Nodes {
		walk := int32(i) + 1
		for at := i; seen[at] == 0; {
			seen[at] = walk
			up := c.Nodes[at].Parent
			if up < 0 {
				break
			}
			if seen[up] == walk {
				c.problem(c.Nodes[at].ID, "its parents run in a circle: cut above it")
				c.Nodes[at].Parent = -1
				break
			}
			at = up
		}
	}
}

func (c *Conversation) gatherChildren(links []Links, index map[NodeID]int32) {
	n := len(c.Nodes)
	count := make([]int32, n)
	c.Roots = nil
	for i := range c.Nodes {
		if p := c.Nodes[i].Parent; p >= 0 {
			count[p]++
		} else {
			c.Roots = append(c.Roots, int32(i))
		}
	}
	all := make([]int32, n) // one block for every child list
	for i := range c.Nodes {
		c.Nodes[i].Children = all[:0:count[i]]
		all = all[count[i]:]
	}
	placed := make([]bool, n)
	place := func(parent int, k int32) {
		placed[k] = true
		c.Nodes[parent].Children = append(c.Nodes[parent].Children, k)
	}
	for i := range c.Nodes {
		for _, id := range links[i].Children {
			k, ok := index[id]
			if !ok {
				c.problem(c.Nodes[i].ID, "lists a child %q that is not in the conversation", id)
			} else if c.Nodes[k].Parent == i && !placed[k] {
				place(i, k)
			}
		}
	}
	for i := range c.Nodes {
		if p := c.Nodes[i].Parent; p >= 0 && !placed[i] {
			place(p, int32(i))
		}
	}
	for _, r := range c.Roots {
		c.number([]int32{r})
	}
	for i := range c.Nodes {
		c.number(c.Nodes[i].Children)
	}
}

// number counts siblings as versions of each other.
func (c *Conversation) number(siblings []int32) {
	for v, k := range siblings {
		c.Nodes[k].Version, c.Nodes[k].Versions = v+1, len(siblings)
	}
}

// newestLeaf is the leaf whose path holds the newest message, -1 without nodes.
func (c *Conversation) newestLeaf() int {
	newest := make([]time.Time, len(c.Nodes)) // on the path down to each node
	best := -1
	for i := range c.Preorder() {
		n := &c.Nodes[i]
		if n.Parent >= 0 {
			newest[i] = newest[n.Parent]
		}
		if n.Message != nil && n.Message.Created.After(newest[i]) {
			newest[i] = n.Message.Created
		}
	}
	for i := range c.Nodes {
		if len(c.Nodes[i].Children) == 0 && (best < 0 || !newest[i].Before(newest[best])) {
			best = i
		}
	}
	return best
}
