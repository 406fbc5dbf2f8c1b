package rows

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"gptsnap/formats/chat"
	"gptsnap/formats/chat/chattest"

	"pgregory.net/rapid"
)

// dressed draws a tree with roles, times, thought and oddities of every kind.
func dressed(t *rapid.T) *chat.Conversation {
	c := chattest.Tree(t)
	c.ID = "c"
	for i := range c.Nodes {
		m := c.Nodes[i].Message
		if m == nil {
			continue
		}
		m.Role = rapid.SampledFrom([]chat.Role{chat.User, chat.Assistant, chat.Tool, chat.System, "narrator"}).Draw(t, "role")
		m.Thinking = time.Duration(rapid.IntRange(-1, 9).Draw(t, "thinking")) * time.Second
		switch rapid.IntRange(0, 6).Draw(t, "odd") {
		case 0:
			m.Hidden = true
		case 1:
			m.Parts = append(m.Parts, &chat.Code{Language: "Py", Source: "a\nb"})
		case 2:
			m.Parts = append(m.Parts, &chat.Text{Raw: "\n```go\nx\n```\n"})
		}
	}
	return c
}

func TestRowsHoldTheWholeTree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := dressed(t)
		r := Of(c)
		if len(r.Nodes) != len(c.Nodes) {
			t.Fatalf("%d rows of %d nodes", len(r.Nodes), len(c.Nodes))
		}
		leaves, forks, versions := 0, 0, 0
		for i := range r.Nodes {
			n, of := &r.Nodes[i], &c.Nodes[i]
			depth, at := 0, i
			for ; c.Nodes[at].Parent >= 0; at = c.Nodes[at].Parent {
				depth++
			}
			if n.ID != string(of.ID) || n.Parent != of.Parent || n.Depth != depth || n.Children != len(of.Children) || (n.Message != nil) != (of.Message != nil) {
				t.Fatalf("node %d: %+v", i, n)
			}
			if n.Children == 0 {
				leaves++
			}
			if n.Children > 1 {
				forks, versions = forks+1, versions+n.Children
			}
			if (n.Fork != "") != (n.Children > 1) {
				t.Fatalf("node %d with %d children is the fork %q", i, n.Children, n.Fork)
			}
			if m := of.Message; m != nil && (n.Text != Clean(m.Plain()) || n.Visible != m.Visible() || n.Chars != utf8.RuneCountInString(n.Text) || !n.Visible && n.Words != 0) {
				t.Fatalf("node %d: %+v", i, n)
			}
		}
		if r.Leaves != leaves || len(r.Branches) != leaves || r.Forks != forks || r.Versions != versions || r.Edited+r.Regenerated+r.Choices+r.Mixed != forks {
			t.Fatalf("%d leaves, %d forks and %d versions; the rows say %d, %d, %d", leaves, forks, versions, r.Leaves, r.Forks, r.Versions)
		}
	})
}

func TestCountsAddUpAndBranchesShareNothingOfTheirOwn(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := dressed(t)
		r := Of(c)
		roles := r.User + r.Assistant + r.Tool + r.System + r.Others
		messages, visible, words, current, currentWords := 0, 0, 0, 0, 0
		on := c.OnCurrent()
		for i := range r.Nodes {
			n := &r.Nodes[i]
			if n.Message == nil {
				continue
			}
			messages++
			if n.Visible {
				visible++
			}
			words += n.Words
			if on[i] {
				current, currentWords = current+1, currentWords+n.Words
			}
		}
		if r.Messages != messages || roles != messages || r.Visible != visible || r.CurrentPath.Messages != current {
			t.Fatalf("%+v: %d messages, %d of roles, %d visible, %d current", r.Count, messages, roles, visible, current)
		}
		if r.Words() > words || r.CurrentPath.Words() > currentWords {
			t.Fatalf("%d words of people and models, of %d", r.Words(), words)
		}
		nodes, said, spoken := 0, 0, 0
		for k, b := range r.Branches {
			nodes, said, spoken = nodes+b.OwnNodes, said+b.OwnMessages, spoken+b.OwnWords
			length, at := 0, b.Leaf
			for ; at >= 0; at = r.Nodes[at].Parent {
				length++
			}
			if b.Number != k+1 || b.Length != length || r.Nodes[b.Leaf].Children != 0 || b.OwnNodes < 1 || b.OwnMessages > b.Messages {
				t.Fatalf("branch %+v of length %d", b, length)
			}
			if b.Fork >= 0 && r.Nodes[b.Fork].Children < 2 {
				t.Fatalf("branch %+v leaves the others where there is no fork", b)
			}
		}
		if nodes != len(r.Nodes) || said != messages || spoken != words {
			t.Fatalf("the own nodes of branches are %d of %d, messages %d of %d, words %d of %d", nodes, len(r.Nodes), said, messages, spoken, words)
		}
	})
}

