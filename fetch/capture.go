package fetch

import (
	_ "embed"
	"net/url"
	"strings"

	"gptsnap/formats/archive"
)

// A capture is what a browser saw of the API. How it is read is known to
// formats/source, which finds the conversations in it; what else of the
// account is in it, the table of endpoints tells.

// CaptureScript is a script to paste into the console of a browser that is
// logged in. It reads the account as [Run] does and saves it as files.
//
//go:embed capture.js
var CaptureScript string

// accountRule finds the row of the table that an address belongs to, and the
// id of the record that would keep its answer.
func accountRule(method string, u *url.URL) (kind, id string, paged, ok bool) {
	parts := strings.Split(u.EscapedPath(), "/")
	for _, e := range endpoints() {
		pattern := strings.Split(e.Path, "/")
		if e.Method != method || e.Kind == "" || e.Kind == archive.KindConversation || len(pattern) != len(parts) {
			continue
		}
		id, same := "", true
		for i := range pattern {
			if pattern[i] == "{id}" {
				id, _ = url.PathUnescape(parts[i])
				same = same && id != ""
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
		return e.Kind, strings.ReplaceAll(e.Record, "{id}", id), e.Paging != "", true
	}
	return "", "", false, false
}
