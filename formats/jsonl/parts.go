package jsonl

import "gptsnap/formats/chat"

// part appends one part with every field that is not zero. Its "type" says
// which of the types of package chat it is.
func part(b []byte, p *chat.Part) []byte {
	open := func(name string) { b = append(append(append(b, `{"type":"`...), name...), '"') }
	switch x := (*p).(type) {
	case *chat.Text:
		open("text")
		b = textFields(b, x)
	case *chat.Transcript:
		open("transcript")
		b = text(key(b, "text"), x.Text)
		b = some(b, "direction", x.Direction)
	case *chat.Image:
		open("image")
		b = someFile(b, x.File)
		b = someBool(b, "generated", x.Generated)
		b = some(b, "prompt", x.Prompt)
		b = some(b, "title", x.Title)
		b = some(b, "gen_id", x.GenID)
	case *chat.Audio:
		open("audio")
		b = someFile(b, x.File)
		b = some(b, "format", x.Format)
		b = someFloat(b, "seconds", x.Seconds)
	case *chat.Video:
		open("video")
		b = someFile(b, x.File)
		b = someInt(b, "frames", int64(x.Frames))
	case *chat.Code:
		open("code")
		b = some(b, "language", x.Language)
		b = text(key(b, "source"), x.Source)
	case *chat.Output:
		open("output")
		b = text(key(b, "text"), x.Text)
		b = some(b, "status", x.Status)
		b = some(b, "error", x.Error)
		b = someList(b, "images", x.Images, oneFile)
		b = someFloat(b, "seconds", x.Seconds)
	case *chat.Quote:
		open("quote")
		b = some(b, "title", x.Title)
		b = some(b, "domain", x.Domain)
		b = some(b, "url", x.URL)
		b = text(key(b, "text"), x.Text)
	case *chat.Browsing:
		open("browsing")
		b = some(b, "result", x.Result)
		b = some(b, "summary", x.Summary)
		b = someList(b, "links", x.Links, link)
	case *chat.WebPage:
		open("web_page")
		b = some(b, "title", x.Title)
		b = some(b, "domain", x.Domain)
		b = some(b, "url", x.URL)
		b = some(b, "snippet", x.Snippet)
		b = text(key(b, "text"), x.Text)
	case *chat.Thoughts:
		open("thoughts")
		b = list(b, "items", x.Items, func(b []byte, t *chat.Thought) []byte {
			b = some(append(b, '{'), "summary", t.Summary)
			return append(some(b, "content", t.Content), '}')
		})
	case *chat.Recap:
		open("recap")
		b = text(key(b, "text"), x.Text)
		b = someFloat(b, "seconds", x.Seconds)
	case *chat.Context:
		open("context")
		b = some(b, "kind", x.Kind)
		b = list(b, "sections", x.Sections, func(b []byte, s *chat.Section) []byte {
			b = some(append(b, '{'), "title", s.Title)
			return append(some(b, "text", s.Text), '}')
		})
	case *chat.Failure:
		open("failure")
		b = some(b, "name", x.Name)
		b = text(key(b, "text"), x.Text)
	case *chat.Screenshot:
		open("screenshot")
		b = someFile(b, x.File)
		b = some(b, "title", x.Title)
		b = some(b, "url", x.URL)
		b = some(b, "os", x.OS)
		b = some(b, "description", x.Description)
	case *chat.Canvas:
		open("canvas")
		b = canvas(b, x)
	case *chat.Report:
		open("report")
		b = some(b, "title", x.Title)
		if x.Body != nil {
			b = append(textFields(append(key(b, "body"), '{'), x.Body), '}')
		}
		b = someList(b, "sources", x.Sources, link)
	case *chat.Widget:
		open("widget")
		b = some(b, "app", x.App)
		b = some(b, "title", x.Title)
		b = some(b, "text", x.Text)
		b = someJSON(b, "json", x.JSON)
	case *chat.Remark:
		open("remark")
		b = text(key(b, "kind"), string(x.Kind))
		b = list(b, "lines", x.Lines, oneText)
	case *chat.Unknown:
		open("unknown")
		b = some(b, "kind", x.Kind)
		b = someJSON(b, "json", x.JSON)
	default:
		panic("a part without a line in this table")
	}
	return append(b, '}')
}

func canvas(b []byte, x *chat.Canvas) []byte {
	b = some(b, "action", x.Action)
	b = some(b, "id", x.ID)
	b = some(b, "title", x.Title)
	b = some(b, "document_type", x.Type)
	b = someInt(b, "version", int64(x.Version))
	b = some(b, "content", x.Content)
	b = someBool(b, "known", x.Known)
	b = someList(b, "edits", x.Edits, func(b []byte, e *chat.Edit) []byte {
		b = some(append(b, '{'), "pattern", e.Pattern)
		b = some(b, "replacement", e.Replacement)
		return append(someBool(b, "multiple", e.Multiple), '}')
	})
	b = someList(b, "comments", x.Comments, oneText)
	b = some(b, "broken", x.Broken)
	return someBool(b, "failed", x.Failed)
}

// textFields appends a text and its cites, whose start and end count bytes.
func textFields(b []byte, t *chat.Text) []byte {
	return cites(text(key(b, "text"), t.Raw), t)
}

func cites(b []byte, t *chat.Text) []byte {
	return someList(b, "cites", t.Cites, func(b []byte, c *chat.Cite) []byte {
		b = append(b, '{')
		b = append(key(b, "start"), decimal(c.Start)...)
		b = append(key(b, "end"), decimal(c.End)...)
		b = text(key(b, "kind"), string(c.Kind))
		b = some(b, "label", c.Label)
		return append(someList(b, "links", c.Links, link), '}')
	})
}

func link(b []byte, l *chat.Link) []byte {
	b = some(append(b, '{'), "title", l.Title)
	b = some(b, "url", l.URL)
	b = some(b, "site", l.Site)
	b = some(b, "date", l.Date)
	b = someFile(b, l.File)
	b = some(b, "lines", l.Lines)
	return append(some(b, "snippet", l.Snippet), '}')
}

func someFile(b []byte, f *chat.File) []byte {
	if f == nil {
		return b
	}
	return oneFile(key(b, "file"), &f)
}

func oneFile(b []byte, at **chat.File) []byte {
	f := *at
	if f == nil {
		return append(b, "null"...)
	}
	b = some(append(b, '{'), "pointer", f.Pointer)
	b = some(b, "id", f.ID)
	b = some(b, "name", f.Name)
	b = some(b, "mime", f.MIME)
	b = someInt(b, "size", f.Size)
	b = someInt(b, "width", int64(f.Width))
	b = someInt(b, "height", int64(f.Height))
	b = some(b, "message", f.Message)
	b = someBool(b, "pasted", f.Pasted)
	b = some(b, "href", f.Href)
	return append(some(b, "missing", f.Missing), '}')
}
