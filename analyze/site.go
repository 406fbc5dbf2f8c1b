package analyze

import (
	"bytes"
	_ "embed"
	"strings"
	"sync"
	"time"

	"gptsnap/formats/chat"
	"gptsnap/formats/source"
)

// site.css makes the page of numbers look like the site that it stands on.
//
//go:embed site.css
var siteStyle string

// SitePage counts the conversations of src while somebody else reads them, for
// a page of numbers on the site that they become. add digests a conversation,
// on any goroutine; the function that it returns is called in the order of
// src, from one. page, at the end, is told how many conversations could not be
// read, and answers the page: that of analyze -f html, with the site's theme
// and a way back to its index.html. It loads nothing but the site's own
// assets/page.js and assets/icon.svg. Days and hours are those of zone.
func SitePage(src *source.Source, zone *time.Location) (add func(*chat.Conversation) func(), page func(failed int) ([]byte, error)) {
	a := newAlbum(Options{Zone: zone, Clock: zone, File: src.File, Ledger: src.Ledger}).(*album)
	scope := Scope{Source: src.Name}
	add = func(c *chat.Conversation) func() {
		t := tally(c, a.extras())
		return func() {
			scope.Conversations++
			a.Observe(t)
		}
	}
	page = func(failed int) ([]byte, error) {
		scope.Failed = failed
		t := a.Table()
		t.Title = "Statistics"
		var b bytes.Buffer
		err := writePage(&b, &t, scope, frame{
			style:  pageStyle + chartStyle + themed() + siteStyle,
			policy: "; script-src 'self' file:; img-src 'self' file:; base-uri 'none'; form-action 'none'",
			head:   `<meta name="referrer" content="no-referrer"><link rel="icon" href="assets/icon.svg"><script src="assets/page.js"></script>`,
			body:   `<body class="list"><header class="top"><nav aria-label="Site"><a href="index.html">All conversations</a></nav></header>`,
		})
		return b.Bytes(), err
	}
	return add, page
}

// themed are the colours of charts again, for a reader who has chosen a theme.
var themed = sync.OnceValue(func() string {
	_, light, _ := strings.Cut(chartStyle, ":root,svg{")
	light, _, _ = strings.Cut(light, "}")
	_, dark, _ := strings.Cut(chartStyle, "@media(prefers-color-scheme:dark){:root,svg{")
	dark, _, _ = strings.Cut(dark, "}")
	return "@media screen{:root[data-theme=light],:root[data-theme=light] svg{" + light + "}:root[data-theme=dark],:root[data-theme=dark] svg{" + dark + "}}\n"
})
