package html

import "gptsnap/formats/chat"

// Where a conversation forks, the page goes on with one version and holds the
// others in a fold right there, each with all that follows it:
//
//	prompt
//	Version 3 of 3 · regenerated answer
//	  ▸ 2 other versions
//	      Version 1 of 3: answer, prompt, answer
//	      Version 2 of 3: answer
//	answer
//	prompt
//
// Versions hold forks in turn. Boxes in boxes end at maxFolds: deeper versions
// stand at the end of the page, and the fork has links to them.

// maxFolds keeps the depth of the document well under what browsers allow.
const maxFolds = 30

// A plan says, for the nodes of a tree, which stretches are folded where.
type plan struct {
	c         *chat.Conversation
	stretches []chat.Stretch
	before    map[int][]int // by node: the other versions of it, by number of stretch
	after     map[int][]int // by node that ends its stretch: what follows it nonetheless
	apart     []int         // stretches that begin at roots of their own
}

func newPlan(c *chat.Conversation) *plan {
	p := &plan{c: c, stretches: c.Stretches(), before: map[int][]int{}, after: map[int][]int{}}
	if len(p.stretches) == 1 {
		return p
	}
	goesOn := make([]int, len(c.Nodes)) // the next node of the stretch, -1 at its end
	for _, s := range p.stretches {
		for k, i := range s.Nodes {
			goesOn[i] = -1
			if k > 0 {
				goesOn[s.Nodes[k-1]] = i
			}
		}
	}
	leader := map[int]int{} // by root: the version of it that is read first
	for n, s := range p.stretches {
		head := s.Nodes[0]
		switch {
		case s.Fork >= 0 && goesOn[s.Fork] >= 0:
			own := goesOn[s.Fork]
			p.before[own] = append(p.before[own], n)
		case s.Fork >= 0:
			p.after[s.Fork] = append(p.after[s.Fork], n)
		default:
			own, known := leader[head]
			switch {
			case known:
				p.before[own] = append(p.before[own], n)
			case n > 0:
				p.apart = append(p.apart, n)
			}
			if !known && c.Nodes[head].Versions > 1 {
				for _, sibling := range c.Siblings(head) {
					leader[int(sibling)] = head
				}
			}
		}
	}
	return p
}

// A step is something still to be written.
type step struct {
	do      func() // what closes a box; or, if nil:
	nodes   []int  // nodes of a stretch
	forked  bool   // the fork before the first of them is written
	version int    // number of a stretch to be written as a version, from 1
	deeper  int    // added to the depth when the step is done
}

// tree writes all nodes of the conversation.
func (p *page) tree() {
	plan := newPlan(p.d.Conversation)
	if len(plan.stretches) == 0 {
		p.raw("<p class=note>This conversation is empty.</p>\n")
		return
	}
	p.steps(plan, step{nodes: plan.stretches[0].Nodes})
	for len(plan.apart) > 0 {
		n := plan.apart[0]
		plan.apart = plan.apart[1:]
		s := plan.stretches[n]
		p.day = ""
		p.raw("<section class=apart id=v")
		p.num(n)
		p.raw("><h2 class=cut>")
		if s.Fork < 0 {
			p.raw("Another beginning")
		} else {
			p.raw(versionOf(p.d.Conversation, s.Nodes[0]) + ", from <a href=\"#f")
			p.num(n)
			p.raw("\">an earlier fork</a>")
		}
		p.raw("</h2>\n")
		p.steps(plan, step{nodes: s.Nodes})
		p.raw("</section>\n")
	}
}

// steps writes a stretch and, without recursion, all that is folded into it.
func (p *page) steps(plan *plan, first step) {
	todo, depth := []step{first}, 0
	push := func(s step) { todo = append(todo, s) }
	for len(todo) > 0 {
		s := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		depth += s.deeper
		switch {
		case s.do != nil:
			s.do()
		case s.version > 0:
			nodes := plan.stretches[s.version-1].Nodes
			p.openVersion(nodes[0])
			push(step{do: p.closeVersion})
			push(step{nodes: nodes})
		default:
			p.stretch(plan, s, depth, push)
		}
	}
}

