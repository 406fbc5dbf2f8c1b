package markdown

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"gptsnap/formats/chat"
	"gptsnap/formats/chat/chattest"

	"github.com/yuin/goldmark/ast"
	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"
)

// Every kind of part is shown, by every role that may send it, on the current
// path and off it, in every flavour.
func TestEveryPartIsShown(t *testing.T) {
	t.Parallel()
	for _, flavor := range []string{"gfm", "obsidian", "commonmark"} {
		for _, tools := range []string{"fold", "show"} {
			r := mustNew(t, Options{Flavor: flavor, Tools: tools, Thinking: tools})
			for _, role := range []chat.Role{chat.User, chat.Assistant, chat.Tool, chat.System, "somebody"} {
				for _, part := range chattest.EveryPart() {
					for _, current := range []bool{true, false} {
						m := said(role, "")
						m.Parts = []chat.Part{part}
						c := &chat.Conversation{Nodes: []chat.Node{{ID: "a", Message: said(chat.User, "x")}, {ID: "b", Message: m}, {ID: "c", Message: said(chat.Assistant, "y")}}}
						at := chat.NodeID("c")
						if current {
							at = "b"
						}
						c.Link([]chat.Links{{}, {Parent: "a"}, {Parent: "a"}}, at)
						page := render(t, r, c)
						for _, word := range chattest.Words(part) {
							if !strings.Contains(page, word) {
								t.Errorf("%s, %s, %T: %q is not on the page:\n%s", flavor, role, part, word, page)
							}
						}
					}
				}
			}
		}
	}
}

func TestFilesAreLinkedOrNoted(t *testing.T) {
	t.Parallel()
	f := &chat.File{Name: "a (1) #2.png", Size: 12345, Width: 3, Height: 4, Href: "../files/a (1) #2.png"}
	m := said(chat.User, "")
	m.Parts = []chat.Part{&chat.Image{File: f}, &chat.Image{File: &chat.File{ID: "f-9", Size: 999, Missing: "expired"}}}
	m.Attachments = []*chat.File{{Name: "b.pdf", MIME: "application/pdf", Size: 2_000_000, Href: "files/b.pdf"}}
	page := render(t, mustNew(t, Options{}), talk(m))
	for _, want := range []string{
		"![a (1) #2.png](../files/a%20%281%29%20%232.png)", "3 × 4, 12 KB",
		"*(image: f-9, 999 bytes: expired)*",
		"Attached: [b.pdf](files/b.pdf) (file, application/pdf, 2.0 MB)",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is missing in\n%s", want, page)
		}
	}
	page = render(t, mustNew(t, Options{Flavor: "obsidian"}), talk(m))
	if !strings.Contains(page, "[[files/b.pdf|b.pdf]]") || !strings.Contains(page, `![a (1) \#2.png](../files/`) {
		t.Errorf("one file is in the vault, one is not:\n%s", page)
	}
	for href, want := range map[string]string{
		"data:image/png;base64,AA==":                "\n![p.png](data:image/png;base64,AA==)\n",
		"data:application/octet-stream;base64,AA==": "\n[p.png](data:application/octet-stream;base64,AA==) (image)\n",
	} {
		m.Parts = []chat.Part{&chat.Image{File: &chat.File{Name: "p.png", Href: href}}}
		if page := render(t, mustNew(t, Options{}), talk(m)); !strings.Contains(page, want) {
			t.Errorf("%q is missing in\n%s", want, page)
		}
	}
}

func TestOptionsThatAreUnknownAreRefused(t *testing.T) {
	t.Parallel()
	for _, o := range []Options{{Thinking: "x"}, {Tools: "x"}, {Timestamps: "x"}, {Citations: "x"}, {Flavor: "x"}} {
		if _, err := New(o); err == nil || !strings.Contains(err.Error(), `"x": it knows `) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

func TestWhatIsDroppedIsCounted(t *testing.T) {
	t.Parallel()
	call := &chat.Message{Role: chat.Assistant, Recipient: "python", ContentType: "code", Parts: []chat.Part{&chat.Code{Source: "secret()"}}}
	thought := &chat.Message{Role: chat.Assistant, Recipient: "all", ContentType: "thoughts", Parts: []chat.Part{&chat.Thoughts{Items: []chat.Thought{{Content: "hmm"}}}}}
	page := render(t, mustNew(t, Options{Thinking: "drop", Tools: "drop"}), talk(said(chat.User, "a"), thought, call, said(chat.Assistant, "b")))
	for _, want := range []string{"messages: 4\n", "2 messages of thinking and of tools left out"} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is missing in\n%s", want, page)
		}
	}
	if strings.Contains(page, "secret") || strings.Contains(page, "hmm") {
		t.Error(page)
	}
}

