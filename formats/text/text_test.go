package text

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"gptsnap/formats/chat"
)

func render(t testing.TB, c *chat.Conversation) string {
	t.Helper()
	var b bytes.Buffer
	if err := New(Options{}).Render(&b, &chat.Document{Conversation: c}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func one(role chat.Role, parts ...chat.Part) *chat.Conversation {
	c := &chat.Conversation{ID: "x", Title: "A title", Nodes: []chat.Node{{ID: "a", Message: &chat.Message{Role: role, ContentType: "text", Parts: parts}}}}
	c.Link([]chat.Links{{}}, "a")
	return c
}

func TestNothingInAFileSteersATerminal(t *testing.T) {
	c := one(chat.User, &chat.Text{Raw: "a\x1b]0;owned\x07b\u202ec\u009b31m"})
	c.Title = "t\x1b[31m"
	c.Nodes[0].Message.Attachments = []*chat.File{{Name: "n\x1b[2J", MIME: "m\x9b", Missing: "gone\x1b[0m"}}
	c.Problems = []chat.Problem{{Node: "n\x1b", Text: "odd\x1b"}}
	got := render(t, c)
	if i := strings.IndexFunc(got, func(r rune) bool { return unicode.IsControl(r) && r != '\n' || r == 0x202e }); i >= 0 || !utf8.ValidString(got) {
		t.Errorf("%q", got)
	}
	if !strings.Contains(got, "a]0;ownedbc31m\n") {
		t.Errorf("words were lost: %q", got)
	}
}

func TestLinesAreNotWrappedAndCodeIsSetIn(t *testing.T) {
	long := strings.TrimSpace(strings.Repeat("word ", 400))
	got := render(t, one(chat.Assistant, &chat.Text{Raw: long}, &chat.Code{Source: "if x:\n\n\ty()"}))
	if !strings.Contains(got, "\n"+long+"\n") || !strings.Contains(got, "\n    if x:\n\n    \ty()\n") {
		t.Errorf("%q", got)
	}
}

func TestTheGoldenFilesHoldNothingHarmful(t *testing.T) {
	files, err := filepath.Glob("../../testdata/cases/*/want.txt")
	if err != nil || len(files) < 20 {
		t.Fatal(len(files), err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.ContainsFunc(b, func(r rune) bool {
			return unicode.IsControl(r) && r != '\n' && r != '\t' || r >= '\ue200' && r <= '\ue202'
		}) {
			t.Errorf("%s holds control characters or markers", f)
		}
	}
}

func TestFilesThatAreThereAreNamedWithTheirPlace(t *testing.T) {
	got := render(t, one(chat.User,
		&chat.Text{Raw: "Look:"},
		&chat.Image{File: &chat.File{Name: "plan.png", Href: "files/plan.png", Width: 8, Height: 6}},
		&chat.Image{File: &chat.File{Name: "drawn.png", Href: "files/drawn.png"}, Title: "A badger at dusk"},
		&chat.Audio{File: &chat.File{Name: "said.wav", Href: "files/said.wav", MIME: "audio/wav", Size: 7}},
		&chat.Code{Source: "x"},
	))
	_, body, _ := strings.Cut(got, "Look:\n")
	want := "\n[image plan.png: files/plan.png]\n\n[image A badger at dusk, drawn.png: files/drawn.png]\n\n[audio said.wav, audio/wav, 7 bytes: files/said.wav]\n\n    x\n"
	if body != want {
		t.Errorf("%q", body)
	}
}
