package chatgpt

import (
	"strings"
	"time"
	"unicode/utf8"

	"gptsnap/formats/chat"

	"github.com/tidwall/gjson"
)

// A Head is what is known of a conversation without decoding its messages.
type Head struct {
	ID, Title               string
	Created, Updated        time.Time
	Nodes                   int // keys of mapping, or messages of a page
	Archived                bool
	GizmoID                 string
	HasMapping, HasMessages bool // an object with neither is no conversation
}

// Peek reads the head of a conversation, or of any JSON object. One without
// an id gets one made of its content: "sha256-" and the first 32 hexadecimal
// digits of the SHA-256 of raw; Decode gives the same.
func Peek(raw []byte) (Head, error) {
	b, err := door(raw)
	if err != nil {
		return Head{}, err
	}
	if b[0] != '{' {
		return Head{}, notOne("JSON, but no object")
	}
	var h Head
	var id, conversationID string
	s := scanner{b: b}
	for key := range s.members() {
		switch key {
		case "id":
			id = s.text()
		case "conversation_id":
			conversationID = s.text()
		case "title":
			h.Title = s.text()
		case "create_time":
			h.Created = when(s.raw())
		case "update_time":
			h.Updated = when(s.raw())
		case "is_archived":
			h.Archived = s.truth()
		case "gizmo_id":
			h.GizmoID = s.text()
		case "mapping":
			h.HasMapping = s.peek() == '{'
			h.Nodes = 0
			for range s.members() {
				h.Nodes++
				s.skip()
			}
		case "messages":
			h.HasMessages = s.peek() == '['
			n := 0
			for range s.elements() {
				n++
				s.skip()
			}
			if !h.HasMapping {
				h.Nodes = n
			}
		default:
			s.skip()
		}
	}
	if err := s.end(); err != nil {
		return Head{}, err
	}
	switch {
	case conversationID != "":
		h.ID = conversationID
	case id != "":
		h.ID = id
	default:
		h.ID = contentID(raw)
	}
	return h, nil
}

// A Listing is one page of a list of conversations.
type Listing struct {
	Items         []Item
	Entries       int   // of the page, those without an id included, which are no Items
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
	Conversations                       Listing // those that came along, if any; its Cursor leads to more
}

// DecodeListing reads an answer to GET /conversations or to
// GET /gizmos/{id}/conversations. Items without an id are left out: there is
// nothing to ask for.
func DecodeListing(raw []byte) (Listing, error) {
	page, err := pageWithItems(raw)
	if err != nil {
		return Listing{}, err
	}
	return listing(page), nil
}

func listing(page gjson.Result) Listing {
	l := Listing{Total: -1, Cursor: str(page.Get("cursor")), Missing: page.Get("has_missing_conversations").Bool()}
	if total := page.Get("total"); total.Type == gjson.Number {
		l.Total = total.Int()
	}
	l.Limit, l.Offset = int(page.Get("limit").Int()), int(page.Get("offset").Int())
	page.Get("items").ForEach(func(_, v gjson.Result) bool {
		var it Item
		l.Entries++
		v.ForEach(func(k, v gjson.Result) bool {
			switch k.Str {
			case "id":
				it.ID = str(v)
			case "title":
				it.Title = str(v)
			case "create_time":
				it.Created, _ = ParseTime(v.Raw)
			case "update_time":
				it.Updated, _ = ParseTime(v.Raw)
			case "is_archived":
				it.Archived = v.Type == gjson.True
			case "is_starred":
				it.Starred = v.Type == gjson.True
			case "gizmo_id":
				it.GizmoID = str(v)
			}
			return true
		})
		if it.ID != "" {
			l.Items = append(l.Items, it)
		}
		return true
	})
	return l
}

// DecodeProjects reads an answer to GET /gizmos/snorlax/sidebar in both of its
// shapes (items[].gizmo.gizmo and items[].gizmo), and the cursor of the next
// page ("" if this is the last).
func DecodeProjects(raw []byte) (projects []Project, cursor string, err error) {
	page, err := pageWithItems(raw)
	if err != nil {
		return nil, "", err
	}
	page.Get("items").ForEach(func(_, item gjson.Result) bool {
		holder := item.Get("gizmo")
		gizmo, files := holder, item.Get("files")
		if inner := holder.Get("gizmo"); inner.IsObject() {
			gizmo, files = inner, holder.Get("files")
		}
		p := Project{
			ID: str(gizmo.Get("id")), Name: str(gizmo.Get("display.name")), Description: str(gizmo.Get("display.description")),
			Instructions: str(gizmo.Get("instructions")), Archived: gizmo.Get("is_archived").Bool(),
			Conversations: listing(item.Get("conversations")),
		}
		p.Created, _ = ParseTime(gizmo.Get("created_at").Raw)
		p.Updated, _ = ParseTime(gizmo.Get("updated_at").Raw)
		files.ForEach(func(_, f gjson.Result) bool {
			if id := str(f.Get("file_id")); id != "" {
				p.Files = append(p.Files, &chat.File{Pointer: id, ID: id, Name: str(f.Get("name")), MIME: str(f.Get("type")), Size: size(f.Get("size"))})
			}
			return true
		})
		if p.ID != "" {
			projects = append(projects, p)
		}
		return true
	})
	return projects, str(page.Get("cursor")), nil
}

// A Share is a link that shows a conversation as it was to whoever has it.
type Share struct {
	ID, Conversation, Title string
	Updated                 time.Time // of the link, or when it was made; zero if unknown
}

// DecodeShares reads a page of GET /shared_conversations. Links without an id
// are left out.
func DecodeShares(raw []byte) (shares []Share, err error) {
	page, err := pageWithItems(raw)
	if err != nil {
		return nil, err
	}
	page.Get("items").ForEach(func(_, item gjson.Result) bool {
		s := Share{ID: first(str(item.Get("id")), str(item.Get("share_id"))), Conversation: str(item.Get("conversation_id")), Title: str(item.Get("title"))}
		if s.Updated = when([]byte(item.Get("update_time").Raw)); s.Updated.IsZero() {
			s.Updated = when([]byte(item.Get("create_time").Raw))
		}
		if s.ID != "" {
			shares = append(shares, s)
		}
		return true
	})
	return shares, nil
}

// pageWithItems checks raw and returns it if it has an array of items.
func pageWithItems(raw []byte) (gjson.Result, error) {
	page, err := sound(raw)
	if err != nil {
		return gjson.Result{}, err
	}
	switch {
	case !page.IsObject():
		return gjson.Result{}, notOne("a list answer that is no object")
	case !page.Get("items").IsArray():
		why := strings.TrimSpace(str(page.Get("detail")) + " " + str(page.Get("detail.message")))
		return gjson.Result{}, notOne("a list answer without items %s", why)
	}
	return page, nil
}

// nameless is what a project is called whose name the conversation does not
// tell, and which none of its records tells either: people should not have to
// read its id, of which the conversation's Gizmo keeps the whole.
func nameless(id string) string {
	short := strings.TrimPrefix(id, "g-p-")
	if short == "" {
		return id
	}
	n := min(8, len(short))
	for n < len(short) && !utf8.RuneStart(short[n]) {
		n++
	}
	return "Project without a name (" + short[:n] + ")"
}
