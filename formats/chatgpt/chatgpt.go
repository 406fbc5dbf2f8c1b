// Package chatgpt is the only place that knows ChatGPT's JSON. It turns the
// bytes of one conversation into a [chat.Conversation], and answers of the
// list endpoints into rows. It reads what the web site's API gave over the
// years, what the official export holds and what people share; it never
// writes any of it.
//
// # The road of a conversation
//
//	bytes ── scanner ──> nodes and drafts ── Link ──> tree ── parts ──> Conversation
//
// One pass over the bytes ([scanner]) checks the grammar and picks up what is
// wanted: node ids, who spoke when, and where in the bytes each message's
// content and interesting metadata lie (a draft). Most of a conversation is
// metadata that nobody asks for, so passing over it quickly is what makes
// decoding fast. Then the nodes are linked into a tree, and only then are the
// drafts made into parts, because a citation may have to look up the branch
// for the search that found its source, and a canvas edit for the text it
// changes.
//
// # What can go wrong
//
// Bytes that are no JSON, and JSON that is no conversation, are an error that
// wraps [ErrNotConversation] and says why. Everything else decodes: a field of
// the wrong type counts as absent, a content type of next year becomes
// [chat.Unknown] with its JSON, a damaged tree is repaired. What was odd is
// listed in Conversation.Problems.
//
// Nothing in a decoded conversation points into the bytes it came from.
package chatgpt

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"unicode/utf8"

	"gptsnap/formats/chat"
)

// ErrNotConversation is what every error of this package wraps: the bytes are
// no JSON, or JSON of something else. The message says which.
var ErrNotConversation = errors.New("not a conversation")

func notOne(format string, a ...any) error {
	return fmt.Errorf("%w: %s", ErrNotConversation, fmt.Sprintf(format, a...))
}

// Decode reads one conversation in any of its forms: GET /conversation/{id},
// an element of POST /conversations/batch or of an official export, a shared
// conversation, or a page of GET /conversations/{id}. An array is accepted if
// it holds exactly one conversation, or only pages of one, newest first; so is
// a group chat that [JoinRoom] has joined. A list entry, whose mapping is null,
// is no conversation.
func Decode(raw []byte) (*chat.Conversation, error) {
	b, err := door(raw)
	if err != nil {
		return nil, err
	}
	switch b[0] {
	case '{':
		d := newDecoder(b)
		if err := d.read(); err != nil {
			if d.s.end() == nil {
				if c := decodeRoom(b); c != nil {
					return c, nil
				}
			}
			return nil, err
		}
		if d.c.ID == "" {
			d.c.ID = contentID(raw)
		}
		return d.finish(), nil
	case '[':
		return decodeArray(b)
	}
	return nil, notOne("JSON, but neither an object nor an array")
}

// Skeleton is [Decode] for those who ask whether there is a conversation in
// raw and how its tree hangs together: messages may lack their parts. It costs
// half as much.
func Skeleton(raw []byte) (*chat.Conversation, error) {
	if b, err := door(raw); err == nil && b[0] == '{' {
		if d := newDecoder(b); d.read() == nil {
			return d.link(), nil
		}
	}
	return Decode(raw) // in another form, or none
}

// decodeArray reads an array of one conversation, or of the pages of one.
func decodeArray(b []byte) (*chat.Conversation, error) {
	s := scanner{b: b}
	var all [][]byte
	pages := true
	for range s.elements() {
		one := s.raw()
		all = append(all, one)
		if pages {
			head, err := Peek(one)
			pages = err == nil && head.HasMessages && !head.HasMapping
		}
	}
	if err := s.end(); err != nil {
		return nil, err
	}
	switch {
	case len(all) == 0:
		return nil, notOne("an empty array")
	case pages:
		return AssemblePages(all)
	case len(all) == 1 && all[0][0] == '{':
		return Decode(all[0])
	case len(all) == 1:
		return nil, notOne("an array of something that is no object")
	}
	return nil, notOne("an array of %d values: each is to be decoded by itself", len(all))
}

// door checks what can be said before the grammar is looked at, and returns
// valid UTF-8 that begins with the value.
func door(raw []byte) ([]byte, error) {
	b := bytes.TrimLeft(bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf")), " \t\r\n")
	switch {
	case len(b) == 0:
		return nil, notOne("it is empty")
	case b[0] == '<':
		return nil, notOne("HTML instead of JSON (a login page or a challenge?)")
	case !utf8.Valid(b):
		b = bytes.ToValidUTF8(b, []byte("\ufffd"))
	}
	return b, nil
}

// end checks that nothing but white space is left.
func (s *scanner) end() error {
	if s.err == nil && s.peek() != 0 {
		s.fail(s.i, "more after the end")
	}
	if s.err != nil {
		return fmt.Errorf("%w: %w", ErrNotConversation, s.err)
	}
	return nil
}

// contentID names a conversation that has no id by its bytes.
func contentID(raw []byte) string {
	sum := sha256.Sum256(raw)
	return "sha256-" + hex.EncodeToString(sum[:16])
}
