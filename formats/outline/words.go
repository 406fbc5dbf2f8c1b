package outline

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"gptsnap/formats/chat"
)

// expand is t with its cites written out.
func (w *walk) expand(t *chat.Text, cite func(string, []Mark) string) string {
	if cite == nil {
		cite = plainCite
	}
	if len(t.Cites) == 0 {
		return t.Raw
	}
	var b strings.Builder
	at := 0
	for i := range t.Cites {
		c := &t.Cites[i]
		b.WriteString(t.Raw[at:c.Start])
		at = c.End
		if c.Kind == chat.CiteDrop {
			continue
		}
		var marks []Mark
		if w.o.Citations != "drop" {
			for _, l := range c.Links {
				marks = append(marks, Mark{w.number(l), l})
			}
		}
		words := cite(line(c.Label), marks)
		if so := b.String(); so == "" || strings.HasSuffix(so, " ") || strings.HasSuffix(so, "\n") {
			words = strings.TrimPrefix(words, " ")
		}
		b.WriteString(words)
	}
	b.WriteString(t.Raw[at:])
	return b.String()
}

func plainCite(label string, marks []Mark) string {
	var b strings.Builder
	b.WriteString(label)
	for _, m := range marks {
		if m.Number > 0 {
			fmt.Fprintf(&b, " [%d]", m.Number)
		}
	}
	return b.String()
}

// number is that of l in the list of sources, 0 if nothing can be said of it.
func (w *walk) number(l chat.Link) int {
	l = cleanLink(l)
	key := l.URL + l.Lines
	if l.File != nil {
		key = "file " + or(l.File.ID, l.File.Pointer, l.File.Name) + l.Lines
	} else if l.URL == "" {
		key = "title " + l.Title + l.Site
	}
	if key == "title " {
		return 0
	}
	n, known := w.numbers[key]
	if !known {
		w.sources = append(w.sources, l)
		n = len(w.sources)
		w.numbers[key] = n
	}
	return n
}

func cleanLinks(links []chat.Link) []chat.Link {
	all := make([]chat.Link, len(links))
	for i, l := range links {
		all[i] = cleanLink(l)
	}
	return all
}

func cleanLink(l chat.Link) chat.Link {
	l.Title, l.URL, l.Site, l.Date, l.Lines, l.Snippet = line(l.Title), line(l.URL), line(l.Site), line(l.Date), line(l.Lines), line(l.Snippet)
	if l.File != nil && l.Title == "" {
		l.Title = name(l.File)
	}
	if l.Lines != "" {
		l.Title += ", lines " + l.Lines
	}
	return l
}

// WebAddress is s if it is an address that may be linked to: http, https or
// mailto, with nothing odd in it; else "".
func WebAddress(s string) string {
	u, err := url.Parse(s)
	if err != nil || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || strings.ContainsRune("<>\"`\\", r) }) {
		return ""
	}
	switch u.Scheme {
	case "http", "https":
		if u.Host != "" {
			return u.String()
		}
	case "mailto":
		return u.String()
	}
	return ""
}

func name(f *chat.File) string {
	if f == nil {
		return ""
	}
	return or(line(f.Name), line(f.ID), "unnamed")
}

func seconds(s float64) string { return strconv.FormatFloat(s, 'f', -1, 64) + " s" }

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

func or(all ...string) string {
	for _, s := range all {
		if s != "" {
			return s
		}
	}
	return ""
}

// line is s as one line of at most 500 characters.
func line(s string) string { return chat.Opening(Clean(s), 500) }

// Clean is s as valid UTF-8 with "\n" line ends, without control characters,
// bidi overrides, what XML forbids, and left-over citation markers.
func Clean(s string) string {
	odd := false
	for i := 0; i < len(s) && !odd; i++ {
		odd = s[i] < ' ' && s[i] != '\n' && s[i] != '\t' || s[i] >= 0x7f
	}
	if !odd {
		return s
	}
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '\uE200':
			n = chat.MarkerLen(s[i:])
		case r == '\n' || r == '\t':
			b.WriteRune(r)
		case r == '\r' || r == '\v' || r == '\f' || r == 0x85:
			b.WriteByte('\n')
		case unicode.IsControl(r), chat.IsMark(r), r&0xFFFE == 0xFFFE, r >= 0xFDD0 && r <= 0xFDEF,
			r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r == 0x200E || r == 0x200F || r == 0x061C:
		default:
			b.WriteRune(r)
		}
		i += n
	}
	return b.String()
}
