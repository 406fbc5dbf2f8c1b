package convert

import (
	"bytes"

	"gptsnap/formats/chat"
)

// A Siter is a Renderer whose documents together have more than an index
// page, such as a way to search them. For each run it makes two functions, or
// none: add learns of a finished document, on any goroutine, and what it
// returns is called in the order of the documents; finish gets them all, in
// that order, and puts files beside them.
type Siter interface {
	Site() (add func(d *chat.Document, body []byte) func(), finish func(docs []chat.Summary, put func(chat.Asset) error) error)
}

// A site is what a Siter made, or nothing that does nothing.
type site struct {
	add    func(d *chat.Document, body []byte) func()
	finish func(docs []chat.Summary, put func(chat.Asset) error) error
	some   bool
}

func siteOf(r Renderer, to Sink) site {
	if s, ok := r.(Siter); ok && to.Folder() {
		if add, finish := s.Site(); add != nil {
			return site{add, finish, true}
		}
	}
	return site{add: func(*chat.Document, []byte) func() { return func() {} },
		finish: func([]chat.Summary, func(chat.Asset) error) error { return nil }}
}

// addUnwritten tells of a document that is not written this time, because it
// is old, but belongs to the site.
func (s site) addUnwritten(r Renderer, d *chat.Document) (func(), error) {
	var b bytes.Buffer
	if s.some {
		if err := r.Render(&b, d); err != nil {
			return nil, err
		}
	}
	return s.add(d, b.Bytes()), nil
}