func TestACanvasIsShownEvenWithoutTools(t *testing.T) {
	t.Parallel()
	call := &chat.Message{Role: chat.Assistant, Recipient: "canmore.create_textdoc", ContentType: "code", Parts: []chat.Part{&chat.Canvas{Action: "create", Title: "Plan", Content: "the-text", Known: true}}}
	page := render(t, mustNew(t, Options{Tools: "drop"}), talk(call))
	if !strings.Contains(page, "the-text") {
		t.Error(page)
	}
}

func TestOnlyTheLastTextOfACanvasStandsOpen(t *testing.T) {
	t.Parallel()
	step := func(text string) *chat.Message {
		return &chat.Message{Role: chat.Assistant, Recipient: "canmore.update_textdoc", ContentType: "code", Parts: []chat.Part{&chat.Canvas{ID: "c", Action: "update", Title: "Plan", Content: text, Known: true}}}
	}
	page := render(t, mustNew(t, Options{}), talk(step("draft"), step("final")))
	if !strings.Contains(page, "</summary>\n\ndraft\n\n</details>") || !strings.Contains(page, "(update)**\n\nfinal\n") {
		t.Error(page)
	}
}

// An answer that was cut off and continued reads as one text, its code block too.
func TestAnAnswerThatWasContinuedIsOne(t *testing.T) {
	t.Parallel()
	a, b, c := said(chat.Assistant, "See:\n```\none tw"), said(chat.Assistant, "o\nthree fo"), said(chat.Assistant, "ur\n```\ndone [x]")
	a.Finish, b.Finish = "max_tokens", "max_tokens"
	c.Parts[0].(*chat.Text).Cites = []chat.Cite{{Start: 12, End: 15, Kind: chat.CiteWords, Label: "there"}}
	page := render(t, mustNew(t, Options{}), talk(a, b, c))
	if !strings.Contains(page, "See:\n```\none two\nthree four\n```\ndone there\n") || strings.Contains(page, "cut off") {
		t.Error(page)
	}
	page = render(t, mustNew(t, Options{}), talk(a, said(chat.User, "go on"), b))
	if strings.Count(page, "cut off") != 2 || !strings.Contains(page, "one tw\n```") {
		t.Error(page)
	}
}

func TestSmartTimesNameTheDayOnce(t *testing.T) {
	t.Parallel()
	at := time.Date(2024, 5, 1, 22, 30, 0, 0, time.UTC)
	a, b, c := said(chat.User, "a"), said(chat.Assistant, "b"), said(chat.User, "c")
	a.Created, b.Created, c.Created = at, at.Add(time.Minute), at.Add(2*time.Hour)
	b.Model = "gpt-5"
	for _, x := range []struct{ stamps, want string }{
		{"smart", "You · 2024-05-01 23:30|Assistant · gpt-5 · 23:31|You · 2024-05-02 01:30"}, // the clock is an hour ahead
		{"none", "You|Assistant · gpt-5|You"},
		{"full", "You · 2024-05-01 23:30:00 +01:00|Assistant · gpt-5 · 2024-05-01 23:31:00 +01:00|You · 2024-05-02 01:30:00 +01:00"},
	} {
		r := mustNew(t, Options{Timestamps: x.stamps, Location: time.FixedZone("x", 3600)})
		got := strings.Join(headings(render(t, r, talk(a, b, c)), 2), "|")
		if got != x.want {
			t.Errorf("%s: %s, want %s", x.stamps, got, x.want)
		}
	}
}

