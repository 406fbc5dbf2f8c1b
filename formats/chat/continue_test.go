package chat_test

import (
	"testing"

	"gptsnap/formats/chat"
)

func TestAContinuationIsFoundOnlyWhereTheTextGoesOn(t *testing.T) {
	say := func(finish, model string, parts ...chat.Part) *chat.Message {
		return &chat.Message{Role: chat.Assistant, ContentType: "text", Model: model, Finish: finish, Parts: parts}
	}
	text := &chat.Text{Raw: "words"}
	long := say("max_tokens", "m", text)
	for name, k := range map[string]struct {
		first, second *chat.Message
		want          int
	}{
		"cut off and gone on":            {long, say("stop", "m", text), 1},
		"cut off by the other word":      {say("max_length", "m", text), say("stop", "m", text), 1},
		"ended of itself":                {say("stop", "m", text), say("stop", "m", text), -1},
		"another model":                  {long, say("stop", "n", text), -1},
		"the user speaks":                {long, &chat.Message{Role: chat.User, ContentType: "text", Model: "m", Parts: []chat.Part{text}}, -1},
		"nothing follows but a blank":    {long, say("stop", "m", &chat.Text{}), -1},
		"it ended with a picture":        {say("max_tokens", "m", text, &chat.Image{}), say("stop", "m", text), -1},
		"it goes on with a picture":      {long, &chat.Message{Role: chat.Assistant, ContentType: "multimodal_text", Model: "m", Parts: []chat.Part{&chat.Image{}, text}}, -1},
		"a node without a message":       {long, nil, -1},
		"a node without a message first": {nil, say("stop", "m", text), -1},
	} {
		c := &chat.Conversation{Nodes: []chat.Node{{ID: "a", Message: k.first}, {ID: "b", Message: k.second}}}
		c.Link([]chat.Links{{}, {Parent: "a"}}, "b")
		if got := c.Continuation(0); got != k.want {
			t.Errorf("%s: %d, want %d", name, got, k.want)
		}
	}
	c := &chat.Conversation{Nodes: []chat.Node{{ID: "a", Message: long}, {ID: "b", Message: say("stop", "m", text)}, {ID: "c", Message: say("stop", "m", text)}}}
	c.Link([]chat.Links{{}, {Parent: "a"}, {Parent: "a"}}, "b")
	if got := c.Continuation(0); got != -1 {
		t.Errorf("with two versions behind it: %d", got)
	}
}

func TestJoinedTextsKeepTheirCites(t *testing.T) {
	a := &chat.Text{Raw: "x¤", Cites: []chat.Cite{{Start: 1, End: 3, Label: "A"}}}
	b := &chat.Text{Raw: "¤y", Cites: []chat.Cite{{Start: 0, End: 2, Label: "B"}}}
	if got := a.Then(b).Plain(); got != "xABy" {
		t.Error(got)
	}
	if a.Raw != "x¤" || len(a.Cites) != 1 || b.Cites[0].Start != 0 {
		t.Error("joining changed what was joined")
	}
}
