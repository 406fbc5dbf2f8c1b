package convert

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"gptsnap/formats/source"

	"github.com/urfave/cli/v2"
)

// Commands are what this room adds to the command line. count makes the page
// of numbers of a site; nil for none.
func Commands(count Count) []*cli.Command {
	var about strings.Builder
	for _, f := range formats {
		fmt.Fprintf(&about, "\n   %-10s %s (to %s)", f.name, f.about, f.output)
	}
	about.WriteString("\n\nData sets, of all conversations together:")
	for _, s := range dataSets {
		fmt.Fprintf(&about, "\n   %-10s %s (to %s)", s.name, s.about, s.output)
	}
	return []*cli.Command{{
		Name:      "convert",
		Usage:     "write conversations as Markdown, HTML, text, a book, JSON lines or a database",
		ArgsUsage: "[CONVERSATION...]",
		Description: "Reads an archive, an official export or a JSON file, and writes one document for each\n" +
			"conversation: all of them, or those named by id, by the first 8 letters of an id, by chat\n" +
			"address or by @FILE with one such a line. Every branch is written unless you say otherwise.\n" +
			"A file that would not change is left alone, and so is one that somebody edited.\n\nFormats:" + about.String(),
		Flags: append(source.Flags(),
			&cli.StringFlag{Name: "format", Aliases: []string{"f"}, Value: "markdown", Usage: "write `FORMAT`: " + strings.Join(allNames(), ", ") + "; unless given, the one that the ending of -o names"},
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, TakesFile: true, Usage: "write to `PATH`: a folder, a file, or - for standard output"},
			&cli.StringFlag{Name: "branches", Value: "all", Usage: "`WHICH` branches: all (in one document), current, files (a document each)"},
			&cli.StringFlag{Name: "name", Value: DefaultName, Usage: "`TEMPLATE` of file names, with created, updated, year, month, title, id, id8, project, model; a slash makes a folder"},
			&cli.StringFlag{Name: "layout", Usage: "`HOW` to lay documents out in folders: project, flat, year, month (default: project, unless --name makes folders)"},
			&cli.StringFlag{Name: "on-conflict", Value: "keep", Usage: "`WHAT` to do with a file that somebody edited: keep it, overwrite it, or rename it and write anew"},
			&cli.StringFlag{Name: "changed-since", Usage: "write only conversations changed at `DATE` or later, as --since takes it; an index still lists all"},
			&cli.BoolFlag{Name: "dry-run", Usage: "write nothing, but say which files would be"},
			&cli.StringFlag{Name: "redact", Usage: "take out values of these `KINDS` by their shape, any of secrets,email,phone; pictures and files stay as they are"},
			&cli.StringFlag{Name: "thinking", Value: "fold", Usage: "`HOW` to show thinking: fold, show, drop"},
			&cli.StringFlag{Name: "tools", Value: "fold", Usage: "`HOW` to show tool calls and results: fold, show, drop"},
			&cli.StringFlag{Name: "files", Usage: "`HOW` to treat images and files: copy them beside the documents, link to where they lie (in an unzipped export), embed them in the documents, none (default: copy; embed for HTML that is one file; none for JSONL)"},
			&cli.BoolFlag{Name: "hidden", Usage: "also write system prompts, instructions and other hidden messages"},
			&cli.StringFlag{Name: "timestamps", Value: "smart", Usage: "Markdown, text, EPUB: `WHEN` to show times: none, smart, full"},
			&cli.StringFlag{Name: "citations", Value: "links", Usage: "Markdown, text, EPUB: `HOW` to show citations: links, footnotes, drop"},
			&cli.StringFlag{Name: "flavor", Value: "gfm", Usage: "Markdown: `FLAVOR` gfm, obsidian or commonmark"},
			&cli.StringFlag{Name: "template", TakesFile: true, Usage: "Markdown: a Go template for the page, from `FILE`; see the README"},
			&cli.StringFlag{Name: "user-name", Value: "You", Usage: "call the user `NAME`"},
			&cli.StringFlag{Name: "assistant-name", Value: "ChatGPT", Usage: "call the assistant `NAME`"},
			&cli.BoolFlag{Name: "single-file", Usage: "HTML: pages that need no other file"},
			&cli.BoolFlag{Name: "no-highlight", Usage: "HTML: do not colour code"},
			&cli.BoolFlag{Name: "no-statistics", Usage: "HTML: make no page with numbers and charts"},
			&cli.BoolFlag{Name: "no-math", Usage: "HTML: leave formulas as TeX"},
			&cli.StringFlag{Name: "schema", Value: "messages", Usage: "JSONL: `SCHEMA` messages, openai, sharegpt or preference"},
			&cli.StringFlag{Name: "system", Value: "keep", Usage: "JSONL: `WHAT` to do with system messages in openai and sharegpt: keep, drop"},
			&cli.IntFlag{Name: "min-turns", Usage: "JSONL: leave out training examples with fewer than `N` answers"},
			&cli.BoolFlag{Name: "dedupe", Usage: "JSONL: leave out training examples that are the same as an earlier one"},
			&cli.StringFlag{Name: "account", Usage: "SQLite, Parquet: `NAME` the account in the rows (default: the name of the archive)"},
			&cli.StringFlag{Name: "partition", Value: "none", Usage: "Parquet: `HOW` to divide the tables: none, month (many accounts fit into one folder)"},
			&cli.IntFlag{Name: "jobs", Aliases: []string{"j"}, Usage: "work on `N` conversations at a time (default: one for each core)"},
		),
		Action: func(c *cli.Context) error { return run(c, count) },
	}}
}

