package chat_test

import (
	"testing"

	"gptsnap/formats/chat"
	"gptsnap/formats/chat/chattest"

	"pgregory.net/rapid"
)

func TestDocumentsOfOneConversationCountItOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := chattest.Tree(t)
		words := 0
		for i := range c.Nodes {
			if m := c.Nodes[i].Message; m != nil && m.Visible() {
				words += chat.Words(m.Plain())
			}
		}
		shared := new(chat.Total)
		for range 2 {
			for _, d := range []*chat.Document{
				{Conversation: c}, {Conversation: c.CurrentOnly(), Whole: c, Total: shared}, {Conversation: c, Whole: c, Total: shared},
			} {
				if m, b, w := d.Counts(); m != c.Messages() || b != c.Leaves() || w != words {
					t.Fatalf("%d messages, %d branches, %d words; want %d, %d, %d", m, b, w, c.Messages(), c.Leaves(), words)
				}
			}
		}
	})
}
