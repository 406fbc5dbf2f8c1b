package rows

import (
	"fmt"
	"slices"
	"strings"

	"gptsnap/formats/chat"
)

// A Part is a piece of a message that is not plain text, as text.
type Part struct {
	Kind   string // image, code, output, ...: see flatten
	Title  string // what it is called: a title, the name of a tool, the language of code
	Text   string // all its words, one statement a line
	URL    string
	Status string // of an output or a step of a canvas
}

// flatten makes a row of any part but Text and Transcript.
func flatten(p chat.Part) Part {
	var r Part
	var all lines
	switch p := p.(type) {
	case *chat.Image:
		r = Part{Kind: "image", Title: p.Title}
		all.add("", p.Prompt)
	case *chat.Audio:
		r = Part{Kind: "audio", Title: p.Format}
		if p.Seconds > 0 {
			all.add("seconds: ", fmt.Sprint(p.Seconds))
		}
	case *chat.Video:
		r = Part{Kind: "video"}
		if p.Frames > 0 {
			all.add("frames: ", fmt.Sprint(p.Frames))
		}
	case *chat.Code:
		r = Part{Kind: "code", Title: p.Language}
		all.add("", p.Source)
	case *chat.Output:
		r = Part{Kind: "output", Status: p.Status}
		all.add("", p.Text)
		all.add("error: ", p.Error)
	case *chat.Quote:
		r = Part{Kind: "quote", Title: p.Title, URL: p.URL}
		if r.Title == "" {
			r.Title = p.Domain
		}
		all.add("", p.Text)
	case *chat.Browsing:
		r = Part{Kind: "browsing"}
		all.add("", p.Result)
		all.add("summary: ", p.Summary)
		all.links(p.Links)
	case *chat.WebPage:
		r = Part{Kind: "web_page", Title: p.Title, URL: p.URL}
		all.add("", p.Snippet)
		all.add("", p.Text)
	case *chat.Thoughts:
		r = Part{Kind: "thoughts"}
		for _, t := range p.Items {
			all.add("", t.Summary)
			all.add("", t.Content)
		}
	case *chat.Recap:
		r = Part{Kind: "recap"}
		all.add("", p.Text)
	case *chat.Context:
		r = Part{Kind: "context", Title: p.Kind}
		for _, s := range p.Sections {
			all.add("", s.Title)
			all.add("", s.Text)
		}
	case *chat.Failure:
		r = Part{Kind: "failure", Title: p.Name}
		all.add("", p.Text)
	case *chat.Screenshot:
		r = Part{Kind: "screenshot", Title: p.Title, URL: p.URL}
		all.add("system: ", p.OS)
		all.add("", p.Description)
	case *chat.Canvas:
		r = canvas(p, &all)
	case *chat.Report:
		r = Part{Kind: "report", Title: p.Title}
		if p.Body != nil {
			all.add("", p.Body.Plain())
		}
		all.links(p.Sources)
	case *chat.Widget:
		r = Part{Kind: "widget", Title: strings.TrimSpace(p.App + " " + p.Title)}
		all.add("", p.Text)
		all.add("", string(p.JSON))
	case *chat.Remark:
		r = Part{Kind: "remark", Title: string(p.Kind)}
		for _, l := range p.Lines {
			all.add("", l)
		}
	case *chat.Unknown:
		r = Part{Kind: "unknown", Title: p.Kind}
		all.add("", string(p.JSON))
	default:
		panic(fmt.Sprintf("a part of type %T has no row", p))
	}
	r.Title, r.URL, r.Status = Clean(r.Title), Clean(r.URL), Clean(r.Status)
	r.Text = Clean(strings.Join(all, "\n"))
	return r
}

func canvas(p *chat.Canvas, all *lines) Part {
	r := Part{Kind: "canvas", Title: p.Title, Status: p.Action}
	if p.Failed {
		r.Status += " failed"
	}
	if p.Known {
		all.add("", p.Content)
	}
	for _, e := range p.Edits {
		all.add("replace: ", e.Pattern)
		all.add("with: ", e.Replacement)
	}
	for _, c := range p.Comments {
		all.add("comment: ", c)
	}
	all.add("broken: ", p.Broken)
	return r
}

// lines are what a part says.
type lines []string

func (l *lines) add(what, s string) {
	if s != "" {
		*l = append(*l, what+s)
	}
}

func (l *lines) links(all []chat.Link) {
	for _, k := range all {
		l.add("link: ", strings.TrimSpace(k.Title+" "+k.URL))
		l.add("snippet: ", k.Snippet)
	}
}

// cite adds a row for each link of each citation of t; number counts them
// over the whole message. Markers that mean nothing have no row.
func (n *Node) cite(t *chat.Text, number *int) {
	for i := range t.Cites {
		c := &t.Cites[i]
		if c.Kind == chat.CiteDrop {
			continue
		}
		*number++
		row := Citation{Number: *number, Kind: c.Kind, Label: Clean(c.Label)}
		if len(c.Links) == 0 {
			n.Citations = append(n.Citations, row)
		}
		n.point(row, c.Links)
	}
}

// point adds a row of a citation for each of its links.
func (n *Node) point(row Citation, links []chat.Link) {
	for k := range links {
		l := &links[k]
		row.Title, row.URL, row.Site, row.Date = Clean(l.Title), Clean(l.URL), Clean(l.Site), Clean(l.Date)
		row.Domain, row.File, row.Lines = Domain(row.URL), "", Clean(l.Lines)
		if l.File != nil {
			row.File = Clean(l.File.Pointer)
		}
		n.Citations = append(n.Citations, row)
	}
}

// files adds a row for each file that m refers to, in the order of
// [chat.Message.Files]; the same reference in the same use comes once.
func (n *Node) files(m *chat.Message) {
	attached := map[*chat.File]bool{}
	for _, f := range m.Attachments {
		attached[f] = true
	}
	cited := map[*chat.File]bool{}
	for _, p := range m.Parts {
		t, _ := p.(*chat.Text)
		if r, ok := p.(*chat.Report); ok {
			t = r.Body
		}
		if t == nil {
			continue
		}
		for _, c := range t.Cites {
			for _, l := range c.Links {
				if l.File != nil {
					cited[l.File] = true
				}
			}
		}
	}
	type seen struct{ pointer, id, use string }
	met := map[seen]int{} // to the place of the row
	for f := range m.Files() {
		row := File{File: f, Use: "part", References: 1}
		switch {
		case cited[f]:
			row.Use = "citation"
		case attached[f]:
			row.Use = "attachment"
		}
		k := seen{f.Pointer, f.ID, row.Use}
		if at, ok := met[k]; ok {
			n.Files[at].References++
			continue
		}
		met[k] = len(n.Files)
		n.Files = append(n.Files, row)
	}
}

// judged are the judgements of m, as tables take them.
func judged(m *chat.Message) []chat.Feedback {
	all := slices.Clone(m.Feedback)
	for i := range all {
		f := &all[i]
		f.Rating, f.Text, f.Created = chat.Rating(Clean(string(f.Rating))), Clean(f.Text), Known(f.Created)
		f.Tags = slices.Clone(f.Tags)
		for k := range f.Tags {
			f.Tags[k] = Clean(f.Tags[k])
		}
	}
	return all
}
