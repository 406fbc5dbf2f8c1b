package analyze

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"time"

	"gptsnap/formats/source"

	"github.com/urfave/cli/v2"
)

// Commands are analyze, list and branches. What they have to know of the
// terminal they find in app.Metadata, where main puts it:
//
//	"width"    int   columns of the terminal; 0 or absent: not a terminal, 120 are used
//	"unicode"  bool  whether it shows more than ASCII; absent: it does
//	"progress" func(done, total int, note string)  is told how far a run is; absent: nobody is
//
// They also read a global flag "timezone" (-z). They write tables to the
// app's Writer, and a line about each conversation that could not be read to
// its ErrWriter. Their errors are [source.Failure]s where the exit code is
// not 1.
func Commands() []*cli.Command {
	return []*cli.Command{
		{
			Name: "analyze", Usage: "print statistics of all conversations, or of some", ArgsUsage: "[REPORT [SELECTOR...]]",
			Description: "REPORT is one of:\n" + reportHelp() + "\n" + selectors + "\n" + numbers,
			Flags:       append(tableFlags(), source.Flags()...),
			Action:      analyzeAction,
		},
		{
			Name: "list", Usage: "list conversations, newest change first", ArgsUsage: "[SELECTOR...]",
			Description: selectors,
			Flags:       append(tableFlags(), source.Flags()...),
			Action: func(c *cli.Context) error {
				return tableAction(c, c.Args().Slice(), func(o Options) Metric { return newList(o) })
			},
		},
		{
			Name: "branches", Usage: "list conversations with forks, or draw the tree of one", ArgsUsage: "[SELECTOR...]",
			Description: selectors + "\nWith one conversation its tree is drawn: the current path (● or *) straight down,\n" +
				"at each fork the other versions (○ or o) aside.",
			Flags: append(append(tableFlags(),
				&cli.BoolFlag{Name: "tree", Usage: "draw the tree of every selected conversation"}), source.Flags()...),
			Action: branchesAction,
		},
	}
}

const (
	selectors = "SELECTOR is an id, its first 8 characters or more, a chat URL, or @FILE with one a line."
	numbers   = "Messages are counted once over all branches; words in what people read.\n" +
		"Months are UTC unless -z is given; hours are of local time in tables, of UTC in data."
)

func reportHelp() string {
	var b strings.Builder
	for _, r := range reports {
		fmt.Fprintf(&b, "  %-10s %s\n", r.name, r.about)
	}
	return b.String()
}

func tableFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "format", Aliases: []string{"f"}, Value: "table", Usage: "`FORM`: table, json, jsonl, csv or markdown"},
		&cli.StringFlag{Name: "sort", Usage: "order by `COLUMN`, or COLUMN:asc or COLUMN:desc"},
		&cli.IntFlag{Name: "top", Usage: "show only the first `N` rows"},
		&cli.StringFlag{Name: "columns", Usage: "show these columns, `KEY,KEY,...`, in this order"},
		&cli.BoolFlag{Name: "ascii", Usage: "draw with ASCII characters only"},
	}
}

// An order is what the flags of a table command ask for.
type order struct {
	Options
	screen  Screen
	format  string
	sort    string
	columns []string
	top     int
}

func orderOf(c *cli.Context) (order, error) {
	o := order{format: c.String("format"), sort: c.String("sort"), top: c.Int("top"), columns: keys(c.String("columns"))}
	people := false
	switch o.format {
	case "table", "markdown":
		people = true
	case "json", "jsonl", "csv":
	default:
		return o, source.Fail(source.ExitUsage, "use table, json, jsonl, csv or markdown", "--format: there is no %q", truncate(cell(o.format, true), 40, true))
	}
	if o.top < 0 {
		return o, source.Fail(source.ExitUsage, "", "--top %d: not a number of rows", o.top)
	}
	o.Workers = runtime.GOMAXPROCS(0)
	o.Zone, o.Clock = time.UTC, time.UTC
	if people {
		o.Clock = time.Local
	}
	if name := c.String("timezone"); name != "" {
		zone, err := time.LoadLocation(name)
		if err != nil {
			return o, source.Fail(source.ExitUsage, "use a name such as Europe/Berlin or UTC", "--timezone %q is not known", truncate(cell(name, true), 40, true))
		}
		o.Zone, o.Clock = zone, zone
	}
	o.Warn = func(err error) {
		fmt.Fprintln(c.App.ErrWriter, "warning:", cell(err.Error(), true))
	}
	if tell, ok := c.App.Metadata["progress"].(func(done, total int, note string)); ok {
		o.Progress = func(done, total int) { tell(done, total, "reading") }
	}
	o.screen = Screen{Width: 120, Unicode: true, Zone: o.Clock}
	if w, _ := c.App.Metadata["width"].(int); w > 0 {
		o.screen.Width = w
	}
	if u, known := c.App.Metadata["unicode"].(bool); known {
		o.screen.Unicode = u
	}
	if c.Bool("ascii") {
		o.screen.Unicode = false
	}
	return o, nil
}

