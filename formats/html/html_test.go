package html

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"

	"gptsnap/formats/chat"
	"gptsnap/formats/chat/chattest"

	"pgregory.net/rapid"
)

func TestEveryPartIsShownWhereverItStands(t *testing.T) {
	t.Parallel()
	r := renderer(t, Defaults())
	for _, part := range chattest.EveryPart() {
		for _, role := range []chat.Role{chat.Assistant, chat.User, chat.Tool, chat.System} {
			m := say(role, part)
			m.ContentType = "multimodal_text"
			onPath := linear(answer("first"), m)
			beside := linear(answer("first"), m, answer("other"))
			beside.Link([]chat.Links{{}, {Parent: "n0"}, {Parent: "n0"}}, "n2")
			for _, c := range []*chat.Conversation{onPath, beside} {
				page, texts := draw(t, r, c)
				all := strings.Join(texts, "")
				for _, w := range chattest.Words(part) {
					if !strings.Contains(all, w) && !strings.Contains(page, `href="`+w) {
						t.Errorf("%T by %s: %q is not shown", part, role, w)
					}
				}
			}
		}
	}
}

func TestFilesAtHandAreLinkedAndPlayed(t *testing.T) {
	t.Parallel()
	file := func(name, mime string) *chat.File {
		return &chat.File{ID: name, Name: name, MIME: mime, Width: 640, Height: 480, Href: "files/" + name}
	}
	missing := &chat.File{ID: "gone", Name: "gone.png", MIME: "image/png", Size: 34_500, Missing: "the server had deleted it"}
	m := say(chat.User, &chat.Image{File: file("a b#1.png", "image/png")}, &chat.Audio{File: file("s.wav", "audio/wav"), Seconds: 3},
		&chat.Video{File: file("v.mp4", "video/mp4")}, &chat.Image{File: file("evil.svg", "image/svg+xml")}, &chat.Image{File: missing},
		&chat.Image{File: &chat.File{ID: "d", Name: "in.png", Href: "data:image/png;base64,AAAA"}},
		&chat.Image{File: &chat.File{ID: "e", Name: "bad.png", Href: "data:text/html;base64,AAAA"}},
		&chat.Image{File: &chat.File{ID: "f", Name: "up.png", Href: "//evil.example/x.png"}})
	m.ContentType = "multimodal_text"
	m.Attachments = []*chat.File{file("report.pdf", "application/pdf"), file("a b#1.png", "image/png"), file("page.html", "text/html")}
	page, _ := draw(t, renderer(t, Defaults()), linear(m))
	for want, times := range map[string]int{
		`<a href="files/a%20b%231.png"><img loading=lazy decoding=async src="files/a%20b%231.png" alt="a b#1.png" width=640 height=480></a>`: 1,
		`<audio controls preload=none src="files/s.wav"`:                             1,
		`<video controls preload=none src="files/v.mp4"`:                             1,
		`<a href="files/evil.svg" download="evil.svg">`:                              1,
		`<a href="files/page.html" download="page.html">`:                            1,
		`<a href="files/report.pdf">report.pdf</a>`:                                  1,
		`gone.png</b> <span class=why>image/png · 34 kB · the server had deleted it`: 1,
		`src="data:image/png;base64,AAAA"`:                                           1,
		`data:text/html`:                                                             0,
		`href="//`:                                                                   0,
		`src="files/evil.svg"`:                                                       0,
	} {
		if got := strings.Count(page, want); got != times {
			t.Errorf("%d times, want %d: %s", got, times, want)
		}
	}
}

func TestAnUnnamedPictureTakesTheNameOfItsAttachment(t *testing.T) {
	t.Parallel()
	m := say(chat.User, &chat.Image{File: &chat.File{ID: "file_1", Pointer: "sediment://file_1"}})
	m.ContentType = "multimodal_text"
	m.Attachments = []*chat.File{{ID: "file_1", Name: "holiday.jpg"}}
	_, texts := draw(t, renderer(t, Defaults()), linear(m))
	if n := strings.Count(strings.Join(texts, "\n"), "holiday.jpg"); n != 1 {
		t.Errorf("named %d times", n)
	}
}

