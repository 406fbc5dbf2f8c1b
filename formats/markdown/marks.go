package markdown

import (
	"hash/fnv"
	"slices"
	"strconv"

	"gptsnap/formats/chat"
)

// findAnchors finds the nodes that something on the page links to: versions
// of one message, and the places where branches begin.
func (p *page) findAnchors(stretches []chat.Stretch) {
	p.kindFor = -1
	if len(stretches) < 2 {
		return
	}
	c := p.d.Conversation
	p.countSaid()
	p.anchors = make([]bool, len(c.Nodes))
	for i := range c.Nodes {
		n := &c.Nodes[i]
		p.anchors[i] = n.Versions > 1 || n.Parent >= 0 && len(c.Nodes[n.Parent].Children) > 1
	}
	for _, s := range stretches {
		if s.Fork >= 0 {
			p.anchors[s.Fork] = true
		}
	}
}

func (p *page) anchored(i int) bool { return p.anchors != nil && p.anchors[i] }

// anchorName is a name for node i that any viewer takes and that the same
// node has on every page: its own id, or a number made of it.
func anchorName(id chat.NodeID) string {
	plain := len(id) > 0 && len(id) <= 64
	for i := 0; plain && i < len(id); i++ {
		plain = isWord(id[i]) || id[i] == '-'
	}
	if plain {
		return "m-" + string(id)
	}
	h := fnv.New64a()
	h.Write([]byte(id))
	return "x-" + strconv.FormatUint(h.Sum64(), 16)
}

// anchor makes node i a target of links. Obsidian has none of these: there
// the line that mark writes is the target.
func (p *page) anchor(i int) {
	p.gap()
	p.b = append(append(append(p.b, `<a id="`...), anchorName(p.d.Nodes[i].ID)...), "\"></a>\n"...)
}

// jump links words to node i.
func (p *page) jump(words string, i int) {
	name := anchorName(p.d.Nodes[i].ID)
	if p.r.wiki {
		p.b = append(append(append(p.b, "[["...), "#^"...), name...)
		p.b = append(append(append(p.b, '|'), words...), "]]"...)
		return
	}
	p.b = append(append(append(p.b, '['), words...), "](#"...)
	p.b = append(append(p.b, name...), ')')
}

// mark writes the line that says which version a message is and where the
// others are.
func (p *page) mark(i int, versions bool) {
	p.gap()
	p.b = append(p.b, '*')
	if versions {
		p.version(i, "Version ")
		p.others(i, " · other versions: ")
	} else {
		p.b = append(p.b, "The conversation forks after this"...)
	}
	p.b = append(p.b, '*')
	p.blockID(i)
	p.b = append(p.b, '\n')
}

func (p *page) blockID(i int) {
	if p.r.wiki && p.anchored(i) {
		p.b = append(append(p.b, " ^"...), anchorName(p.d.Nodes[i].ID)...)
	}
}

// version writes "Version 2 of 3 (edited prompt)".
func (p *page) version(i int, word string) {
	n := &p.d.Nodes[i]
	p.b = append(append(append(append(p.b, word...), decimal(n.Version)...), " of "...), decimal(n.Versions)...)
	kind := string(p.kindAt(i))
	if m := n.Message; kind == "" && m != nil { // the others are not on this page
		switch m.Role {
		case chat.User:
			kind = string(chat.EditedPrompt)
		case chat.Assistant, chat.Tool:
			kind = string(chat.RegeneratedAnswer)
		}
	}
	if n.Message != nil && n.Message.Chosen {
		kind += ", chosen"
	}
	if kind != "" {
		p.b = append(append(append(p.b, " ("...), kind...), ')')
	}
}

// kindAt is the kind of the fork that node i is a version in. Siblings are
// met one after the other, so the last answer is kept.
func (p *page) kindAt(i int) chat.ForkKind {
	siblings := p.d.Siblings(i)
	if p.kindFor != siblings[0] {
		p.kind, p.kindFor = p.d.VersionKind(i), siblings[0]
	}
	return p.kind
}

// others links to the other versions of node i. Of very many it names the
// neighbours, the first and the last.
func (p *page) others(i int, before string) {
	const near = 6
	siblings := p.d.Siblings(i)
	at := slices.Index(siblings, int32(i))
	skipped := false
	for k, other := range siblings {
		if k == at {
			continue
		}
		if k > 0 && k < len(siblings)-1 && (k < at-near || k > at+near) {
			skipped = true
			continue
		}
		p.b = append(p.b, before...)
		before = ", "
		if skipped {
			p.b = append(p.b, "… "...)
			skipped = false
		}
		p.jump(decimal(p.d.Nodes[other].Version), int(other))
	}
}

// branchHeading begins a stretch that is not the current path: what it is,
// and links back to where it forks off.
func (p *page) branchHeading(s *chat.Stretch) {
	i := s.Nodes[0]
	n := &p.d.Nodes[i]
	p.gap()
	if p.anchored(i) && !p.r.wiki {
		p.anchor(i)
		p.gap()
	}
	p.b = append(p.b, "## "...)
	number, said := p.saidUpTo(s.Fork)
	switch {
	case s.Fork < 0 && n.Versions < 2:
		p.b = append(p.b, "Another beginning"...)
	case number == 0:
		p.b = append(p.b, "Branch from the beginning"...)
	default:
		p.b = append(append(p.b, "Branch from message "...), decimal(number)...)
	}
	if n.Versions > 1 {
		p.version(i, ": version ")
	}
	p.b = append(p.b, "\n\n*"...)
	if s.Fork >= 0 {
		p.b = append(p.b, "Branches off after "...)
		if said == nil {
			p.jump("this point", s.Fork)
		} else { // its words stand once, where it stands
			p.jump("message "+decimal(number), s.Fork)
			who := p.r.o.AssistantName
			if said.Role == chat.User {
				who = p.r.o.UserName
			}
			p.b = append(p.b, " by "...)
			p.words(who)
		}
	} else {
		p.b = append(p.b, "Begins a path of its own"...)
	}
	p.others(i, " · other versions: ")
	p.b = append(p.b, '*')
	p.blockID(i)
	p.b = append(p.b, '\n')
}

// saidUpTo counts the visible messages on the path down to node i, and gives
// the last of them.
func (p *page) saidUpTo(i int) (n int, last *chat.Message) {
	if i < 0 {
		return 0, nil
	}
	if k := p.lastSaid[i]; k >= 0 {
		last = p.d.Nodes[k].Message
	}
	return int(p.said[i]), last
}

// countSaid prepares saidUpTo for all nodes at once: a path may be long.
func (p *page) countSaid() {
	c := p.d.Conversation
	p.said, p.lastSaid = make([]int32, len(c.Nodes)), make([]int32, len(c.Nodes))
	for i := range c.Preorder() {
		n := &c.Nodes[i]
		p.lastSaid[i] = -1
		if n.Parent >= 0 {
			p.said[i], p.lastSaid[i] = p.said[n.Parent], p.lastSaid[n.Parent]
		}
		if n.Message != nil && n.Message.Visible() {
			p.said[i]++
			p.lastSaid[i] = int32(i)
		}
	}
}
