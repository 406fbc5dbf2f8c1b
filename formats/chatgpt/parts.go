package chatgpt

import (
	"strings"

	"gptsnap/formats/chat"

	"github.com/tidwall/gjson"
)

// A maker makes the parts of one message of its draft.
type maker struct {
	d     *decoder
	node  int
	m     *chat.Message
	draft *draft

	refs          []reference // what the metadata says of stretches of the text
	ready         bool        // refs were read
	attached      map[string]gjson.Result
	prompt        string     // what an image tool was asked
	asked         bool       // prompt was looked for
	upload        *chat.File // the only one on the branch
	sought        bool       // upload was looked for
	reportGroups  []byte     // search results within a report
	reportResults map[string]chat.Link
	results       bool // links are read of what a search found: with what it showed of them
}

// contentTypes says who reads which content type. Those that are not here are
// read by their parts, if they have any, or kept as Unknown.
var contentTypes = map[string]func(p *maker, content gjson.Result) bool{
	"code":                    (*maker).code,
	"execution_output":        (*maker).output,
	"citable_code_output":     (*maker).output,
	"thoughts":                (*maker).thoughts,
	"reasoning_recap":         (*maker).recap,
	"user_editable_context":   (*maker).userContext,
	"model_editable_context":  (*maker).modelContext,
	"app_pairing_content":     (*maker).pairing,
	"tether_browsing_display": (*maker).browsing,
	"tether_browsing_code":    (*maker).browsingCode,
	"tether_quote":            (*maker).quote,
	"sonic_webpage":           (*maker).webPage,
	"system_error":            (*maker).failure,
	"computer_output":         (*maker).screenshot,
	"super_widget":            (*maker).widget,
}

func (d *decoder) makeParts() {
	p := maker{d: d}
	for i := range d.c.Nodes {
		m := d.c.Nodes[i].Message
		if m == nil {
			continue
		}
		p = maker{d: d, node: i, m: m, draft: &d.drafts[i]}
		p.content()
		if len(p.draft.meta) > 0 {
			p.fromMetadata()
		}
	}
	d.foldCanvases()
}

func (p *maker) add(part chat.Part) { p.m.Parts = append(p.m.Parts, part) }

func (p *maker) unknown(kind string, raw []byte) {
	p.add(&chat.Unknown{Kind: kind, JSON: keep(raw)})
}

// content makes parts of message.content, whatever its shape.
func (p *maker) content() {
	raw := p.draft.content
	call := strings.HasPrefix(p.m.Recipient, "canmore.") && p.m.Role != chat.Tool
	if p.draft.isText && !call {
		p.m.Parts = []chat.Part{p.textOf(unquoted(p.draft.only, p.draft.escaped))}
		return
	}
	if len(raw) == 0 || raw[0] == 'n' {
		return
	}
	if raw[0] != '{' {
		p.unknown(kindOf(raw), raw)
		return
	}
	s := &p.d.s
	*s = scanner{b: raw}
	var parts, text []byte
	others, listed := 0, ""
	for key := range s.members() {
		switch key {
		case "content_type":
			p.m.ContentType = p.d.word(s)
		case "parts":
			if kind := p.m.ContentType; isText(kind) && !call && s.peek() == '[' { // the common case: read as it passes by
				listed, p.m.Parts = kind, nil
				from := s.i
				p.list(s)
				parts = s.b[from:s.i]
			} else {
				listed, parts = "", s.raw()
			}
		case "text":
			text = s.raw()
		default:
			others++
			s.skip()
		}
	}
	if listed != "" && listed == p.m.ContentType {
		return
	}
	p.m.Parts = nil
	if call {
		p.canvas(parse(raw))
		return
	}
	if read, ok := contentTypes[p.m.ContentType]; ok {
		if !read(p, parse(raw)) {
			p.unknown(p.m.ContentType, raw)
		}
		return
	}
	plain := isText(p.m.ContentType)
	switch {
	case len(parts) > 0 && parts[0] == '[':
		p.list(&scanner{b: parts})
	case len(parts) > 0 && parts[0] == '"':
		p.text(str(parse(parts)))
	case len(parts) > 0 && parts[0] != 'n':
		p.unknown("parts", parts)
	case len(text) > 0 && text[0] == '"' && (plain || others == 0):
		p.text(str(parse(text)))
	case strings.HasSuffix(p.m.ContentType, "_widget"):
		p.widget(parse(raw))
	case !plain && (p.m.ContentType != "" || others > 0):
		p.unknown(first(p.m.ContentType, "content without a type"), raw)
	}
	if !plain && len(parts) > 0 && others > 0 { // the rest of a type that is not known
		p.unknown(first(p.m.ContentType, "content without a type"), raw)
	}
}

func isText(kind string) bool { return kind == "text" || kind == "multimodal_text" }

// list consumes content.parts and makes parts of it.
func (p *maker) list(s *scanner) {
	for range s.elements() {
		switch s.peek() {
		case '"':
			p.text(s.text())
		case '{':
			p.object(s.raw())
		default:
			one := s.raw()
			p.unknown(kindOf(one), one)
		}
	}
}

// text adds a string with its citations resolved.
func (p *maker) text(raw string) { p.add(p.textOf(raw)) }

func (p *maker) textOf(raw string) *chat.Text {
	return &chat.Text{Raw: raw, Cites: p.cites(raw)}
}

// object makes parts of one object in content.parts.
func (p *maker) object(raw []byte) {
	v := parse(raw)
	kind := first(str(v.Get("content_type")), str(v.Get("type")))
	switch kind {
	case "text":
		if text := v.Get("text"); text.Type == gjson.String {
			p.text(str(text))
		} else {
			p.unknown(kind, raw)
		}
	case "image_asset_pointer":
		p.add(p.image(v))
	case "audio_transcription":
		p.add(&chat.Transcript{Text: p.plain(str(v.Get("text"))), Direction: str(v.Get("direction"))})
	case "audio_asset_pointer":
		p.add(p.audio(v))
	case "video_container_asset_pointer":
		p.add(p.video(v, 0))
	case "real_time_user_audio_video_asset_pointer":
		p.live(v)
	default:
		p.unknown(first(kind, "object"), raw)
	}
}

func kindOf(raw []byte) string {
	switch raw[0] {
	case 'n':
		return "null"
	case 't', 'f':
		return "boolean"
	case '"':
		return "string"
	case '[':
		return "array"
	case '{':
		return "object"
	}
	return "number"
}

// fromMetadata adds what a message shows that does not stand in its content.
func (p *maker) fromMetadata() {
	p.found()
	p.replied()
	p.attachments()
	p.dictation()
	p.sdk()
	p.remarks()
}
