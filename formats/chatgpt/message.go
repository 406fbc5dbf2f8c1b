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
	paragen bool   // answers were offered side by side here
	choice  string // the id of the one taken
	meta    []span // the metadata that parts are made of, in the order met
}

// A span is one member of metadata, kept as raw JSON.
type span struct {
	name metaKey
	raw  []byte
}

// A metaKey names a member of metadata that parts are made of.
type metaKey uint8

const (
	noMeta metaKey = iota
	metaReferences
	metaCitations
	metaAgentReferences
	metaGroups
	metaCot
	metaAttachments
	metaAggregate
	metaCanvas
	metaCite
	metaCitedIndex
	metaUserContext
	metaSDK
	metaResource
	metaImageTitle
	metaDictation
	metaDictationFormat
	metaParent
)

var metaKeys = map[string]metaKey{
	"content_references": metaReferences, "citations": metaCitations, "n7jupd_crefs": metaAgentReferences,
	"search_result_groups": metaGroups, "inline_cot_expandable_content": metaCot,
	"attachments": metaAttachments, "aggregate_result": metaAggregate, "canvas": metaCanvas,
	"_cite_metadata": metaCite, "cited_message_idx": metaCitedIndex,
	"user_context_message_data": metaUserContext, "chatgpt_sdk": metaSDK, "invoked_resource": metaResource,
	"image_gen_title": metaImageTitle, "dictation_asset_pointer": metaDictation, "dictation_asset_format": metaDictationFormat,
	"parent_id": metaParent,
}

// get is the raw JSON of a member; nil if it is absent or says nothing. Of
// several with the same name the last counts.
func (d *draft) get(name metaKey) []byte {
	for i := len(d.meta) - 1; i >= 0; i-- {
		if d.meta[i].name == name {
			return d.meta[i].raw
		}
	}
	return nil
}

// readMessage consumes node.message; nil if it is no object.
func (d *decoder) readMessage(draft *draft) *chat.Message {
	s := &d.s
	if s.peek() != '{' {
		s.skip()
		return nil
	}
	m := &chat.Message{Weight: 1}
	for key := range s.members() {
		switch key {
		case "id":
			m.ID = s.text()
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
			draft.content = s.raw()
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

func (d *decoder) readMetadata(m *chat.Message, draft *draft) {
	s := &d.s
	draft.meta, draft.paragen, draft.choice = nil, false, ""
	for key := range s.members() {
		switch key {
		case "model_slug":
			m.Model = d.word(s)
		case "thinking_effort":
			m.Effort = d.word(s)
		case "turn_exchange_id":
			m.Turn = s.text()
		case "is_visually_hidden_from_conversation":
			m.Hidden = s.truth()
		case "is_user_system_message":
			m.Instruction = s.truth()
		case "finished_duration_sec":
			m.Thinking = seconds(s.raw())
		case "finish_details":
			m.Finish = ""
			for key := range s.members() {
				if key == "type" {
					m.Finish = d.word(s)
				} else {
					s.skip()
				}
			}
		case "paragen_variants_info":
			draft.paragen = s.worth() != nil || draft.paragen
		case "paragen_variant_choice":
			draft.choice = s.text()
			draft.paragen = draft.paragen || draft.choice != ""
		default:
			name := metaKeys[key]
			if name == noMeta {
				s.skip()
			} else if raw := s.worth(); raw != nil {
				draft.meta = append(draft.meta, span{name, raw})
			}
		}
	}
}

// word consumes a value as text does, and makes equal strings one.
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
