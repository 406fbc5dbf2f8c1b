package markdown

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"gptsnap/formats/chat"
)

func templated(t *testing.T, source string, d *chat.Document) string {
	t.Helper()
	r, err := New(Options{Template: source})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := r.Render(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestAPageByATemplate(t *testing.T) {
	c := &chat.Conversation{ID: "id-1", Title: "A *star*: \"quoted\"", Created: time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC), Nodes: []chat.Node{
		{ID: "q", Message: &chat.Message{Role: chat.User, ContentType: "text", Parts: []chat.Part{&chat.Text{Raw: "asked"}}}},
		{ID: "a", Message: &chat.Message{Role: chat.Assistant, Model: "m1", ContentType: "text", Parts: []chat.Part{&chat.Text{Raw: "two words"}}}}}}
	c.Link([]chat.Links{{}, {Parent: "q"}}, "a")
	d := &chat.Document{Conversation: c}
	plain := templated(t, "", d)
	if got := templated(t, "{{.FrontMatter}}\n{{.Heading}}{{.Body}}", d); got != plain {
		t.Errorf("the template that Page describes gives another page:\n%s\n%s", got, plain)
	}
	got := templated(t, "---\ntitle: {{yaml .Title}}\nday: {{date \"2006-01-02\" .Created}}{{date \"2006\" .Updated}}\n---\n{{md .Title}} by {{range .Models}}{{.}}{{end}}, {{.Messages}}/{{.Words}}{{if .Project}}!{{end}}\n{{.Body}}", d)
	for _, want := range []string{`title: "A *star*: \"quoted\""`, "day: 2024-05-01\n", `A \*star\*: "quoted" by m1, 2/3` + "\n\n## You", "two words"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in:\n%s", want, got)
		}
	}
	if strings.Contains(got, "# A ") {
		t.Errorf("the title is in the body:\n%s", got)
	}
}

func TestAFaultyTemplateIsToldBeforeTheWork(t *testing.T) {
	for _, source := range []string{"{{", "{{.NoSuchField}}", "{{nope}}", "{{if .Branch}}{{else}}{{.Nope}}{{end}}", "{{index .Models 3}}"} {
		if _, err := New(Options{Template: source}); err == nil || !strings.Contains(err.Error(), "template") {
			t.Errorf("%s: %v", source, err)
		}
	}
}
