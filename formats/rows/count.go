package rows

import "gptsnap/formats/chat"

// A Count adds up messages, wherever this program counts them.
type Count struct {
	Messages, Visible                     int
	User, Assistant, Tool, System, Others int // by role; together they are Messages
	WordsUser, WordsAssistant             int // of visible messages
}

// Add counts a message of that many words, 0 unless it is visible.
func (c *Count) Add(role chat.Role, visible bool, words int) {
	c.Messages++
	if visible {
		c.Visible++
	}
	switch role {
	case chat.User:
		c.User++
		c.WordsUser += words
	case chat.Assistant:
		c.Assistant++
		c.WordsAssistant += words
	case chat.Tool:
		c.Tool++
	case chat.System:
		c.System++
	default:
		c.Others++
	}
}

// Plus adds d to c.
func (c *Count) Plus(d *Count) {
	c.Messages += d.Messages
	c.Visible += d.Visible
	c.User += d.User
	c.Assistant += d.Assistant
	c.Tool += d.Tool
	c.System += d.System
	c.Others += d.Others
	c.WordsUser += d.WordsUser
	c.WordsAssistant += d.WordsAssistant
}

// Words are those of people and models together.
func (c *Count) Words() int { return c.WordsUser + c.WordsAssistant }
