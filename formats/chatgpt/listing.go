package chatgpt

import (
	"time"

	"gptsnap/formats/chat"
)

// A Head is what is known of a conversation without decoding its messages.
type Head struct {
	ID, Title               string
	Created, Updated        time.Time
	Nodes                   int // keys of mapping, or messages of a page
	Archived                bool
	GizmoID                 string
	HasMapping, HasMessages bool
}

// Peek reads the head of a conversation. A conversation without an id gets one
// made of its content: "sha256-" and 32 hexadecimal digits.
func Peek(raw []byte) (Head, error) { return Head{}, ErrNotConversation }

// A Listing is one page of a list of conversations.
type Listing struct {
	Items         []Item
	Total         int64 // as the server says, which is no count; -1 if unknown
	Limit, Offset int
	Cursor        string // of the next page; "" if there is none or pages go by offset
	Missing       bool   // the server says that some conversations are missing
}

// An Item is one conversation in a list. Times are zero where unknown.
type Item struct {
	ID, Title         string
	Created, Updated  time.Time
	Archived, Starred bool
	GizmoID           string
}

// A Project is a folder of conversations, with its own instructions and files.
type Project struct {
	ID, Name, Description, Instructions string
	Created, Updated                    time.Time
	Archived                            bool
	Files                               []*chat.File
	Conversations                       Listing // those that came along, if any; Cursor leads to more
}

// DecodeListing reads an answer to GET /conversations or to
// GET /gizmos/{id}/conversations.
func DecodeListing(raw []byte) (Listing, error) { return Listing{}, ErrNotConversation }

// DecodeProjects reads an answer to GET /gizmos/snorlax/sidebar in both of its
// shapes, and the cursor of the next page ("" if this is the last).
func DecodeProjects(raw []byte) (projects []Project, cursor string, err error) {
	return nil, "", ErrNotConversation
}

// ParseTime reads one JSON value as a time.
func ParseTime(raw string) (time.Time, bool) { return time.Time{}, false }
