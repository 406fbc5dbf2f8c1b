// Package chatgpt is the only place that knows ChatGPT's JSON.
package chatgpt

import (
	"errors"

	"gptsnap/formats/chat"
)

// ErrNotConversation is what every error of [Decode], [Peek] and
// [AssemblePages] wraps: the bytes are no JSON, or JSON of something else.
var ErrNotConversation = errors.New("not a conversation")

// Decode reads one conversation: a singular, batch, shared or exported form.
func Decode(raw []byte) (*chat.Conversation, error) { return nil, ErrNotConversation }

// AssemblePages makes one conversation of the pages of the plural contract,
// newest page first.
func AssemblePages(pages [][]byte) (*chat.Conversation, error) { return nil, ErrNotConversation }
