package analyze

import (
	"cmp"
	"slices"
	"strings"

	"gptsnap/formats/chat"
	"gptsnap/formats/rows"
	"gptsnap/formats/source"
)

// A query is what `search` looks for, and where.
type query struct {
	finder  *finder
	in      map[string]bool // areas
	context int             // lines shown before and after one with a match
	current bool            // only on the current path
}

// areas are the places that a search looks into, in the order of the help
// text. Hidden ones (custom instructions, memory, set-up) have to be asked for.
var areas = []string{"text", "titles", "tools", "thinking", "files", "sources", "hidden"}

func parseAreas(list string) (map[string]bool, error) {
	in := map[string]bool{}
	for _, name := range keys(list) {
		if name == "all" {
			for _, a := range areas {
				in[a] = true
			}
			continue
		}
		if !slices.Contains(areas, name) {
			return nil, source.Fail(source.ExitUsage, "there are: "+strings.Join(areas, ", ")+", all", "--in: there is no %q", truncate(cell(name, true), 40, true))
		}
		in[name] = true
	}
	if len(in) == 0 {
		return nil, source.Fail(source.ExitUsage, "there are: "+strings.Join(areas, ", ")+", all", "--in names no place to look into")
	}
	return in, nil
}

// mostContext bounds the lines of context.
const mostContext = 100

// where says what q looks into, for the footer.
func (q *query) where() string {
	var in []string
	for _, a := range areas {
		if q.in[a] {
			in = append(in, a)
		}
	}
	if q.current {
		return "current paths only · in " + strings.Join(in, ", ")
	}
	return "all branches · in " + strings.Join(in, ", ")
}

// A hit is one area of one message (or a title) in which something was found.
type hit struct {
	area             string
	node             int // -1 for a title
	matches          int
	excerpts         []string // the lines that hold the first matches, with their context
	pieces           int      // that the excerpts are made of
	branch, branches int      // the first of the branches that it is on, and how many it is on; 0 for a title
}

// finds are the hits of one conversation, titles first, then in the order of
// the tree.
type finds struct {
	chat listRow
	rows [][]any
	n    int // matches
}

// search reads one conversation. It runs in parallel.
func (q *query) search(c *chat.Conversation) *finds {
	var hits []hit
	if q.in["titles"] {
		h := hit{area: "titles", node: -1}
		for _, s := range []string{c.Title, c.Project} {
			q.look(&h, s)
		}
		hits = h.appendTo(hits)
	}
	var on []bool
	if q.current {
		on = c.OnCurrent()
	}
	for i := range c.Nodes {
		if m := c.Nodes[i].Message; m != nil && (on == nil || on[i]) {
			hits = q.message(hits, i, m)
		}
	}
	if len(hits) == 0 {
		return nil
	}
	place(c, hits)
	return newFinds(c, hits)
}

func (h *hit) appendTo(hits []hit) []hit {
	if h.matches == 0 {
		return hits
	}
	return append(hits, *h)
}

func (q *query) message(hits []hit, i int, m *chat.Message) []hit {
	if area := areaOf(m); q.in[area] {
		h := hit{area: area, node: i}
		for s := range texts(m) {
			q.look(&h, s)
		}
		hits = h.appendTo(hits)
	}
	if q.in["files"] {
		h := hit{area: "files", node: i}
		for f := range m.Files() {
			q.look(&h, cmp.Or(f.Name, f.Pointer))
		}
		hits = h.appendTo(hits)
	}
	if q.in["sources"] {
		h := hit{area: "sources", node: i}
		for l := range rows.Links(m) {
			if l.URL != "" {
				q.look(&h, strings.TrimSpace(l.Title+" "+l.URL))
			}
		}
		hits = h.appendTo(hits)
	}
	return hits
}

// place says on which branches the hits are: each is on as many as there are
// leaves below it, the first of which has a number in the order of the tree.
func place(c *chat.Conversation, hits []hit) {
	order := slices.Collect(c.Preorder())
	first, leaves := make([]int, len(c.Nodes)), make([]int, len(c.Nodes))
	met := 0
	rank := make([]int, len(c.Nodes))
	for k, i := range order {
		rank[i], first[i] = k, met+1
		if len(c.Nodes[i].Children) == 0 {
			leaves[i] = 1
			met++
		}
	}
	for _, i := range slices.Backward(order) {
		if up := c.Nodes[i].Parent; up >= 0 {
			leaves[up] += leaves[i]
		}
	}
	for k := range hits {
		if i := hits[k].node; i >= 0 {
			hits[k].branch, hits[k].branches = first[i], leaves[i]
		}
	}
	at := func(h hit) int {
		if h.node < 0 {
			return -1
		}
		return rank[h.node]
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Compare(at(a), at(b)) })
}
