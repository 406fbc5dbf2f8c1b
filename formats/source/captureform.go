package source

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"gptsnap/formats/archive"
	"gptsnap/formats/chatgpt"
)

// A form is how an answer of the API holds conversations.
type form int

const (
	asOther form = iota // not at all
	asWhole             // one with its whole tree
	asBatch             // several
	asPage              // some messages of one
	asFile              // the bytes of a file
)

// place says what an answer is to the archive.
func (c *capture) place(method string, u *url.URL) (f form, kind, id string, paged, ok bool) {
	if f, id = formOf(method, u); f == asFile {
		return f, archive.KindFile, id, false, true
	}
	if f != asOther {
		return f, archive.KindConversation, id, false, true
	}
	if c.rule == nil {
		return asOther, "", "", false, false
	}
	kind, id, paged, ok = c.rule(method, u)
	return asOther, kind, id, paged, ok && kind != ""
}

// formOf knows the addresses under which conversations and files are read.
func formOf(method string, u *url.URL) (form, string) {
	parts := strings.Split(strings.TrimPrefix(u.EscapedPath(), "/backend-api/"), "/")
	if method == "POST" && slices.Equal(parts, []string{"conversations", "batch"}) {
		return asBatch, ""
	}
	if method != "GET" || len(parts) < 2 {
		return asOther, ""
	}
	if parts[0] == "estuary" && parts[1] == "content" && len(parts) == 2 {
		if id, _, _ := strings.Cut(u.Query().Get("id"), "#"); id != "" {
			return asFile, id
		}
		return asOther, ""
	}
	id, err := url.PathUnescape(parts[1])
	if err != nil || id == "" || id == "batch" || id == "init" || id == "search" {
		return asOther, ""
	}
	switch {
	case len(parts) == 2 && (parts[0] == "conversation" || parts[0] == "share"):
		return asWhole, id
	case len(parts) == 2 && parts[0] == "conversations", len(parts) == 3 && parts[0] == "conversations" && parts[2] == "messages":
		return asPage, id
	}
	return asOther, ""
}

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
		seen, truncated := map[string]bool{}, false
		for at := newest; at >= 0; {
			if n++; n > 1 {
				joined = append(joined, ',')
			}
			joined = append(joined, all[at].body...)
			info, err := chatgpt.DecodePageInfo(all[at].body)
			truncated = err != nil || info.Earlier
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
		c.give(Item{Kind: archive.KindConversation, ID: head.ID, Media: "application/json", Updated: head.Updated, Nodes: head.Nodes, Size: int64(len(joined) + 1), Truncated: truncated, Meta: &meta}, append(joined, ']'))
	}
}
