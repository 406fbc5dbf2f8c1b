package fetch

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"gptsnap/formats/archive"
	"gptsnap/formats/chatgpt"
	"gptsnap/formats/source"
)

// joinPages makes conversations of pages that follow each other, as fetch
// stores them. What a browser did not load cannot be in a capture, so a
// conversation may begin in its middle; then it says so when it is read.
func (c *capture) joinPages() {
	ids := make([]string, 0, len(c.pages))
	for id := range c.pages {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		all := c.pages[id]
		newest := -1
		for i, p := range all {
			if p.before == "" {
				newest = i // the last that was loaded
			}
		}
		if newest < 0 {
			c.fail(id, errors.New("only older pages of it are in the capture"))
			continue
		}
		head, err := chatgpt.Peek(all[newest].body)
		if err != nil {
			c.fail(id, err)
			continue
		}
		joined, n := []byte("["), 0
		seen := map[string]bool{}
		for at := newest; at >= 0; {
			if n++; n > 1 {
				joined = append(joined, ',')
			}
			joined = append(joined, all[at].body...)
			info, err := chatgpt.DecodePageInfo(all[at].body)
			if err != nil || !info.Earlier || info.Start == "" || seen[info.Start] {
				break
			}
			seen[info.Start] = true
			at = slices.IndexFunc(all, func(p harPage) bool { return p.before == info.Start })
			for _, id := range info.IDs {
				seen["m"+id] = true
			}
		}
		meta := all[newest].meta
		meta.Note = fmt.Sprintf("from a browser's capture: %d pages, newest first", n)
		c.give(source.Item{Kind: archive.KindConversation, ID: head.ID, Media: "application/json", Updated: head.Updated, Nodes: head.Nodes, Size: int64(len(joined) + 1), Meta: &meta}, append(joined, ']'))
	}
}

// estuary serves files under addresses that name them; sharedChat is a share.
// Both are met in captures only.
var (
	estuary = endpoint{Name: "a file's bytes", Method: "GET", Path: "/backend-api/estuary/content", Kind: archive.KindFile,
		Source: "media observations (15 Sep 2026)", Sure: "A"}
	sharedChat = endpoint{Name: "a shared conversation", Method: "GET", Path: "/backend-api/share/{id}", Kind: archive.KindConversation, Record: "{id}",
		Source: "several (2025 and 2026)", Sure: "A"}
)

// ruleOf finds the row of the table that an address belongs to, and the id of
// the record that would keep its answer.
func ruleOf(method string, u *url.URL) (e endpoint, id string, ok bool) {
	if u.Path == estuary.Path {
		id, _, _ = strings.Cut(u.Query().Get("id"), "#")
		return estuary, id, method == "GET" && id != ""
	}
	parts := strings.Split(u.EscapedPath(), "/")
	for _, e := range append(endpoints(), sharedChat) {
		pattern := strings.Split(e.Path, "/")
		if e.Method != method || e.Kind == "" || len(pattern) != len(parts) {
			continue
		}
		id, same := "", true
		for i := range pattern {
			if pattern[i] == "{id}" {
				id, _ = url.PathUnescape(parts[i])
				same = same && id != "" && id != "batch" && id != "init" && id != "search"
			} else {
				same = same && pattern[i] == parts[i]
			}
		}
		if !same {
			continue
		}
		q := u.Query()
		if q.Get("filter") != e.Query.Get("filter") || (q.Get("is_archived") == "true") != (e.Query.Get("is_archived") == "true") {
			continue // another list under the same path
		}
		return e, strings.ReplaceAll(e.Record, "{id}", id), true
	}
	return endpoint{}, "", false
}
