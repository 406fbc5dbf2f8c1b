package chatgpt

import (
	"strconv"
	"strings"

	"gptsnap/formats/chat"

	"github.com/tidwall/gjson"
)

// A reference is one entry of content_references (or its relatives): what the
// provider says a stretch of the text stands for.
type reference struct {
	kind, matched string
	start, end    int // code points; -1 if not said
	alt           string
	invalid       bool
	title         string
	links         []chat.Link // what it points at, best first
	safe          []string    // URLs without titles
	file          *chat.File
	lines         string
	words         string // the name or label that stays in the sentence
}

// readReferences collects what the metadata of the message says of its text.
func (p *maker) readReferences() {
	p.ready = true
	p.refs = p.references(parse(p.draft.get(metaReferences)), nil)
	p.refs = p.references(parse(p.draft.get(metaAgentReferences)), p.refs)
}

func (p *maker) references(list gjson.Result, refs []reference) []reference {
	list.ForEach(func(_, v gjson.Result) bool {
		if v.IsObject() {
			refs = append(refs, p.reference(v))
		}
		return true
	})
	return refs
}

func (p *maker) reference(v gjson.Result) reference {
	r := reference{start: -1, end: -1}
	var own chat.Link
	var items, fallback, sources, domains, images, products, product, fileID, fileName, pointer gjson.Result
	v.ForEach(func(k, v gjson.Result) bool {
		switch k.Str {
		case "type":
			r.kind = str(v)
		case "matched_text":
			r.matched = str(v)
		case "start_idx":
			r.start = offset(v)
		case "end_idx":
			r.end = offset(v)
		case "alt":
			r.alt = str(v)
		case "invalid":
			r.invalid = v.Type == gjson.True
		case "title":
			own.Title = str(v)
		case "url":
			own.URL = cleanURL(str(v))
		case "attribution", "video_site":
			own.Site = first(own.Site, str(v))
		case "pub_date":
			own.Date = publishedOn(v)
		case "name":
			r.words = str(v)
			fileName = v
		case "id", "file_id":
			fileID = v
		case "file_name":
			fileName = v
		case "item":
			r.links = appendLinks(r.links, v)
		case "items":
			items = v
		case "fallback_items":
			fallback = v
		case "sources":
			sources = v
		case "domains":
			domains = v
		case "images":
			images = v
		case "products":
			products = v
		case "businesses", "business_fallbacks":
			if !products.IsArray() || len(products.Raw) <= 2 {
				products = v
			}
		case "product":
			product = v
		case "input_pointer":
			pointer = v
		case "safe_urls":
			v.ForEach(func(_, u gjson.Result) bool {
				if u := cleanURL(str(u)); u != "" {
					r.safe = append(r.safe, u)
				}
				return true
			})
		}
		return true
	})
	r.title = own.Title
	if own.URL != "" {
		r.links = append(r.links, own)
	}
	for _, list := range []gjson.Result{items, sources, domains, images, products} {
		list.ForEach(func(_, v gjson.Result) bool {
			r.links = appendLinks(r.links, v)
			return true
		})
	}
	r.links = appendLinks(r.links, product)
	if len(r.links) == 0 {
		fallback.ForEach(func(_, v gjson.Result) bool {
			r.links = appendLinks(r.links, v)
			return true
		})
	}
	r.links = unique(r.links)
	if id, name := str(fileID), str(fileName); strings.HasPrefix(r.kind, "file") && (id != "" || name != "") {
		r.file = p.file(first(id, name))
		r.file.Name = first(name, r.file.Name)
		if id == "" {
			r.file.Pointer, r.file.ID, r.file.Missing = "", "", ""
		}
		r.lines = lineRange(pointer.Get("line_range_start"), pointer.Get("line_range_end"))
	}
	return r
}

// appendLinks adds what one item points at, and what supports it.
func appendLinks(links []chat.Link, v gjson.Result) []chat.Link {
	if v.Type == gjson.String {
		return append(links, chat.Link{URL: cleanURL(str(v))})
	}
	var l chat.Link
	var image string
	var supporting, below gjson.Result
	v.ForEach(func(k, v gjson.Result) bool {
		switch k.Str {
		case "title", "name":
			l.Title = first(l.Title, withoutPUA(str(v)))
		case "url":
			l.URL = cleanURL(str(v))
		case "content_url", "thumbnail_url":
			image = first(image, cleanURL(str(v)))
		case "attribution":
			l.Site = str(v)
		case "pub_date":
			l.Date = publishedOn(v)
		case "supporting_websites":
			supporting = v
		case "sub_domains":
			below = v
		}
		return true
	})
	if l.URL = first(l.URL, image); l.URL != "" {
		links = append(links, l)
	}
	for _, list := range []gjson.Result{supporting, below} {
		list.ForEach(func(_, v gjson.Result) bool {
			if v.IsObject() {
				one := chat.Link{Title: withoutPUA(str(v.Get("title"))), URL: cleanURL(str(v.Get("url"))), Site: str(v.Get("attribution")), Date: publishedOn(v.Get("pub_date"))}
				if one.URL != "" {
					links = append(links, one)
				}
			}
			return true
		})
	}
	return links
}

// unique drops links to what an earlier one points at already.
func unique(links []chat.Link) []chat.Link {
	if len(links) < 2 {
		return links
	}
	seen := make(map[string]bool, len(links))
	kept := links[:0]
	for _, l := range links {
		if l.File == nil && seen[l.URL] {
			continue
		}
		seen[l.URL] = true
		kept = append(kept, l)
	}
	return kept
}

func offset(v gjson.Result) int {
	if v.Type != gjson.Number || v.Num < 0 || v.Num > 1<<31 {
		return -1
	}
	return int(v.Num)
}

// lineRange writes the lines of a passage as "12-14" or "12", "" if unknown.
func lineRange(from, to gjson.Result) string {
	a, b := offset(from), offset(to)
	switch {
	case a < 0 || a == 0 && b <= 0:
		return ""
	case b <= a:
		return strconv.Itoa(a)
	}
	return strconv.Itoa(a) + "-" + strconv.Itoa(b)
}

// cleanURL takes out the mark that the provider puts on its outgoing links.
func cleanURL(u string) string {
	const mark = "utm_source=chatgpt.com"
	if len(u) > 1<<16 { // no URL; and each mark taken out costs a copy
		return u
	}
	for at := 0; ; {
		i := strings.Index(u[at:], mark)
		if i < 0 {
			return u
		}
		i += at
		end := i + len(mark)
		switch {
		case i == 0 || u[i-1] != '?' && u[i-1] != '&', end < len(u) && u[end] != '&' && u[end] != '#':
			at = end // part of something else
		case end < len(u) && u[end] == '&':
			u = u[:i] + u[end+1:]
			at = i
		default:
			u = u[:i-1] + u[end:]
			at = i - 1
		}
	}
}
