package convert

import (
	"bytes"
	"strings"

	"gptsnap/formats/chat"
)

// Page renders one conversation as [Run] does, under the name that Run gave
// its document. where says of each file that it refers to where its bytes are,
// relative to the root of all documents, or why there are none.
func Page(c *chat.Conversation, r Renderer, name string, o Options, where func(*chat.File) (href, missing string)) ([]byte, error) {
	d := &chat.Document{Conversation: narrow(c, o), Whole: c, Path: name, Root: strings.Repeat("../", strings.Count(name, "/"))}
	each(d, func(f *chat.File) {
		href, missing := where(f)
		if f.Missing = missing; href != "" {
			f.Href = d.Root + href
		}
	})
	var b bytes.Buffer
	err := r.Render(&b, d)
	return b.Bytes(), err
}

// FileKey is what two references to the same bytes have in common, "" for a
// reference that names none.
func FileKey(f *chat.File) string { return key(f) }

// FileName is a name for the bytes of f that is legal on every system.
func FileName(f *chat.File) string { return fileName(f, nil) }
