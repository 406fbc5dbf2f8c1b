package chat

import (
	"strings"
	"unicode"
)

// Text is Markdown as the provider sent it (or, from a user, plain words).
// Raw is untouched; Cites say which stretches of it stand for something else.
type Text struct {
	Raw   string
	Cites []Cite // in order of Start, none overlapping
}

// A Cite is a stretch Raw[Start:End] that the provider's page does not show
// as it is written: a citation marker, a file link, a widget. Start == End
// marks something that is added at that place, such as a list of sources.
type Cite struct {
	Start, End int // bytes of Raw
	Kind       CiteKind
	Label      string // the words that stay in the sentence, "" if none
	Links      []Link // what it points at; may be empty, then only Label stays
}

// A CiteKind says how a cite reads.
type CiteKind string

// The kinds. All but Sources stand in the running text.
const (
	CiteLinks   CiteKind = "links"   // evidence for what stands before it
	CiteWords   CiteKind = "words"   // words of the sentence: Label, perhaps linked
	CiteFile    CiteKind = "file"    // a passage of a file, or a file to download
	CiteImages  CiteKind = "images"  // pictures from the web
	CiteList    CiteKind = "list"    // a list of links that stands by itself
	CiteSources CiteKind = "sources" // the list of sources at the end
	CiteDrop    CiteKind = "drop"    // a marker that means nothing outside the page
)

// A Link is something a cite points at.
type Link struct {
	Title, URL string
	Site       string // who publishes it
	Date       string
	File       *File  // for files; URL is then ""
	Lines      string // "12-14" for a passage of a file, or ""
	Snippet    string // what a search showed of the page, or ""
}

// Expand returns Raw with every cite replaced by what show makes of it.
func (t *Text) Expand(show func(*Cite) string) string {
	if len(t.Cites) == 0 {
		return t.Raw
	}
	var b strings.Builder
	b.Grow(len(t.Raw) + 64*len(t.Cites))
	at := 0
	for i := range t.Cites {
		c := &t.Cites[i]
		b.WriteString(t.Raw[at:c.Start])
		b.WriteString(show(c))
		at = c.End
	}
	b.WriteString(t.Raw[at:])
	return b.String()
}

// Plain is Raw with each cite reduced to the words it leaves in the sentence.
func (t *Text) Plain() string {
	return t.Expand(func(c *Cite) string { return c.Label })
}

// Text joins the string parts and transcripts of m with newlines, as sent.
func (m *Message) Text() string { return m.join(func(t *Text) string { return t.Raw }) }

// Plain is Text without citation markers: what words are counted on.
func (m *Message) Plain() string { return m.join((*Text).Plain) }

// Words counts the words of Plain, without making one text of the parts.
func (m *Message) Words() int {
	n := 0
	for _, p := range m.Parts {
		switch p := p.(type) {
		case *Text:
			n += Words(p.Plain())
		case *Transcript:
			n += Words(p.Text)
		}
	}
	return n
}

func (m *Message) join(of func(*Text) string) string {
	var some []string
	for _, p := range m.Parts {
		switch p := p.(type) {
		case *Text:
			some = append(some, of(p))
		case *Transcript:
			some = append(some, p.Text)
		}
	}
	if len(some) == 1 {
		return some[0]
	}
	return strings.Join(some, "\n")
}

// Opening is the beginning of s as one line of at most n runes, for tables
// and headings. It is not safe for a terminal by itself.
func Opening(s string, n int) string {
	var b strings.Builder
	count, space := 0, false
	for _, r := range s {
		if unicode.IsSpace(r) {
			space = b.Len() > 0
			continue
		}
		if space {
			b.WriteByte(' ')
			count++
			space = false
		}
		if count >= n {
			b.WriteRune('…')
			break
		}
		b.WriteRune(r)
		count++
	}
	return b.String()
}
