package markdown

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"text/template"
	"time"

	"gptsnap/formats/chat"
)

// A Page is what a template for pages is given. Without a template a page is
//
//	{{.FrontMatter}}
//	{{.Heading}}{{.Body}}
//
// Texts are as the conversation has them, on one line: in the page write them
// through md, in front matter of one's own through yaml.
type Page struct {
	FrontMatter string // the YAML block with its --- lines
	Heading     string // the title as a heading
	Body        string // all branches, footnotes, remarks

	ID, Title, Project, GPT, URL string
	Model                        string // the default model of the picker
	Branch, Partial              string
	Models                       []string // that answered
	Created, Updated             time.Time
	Archived, Starred            bool
	Messages, Branches, Words    int
}

// parseTemplate reads a template and tries it, so that its faults are told
// before the work is done.
func (r *Renderer) parseTemplate(source string) error {
	t, err := template.New("page").Funcs(template.FuncMap{
		"md": func(s string) string {
			p := &page{r: r}
			p.title(oneLine(s, 500))
			return string(p.b)
		},
		"yaml": func(s string) string { return string(yamlString(nil, s)) },
		"date": func(layout string, at time.Time) string {
			if at.IsZero() {
				return ""
			}
			return at.In(r.o.Location).Format(layout)
		},
	}).Option("missingkey=error").Parse(source)
	if err != nil {
		return fmt.Errorf("template: %w", err)
	}
	now := time.Unix(0, 0)
	example := Page{FrontMatter: "---\n---\n", Heading: "# T\n", Body: "\nx\n", ID: "id", Title: "T", Project: "P", GPT: "g", URL: "https://chatgpt.com/c/id",
		Model: "m", Branch: "branch 1 of 2", Models: []string{"m"}, Created: now, Updated: now, Archived: true, Starred: true, Messages: 1, Branches: 1, Words: 1}
	for _, p := range []Page{example, {}} { // everything known, and nothing
		if err := t.Execute(io.Discard, p); err != nil {
			return fmt.Errorf("template: %w", err)
		}
	}
	r.template = t
	return nil
}

// fill hands the page that was drawn to the template.
func (p *page) fill(w io.Writer) error {
	c := p.d.Conversation
	data := Page{FrontMatter: string(p.b[:p.front]), Heading: string(p.b[p.front+1 : p.top]), Body: string(p.b[p.top:]),
		ID: c.ID, Title: oneLine(c.Title, 500), Project: oneLine(c.Project, 500), GPT: c.Gizmo, URL: c.URL, Model: oneLine(c.Model, 100),
		Branch: p.d.Branch, Partial: oneLine(c.Partial, 500), Created: c.Created.In(p.r.o.Location), Updated: c.Updated.In(p.r.o.Location), Archived: c.Archived, Starred: c.Starred}
	data.Messages, data.Branches, data.Words = p.d.Counts()
	for i := range c.Nodes {
		if m := c.Nodes[i].Message; m != nil && m.Role == chat.Assistant && m.Model != "" && !slices.Contains(data.Models, m.Model) {
			data.Models = append(data.Models, m.Model)
		}
	}
	var b bytes.Buffer
	if err := p.r.template.Execute(&b, data); err != nil {
		return fmt.Errorf("template: %w", err)
	}
	_, err := w.Write(b.Bytes())
	return err
}
