package chat_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"gptsnap/formats/chat"
	"gptsnap/formats/chat/chattest"

	"pgregory.net/rapid"
)

func TestEveryLinkedTreeIsAForest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := chattest.Tree(t)
		seen := map[int]int{}
		for i := range c.Preorder() {
			seen[i]++
			for _, k := range c.Nodes[i].Children {
				if c.Nodes[k].Parent != i {
					t.Fatalf("%d is a child of %d but its parent is %d", k, i, c.Nodes[k].Parent)
				}
			}
		}
		for i := range c.Nodes {
			if seen[i] != 1 {
				t.Fatalf("node %d met %d times", i, seen[i])
			}
			if (c.Nodes[i].Parent < 0) != slices.Contains(c.Roots, int32(i)) {
				t.Fatalf("node %d: parent %d, roots %v", i, c.Nodes[i].Parent, c.Roots)
			}
		}
		if (c.Current < 0) != (len(c.Nodes) == 0) {
			t.Fatalf("current %d of %d", c.Current, len(c.Nodes))
		}
	})
}

func TestBranchesHoldEveryNodeExactlyOnceAsTheirOwn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := chattest.Tree(t)
		own, branches, current := map[int]int{}, 0, 0
		for b := range c.Branches() {
			branches++
			if b.Current {
				current++
				if !slices.Contains(b.Nodes, c.Current) {
					t.Fatalf("branch %v is called current, the current node is %d", b.Nodes, c.Current)
				}
			}
			if !slices.Equal(b.Nodes, c.PathTo(b.Nodes[len(b.Nodes)-1])) {
				t.Fatalf("branch %v is not the path to its leaf", b.Nodes)
			}
			for _, i := range b.Nodes[b.Shared:] {
				own[i]++
			}
		}
		if branches != c.Leaves() || current != min(1, branches) {
			t.Fatalf("%d branches, %d leaves, %d current", branches, c.Leaves(), current)
		}
		for i := range c.Nodes {
			if own[i] != 1 {
				t.Fatalf("node %d is new in %d branches", i, own[i])
			}
		}
	})
}

func TestStretchesReadEveryNodeOnceAndTheCurrentPathFirst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := chattest.Tree(t)
		seen := map[int]bool{}
		for k, s := range c.Stretches() {
			if s.Current != (k == 0) {
				t.Fatalf("stretch %d: current %v", k, s.Current)
			}
			if s.Current && !slices.Equal(s.Nodes, c.PathTo(c.Current)) {
				t.Fatalf("the first stretch is %v, the current path %v", s.Nodes, c.PathTo(c.Current))
			}
			up := s.Fork
			if up >= 0 && !seen[up] {
				t.Fatalf("stretch %d hangs from %d, which was not read yet", k, up)
			}
			for _, i := range s.Nodes {
				if c.Nodes[i].Parent != up || seen[i] {
					t.Fatalf("stretch %d breaks at node %d", k, i)
				}
				seen[i], up = true, i
			}
		}
		if len(seen) != len(c.Nodes) {
			t.Fatalf("%d of %d nodes read", len(seen), len(c.Nodes))
		}
	})
}

func TestFilterKeepsOrderAndForebears(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := chattest.Tree(t)
		drop := map[chat.NodeID]bool{}
		for i := range c.Nodes {
			drop[c.Nodes[i].ID] = rapid.Bool().Draw(t, "drop")
		}
		names := func(c *chat.Conversation, path []int) (ids []chat.NodeID) {
			for _, i := range path {
				if !drop[c.Nodes[i].ID] {
					ids = append(ids, c.Nodes[i].ID)
				}
			}
			return ids
		}
		f := c.Filter(func(i int) bool { return !drop[c.Nodes[i].ID] })
		at := map[chat.NodeID]int{}
		for i := range c.Nodes {
			at[c.Nodes[i].ID] = i
		}
		for i := range f.Nodes {
			got, want := names(f, f.PathTo(i)), names(c, c.PathTo(at[f.Nodes[i].ID]))
			if !slices.Equal(got, want) {
				t.Fatalf("path %v, want %v", got, want)
			}
		}
		if got, want := names(f, slices.Collect(f.Preorder())), names(c, slices.Collect(c.Preorder())); !slices.Equal(got, want) {
			t.Fatalf("order %v, want %v", got, want)
		}
		if got, want := names(f, f.PathTo(f.Current)), names(c, c.PathTo(c.Current)); !slices.Equal(got, want) {
			t.Fatalf("current path %v, want %v", got, want)
		}
	})
}

func TestWithoutCountsVersionsAmongTheSiblingsThatRemain(t *testing.T) {
	// system a forks into prompts b and c; c into tool calls d and e with answers f and g.
	c := build("g", chat.Links{}, chat.Links{Parent: "a"}, chat.Links{Parent: "a"}, chat.Links{Parent: "c"}, chat.Links{Parent: "c"}, chat.Links{Parent: "d"}, chat.Links{Parent: "e"})
	drop := map[chat.NodeID]bool{"a": true, "d": true, "e": true}
	got := c.Without(func(i int) bool { return drop[c.Nodes[i].ID] })
	s := ""
	for _, n := range got.Nodes {
		s += fmt.Sprintf("%s %d/%d ", n.ID, n.Version, n.Versions)
	}
	if s != "b 1/2 c 2/2 f 1/2 g 2/2 " {
		t.Error(s)
	}
	if sib := got.Siblings(0); len(sib) != 2 || got.Nodes[got.Current].ID != "g" {
		t.Errorf("siblings %v, current %d", sib, got.Current)
	}
	if path := got.CurrentOnly(); path.Nodes[0].Version != 2 || len(path.Siblings(0)) != 1 || path.VersionKind(0) != "" {
		t.Error("the path lost its numbers")
	}
	two := build("", chat.Links{}, chat.Links{}) // two roots of their own are no versions
	if two.Nodes[1].Versions != 1 || len(two.Siblings(1)) != 1 {
		t.Errorf("%+v", two.Nodes)
	}
}

