package chatgpt

import (
	"slices"
	"strings"

	"gptsnap/formats/chat"

	"github.com/tidwall/gjson"
)

// found shows what a search was for and what it found, for the call of a tool
// and its answer that say nothing by themselves: their text is taken out of
// what people get, and their metadata stays. Where the tools' messages are
// gone, the answer alone still knows: what it does not cite is added to it.
func (p *maker) found() {
	groups := p.draft.get(metaGroups)
	if groups == nil && p.draft.get(metaModelQueries) == nil && p.draft.get(metaQueries) == nil {
		return
	}
	tool := p.m.Role == chat.Tool || p.m.Recipient != "" && p.m.Recipient != "all"
	if tool != saysNothing(p.m) || !tool && (p.m.Role != chat.Assistant || p.usedTools()) {
		return
	}
	b := &chat.Browsing{}
	var queries []string
	for _, list := range []gjson.Result{parse(p.draft.get(metaModelQueries)).Get("queries"), parse(p.draft.get(metaQueries))} {
		if len(queries) == 0 {
			list.ForEach(func(_, q gjson.Result) bool {
				if words := first(str(q), str(q.Get("q"))); words != "" {
					queries = append(queries, p.plain(words))
				}
				return true
			})
		}
	}
	if len(queries) > 0 {
		b.Summary = "Searched for: " + strings.Join(queries, "; ")
	}
	if groups != nil {
		s := scanner{b: groups}
		p.results = true
		for range s.elements() {
			if s.peek() == '{' {
				b.Links = p.group(b.Links, &s)
			} else {
				s.skip()
			}
		}
	}
	p.results = false
	if !tool {
		b.Links = uncited(b.Links, p.m)
	}
	if b.Links = unique(b.Links); b.Summary != "" || len(b.Links) > 0 {
		p.add(b)
	}
}

// group consumes a group of search results, or a result that stands alone.
func (p *maker) group(links []chat.Link, s *scanner) []chat.Link {
	var own chat.Link
	site, from := "", len(links)
	for key := range s.members() {
		switch key {
		case "domain":
			site = p.d.word(s)
		case "entries":
			links = p.links(links, s)
		case "url":
			own.URL = cleanURL(s.text())
		case "title":
			own.Title = withoutPUA(s.text())
		case "attribution":
			own.Site = p.d.word(s)
		case "pub_date":
			own.Date = publishedOn(s.raw())
		case "snippet":
			own.Snippet = p.plain(s.text())
		default:
			s.skip()
		}
	}
	for i := from; i < len(links); i++ {
		links[i].Site = first(links[i].Site, site)
	}
	if own.URL != "" {
		own.Site = first(own.Site, site)
		links = append(links, own)
	}
	return links
}

// saysNothing reports whether m has no part but blank text.
func saysNothing(m *chat.Message) bool {
	for _, part := range m.Parts {
		if t, ok := part.(*chat.Text); !ok || strings.TrimSpace(t.Raw) != "" {
			return false
		}
	}
	return true
}

// replied puts the words that a prompt replies to before it, as the page does.
func (p *maker) replied() {
	if words := p.plain(str(parse(p.draft.get(metaReply)))); strings.TrimSpace(words) != "" {
		p.m.Parts = slices.Insert(p.m.Parts, 0, chat.Part(&chat.Quote{Title: "In reply to", Text: words}))
	}
}

// usedTools reports whether a tool was called on the way from the prompt to
// this message.
func (p *maker) usedTools() bool {
	up := p.node
	for range reach {
		if up = p.d.c.Nodes[up].Parent; up < 0 {
			return false
		}
		m := p.d.c.Nodes[up].Message
		switch {
		case m == nil:
		case m.Role == chat.Tool, m.Recipient != "" && m.Recipient != "all":
			return true
		case m.Role == chat.User:
			return false
		}
	}
	return true
}

// uncited are those of links that no text of m cites.
func uncited(links []chat.Link, m *chat.Message) []chat.Link {
	cited := map[string]bool{}
	for _, part := range m.Parts {
		if t, ok := part.(*chat.Text); ok {
			for _, c := range t.Cites {
				for _, l := range c.Links {
					cited[l.URL] = true
				}
			}
		}
	}
	return slices.DeleteFunc(links, func(l chat.Link) bool { return cited[l.URL] })
}
