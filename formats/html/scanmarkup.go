package html

import "strings"

// scanMarkup colours HTML, XML and their kin, with scripts and style sheets.
func scanMarkup(o *out, src string, js, css *syntax) {
	for len(src) > 0 {
		i := strings.IndexByte(src, '<')
		if i < 0 {
			break
		}
		o.text(src[:i])
		src = src[i:]
		if strings.HasPrefix(src, "<!--") {
			end := len(src)
			if n := strings.Index(src, "-->"); n >= 0 {
				end = n + 3
			}
			o.token('c', src[:end])
			src = src[end:]
			continue
		}
		n := 1
		for n < len(src) && (src[n] == '/' || src[n] == '!' || src[n] == '?') {
			n++
		}
		name := src[n : n+wordEnd(src[n:], "-:.")]
		if name == "" {
			o.text(src[:n])
			src = src[n:]
			continue
		}
		o.text(src[:n])
		o.token('t', name)
		src = scanAttributes(o, src[n+len(name):])
		var inner *syntax
		switch strings.ToLower(name) {
		case "script":
			inner = js
		case "style":
			inner = css
		}
		if inner == nil || n > 1 {
			continue
		}
		end := strings.Index(src, "</"+name)
		if end < 0 {
			end = len(src)
		}
		inner.colour(o, src[:end])
		src = src[end:]
	}
	o.text(src)
}

// scanAttributes colours what stands in a tag after its name and returns what
// is behind the tag.
func scanAttributes(o *out, src string) string {
	for i := 0; i < len(src); {
		switch c := src[i]; {
		case c == '>':
			o.text(src[:i+1])
			return src[i+1:]
		case c == '"' || c == '\'':
			q := quote{open: string(c), shut: string(c), lines: true}
			o.text(src[:i])
			end := i + q.end(src[i:])
			o.token('s', src[i:end])
			src, i = src[end:], 0
		case isWord(c) || c == '@' || c == ':':
			o.text(src[:i])
			end := i + 1 + wordEnd(src[i+1:], "-:.@")
			o.token('v', src[i:end])
			src, i = src[end:], 0
		default:
			i++
		}
	}
	o.text(src)
	return ""
}

// scanDiff colours lines by their first byte.
func scanDiff(o *out, src string) {
	for line := range strings.Lines(src) {
		switch {
		case strings.HasPrefix(line, "+"):
			o.token('t', line)
		case strings.HasPrefix(line, "-"):
			o.token('d', line)
		case strings.HasPrefix(line, "@@"), strings.HasPrefix(line, "diff "), strings.HasPrefix(line, "index "):
			o.token('f', line)
		default:
			o.text(line)
		}
	}
}
