package chatgpt

import (
	"strings"

	"gptsnap/formats/chat"

	"github.com/tidwall/gjson"
)

// reading says how a reference reads at the place where it was found. leave
// is true where the text is to stay as it is written.
func (c *citer) reading(r *reference, text string, marked bool) (kind chat.CiteKind, label string, links []chat.Link, leave bool) {
	links = r.all()
	switch kindFamily(r.kind) {
	case "webpage":
		if len(links) == 0 || r.invalid {
			links = unique(append(links, c.p.resolveMarker(text)...))
		}
		return chat.CiteLinks, "", links, false
	case "url":
		label = r.words
		if marked {
			_, label, _ = c.marker(text)
		}
		if len(links) == 0 {
			links = c.p.resolveMarker(text)
		}
		return chat.CiteWords, first(label, r.title, plainAlt(r.alt())), links, false
	case "navigation":
		if len(links) == 0 {
			links = c.p.resolveMarker(text)
		}
		return chat.CiteList, r.title, links, false
	case "image":
		return chat.CiteImages, "", links, false
	case "video":
		return chat.CiteWords, first(r.title, plainAlt(r.alt()), "video"), links, false
	case "entity", "product", "alt_text":
		label = first(r.words, plainAlt(r.alt()))
		if marked && label == "" {
			_, label, _ = c.marker(text)
		}
		if !marked && label == "" {
			return "", "", nil, true
		}
		return chat.CiteWords, label, links, false
	case "list": // products and places on a map
		if len(links) > 0 {
			return chat.CiteList, r.title, links, false
		}
		if marked {
			kind, label, links = c.marker(text)
		}
		return orWords(kind), first(plainAlt(r.alt()), label), links, !marked && r.alt() == ""
	case "file":
		if r.file != nil {
			if !marked && strings.HasPrefix(text, "{{") { // the mark stands in place of the name
				label = first(r.file.Name, r.file.ID)
			}
			return chat.CiteFile, label, append([]chat.Link{{Title: r.file.Name, File: r.file, Lines: r.lines}}, r.links...), false
		}
		if marked {
			kind, label, links = c.marker(text)
			return kind, label, links, false
		}
		return chat.CiteFile, "", links, len(links) == 0
	case "drop":
		if marked {
			// What is hidden may still be a citation that could not be made
			// into a link in time; its marker knows.
			kind, label, links = c.marker(text)
			return kind, label, links, false
		}
		return chat.CiteDrop, "", nil, false
	}
	if !marked { // words of the sentence: follow-up questions and the like
		return "", "", nil, true
	}
	if kind, label, links = c.marker(text); kind == chat.CiteDrop && (r.alt() != "" || len(r.links) > 0) {
		return chat.CiteWords, first(plainAlt(r.alt()), r.title), r.all(), false
	}
	return kind, label, links, false
}

func orWords(kind chat.CiteKind) chat.CiteKind {
	if kind == "" || kind == chat.CiteDrop {
		return chat.CiteWords
	}
	return kind
}

// kindFamily sorts the types of references by how they read.
func kindFamily(kind string) string {
	switch kind {
	case "grouped_webpages", "grouped_webpages_v2", "grouped_webpages_model_predicted_fallback", "webpage", "webpage_extended":
		return "webpage"
	case "nav_list", "navigation":
		return "navigation"
	case "image_v2", "image_inline", "image_group", "optimistic_image_citation":
		return "image"
	case "product_entity", "product":
		return "product"
	case "products", "businesses_map", "file_navlist":
		return "list"
	case "hidden", "attribution":
		return "drop"
	}
	return kind
}

// all is what r points at: its links, else those its ready-made Markdown
// holds, else the bare addresses that go with it.
func (r *reference) all() []chat.Link {
	if len(r.links) > 0 {
		return r.links
	}
	if links := altLinks(r.alt()); len(links) > 0 {
		return links
	}
	var links []chat.Link
	parse(r.safe).ForEach(func(_, u gjson.Result) bool {
		if u := cleanURL(str(u)); u != "" {
			links = append(links, chat.Link{URL: u})
		}
		return true
	})
	return unique(links)
}