func headings(page string, level int) (all []string) {
	page = body(page)
	for n := parse(page).FirstChild(); n != nil; n = n.NextSibling() {
		if h, ok := n.(*ast.Heading); ok && h.Level == level {
			all = append(all, shown(h, []byte(page)))
		}
	}
	return all
}

// Over all branches every visible message stands on the page exactly once,
// and every link within the page leads somewhere.
func TestEveryMessageStandsOnThePageOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := chattest.Tree(t)
		if rapid.Bool().Draw(t, "filtered") {
			drop := rapid.SliceOfN(rapid.IntRange(0, 3), len(c.Nodes), len(c.Nodes)).Draw(t, "drop")
			if rapid.Bool().Draw(t, "renumber") {
				c = c.Without(func(i int) bool { return drop[i] == 0 })
			} else {
				c = c.Filter(func(i int) bool { return drop[i] != 0 })
			}
		}
		for _, flavor := range []string{"gfm", "obsidian"} {
			page := render(t, mustNew(t, Options{Flavor: flavor}), c)
			for i := range c.Nodes {
				n := &c.Nodes[i]
				if n.Message == nil {
					continue
				}
				word := fmt.Sprint("words of ", n.ID, ".")
				count := strings.Count(page, word)
				if count != 1 {
					t.Fatalf("%q is %d times on the page:\n%s", word, count, page)
				}
			}
			link, target := "](#", `<a id="`
			if flavor == "obsidian" {
				link, target = "[[#^", " ^"
			}
			for _, piece := range strings.Split(page, link)[1:] {
				name := piece[:strings.IndexAny(piece, ")|")]
				if n := strings.Count(page, target+name+"\"") + strings.Count(page, target+name+"\n"); n != 1 {
					t.Fatalf("%d targets called %s:\n%s", n, name, page)
				}
			}
		}
	})
}

func TestAVersionKeepsItsNumberWhenTheOthersAreGone(t *testing.T) {
	t.Parallel()
	c := &chat.Conversation{Nodes: []chat.Node{{ID: "a", Message: said(chat.User, "q")}, {ID: "b", Message: said(chat.Assistant, "1")}, {ID: "c", Message: said(chat.Assistant, "2")}}}
	c.Link([]chat.Links{{}, {Parent: "a"}, {Parent: "a"}}, "c")
	page := render(t, mustNew(t, Options{}), c.CurrentOnly())
	if !strings.Contains(page, "*Version 2 of 2 (regenerated answer)*") || strings.Contains(page, "<a ") {
		t.Error(page)
	}
}

// Front matter is YAML whatever the title holds, and the title comes back whole.
func FuzzFrontMatter(f *testing.F) {
	for _, s := range []string{"", "a: b", "- x", "\"'\\", "\x00\x07\x1b\x7f\u0085\u009f", "\u2028\u2029\ufeff\u202e\ufffd\ufffe\U0001F600\U000E0001", "---\n...\n", "#", "null", "~", "\t\r\n", " lead and trail ", strings.Repeat("long ", 5000), "{a}", "%", "@", "\ue200\uf8ff", "\u00a0\u00ad"} {
		f.Add(s, "p", "m")
	}
	r := mustNew(f, Options{})
	f.Fuzz(func(t *testing.T, title, project, model string) {
		m := said(chat.Assistant, "two words")
		m.Model = model
		c := talk(m)
		c.Title, c.Project = title, project
		page := render(t, r, c)
		head, _, found := strings.Cut(strings.TrimPrefix(page, "---\n"), "\n---\n")
		var got struct {
			Title, Project            string
			Models                    []string
			Branches, Messages, Words int
		}
		if err := yaml.Unmarshal([]byte(head), &got); err != nil || !found {
			t.Fatalf("%v in\n%s", err, head)
		}
		valid := func(s string) string { return strings.ToValidUTF8(s, "\ufffd") }
		whole := func(a, b string) bool {
			return a == b || strings.Count(b, "\ufffd") > 0 && strings.Trim(a, "\ufffd") == strings.Trim(b, "\ufffd")
		}
		if title == valid(title) && got.Title != title || project == valid(project) && got.Project != project {
			t.Fatalf("%q, %q came back as %q, %q", title, project, got.Title, got.Project)
		}
		if model != "" && model == valid(model) && (len(got.Models) != 1 || !whole(got.Models[0], model)) {
			t.Fatalf("%q came back as %q", model, got.Models)
		}
		if got.Branches != 1 || got.Messages != 1 || got.Words != 2 {
			t.Fatalf("%+v", got)
		}
		if n := len(headings(page, 1)); n != 1 {
			t.Fatalf("%d titles:\n%s", n, page)
		}
	})
}

