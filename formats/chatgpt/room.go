package chatgpt

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/tidwall/gjson"

	"gptsnap/formats/chat"
)

// Group chats ("rooms") are had from addresses of their own and in a form of
// their own: a list of messages of several people and the model, without a
// tree. How the messages look was seen in two programs that read them, and the
// list of rooms in none (late 2025 to autumn 2026), so every field may be
// absent here, and a list of rooms may hold them under several names.

// A Room is one group chat in the list of them.
type Room struct {
	ID, Name string
	Raw      []byte // its entry of the list
}

// DecodeRooms reads an answer to GET /calpico/chatgpt/rooms/summary. It
// reports false if there seems to be something in it that it does not know.
func DecodeRooms(raw []byte) (rooms []Room, ok bool) {
	page, err := object(raw, "")
	if err != nil {
		return nil, false
	}
	ok = true
	seen := map[string]bool{}
	page.ForEach(func(key, list gjson.Result) bool {
		list.ForEach(func(_, item gjson.Result) bool {
			if !list.IsArray() || !item.IsObject() {
				return true
			}
			room := item
			if inner := item.Get("room"); inner.IsObject() {
				room = inner
			}
			id := first(str(room.Get("id")), str(room.Get("room_id")))
			if id == "" {
				ok = false
			} else if !seen[id] {
				seen[id] = true
				rooms = append(rooms, Room{id, first(str(room.Get("name")), str(room.Get("title"))), []byte(item.Raw)})
			}
			return true
		})
		return true
	})
	return rooms, ok
}

// A RoomPage is a page of the messages of a group chat, oldest first.
type RoomPage struct {
	IDs     []string // of the messages
	Before  string   // the cursor that asks for the page before this one; "" at the beginning
	Updated time.Time
}

// DecodeRoomPage reads what is needed to ask for the page before this one, if
// that is as large as limit.
func DecodeRoomPage(raw []byte, limit int) (RoomPage, error) {
	page, err := object(raw, "")
	if err != nil {
		return RoomPage{}, err
	}
	items := roomItems(page)
	if !items.IsArray() {
		return RoomPage{}, notOne("a page of a group chat without messages")
	}
	var p RoomPage
	items.ForEach(func(_, m gjson.Result) bool {
		p.IDs = append(p.IDs, str(m.Get("id")))
		if at := when([]byte(m.Get("created_at").Raw)); at.After(p.Updated) {
			p.Updated = at
		}
		return true
	})
	switch cursor := page.Get("prev_cursor"); {
	case cursor.Exists():
		p.Before = str(cursor)
	case len(p.IDs) >= limit && limit > 0:
		p.Before = p.IDs[0] // a message's id is the cursor of what is before it
	}
	return p, nil
}

func roomItems(page gjson.Result) gjson.Result {
	if items := page.Get("items"); items.IsArray() {
		return items
	}
	return page.Get("messages")
}

// JoinRoom makes one body of a group chat: its entry in the list of rooms and
// its pages, newest first, each as it came.
func JoinRoom(entry []byte, pages [][]byte) []byte {
	b := append([]byte(`{"room":`), entry...)
	b = append(b, `,"pages":[`...)
	for i, p := range pages {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, p...)
	}
	return append(b, "]}"...)
}

// RoomPages are the pages of such a body.
func RoomPages(raw []byte) (pages [][]byte) {
	body, err := object(raw, "")
	if err != nil {
		return nil
	}
	body.Get("pages").ForEach(func(_, p gjson.Result) bool {
		pages = append(pages, []byte(p.Raw))
		return true
	})
	return pages
}

// spoken is one message of a group chat in the form that conversations have.
type spoken struct {
	raw json.RawMessage
	at  time.Time
}

