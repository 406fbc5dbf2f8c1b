package markdown

import (
	"strings"

	"gptsnap/formats/chat"
)

// message writes what m holds.
func (p *page) message(m *chat.Message, class chat.Class) {
	switch {
	case class == chat.Setup && onlyBlank(m):
		p.gap()
		p.b = append(p.b, "*("...)
		p.words(setupName(m))
		p.b = append(p.b, ", empty)*\n"...)
	case class == chat.Setup:
		p.fold(true, setupName(m), func() { p.parts(m) })
	case class == chat.Thinking && recapOnly(m), onlyStep(m):
		p.parts(m)
	case class == chat.Thinking:
		p.folded(p.r.o.Thinking == "fold", thoughtName(m), m)
	case class == chat.Tooling && !forReader(m):
		p.folded(p.r.o.Tools == "fold", toolName(m), m)
	default:
		p.parts(m)
	}
	p.ending(m)
}

// folded writes the parts of m in a fold that says what m was doing.
func (p *page) folded(closed bool, name string, m *chat.Message) {
	if p.step = stepOf(m); p.step != "" && p.step != name {
		name += ": " + p.step
	}
	p.fold(closed, name, func() { p.parts(m) })
	p.step = ""
}

// parts writes the parts of m and what is attached to it.
func (p *page) parts(m *chat.Message) {
	for i, part := range m.Parts {
		if t, ok := part.(*chat.Text); ok && m.Role == chat.Assistant {
			if p.held != nil {
				part = p.held.Then(t)
				p.held = nil
			}
			if p.holds && i == len(m.Parts)-1 {
				p.held = part.(*chat.Text)
				continue
			}
		}
		p.part(m, part)
	}
	var shown map[string]bool
	if len(m.Attachments) > 0 {
		shown = make(map[string]bool)
		for f := range (&chat.Message{Parts: m.Parts}).Files() {
			shown[f.ID] = true
		}
	}
	for _, f := range m.Attachments {
		if f == nil || f.ID != "" && shown[f.ID] {
			continue
		}
		p.gap()
		p.b = append(p.b, "Attached: "...)
		p.file("file", f)
		p.b = append(p.b, '\n')
	}
	if onlyBlank(m) {
		p.gap()
		p.b = append(p.b, "*(nothing in it)*\n"...)
	}
}

// ending says how m ended, if not as usual, and what the user thought of it.
func (p *page) ending(m *chat.Message) {
	p.stopped(m)
	for i := range m.Feedback {
		f := &m.Feedback[i]
		p.gap()
		p.b = append(p.b, '*')
		p.words(f.String())
		p.b = append(p.b, "*\n"...)
		if strings.TrimSpace(f.Text) != "" {
			p.blockquote(f.Text)
		}
	}
}

// stopped says why m is not whole.
func (p *page) stopped(m *chat.Message) {
	why := ""
	switch {
	case m.Status == "in_progress":
		why = "still being written when it was saved"
	case m.Finish == "interrupted":
		why = "interrupted"
	case m.CutOff() && !p.holds:
		why = "cut off at the longest length"
	case m.Finish == "content_filter":
		why = "stopped by the content filter"
	case m.Status == "finished_partial_completion":
		why = "finished in part"
	case m.Status == "error":
		why = "ended in an error"
	default:
		return
	}
	p.gap()
	p.b = append(append(append(p.b, "*("...), why...), ")*\n"...)
}

func onlyBlank(m *chat.Message) bool {
	for _, part := range m.Parts {
		if t, ok := part.(*chat.Text); !ok || strings.TrimSpace(t.Raw) != "" {
			return false
		}
	}
	return len(m.Attachments) == 0
}

// forReader reports whether m holds what people are meant to see although a
// tool is involved: a canvas or a report, or content addressed to everybody
// that this version does not know.
func forReader(m *chat.Message) bool {
	for _, part := range m.Parts {
		switch part.(type) {
		case *chat.Canvas, *chat.Report:
			return true
		case *chat.Unknown:
			if m.Role != chat.Tool && (m.Recipient == "" || m.Recipient == "all") {
				return true
			}
		}
	}
	return false
}

func recapOnly(m *chat.Message) bool {
	for _, part := range m.Parts {
		if _, ok := part.(*chat.Recap); !ok {
			return false
		}
	}
	return true
}

func setupName(m *chat.Message) string {
	for _, part := range m.Parts {
		if c, ok := part.(*chat.Context); ok && c.Kind != "" {
			return "Context: " + c.Kind
		}
	}
	switch {
	case m.Instruction:
		return "Custom instructions"
	case m.Hidden:
		return "Hidden " + or(string(m.Role), "unknown") + " message"
	}
	return or(string(m.Role), "unknown") + " message"
}

func thoughtName(m *chat.Message) string {
	steps := 0
	for _, part := range m.Parts {
		switch part := part.(type) {
		case *chat.Thoughts:
			steps += len(part.Items)
		case *chat.Recap:
			return or(part.Text, "Thoughts")
		}
	}
	if steps == 0 {
		return "Thoughts"
	}
	return "Thoughts (" + plural(steps, "step") + ")"
}

func toolName(m *chat.Message) string {
	switch {
	case m.Recipient != "" && m.Recipient != "all" && m.Role != chat.Tool:
		return "Call to " + m.Recipient
	case m.Role == chat.Tool:
		for _, part := range m.Parts {
			if _, ok := part.(*chat.Failure); ok {
				return "Error of " + or(m.Name, "a tool")
			}
		}
		return "Answer of " + or(m.Name, "a tool")
	}
	return or(m.ContentType, "message") + " of " + or(string(m.Role), "nobody known")
}
