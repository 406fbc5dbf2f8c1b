package chatgpt

import (
	"slices"
	"strings"
)

// locate finds the text of a reference. If the next marker reads as it says,
// that is it; else by code points, as the provider counts, if they lead to the
// text that it names; else by UTF-16 units; else the next place where that
// text stands.
func (c *citer) locate(r *reference) (stretch, bool) {
	marker := strings.HasPrefix(r.matched, markStart)
	if marker { // references mostly stand in the order of their markers: no need to count
		if k := nextPUA(c.raw, c.cursor); k >= 0 && strings.HasPrefix(c.raw[k:], r.matched) {
			c.take(k)
			return stretch{k, k + len(r.matched)}, true
		}
	}
	if r.start >= 0 && r.end > r.start {
		if c.table == nil {
			c.table = newOffsets(c.raw)
		}
		for _, at := range []stretch{{c.table.rune(r.start), c.table.rune(r.end)}, {c.table.unit(r.start), c.table.unit(r.end)}} {
			if at.from >= 0 && at.to > at.from && alike(c.raw[at.from:at.to], r.matched) {
				c.take(at.from)
				return at, true
			}
		}
	}
	if marker {
		return c.locateMarker(r.matched)
	}
	if c.missing[r.matched] || c.budget <= 0 {
		return stretch{}, false
	}
	k := strings.Index(c.raw[c.cursor:], r.matched)
	if k < 0 {
		c.budget -= len(c.raw) - c.cursor
		if c.missing == nil {
			c.missing = map[string]bool{}
		}
		c.missing[r.matched] = true
		return stretch{}, false
	}
	c.budget -= k
	return stretch{c.cursor + k, c.cursor + k + len(r.matched)}, true
}

// take notes that a reference has the marker that starts at from, once
// locateMarker has asked who has which.
func (c *citer) take(from int) {
	if c.taken != nil {
		c.taken[from] = true
	}
}

// locateMarker finds the next whole marker with this text that no reference
// has yet; behind the cursor if there is one, else anywhere.
func (c *citer) locateMarker(text string) (stretch, bool) {
	if c.markers == nil {
		c.taken = map[int]bool{}
		for _, cite := range c.found {
			c.taken[cite.Start] = true
		}
		c.markers = map[string][]int{}
		for i := nextPUA(c.raw, 0); i >= 0; {
			end := i + markLen
			if strings.HasPrefix(c.raw[i:], markStart) {
				var whole bool
				if end, whole = markerEnd(c.raw, i); whole {
					c.markers[c.raw[i:end]] = append(c.markers[c.raw[i:end]], i)
				}
			}
			i = nextPUA(c.raw, end)
		}
	}
	all := c.markers[text]
	for len(all) > 0 && c.taken[all[0]] { // those in front that are gone
		all = all[1:]
	}
	c.markers[text] = all
	k, _ := slices.BinarySearch(all, c.cursor)
	for tries := 0; k < len(all) && c.taken[all[k]] && tries < 64; tries++ {
		k++
	}
	if k >= len(all) || c.taken[all[k]] {
		k = 0
	}
	if k >= len(all) {
		return stretch{}, false
	}
	c.take(all[k])
	return stretch{all[k], all[k] + len(text)}, true
}

// alike compares what stands in the text with what the provider says should,
// which may have other spaces and hyphens.
func alike(a, b string) bool {
	if a == b {
		return true
	}
	if len(a)-len(b) > len(b)*2+8 || len(b)-len(a) > len(a)*2+8 {
		return false
	}
	return plainSpaces.Replace(a) == plainSpaces.Replace(b)
}

var plainSpaces = strings.NewReplacer("\u00a0", " ", "\u202f", " ", "\u2060", "", "\u2011", "-")
