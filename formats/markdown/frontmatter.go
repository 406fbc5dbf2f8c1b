package markdown

import (
	"fmt"
	"time"
	"unicode"

	"gptsnap/formats/chat"
)

// frontMatter writes what programs want to know of the page, as YAML. Every
// string is double-quoted, so that no title can be taken for anything else.
func (p *page) frontMatter() {
	c := p.d.Conversation
	var models []string
	seen := make(map[string]bool)
	messages, branches, words := p.d.Counts()
	for i := range c.Nodes {
		m := c.Nodes[i].Message
		if m == nil {
			continue
		}
		if m.Role == chat.Assistant && m.Model != "" && !seen[m.Model] {
			seen[m.Model] = true
			models = append(models, m.Model)
		}
	}
	p.b = append(p.b, "---\n"...)
	p.field("id", c.ID)
	p.b = yamlString(append(p.b, "title: "...), c.Title)
	p.b = append(p.b, '\n')
	p.date("created", c.Created)
	p.date("updated", c.Updated)
	if len(models) > 0 {
		p.b = append(p.b, "models: ["...)
		for i, m := range models {
			if i > 0 {
				p.b = append(p.b, ", "...)
			}
			p.b = yamlString(p.b, m)
		}
		p.b = append(p.b, "]\n"...)
	}
	p.field("project", c.Project)
	p.field("gpt", c.Gizmo)
	p.field("branch", p.d.Branch)
	p.b = fmt.Appendf(p.b, "branches: %d\nmessages: %d\nwords: %d\n", branches, messages, words)
	p.field("url", c.URL)
	p.b = fmt.Appendf(p.b, "archived: %t\nstarred: %t\n---\n", c.Archived, c.Starred)
}

// field writes a string, unless it is empty.
func (p *page) field(key, value string) {
	if value == "" {
		return
	}
	p.b = append(append(p.b, key...), ": "...)
	p.b = append(yamlString(p.b, value), '\n')
}

func (p *page) date(key string, t time.Time) {
	if t.IsZero() {
		return
	}
	p.b = append(append(p.b, key...), ": "...)
	p.b = append(t.In(p.r.o.Location).AppendFormat(p.b, "2006-01-02T15:04:05Z07:00"), '\n')
}

// yamlString writes s in double quotes. What is not printable, or turns the
// direction of the text, is written as an escape: the value is still s.
func yamlString(b []byte, s string) []byte {
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r < 0x20 || r >= 0x7f && r < 0xa0:
			b = fmt.Appendf(b, `\x%02X`, r)
		case r > 0xffff && !unicode.IsPrint(r):
			b = fmt.Appendf(b, `\U%08X`, r)
		case r >= 0xa0 && !unicode.IsPrint(r) || turns(r):
			b = fmt.Appendf(b, `\u%04X`, r)
		default:
			b = append(b, string(r)...)
		}
	}
	return append(b, '"')
}
