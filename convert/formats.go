package convert

import (
	"path/filepath"
	"strings"
	"time"

	"gptsnap/formats/epub"
	"gptsnap/formats/html"
	"gptsnap/formats/jsonl"
	"gptsnap/formats/markdown"
	"gptsnap/formats/text"
)

// A Look is how documents are to look, whatever the format. Formats take from
// it what concerns them.
type Look struct {
	Thinking, Tools         string // fold, show, drop
	Timestamps              string // none, smart, full
	Citations               string // links, footnotes, drop
	Flavor                  string // of Markdown: gfm, obsidian, commonmark
	Template                string // of Markdown: a Go template for the page
	UserName, AssistantName string
	Zone                    *time.Location
	Single                  bool // one self-contained page
	Highlight               bool
	Math                    bool   // draw formulas
	Statistics              string // of a site: where its page of numbers stands, "" if there is none
	Schema, System          string // of JSONL
	MinTurns                int
	Dedupe                  bool
}

// A format is one way to write a conversation.
type format struct {
	name, about string
	output      string   // where it goes unless -o says so; with an extension it is one file
	whole       bool     // wants every node, hidden or not
	onePage     bool     // two documents do not fit into one file
	binds       bool     // its one file holds documents and files
	files       []string // what --files may be, the default first
	make        func(Look) (Renderer, error)
}

var inOrBeside = []string{"copy", "link", "embed", "none"}

// formats is the table of formats: a new one is a folder under formats/ and a
// row here.
var formats = []format{
	{"markdown", "one .md file a conversation, with front matter", "chatgpt-markdown", false, false, false, inOrBeside, func(l Look) (Renderer, error) {
		return markdown.New(markdown.Options{Thinking: l.Thinking, Tools: l.Tools, Timestamps: l.Timestamps, Location: l.Zone,
			UserName: l.UserName, AssistantName: l.AssistantName, Citations: l.Citations, Flavor: l.Flavor, Template: l.Template})
	}},
	{"html", "a site of pages that opens from the folder, without network", "chatgpt-html", false, true, false, inOrBeside, func(l Look) (Renderer, error) {
		return html.New(html.Options{Thinking: l.Thinking, Tools: l.Tools, Location: l.Zone,
			UserName: l.UserName, AssistantName: l.AssistantName, Single: l.Single, Highlight: l.Highlight, Math: l.Math, Statistics: l.Statistics})
	}},
	{"text", "one .txt file a conversation, plain words without any markup of ours", "chatgpt-text", false, false, false, []string{"copy", "link", "none"}, func(l Look) (Renderer, error) {
		return text.New(text.Options{UserName: l.UserName, AssistantName: l.AssistantName, Location: l.Zone,
			Timestamps: l.Timestamps, Citations: l.Citations}), nil
	}},
	{"epub", "one book of all, a chapter for each conversation", "chatgpt.epub", false, false, true, []string{"copy", "embed", "none"}, func(l Look) (Renderer, error) {
		return epub.New(epub.Options{UserName: l.UserName, AssistantName: l.AssistantName, Location: l.Zone,
			Timestamps: l.Timestamps, Citations: l.Citations}), nil
	}},
	{"jsonl", "JSON lines for programs: see --schema", "chatgpt.jsonl", true, false, false, []string{"none", "copy", "link", "embed"}, func(l Look) (Renderer, error) {
		return jsonl.New(jsonl.Options{Schema: l.Schema, System: l.System, MinTurns: l.MinTurns, Dedupe: l.Dedupe})
	}},
}

func formatNamed(name string) (format, bool) {
	switch name {
	case "md":
		name = "markdown"
	case "txt":
		name = "text"
	}
	for _, f := range formats {
		if f.name == name {
			return f, true
		}
	}
	return format{}, false
}

func formatNames() (names []string) {
	for _, f := range formats {
		names = append(names, f.name)
	}
	return names
}

// formatOf is the format that the name of an output file asks for, "" if none.
func formatOf(output string) string {
	switch strings.ToLower(filepath.Ext(output)) {
	case ".md", ".markdown":
		return "markdown"
	case ".html", ".htm":
		return "html"
	case ".txt":
		return "text"
	case ".epub":
		return "epub"
	case ".jsonl", ".ndjson":
		return "jsonl"
	case ".db", ".sqlite", ".sqlite3":
		return "sqlite"
	}
	return ""
}
