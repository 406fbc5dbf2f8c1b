package markdown

import (
	"bytes"

	"gptsnap/formats/chat"
)

// A failer is a test of testing or of rapid.
type failer interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

func mustNew(t failer, o Options) *Renderer {
	t.Helper()
	r, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func render(t failer, r *Renderer, c *chat.Conversation) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.Render(&b, &chat.Document{Conversation: c}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// said is a message that everybody sees.
func said(role chat.Role, text string) *chat.Message {
	return &chat.Message{Role: role, Recipient: "all", ContentType: "text", Parts: []chat.Part{&chat.Text{Raw: text}}}
}

// talk links messages into one line.
func talk(messages ...*chat.Message) *chat.Conversation {
	c := &chat.Conversation{ID: "c", Title: "Talk"}
	var links []chat.Links
	for i, m := range messages {
		id := chat.NodeID("n" + decimal(i))
		c.Nodes = append(c.Nodes, chat.Node{ID: id, Message: m})
		l := chat.Links{}
		if i > 0 {
			l.Parent = chat.NodeID("n" + decimal(i-1))
		}
		links = append(links, l)
	}
	c.Link(links, "")
	return c
}
