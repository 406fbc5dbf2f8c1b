package convert

import (
	"bytes"
	"io"
	"time"

	"gptsnap/formats/chat"
	"gptsnap/formats/source"
)

// A Siter is a Renderer whose documents together have more than an index
// page, such as a way to search them. For each run it makes two functions, or
// none: add learns of a finished document, on any goroutine, and what it
// returns is called in the order of the documents; finish gets them all, in
// that order, and puts files beside them. scratch opens a temporary file, one
// for the whole run, which goes when the run ends.
type Siter interface {
	Site(scratch func() (io.Writer, io.ReaderAt, error)) (add func(d *chat.Document, body []byte) func(), finish func(docs []chat.Summary, put func(chat.Asset) error) error)
}

// A site is what a Siter made, or nothing that does nothing.
type site struct {
	add    func(d *chat.Document, body []byte) func()
	finish func(docs []chat.Summary, put func(chat.Asset) error) error
	some   bool
	end    func()
}

func siteOf(r Renderer, to Sink) site {
	if s, ok := r.(Siter); ok && to.Folder() {
		var temporary scratch
		if add, finish := s.Site(temporary.open); add != nil {
			return site{add, finish, true, temporary.close}
		}
	}
	return site{add: func(*chat.Document, []byte) func() { return func() {} },
		finish: func([]chat.Summary, func(chat.Asset) error) error { return nil }, end: func() {}}
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

// StatisticsName is where the page of numbers of a site stands.
const StatisticsName = "statistics.html"

// A Count counts the conversations of a source, whole, while they are
// converted: counting is another room's work, which main hands in. add is
// called for each on any goroutine, and what it returns in their order; page
// answers the page of numbers, and is told how many could not be read. Times
// are those of zone.
type Count func(src *source.Source, zone *time.Location) (add func(*chat.Conversation) func(), page func(skipped int) ([]byte, error))

// begin begins counting if there is a site for the page, else nothing.
func (count Count) begin(s site, src *source.Source, zone *time.Location) (add func(*chat.Conversation) func(), page func(skipped int) ([]byte, error)) {
	if count == nil || !s.some {
		return func(*chat.Conversation) func() { return func() {} }, nil
	}
	return count(src, zone)
}
