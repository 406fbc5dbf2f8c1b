package chatgpt

import (
	"strings"
	"time"

	"gptsnap/formats/chat"

	"github.com/tidwall/gjson"
)

// plain is text without the characters of markers and what they enclose, for
// parts that have no place for citations.
func (p *maker) plain(text string) string {
	if nextPUA(text, 0) < 0 {
		return text
	}
	inner := maker{d: p.d, node: p.node, m: p.m, draft: p.draft, ready: true}
	t := chat.Text{Raw: text, Cites: inner.citesOf(text, chat.Tool)}
	return t.Plain()
}

// thoughts are the model's summaries of its reasoning; an export may have
// emptied them, then there is nothing to show.
func (p *maker) thoughts(v gjson.Result) bool {
	list := v.Get("thoughts")
	if list.Type != gjson.Null && !list.IsArray() {
		return false
	}
	t := &chat.Thoughts{}
	whole := true
	list.ForEach(func(_, v gjson.Result) bool {
		var chunks []string
		for _, c := range v.Get("chunks").Array() {
			chunks = append(chunks, str(c))
		}
		one := chat.Thought{Summary: str(v.Get("summary")), Content: first(str(v.Get("content")), strings.Join(chunks, " "))}
		switch {
		case v.Type == gjson.String:
			one.Content = str(v)
		case !v.IsObject():
			whole = false
		}
		one.Summary, one.Content = p.plain(one.Summary), p.plain(one.Content)
		if one.Summary != "" || one.Content != "" {
			t.Items = append(t.Items, one)
		}
		return true
	})
	if len(t.Items) > 0 {
		p.add(t)
	}
	return whole
}

func (p *maker) recap(v gjson.Result) bool {
	text := p.plain(first(str(v.Get("content")), joined(v)))
	if p.m.Thinking == 0 {
		p.m.Thinking = saidDuration(text)
	}
	if text != "" || p.m.Thinking > 0 {
		p.add(&chat.Recap{Text: text, Seconds: p.m.Thinking.Seconds()})
	}
	return true
}

// saidDuration reads "Thought for 1m 5s"; 0 in any other wording or language.
func saidDuration(text string) time.Duration {
	said, ok := strings.CutPrefix(text, "Thought for ")
	if !ok {
		return 0
	}
	d, err := time.ParseDuration(strings.ReplaceAll(said, " ", ""))
	if err != nil || d < 0 {
		return 0
	}
	return d
}

// userContext is custom instructions that travel as a message. The metadata
// has the user's own words; the content has them wrapped in a prompt.
func (p *maker) userContext(v gjson.Result) bool {
	clean := parse(p.draft.get(metaUserContext))
	c := &chat.Context{Kind: "custom instructions"}
	section(c, "About you", first(str(clean.Get("about_user_message")), str(v.Get("user_profile"))))
	section(c, "How to answer", first(str(clean.Get("about_model_message")), str(v.Get("user_instructions"))))
	p.context(c, v, "user_profile", "user_instructions")
	return true
}

func (p *maker) modelContext(v gjson.Result) bool {
	c := &chat.Context{Kind: "memory"}
	section(c, "Memory", words(v.Get("model_set_context")))
	p.context(c, v, "model_set_context")
	return true
}

// pairing is what a paired desktop app showed the model.
func (p *maker) pairing(v gjson.Result) bool {
	c := &chat.Context{Kind: "app"}
	section(c, "Instructions", str(v.Get("custom_instructions")))
	titles := map[string]string{}
	shown := map[string]bool{}
	var order []string
	v.Get("workspaces").ForEach(func(_, w gjson.Result) bool {
		id := str(w.Get("id"))
		titles[id] = strings.TrimPrefix(str(w.Get("app_name"))+": "+str(w.Get("title")), ": ")
		order = append(order, id)
		return true
	})
	v.Get("context_parts").ForEach(func(_, part gjson.Result) bool {
		id := str(part.Get("workspace_id"))
		shown[id] = true
		title := titles[id]
		if path := str(part.Get("path")); path != "" {
			title = strings.TrimPrefix(title+" ("+path+")", " ")
		}
		c.Sections = append(c.Sections, chat.Section{Title: title, Text: words(part.Get("text"))})
		return true
	})
	for _, id := range order {
		if !shown[id] {
			c.Sections = append(c.Sections, chat.Section{Title: titles[id]})
		}
	}
	p.context(c, v, "custom_instructions", "workspaces", "context_parts")
	return true
}

// context adds c with whatever else v says that was not read yet.
func (p *maker) context(c *chat.Context, v gjson.Result, read ...string) {
	v.ForEach(func(k, v gjson.Result) bool {
		name := str(k)
		for _, r := range append(read, "content_type") {
			if name == r {
				return true
			}
		}
		section(c, name, words(v))
		return true
	})
	if len(c.Sections) > 0 {
		p.add(c)
	}
}

func section(c *chat.Context, title, text string) {
	if text != "" {
		c.Sections = append(c.Sections, chat.Section{Title: title, Text: text})
	}
}

// browsing is what the browser of 2023 showed the model.
func (p *maker) browsing(v gjson.Result) bool {
	b := &chat.Browsing{Result: p.plain(words(v.Get("result"))), Summary: p.plain(words(v.Get("summary")))}
	parse(p.draft.get(metaCite)).Get("metadata_list").ForEach(func(_, l gjson.Result) bool {
		b.Links = append(b.Links, chat.Link{Title: str(l.Get("title")), URL: cleanURL(str(l.Get("url"))), Snippet: p.plain(str(l.Get("text")))})
		return true
	})
	if b.Result != "" || b.Summary != "" || len(b.Links) > 0 {
		p.add(b)
	}
	return true
}

func (p *maker) browsingCode(v gjson.Result) bool {
	source := first(joined(v), str(v.Get("result")))
	if source != "" {
		p.add(&chat.Code{Source: source})
	}
	return source != ""
}

func (p *maker) quote(v gjson.Result) bool {
	p.add(&chat.Quote{Title: str(v.Get("title")), Domain: str(v.Get("domain")), URL: cleanURL(str(v.Get("url"))), Text: p.plain(first(str(v.Get("text")), joined(v)))})
	return true
}

func (p *maker) webPage(v gjson.Result) bool {
	p.add(&chat.WebPage{Title: str(v.Get("title")), Domain: str(v.Get("domain")), URL: cleanURL(str(v.Get("url"))), Snippet: p.plain(str(v.Get("snippet"))), Text: p.plain(str(v.Get("text")))})
	return true
}

// publishedOn writes pub_date, a number or an ISO string, as a date; other
// words stay as they are.
func publishedOn(raw []byte) string {
	if len(raw) == 0 || raw[0] == 'n' {
		return ""
	}
	if t, ok := ParseTime(alias(raw)); ok {
		return t.Format(time.DateOnly)
	}
	return words(parse(raw))
}