func TestEveryNodeIsReadExactlyOnce(t *testing.T) {
	t.Parallel()
	r := renderer(t, Defaults())
	rapid.Check(t, func(t *rapid.T) {
		c := chattest.Tree(t)
		if rapid.Bool().Draw(t, "trunk") {
			c = c.Without(func(i int) bool { return c.Nodes[i].Message == nil })
		}
		var b bytes.Buffer
		if err := r.Render(&b, &chat.Document{Conversation: c}); err != nil {
			t.Fatal(err)
		}
		texts, err := lawful(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		all := strings.Join(texts, "")
		for i := range c.Nodes {
			if m := c.Nodes[i].Message; m != nil {
				if n := strings.Count(all, "words of "+m.ID+"."); n != 1 {
					t.Fatalf("%s is read %d times", m.ID, n)
				}
			}
		}
	})
}

func TestTheCurrentPathComesFirstAndOthersAreFoldedAtTheirFork(t *testing.T) {
	t.Parallel()
	c := linear(say(chat.User, &chat.Text{Raw: "Why?"}), answer("first try"), answer("second try"), say(chat.User, &chat.Text{Raw: "More."}), answer("the end"))
	c.Link([]chat.Links{{}, {Parent: "n0"}, {Parent: "n0"}, {Parent: "n2"}, {Parent: "n3"}}, "n4")
	page, texts := draw(t, renderer(t, Defaults()), c)
	all := strings.Join(texts, "|")
	at := 0
	for _, want := range []string{"Why?", "Version 2 of 2", "regenerated answer", "1 other version", "Version 1 of 2", "first try", "second try", "More.", "the end"} {
		i := strings.Index(all[at:], want)
		if i < 0 {
			t.Fatalf("%q is missing or too early in %s", want, all)
		}
		at += i
	}
	if !strings.Contains(page, `<div class="fork a" data-v=2 data-of=2>`) || !strings.Contains(page, `<section class=alt role=group data-v=1 aria-label="Version 1 of 2">`) {
		t.Error("the script finds no fork to switch")
	}
}

func TestEditedFirstPromptsAreVersionsOfEachOther(t *testing.T) {
	t.Parallel()
	c := linear(nil, say(chat.User, &chat.Text{Raw: "old prompt"}), say(chat.User, &chat.Text{Raw: "new prompt"}))
	c.Link([]chat.Links{{}, {Parent: "n0"}, {Parent: "n0"}}, "n2")
	c = c.Without(func(i int) bool { return i == 0 })
	_, texts := draw(t, renderer(t, Defaults()), c)
	if all := strings.Join(texts, " "); !strings.Contains(all, "Version 2 of 2") || !strings.Contains(all, "edited prompt") {
		t.Error(all)
	}
}

func TestForksInForksBeyondAllBoundsStayComplete(t *testing.T) {
	t.Parallel()
	const n = 1200 // every node has two children, and the current path ends at once
	c, links := &chat.Conversation{ID: "deep"}, make([]chat.Links, n)
	for i := range n {
		id := chat.NodeID("n" + strings.Repeat("x", i%3) + itoa(i))
		m := answer("words of " + itoa(i) + ".")
		c.Nodes = append(c.Nodes, chat.Node{ID: id, Message: m})
		if i > 0 {
			links[i].Parent = c.Nodes[(i-1)/2*2].ID // a comb: 0 <- 1,2; 2 <- 3,4; 4 <- 5,6
		}
	}
	c.Link(links, c.Nodes[1].ID)
	page, texts := draw(t, renderer(t, Defaults()), c)
	all := strings.Join(texts, "")
	for i := range n {
		if strings.Count(all, "words of "+itoa(i)+".") != 1 {
			t.Fatalf("node %d is not read once", i)
		}
	}
	depth, deepest := 0, 0
	for _, m := range tagsOf(page) {
		switch {
		case strings.HasPrefix(m, "</"):
			depth--
		case !void[strings.Trim(strings.SplitN(m, " ", 2)[0], "<>")]:
			depth++
		}
		deepest = max(deepest, depth)
	}
	if deepest > 200 {
		t.Errorf("%d elements deep: browsers cut at 512", deepest)
	}
	for _, m := range tagsOf(page) { // each link inside the page finds its end
		if _, id, ok := strings.Cut(m, `href="#`); ok {
			id, _, _ = strings.Cut(id, `"`)
			if !strings.Contains(page, ` id=`+id+`>`) && !strings.Contains(page, ` id=`+id+` `) && !strings.Contains(page, ` id="`+id+`"`) {
				t.Fatalf("nothing is called %q", id)
			}
		}
	}
}

func tagsOf(page string) (all []string) {
	for _, s := range strings.Split(page, "<")[2:] { // the first is the doctype
		name, _, _ := strings.Cut(s, ">")
		all = append(all, "<"+name+">")
	}
	return all
}

func itoa(i int) string { return string(appendInt(nil, i)) }

func appendInt(b []byte, i int) []byte {
	o := out{b}
	o.num(i)
	return o.b
}

func TestThinkingAndToolsAreFoldedShownOrDropped(t *testing.T) {
	t.Parallel()
	thinking := say(chat.Assistant, &chat.Thoughts{Items: []chat.Thought{{Summary: "a-thought"}}})
	thinking.ContentType = "thoughts"
	call := say(chat.Assistant, &chat.Code{Language: "python", Source: "a_call()"})
	call.Recipient, call.ContentType = "python", "code"
	result := say(chat.Tool, &chat.Output{Text: "a-result", Seconds: 1.5})
	result.Name, result.ContentType = "python", "execution_output"
	c := linear(say(chat.User, &chat.Text{Raw: "go"}), thinking, call, result, answer("done"))
	for _, k := range []struct {
		thinking, tools    string
		words              []string
		folds, absentWords int
	}{
		{"fold", "fold", []string{"a-thought", "a_call()", "a-result", "done", "Thinking", "Call to ", "Result", "1.5 s"}, 3, 0},
		{"show", "fold", []string{"a-thought", "a_call()", "a-result", "done"}, 2, 0},
		{"drop", "show", []string{"a_call()", "a-result", "done"}, 0, 1},
		{"drop", "drop", []string{"done"}, 0, 3},
	} {
		o := Defaults()
		o.Thinking, o.Tools, o.Highlight = k.thinking, k.tools, false
		page, texts := draw(t, renderer(t, o), c)
		all := strings.Join(texts, "")
		for _, w := range k.words {
			if !strings.Contains(all, w) {
				t.Errorf("%s/%s: %q is missing", k.thinking, k.tools, w)
			}
		}
		absent := 0
		for _, w := range []string{"a-thought", "a_call()", "a-result"} {
			if !strings.Contains(all, w) {
				absent++
			}
		}
		if folds := strings.Count(page, `<details class="m step"`); folds != k.folds || absent != k.absentWords {
			t.Errorf("%s/%s: %d folds, %d absent", k.thinking, k.tools, folds, absent)
		}
	}
	if _, err := New(Options{Tools: "hide"}); err == nil || !strings.Contains(err.Error(), "fold, show or drop") {
		t.Errorf("a wrong option: %v", err)
	}
}

func TestManyStepsInARowShareOneFold(t *testing.T) {
	t.Parallel()
	messages := []*chat.Message{say(chat.User, &chat.Text{Raw: "go"})}
	for range 5 {
		m := say(chat.Tool, &chat.Output{Text: "out"})
		m.Name = "python"
		messages = append(messages, m)
	}
	page, _ := draw(t, renderer(t, Defaults()), linear(append(messages, answer("done"))...))
	if strings.Count(page, "<details class=work>") != 1 || !strings.Contains(page, "<summary>5 steps · 5 tool results</summary>") {
		t.Error("not gathered")
	}
}

func TestASinglePageHoldsAllItNeedsAndItsPolicyKnowsItByHash(t *testing.T) {
	t.Parallel()
	o := Defaults()
	o.Single = true
	r := renderer(t, o)
	page, _ := draw(t, r, linear(answer("hello")))
	for _, want := range []string{"<style>" + styleSheet + "</style>", "<script>" + script + "</script>", "script-src " + hashOf(script) + " ", "style-src " + hashOf(styleSheet) + ";"} {
		if !strings.Contains(page, want) {
			t.Errorf("missing: %.60s", want)
		}
	}
	if strings.Contains(page, "assets/") || strings.Contains(page, "unsafe-inline") || len(r.Assets()) > 0 {
		t.Error("a single page leans on other files")
	}
	if strings.Contains(script+listScript+versionsScript, "</") || strings.Contains(styleSheet+listStyle, "</") {
		t.Error("an asset could end its own element")
	}
}

func TestPagesInFoldersFindTheRoot(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	r := renderer(t, Defaults())
	c := linear(answer(`\(x\)`), answer("one"), answer("another"))
	c.Link([]chat.Links{{}, {Parent: "n0"}, {Parent: "n0"}}, "n1")
	if err := r.Render(&b, &chat.Document{Conversation: c, Path: "Garden/a.html", Root: "../"}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`href="../assets/style.css"`, `src="../assets/page.js"`, `href="../index.html"`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("missing: %s", want)
		}
	}
	for _, a := range r.Assets() {
		if !strings.Contains(b.String(), "../"+a.Name) && !strings.HasPrefix(a.Name, "assets/list.") {
			t.Errorf("%s is not used", a.Name)
		}
	}
}

