package markdown

import (
	"strconv"
	"strings"

	"gptsnap/formats/chat"
)

// target is the way to a file that was put beside the page, fit to stand in a
// link. Href is a plain path: what means something in addresses is encoded.
func target(f *chat.File) string {
	if strings.HasPrefix(f.Href, "data:") { // embedded
		return encode(f.Href, "&<>\"()\\`{}|^[]$")
	}
	return encode(f.Href, "&<>\"()\\`{}|^[]$%#?:")
}

// isWiki reports whether f can be named in [[ ]]: Obsidian knows no escapes
// there, and nothing outside of its vault, which is the output folder.
func (p *page) isWiki(f *chat.File) bool {
	return !strings.HasPrefix(f.Href, "data:") && !strings.HasPrefix(strings.TrimPrefix(f.Href, p.d.Root), "../") && oneLine(f.Href, 1000) == f.Href && !strings.ContainsAny(f.Href, "[]|#^\\\"<>*?")
}

// wikiPath is the way to f from the top of the vault.
func wikiPath(f *chat.File) string {
	path := f.Href
	for strings.HasPrefix(path, "../") {
		path = path[3:]
	}
	return strings.TrimPrefix(path, "./")
}

// fileLink links words to f, which has an Href.
func (p *page) fileLink(words string, f *chat.File) {
	if p.r.wiki && p.isWiki(f) {
		p.b = append(append(append(p.b, "[["...), wikiPath(f)...), '|')
		p.b = append(append(p.b, strings.Map(noBracket, words)...), "]]"...)
		return
	}
	p.link(or(words, fileName(f)), target(f))
}

func noBracket(r rune) rune {
	switch r {
	case '[', ']', '|', '<', '`', '$', '\\':
		return '_'
	}
	return r
}

// picture shows f, which has an Href.
func (p *page) picture(alt string, f *chat.File) {
	if p.r.wiki && p.isWiki(f) {
		p.b = append(append(append(p.b, "![["...), wikiPath(f)...), "]]"...)
		return
	}
	p.b = append(p.b, "!["...)
	p.words(alt)
	p.b = append(append(append(p.b, "]("...), target(f)...), ')')
}

func fileName(f *chat.File) string {
	return oneLine(or(f.Name, f.ID, f.Pointer, "unnamed"), 200)
}

// fileNote says in brackets what f is and why it is not here.
func (p *page) fileNote(kind string, f *chat.File, more ...string) {
	p.b = append(append(append(p.b, '('), kind...), ": "...)
	p.words(fileName(f))
	p.facts(f, more...)
	p.whyGone(f)
	p.b = append(p.b, ')')
}

// whyGone says why f is not here, if it is not.
func (p *page) whyGone(f *chat.File) {
	switch {
	case f.Href != "":
	case f.Missing != "":
		p.b = append(p.b, ": "...)
		p.words(f.Missing)
	default:
		p.b = append(p.b, ", not in the archive"...)
	}
}

// facts adds the type, the measures and the size of f, as far as known.
func (p *page) facts(f *chat.File, more ...string) {
	if f.MIME != "" {
		p.b = append(p.b, ", "...)
		p.words(f.MIME)
	}
	if f.Width > 0 && f.Height > 0 {
		p.b = append(p.b, ", "...)
		p.b = append(append(append(p.b, decimal(f.Width)...), " × "...), decimal(f.Height)...)
	}
	if f.Size > 0 {
		p.b = append(append(p.b, ", "...), size(f.Size)...)
	}
	for _, m := range more {
		p.b = append(append(p.b, ", "...), m...)
	}
	if f.Pasted {
		p.b = append(p.b, ", pasted text"...)
	}
}

// words writes one line of plain words into running text.
func (p *page) words(s string) {
	p.escape(oneLine(s, 500), escapes{label: true, dollars: p.r.math})
}

// size is a number of bytes for people: "12 KB".
func size(n int64) string {
	if n == 1 {
		return "1 byte"
	}
	if n < 1000 {
		return strconv.FormatInt(n, 10) + " bytes"
	}
	x, unit := float64(n), ""
	for _, unit = range []string{"KB", "MB", "GB", "TB"} {
		if x /= 1000; x < 999.5 {
			break
		}
	}
	digits := 0
	if x < 9.95 {
		digits = 1
	}
	return strconv.FormatFloat(x, 'f', digits, 64) + " " + unit
}

// seconds is a length of time for people: "14 s".
func seconds(s float64) string { return strconv.FormatFloat(s, 'f', -1, 64) + " s" }

func decimal(n int) string { return strconv.Itoa(n) }