// stretch writes nodes up to the next fork, if there is one.
func (p *page) stretch(plan *plan, s step, depth int, push func(step)) {
	for k := 0; k < len(s.nodes); k++ {
		i := s.nodes[k]
		if others := plan.before[i]; len(others) > 0 && !(k == 0 && s.forked) {
			push(step{nodes: s.nodes[k:], forked: true})
			p.fork(plan, i, true, others, depth, push)
			return
		}
		run := p.folded(plan, s.nodes[k:])
		p.messages(s.nodes[k : k+run])
		k += run - 1
		if others := plan.after[s.nodes[k]]; len(others) > 0 {
			p.fork(plan, s.nodes[k], false, others, depth, push)
			return
		}
	}
}

// folded counts how many nodes, one at least, may be written as one: a run of
// steps that nobody reads by default, with no fork between them.
func (p *page) folded(plan *plan, nodes []int) int {
	n := 0
	for n < len(nodes) && p.isStep(nodes[n]) && (n == 0 || len(plan.before[nodes[n]]) == 0) {
		n++
		if len(plan.after[nodes[n-1]]) > 0 {
			break
		}
	}
	return max(n, 1)
}

// fork writes the other versions of own (before it), or what follows own
// beside the path that ends there.
func (p *page) fork(plan *plan, own int, before bool, others []int, depth int, push func(step)) {
	p.forks = true
	c := p.d.Conversation
	summary := plural(len(others), "other version", "other versions")
	kind := ""
	if before {
		n := &c.Nodes[own]
		kind = string(c.VersionKind(own))
		p.raw("<div class=\"fork " + p.side(own) + "\" data-v=")
		p.num(n.Version)
		p.raw(" data-of=")
		p.num(n.Versions)
		p.raw("><p class=ver>")
		p.element("b", "b", versionOf(c, own))
		if kind != "" {
			p.raw(" <span>" + kind + "</span>")
		}
		p.raw("</p>\n")
	} else {
		p.raw("<div class=\"fork after\">")
		summary = plural(len(others), "continuation", "continuations") + " beside the current path"
	}
	if depth >= maxFolds {
		p.raw("<p class=far>" + summary + ": ")
		for k, n := range others {
			head := plan.stretches[n].Nodes[0]
			if k > 0 {
				p.raw(", ")
			}
			p.raw("<a id=f")
			p.num(n)
			p.raw(" href=\"#v")
			p.num(n)
			p.raw("\">version ")
			p.num(c.Nodes[head].Version)
			p.raw("</a>")
		}
		p.raw("</p></div>\n")
		plan.apart = append(plan.apart, others...)
		return
	}
	p.raw("<details class=others><summary>" + summary + "</summary>\n")
	day := p.day
	push(step{deeper: -1, do: func() { p.raw("</details></div>\n"); p.day = day }})
	for k := len(others) - 1; k >= 0; k-- {
		push(step{version: others[k] + 1})
	}
	push(step{deeper: 1, do: func() {}})
}

func (p *page) openVersion(head int) {
	c := p.d.Conversation
	label := versionOf(c, head)
	p.raw("<section class=alt role=group data-v=")
	p.num(c.Nodes[head].Version)
	p.attr("aria-label", label)
	p.raw("><h2 class=cut>" + label + "</h2>\n")
	p.day = ""
}

func (p *page) closeVersion() { p.raw("</section>\n") }

// versionOf is "Version 2 of 3".
func versionOf(c *chat.Conversation, i int) string {
	n := &c.Nodes[i]
	var o out
	o.raw("Version ")
	o.num(n.Version)
	o.raw(" of ")
	o.num(max(n.Versions, n.Version))
	return string(o.b)
}

// side is where the mark of a fork stands: under prompts, which are on the
// right, or under answers.
func (p *page) side(i int) string {
	if m := p.d.Nodes[i].Message; m != nil && m.Role == chat.User {
		return "u"
	}
	return "a"
}

// anchorOf is the id in the page of node i: what comes after # in a deep link.
func anchorOf(c *chat.Conversation, i int) string {
	id := string(c.Nodes[i].ID)
	plain := len(id) > 0 && len(id) <= 80
	for k := 0; k < len(id) && plain; k++ {
		b := id[k]
		plain = 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' || b == '-' || b == '_' || b == '.'
	}
	if plain {
		return "m=" + id
	}
	var o out
	o.raw("m=~")
	o.num(i)
	return string(o.b)
}