func TestTimesAreInTheZoneAskedForAndDatesAreNotRepeated(t *testing.T) {
	t.Parallel()
	o := Defaults()
	o.Location = time.FixedZone("", 2*3600)
	a, b := answer("a"), answer("b")
	a.Created, b.Created = time.Date(2024, 4, 30, 22, 5, 0, 0, time.UTC), time.Date(2024, 4, 30, 23, 5, 0, 0, time.UTC)
	page, _ := draw(t, renderer(t, o), linear(a, b))
	for _, want := range []string{`<time datetime="2024-04-30T22:05:00Z">1 May 2024, 00:05</time>`, `<time datetime="2024-04-30T23:05:00Z">01:05</time>`} {
		if !strings.Contains(page, want) {
			t.Errorf("missing: %s", want)
		}
	}
}

func TestManyGoroutinesDrawTheSameBytes(t *testing.T) {
	t.Parallel()
	r := renderer(t, Defaults())
	c := linear(say(chat.User, chattest.EveryPart()...), answer("```go\nfunc main() {}\n```\n\n| a | b |\n|--|--:|\n| 1 | 2 |\n"))
	want, _ := draw(t, renderer(t, Defaults()), c)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 20 {
				var b bytes.Buffer
				if err := r.Render(&b, &chat.Document{Conversation: c, Path: "a.html"}); err != nil || b.String() != want {
					t.Errorf("another page, %v", err)
				}
			}
		})
	}
	all.Wait()
}

func TestOddConversationsAreDrawn(t *testing.T) {
	t.Parallel()
	r := renderer(t, Defaults())
	empty := &chat.Conversation{Current: -1}
	if _, texts := draw(t, r, empty); !strings.Contains(strings.Join(texts, ""), "Untitled conversation") {
		t.Error("no title")
	}
	c := linear(answer("a"), nil, answer("b"))
	c.Nodes[0].ID, c.Nodes[2].ID = `"><script>alert(1)</script>`, "x y"
	c.Partial, c.Problems = "the pages before were not read", []chat.Problem{{Node: "n1", Text: "odd <b>"}, {Text: "odder"}}
	c.URL, c.Archived, c.Starred, c.Project, c.Gizmo = "javascript:alert(1)", true, true, "P<i>", "g-1"
	_, texts := draw(t, r, c)
	all := strings.Join(texts, "")
	for _, want := range []string{"2 oddities", "odd <b>", "the pages before were not read", "archived", "starred", "P<i>"} {
		if !strings.Contains(all, want) {
			t.Errorf("missing: %s", want)
		}
	}
}
