package analyze

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"gptsnap/formats/chat"

	"pgregory.net/rapid"
)

var wide = Screen{Width: 200, Unicode: true, Zone: time.UTC}

func said(role chat.Role, text string) *chat.Message {
	return &chat.Message{Role: role, ContentType: "text", Recipient: "all", Parts: []chat.Part{&chat.Text{Raw: text}}}
}

func TestATreeShowsEveryReadMessageOnceAndCountsTheRest(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all := conversations(t)
		for _, c := range all {
			shown, steps := 0, 0
			for i := range c.Nodes {
				if m := c.Nodes[i].Message; m != nil && m.Class() == chat.Said {
					shown++
					m.Parts = append([]chat.Part{&chat.Text{Raw: fmt.Sprintf("<%d> text", i)}}, m.Parts...)
				} else if m != nil {
					steps++
				}
			}
			var b bytes.Buffer
			if err := draw(&b, c, wide); err != nil {
				t.Fatal(err)
			}
			text := b.String()
			counted, leaves, current := 0, 0, 0
			for l := range strings.Lines(text) {
				var n int
				l = strings.TrimSuffix(l, "\n")
				if i := strings.LastIndex(l, "  +"); i >= 0 && !strings.HasPrefix(l, "+") {
					fmt.Sscanf(l[i:], "  +%d", &n)
				} else if i := strings.Index(l, "("); i >= 0 && strings.Contains(l, "not shown)") {
					fmt.Sscanf(l[i:], "(%d", &n)
				}
				counted += n
				leaves += strings.Count(l, " leaf")
				current += strings.Count(l, " current") - strings.Count(l, " current path")
			}
			if counted != steps {
				t.Fatalf("%d steps counted of %d:\n%s", counted, steps, text)
			}
			if current != min(1, len(c.Nodes)) {
				t.Fatalf("%d marks of current:\n%s", current, text)
			}
			atLeaf := 0
			if c.Current >= 0 && len(c.Nodes[c.Current].Children) == 0 {
				atLeaf = 1
			}
			if leaves+atLeaf != c.Leaves() {
				t.Fatalf("%d leaves of %d:\n%s", leaves+atLeaf, c.Leaves(), text)
			}
			for i := range c.Nodes {
				if n := strings.Count(text, fmt.Sprintf("<%d> text", i)); n > 1 {
					t.Fatalf("node %d drawn %d times", i, n)
				} else if n == 1 {
					shown--
				}
			}
			if shown != 0 {
				t.Fatalf("%d messages are missing:\n%s", shown, text)
			}
		}
	})
}

// chain makes n messages in a row, and at every forkth a version aside.
func chain(n, forkth int) *chat.Conversation {
	c := &chat.Conversation{ID: "chain", Title: "A chain"}
	var links []chat.Links
	add := func(parent int) int {
		l := chat.Links{}
		if parent >= 0 {
			l.Parent = c.Nodes[parent].ID
		}
		c.Nodes = append(c.Nodes, chat.Node{ID: chat.NodeID(fmt.Sprint(len(c.Nodes))), Message: said(chat.User, "word")})
		links = append(links, l)
		return len(c.Nodes) - 1
	}
	at := -1
	for i := range n {
		next := add(at)
		if forkth > 0 && i%forkth == forkth-1 {
			add(at)
		}
		at = next
	}
	c.Link(links, c.Nodes[at].ID)
	return c
}

func TestALongChainDoesNotDriftToTheRight(t *testing.T) {
	t.Parallel()
	for _, forkth := range []int{0, 10} {
		var b bytes.Buffer
		s := Screen{Width: 80, Unicode: true, Zone: time.UTC}
		if err := draw(&b, chain(100_000, forkth), s); err != nil {
			t.Fatal(err)
		}
		lines, deepest := 0, 0
		for l := range strings.Lines(b.String()) {
			lines++
			deepest = max(deepest, strings.Count(l, "│")+strings.Count(l, "├"))
		}
		if lines < 100_000 || deepest > 1 {
			t.Errorf("a fork every %d: %d lines, %d rails", forkth, lines, deepest)
		}
	}
}

// nest makes a tree in which every first version forks again: it is as deep
// in forks as it can be.
func nest(n int) *chat.Conversation {
	c := &chat.Conversation{ID: "nest", Title: "Nested", Nodes: []chat.Node{{ID: "0", Message: said(chat.User, "word")}}}
	links := []chat.Links{{}}
	at := chat.NodeID("0")
	for i := range n {
		a, b := chat.NodeID(fmt.Sprint("a", i)), chat.NodeID(fmt.Sprint("b", i))
		c.Nodes = append(c.Nodes, chat.Node{ID: a, Message: said(chat.Assistant, "aside")}, chat.Node{ID: b, Message: said(chat.Assistant, "straight")})
		links = append(links, chat.Links{Parent: at}, chat.Links{Parent: at})
		at = a
	}
	c.Link(links, "b0")
	return c
}

func TestDeeplyNestedForksStayOnTheScreenAndSayTheirDepth(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	s := Screen{Width: 80, Unicode: true, Zone: time.UTC}
	if err := draw(&b, nest(20_000), s); err != nil {
		t.Fatal(err)
	}
	fits(t, b.String(), s)
	if n := strings.Count(b.String(), "2/2 re"); n != 20_000 {
		t.Errorf("%d of 20000 arms drawn", n)
	}
	if !strings.Contains(b.String(), ">20000 ") || !strings.Contains(b.String(), "does not go further to the right") {
		t.Error("the depth is not told")
	}
	b.Reset()
	if err := draw(&b, nest(14), s); err != nil {
		t.Fatal(err)
	}
	golden(t, "nested.80.txt", b.String())
}

func TestACurrentNodeAmidATreeIsMarkedAndWhatFollowsIsOffThePath(t *testing.T) {
	t.Parallel()
	c := &chat.Conversation{ID: "c", Title: "Amid", Nodes: []chat.Node{
		{ID: "root"}, {ID: "q", Message: said(chat.User, "question")}, {ID: "t", Message: &chat.Message{Role: chat.Tool}}, {ID: "a", Message: said(chat.Assistant, "answer")},
		{ID: "lost", Message: said(chat.User, "from elsewhere")},
	}}
	c.Link([]chat.Links{{}, {Parent: "root"}, {Parent: "q"}, {Parent: "t"}, {}}, "t")
	var b bytes.Buffer
	if err := draw(&b, c, Screen{Width: 60, Unicode: true, Zone: time.UTC}); err != nil {
		t.Fatal(err)
	}
	golden(t, "amid.60.txt", b.String())
}

type full struct{ room int }

func (f *full) Write(b []byte) (int, error) {
	if f.room -= len(b); f.room < 0 {
		return 0, io.ErrShortWrite
	}
	return len(b), nil
}

func TestAFullDiskIsToldByEveryPrinter(t *testing.T) {
	t.Parallel()
	table, scope := tableOf(t, account(9), newList(utc), utc)
	for name, write := range map[string]func(io.Writer) error{
		"table": func(w io.Writer) error { return Print(w, &table, scope, wide) }, "json": func(w io.Writer) error { return WriteJSON(w, &table, scope) },
		"jsonl": func(w io.Writer) error { return WriteJSONL(w, &table) }, "csv": func(w io.Writer) error { return WriteCSV(w, &table) },
		"markdown": func(w io.Writer) error { return WriteMarkdown(w, &table, scope) },
		"tree":     func(w io.Writer) error { return draw(w, account(1)[0], wide) },
	} {
		if err := write(&full{100}); err == nil {
			t.Errorf("%s says nothing", name)
		}
	}
}
