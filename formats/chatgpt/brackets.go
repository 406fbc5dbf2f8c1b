package chatgpt

import (
	"strconv"
	"strings"

	"gptsnap/formats/chat"

	"github.com/tidwall/gjson"
)

// brackets places the citations of 2023, metadata.citations: a source or a
// passage of a file for raw[start_ix:end_ix], which reads 【12†source】. It
// also notes which source each number means, for those without a place.
func (c *citer) brackets() {
	if c.literal || c.p.draft.get(metaCitations) == nil {
		return
	}
	c.numbered = map[string]chat.Link{}
	at := map[stretch]int{}
	parse(c.p.draft.get(metaCitations)).ForEach(func(_, v gjson.Result) bool {
		meta := v.Get("metadata")
		l, ok := c.p.citation(meta)
		if !ok {
			return true
		}
		if n := meta.Get("extra.cited_message_idx"); n.Type == gjson.Number {
			if key := strconv.FormatInt(n.Int(), 10); c.numbered[key] == (chat.Link{}) {
				c.numbered[key] = l
			}
		}
		where, ok := c.bracketAt(offset(v.Get("start_ix")), offset(v.Get("end_ix")))
		if !ok || c.inCode(where.from) {
			return true
		}
		if k, twice := at[where]; twice { // several sources for one bracket
			c.found[k].Links = unique(append(c.found[k].Links, l))
			return true
		}
		at[where] = len(c.found)
		kind := chat.CiteLinks
		if l.File != nil {
			kind = chat.CiteFile
			l.Lines = first(l.Lines, bracketLines(c.raw[where.from:where.to]))
		}
		c.add(where.from, where.to, kind, "", []chat.Link{l})
		return true
	})
}

// citation reads what one entry points at.
func (p *maker) citation(meta gjson.Result) (chat.Link, bool) {
	l := chat.Link{Title: withoutPUA(str(meta.Get("title"))), URL: cleanURL(str(meta.Get("url"))), Date: publishedOn([]byte(meta.Get("pub_date").Raw))}
	id, name := str(meta.Get("id")), str(meta.Get("name"))
	if str(meta.Get("type")) == "file" || l.URL == "" && (id != "" || name != "") {
		f := p.named(id, name)
		lines := meta.Get("extra.line_range")
		l = chat.Link{Title: f.Name, File: f, Lines: lineRange(lines.Get("0"), lines.Get("1"))}
	}
	return l, l.URL != "" || l.File != nil
}

// bracketAt is the stretch that two offsets mean, if a marker stands there.
func (c *citer) bracketAt(start, end int) (stretch, bool) {
	if start < 0 || end <= start {
		return stretch{}, false
	}
	if c.table == nil {
		c.table = newOffsets(c.raw)
	}
	for _, at := range []stretch{{c.table.rune(start), c.table.rune(end)}, {c.table.unit(start), c.table.unit(end)}} {
		if at.from < 0 || at.to <= at.from {
			continue
		}
		s := c.raw[at.from:at.to]
		if strings.HasPrefix(s, "【") && strings.HasSuffix(s, "】") && strings.Count(s, "【") == 1 ||
			strings.HasPrefix(s, markStart) && strings.HasSuffix(s, markEnd) && strings.Count(s, markStart) == 1 {
			return at, true
		}
	}
	return stretch{}, false
}

// readBracket reads 【12†source】, 【4:0†report.pdf†L12-L14】, 【L31-L38】 and
// 【oaicite:3】 where no metadata has placed them. Other words in such brackets
// are the writer's own.
func (c *citer) readBracket(at, _, high int) int {
	const open, shut = "【", "】"
	k := strings.Index(c.raw[at:min(high, at+longMark)], shut)
	if k < 0 || c.inClosedCode(at) {
		return 0
	}
	end := at + k + len(shut)
	inner := c.raw[at+len(open) : at+k]
	if digits, ok := strings.CutPrefix(inner, "oaicite:"); ok && allDigits(digits) || lineMark(inner) {
		c.add(at, end, chat.CiteDrop, "", nil)
		return end
	}
	number, rest, ok := strings.Cut(inner, "†")
	if !ok {
		return 0
	}
	message, file, pair := strings.Cut(number, ":")
	if !allDigits(message) || pair && !allDigits(file) {
		return 0
	}
	name, _, _ := strings.Cut(rest, "†")
	if l, ok := c.numbered[number]; ok {
		c.add(at, end, chat.CiteLinks, "", []chat.Link{l})
		return end
	}
	var f *chat.File
	if pair {
		f = c.p.onlyUpload()
	}
	switch {
	case f != nil && (f.Name == name || name == "source"):
		c.add(at, end, chat.CiteFile, "", []chat.Link{{Title: f.Name, File: f, Lines: bracketLines(inner)}})
	case pair && name != "" && name != "source": // a file of which only the name is left
		c.add(at, end, chat.CiteFile, "", []chat.Link{{Title: name, File: &chat.File{Name: name, Message: c.p.m.ID}, Lines: bracketLines(inner)}})
	default:
		if l, ok := c.p.citedMessage(message); ok {
			c.add(at, end, chat.CiteLinks, "", []chat.Link{l})
		} else {
			c.add(at, end, chat.CiteDrop, "", nil)
		}
	}
	return end
}

// citedMessage finds the page that the browser's message with this number
// showed, on the way up from here.
func (p *maker) citedMessage(number string) (chat.Link, bool) {
	at := p.d.c.Nodes[p.node].Parent
	for range reach {
		if at < 0 {
			break
		}
		dr := &p.d.drafts[at]
		if string(dr.get(metaCitedIndex)) == number {
			v := parse(dr.content)
			if url := cleanURL(str(v.Get("url"))); url != "" {
				return chat.Link{Title: withoutPUA(str(v.Get("title"))), URL: url, Site: str(v.Get("domain"))}, true
			}
		}
		at = p.d.c.Nodes[at].Parent
	}
	return chat.Link{}, false
}

// bracketLines takes L12-L14 out of a marker and writes it as 12-14.
func bracketLines(marker string) string {
	_, lines, ok := strings.Cut(strings.TrimSuffix(marker, "】"), "†L")
	if !ok || strings.Trim(lines, "0123456789-L") != "" {
		return ""
	}
	return strings.ReplaceAll(lines, "L", "")
}

// lineMark reports whether s is L31-L38 or L31.
func lineMark(s string) bool {
	a, b, pair := strings.Cut(s, "-")
	digits := func(s string) bool { rest, ok := strings.CutPrefix(s, "L"); return ok && allDigits(rest) }
	return digits(a) && (!pair || digits(b))
}
