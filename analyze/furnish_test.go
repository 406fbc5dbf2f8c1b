package analyze

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"gptsnap/formats/chat"
)

// furnished are the reports whose golden files need more than talk.
var furnished = map[string]bool{"code": true, "tools": true, "sources": true, "files": true, "coverage": true, "projects": true, "gpts": true}

// furnish puts code, tools, citations, files and oddities into conversations,
// always the same.
func furnish(all []*chat.Conversation) {
	n := 0
	for k, c := range all {
		if k%7 == 3 {
			c.Gizmo = fmt.Sprintf("g-invented%d", k%3)
		}
		if k%10 == 9 {
			c.Partial, c.Problems = "a shared link", append(c.Problems, chat.Problem{Text: fmt.Sprintf("parent %q is not in the conversation", c.ID)})
		}
		for i := range c.Nodes {
			m := c.Nodes[i].Message
			if m == nil {
				continue
			}
			n++
			switch {
			case m.Role == chat.Tool:
				m.Name = []string{"python", "web.run", "日本"}[n%3]
				o := &chat.Output{Text: "1", Status: "success", Seconds: float64(n%7) / 2}
				if n%5 == 0 {
					o.Error = "ValueError"
				}
				m.Parts = append(m.Parts, o)
			case m.Recipient == "python":
				m.Recipient = []string{"python", "web.run", "日本"}[(n+1)%3]
				m.Parts = append(m.Parts, &chat.Code{Language: "python", Source: strings.Repeat("x = 1\n", n%5)})
			case m.Role == chat.Assistant && n%3 == 0:
				url := fmt.Sprintf("https://www.%s.example/page/%d", []string{"soil", "rain", "tides"}[n%11%3], n%9)
				m.Parts = append(m.Parts, &chat.Text{Raw: fmt.Sprintf("\n```%s\nline\n%s```\nas [1] says", []string{"go", "py", "", "js title=x"}[n%4], strings.Repeat("more\n", n%6)),
					Cites: []chat.Cite{{Start: 2, End: 2, Kind: chat.CiteLinks, Links: []chat.Link{{Title: "A page", URL: url}, {Title: "again", URL: url}}}}})
			case m.Role == chat.User && n%4 == 0:
				m.Attachments = append(m.Attachments, &chat.File{Pointer: fmt.Sprintf("sediment://file_%04d", n/4%12), ID: fmt.Sprintf("file_%04d", n/4%12), Name: fmt.Sprintf("notes %d.%s", n/4%12, []string{"pdf", "csv", "png"}[n/4%12%3]), Size: int64(100 * (n / 4 % 12))})
			case m.Role == chat.User && n%9 == 0:
				m.Parts = append(m.Parts, &chat.Unknown{Kind: "hologram", JSON: []byte("{}")})
			}
		}
	}
}

// shelf opens the files of furnished conversations, of which some are missing.
func shelf(f *chat.File) (io.ReadCloser, error) {
	if strings.HasSuffix(f.ID, "3") || strings.HasSuffix(f.ID, "5") {
		return nil, errors.New("not in the export")
	}
	if f.MIME == "" {
		f.MIME = "application/pdf"
	}
	return io.NopCloser(strings.NewReader("bytes")), nil
}