// plan is a command line, checked.
type plan struct {
	format format
	set    *dataSet // instead of format
	gather Gathering
	look   Look
	opts   Options
	output string
	file   bool // one file, or standard output
	dry    bool

	conflict string
	redact   *Redactor // nil: nothing is taken out
	given    string    // all that decides what is written, as one hash; "" if that is not known
}

func usage(format string, a ...any) error {
	return source.Fail(source.ExitUsage, "see gptsnap convert --help", format, a...)
}

// planFrom reads the flags and says what of them does not go together.
func planFrom(c *cli.Context) (plan, error) {
	var p plan
	var ok bool
	name := c.String("format")
	if by := formatOf(c.String("output")); by != "" && !c.IsSet("format") {
		name = by
	}
	if p.set = dataSetNamed(name); p.set != nil {
		p.format.output = p.set.output
	} else if p.format, ok = formatNamed(name); !ok {
		return p, usage("no format %q; there are: %s", name, strings.Join(allNames(), ", "))
	}
	for flag, allowed := range map[string][]string{
		"branches":  {"all", "current", "files"},
		"thinking":  {"fold", "show", "drop"},
		"tools":     {"fold", "show", "drop"},
		"files":     {"", "copy", "link", "embed", "none"},
		"partition": {"none", "month"},

		"on-conflict": {"keep", "overwrite", "rename"},
	} {
		if !slices.Contains(allowed, c.String(flag)) {
			return p, usage("--%s %q: it is one of %s", flag, c.String(flag), strings.Join(allowed, ", "))
		}
	}
	zone := time.Local
	if z := c.String("timezone"); z != "" {
		var err error
		if zone, err = time.LoadLocation(z); err != nil {
			return p, usage("--timezone %q: %v", z, err)
		}
	}
	names, err := ParseTemplate(c.String("name"), zone)
	if err != nil {
		return p, usage("%v", err)
	}
	if layout := c.String("layout"); layout != "" {
		if !slices.Contains(Layouts, layout) {
			return p, usage("--layout %q: it is one of %s", layout, strings.Join(Layouts, ", "))
		}
		names = names.LaidOut(layout)
	}
	if kinds := c.String("redact"); kinds != "" {
		if p.redact, err = NewRedactor(strings.FieldsFunc(kinds, func(r rune) bool { return r == ',' || r == ' ' })); err != nil {
			return p, usage("--redact: %v", err)
		}
	}
	p.dry, p.conflict = c.Bool("dry-run"), c.String("on-conflict")
	p.output = c.String("output")
	if p.output == "" {
		p.output = p.format.output
	}
	p.file = isFile(p.output)
	p.gather = Gathering{Account: c.String("account"), Partition: c.String("partition")}
	p.look = Look{Thinking: c.String("thinking"), Tools: c.String("tools"), Timestamps: c.String("timestamps"), Citations: c.String("citations"),
		Flavor: c.String("flavor"), UserName: c.String("user-name"), AssistantName: c.String("assistant-name"), Zone: zone,
		Single: c.Bool("single-file") || p.file, Highlight: !c.Bool("no-highlight"), Math: !c.Bool("no-math"),
		Schema: c.String("schema"), System: c.String("system"), MinTurns: c.Int("min-turns"), Dedupe: c.Bool("dedupe")}
	if file := c.String("template"); file != "" {
		if p.format.name != "markdown" {
			return p, usage("--template is for Markdown")
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			return p, usage("--template: %v", err)
		}
		p.look.Template = string(raw)
	}
	p.opts = Options{Branches: c.String("branches"), Hidden: c.Bool("hidden"), Thinking: p.look.Thinking, Tools: p.look.Tools,
		Whole: p.format.whole && p.look.Schema == "messages", Name: names,
		Workers: c.Int("jobs"), Log: slog.New(slog.DiscardHandler)}
	if since := c.String("changed-since"); since != "" {
		if p.opts.Since, err = source.Since(since, time.Now().In(zone)); err != nil {
			return p, usage("--changed-since: %v", err)
		}
	}
	if err := p.planFiles(c.String("files")); err != nil {
		return p, err
	}
	if p.opts.Workers <= 0 {
		p.opts.Workers = runtime.GOMAXPROCS(0)
	}
	if log, ok := c.App.Metadata["log"].(*slog.Logger); ok {
		p.opts.Log = log
	}
	if progress, ok := c.App.Metadata["progress"].(func(done, total int, note string)); ok {
		p.opts.Progress = func(done, total int) { progress(done, total, "converting") }
	}
	return p, nil
}

// isFile tells a file from a folder: "-", or a name with an extension that is
// not a folder already.
func isFile(path string) bool {
	if path == "-" {
		return true
	}
	if st, err := os.Stat(path); err == nil {
		return !st.IsDir()
	}
	ext := filepath.Ext(path)
	return ext != "" && !strings.HasSuffix(path, string(filepath.Separator)) && slices.Contains([]string{".md", ".markdown", ".html", ".htm", ".jsonl", ".json", ".ndjson", ".txt", ".epub"}, strings.ToLower(ext))
}
