package outline

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"gptsnap/formats/chat"
	"gptsnap/formats/chat/chattest"

	"pgregory.net/rapid"
)

func talk(messages ...*chat.Message) *chat.Document {
	c := &chat.Conversation{ID: "x", Title: "T"}
	var links []chat.Links
	for i, m := range messages {
		c.Nodes = append(c.Nodes, chat.Node{ID: chat.NodeID(rune('a' + i)), Message: m})
		l := chat.Links{}
		if i > 0 {
			l.Parent = c.Nodes[i-1].ID
		}
		links = append(links, l)
	}
	c.Link(links, c.Nodes[len(c.Nodes)-1].ID)
	return &chat.Document{Conversation: c}
}

func answer(text *chat.Text, finish string) *chat.Message {
	return &chat.Message{Role: chat.Assistant, ContentType: "text", Model: "m", Finish: finish, Parts: []chat.Part{text}}
}

func texts(d *chat.Document, k Kind) (all []string) {
	for _, b := range Of(d, Options{}) {
		if b.Kind == k {
			all = append(all, b.Text)
		}
	}
	return all
}

func TestAnAnswerCutAtItsLongestGoesOnWithoutASeam(t *testing.T) {
	one, two := &chat.Text{Raw: "The sen"}, &chat.Text{Raw: "tence goes on."}
	d := talk(answer(one, "max_tokens"), answer(two, "stop"))
	if got := texts(d, Prose); !slices.Equal(got, []string{"The sentence goes on."}) {
		t.Errorf("%q", got)
	}
	if got := texts(talk(answer(one, "max_tokens")), Note); len(got) != 1 || !strings.Contains(got[0], "cut off") {
		t.Errorf("a cut without a continuation: %q", got)
	}
	d.Nodes[1].Message.Model = "another"
	if got := texts(d, Prose); len(got) != 2 {
		t.Errorf("another model's answer was joined: %q", got)
	}
}

func TestASourceHasOneNumberHoweverOftenItIsCited(t *testing.T) {
	a, b := chat.Link{Title: "A", URL: "https://a.example/"}, chat.Link{Title: "B", URL: "https://b.example/"}
	text := &chat.Text{Raw: "x¤y¤z", Cites: []chat.Cite{
		{Start: 1, End: 3, Kind: chat.CiteLinks, Links: []chat.Link{b, a}},
		{Start: 4, End: 6, Kind: chat.CiteLinks, Links: []chat.Link{a, {}}}}}
	blocks := Of(talk(answer(text, "stop")), Options{})
	last := blocks[len(blocks)-1]
	if last.Kind != Sources || len(last.Links) != 2 || last.Links[0].Title != "B" {
		t.Errorf("%+v", last)
	}
	if got := texts(talk(answer(text, "stop")), Prose); got[0] != "x [1] [2]y [2]z" {
		t.Errorf("%q", got)
	}
	for _, b := range Of(talk(answer(text, "stop")), Options{Citations: "drop"}) {
		if b.Kind == Sources || b.Kind == Prose && b.Text != "xyz" {
			t.Errorf("dropped citations left %+v", b)
		}
	}
}

func TestEveryNodeOfATreeIsInOnePlace(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := chattest.Tree(rt)
		all := ""
		for _, b := range Of(&chat.Document{Conversation: c}, Options{}) {
			all += b.Text + "\n"
			if b.Node >= len(c.Nodes) {
				rt.Fatalf("%+v", b)
			}
		}
		for i := range c.Nodes {
			if m := c.Nodes[i].Message; m != nil && m.Visible() && strings.Count(all, m.Text()) != 1 {
				rt.Fatalf("%q stands %d times", m.Text(), strings.Count(all, m.Text()))
			}
		}
	})
}

func harmless(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\t' || r == 0x202E || r == 0x2066 || r >= '\uE200' && r <= '\uE202' || r&0xFFFE == 0xFFFE
	})
}

func FuzzCleanTextIsLegalEverywhere(f *testing.F) {
	for _, s := range []string{"", "plain\n\ttext", "a\x1b[31mred", "\xff\xfe", "x\ue200cite\ue202turn0search1\ue201y", "\ue200never closed", "a\r\nb\rc", "\u202egpj", "\uffff", "\u0085"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Clean(s)
		if !harmless(got) {
			t.Errorf("%q became %q", s, got)
		}
		if again := Clean(got); again != got {
			t.Errorf("%q became %q, then %q", s, got, again)
		}
	})
}

func TestOnlyAddressesOfTheWebAreLinks(t *testing.T) {
	for s, want := range map[string]bool{"https://a.example/?q=1": true, "mailto:a@b.example": true, "javascript:alert(1)": false, "data:text/html,x": false,
		"https:///nothing": false, "https://a.example/ x": false, "https://a.example/\"><b>": false, "file:///etc/passwd": false, "": false} {
		if got := WebAddress(s) != ""; got != want {
			t.Errorf("%q: %v", s, got)
		}
	}
}
