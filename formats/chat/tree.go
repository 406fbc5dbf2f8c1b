package chat

import (
	"iter"
	"slices"
)

// Preorder yields every node, parents before children, siblings in order.
func (c *Conversation) Preorder() iter.Seq[int] {
	return func(yield func(int) bool) {
		stack := make([]int32, 0, 16)
		push := func(kids []int32) {
			for _, k := range slices.Backward(kids) {
				stack = append(stack, k)
			}
		}
		push(c.Roots)
		for len(stack) > 0 {
			i := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if !yield(int(i)) {
				return
			}
			push(c.Nodes[i].Children)
		}
	}
}

// PathTo lists the nodes from a root down to i; nil if i is -1.
func (c *Conversation) PathTo(i int) []int {
	var path []int
	for ; i >= 0; i = c.Nodes[i].Parent {
		path = append(path, i)
	}
	slices.Reverse(path)
	return path
}

// OnCurrent tells for each node whether it is on the current path.
func (c *Conversation) OnCurrent() []bool {
	on := make([]bool, len(c.Nodes))
	for i := c.Current; i >= 0; i = c.Nodes[i].Parent {
		on[i] = true
	}
	return on
}

// A Branch is the path from a root to a leaf.
type Branch struct {
	Nodes   []int // indices, root first; valid until the next branch is yielded
	Shared  int   // how many leading nodes an earlier branch already held
	Current bool  // its leaf is the current node, or the current path lies within it
}

// Branches yields one branch per leaf, in the order of the tree, so that each
// fork's trunk is met before its arms. Over all branches Nodes[Shared:] holds
// every node exactly once. Only the first branch through an inner current
// node counts as current.
func (c *Conversation) Branches() iter.Seq[Branch] {
	return func(yield func(Branch) bool) {
		path := make([]int, 0, 64)
		shared, current := 0, false
		for i := range c.Preorder() {
			n := &c.Nodes[i]
			for len(path) > 0 && path[len(path)-1] != n.Parent {
				path = path[:len(path)-1]
				shared = min(shared, len(path))
			}
			path = append(path, i)
			current = current || i == c.Current
			if len(n.Children) == 0 {
				if !yield(Branch{Nodes: path, Shared: shared, Current: current}) {
					return
				}
				shared, current = len(path), false
			}
		}
	}
}

// A Stretch is a run of nodes, each the child of the one before, that a
// document shows under one heading.
type Stretch struct {
	Nodes   []int // never empty
	Fork    int   // the node it hangs from, -1 if it begins at a root
	Current bool  // the current path
}

// Stretches cuts the tree into the order in which it is read: first the whole
// current path, then every other branch's own part, from its fork down. Each
// node is in exactly one stretch.
func (c *Conversation) Stretches() []Stretch {
	if len(c.Nodes) == 0 {
		return nil
	}
	var all []Stretch
	on := c.OnCurrent()
	if path := c.PathTo(c.Current); len(path) > 0 {
		all = append(all, Stretch{Nodes: path, Fork: -1, Current: true})
	}
	var open *Stretch // the stretch that the last node ended, if its first child goes on with it
	last := -1
	for i := range c.Preorder() {
		if on[i] {
			open, last = nil, i
			continue
		}
		n := &c.Nodes[i]
		if open != nil && n.Parent == last {
			open.Nodes = append(open.Nodes, i)
		} else {
			all = append(all, Stretch{Nodes: []int{i}, Fork: n.Parent})
			open = &all[len(all)-1]
		}
		last = i
	}
	return all
}

// Leaves counts the nodes without children: there are as many branches.
func (c *Conversation) Leaves() int {
	return c.count(func(n *Node) bool { return len(n.Children) == 0 })
}

// Forks counts the nodes with two children or more.
func (c *Conversation) Forks() int { return c.count(func(n *Node) bool { return len(n.Children) > 1 }) }

// Messages counts the nodes that carry a message, over the whole tree.
func (c *Conversation) Messages() int { return c.count(func(n *Node) bool { return n.Message != nil }) }

func (c *Conversation) count(is func(*Node) bool) int {
	k := 0
	for i := range c.Nodes {
		if is(&c.Nodes[i]) {
			k++
		}
	}
	return k
}

// A ForkKind says why a conversation forked.
type ForkKind string

// The kinds of fork.
const (
	EditedPrompt      ForkKind = "edited prompt"
	RegeneratedAnswer ForkKind = "regenerated answer"
	ChosenOfTwo       ForkKind = "choice of answers" // two answers were offered side by side
	MixedFork         ForkKind = "branched"          // children of several roles, or without messages
)

// ForkKind says why node i has several children; "" if it has not.
func (c *Conversation) ForkKind(i int) ForkKind { return c.kindOf(c.Nodes[i].Children) }

// Siblings lists the versions that node i is one of, itself included, in
// order: the children of its parent or, in a tree without its trunk (see
// [Conversation.Without]), the roots that were siblings there. Fewer than
// Versions if a filter took some away.
func (c *Conversation) Siblings(i int) []int32 {
	n := &c.Nodes[i]
	if n.Parent >= 0 {
		return c.Nodes[n.Parent].Children
	}
	at := slices.Index(c.Roots, int32(i))
	from, to := at, at+1
	for from > 0 && c.follows(from-1, from) {
		from--
	}
	for to < len(c.Roots) && c.follows(to-1, to) {
		to++
	}
	return c.Roots[from:to]
}

// follows reports that root number b is the next version after root number a.
func (c *Conversation) follows(a, b int) bool {
	m, n := &c.Nodes[c.Roots[a]], &c.Nodes[c.Roots[b]]
	return m.Versions == n.Versions && m.Version < n.Version
}

// VersionKind says why node i has other versions beside it; "" if it has none
// in this tree.
func (c *Conversation) VersionKind(i int) ForkKind {
	if n := &c.Nodes[i]; n.Versions < 2 {
		return ""
	}
	return c.kindOf(c.Siblings(i))
}

func (c *Conversation) kindOf(siblings []int32) ForkKind {
	if len(siblings) < 2 {
		return ""
	}
	user, answer, variants := 0, 0, 0
	for _, k := range siblings {
		m := c.Nodes[k].Message
		switch {
		case m == nil:
		case m.Role == User:
			user++
		case m.Role == Assistant || m.Role == Tool:
			answer++
			if m.Variant {
				variants++
			}
		}
	}
	switch {
	case user == len(siblings):
		return EditedPrompt
	case answer == len(siblings) && variants > 1:
		return ChosenOfTwo
	case answer == len(siblings):
		return RegeneratedAnswer
	}
	return MixedFork
}
