package chatgpt

import (
	"math"
	"strings"

	"gptsnap/formats/chat"

	"github.com/tidwall/gjson"
)

// file makes a file of a pointer such as sediment://file_00ab or
// file-service://file-Ab; what the message's attachments say of it is added.
func (p *maker) file(pointer string) *chat.File {
	f := &chat.File{Pointer: pointer, ID: pointerID(pointer), Message: p.m.ID}
	if pointer == "" {
		f.Missing = "the message names no file"
		return f
	}
	if p.attached == nil {
		p.attached = map[string]gjson.Result{}
		parse(p.draft.get(metaAttachments)).ForEach(func(_, a gjson.Result) bool {
			p.attached[str(a.Get("id"))] = a
			return true
		})
	}
	if a, ok := p.attached[f.ID]; ok {
		describe(f, a)
	}
	return f
}

// pointerID is a pointer without its scheme and the marks some have around it.
func pointerID(pointer string) string {
	if _, id, ok := strings.Cut(pointer, "://"); ok {
		pointer = id
	}
	pointer = strings.TrimPrefix(pointer, "sandbox:")
	return strings.Trim(pointer, "#")
}

// describe fills f with what an attachment says, in both spellings.
func describe(f *chat.File, a gjson.Result) {
	f.Name = first(str(a.Get("name")), f.Name)
	f.MIME = first(str(a.Get("mime_type")), str(a.Get("mimeType")), f.MIME)
	f.Size = max(f.Size, size(a.Get("size")))
	f.Width, f.Height = max(f.Width, pixels(a.Get("width"))), max(f.Height, pixels(a.Get("height")))
}

// asset makes a file of an object with asset_pointer and size_bytes.
func (p *maker) asset(v gjson.Result) *chat.File {
	f := p.file(str(v.Get("asset_pointer")))
	f.Size = max(f.Size, size(v.Get("size_bytes")))
	f.Width, f.Height = max(f.Width, pixels(v.Get("width"))), max(f.Height, pixels(v.Get("height")))
	return f
}

func (p *maker) image(v gjson.Result) *chat.Image {
	im := &chat.Image{File: p.asset(v)}
	meta := v.Get("metadata")
	made := meta.Get("dalle")
	if !made.IsObject() {
		made = meta.Get("generation")
	}
	if made.IsObject() {
		im.Generated = true
		im.GenID = str(made.Get("gen_id"))
		im.Title = str(parse(p.draft.get(metaImageTitle)))
		im.Prompt = first(str(made.Get("prompt")), p.promptOfCall())
	}
	return im
}

// promptOfCall is what the image tool was asked, if this message is its
// answer: some generators do not note it in the picture.
func (p *maker) promptOfCall() string {
	if p.m.Role != chat.Tool || p.m.Name == "" {
		return ""
	}
	if p.asked {
		return p.prompt
	}
	p.asked = true
	up := p.node
	for range 8 {
		if up = p.d.c.Nodes[up].Parent; up < 0 {
			return ""
		}
		m := p.d.c.Nodes[up].Message
		if m == nil || m.Recipient != p.m.Name {
			continue
		}
		content := parse(p.d.drafts[up].content)
		if call := first(str(content.Get("text")), str(content.Get("parts.0"))); checked(call) {
			p.prompt = str(gjson.Get(call, "prompt"))
		}
		break
	}
	return p.prompt
}

func (p *maker) audio(v gjson.Result) *chat.Audio {
	a := &chat.Audio{File: p.asset(v), Format: str(v.Get("format"))}
	start, end := v.Get("metadata.start"), v.Get("metadata.end")
	if d := end.Num - start.Num; end.Type == gjson.Number && d > 0 && !math.IsInf(d, 0) {
		a.Seconds = d
	}
	if a.File.MIME == "" && a.Format != "" {
		a.File.MIME = "audio/" + a.Format
	}
	return a
}

func (p *maker) video(v gjson.Result, frames int) *chat.Video {
	return &chat.Video{File: p.asset(v), Frames: max(frames, pixels(v.Get("frames.count")))}
}

// live makes parts of what a camera and a microphone sent while talking.
func (p *maker) live(v gjson.Result) {
	if a := v.Get("audio_asset_pointer"); a.IsObject() {
		p.add(p.audio(a))
	} else if pointer := str(a); pointer != "" {
		p.add(&chat.Audio{File: p.file(pointer)})
	}
	frames := v.Get("frames_asset_pointers").Array()
	if container := v.Get("video_container_asset_pointer"); container.IsObject() {
		p.add(p.video(container, len(frames)))
	} else if len(frames) > 0 {
		p.add(&chat.Video{Frames: len(frames)})
	}
	for _, f := range frames {
		if f.IsObject() {
			im := p.image(f)
			im.Title = "video frame"
			p.add(im)
		} else if pointer := str(f); pointer != "" {
			p.add(&chat.Image{File: p.file(pointer), Title: "video frame"})
		}
	}
}

func (p *maker) attachments() {
	parse(p.draft.get(metaAttachments)).ForEach(func(_, a gjson.Result) bool {
		if !a.IsObject() {
			return true
		}
		id := str(a.Get("id"))
		f := &chat.File{Pointer: id, ID: pointerID(id), Message: p.m.ID, Pasted: a.Get("is_big_paste").Type == gjson.True}
		describe(f, a)
		p.m.Attachments = append(p.m.Attachments, f)
		return true
	})
}

// dictation attaches the recording of a message that was spoken, not typed.
func (p *maker) dictation() {
	pointer := str(parse(p.draft.get(metaDictation)))
	if pointer == "" {
		return
	}
	f := p.file(pointer)
	if format := str(parse(p.draft.get(metaDictationFormat))); format != "" && f.MIME == "" {
		f.MIME = "audio/" + format
	}
	f.Name = first(f.Name, "dictation")
	p.m.Attachments = append(p.m.Attachments, f)
}
