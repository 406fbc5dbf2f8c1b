package html

import (
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"
)

// unescape resolves the backslashes and named characters of a destination or
// title, as goldmark's own renderer does.
func unescape(b []byte) string {
	return string(util.ResolveEntityNames(util.ResolveNumericReferences(util.UnescapePunctuations(b))))
}

// destination is where a link or image of Markdown points, as an address of
// the web; ok says whether it is one to follow.
func (p *page) destination(raw []byte) (href, shown string, ok bool) {
	if p.walk.used == nil {
		p.walk.used = map[string]bool{}
	}
	p.walk.used[string(raw)] = true
	shown = p.bareCites(unescape(raw))
	href, ok = webLink(shown)
	return href, shown, ok
}

func (p *page) openLink(n *ast.Link) {
	p.openTarget(n.Destination, n.Title, "<a")
}

// openTarget begins a link, or a span if there is nothing to follow.
func (p *page) openTarget(destination, title []byte, tag string) {
	href, _, ok := p.destination(destination)
	if ok = ok && p.walk.inLink == 0; ok {
		p.walk.inLink++
		p.raw(tag)
		p.attr("href", href)
		p.raw(` rel="noopener noreferrer nofollow"`)
	} else {
		p.walk.inLink += notALink
		p.raw("<span class=dead")
	}
	if len(title) > 0 {
		p.attr("title", p.bareCites(unescape(title)))
	}
	p.raw(">")
}

// notALink marks, in walk.inLink, a link that was not to be followed and whose
// end is a span. Images stand inside links, so both may be open at once.
const notALink = 1 << 16

// openImage begins a link in place of an image: an image from elsewhere would
// tell its server who reads what and when.
func (p *page) openImage(n *ast.Image) {
	p.openTarget(n.Destination, n.Title, "<a class=picture")
	p.raw("Image: ")
}

// closeLink ends what openLink or openImage began. What was no link to follow
// shows its address as words.
func (p *page) closeLink(raw []byte) {
	if p.walk.inLink < notALink {
		p.walk.inLink--
		p.raw("</a>")
		return
	}
	p.walk.inLink -= notALink
	_, shown, _ := p.destination(raw)
	p.raw(" <code>")
	p.text(shown)
	p.raw("</code></span>")
}

func (p *page) autoLink(n *ast.AutoLink) {
	label := p.bareCites(string(n.Label(p.walk.src)))
	url := p.bareCites(string(n.URL(p.walk.src)))
	if n.AutoLinkType == ast.AutoLinkEmail && !strings.HasPrefix(strings.ToLower(url), "mailto:") {
		url = "mailto:" + url
	}
	href, ok := webLink(url)
	if !ok || p.walk.inLink > 0 {
		p.text(label)
		return
	}
	p.anchor("bare", href) // its words are its address: on paper one is enough
	p.text(label)
	p.raw("</a>")
}
