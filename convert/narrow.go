package convert

import (
	"fmt"

	"gptsnap/formats/chat"
)

// narrow takes out what the options do not want to see: by default system
// prompts, instructions and empty nodes; on request thoughts and tool traffic.
// What hung under them moves up, so no branch is lost.
func narrow(c *chat.Conversation, o Options) *chat.Conversation {
	if o.Whole {
		return c
	}
	return c.Without(func(i int) bool {
		m := c.Nodes[i].Message
		if m == nil {
			return !o.Hidden
		}
		switch m.Class() {
		case chat.Thinking:
			return o.Thinking == "drop"
		case chat.Tooling:
			return o.Tools == "drop"
		case chat.Setup:
			return !o.Hidden
		}
		return false
	})
}

// A version is what one document shows of a conversation.
type version struct {
	conv       *chat.Conversation
	label      string // "branch 2 of 5", "" unless there are several
	number, of int
}

// versions splits a conversation into documents: one with everything, one
// with the current path only, or one for each branch, trunk included.
func versions(c *chat.Conversation, branches string) []version {
	leaves := c.Leaves()
	switch {
	case branches == "current":
		return []version{{conv: c.CurrentOnly()}}
	case branches != "files" || leaves < 2:
		return []version{{conv: c}}
	}
	all := make([]version, 0, leaves)
	for b := range c.Branches() {
		k := len(all) + 1
		label := fmt.Sprintf("branch %d of %d", k, leaves)
		if b.Current {
			label += ", current"
		}
		all = append(all, version{c.Only(b.Nodes), label, k, leaves})
	}
	return all
}
