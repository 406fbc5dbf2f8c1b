package chatgpt

import (
	"strconv"
	"strings"
	"time"

	"gptsnap/formats/chat"
)

// A draft is where in the raw bytes the parts of a message lie, until the
// tree is known. It is gone when decoding ends.
type draft struct {
	dead    bool   // its value in mapping is no object
	cut     bool   // a canvas call that breaks off within a string
	content []byte // nil if absent
	only    []byte // the one string that content's parts are, quotes left out
	escaped bool   // it has escapes
	isText  bool   // content is only that, of the type that the message has
	paragen bool   // answers were offered side by side here
	choice  string // the id of the one taken
	meta    []span // the metadata that parts are made of, in the order met
}

// readMessage consumes node.message; nil if it is no object.
func (d *decoder) readMessage(id chat.NodeID, draft *draft) *chat.Message {
	s := &d.s
	if s.peek() != '{' {
		s.skip()
		return nil
	}
	m := d.newMessage()
	draft.content, draft.isText = nil, false
	for key := range s.members() {
		switch key {
		case "id":
			m.ID = s.same(string(id))
		case "author":
			m.Role, m.Name = "", ""
			for key := range s.members() {
				switch key {
				case "role":
					m.Role = chat.Role(d.word(s))
				case "name":
					m.Name = d.word(s)
				default:
					s.skip()
				}
			}
		case "create_time":
			m.Created = when(s.raw())
		case "update_time":
			m.Updated = when(s.raw())
		case "content":
			d.readContent(m, draft)
		case "status":
			m.Status = d.word(s)
		case "recipient":
			m.Recipient = d.word(s)
		case "channel":
			m.Channel = d.word(s)
		case "weight":
			if w, err := strconv.ParseFloat(alias(s.raw()), 64); err == nil {
				m.Weight = w
			}
		case "metadata":
			d.readMetadata(m, draft)
		default:
			s.skip()
		}
	}
	return m
}

// newMessage makes messages many at a time.
func (d *decoder) newMessage() *chat.Message {
	if len(d.spare) == 0 {
		d.spare = make([]chat.Message, 16)
	}
	m := &d.spare[0]
	d.spare = d.spare[1:]
	m.Weight = 1
	return m
}

// readContent consumes content. Mostly it is one string of text: then nothing
// but that has to be read again when the tree is known.
func (d *decoder) readContent(m *chat.Message, draft *draft) {
	s := &d.s
	draft.isText, m.ContentType = false, ""
	if s.peek() != '{' {
		draft.content = s.raw()
		return
	}
	from := s.i
	kind, lists, strings, others := "", 0, 0, 0
	for key := range s.members() {
		switch key {
		case "content_type":
			kind = d.word(s)
		case "parts":
			lists++
			if s.peek() != '[' {
				others++
				s.skip()
				continue
			}
			for range s.elements() {
				if s.peek() != '"' {
					others++
					s.skip()
					continue
				}
				strings++
				draft.only, draft.escaped, _ = s.quoted()
			}
		default:
			s.skip()
		}
	}
	if s.err != nil {
		return
	}
	draft.content = s.b[from:s.i]
	draft.isText = isText(kind) && lists == 1 && strings == 1 && others == 0
	if draft.isText {
		m.ContentType = kind
	}
}

// word consumes a value as text does, without the characters of markers, and
// makes equal strings one.
func (d *decoder) word(s *scanner) string {
	if s.peek() != '"' {
		s.skip()
		return ""
	}
	b, escaped, ok := s.quoted()
	if !ok {
		return ""
	}
	if w, ok := d.known[string(b)]; ok {
		return w
	}
	w := string(b)
	if escaped {
		w = unescape(b)
	}
	w = withoutPUA(w)
	d.known[string(b)] = w
	return w
}

// seconds reads a JSON number of seconds, 0 if raw is none or absurd.
func seconds(raw []byte) time.Duration {
	f, err := strconv.ParseFloat(strings.Trim(alias(raw), `"`), 64)
	if err != nil || !(f > 0 && f < 1e9) {
		return 0
	}
	return time.Duration(f * float64(time.Second))
}