// roomAsPage makes of a group chat what the paged contract would give: one
// page with all messages, oldest first. Nil if b is no group chat.
func roomAsPage(b []byte) []byte {
	body := parse(b)
	room := body.Get("room")
	if !room.IsObject() || !body.Get("pages").IsArray() {
		return nil
	}
	entry := room
	if inner := room.Get("room"); inner.IsObject() {
		entry = inner
	}
	names := map[string]string{}
	for _, list := range []gjson.Result{room.Get("members"), entry.Get("members")} {
		list.ForEach(func(_, m gjson.Result) bool {
			names[str(m.Get("account_user_id"))] = first(str(m.Get("name")), str(m.Get("username")))
			return true
		})
	}
	var all []spoken
	seen := map[string]bool{}
	pages := body.Get("pages").Array()
	timed := true
	for _, page := range slices.Backward(pages) {
		roomItems(page).ForEach(func(_, m gjson.Result) bool {
			if id := str(m.Get("id")); m.IsObject() && !seen[id] {
				seen[id] = id != ""
				at := when([]byte(m.Get("created_at").Raw))
				timed = timed && !at.IsZero()
				for _, raw := range roomMessage(m, id, names) {
					all = append(all, spoken{raw, at})
				}
			}
			return true
		})
	}
	if timed {
		slices.SortStableFunc(all, func(a, b spoken) int { return a.at.Compare(b.at) })
	}
	messages := make([]json.RawMessage, len(all))
	for i := range all {
		messages[i] = all[i].raw
	}
	head := map[string]any{"conversation_id": first(str(entry.Get("id")), str(entry.Get("room_id"))), "title": first(str(entry.Get("name")), str(entry.Get("title"))),
		"create_time": json.RawMessage(first(entry.Get("created_at").Raw, "null")), "messages": messages, "page_info": map[string]any{}}
	if len(all) > 0 {
		head["update_time"] = all[len(all)-1].at
	}
	return asJSON(head)
}

// roomMessage gives the messages that an entry of a group chat stands for:
// those that the model sent, which are as in conversations, else what somebody wrote.
func roomMessage(m gjson.Result, id string, names map[string]string) (all []json.RawMessage) {
	at := json.RawMessage(first(m.Get("created_at").Raw, "null"))
	n := 0
	m.Get("raw_messages").ForEach(func(_, raw gjson.Result) bool {
		one := map[string]json.RawMessage{}
		if !raw.IsObject() || json.Unmarshal([]byte(raw.Raw), &one) != nil {
			return true
		}
		if str(raw.Get("id")) == "" {
			one["id"] = asJSON(id + suffix(n))
		}
		if raw.Get("create_time").Type == gjson.Null {
			one["create_time"] = at
		}
		n++
		all = append(all, asJSON(one))
		return true
	})
	if n > 0 {
		return all
	}
	author := map[string]any{"role": first(str(m.Get("role")), "user")}
	if name := names[str(m.Get("account_user_id"))]; name != "" {
		author["name"] = name
	}
	var attached []map[string]any
	m.Get("content.attachments").ForEach(func(_, a gjson.Result) bool {
		if file := first(str(a.Get("file_id")), str(a.Get("id"))); file != "" {
			attached = append(attached, map[string]any{"id": file, "name": first(str(a.Get("name")), str(a.Get("file_name"))), "mime_type": str(a.Get("mime_type")), "size": size(a.Get("size"))})
		}
		return true
	})
	parts := []string{}
	if text := first(str(m.Get("content.text")), str(m.Get("content"))); text != "" {
		parts = append(parts, text)
	}
	return append(all, asJSON(map[string]any{"id": id, "author": author, "create_time": at, "recipient": "all",
		"content": map[string]any{"content_type": "text", "parts": parts}, "metadata": map[string]any{"attachments": attached}}))
}

func suffix(n int) string {
	if n == 0 {
		return ""
	}
	return "-" + strconv.Itoa(n)
}

// decodeRoom reads a group chat; nil if b is none.
func decodeRoom(b []byte) *chat.Conversation {
	page := roomAsPage(b)
	if page == nil {
		return nil
	}
	d := newDecoder(page)
	if d.read() != nil {
		return nil
	}
	if d.c.ID == "" {
		d.c.ID = contentID(b)
	}
	c := d.finish()
	c.Partial, c.URL = "", ""
	return c
}

// asJSON is v as JSON: a value of plain ones.
func asJSON(v any) []byte {
	raw, err := json.Marshal(v)
	if err != nil {
		return []byte("null") // cannot be
	}
	return raw
}
