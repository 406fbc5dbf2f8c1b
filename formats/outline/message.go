package outline

import (
	"fmt"
	"strings"

	"gptsnap/formats/chat"
)

// mostJoined bounds how many messages become one text: it is copied again with
// every one that follows.
const mostJoined = 100

// message lays out what node i says.
func (w *walk) message(i int, m *chat.Message) {
	if name := w.aside(m); name != "" {
		w.add(Block{Kind: Label, Text: name})
	}
	before := len(w.blocks)
	goesOn := w.joins < mostJoined && w.d.Continuation(i) >= 0
	if w.joins++; !goesOn {
		w.joins = 0
	}
	for k, p := range m.Parts {
		if t, ok := p.(*chat.Text); ok && m.Role == chat.Assistant {
			if w.held != nil {
				t, w.held = w.held.Then(t), nil
			}
			if goesOn && k == len(m.Parts)-1 {
				w.held = t
				return
			}
			p = t
		}
		w.part(m, p)
	}
	shown := map[string]bool{}
	for f := range (&chat.Message{Parts: m.Parts}).Files() {
		shown[f.ID] = true
	}
	for _, f := range m.Attachments {
		if f != nil && (f.ID == "" || !shown[f.ID]) {
			w.file("attached file", f)
		}
	}
	if len(w.blocks) == before {
		w.note("nothing in it")
	}
	switch {
	case m.Status == "in_progress":
		w.note("still being written when it was saved")
	case m.Finish == "interrupted":
		w.note("interrupted")
	case m.CutOff():
		w.note("cut off at the longest length")
	case m.Finish == "content_filter":
		w.note("stopped by the content filter")
	case m.Status == "finished_partial_completion":
		w.note("finished in part")
	case m.Status == "error":
		w.note("ended in an error")
	}
	for i := range m.Feedback {
		w.note(m.Feedback[i].String())
		w.text(Quote, m.Feedback[i].Text)
	}
}

// aside names a message that is no talk between people and model.
func (w *walk) aside(m *chat.Message) string {
	switch m.Class() {
	case chat.Thinking:
		for _, p := range m.Parts {
			if _, only := p.(*chat.Recap); !only {
				return "Thoughts"
			}
		}
		return ""
	case chat.Setup:
		switch {
		case m.Instruction:
			return "Custom instructions"
		case m.Hidden:
			return "Hidden " + or(line(string(m.Role)), "unknown") + " message"
		}
		return or(line(string(m.Role)), "unknown") + " message"
	case chat.Tooling:
		if m.Role == chat.Tool {
			return "Answer of " + or(line(m.Name), "a tool")
		}
		if m.Recipient != "" && m.Recipient != "all" {
			return "Call to " + line(m.Recipient)
		}
		return or(line(m.ContentType), "message") + " of " + or(line(string(m.Role)), "nobody known")
	}
	return ""
}

func (w *walk) label(words string) {
	if words = line(words); words != "" {
		w.add(Block{Kind: Label, Text: words})
	}
}

func (w *walk) text(k Kind, s string) { w.add(Block{Kind: k, Text: s}) }

func (w *walk) code(language, s string) { w.add(Block{Kind: Code, Label: line(language), Text: s}) }

