package chattest

import (
	"fmt"

	"gptsnap/formats/chat"

	"pgregory.net/rapid"
)

// Links draws what a provider might say of n nodes called n0, n1, ...: mostly
// a sane tree, sometimes unknown parents, circles, ghosts and double children.
func Links(t *rapid.T, n int) []chat.Links {
	links := make([]chat.Links, n)
	name := func(i int) chat.NodeID { return chat.NodeID(fmt.Sprint("n", i)) }
	for i := range links {
		switch rapid.IntRange(0, 19).Draw(t, "odd") {
		case 0: // a root, unless somebody lists it
		case 1:
			links[i].Parent = "ghost"
		case 2:
			links[i].Parent = name(rapid.IntRange(0, n-1).Draw(t, "any")) // itself or a circle, perhaps
		default:
			if i > 0 {
				links[i].Parent = name(rapid.IntRange(max(0, i-4), i-1).Draw(t, "parent"))
			}
		}
	}
	for i := range links {
		if links[i].Parent != "" && rapid.IntRange(0, 9).Draw(t, "listed") > 0 {
			for k := range links {
				if name(k) == links[i].Parent {
					links[k].Children = append(links[k].Children, name(i))
				}
			}
		}
		if rapid.IntRange(0, 19).Draw(t, "extra") == 0 {
			links[i].Children = append(links[i].Children, name(rapid.IntRange(0, n).Draw(t, "child")))
		}
	}
	return links
}

// Tree draws a conversation of up to 60 linked nodes, some without messages.
func Tree(t *rapid.T) *chat.Conversation {
	n := rapid.IntRange(0, 60).Draw(t, "nodes")
	c := &chat.Conversation{ID: "drawn", Title: "Drawn"}
	for i := range n {
		node := chat.Node{ID: chat.NodeID(fmt.Sprint("n", i))}
		if rapid.IntRange(0, 9).Draw(t, "message") > 0 {
			role := rapid.SampledFrom([]chat.Role{chat.User, chat.Assistant, chat.Assistant, chat.Tool, chat.System}).Draw(t, "role")
			node.Message = &chat.Message{ID: string(node.ID), Role: role, Recipient: "all", ContentType: "text",
				Hidden: role == chat.System, Parts: []chat.Part{&chat.Text{Raw: fmt.Sprint("words of ", node.ID, ".")}}}
		}
		c.Nodes = append(c.Nodes, node)
	}
	current := chat.NodeID("")
	if n > 0 {
		current = chat.NodeID(fmt.Sprint("n", rapid.IntRange(0, n).Draw(t, "current")))
	}
	c.Link(Links(t, n), current)
	return c
}