// altLinks takes [title](url) out of ready-made Markdown.
func altLinks(alt string) []chat.Link {
	var links []chat.Link
	for {
		open := strings.IndexByte(alt, '[')
		if open < 0 {
			return unique(links)
		}
		alt = alt[open+1:]
		middle := strings.Index(alt, "](")
		if middle < 0 {
			return unique(links)
		}
		if inner := strings.LastIndexByte(alt[:middle], '['); inner >= 0 {
			alt, middle = alt[inner+1:], middle-inner-1
		}
		title := alt[:middle]
		alt = alt[middle+2:]
		end := strings.IndexAny(alt, ") \n")
		if end < 0 {
			return unique(links)
		}
		if u := alt[:end]; strings.HasPrefix(u, "http://") || strings.HasPrefix(u, "https://") {
			links = append(links, chat.Link{Title: withoutPUA(title), URL: cleanURL(u)})
		}
		alt = alt[end:]
	}
}

// plainAlt is ready-made Markdown as words: empty if it is only links.
func plainAlt(alt string) string {
	if strings.Contains(alt, "](") {
		return ""
	}
	return strings.TrimSpace(withoutPUA(alt))
}

// marker reads what a whole marker says by itself: its kind and its arguments.
func (c *citer) marker(text string) (kind chat.CiteKind, label string, links []chat.Link) {
	name, args := splitMarker(text)
	links = c.p.resolveMarker(text)
	switch name {
	case "cite", "webpage":
		return chat.CiteLinks, "", links
	case "filecite":
		return c.fileMarker(args, links)
	case "url", "link":
		return chat.CiteWords, firstWords(args), links
	case "navlist":
		return chat.CiteList, firstWords(args), links
	case "video":
		return chat.CiteWords, firstWords(args), links
	case "entity", "product_entity", "product":
		for _, a := range args {
			if list := jsonArgument(a); list.IsArray() {
				return chat.CiteWords, str(list.Get("1")), links
			}
		}
		return chat.CiteWords, firstWords(args), links
	case "products":
		var names []string
		for _, a := range args {
			jsonArgument(a).Get("selections").ForEach(func(_, v gjson.Result) bool {
				names = append(names, str(v.Get("1")))
				return true
			})
		}
		return chat.CiteWords, strings.Join(names, ", "), links
	case "i", "image_group", "genui", "forecast", "finance", "schedule", "standing", "memcite":
		return chat.CiteDrop, "", nil
	}
	if len(links) > 0 {
		return chat.CiteLinks, firstWords(args), links
	}
	return chat.CiteWords, firstWords(args), nil // a kind of another year: its words stay
}

// splitMarker takes a whole marker apart: its name and its arguments.
func splitMarker(text string) (name string, args []string) {
	body := strings.TrimSuffix(strings.TrimPrefix(text, markStart), markEnd)
	args = strings.Split(body, markNext)
	name, args = args[0], args[1:]
	if k := strings.IndexAny(name, "{["); k >= 0 { // the payload follows at once
		name, args = name[:k], append([]string{name[k:]}, args...)
	}
	return strings.TrimSpace(name), args
}

// firstWords is the first argument that is neither a key nor JSON.
func firstWords(args []string) string {
	for _, a := range args {
		a = strings.TrimSpace(a)
		if a != "" && a[0] != '{' && a[0] != '[' && allKeys(a) == nil {
			return a
		}
	}
	return ""
}

// jsonArgument reads an argument as JSON; nothing if it is none.
func jsonArgument(a string) gjson.Result {
	if a == "" || a[0] != '{' && a[0] != '[' || !checked(a) {
		return gjson.Result{}
	}
	return gjson.Parse(a)
}

// fileMarker reads a citation of an uploaded file. The marker has only a
// number; if the branch has one upload, that is the one.
func (c *citer) fileMarker(args []string, links []chat.Link) (chat.CiteKind, string, []chat.Link) {
	if len(links) > 0 {
		return chat.CiteFile, "", links
	}
	f := c.p.onlyUpload()
	if f == nil {
		return chat.CiteDrop, "", nil
	}
	l := chat.Link{Title: f.Name, File: f}
	for _, a := range args {
		if strings.HasPrefix(a, "L") {
			l.Lines = strings.ReplaceAll(a, "L", "")
		}
	}
	return chat.CiteFile, "", []chat.Link{l}
}
