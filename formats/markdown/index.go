package markdown

import (
	"slices"

	"gptsnap/formats/chat"
)

// Index makes a page that lists all pages by month, newest first; those
// without a date come last.
func (r *Renderer) Index(docs []chat.Summary) (name string, body []byte, err error) {
	order := make([]int32, len(docs)) // copies of tens of thousands of summaries would be memory
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortStableFunc(order, func(a, b int32) int { return docs[b].Created.Compare(docs[a].Created) })
	p := &page{r: r}
	p.b = make([]byte, 0, 256+200*len(docs))
	p.b = append(append(append(p.b, "# Conversations\n\n"...), plural(len(docs), "conversation")...), ".\n"...)
	month := ""
	for _, i := range order {
		d := &docs[i]
		at := d.Created.In(r.o.Location)
		now, day := "Without a date", ""
		if !d.Created.IsZero() {
			now, day = at.Format("2006-01"), at.Format("2006-01-02 15:04")
		}
		if now != month {
			month = now
			p.gap()
			p.b = append(append(append(p.b, "## "...), now...), "\n\n"...)
			p.b = append(p.b, "| Created | Title | Project | Model | Messages | Branches |\n|---|---|---|---|--:|--:|\n"...)
		}
		p.b = append(append(append(p.b, "| "...), day...), " | "...)
		title := or(oneLine(d.Title, 120), "Untitled")
		p.link(title, target(&chat.File{Href: d.Path}))
		if d.Starred {
			p.b = append(p.b, " ★"...)
		}
		if d.Archived {
			p.b = append(p.b, " (archived)"...)
		}
		p.b = append(p.b, " | "...)
		p.words(d.Project)
		p.b = append(p.b, " | "...)
		p.words(d.Model)
		p.b = append(append(p.b, " | "...), decimal(d.Messages)...)
		p.b = append(append(append(p.b, " | "...), decimal(d.Branches)...), " |\n"...)
	}
	return "index.md", p.b, nil
}
