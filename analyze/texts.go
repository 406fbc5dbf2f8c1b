package analyze

import (
	"iter"

	"gptsnap/formats/chat"
)

// areaOf is the area that the words of m belong to.
func areaOf(m *chat.Message) string {
	switch m.Class() {
	case chat.Said:
		return "text"
	case chat.Thinking:
		return "thinking"
	case chat.Tooling:
		return "tools"
	}
	return "hidden"
}

// texts yields all that m says in words, whoever they are for.
func texts(m *chat.Message) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, p := range m.Parts {
			for _, s := range wordsOf(p) {
				if s != "" && !yield(s) {
					return
				}
			}
		}
	}
}

// wordsOf lists the texts of a part. A kind of part that has none is nil.
func wordsOf(p chat.Part) []string {
	switch p := p.(type) {
	case *chat.Text:
		return []string{p.Plain()}
	case *chat.Transcript:
		return []string{p.Text}
	case *chat.Image:
		return []string{p.Title, p.Prompt}
	case *chat.Code:
		return []string{p.Source}
	case *chat.Output:
		return []string{p.Text, p.Error}
	case *chat.Quote:
		return []string{p.Title, p.URL, p.Text}
	case *chat.Browsing:
		all := []string{p.Result, p.Summary}
		for _, l := range p.Links {
			all = append(all, l.Title, l.URL, l.Snippet)
		}
		return all
	case *chat.WebPage:
		return []string{p.Title, p.URL, p.Snippet, p.Text}
	case *chat.Thoughts:
		var all []string
		for _, t := range p.Items {
			all = append(all, t.Summary, t.Content)
		}
		return all
	case *chat.Recap:
		return []string{p.Text}
	case *chat.Context:
		var all []string
		for _, s := range p.Sections {
			all = append(all, s.Title, s.Text)
		}
		return all
	case *chat.Failure:
		return []string{p.Name, p.Text}
	case *chat.Screenshot:
		return []string{p.Title, p.URL, p.Description}
	case *chat.Canvas:
		all := []string{p.Title, p.Content}
		for _, e := range p.Edits {
			all = append(all, e.Replacement)
		}
		return append(append(all, p.Broken), p.Comments...)
	case *chat.Report:
		if p.Body == nil {
			return []string{p.Title}
		}
		return []string{p.Title, p.Body.Plain()}
	case *chat.Widget:
		return []string{p.App, p.Title, p.Text, string(p.JSON)}
	case *chat.Remark:
		return p.Lines
	case *chat.Unknown:
		return []string{p.Kind, string(p.JSON)}
	}
	return nil
}