// TestAnAnswerKnowsItsPrompt looks, from each node upward, for the prompt that
// it is the first answer to.
func TestAnAnswerKnowsItsPrompt(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := dressed(t)
		r := Of(c)
		for i := range r.Nodes {
			n := &r.Nodes[i]
			want, thought := -1, time.Duration(0)
			if n.Visible && n.Message.Role != chat.User {
				thought = max(0, n.Message.Thinking)
				for at := n.Parent; at >= 0; at = r.Nodes[at].Parent {
					up := &r.Nodes[at]
					if up.Visible && up.Message.Role == chat.User {
						want = at
						break
					}
					if up.Visible {
						break // it is the first answer
					}
					if up.Message != nil {
						thought += max(0, up.Message.Thinking)
					}
				}
			}
			if want < 0 {
				thought = 0
			}
			if n.Prompt != want || n.Thought != thought {
				t.Fatalf("node %d answers %d after %v, want %d after %v", i, n.Prompt, n.Thought, want, thought)
			}
		}
	})
}

func TestEveryPartHasARowThatHoldsItsWords(t *testing.T) {
	t.Parallel()
	for _, p := range chattest.EveryPart() {
		c := &chat.Conversation{ID: "c", Nodes: []chat.Node{{ID: "n", Message: &chat.Message{Role: chat.Assistant, ContentType: "text", Parts: []chat.Part{p}}}}}
		c.Link([]chat.Links{{}}, "n")
		n := Of(c).Nodes[0]
		var b strings.Builder
		b.WriteString(n.Text)
		for _, p := range n.Parts {
			b.WriteString("\n" + strings.Join([]string{p.Kind, p.Title, p.Text, p.URL, p.Status}, "\n"))
		}
		for _, s := range n.Citations {
			b.WriteString("\n" + strings.Join([]string{s.Label, s.Title, s.URL, s.Site, s.Date, s.File}, "\n"))
		}
		for _, f := range n.Files {
			b.WriteString("\n" + strings.Join([]string{f.Name, f.ID, f.Pointer}, "\n"))
		}
		for _, w := range chattest.Words(p) {
			if !strings.Contains(b.String(), w) {
				t.Errorf("the rows of a %T do not hold %q:\n%s", p, w, b.String())
			}
		}
	}
}