func TestManyWorkersWriteTheSame(t *testing.T) {
	t.Parallel()
	r := mustNew(t, Options{Citations: "footnotes"})
	var pages, want []string
	for i := range 20 {
		pages = append(pages, strings.Repeat(scraps[i], i))
		want = append(want, render(t, r, talk(said(chat.User, pages[i]), said(chat.Assistant, pages[i]))))
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range pages {
				if got := render(t, r, talk(said(chat.User, pages[i]), said(chat.Assistant, pages[i]))); got != want[i] {
					t.Errorf("page %d differs", i)
				}
			}
		})
	}
	all.Wait()
}

func TestTheIndexListsByMonth(t *testing.T) {
	t.Parallel()
	day := func(m time.Month, d int) time.Time { return time.Date(2024, m, d, 0, 0, 0, 0, time.UTC) }
	name, got, err := mustNew(t, Options{}).Index([]chat.Summary{
		{Title: "Old", Path: "old.md", Created: day(4, 1), Messages: 2, Branches: 1},
		{Title: "a | b [c]", Path: "P/2024 (x) a.md", Created: day(5, 1), Messages: 12, Branches: 3, Project: "P", Starred: true},
		{Title: "\n", Path: "n.md", Archived: true},
	})
	if err != nil || name != "index.md" {
		t.Fatal(name, err)
	}
	want := `# Conversations

3 conversations.

## 2024-05

| Created | Title | Project | Model | Messages | Branches |
|---|---|---|---|--:|--:|
| 2024-05-01 00:00 | [a \| b \[c\]](P/2024%20%28x%29%20a.md) ★ | P |  | 12 | 3 |

## 2024-04

| Created | Title | Project | Model | Messages | Branches |
|---|---|---|---|--:|--:|
| 2024-04-01 00:00 | [Old](old.md) |  |  | 2 | 1 |

## Without a date

| Created | Title | Project | Model | Messages | Branches |
|---|---|---|---|--:|--:|
|  | [Untitled](n.md) (archived) |  |  | 0 | 0 |
`
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// A chain of many nodes and a fork of many versions are no trouble.
func TestLongAndWideTrees(t *testing.T) {
	t.Parallel()
	r := mustNew(t, Options{})
	for _, comb := range []bool{false, true} {
		c := &chat.Conversation{}
		links := make([]chat.Links, 30_000)
		for i := range links {
			c.Nodes = append(c.Nodes, chat.Node{ID: chat.NodeID("n" + decimal(i)), Message: said(chat.Assistant, "x")})
			switch {
			case comb && i > 1:
				links[i].Parent = chat.NodeID("n" + decimal(i-2-i%2)) // a spine of even nodes with odd teeth
			case i > 0:
				links[i].Parent = "n0"
			}
		}
		c.Link(links, "")
		if page := render(t, r, c); len(page) > 30<<20 {
			t.Error(len(page), "bytes")
		}
	}
}

func BenchmarkRender(b *testing.B) {
	text := strings.Repeat("A paragraph of plain words, with `code` and **bold** and a [link](https://x.example/a).\n\n- item one\n- item two\n\n```go\nfunc main() { fmt.Println(\"<b>\") }\n```\n\n", 20)
	var messages []*chat.Message
	for range 10 {
		messages = append(messages, said(chat.User, strings.Repeat("What is it? I do not know *that* at all. ", 10)), said(chat.Assistant, text))
	}
	c := talk(messages...)
	r := mustNew(b, Options{})
	size := 0
	for i := range c.Nodes {
		size += len(c.Nodes[i].Message.Text())
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		render(b, r, c)
	}
}