// keys splits a list at commas and white space.
func keys(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}

// print writes t in the form that was asked for.
func (o order) print(w io.Writer, t *Table, scope Scope) error {
	if err := t.Sort(o.sort); err != nil {
		return err
	}
	t.Top(o.top)
	if err := t.Pick(o.columns); err != nil {
		return err
	}
	switch o.format {
	case "json":
		return WriteJSON(w, t, scope)
	case "jsonl":
		return WriteJSONL(w, t)
	case "csv":
		return WriteCSV(w, t)
	case "markdown":
		return WriteMarkdown(w, t, scope)
	}
	return Print(w, t, scope, o.screen)
}

func analyzeAction(c *cli.Context) error {
	name, rest := "overview", []string(nil)
	if c.NArg() > 0 {
		name, rest = c.Args().First(), c.Args().Tail()
	}
	r, err := findReport(name)
	if err != nil {
		return err
	}
	return tableAction(c, rest, r.make)
}

// tableAction runs one metric over what the selectors choose and prints it.
func tableAction(c *cli.Context, selectors []string, metric func(Options) Metric) error {
	return withSource(c, selectors, func(o order, src *source.Source, out io.Writer) error {
		m := metric(o.Options)
		blank := m.Table() // flags are judged before the work is done
		if err := errors.Join(blank.Sort(o.sort), blank.Pick(o.columns)); err != nil {
			return err
		}
		scope, err := Run(c.Context, src, []Metric{m}, o.Options)
		if err != nil {
			return err
		}
		t := m.Table()
		if err := o.print(out, &t, scope); err != nil {
			return err
		}
		return scope.Err()
	})
}

func branchesAction(c *cli.Context) error {
	return withSource(c, c.Args().Slice(), func(o order, src *source.Source, out io.Writer) error {
		m := newBranches(o.Options, c.NArg() > 0)
		metrics := []Metric{m}
		every := &forest{w: out, s: o.screen}
		if c.Bool("tree") && o.format == "table" {
			metrics = []Metric{every}
		}
		scope, err := Run(c.Context, src, metrics, o.Options)
		switch {
		case err != nil:
		case metrics[0] == every:
			err = every.err
		case m.one != nil && o.format == "table" && len(o.columns) == 0:
			err = draw(out, m.one, o.screen)
		default:
			t := m.Table()
			err = o.print(out, &t, scope)
		}
		if err != nil {
			return err
		}
		return scope.Err()
	})
}

// withSource opens what c asks for, and writes what f prints when it is done.
func withSource(c *cli.Context, selectors []string, f func(order, *source.Source, io.Writer) error) (err error) {
	o, err := orderOf(c)
	if err != nil {
		return err
	}
	src, err := source.FromArgs(c, selectors)
	if err != nil {
		return err
	}
	if src.Close != nil {
		defer func() {
			if e := src.Close(); err == nil && e != nil {
				err = fmt.Errorf("closing %s: %w", src.Path, e)
			}
		}()
	}
	out := bufio.NewWriterSize(c.App.Writer, 64<<10)
	err = f(o, src, out)
	if e := out.Flush(); e != nil && (err == nil || errors.As(err, new(*source.Failure))) {
		return fmt.Errorf("writing: %w", e)
	}
	return err
}

// A forest draws every tree it observes, with a line between them.
type forest struct {
	w    io.Writer
	s    Screen
	seen int
	err  error
}

// Observe draws.
func (f *forest) Observe(t *Tally) {
	if f.err == nil && f.seen > 0 {
		_, f.err = io.WriteString(f.w, "\n"+strings.Repeat("=", min(f.s.Width, 70))+"\n\n")
	}
	f.seen++
	if f.err == nil {
		f.err = draw(f.w, t.Chat, f.s)
	}
}

// Table is empty: the drawing is done.
func (f *forest) Table() Table { return Table{Report: "branches"} }