func TestCitationsAreNumberedAndTheirLinksCounted(t *testing.T) {
	t.Parallel()
	f := &chat.File{Pointer: "file-1"}
	m := &chat.Message{Role: chat.Assistant, ContentType: "text", Parts: []chat.Part{
		&chat.Text{Raw: "abc", Cites: []chat.Cite{
			{Start: 1, End: 1, Kind: chat.CiteDrop, Label: "nothing"},
			{Start: 1, End: 1, Kind: chat.CiteLinks, Links: []chat.Link{{URL: "https://www.a.example/1", Title: "A"}, {URL: "https://b.example:80/2"}}},
			{Start: 2, End: 2, Kind: chat.CiteWords, Label: "words"},
			{Start: 3, End: 3, Kind: chat.CiteFile, Links: []chat.Link{{File: f}}},
		}},
		&chat.Report{Title: "R", Body: &chat.Text{Raw: "x", Cites: []chat.Cite{{Kind: chat.CiteLinks, Links: []chat.Link{{URL: "https://c.example"}}}}}, Sources: []chat.Link{{URL: "https://d.example"}, {URL: "https://e.example"}}},
	}}
	c := &chat.Conversation{ID: "c", Nodes: []chat.Node{{ID: "n", Message: m}}}
	c.Link([]chat.Links{{}}, "n")
	var got []string
	links := 0
	for _, row := range Of(c).Nodes[0].Citations {
		got = append(got, strings.Join([]string{string('0' + rune(row.Number)), string(row.Kind), row.Domain + row.Label + row.File}, " "))
		if row.URL != "" {
			links++
		}
	}
	want := []string{"1 links a.example", "1 links b.example", "2 words words", "3 file file-1", "4 links c.example", "5 sources d.example", "5 sources e.example"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	n := 0
	for l := range Links(m) {
		if l.URL != "" {
			n++
		}
	}
	if n != links {
		t.Errorf("%d links of the message, %d in its rows", n, links)
	}
}

func TestAFileIsAnAttachmentACitationOrAPart(t *testing.T) {
	t.Parallel()
	sent, cited, drawn := &chat.File{ID: "sent"}, &chat.File{ID: "cited"}, &chat.File{ID: "drawn"}
	m := &chat.Message{Role: chat.User, ContentType: "multimodal_text", Attachments: []*chat.File{sent}, Parts: []chat.Part{
		&chat.Image{File: drawn}, &chat.Image{File: &chat.File{ID: "drawn"}},
		&chat.Text{Raw: "a", Cites: []chat.Cite{{Kind: chat.CiteFile, Links: []chat.Link{{File: cited}}}}},
	}}
	c := &chat.Conversation{ID: "c", Nodes: []chat.Node{{ID: "n", Message: m}}}
	c.Link([]chat.Links{{}}, "n")
	var got []string
	for _, f := range Of(c).Nodes[0].Files {
		got = append(got, f.Use+" "+f.ID)
	}
	slices.Sort(got)
	if want := []string{"attachment sent", "citation cited", "part drawn"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestOutcomesOfTools(t *testing.T) {
	t.Parallel()
	for _, k := range []struct {
		parts  []chat.Part
		took   time.Duration
		timed  bool
		failed bool
	}{
		{nil, 0, false, false},
		{[]chat.Part{&chat.Output{Status: "success", Seconds: 1.5}}, 1500 * time.Millisecond, true, false},
		{[]chat.Part{&chat.Output{Status: "failed_with_in_kernel_exception"}}, 0, false, true},
		{[]chat.Part{&chat.Output{Status: "success", Error: "ValueError"}}, 0, false, true},
		{[]chat.Part{&chat.Output{Seconds: 1}, &chat.Output{Seconds: 2}}, 3 * time.Second, true, false},
		{[]chat.Part{&chat.Output{Seconds: -1}, &chat.Output{Seconds: 1e12}}, 0, false, false},
		{[]chat.Part{&chat.Failure{Name: "tool"}}, 0, false, true},
		{[]chat.Part{&chat.Canvas{Failed: true}}, 0, false, true},
		{[]chat.Part{&chat.Canvas{}}, 0, false, false},
	} {
		took, timed, failed := Outcome(&chat.Message{Parts: k.parts})
		if took != k.took || timed != k.timed || failed != k.failed {
			t.Errorf("%+v: %v %v %v", k, took, timed, failed)
		}
	}
}

func TestWhatNoDatabaseLikesIsReplaced(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"": "", "plain": "plain", "a\x00b": "a\uFFFDb", "\xff\xfe": "\uFFFD", "日\x00": "日\uFFFD"} {
		if got := Clean(in); got != want || !utf8.ValidString(got) || strings.Contains(got, "\x00") {
			t.Errorf("%q: %q", in, got)
		}
	}
	for _, year := range []int{-1, 0, 9999, 60000} {
		if at := Known(time.Date(year, 5, 1, 0, 0, 0, 0, time.UTC)); !at.IsZero() {
			t.Errorf("%d is %v", year, at)
		}
	}
	if at := Known(time.Date(2024, 1, 1, 1, 0, 0, 0, time.FixedZone("", 3600))); at.Location() != time.UTC || at.Hour() != 0 {
		t.Error(at)
	}
}

func TestAProblemKnowsItsNode(t *testing.T) {
	t.Parallel()
	c := &chat.Conversation{ID: "c", Nodes: []chat.Node{{ID: "a"}, {ID: "b"}}, Problems: []chat.Problem{{Node: "b", Text: "odd"}, {Text: "of all"}, {Node: "gone", Text: "lost\x00"}}}
	c.Link([]chat.Links{{}, {Parent: "a"}}, "b")
	var got []string
	for _, p := range Of(c).Problems {
		got = append(got, string('1'+rune(p.Node))+p.Text)
	}
	if want := []string{"2odd", "0of all", "0lost\uFFFD"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