func (w *walk) part(m *chat.Message, part chat.Part) {
	switch x := part.(type) {
	case *chat.Text:
		switch {
		case m.Role == chat.User:
			w.text(Plain, w.expand(x, nil))
		case m.Role == chat.Assistant && (m.Recipient == "" || m.Recipient == "all"):
			w.text(Prose, w.expand(x, w.o.Cite))
		default:
			w.code("", x.Plain())
		}
	case *chat.Transcript:
		if strings.TrimSpace(x.Text) == "" {
			w.note("spoken, without words")
			return
		}
		w.note("spoken")
		w.text(Plain, x.Text)
	case *chat.Image:
		w.picture(x.File, or(line(x.Title), name(x.File)))
		if strings.TrimSpace(x.Prompt) != "" {
			w.label("Made from the prompt")
			w.text(Quote, x.Prompt)
		}
	case *chat.Audio:
		w.recording("audio", x.File, x.Seconds)
	case *chat.Video:
		what := "video"
		if x.Frames > 0 {
			what = plural(x.Frames, "frame", "frames") + " of video"
		}
		w.recording(what, x.File, 0)
	case *chat.Code:
		w.code(x.Language, x.Source)
	case *chat.Output:
		w.output(x)
	case *chat.Quote:
		w.from(x.Title, x.URL, x.Domain)
		w.text(Quote, x.Text)
	case *chat.Browsing:
		if m.Class() == chat.Said {
			w.label("What a search found")
		}
		w.text(Quote, x.Summary)
		w.code("", x.Result)
		w.links(x.Links)
	case *chat.WebPage:
		w.from(x.Title, x.URL, x.Domain)
		w.text(Quote, x.Snippet)
		w.code("", x.Text)
	case *chat.Thoughts:
		for _, t := range x.Items {
			w.label(t.Summary)
			w.text(Prose, t.Content)
		}
	case *chat.Recap:
		w.note(or(line(x.Text), "Thought for "+seconds(x.Seconds)))
	case *chat.Context:
		for _, s := range x.Sections {
			w.label(or(s.Title, x.Kind))
			w.text(Plain, s.Text)
		}
	case *chat.Failure:
		w.label("Error: " + or(x.Name, "unnamed"))
		w.code("", x.Text)
	case *chat.Screenshot:
		if x.File != nil {
			w.picture(x.File, or(line(x.Title), name(x.File)))
		}
		w.from(x.Title, x.URL, "")
		w.text(Plain, x.OS)
		w.text(Plain, x.Description)
	case *chat.Canvas:
		w.canvas(x)
	case *chat.Report:
		if !x.Titled() {
			w.label(or(line(x.Title), "Report"))
		}
		if x.Body != nil {
			w.text(Prose, w.expand(x.Body, w.o.Cite))
		}
		if len(x.Sources) > 0 {
			w.label("Sources of the report")
			w.links(x.Sources)
		}
	case *chat.Widget:
		w.label(strings.TrimPrefix(x.App+": "+or(x.Title, "widget"), ": "))
		w.text(Plain, x.Text)
		w.kept("data of the app", x.JSON)
	case *chat.Remark:
		w.remark(x)
	case *chat.Unknown:
		if string(x.JSON) == "null" && len(m.Parts) > 1 { // a part that holds nothing
			return
		}
		w.kept("content of the unknown kind "+or(line(x.Kind), "unnamed"), x.JSON)
	}
}

func (w *walk) kept(what string, json []byte) {
	w.note(fmt.Sprintf("%s, %d bytes, not shown", what, len(json)))
}

func (w *walk) links(links []chat.Link) {
	if len(links) > 0 {
		w.add(Block{Kind: Links, Links: cleanLinks(links)})
	}
}

// from names the place that a passage comes from.
func (w *walk) from(title, url, site string) {
	if title+url+site != "" {
		w.links([]chat.Link{{Title: title, URL: url, Site: site}})
	}
}

func (w *walk) output(x *chat.Output) {
	if x.Status != "" && x.Status != "success" {
		w.note("ended: " + strings.ReplaceAll(line(x.Status), "_", " "))
	}
	w.code("", x.Text)
	if !x.Told() {
		w.label("Error")
		w.code("", x.Error)
	}
	for _, f := range x.Images {
		w.picture(f, name(f))
	}
	if x.Seconds > 0 {
		w.note("ran " + seconds(x.Seconds))
	}
}

func (w *walk) canvas(x *chat.Canvas) {
	facts := or(line(x.Action), "step")
	if x.Type != "" {
		facts += ", " + x.Type
	}
	if x.Version > 0 {
		facts += fmt.Sprintf(", version %d", x.Version)
	}
	if x.Failed {
		facts += ", refused by the tool"
	}
	w.label("Canvas " + x.Title + " (" + facts + ")")
	if language, isCode := strings.CutPrefix(x.Type, "code/"); isCode || x.Type == "code" {
		w.code(language, x.Content)
	} else {
		w.text(Prose, x.Content)
	}
	for _, e := range x.Edits {
		w.label("Replace")
		w.code("", e.Pattern)
		w.label("by")
		w.code("", e.Replacement)
	}
	for _, c := range x.Comments {
		w.label("Comment on the canvas")
		w.text(Quote, c)
	}
	if x.Broken != "" {
		w.label("What could not be read of it")
		w.code("", x.Broken)
	}
}

// remark writes what the provider's page showed around the message.
func (w *walk) remark(x *chat.Remark) {
	if words := line(x.Line()); words != "" {
		w.note(words)
		return
	}
	w.label(x.Heading())
	for _, l := range x.Lines {
		w.text(Quote, l)
	}
}
