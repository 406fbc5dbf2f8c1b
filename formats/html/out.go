package html

import (
	"strconv"
	"unicode/utf8"

	"gptsnap/formats/chat"
)

// An out is HTML in the making. What is written with raw is ours; what comes
// from a chat goes through text, which is right for the words of an element
// and for an attribute in double quotes alike.
type out struct{ b []byte }

func (o *out) raw(s string) { o.b = append(o.b, s...) }

func (o *out) num(n int) { o.b = strconv.AppendInt(o.b, int64(n), 10) }

// special says what stands for a byte that may not be written as it is.
var special = func() (t [256]string) {
	for c := range 0x20 {
		t[c] = string(rune(0x2400 + c)) // control characters are shown by their pictures
	}
	t['\t'], t['\n'] = "", ""
	t['\r'] = "\n"
	t[0x7F] = "\u2421"
	t[0xEE] = "\xEE" // may begin a character of markers
	t['&'], t['<'], t['>'], t['"'], t['\''] = "&amp;", "&lt;", "&gt;", "&#34;", "&#39;"
	return t
}()

// text writes s so that a browser shows it as it is, but for the characters of
// citation markers, which mean nothing to a reader.
func (o *out) text(s string) {
	from := 0
	for i := 0; i < len(s); i++ {
		instead := special[s[i]]
		if instead == "" {
			continue
		}
		o.b = append(o.b, s[from:i]...)
		from = i + 1
		if s[i] == '\r' && i+1 < len(s) && s[i+1] == '\n' {
			continue
		}
		if s[i] == 0xEE {
			if r, n := utf8.DecodeRuneInString(s[i:]); chat.IsMark(r) {
				i += n - 1
				from = i + 1
				continue
			}
		}
		o.b = append(o.b, instead...)
	}
	o.b = append(o.b, s[from:]...)
}

// attr writes ` name="value"`.
func (o *out) attr(name, value string) {
	o.raw(" ")
	o.raw(name)
	o.raw(`="`)
	o.text(value)
	o.raw(`"`)
}

// element writes s as the text of an element: open is `p class=x`, shut is `p`.
func (o *out) element(open, shut, s string) {
	o.raw("<")
	o.raw(open)
	o.raw(">")
	o.text(s)
	o.raw("</")
	o.raw(shut)
	o.raw(">")
}

// plural is "1 branch" or "3 branches".
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// clip is s cut at a rune so that it has at most n bytes, and how many went.
func clip(s string, n int) (string, int) {
	if len(s) <= n {
		return s, 0
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n], len(s) - n
}
