package chat

// Filter returns a copy of c with only the nodes that keep says yes to. What
// hung under a node that went hangs, in its place, under its nearest kept
// forebear. Nodes keep their order, their version numbers and their messages
// (shared, not copied).
func (c *Conversation) Filter(keep func(i int) bool) *Conversation {
	small, _ := c.filter(keep)
	return small
}

// Without is Filter for nodes that shall look as if they had never been: the
// versions are counted anew among the siblings that the tree now has. Roots
// that hung from one dropped root are versions of each other.
func (c *Conversation) Without(drop func(i int) bool) *Conversation {
	small, old := c.filter(func(i int) bool { return !drop(i) })
	top := make([]int, len(c.Nodes)) // the root above each node, in the whole tree
	for i := range c.Preorder() {
		top[i] = i
		if p := c.Nodes[i].Parent; p >= 0 {
			top[i] = top[p]
		}
	}
	above := func(place int) int { return top[old[small.Roots[place]]] }
	for from := 0; from < len(small.Roots); {
		to := from + 1
		for to < len(small.Roots) && above(to) == above(from) {
			to++
		}
		small.number(small.Roots[from:to])
		from = to
	}
	for i := range small.Nodes {
		small.number(small.Nodes[i].Children)
	}
	return small
}

// filter also tells for each node kept which one it was.
func (c *Conversation) filter(keep func(i int) bool) (*Conversation, []int) {
	small := *c
	var old []int
	small.Nodes, small.Roots = nil, nil
	place := make([]int, len(c.Nodes)) // new index, or -1
	for i := range c.Nodes {
		place[i] = -1
		if keep(i) {
			place[i] = len(small.Nodes)
			n := c.Nodes[i]
			n.Children = nil
			small.Nodes = append(small.Nodes, n)
			old = append(old, i)
		}
	}
	heir := make([]int, len(c.Nodes)) // new index of the nearest kept node at or above
	for i := range c.Preorder() {
		up := -1
		if p := c.Nodes[i].Parent; p >= 0 {
			up = heir[p]
		}
		k := place[i]
		if k < 0 {
			heir[i] = up
			continue
		}
		heir[i] = k
		small.Nodes[k].Parent = up
		if up < 0 {
			small.Roots = append(small.Roots, int32(k))
		} else {
			small.Nodes[up].Children = append(small.Nodes[up].Children, int32(k))
		}
	}
	small.Current = -1
	if c.Current >= 0 {
		small.Current = heir[c.Current]
	}
	return &small, old
}

// CurrentOnly is c reduced to its current path.
func (c *Conversation) CurrentOnly() *Conversation {
	on := c.OnCurrent()
	return c.Filter(func(i int) bool { return on[i] })
}

// Only is c reduced to the given nodes, with the last of them current.
func (c *Conversation) Only(path []int) *Conversation {
	in := make([]bool, len(c.Nodes))
	for _, i := range path {
		in[i] = true
	}
	whole := *c
	if len(path) > 0 {
		whole.Current = path[len(path)-1]
	}
	return whole.Filter(func(i int) bool { return in[i] })
}