func build(current chat.NodeID, links ...chat.Links) *chat.Conversation {
	c := &chat.Conversation{}
	for i := range links {
		c.Nodes = append(c.Nodes, chat.Node{ID: chat.NodeID(rune('a' + i))})
	}
	c.Link(links, current)
	return c
}

func shape(c *chat.Conversation) string {
	s := ""
	for i := range c.Nodes {
		up := "-"
		if p := c.Nodes[i].Parent; p >= 0 {
			up = string(c.Nodes[p].ID)
		}
		s += fmt.Sprintf("%s<%s ", up, c.Nodes[i].ID)
	}
	return s
}

func TestLinkRepairs(t *testing.T) {
	ids := func(s string) (l []chat.NodeID) {
		for _, r := range s {
			l = append(l, chat.NodeID(r))
		}
		return l
	}
	for _, k := range []struct {
		name     string
		links    []chat.Links
		want     string
		problems int
	}{
		{"a plain chain", []chat.Links{{}, {Parent: "a"}, {Parent: "b"}}, "-<a a<b b<c ", 0},
		{"no parents at all, only children", []chat.Links{{Children: ids("b")}, {Children: ids("c")}, {}}, "-<a a<b b<c ", 0},
		{"a parent that is not there", []chat.Links{{}, {Parent: "z"}}, "-<a -<b ", 1},
		{"an orphan that somebody lists", []chat.Links{{Children: ids("b")}, {Parent: "z"}}, "-<a a<b ", 1},
		{"its own parent", []chat.Links{{}, {Parent: "b"}}, "-<a -<b ", 1},
		{"its own parent and child", []chat.Links{{Parent: "a", Children: ids("a")}}, "-<a ", 1},
		{"the first of two adopters wins", []chat.Links{{}, {Parent: "a", Children: ids("d")}, {Parent: "a", Children: ids("d")}, {}}, "-<a a<b a<c b<d ", 0},
		{"a named parent beats an adopter", []chat.Links{{Children: ids("c")}, {}, {Parent: "b"}}, "-<a -<b b<c ", 0},
		{"a circle of two", []chat.Links{{Parent: "b"}, {Parent: "a"}}, "b<a -<b ", 1},
		{"a circle with a tail that comes first", []chat.Links{{Parent: "b"}, {Parent: "c"}, {Parent: "d"}, {Parent: "b"}}, "b<a c<b d<c -<d ", 1},
		{"the only root is listed as a child below", []chat.Links{{}, {Parent: "a", Children: ids("a")}}, "b<a -<b ", 1},
		{"a ghost child", []chat.Links{{Children: ids("zb")}, {Parent: "a"}}, "-<a a<b ", 1},
	} {
		c := build("", k.links...)
		if got := shape(c); got != k.want || len(c.Problems) != k.problems {
			t.Errorf("%s: %s with %v, want %s with %d problems", k.name, got, c.Problems, k.want, k.problems)
		}
	}
}

func TestChildrenStandAsListedThenAsSent(t *testing.T) {
	c := build("", chat.Links{Children: []chat.NodeID{"d", "b", "d"}}, chat.Links{Parent: "a"}, chat.Links{Parent: "a"}, chat.Links{Parent: "a"})
	if got := fmt.Sprint(c.Nodes[0].Children); got != "[3 1 2]" {
		t.Error(got)
	}
	if n := c.Nodes[2]; n.Version != 3 || n.Versions != 3 {
		t.Errorf("version %d of %d", n.Version, n.Versions)
	}
}

func TestWithoutACurrentNodeTheNewestPathIsCurrent(t *testing.T) {
	at := func(sec int64) *chat.Message { return &chat.Message{Created: time.Unix(sec, 0)} }
	c := &chat.Conversation{Nodes: []chat.Node{{ID: "a"}, {ID: "b", Message: at(9)}, {ID: "c", Message: at(5)}, {ID: "d", Message: at(7)}}}
	c.Link([]chat.Links{{}, {Parent: "a"}, {Parent: "b"}, {Parent: "a"}}, "gone")
	if c.Current != 2 { // the newest message, 9, is on the way to c
		t.Errorf("current is %d", c.Current)
	}
	c = &chat.Conversation{Nodes: []chat.Node{{ID: "a"}, {ID: "b"}, {ID: "c"}}}
	c.Link([]chat.Links{{}, {Parent: "a"}, {Parent: "a"}}, "")
	if c.Current != 2 || len(c.Problems) != 0 {
		t.Errorf("without times current is %d, problems %v", c.Current, c.Problems)
	}
}

func TestAChainOfAMillionNodes(t *testing.T) {
	const n = 1_000_000
	c, links := &chat.Conversation{Nodes: make([]chat.Node, n)}, make([]chat.Links, n)
	for i := range n {
		c.Nodes[i].ID = chat.NodeID(fmt.Sprint(i))
		if i > 0 {
			links[i].Parent = c.Nodes[i-1].ID
		}
	}
	c.Link(links, "")
	if c.Leaves() != 1 || len(c.Stretches()) != 1 || len(c.PathTo(c.Current)) != n {
		t.Error("the chain broke")
	}
}

func TestWords(t *testing.T) {
	for s, want := range map[string]int{"": 0, "  ": 0, "one": 1, " one  two\n": 2, "a\u00a0b\u3000c": 3, "日本 語": 2, "naïve café": 2} {
		if got := chat.Words(s); got != want {
			t.Errorf("%q: %d words, want %d", s, got, want)
		}
	}
}
