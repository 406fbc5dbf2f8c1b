package chatgpt

import (
	"cmp"
	"slices"
	"strings"

	"gptsnap/formats/chat"
)

// A citer finds the stretches of one text that stand for something else. The
// provider's references come first; what they do not explain is read from the
// markers themselves.
type citer struct {
	p        *maker
	raw      string
	literal  bool // what a user or a tool wrote: only markers count, brackets and links are theirs
	found    []chat.Cite
	code     []code // code blocks and spans, in order
	coded    bool   // code was looked for
	table    *offsets
	markers  map[string][]int     // where each whole marker stands, by its text
	cursor   int                  // behind the last reference that was placed
	budget   int                  // bytes that searching for matched_text may still read
	missing  map[string]bool      // matched_text that was searched for in vain
	taken    map[int]bool         // starts of markers that a reference has
	numbered map[string]chat.Link // the sources of 2023 by their numbers
	writing  bool                 // a :::writing block is open
}

// A stretch is raw[from:to].
type stretch struct{ from, to int }

// cites resolves the citations of one text of the message.
func (p *maker) cites(raw string) []chat.Cite {
	if !p.ready {
		p.readReferences()
	}
	return p.citesOf(raw, p.m.Role)
}

func (p *maker) citesOf(raw string, role chat.Role) []chat.Cite {
	literal := role != chat.Assistant && role != ""
	if len(p.refs) == 0 && nextPUA(raw, 0) < 0 && (literal || !mayCite(raw)) {
		return nil
	}
	c := citer{p: p, raw: raw, literal: literal, budget: 8*len(raw) + 1<<16}
	if len(p.refs) > 0 {
		c.found = make([]chat.Cite, 0, len(p.refs)+1)
	}
	for i := range p.refs {
		c.place(&p.refs[i])
	}
	c.brackets()
	c.settle()
	c.leftovers()
	c.space()
	return c.found
}

// mayCite reports whether raw holds anything that a marker without
// private-use characters begins with. All of these but two have a colon in
// them, and it is rare: they are looked for around it.
func mayCite(raw string) bool {
	if strings.Contains(raw, "【") || strings.Contains(raw, "citeturn") {
		return true
	}
	for at := 0; ; at++ {
		k := strings.IndexByte(raw[at:], ':')
		if k < 0 {
			return false
		}
		at += k
		before, from := raw[:at], raw[at:]
		if strings.HasPrefix(from, ":::writing") || strings.HasPrefix(from, ":contentReference[") ||
			strings.HasSuffix(before, "](sandbox") || strings.HasSuffix(before, "{{file") {
			return true
		}
	}
}

// add notes a cite. A label never holds what a marker is made of.
func (c *citer) add(from, to int, kind chat.CiteKind, label string, links []chat.Link) {
	label = withoutPUA(label)
	if kind != chat.CiteDrop && label == "" && len(links) == 0 {
		kind = chat.CiteDrop
	}
	if c.inCode(from) {
		links = nil
		kind = chat.CiteDrop
		if label != "" {
			kind = chat.CiteWords
		}
	}
	c.found = append(c.found, chat.Cite{Start: from, End: to, Kind: kind, Label: label, Links: links})
}

// place puts a reference where it belongs in the text.
func (c *citer) place(r *reference) {
	if r.kind == "sources_footnote" {
		if links := r.all(); len(links) > 0 {
			c.found = append(c.found, chat.Cite{Start: len(c.raw), End: len(c.raw), Kind: chat.CiteSources, Links: links})
		}
		return
	}
	if strings.TrimSpace(r.matched) == "" {
		return
	}
	at, ok := c.locate(r)
	if !ok {
		return
	}
	marked := nextPUA(c.raw[at.from:at.to], 0) >= 0
	if !marked && c.inCode(at.from) {
		return
	}
	kind, label, links, leave := c.reading(r, c.raw[at.from:at.to], marked)
	if words := c.raw[at.from:at.to]; !marked && label == "" && kind != chat.CiteDrop && !likeMarker(words) {
		// Words of the sentence: they stay, perhaps as a link.
		kind, label, leave = chat.CiteWords, words, leave || len(links) == 0
	}
	if leave {
		return
	}
	c.cursor = at.to
	c.add(at.from, at.to, kind, label, links)
}

// likeMarker reports whether text without private-use characters is a marker
// of one of the years before them, or one that lost them.
func likeMarker(text string) bool {
	for _, start := range []string{"【", "{{", "[^", ":", "citeturn", "filecite"} {
		if strings.HasPrefix(text, start) {
			return true
		}
	}
	return false
}

// inOrder sorts cites by where they start, the longer first.
func inOrder(a, b chat.Cite) int {
	return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.End, a.End))
}

// settle puts what was found in order and keeps the first of what overlaps.
func (c *citer) settle() {
	slices.SortStableFunc(c.found, inOrder)
	end := 0
	kept := c.found[:0]
	for _, cite := range c.found {
		if cite.Start >= end && (cite.End > cite.Start || cite.Kind == chat.CiteSources) {
			kept = append(kept, cite)
			end = cite.End
		}
	}
	c.found = kept
	for i := 1; i < len(kept); i++ { // one list of sources is enough
		if kept[i].Kind == chat.CiteSources && kept[i-1].Kind == chat.CiteSources {
			kept[i].Links = unique(append(kept[i-1].Links, kept[i].Links...))
			c.found = append(slices.Clone(kept[:i-1]), kept[i:]...)
			kept = c.found
			i--
		}
	}
}

// leftovers reads the markers that no reference explains, between those that
// were placed.
func (c *citer) leftovers() {
	placed := c.found
	c.found = nil
	next := c.signsFrom()
	at := 0
	for i := 0; i <= len(placed); i++ {
		end := len(c.raw)
		if i < len(placed) {
			end = placed[i].Start
		}
		c.gap(next, at, end)
		if i < len(placed) {
			at = placed[i].End
		}
	}
	if len(c.found) == 0 {
		c.found = placed
	} else if len(placed) > 0 {
		c.found = append(placed, c.found...)
		slices.SortStableFunc(c.found, inOrder)
	}
}

// gap reads the markers within raw[at:end].
func (c *citer) gap(next []int, at, end int) {
	low := at // what stands before it belongs to another cite
	for at < end {
		best := -1 // which sign stands next
		for k := range next {
			if next[k] >= 0 && next[k] < at {
				next[k] = signs[k].next(c.raw, at)
			}
			if next[k] >= 0 && next[k] < end && (best < 0 || next[k] < next[best]) {
				best = k
			}
		}
		if best < 0 {
			return
		}
		from := next[best]
		to := signs[best].read(c, from, low, end)
		if at = to; to > from {
			low = to
		} else { // it was nothing: go on behind its first character
			at = from + 1
		}
	}
}
