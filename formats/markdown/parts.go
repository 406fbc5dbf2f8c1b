package markdown

import (
	"strings"

	"gptsnap/formats/chat"
)

// part writes one part of m.
func (p *page) part(m *chat.Message, part chat.Part) {
	switch x := part.(type) {
	case *chat.Text:
		p.text(m, x)
	case *chat.Transcript:
		p.gap()
		if strings.TrimSpace(x.Text) == "" {
			p.b = append(p.b, "*(spoken, without words)*\n"...)
			return
		}
		p.b = append(p.b, "*(spoken)*\n"...)
		p.typed(clean(x.Text))
	case *chat.Image:
		p.image(x)
	case *chat.Audio:
		p.gap()
		p.recording("audio", x.File, x.Seconds)
	case *chat.Video:
		p.gap()
		what := "video"
		if x.Frames > 0 {
			what = plural(x.Frames, "frame") + " of video"
		}
		p.recording(what, x.File, 0)
	case *chat.Code:
		p.code(x.Language, x.Source)
	case *chat.Output:
		p.output(x)
	case *chat.Quote:
		p.heads(x.Title, x.URL, x.Domain)
		p.blockquote(x.Text)
	case *chat.Browsing:
		p.browsing(m, x)
	case *chat.WebPage:
		p.heads(x.Title, x.URL, x.Domain)
		p.blockquote(x.Snippet)
		p.code("", x.Text)
	case *chat.Thoughts:
		p.thoughts(x)
	case *chat.Recap:
		p.gap()
		p.b = append(p.b, '*')
		p.words(or(x.Text, "Thought for "+seconds(x.Seconds)))
		p.b = append(p.b, "*\n"...)
	case *chat.Context:
		for _, s := range x.Sections {
			p.bold(or(s.Title, x.Kind))
			p.typed(clean(s.Text))
		}
	case *chat.Failure:
		p.bold("Error: " + or(x.Name, "unnamed"))
		p.code("", x.Text)
	case *chat.Screenshot:
		p.screenshot(x)
	case *chat.Canvas:
		p.canvas(x)
	case *chat.Report:
		if !x.Titled() {
			p.bold(or(x.Title, "Report"))
		}
		if x.Body != nil {
			p.prose(p.expand(x.Body))
			p.closeCites()
		}
		p.links("Sources of the report:", x.Sources)
	case *chat.Widget:
		p.bold(strings.TrimPrefix(x.App+": "+or(x.Title, "widget"), ": "))
		p.typed(clean(x.Text))
		p.kept("data of the app", x.JSON)
	case *chat.Remark:
		p.remark(x)
	case *chat.Unknown:
		if string(x.JSON) == "null" && len(m.Parts) > 1 { // a part that holds nothing
			return
		}
		p.kept("content of the unknown kind "+or(x.Kind, "unnamed"), x.JSON)
	}
}

// text writes a string as its speaker meant it: literal from users, Markdown
// from the model to people, code between the model and its tools.
func (p *page) text(m *chat.Message, t *chat.Text) {
	switch {
	case m.Role == chat.User:
		p.literal(t)
	case m.Role == chat.Assistant && (m.Recipient == "" || m.Recipient == "all"):
		p.prose(p.expand(t))
		p.closeCites()
	default:
		p.code("", t.Plain())
	}
}

// code writes source as a fenced block, its fence longer than any within.
func (p *page) code(language, source string) {
	source = strings.Trim(clean(source), "\n")
	if strings.TrimSpace(source) == "" {
		return
	}
	ticks, run := 3, 0
	for i := range len(source) {
		if source[i] == '`' {
			run++
			ticks = max(ticks, run+1)
		} else {
			run = 0
		}
	}
	p.gap()
	f := fence{char: '`', n: ticks}
	p.fenceLine(f)
	if word := languageWord(language); word != "" {
		p.b = append(append(p.b[:len(p.b)-1], word...), '\n')
	}
	p.b = append(append(p.b, source...), '\n')
	p.fenceLine(f)
}

func languageWord(s string) string {
	if s == "unknown" || len(s) > 32 {
		return ""
	}
	for i := range len(s) {
		if !isWord(s[i]) && strings.IndexByte("+#._-", s[i]) < 0 {
			return ""
		}
	}
	return s
}

func (p *page) bold(words string) {
	p.gap()
	p.b = append(p.b, "**"...)
	p.words(words)
	p.b = append(p.b, "**\n"...)
}

// heads writes the line above a passage from elsewhere.
func (p *page) heads(title, url, domain string) {
	if or(title, url, domain) == "" {
		return
	}
	p.gap()
	p.source(&chat.Link{Title: title, URL: url, Site: domain})
	if domain != "" && domain != title {
		p.b = append(p.b, " · "...)
		p.words(domain)
	}
	p.b = append(p.b, '\n')
}

// blockquote writes words from elsewhere, literally.
func (p *page) blockquote(s string) {
	if strings.TrimSpace(s) == "" {
		return
	}
	p.gap()
	from := len(p.b)
	p.typed(clean(s))
	p.quote(from)
}

func (p *page) links(title string, links []chat.Link) {
	if len(links) == 0 {
		return
	}
	if title != "" {
		p.gap()
		p.b = append(append(p.b, title...), '\n')
	}
	p.gap()
	for i := range links {
		p.b = append(p.b, "- "...)
		p.source(&links[i])
		p.b = append(p.b, '\n')
		if s := oneLine(links[i].Snippet, 1000); s != "" {
			p.b = append(p.b, "  > "...)
			p.words(s)
			p.b = append(p.b, '\n')
		}
	}
}

// kept says that there is data that only the machine-readable formats hold.
func (p *page) kept(what string, json []byte) {
	if len(json) == 0 && what == "" {
		return
	}
	p.gap()
	p.b = append(p.b, "*("...)
	p.words(what)
	p.b = append(append(append(p.b, ", "...), size(int64(len(json)))...), ", not shown)*\n"...)
}

func (p *page) thoughts(x *chat.Thoughts) {
	for _, t := range x.Items {
		if strings.TrimSpace(t.Summary) != "" {
			p.bold(t.Summary)
		}
		p.cites = p.cites[:0]
		p.prose(clean(t.Content))
	}
}

func (p *page) output(x *chat.Output) {
	if x.Status != "" && x.Status != "success" {
		p.gap()
		p.b = append(p.b, "*("...)
		p.words("ended: " + strings.ReplaceAll(x.Status, "_", " "))
		p.b = append(p.b, ")*\n"...)
	}
	p.code("", x.Text)
	if !x.Told() {
		p.bold("Error")
		p.code("", x.Error)
	}
	for _, f := range x.Images {
		p.image(&chat.Image{File: f})
	}
	if x.Seconds > 0 {
		p.gap()
		p.b = append(append(append(p.b, "*(ran "...), seconds(x.Seconds)...), ")*\n"...)
	}
}
