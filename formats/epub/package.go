package epub

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"gptsnap/formats/chat"
	"gptsnap/formats/outline"
)

const container = `<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="book/content.opf" media-type="application/oebps-package+xml"/></rootfiles>
</container>
`

const style = `body { line-height: 1.45; margin: 0 4%; }
h1 { font-size: 1.5em; }
h2 { font-size: 1.15em; border-top: 1px solid #999; padding-top: .6em; }
h3 { font-size: 1em; color: #444; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: .85em; background: #f2f2f2; padding: .5em; }
p.plain { white-space: pre-wrap; }
p.note, p.fact { color: #555; font-size: .9em; }
p.fact { margin: .1em 0; }
p.label { font-weight: bold; margin-bottom: .2em; }
blockquote { margin: .5em 0 .5em 1em; border-left: 3px solid #bbb; padding-left: .8em; }
img { max-width: 100%; height: auto; }
table { border-collapse: collapse; }
td, th { border: 1px solid #999; padding: .2em .4em; }
sup { font-size: .75em; }
`

// finish writes all but chapters: pictures in the order of their names, the
// contents and the package.
func (b *Book) finish() error {
	names := make([]string, 0, len(b.pictures))
	for name := range b.pictures {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if err := b.copyPicture(b.pictures[name]); err != nil {
			return err
		}
	}
	entries := b.contents()
	id := b.identifier()
	for _, f := range []struct{ name, body string }{
		{"book/toc.ncx", oldContents(id, b.title(), entries)}, {"book/content.opf", b.pack(id, names)},
	} {
		if err := b.add(f.name, []byte(f.body)); err != nil {
			return err
		}
	}
	return nil
}

func (b *Book) copyPicture(p *picture) error {
	r, err := os.Open(p.spool)
	if err != nil {
		return err
	}
	defer r.Close()
	w, err := b.member("book/" + p.name)
	if err == nil {
		_, err = io.Copy(w, r)
	}
	return err
}

// An entry is a line of the contents.
type entry struct{ title, file string }

func (b *Book) contents() []entry {
	titles := map[string]string{}
	for _, d := range b.docs {
		title := chat.Opening(outline.Clean(d.Title), 200)
		if title == "" {
			title = "Untitled"
		}
		if !d.Created.IsZero() {
			title += " · " + d.Created.In(b.zone()).Format("2006-01-02")
		}
		titles[d.Path] = title
	}
	all := make([]entry, len(b.chapters))
	for i, c := range b.chapters {
		all[i] = entry{titles[c.path], c.files[0]}
		if all[i].title == "" {
			all[i].title = "Untitled"
		}
	}
	return all
}

func (b *Book) zone() *time.Location {
	if b.o.Location == nil {
		return time.UTC
	}
	return b.o.Location
}

func (b *Book) title() string {
	if len(b.docs) == 1 {
		if t := chat.Opening(outline.Clean(b.docs[0].Title), 200); t != "" {
			return t
		}
	}
	return "ChatGPT conversations"
}

// identifier names the book by the conversations in it.
func (b *Book) identifier() string {
	h := sha256.New()
	for _, d := range b.docs {
		fmt.Fprintf(h, "%q %q\n", d.ID, d.Title)
	}
	sum := h.Sum(nil)
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80 // a UUID of the kind for hashes of one's own
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

// modified is the newest change of a conversation.
func (b *Book) modified() string {
	last := time.Unix(0, 0)
	for _, d := range b.docs {
		for _, t := range []time.Time{d.Created, d.Updated} {
			if t.After(last) && t.Year() < 10000 {
				last = t
			}
		}
	}
	return last.UTC().Format("2006-01-02T15:04:05Z")
}

func (b *Book) pack(id string, pictures []string) string {
	var items, spine strings.Builder
	item := func(id, href, kind, more string) {
		fmt.Fprintf(&items, "<item id=%q href=%q media-type=%q%s/>\n", id, href, kind, more)
	}
	for _, c := range b.chapters {
		for _, f := range c.files {
			item(strings.TrimSuffix(f, ".xhtml"), f, "application/xhtml+xml", "")
			fmt.Fprintf(&spine, "<itemref idref=%q/>\n", strings.TrimSuffix(f, ".xhtml"))
		}
	}
	for i, name := range pictures {
		item(fmt.Sprintf("f%d", i+1), name, b.pictures[name].kind, "")
	}
	return `<?xml version="1.0" encoding="UTF-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="id">` + id + `</dc:identifier>
<dc:title>` + esc(b.title()) + `</dc:title>
<dc:language>und</dc:language>
<dc:creator>ChatGPT and its user</dc:creator>
<meta property="dcterms:modified">` + b.modified() + `</meta>
</metadata>
<manifest>
<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>
<item id="css" href="style.css" media-type="text/css"/>
` + items.String() + `</manifest>
<spine toc="ncx">
` + spine.String() + `</spine>
</package>
`
}

func navigation(entries []entry) string {
	var b strings.Builder
	b.WriteString(head("Contents") + `<nav epub:type="toc" id="toc"><h1>Contents</h1>` + "\n<ol>\n")
	for _, e := range entries {
		fmt.Fprintf(&b, "<li><a href=%q>%s</a></li>\n", e.file, esc(e.title))
	}
	b.WriteString("</ol></nav>\n" + foot)
	return b.String()
}

func oldContents(id, title string, entries []entry) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<?xml version="1.0" encoding="UTF-8"?>
<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/" version="2005-1">
<head><meta name="dtb:uid" content=%q/><meta name="dtb:depth" content="1"/><meta name="dtb:totalPageCount" content="0"/><meta name="dtb:maxPageNumber" content="0"/></head>
<docTitle><text>%s</text></docTitle>
<navMap>
`, id, esc(title))
	for i, e := range entries {
		fmt.Fprintf(&b, "<navPoint id=\"p%d\" playOrder=\"%d\"><navLabel><text>%s</text></navLabel><content src=%q/></navPoint>\n", i+1, i+1, esc(e.title), e.file)
	}
	b.WriteString("</navMap>\n</ncx>\n")
	return b.String()
}
