// Package text writes a conversation as plain text.
//
// # What a file looks like
//
//	Soil for tomatoes
//	=================
//	Created: 2024-05-01 14:32
//	Model: gpt-4o
//
//	You · 2024-05-01 14:32
//	----------------------
//	How deep ...
//
//	ChatGPT · gpt-4o · 2024-05-01 14:33
//	-----------------------------------
//	[Version 2 of 2 (regenerated answer)]
//	Thirty centimetres. [1]
//
//	Branch after message 1: version 1 of 2 (regenerated answer)
//	===========================================================
//	...
//	Sources
//	[1] The title of the page, https://...
//
// What comes when is decided in formats/outline; this package only writes it
// down. Lines are as long as their authors made them: whoever reads the file
// wraps them better. Remarks of ours stand in brackets, code and quotes are
// indented, and there is nothing in the file that steers a terminal.
package text

import (
	"bytes"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"gptsnap/formats/chat"
	"gptsnap/formats/outline"
)

// Options say how files look. The zero value is good.
type Options struct {
	UserName, AssistantName string         // "You" and "ChatGPT" if empty
	Location                *time.Location // of the times shown, nil for UTC
	Timestamps              string         // none: leave times out
	Citations               string         // drop: no numbers and no list of sources
}

// A Renderer writes text files. It is safe for use by many goroutines.
type Renderer struct{ o Options }

// New makes a Renderer.
func New(o Options) *Renderer { return &Renderer{o} }

// Ext is the ending of a file's name.
func (r *Renderer) Ext() string { return ".txt" }

// Render writes d as one file in UTF-8 with "\n" line ends. It fails only if
// w does.
func (r *Renderer) Render(w io.Writer, d *chat.Document) error {
	var f file
	for _, b := range outline.Of(d, outline.Options{UserName: r.o.UserName, AssistantName: r.o.AssistantName,
		Location: r.o.Location, Timestamps: r.o.Timestamps, Citations: r.o.Citations}) {
		f.block(&b)
		f.last = b.Kind
	}
	_, err := w.Write(f.b.Bytes())
	return err
}

type file struct {
	b    bytes.Buffer
	last outline.Kind
}

func (f *file) block(b *outline.Block) {
	switch b.Kind {
	case outline.Title:
		f.heading(b.Text, '=')
	case outline.Fact:
		f.line(b.Label + ": " + b.Text)
	case outline.Branch:
		f.b.WriteByte('\n')
		f.gap()
		f.heading(b.Text, '=')
	case outline.Turn:
		f.gap()
		f.heading(b.Text, '-')
	case outline.Version, outline.Note:
		f.apart()
		f.line("[" + b.Text + "]")
	case outline.Label:
		f.apart()
		f.line(b.Text + ":")
	case outline.Prose, outline.Plain:
		f.apart()
		f.line(b.Text)
	case outline.Code:
		f.apart()
		f.indented("    ", b.Text)
	case outline.Quote:
		f.apart()
		f.indented("> ", b.Text)
	case outline.Picture:
		f.apart()
		words := b.Label
		if b.Text != b.Label {
			words = b.Text + ", " + words
		}
		f.line("[image " + words + ": " + b.File.Href + "]")
	case outline.Media:
		f.apart()
		f.line("[" + b.Text + ": " + b.File.Href + "]")
	case outline.Links:
		f.apart()
		for i := range b.Links {
			f.line("- " + link(&b.Links[i]))
			if s := b.Links[i].Snippet; s != "" {
				f.line("  " + s)
			}
		}
	case outline.Sources:
		f.gap()
		f.heading("Sources", '-')
		for i := range b.Links {
			f.line("[" + strconv.Itoa(i+1) + "] " + link(&b.Links[i]))
		}
	}
}

func (f *file) line(s string) {
	f.b.WriteString(s)
	f.b.WriteByte('\n')
}

func (f *file) heading(words string, rule byte) {
	f.line(words)
	f.line(strings.Repeat(string(rule), min(utf8.RuneCountInString(words), 72)))
}

// gap ends what stands before with an empty line.
func (f *file) gap() {
	if !bytes.HasSuffix(f.b.Bytes(), []byte("\n\n")) {
		f.b.WriteByte('\n')
	}
}

// apart is gap, but not right below a heading, a label or a remark on the version.
func (f *file) apart() {
	switch f.last {
	case outline.Branch, outline.Turn, outline.Label, outline.Version:
	default:
		f.gap()
	}
}

func (f *file) indented(with, s string) {
	for l := range strings.Lines(s) {
		f.line(strings.TrimRight(with+strings.TrimRight(l, "\n"), " \t"))
	}
}

func link(l *chat.Link) string {
	var all []string
	for _, s := range []string{l.Title, l.Site, l.Date, l.URL} {
		if s != "" && (len(all) == 0 || all[len(all)-1] != s) {
			all = append(all, s)
		}
	}
	if l.File != nil {
		if l.File.Href != "" {
			all = append(all, l.File.Href)
		} else if l.File.Missing != "" {
			all = append(all, outline.Clean(l.File.Missing))
		} else {
			all = append(all, "not in the source")
		}
	}
	return strings.Join(all, ", ")
}
