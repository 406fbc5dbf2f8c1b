package source

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"gptsnap/formats/archive"
	"gptsnap/formats/chatgpt"
)

// A capture is what a browser saw of the API: a HAR file as the network panel
// of a browser's developer tools saves it, or the bundle of the program's own
// script, which has the same form. It is read entry by entry. Only answers of
// the API are taken; requests, with the cookies and tokens in them, and
// everything else that the browser loaded are passed over.

// An AccountRule finds what of an account, besides conversations and files, an
// address of the API answers with: the kind and the id of the record that
// keeps it. An answer that is one page of a list has paged set; its number
// becomes part of its id.
type AccountRule func(method string, u *url.URL) (kind, id string, paged, ok bool)

// Capture opens a browser's capture for a walk over all that it holds. It
// answers nil if the file at path is no capture.
func Capture(path string, rule AccountRule) *Inventory {
	f := captureFile(path)
	if f == nil {
		return nil
	}
	return &Inventory{Name: "browser capture", Path: path, Close: f.Close, Items: func(yield func(Item, error) bool) {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			yield(Item{}, err)
			return
		}
		readCapture(f, rule, func(it Item, _ int64, err error) bool { return yield(it, err) })
	}}
}

// captureHosts are the hosts whose answers are taken from a capture.
var captureHosts = regexp.MustCompile(`^(chatgpt\.com|chat\.openai\.com|localhost|127\.0\.0\.1)(:\d+)?$`)

// harEntry is as much of an entry as is looked at.
type harEntry struct {
	Started string `json:"startedDateTime"`
	Request struct {
		Method string `json:"method"`
		URL    string `json:"url"`
	} `json:"request"`
	Response struct {
		Status  int `json:"status"`
		Content struct {
			MIME     string  `json:"mimeType"`
			Text     *string `json:"text"`
			Encoding string  `json:"encoding"`
		} `json:"content"`
	} `json:"response"`
}

// capture is a capture being read.
type capture struct {
	numbers map[string]int       // of the pages of each list
	pages   map[string][]harPage // of conversations of the paged contract
	rule    AccountRule
	yield   func(it Item, offset int64, err error) bool // the offset is that of its entry
	stopped bool
	api     int   // answers of the API
	offset  int64 // where the entry at hand begins, or the comma before it
}

type harPage struct {
	before string // "" for the newest
	meta   archive.Meta
	body   []byte
}

// isCapture reports whether f, a JSON file, has the form of a capture: an
// object whose first member that is no comment is "log". It leaves f at its start.
func isCapture(f io.ReadSeeker) bool {
	d := json.NewDecoder(io.LimitReader(f, 64<<10))
	open, err := d.Token()
	key, err2 := d.Token()
	_, serr := f.Seek(0, io.SeekStart)
	return err == nil && err2 == nil && serr == nil && open == json.Delim('{') && key == "log"
}

// captureFile opens a capture; nil if the file at path is none.
func captureFile(path string) *os.File {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() || !isCapture(f) {
		f.Close()
		return nil
	}
	return f
}

// readCapture yields what of the account is in a capture.
func readCapture(r io.Reader, rule AccountRule, yield func(Item, int64, error) bool) {
	c := &capture{rule: rule, numbers: map[string]int{}, pages: map[string][]harPage{}, yield: yield}
	err := c.read(r)
	if c.joinPages(); err == nil && c.api == 0 {
		err = errors.New("no answer of ChatGPT's API is in it: open the developer tools first, then reload the page, and save with content")
	}
	if err != nil && !c.stopped {
		yield(Item{}, 0, &EntryError{Err: err})
	}
}

