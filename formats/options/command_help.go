package options

import (
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// urfave/cli's own help runs over the edge of a terminal, tells twice what a
// flag is if nobody sets it, and says "(default: false)" of everything else.

// Help makes the help of app fit the width that wide tells, in columns.
func Help(app *cli.App, wide func() int) {
	ours := strings.NewReplacer(
		`{{template "visibleFlagCategoryTemplate" .}}`, "{{flags .VisibleFlagCategories .Flags}}",
		`{{template "visibleFlagTemplate" .}}`, "{{flags .VisibleFlagCategories .Flags}}",
		`{{template "descriptionTemplate" .}}`, "{{prose .Description}}")
	app.CustomAppHelpTemplate = ours.Replace(cli.AppHelpTemplate)
	command := ours.Replace(cli.CommandHelpTemplate) +
		"\n   {{prose \"With every command go -q, -v, -z, --no-color, --progress and --config too: see " + app.Name + " --help.\"}}\n"
	for _, c := range app.Commands {
		c.CustomHelpTemplate = command
	}
	cli.HelpPrinter = func(w io.Writer, template string, data any) {
		width := min(max(wide(), 40), 100)
		cli.HelpPrinterCustom(w, template, data, map[string]any{
			"wrapAt": func() int { return width },
			"prose":  func(s string) string { return prose(s, width) },
			"flags": func(groups []cli.VisibleFlagCategory, declared []cli.Flag) string {
				return describe(groups, declared, width)
			},
		})
	}
}

// prose sets paragraphs anew, three columns from the edge. A line that begins
// with a space is an example, or a word and what it means: it stays a line, and
// what it means is set in a column of its own.
func prose(s string, width int) string {
	var b strings.Builder
	var paragraph []string
	end := func() {
		if paragraph != nil {
			b.WriteString("   ")
			set(&b, paragraph, 3, width)
			b.WriteString("\n")
			paragraph = nil
		}
	}
	for line := range strings.Lines(s) {
		line = strings.TrimRight(line, "\n")
		if line != "" && line[0] != ' ' {
			paragraph = append(paragraph, strings.Fields(line)...)
			continue
		}
		end()
		term := strings.TrimLeft(line, " ")
		gap := strings.LastIndex(term, "  ")
		if gap < 0 || 3+len(line) <= width {
			b.WriteString(strings.TrimRight("   "+line, " ") + "\n")
			continue
		}
		means := len(line) - len(term) + gap + 2
		b.WriteString("   " + line[:means])
		set(&b, strings.Fields(line[means:]), 3+means, width)
		b.WriteString("\n")
	}
	end()
	return strings.TrimSpace(b.String())
}

// set writes words from the column at on, where the first line stands already.
func set(b *strings.Builder, words []string, at, width int) {
	left := at
	for i, word := range words {
		switch {
		case i == 0:
		case at+1+len(word) > width:
			b.WriteString("\n" + strings.Repeat(" ", left))
			at = left
		default:
			b.WriteString(" ")
			at++
		}
		b.WriteString(word)
		at += len(word)
	}
}

// describe is the part of a help that tells of flags. Groups stand in the order
// in which the first flag of each was declared.
func describe(groups []cli.VisibleFlagCategory, declared []cli.Flag, width int) string {
	place := func(g cli.VisibleFlagCategory) int {
		return slices.IndexFunc(declared, func(f cli.Flag) bool { return g.Name() != "" && categoryOf(f) == g.Name() })
	}
	groups = slices.Clone(groups)
	slices.SortStableFunc(groups, func(a, b cli.VisibleFlagCategory) int { return place(a) - place(b) })
	var b strings.Builder
	if len(groups) == 0 {
		for _, f := range declared {
			if f, ok := f.(documented); ok {
				b.WriteString("\n" + entry(f, width))
			}
		}
	}
	for _, g := range groups {
		if g.Name() != "" {
			b.WriteString("\n\n" + g.Name() + ":")
		}
		for _, f := range g.Flags() {
			if f, ok := f.(documented); ok {
				b.WriteString("\n" + entry(f, width))
			}
		}
	}
	return b.String()
}

type documented interface {
	cli.Flag
	cli.DocGenerationFlag
}

func categoryOf(f cli.Flag) string {
	if c, ok := f.(cli.CategorizableFlag); ok {
		return c.GetCategory()
	}
	return ""
}

// column is where the texts of flags begin. A name that does not leave two
// columns free before it stands in a line of its own.
const column = 24

// entry is what a help says of one flag: its names, what it does, and what is
// done when nobody sets it.
func entry(f documented, width int) string {
	text := f.GetUsage()
	value := ""
	if _, rest, ok := strings.Cut(text, "`"); ok {
		value, _, _ = strings.Cut(rest, "`")
		text = strings.ReplaceAll(text, "`", "")
	}
	names := slices.Clone(f.Names())
	slices.SortStableFunc(names, func(a, b string) int { return min(len(a), 2) - min(len(b), 2) }) // -o, --output
	for i, n := range names {
		names[i] = strings.Repeat("-", min(len(n), 2)) + n
	}
	left := "   " + strings.Join(names, ", ")
	if f.TakesValue() {
		left += " " + value
	}
	if d := strings.Trim(f.GetDefaultText(), `"`); !strings.Contains(text, "(default") && !slices.Contains([]string{"", "false", "0", "0s"}, d) {
		text += " (default: " + d + ")"
	}
	for _, v := range f.GetEnvVars() {
		text += " [$" + v + "]"
	}
	var b strings.Builder
	b.WriteString(left)
	at := len(left)
	if at > column-2 {
		b.WriteString("\n")
		at = 0
	}
	b.WriteString(strings.Repeat(" ", column-at))
	set(&b, strings.Fields(text), column, width)
	return b.String()
}
