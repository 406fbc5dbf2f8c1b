package chatgpt

import (
	"strconv"
	"strings"

	"gptsnap/formats/chat"

	"github.com/tidwall/gjson"
)

// A reference is one entry of content_references (or its relatives): what the
// provider says a stretch of the text stands for. Answers with many sources
// are mostly references, so they are read by the scanner, once.
type reference struct {
	kind, matched string
	start, end    int // code points; -1 if not said
	invalid       bool
	title         string
	words         string      // the name that stays in the sentence
	links         []chat.Link // what it points at, best first
	file          *chat.File
	lines         string
	altRaw, safe  []byte // ready-made Markdown, and addresses without titles, as JSON
}

// alt is the ready-made Markdown that the provider offers, "" if none.
func (r *reference) alt() string { return str(parse(r.altRaw)) }

// readReferences collects what the metadata of the message says of its text.
func (p *maker) readReferences() {
	p.ready = true
	p.refs = p.references(p.draft.get(metaReferences), p.d.refs[:0])
	p.refs = p.references(p.draft.get(metaAgentReferences), p.refs)
	p.d.refs = p.refs
}

func (p *maker) references(list []byte, refs []reference) []reference {
	if len(list) == 0 {
		return refs
	}
	s := scanner{b: list}
	for range s.elements() {
		if s.peek() == '{' {
			refs = append(refs, p.reference(&s))
		} else {
			s.skip()
		}
	}
	return refs
}

// reference consumes one entry.
func (p *maker) reference(s *scanner) reference {
	r := reference{start: -1, end: -1}
	var own chat.Link
	var fileID, fileName string
	var pointer []byte
	var fallback []byte
	var more [6][]byte // lists of what it points at, in order of worth
	for key := range s.members() {
		switch key {
		case "type":
			r.kind = p.d.word(s)
		case "matched_text":
			r.matched = s.look()
		case "start_idx":
			r.start = count(s.raw())
		case "end_idx":
			r.end = count(s.raw())
		case "alt":
			r.altRaw = s.worth()
		case "invalid":
			r.invalid = s.truth()
		case "title":
			own.Title = withoutPUA(s.text())
		case "url":
			own.URL = cleanURL(s.text())
		case "attribution", "video_site":
			own.Site = first(own.Site, p.d.word(s))
		case "pub_date":
			own.Date = publishedOn(s.raw())
		case "name":
			r.words = s.text()
			fileName = first(fileName, r.words)
		case "id":
			fileID = first(fileID, s.text())
		case "file_id":
			fileID = first(s.text(), fileID)
		case "file_name":
			fileName = first(s.text(), fileName)
		case "item", "items":
			r.links = p.links(r.links, s)
		case "sources":
			more[0] = s.worth()
		case "domains":
			more[1] = s.worth()
		case "images":
			more[2] = s.worth()
		case "products", "businesses":
			more[3] = s.worth()
		case "business_fallbacks":
			more[4] = s.worth()
		case "product":
			more[5] = s.worth()
		case "fallback_items":
			fallback = s.worth()
		case "input_pointer":
			pointer = s.worth()
		case "safe_urls":
			r.safe = s.worth()
		default:
			s.skip()
		}
	}
	r.title = own.Title
	if own.URL != "" {
		r.links = append(r.links, own)
	}
	for _, list := range more {
		if list != nil {
			r.links = p.links(r.links, &scanner{b: list})
		}
	}
	if len(r.links) == 0 && fallback != nil {
		r.links = p.links(nil, &scanner{b: fallback})
	}
	r.links = unique(r.links)
	if strings.HasPrefix(r.kind, "file") && (fileID != "" || fileName != "") {
		r.file = p.named(fileID, fileName)
		at := parse(pointer)
		r.lines = lineRange(at.Get("line_range_start"), at.Get("line_range_end"))
	}
	return r
}

// named makes a file of an id and a name of which one may be missing.
func (p *maker) named(id, name string) *chat.File {
	if id == "" {
		return &chat.File{Name: name, Message: p.m.ID}
	}
	f := p.file(id)
	f.Name = first(name, f.Name)
	return f
}

// links consumes a value and adds what it points at: an address, an object
// with one and with what supports it, or a list of either.
func (p *maker) links(links []chat.Link, s *scanner) []chat.Link {
	switch s.peek() {
	case '[':
		for range s.elements() {
			if c := s.peek(); c == '{' || c == '"' {
				links = p.links(links, s)
			} else {
				s.skip()
			}
		}
		return links
	case '"':
		if u := cleanURL(s.text()); u != "" {
			links = append(links, chat.Link{URL: u})
		}
		return links
	}
	var l chat.Link
	var image string
	var below [2][]byte
	for key := range s.members() {
		switch key {
		case "title", "name":
			l.Title = first(l.Title, withoutPUA(s.text()))
		case "url":
			l.URL = cleanURL(s.text())
		case "content_url", "thumbnail_url":
			image = first(image, cleanURL(s.text()))
		case "attribution":
			l.Site = p.d.word(s)
		case "pub_date":
			l.Date = publishedOn(s.raw())
		case "snippet":
			if p.results {
				l.Snippet = p.plain(s.text())
			} else {
				s.skip()
			}
		case "supporting_websites":
			below[0] = s.worth()
		case "sub_domains":
			below[1] = s.worth()
		default:
			s.skip()
		}
	}
	if l.URL = first(l.URL, image); l.URL != "" {
		links = append(links, l)
	}
	for _, list := range below {
		parse(list).ForEach(func(_, v gjson.Result) bool {
			if u := cleanURL(str(v.Get("url"))); u != "" && v.IsObject() {
				links = append(links, chat.Link{Title: withoutPUA(str(v.Get("title"))), URL: u, Site: str(v.Get("attribution")), Date: publishedOn([]byte(v.Get("pub_date").Raw))})
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

// count reads a JSON number as an offset; -1 if it is none.
func count(raw []byte) int {
	n, err := strconv.Atoi(alias(raw))
	if err != nil {
		f, err := strconv.ParseFloat(alias(raw), 64)
		if err != nil || f != float64(int32(f)) {
			return -1
		}
		n = int(f)
	}
	if n < 0 || n > 1<<31-1 {
		return -1
	}
	return n
}

func offset(v gjson.Result) int { return count([]byte(v.Raw)) }

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
