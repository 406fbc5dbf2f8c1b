package markdown

import (
	"strings"

	"gptsnap/formats/chat"
)

// image writes a picture, or a note where there is none, and what it was made from.
func (p *page) image(x *chat.Image) {
	p.gap()
	switch {
	case x.File == nil:
		p.b = append(p.b, "*(image that is not named)*\n"...)
	case strings.HasPrefix(x.File.Href, "data:") && !strings.HasPrefix(x.File.Href, "data:image/"): // of a kind that may not be shown
		p.file("image", x.File)
		p.b = append(p.b, '\n')
	case x.File.Href != "":
		p.picture(or(oneLine(x.Title, 100), fileName(x.File)), x.File)
		p.b = append(p.b, "\n\n*"...)
		p.words(fileName(x.File))
		p.facts(x.File)
		p.b = append(p.b, "*\n"...)
	default:
		p.b = append(p.b, '*')
		p.fileNote("image", x.File)
		p.b = append(p.b, "*\n"...)
	}
	if x.Title != "" {
		p.gap()
		p.b = append(p.b, "Title: "...)
		p.words(x.Title)
		p.b = append(p.b, '\n')
	}
	if strings.TrimSpace(x.Prompt) != "" {
		p.gap()
		p.b = append(p.b, "Made from the prompt:\n"...)
		p.blockquote(x.Prompt)
	}
}

// recording writes a link to a recording, or a note.
func (p *page) recording(kind string, f *chat.File, length float64) {
	if f == nil {
		p.b = append(append(append(p.b, "*("...), kind...), " that is not named)*\n"...)
		return
	}
	var more []string
	if length > 0 {
		more = append(more, seconds(length))
	}
	p.file(kind, f, more...)
	p.b = append(p.b, '\n')
}

// file links to f with its facts, or notes why it is not here.
func (p *page) file(kind string, f *chat.File, more ...string) {
	if f.Href == "" {
		p.b = append(p.b, '*')
		p.fileNote(kind, f, more...)
		p.b = append(p.b, '*')
		return
	}
	p.fileLink(fileName(f), f)
	p.b = append(append(p.b, " ("...), kind...)
	p.facts(f, more...)
	p.b = append(p.b, ')')
}

func (p *page) screenshot(x *chat.Screenshot) {
	if x.File != nil {
		p.image(&chat.Image{File: x.File})
	}
	p.heads(x.Title, x.URL, "")
	for _, s := range []string{x.OS, x.Description} {
		p.typed(clean(s))
	}
}

// canvas writes one step in the life of a document: the whole text after it
// where that is known, and what was changed.
func (p *page) canvas(x *chat.Canvas) {
	name := "Canvas"
	if x.Title != "" {
		name += " “" + x.Title + "”"
	}
	facts := []string{or(x.Action, "step")}
	if x.Type != "" {
		facts = append(facts, x.Type)
	}
	if x.Version > 0 {
		facts = append(facts, "version "+decimal(x.Version))
	}
	if x.Failed {
		facts = append(facts, "refused by the tool")
	}
	p.bold(name + " (" + strings.Join(facts, ", ") + ")")
	if latest := p.latest[x.ID]; (x.Known || x.Content != "") && latest != nil && latest != x {
		p.fold(true, "Its text at this step", func() { p.canvasText(x) })
	} else {
		p.canvasText(x)
	}
	if len(x.Edits) > 0 {
		p.fold(true, plural(len(x.Edits), "edit")+" of the canvas", func() {
			for _, e := range x.Edits {
				what := "Replace"
				if e.Multiple {
					what = "Replace everywhere"
				}
				p.bold(what)
				p.code("", e.Pattern)
				p.bold("by")
				p.code("", e.Replacement)
			}
		})
	}
	if len(x.Comments) > 0 {
		p.bold("Comments on the canvas")
		for _, c := range x.Comments {
			p.blockquote(c)
		}
	}
	if x.Broken != "" {
		p.bold("What could not be read of it")
		p.code("", x.Broken)
	}
}

func (p *page) canvasText(x *chat.Canvas) {
	if language, isCode := strings.CutPrefix(x.Type, "code/"); isCode || x.Type == "code" {
		p.code(language, x.Content)
	} else {
		p.cites = p.cites[:0]
		p.prose(clean(x.Content))
	}
}

// findCanvases finds which step of each canvas is the last in s: its text is
// shown, that of the steps before is folded.
func (p *page) findCanvases(s *chat.Stretch) {
	p.latest = nil
	for _, i := range s.Nodes {
		m := p.d.Nodes[i].Message
		if m == nil {
			continue
		}
		for _, part := range m.Parts {
			if x, ok := part.(*chat.Canvas); ok && x.Known && x.ID != "" {
				if p.latest == nil {
					p.latest = make(map[string]*chat.Canvas)
				}
				p.latest[x.ID] = x
			}
		}
	}
}
