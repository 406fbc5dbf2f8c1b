package chatgpt

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gptsnap/formats/chat"

	"github.com/google/go-cmp/cmp"
)

func decoded(t testing.TB, raw []byte) *chat.Conversation {
	t.Helper()
	c, err := Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// parts lists the parts of type P in the order of the nodes.
func parts[P chat.Part](c *chat.Conversation) []P {
	var all []P
	for i := range c.Nodes {
		if m := c.Nodes[i].Message; m != nil {
			for _, part := range m.Parts {
				if p, ok := part.(P); ok {
					all = append(all, p)
				}
			}
		}
	}
	return all
}

// said is the last message with text on the current path.
func said(c *chat.Conversation) *chat.Message {
	path := c.PathTo(c.Current)
	for _, i := range slices.Backward(path) {
		if m := c.Nodes[i].Message; m != nil && m.Text() != "" {
			return m
		}
	}
	return nil
}

func same(t testing.TB, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestEverySampleHasItsTree(t *testing.T) {
	t.Parallel()
	type shape struct{ Nodes, Messages, Leaves, Forks, Roots, Current, Problems int }
	for name, want := range map[string]shape{
		"01-plain-linear.json":               {6, 5, 1, 0, 1, 5, 0},
		"02-branches-regenerate-edit.json":   {12, 11, 5, 3, 1, 4, 0},
		"03-reasoning-search-citations.json": {11, 10, 1, 0, 1, 10, 0},
		"04-legacy-browsing-2023.json":       {10, 9, 1, 0, 1, 9, 0},
		"05-code-interpreter.json":           {10, 9, 1, 0, 1, 9, 0},
		"06-images.json":                     {14, 13, 1, 0, 1, 13, 0},
		"07-canvas.json":                     {13, 12, 1, 0, 1, 12, 0},
		"08-voice.json":                      {8, 7, 1, 0, 1, 7, 0},
		"09-project-files-memory.json":       {8, 7, 1, 0, 1, 7, 0},
		"10-deep-research.json":              {10, 9, 1, 0, 1, 9, 0},
		"11-agent-and-unknown-types.json":    {12, 11, 1, 0, 1, 11, 0},
		"12-plugin-custom-gpt.json":          {9, 8, 2, 1, 1, 7, 0},
		"13-degenerate-tree.json":            {13, 10, 6, 1, 4, 11, 4},
		"14-nasty-text.json":                 {5, 4, 1, 0, 1, 4, 0},
		"15-same-as-legacy-mapping.json":     {14, 13, 1, 0, 1, 13, 0},
		"16-lone-surrogates.json":            {4, 3, 1, 0, 1, 3, 0},
	} {
		c := decoded(t, sample(t, name))
		got := shape{len(c.Nodes), c.Messages(), c.Leaves(), c.Forks(), len(c.Roots), c.Current, len(c.Problems)}
		same(t, name, got, want)
	}
}

func TestSample01HeadAndMessages(t *testing.T) {
	t.Parallel()
	c := decoded(t, sample(t, "01-plain-linear.json"))
	same(t, "id", c.ID, "47044a1d-d3e0-59db-a41a-a2d82ce1e14e")
	same(t, "title", c.Title, "Naming a sourdough starter")
	same(t, "url", c.URL, "https://chatgpt.com/c/47044a1d-d3e0-59db-a41a-a2d82ce1e14e")
	same(t, "created", c.Created, time.Date(2024, 9, 10, 20, 26, 40, 123456000, time.UTC))
	same(t, "model", c.Model, "gpt-4o")
	m := c.Nodes[5].Message
	same(t, "answer's model", m.Model, "gpt-4o")
	same(t, "answer's end", m.Finish, "stop")
	same(t, "answer's status", m.Status, "finished_successfully")
	same(t, "answer's time", m.Created.Nanosecond(), 123456000)
	if !c.Nodes[1].Message.Hidden || c.Nodes[1].Message.Weight != 0 {
		t.Error("the system message should be hidden and weigh nothing")
	}
	if !strings.Contains(m.Text(), "\\[ r = \\frac{m_{flour}}{m_{starter}} = 5 \\]") {
		t.Error("LaTeX changed")
	}
}

func TestSample02ForksAndCurrentPathThatIsNotTheNewest(t *testing.T) {
	t.Parallel()
	c := decoded(t, sample(t, "02-branches-regenerate-edit.json"))
	same(t, "kind of the first fork", c.ForkKind(1), chat.EditedPrompt)
	same(t, "kind of the second fork", c.ForkKind(2), chat.RegeneratedAnswer)
	same(t, "current", c.Nodes[c.Current].Message.Text(), "Saturday: Bolhao market and a tram ride. Sunday: Serralves.")
	same(t, "version", fmt.Sprint(c.Nodes[4].Version, " of ", c.Nodes[4].Versions), "2 of 3")
	same(t, "interrupted", c.Nodes[10].Message.Finish, "interrupted")
	same(t, "starred", c.Starred, true)
}

func TestSample03CitationsOf2026(t *testing.T) {
	t.Parallel()
	c := decoded(t, sample(t, "03-reasoning-search-citations.json"))
	same(t, "thoughts", parts[*chat.Thoughts](c)[0].Items, []chat.Thought{{Summary: "Planning the lookup", Content: "I need tide data and a timetable."}, {Summary: "Checking units"}})
	same(t, "recap", parts[*chat.Recap](c)[0], &chat.Recap{Text: "Thought for 14s", Seconds: 14})
	same(t, "thinking time", c.Nodes[9].Message.Thinking, 14*time.Second)
	same(t, "effort", c.Nodes[10].Message.Effort, "extended")
	same(t, "instructions", parts[*chat.Context](c)[0].Sections, []chat.Section{{Title: "About you", Text: "Preferred name: Rook"}, {Title: "How to answer", Text: "Be brief."}})
	if !c.Nodes[2].Message.Instruction {
		t.Error("custom instructions are not marked")
	}
	text := c.Nodes[10].Message.Parts[0].(*chat.Text)
	same(t, "plain", text.Plain(), "High water at Brindle Quay is **06:12** 🌊👩\u200d🔬 and 18:40. \n\n\n\nThe ferry runs if wind < 40 km/h (see Official timetable).\n\n"+
		"Method note and a clock you may like: Pocket tide clock.\n\nMore about tides\n\nShould I check the wind forecast?")
	var kinds []chat.CiteKind
	for _, cite := range text.Cites {
		kinds = append(kinds, cite.Kind)
	}
	same(t, "kinds", kinds, []chat.CiteKind{chat.CiteWords, chat.CiteLinks, chat.CiteImages, chat.CiteLinks, chat.CiteWords, chat.CiteLinks, chat.CiteWords, chat.CiteDrop, chat.CiteList, chat.CiteSources})
	brindle := chat.Link{Title: "Brindle Quay tides", URL: "https://tides.example/brindle", Site: "tides.example"}
	ferry := chat.Link{Title: "Ferry (timetable) [2026]", URL: "https://ferry.example/times", Site: "Brindle Ferries"}
	same(t, "first citation", text.Cites[1].Links, []chat.Link{brindle})
	same(t, "with a supporting page", text.Cites[3].Links, []chat.Link{brindle, ferry})
	same(t, "labelled link", text.Cites[4].Links, []chat.Link{ferry})
	same(t, "invalid reference, found through the search", text.Cites[5].Links, []chat.Link{{Title: "How we compute tides", URL: "https://tides.example/method", Site: "tides.example", Date: "2026-03-30"}})
	same(t, "sources", text.Cites[9].Links, []chat.Link{brindle, ferry})
	same(t, "place of sources", text.Cites[9].Start, len(text.Raw))
}

func TestSample04CitationsOf2023(t *testing.T) {
	t.Parallel()
	c := decoded(t, sample(t, "04-legacy-browsing-2023.json"))
	text := said(c).Parts[0].(*chat.Text)
	same(t, "plain", text.Plain(), "The Cape Orrin Trust 🗼 has kept it since 1911 and still does. See also.")
	trust := []chat.Link{{Title: "Cape Orrin Trust", URL: "https://orrin.example/trust"}}
	same(t, "first", text.Cites[0].Links, trust)
	same(t, "second", text.Cites[1].Links, trust)
	file := text.Cites[2].Links[0]
	same(t, "file", file.Title+" "+file.File.ID, "keepers.pdf file-AbCdEf0123456789AbCdEf01")
	trust[0].Snippet = "Keepers since 1911"
	same(t, "browsing", parts[*chat.Browsing](c)[0].Links, trust)
	same(t, "quote", parts[*chat.Quote](c)[0].Text, "The Trust has maintained the light since 1911.")
	same(t, "failure", parts[*chat.Failure](c)[0], &chat.Failure{Name: "tool_error", Text: "Error: page returned 403 (robots.txt)"})
	same(t, "a content type without content", parts[*chat.Unknown](c)[0].Kind, "tether_browsing_code")
	same(t, "call", parts[*chat.Code](c)[0], &chat.Code{Source: `search("Cape Orrin lighthouse maintenance")`})
}

func TestSample05CodeAndItsOutput(t *testing.T) {
	t.Parallel()
	c := decoded(t, sample(t, "05-code-interpreter.json"))
	out := parts[*chat.Output](c)
	same(t, "stdout", out[0].Text, "  bird  n\n0 wren 3\n1 kite 1\n")
	same(t, "seconds", out[0].Seconds, 0.8)
	same(t, "plot", *out[1].Images[0], chat.File{Pointer: "file-service://file-Syn0PlotImage000000000002", ID: "file-Syn0PlotImage000000000002", Width: 640, Height: 480, Message: c.Nodes[6].Message.ID})
	same(t, "exception", out[2].Error, "ZeroDivisionError: division by zero")
	same(t, "status", out[2].Status, "failed_with_in_kernel_exception")
	same(t, "class of the plot", c.Nodes[6].Message.Class(), chat.Said)
	text := said(c).Parts[0].(*chat.Text)
	same(t, "plain", text.Plain(), "Done. Download the spreadsheet or again.")
	for _, cite := range text.Cites {
		f := cite.Links[0].File
		same(t, "sandbox file", *f, chat.File{Pointer: "sandbox:/mnt/data/counts.xlsx", ID: "/mnt/data/counts.xlsx", Name: "counts.xlsx", Message: said(c).ID})
	}
	same(t, "attachment", c.Nodes[2].Message.Attachments[0].Name, "bird counts (final).csv")
}

func TestSample06Images(t *testing.T) {
	t.Parallel()
	c := decoded(t, sample(t, "06-images.json"))
	im := parts[*chat.Image](c)
	same(t, "upload", *im[0].File, chat.File{Pointer: "file-service://file-Syn0UserUpload0000000003", ID: "file-Syn0UserUpload0000000003", Name: "sketch.png", MIME: "image/png", Size: 70211, Width: 800, Height: 600, Message: c.Nodes[2].Message.ID})
	same(t, "DALL-E", []any{im[1].Generated, im[1].Prompt, im[1].GenID}, []any{true, "A badger poster, woodcut style", "Syn0GenId0000001"})
	same(t, "gpt-image, its prompt from the call", []any{im[2].Generated, im[2].Prompt, im[2].Title}, []any{true, "same badger, transparent background", "Badger on clear background"})
	same(t, "null among the parts", parts[*chat.Unknown](c)[0], &chat.Unknown{Kind: "null", JSON: []byte("null")})
	if last := c.Nodes[13].Message; !last.Visible() || last.Attachments[0].Name != "" {
		t.Error("a picture without words is visible; its name is unknown")
	}
}

func TestSample08Voice(t *testing.T) {
	t.Parallel()
	c := decoded(t, sample(t, "08-voice.json"))
	same(t, "first words", parts[*chat.Transcript](c)[0], &chat.Transcript{Text: "How do I say Worcestershire?", Direction: "in"})
	a := parts[*chat.Audio](c)
	same(t, "nested recording", a[0].File.ID, "file_00000000cccc61f7a0b1c2d3e4f50699")
	same(t, "flat recording", []any{a[1].File.Size, a[1].Seconds, a[1].File.MIME}, []any{int64(120044), 2.5, "audio/wav"})
	v := parts[*chat.Video](c)
	same(t, "video", []any{v[0].File.ID, v[0].Frames}, []any{"file_00000000ffff61f7a0b1c2d3e4f50699", 10})
	same(t, "frame", parts[*chat.Image](c)[0].File.ID, "file_00000000eeee61f7a0b1c2d3e4f50699")
	same(t, "dictation", c.Nodes[6].Message.Attachments[0].MIME, "audio/webm")
	same(t, "text of speech", c.Nodes[3].Message.Text(), "Wuss-ter-sheer.")
}

func TestSample09ProjectFilesAndMemory(t *testing.T) {
	t.Parallel()
	c := decoded(t, sample(t, "09-project-files-memory.json"))
	same(t, "project", c.Project, "Project without a name (01234567)")
	same(t, "id of the project", c.Gizmo, "g-p-0123456789abcdef0123456789abcdef")
	text := said(c).Parts[0].(*chat.Text)
	same(t, "plain", text.Plain(), "The bowline keeps its shape under load. It also unties easily .\n\nOld UI marker:")
	for _, k := range []int{0, 1} {
		l := text.Cites[k].Links[0]
		same(t, "file citation", []string{l.Title, l.Lines, l.File.ID, string(text.Cites[k].Kind)}, []string{"Field Manual.pdf", "12-14", "file_00000000123461f7a0b1c2d3e4f50699", "file"})
	}
	same(t, "several strings", c.Nodes[4].Message.Text(), "<PARSED TEXT FOR PAGE: 3 / 40>\nThe bowline keeps its shape.\n")
}

func TestSample10DeepResearchInBothForms(t *testing.T) {
	t.Parallel()
	c := decoded(t, sample(t, "10-deep-research.json"))
	old := c.Nodes[7].Message
	same(t, "old form", old.Plain(), "# Heat pumps for stone houses\n\nLow-temperature emitters matter most \n\n## Options\n\n1. Air-to-water")
	links := old.Parts[0].(*chat.Text).Cites
	same(t, "its source", links[len(links)-1].Links[0].URL, "https://heat.example/guide#:~:text=low")
	r := parts[*chat.Report](c)[0]
	same(t, "new form", []string{r.Title, r.Body.Plain()}, []string{"Stone houses, revisited", "# Stone houses, revisited\n\nBody of the newer report with **bold**.\n"})
	same(t, "class", c.Nodes[9].Message.Class(), chat.Said)
}

func TestSample11AgentAndUnknownTypes(t *testing.T) {
	t.Parallel()
	c := decoded(t, sample(t, "11-agent-and-unknown-types.json"))
	shot := parts[*chat.Screenshot](c)[0]
	same(t, "screenshot", []string{shot.File.ID, shot.Title, shot.URL, shot.OS}, []string{"file_00000000777761f7a0b1c2d3e4f50699", "Benches", "https://park.example/benches", "Chromium 130"})
	same(t, "paired app", parts[*chat.Context](c)[0].Sections, []chat.Section{{Title: "Instructions", Text: "Read the editor pane."}, {Title: "Editor: notes.txt (/notes.txt)", Text: "line one"}})
	same(t, "web page", parts[*chat.WebPage](c)[0], &chat.WebPage{Title: "Park map", Domain: "park.example", URL: "https://park.example/map", Snippet: "Benches", Text: "Benches: north, east."})
	same(t, "widget", parts[*chat.Widget](c)[0].App, "map")
	unknown := parts[*chat.Unknown](c)[0]
	if unknown.Kind != "hologram_v9" || !strings.Contains(string(unknown.JSON), `"x": 1`) {
		t.Errorf("unknown type: %s %s", unknown.Kind, unknown.JSON)
	}
	same(t, "agent's file", said(c).Plain(), "The north bench is quietest. bench.md")
	same(t, "its id", said(c).Parts[0].(*chat.Text).Cites[0].Links[0].File.ID, "file-Syn0Generated0000000009")
	same(t, "container", parts[*chat.Output](c)[0].Text, "notes.txt\n")
}

func TestSample12AnswersToChooseFrom(t *testing.T) {
	t.Parallel()
	c := decoded(t, sample(t, "12-plugin-custom-gpt.json"))
	same(t, "gpt", c.Gizmo, "g-SynGizmo01")
	same(t, "no project", c.Project, "")
	same(t, "archived", c.Archived, true)
	for _, i := range []int{7, 8} {
		if !c.Nodes[i].Message.Variant {
			t.Errorf("answer %d is not marked as a variant", i)
		}
	}
	same(t, "kind of fork", c.ForkKind(c.Nodes[7].Parent), chat.ChosenOfTwo)
	same(t, "plugin's answer", parts[*chat.Code](c)[1].Source, `{"trim":"August"}`)
}

func TestSample13DegenerateTree(t *testing.T) {
	t.Parallel()
	c := decoded(t, sample(t, "13-degenerate-tree.json"))
	same(t, "title", c.Title, "")
	same(t, "created", c.Created.IsZero(), true)
	same(t, "updated", c.Updated, time.Date(2023, 7, 22, 4, 40, 0, 0, time.UTC))
	same(t, "ISO time", c.Nodes[1].Message.Created, time.Date(2023, 7, 22, 4, 26, 40, 123456000, time.UTC))
	same(t, "roots", c.Roots, []int32{0, 5, 8, 10})
	same(t, "children of the second question", c.Nodes[6].Children, []int32{7, 11, 12})
	same(t, "key, not id", c.Nodes[12].ID, chat.NodeID("c46fcdf5-63a3-5f8b-8580-3d524251ed5f"))
	same(t, "message id", c.Nodes[12].Message.ID, "589e8194-7ac6-5bf9-a132-d6eb0ea62a4d")
	var kinds []string
	for _, part := range c.Nodes[7].Message.Parts {
		kinds = append(kinds, fmt.Sprintf("%T", part))
	}
	same(t, "mixed parts", kinds, []string{"*chat.Unknown", "*chat.Text", "*chat.Image", "*chat.Unknown", "*chat.Unknown"})
	same(t, "picture without a pointer", parts[*chat.Image](c)[0].File.Missing, "the message names no file")
	same(t, "newest leaf is current", c.Nodes[c.Current].Message.Text(), "my parent does not list me")
}

func TestSample14NastyText(t *testing.T) {
	t.Parallel()
	c := decoded(t, sample(t, "14-nasty-text.json"))
	user := c.Nodes[2].Message
	if !strings.HasPrefix(user.Text(), "\ufeffBOM first; CRLF\r\nnext\r\nNUL:\x00 bell:\a NBSP:\u00a0") || len(user.Parts[0].(*chat.Text).Cites) != 0 {
		t.Errorf("the user's words changed: %q", user.Text())
	}
	same(t, "plain", c.Nodes[3].Message.Plain(), "Unclosed fence follows:\n~~~~js\nlet a = '```';\n\nmath $5 and $6, \\$7, \\[x<y\\]\ndangling marker with no reference unterminated\n"+
		"hl Subject: Hello\nDear Ann,\n[^1_2]")
	same(t, "long line", len(c.Nodes[4].Message.Text()) >= 20000, true)
}

func TestSample15PagesAreTheActivePath(t *testing.T) {
	t.Parallel()
	pages := [][]byte{sample(t, "15-paged-1-newest.json"), sample(t, "15-paged-2-older.json"), sample(t, "15-paged-3-oldest.json")}
	c, err := AssemblePages(pages)
	if err != nil {
		t.Fatal(err)
	}
	whole := decoded(t, sample(t, "15-same-as-legacy-mapping.json"))
	path := func(c *chat.Conversation) (all []*chat.Message) {
		for _, i := range c.PathTo(c.Current) {
			if m := c.Nodes[i].Message; m != nil {
				all = append(all, m)
			}
		}
		return all
	}
	same(t, "path", path(c), path(whole))
	same(t, "head", []any{c.ID, c.Title, c.Created, c.Updated, c.Model}, []any{whole.ID, whole.Title, whole.Created, whole.Updated, whole.Model})
	same(t, "partial", c.Partial, "other branches unknown")
	same(t, "problems", len(c.Problems), 0)

	array := []byte("[" + string(pages[0]) + "," + string(pages[1]) + "," + string(pages[2]) + "]")
	same(t, "an array of pages", decoded(t, array), c)
	same(t, "one page alone", decoded(t, pages[0]).Partial, "earlier messages and other branches unknown")
	if _, err := AssemblePages([][]byte{pages[0], []byte(`{"conversation_id":"another","messages":[]}`)}); err == nil {
		t.Error("pages of two conversations were joined")
	}
}

func TestSample16LoneSurrogates(t *testing.T) {
	t.Parallel()
	c := decoded(t, sample(t, "16-lone-surrogates.json"))
	same(t, "title", c.Title, "Lone surrogate \ufffd title")
	same(t, "text", c.Nodes[2].Message.Text(), "lone surrogates: \ufffd and \ufffd end")
	same(t, "head", func() string { h, _ := Peek(sample(t, "16-lone-surrogates.json")); return h.Title }(), c.Title)
}
