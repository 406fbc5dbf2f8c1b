package chatgpt

import (
	"bytes"
	"fmt"

	"gptsnap/formats/chat"

	"github.com/tidwall/gjson"
)

// A searchIndex knows which messages hold search results, so that a marker
// such as turn0search2 finds its page although its own message does not say.
// The same keys come again in later turns: the exchange and the branch decide.
type searchIndex struct {
	above   []int32                      // the nearest node at or above with results, -1 if none
	turns   map[string][]int             // nodes with results, by exchange
	results map[int]map[string]chat.Link // of a node, by key, once they were read
}

// reach bounds how many messages with results are asked for one key.
const reach = 64

// searches builds the index when the first marker asks for it.
func (d *decoder) searches() *searchIndex {
	if d.groups != nil {
		return d.groups
	}
	x := &searchIndex{above: make([]int32, len(d.c.Nodes)), turns: map[string][]int{}, results: map[int]map[string]chat.Link{}}
	for i := range d.c.Preorder() {
		x.above[i] = -1
		if up := d.c.Nodes[i].Parent; up >= 0 {
			x.above[i] = x.above[up]
		}
		m, dr := d.c.Nodes[i].Message, &d.drafts[i]
		if m == nil || dr.get(metaGroups) == nil && dr.get(metaCot) == nil && !searched(m, dr) {
			continue
		}
		x.above[i] = int32(i)
		if m.Turn != "" {
			x.turns[m.Turn] = append(x.turns[m.Turn], i)
		}
	}
	d.groups = x
	return x
}

// searched reports whether the content of a tool's message holds results, as
// it did for a while.
func searched(m *chat.Message, dr *draft) bool {
	return m.Role == chat.Tool && bytes.Contains(dr.content, []byte(`"search_result`))
}

// look finds the page that key means at node: what the same exchange found,
// on the way up first, then anywhere; else what the branch found.
func (d *decoder) look(node int, key string) (chat.Link, bool) {
	x := d.searches()
	turn := d.c.Nodes[node].Message.Turn
	var far *chat.Link
	at := int(x.above[node])
	for range reach {
		if at < 0 {
			break
		}
		if l, ok := d.resultsOf(at)[key]; ok {
			if d.c.Nodes[at].Message.Turn == turn {
				return l, true
			}
			if far == nil {
				far = &l
			}
		}
		up := d.c.Nodes[at].Parent
		if up < 0 {
			break
		}
		at = int(x.above[up])
	}
	if turn != "" {
		for n, i := range x.turns[turn] {
			if n == reach {
				break
			}
			if l, ok := d.resultsOf(i)[key]; ok {
				return l, true
			}
		}
	}
	if far != nil {
		return *far, true
	}
	return chat.Link{}, false
}

func (d *decoder) resultsOf(node int) map[string]chat.Link {
	found, ok := d.groups.results[node]
	if !ok {
		dr := &d.drafts[node]
		found = map[string]chat.Link{}
		collect(found, parse(dr.get(metaGroups)))
		collect(found, parse(dr.get(metaCot)).Get("search_result_groups"))
		if searched(d.c.Nodes[node].Message, dr) {
			collect(found, parse(dr.content).Get("parts"))
		}
		d.groups.results[node] = found
	}
	return found
}

// collect reads groups of search results, or results that stand alone.
func collect(found map[string]chat.Link, list gjson.Result) {
	one := func(v gjson.Result, site string) {
		ref := v.Get("ref_id")
		url := cleanURL(str(v.Get("url")))
		if !ref.IsObject() || url == "" {
			return
		}
		key := fmt.Sprintf("turn%d%s%d", ref.Get("turn_index").Int(), str(ref.Get("ref_type")), ref.Get("ref_index").Int())
		if _, ok := found[key]; !ok {
			found[key] = chat.Link{Title: withoutPUA(str(v.Get("title"))), URL: url, Site: first(str(v.Get("attribution")), site), Date: publishedOn([]byte(v.Get("pub_date").Raw))}
		}
	}
	list.ForEach(func(_, v gjson.Result) bool {
		if !v.IsObject() {
			return true
		}
		one(v, "")
		site := str(v.Get("domain"))
		v.Get("entries").ForEach(func(_, entry gjson.Result) bool {
			if entry.IsObject() {
				one(entry, site)
			}
			return true
		})
		return true
	})
}

// resolve finds what keys point at.
func (p *maker) resolve(keys []string) []chat.Link {
	var links []chat.Link
	for _, key := range keys {
		if p.reportResults == nil && len(p.reportGroups) > 0 {
			p.reportResults = map[string]chat.Link{}
			collect(p.reportResults, parse(p.reportGroups))
		}
		if l, ok := p.reportResults[key]; ok {
			links = append(links, l)
		} else if l, ok := p.d.look(p.node, key); ok {
			links = append(links, l)
		}
	}
	return unique(links)
}

// resolveMarker finds what the keys within a marker point at.
func (p *maker) resolveMarker(text string) []chat.Link {
	_, args := splitMarker(text)
	var links []chat.Link
	for _, a := range args {
		links = append(links, p.resolve(allKeys(a))...)
	}
	return unique(links)
}

// onlyUpload is the one file that was uploaded on the way to this message;
// nil if there are none or several.
func (p *maker) onlyUpload() *chat.File {
	if p.sought {
		return p.upload
	}
	p.sought = true
	at := p.node
	for range 4 * reach {
		if at < 0 {
			break
		}
		n := &p.d.c.Nodes[at]
		attached := p.d.drafts[at].get(metaAttachments)
		if at = n.Parent; attached == nil {
			continue
		}
		several := false
		parse(attached).ForEach(func(_, a gjson.Result) bool {
			id := str(a.Get("id"))
			if p.upload != nil && p.upload.ID != pointerID(id) {
				several = true
				return false
			}
			p.upload = &chat.File{Pointer: id, ID: pointerID(id), Message: n.Message.ID}
			describe(p.upload, a)
			return true
		})
		if several {
			p.upload = nil
			break
		}
	}
	return p.upload
}
