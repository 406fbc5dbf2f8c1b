package markdown

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// link writes [words](target). target is safe already.
func (p *page) link(words, target string) {
	p.noImage()
	p.b = append(p.b, '[')
	p.escape(words, escapes{label: true, dollars: p.r.math})
	p.b = append(append(append(p.b, "]("...), target...), ')')
}

// codeSpan writes one line as code.
func (p *page) codeSpan(s string) {
	ticks, run := 1, 0
	for i := range len(s) {
		if s[i] == '`' {
			run++
			ticks = max(ticks, run+1)
		} else {
			run = 0
		}
	}
	mark := strings.Repeat("`", ticks)
	p.b = append(p.b, mark...)
	pad := s == "" || s[0] == '`' || s[len(s)-1] == '`'
	if pad {
		p.b = append(p.b, ' ')
	}
	p.b = append(p.b, s...)
	if pad {
		p.b = append(p.b, ' ')
	}
	p.b = append(p.b, mark...)
}

// safeURL makes u fit to stand as the target of a link: an address of the web
// or of mail, with everything encoded that could end the link or hide in it.
func safeURL(u string) (string, bool) {
	u = strings.TrimSpace(u)
	scheme, rest, found := strings.Cut(u, ":")
	if !found || rest == "" {
		return "", false
	}
	switch strings.ToLower(scheme) {
	case "http", "https":
		if !strings.HasPrefix(rest, "//") || host(u) == "" {
			return "", false
		}
	case "mailto":
	default:
		return "", false
	}
	return encode(u, "&<>\"()\\`{}|^[]$"), true
}

// encode percent-encodes what is not printable in s, and the bytes of also;
// an & that looks like an entity is written as one.
func encode(s, also string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '&' && !isEntity(s[i:]):
			b.WriteByte(s[i])
		case r == '&':
			b.WriteString("&amp;")
		case r > ' ' && r < 0x7f && strings.IndexByte(also, s[i]) < 0,
			r >= 0x80 && (unicode.IsLetter(r) || unicode.IsNumber(r)) && !(r == utf8.RuneError && n == 1):
			b.WriteString(s[i : i+n])
		default:
			for _, c := range []byte(s[i : i+n]) {
				b.WriteByte('%')
				b.WriteByte(hex[c>>4])
				b.WriteByte(hex[c&15])
			}
		}
		i += n
	}
	return b.String()
}

// host is the server's name in an address, "" if there is none.
func host(u string) string {
	_, rest, found := strings.Cut(u, "://")
	if !found {
		return ""
	}
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	rest = rest[strings.LastIndexByte(rest, '@')+1:]
	return strings.TrimPrefix(oneLine(rest, 100), "www.")
}

// or is the first of some that holds more than white space, or "".
func or(some ...string) string {
	for _, s := range some {
		if strings.TrimSpace(s) != "" {
			return s
		}
	}
	return ""
}
