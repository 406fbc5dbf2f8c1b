package html

import (
	"strings"

	"gptsnap/formats/chat"
)

// webLink makes an address from a chat fit for href, if it is one that a
// reader may safely follow: http, https or mailto, nothing else and nothing
// relative. The second result says whether it is.
func webLink(raw string) (string, bool) {
	raw = strings.TrimFunc(raw, func(r rune) bool { return r <= ' ' })
	scheme, rest, ok := strings.Cut(raw, ":")
	if !ok || rest == "" {
		return "", false
	}
	switch strings.ToLower(scheme) {
	case "http", "https":
		if !strings.HasPrefix(rest, "//") || strings.Trim(rest, "/") == "" {
			return "", false
		}
	case "mailto":
	default:
		return "", false
	}
	return escapeURL(raw, "%:/?#[]@!$&'()*+,;="), true
}

// escapeURL percent-encodes all but letters, digits, -._~ and the bytes in keep.
func escapeURL(s, keep string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._~", c) >= 0, strings.IndexByte(keep, c) >= 0:
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	return b.String()
}

// pathLink makes a path inside the site fit for href. A colon is encoded too,
// so that no path can pass for an address with a scheme, and a slash before it
// all, so that none can pass for another machine.
func pathLink(path string) string {
	s := escapeURL(path, "/!$&'()+,;=@")
	if strings.HasPrefix(s, "/") {
		return "%2F" + s[1:]
	}
	return s
}

// fileLink is where f's bytes are, fit for href or src: a relative path, or a
// data address of a kind that cannot run. "" if there are none.
func fileLink(f *chat.File) string {
	switch {
	case f == nil || f.Href == "" || strings.HasPrefix(f.Href, "/") || strings.HasPrefix(f.Href, `\`):
		return ""
	case strings.HasPrefix(f.Href, "data:"):
		kind, data, ok := strings.Cut(f.Href[len("data:"):], ";base64,")
		if !ok || !inertData(kind) || strings.Trim(data, base64Alphabet) != "" {
			return ""
		}
		return f.Href
	}
	return pathLink(f.Href)
}

const base64Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="

// inertData reports whether data of a media type may stand in a page: it can
// be shown or stored but holds no script and no markup.
func inertData(kind string) bool {
	for _, c := range []byte(kind) {
		if !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || strings.IndexByte("/-+.", c) >= 0) {
			return false
		}
	}
	switch kind {
	case "image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp", "application/octet-stream", "application/pdf", "application/zip":
		return true
	}
	return strings.HasPrefix(kind, "audio/") || strings.HasPrefix(kind, "video/")
}

// runs reports whether a browser that is sent to f might run what is in it.
func runs(f *chat.File) bool {
	mime, _, _ := strings.Cut(strings.ToLower(f.MIME), ";")
	if strings.Contains(mime, "svg") || strings.Contains(mime, "html") || strings.Contains(mime, "xml") && !strings.Contains(mime, "openxml") {
		return true
	}
	for _, name := range []string{f.Name, f.Href} {
		name = strings.ToLower(name)
		for _, ext := range []string{".svg", ".svgz", ".html", ".htm", ".xhtml", ".xht", ".xml", ".xsl", ".mht", ".mhtml", ".shtml"} {
			if strings.HasSuffix(name, ext) {
				return true
			}
		}
	}
	return false
}

// anchor opens a link to an address of the web that webLink has passed.
func (o *out) anchor(class, href string) {
	o.raw("<a")
	if class != "" {
		o.raw(" class=")
		o.raw(class)
	}
	o.attr("href", href)
	o.raw(` rel="noopener noreferrer nofollow">`)
}

// link writes label as a link to an address of the web; if the address is not
// one to follow, both are shown as words.
func (o *out) link(class, url, label string) {
	href, ok := webLink(url)
	if label == "" {
		label = url
	}
	switch {
	case ok:
		o.anchor(class, href)
		o.text(label)
		o.raw("</a>")
	case url == "" || url == label:
		o.text(label)
	default:
		o.text(label)
		o.raw(" <code class=dead>")
		o.text(url)
		o.raw("</code>")
	}
}