func (c *capture) read(r io.Reader) error {
	d := json.NewDecoder(r)
	cut := func(err error) error {
		return fmt.Errorf("the capture cannot be read further than byte %d: %w", d.InputOffset(), err)
	}
	for range 3 { // {"log":{
		if _, err := d.Token(); err != nil {
			return cut(err)
		}
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return cut(err)
		}
		if key != "entries" {
			var other json.RawMessage
			if err := d.Decode(&other); err != nil {
				return cut(err)
			}
			continue
		}
		if open, err := d.Token(); err != nil || open != json.Delim('[') {
			return cut(errors.Join(errors.New("entries is no list"), err))
		}
		for d.More() {
			c.offset = d.InputOffset()
			var e harEntry
			err := d.Decode(&e)
			if wrong := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrong) {
				continue // an entry of another form: not one of the API's
			}
			if err != nil {
				return cut(err)
			}
			if c.entry(&e); c.stopped {
				return nil
			}
		}
		if _, err := d.Token(); err != nil {
			return cut(err)
		}
	}
	for range 2 { // }}
		if _, err := d.Token(); err != nil {
			return cut(err)
		}
	}
	return nil
}

// entry hands on what one entry holds of the account.
func (c *capture) entry(e *harEntry) {
	u, err := url.Parse(e.Request.URL)
	if err != nil || !captureHosts.MatchString(u.Host) || !strings.HasPrefix(u.Path, "/backend-api/") || e.Response.Status != 200 {
		return
	}
	form, kind, id, paged, ok := c.place(e.Request.Method, u)
	if !ok {
		return
	}
	c.api++
	meta := archive.Meta{Method: e.Request.Method, URL: u.Scheme + "://" + u.Host + u.EscapedPath(), Status: 200, FetchedAt: time.Now().UTC(), Note: "from a browser's capture"}
	if at, err := time.Parse(time.RFC3339, e.Started); err == nil && at.Year() > 2000 && at.Before(meta.FetchedAt) {
		meta.FetchedAt = at.UTC()
	}
	body, err := e.body()
	if err != nil {
		c.fail(id, fmt.Errorf("the answer to %s: %w", short(u.EscapedPath()), err))
		return
	}
	media, _, _ := strings.Cut(e.Response.Content.MIME, ";")
	item := Item{Kind: kind, ID: id, Media: "application/json", Size: int64(len(body)), Meta: &meta}
	switch {
	case form == asFile:
		item.Media, item.Name = media, id
	case form == asBatch:
		parts, err := chatgpt.SplitBatch(body)
		if err != nil {
			c.fail(id, err)
			return
		}
		for _, part := range parts {
			c.conversation(meta, part)
		}
		return
	case form == asPage:
		c.pages[id] = append(c.pages[id], harPage{u.Query().Get("before"), meta, body})
		return
	case form == asWhole:
		c.conversation(meta, body)
		return
	case !chatgpt.Valid(body):
		c.fail(id, fmt.Errorf("the answer to %s is no JSON", short(u.EscapedPath())))
		return
	case paged:
		item.ID = fmt.Sprintf("%s-%d", id, c.numbers[id])
		c.numbers[id]++
	}
	c.give(item, body)
}

// body is the answer's own bytes.
func (e *harEntry) body() ([]byte, error) {
	text := e.Response.Content.Text
	switch {
	case text == nil || *text == "":
		return nil, errors.New("its content was not saved; save the capture with content")
	case e.Response.Content.Encoding == "base64":
		return base64.StdEncoding.DecodeString(*text)
	case e.Response.Content.Encoding != "":
		return nil, fmt.Errorf("its content is in the unknown encoding %.20q", e.Response.Content.Encoding)
	}
	return []byte(*text), nil
}

func (c *capture) conversation(meta archive.Meta, body []byte) {
	head, err := chatgpt.Peek(body)
	if err == nil && !head.HasMapping && !head.HasMessages {
		err = errors.New("it is no conversation")
	}
	if err != nil {
		c.fail(head.ID, err)
		return
	}
	c.give(Item{Kind: archive.KindConversation, ID: head.ID, Media: "application/json", Updated: head.Updated, Nodes: head.Nodes, Size: int64(len(body)), Meta: &meta}, body)
}

func (c *capture) give(item Item, body []byte) {
	if item.Kind == archive.KindConversation {
		item.Body = body
	}
	item.Open = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	if !c.stopped {
		c.stopped = !c.yield(item, c.offset, nil)
	}
}

func (c *capture) fail(id string, err error) {
	if !c.stopped {
		c.stopped = !c.yield(Item{}, c.offset, &EntryError{ID: id, Err: err})
	}
}
