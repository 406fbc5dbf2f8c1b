// Package html draws conversations as pages that open from a folder, with no
// network, no server and, if need be, no scripts.
//
// # The road of a message
//
// A page is a shell (page.go) around articles (message.go), one for each
// message, in the order of [chat.Conversation.Stretches]: the current path
// first, every other version folded away at the very fork it left from
// (branches.go). A message is a list of parts, and each part has one function
// (parts.go, files.go, cards.go). Assistants write Markdown: goldmark parses it
// (markdown.go) and our own walk writes it down (draw.go), so that nothing
// reaches the page but tags that are spelled out there. People and tools write
// plain words, which stay plain words.
//
//	chat.Text ── cites to placeholders ── goldmark ── tree ── draw ── HTML
//	  (cites.go)      math kept (math.go) ┘                ├─ links allow-listed (links.go)
//	                                                       └─ code coloured (code.go, scan.go)
//
// # What this package promises
//
// Text from a chat never becomes markup: every byte of it passes through
// [out.text], and every address through webLink or fileLink. Raw HTML is shown,
// not dropped and not obeyed. Pages load nothing but their own style sheet,
// script and files; a content security policy says so to the browser a second
// time. A page read without scripts holds every word of a page read with them:
// the script only adds comfort (a version switcher, copy buttons, a theme
// button, the filters of the index).
//
// A conversation is one page, however long: the browser lays out the messages
// that are near the window and leaves the others (content-visibility, see .m in
// style.css). In Chromium on two slow cores a page of 1,155 messages with 80
// forks (1.1 MB) is complete after 0.4 s and one of 5,000 (4.7 MB) after 1.3 s,
// and both scroll at 60 frames a second. In parts they would open little faster,
// and the browser's own search, printing, links to messages and switching
// versions would end at the border of a part.
//
// Nothing recurses over what a chat may nest: trees of nodes and of Markdown
// are walked with loops, and past a bound versions follow one another with
// links in place of boxes in boxes.
//
// A [Renderer] may be used by many goroutines at once. The same document and
// the same options give the same bytes.
package html

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"io"
	"sync"
	"time"

	"gptsnap/formats/chat"
)

// Options say how pages look. The zero value folds thinking and tools, shows
// times in UTC and highlights nothing; [Defaults] is what most people want.
type Options struct {
	Thinking, Tools         string         // fold (also ""), show or drop
	Location                *time.Location // of the times shown, nil for UTC
	UserName, AssistantName string         // "" for "You" and "ChatGPT"
	Single                  bool           // each page holds its own style sheet and script
	Highlight               bool           // colour the code
	Statistics              string         // address of a page with numbers beside the index, "" if there is none
	Math                    bool           // draw formulas, if the program was built with KaTeX
}

// Defaults are the options of somebody who asked for nothing special.
func Defaults() Options { return Options{Thinking: "fold", Tools: "fold", Highlight: true, Math: true} }

// A Renderer draws pages; see [New].
type Renderer struct {
	o       Options
	code    *highlighter // nil if code stays plain
	policy  string       // for the browser: what a page may load and run
	drawing string       // the same of a page with formulas to draw
	listed  string       // the same of the list of conversations
	pages   sync.Pool    // of *page
}

// What a page may load: files beside it to look at and listen to, and for a
// site its own style sheet and script. Nothing may be fetched, framed or sent.
// Some browsers let 'self' stand for files beside the page and some do not;
// "file:" says it to those.
const (
	lookOnly    = "img-src 'self' file: data:; media-src 'self' file: data:; base-uri 'none'; form-action 'none'"
	sitePolicy  = "default-src 'none'; style-src 'self' file:; script-src 'self' file:; " + lookOnly
	framePolicy = "; frame-src 'self' file:" // the list quotes from pages that it opens in a frame
)

//go:embed style.css
var styleSheet string

//go:embed page.js
var script string

//go:embed versions.js
var versionsScript string

//go:embed find.js
var findScript string

//go:embed list.css
var listStyle string

//go:embed list.js
var listScript string

//go:embed icon.svg
var icon []byte

// New makes a renderer. It fails if an option has a value that it cannot have.
func New(o Options) (*Renderer, error) {
	for _, x := range []struct {
		name  string
		value *string
	}{{"thinking", &o.Thinking}, {"tools", &o.Tools}} {
		switch *x.value {
		case "":
			*x.value = "fold"
		case "fold", "show", "drop":
		default:
			return nil, fmt.Errorf("%s is %q: it must be fold, show or drop", x.name, *x.value)
		}
	}
	if o.Location == nil {
		o.Location = time.UTC
	}
	if o.UserName == "" {
		o.UserName = "You"
	}
	if o.AssistantName == "" {
		o.AssistantName = "ChatGPT"
	}
	r := &Renderer{o: o, policy: sitePolicy, listed: sitePolicy + framePolicy}
	r.drawing = r.policy + formulaPolicy
	if o.Single {
		alone := func(styles, scripts string) string {
			return "default-src 'none'; style-src " + styles + "; script-src " + scripts + "; " + lookOnly
		}
		styles, scripts := hashOf(styleSheet), hashOf(script)+" "+hashOf(versionsScript)
		r.policy = alone(styles, scripts)
		r.listed = alone(hashOf(styleSheet+listStyle), hashOf(script+listScript))
		if r.draws() {
			r.drawing = alone(styles+formulaHashes().style, scripts+formulaHashes().script) + formulaPolicy
		}
	}
	if o.Highlight {
		r.code = newHighlighter()
	}
	r.pages.New = func() any { return new(page) }
	return r, nil
}

// Ext is the ending of the names of pages.
func (r *Renderer) Ext() string { return ".html" }

// Assets are the files that all pages of a site share; none if each page
// holds its own.
func (r *Renderer) Assets() []chat.Asset {
	if r.o.Single {
		return nil
	}
	assets := []chat.Asset{
		{Name: "assets/find.js", Body: []byte(findScript)},
		{Name: "assets/icon.svg", Body: icon},
		{Name: "assets/list.css", Body: []byte(listStyle)},
		{Name: "assets/list.js", Body: []byte(listScript)},
		{Name: "assets/page.js", Body: []byte(script)},
		{Name: "assets/style.css", Body: []byte(styleSheet)},
		{Name: "assets/versions.js", Body: []byte(versionsScript)},
	}
	if r.draws() {
		assets = append(assets, katexAssets()...)
	}
	return assets
}

// Render writes d as one page. All nodes of d are drawn: whoever wants less
// filters the conversation first. The only errors are those of w.
func (r *Renderer) Render(w io.Writer, d *chat.Document) error {
	p := r.pages.Get().(*page)
	p.reset(r, d)
	p.draw()
	_, err := w.Write(p.b)
	p.release()
	return err
}

// keepBuffer is how large a page's buffer may be to be kept for another page.
const keepBuffer = 4 << 20

func (p *page) release() {
	r, b := p.r, p.b
	if cap(b) > keepBuffer {
		b = nil
	}
	*p = page{out: out{b: b[:0]}, files: p.files}
	r.pages.Put(p)
}

// hashOf is the name by which a content security policy knows an inline text.
func hashOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
