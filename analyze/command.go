package analyze

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"time"

	"gptsnap/formats/source"

	"github.com/urfave/cli/v2"
)

// Commands are analyze, list, branches and search. What they have to know of the
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
			Flags: append(append(tableFlags(),
				&cli.StringFlag{Name: "by", Usage: "part the rows by `WHAT`: day, week, month, year, model, project, gpt or role"},
				&cli.BoolFlag{Name: "breakdown", Usage: "the same as --by model"}), source.Flags()...),
			Action: analyzeAction,
		},
		{
			Name: "list", Usage: "list conversations, newest change first; or files, projects, models, gpts, snapshots", ArgsUsage: "[snapshots|files|projects|models|gpts] [SELECTOR...]",
			Description: selectors,
			Flags:       append(tableFlags(), source.Flags()...),
			Action: func(c *cli.Context) error {
				if c.Args().First() == "snapshots" {
					return snapshotsAction(c)
				}
				if make := lists[c.Args().First()]; make != nil {
					return tableAction(c, c.Args().Tail(), make)
				}
				return tableAction(c, c.Args().Slice(), func(o Options) Metric { return newList(o) })
			},
		},
		{
			Name: "branches", Usage: "list conversations with forks, or draw the tree of one", ArgsUsage: "[SELECTOR...]",
			Description: selectors + "\nWith one conversation its tree is drawn: the current path (● or *) straight down,\n" +
				"at each fork the other versions (○ or o) aside.",
			Flags: append(append(tableFlags(),
				&cli.BoolFlag{Name: "tree", Usage: "draw the tree of every selected conversation"},
				&cli.StringFlag{Name: "diff", Usage: "show word by word how the versions of a message differ: `NODE` is the id of one of them, or all"}), source.Flags()...),
			Action: branchesAction,
		},
		{
			Name: "search", Usage: "look for text in every branch of conversations", ArgsUsage: "QUERY [SELECTOR...]",
			Description: "Looks into " + strings.Join(areas[:len(areas)-1], ", ") + " unless --in says otherwise; hidden ones are\n" +
				"custom instructions, memory and set-up. What is found is shown with the branch it is on:\n" +
				"● (or *) is on the current path, ○ (or o) is not. Matches are found within one line of\n" +
				"text unless a regular expression (RE2) spans lines. Nothing found is exit code 8.\n" + selectors,
			Flags: append(append(tableFlags(),
				&cli.BoolFlag{Name: "regex", Aliases: []string{"e"}, Usage: "QUERY is a regular expression; ^ and $ are the ends of a line"},
				&cli.BoolFlag{Name: "ignore-case", Aliases: []string{"i"}, Usage: "take upper and lower case of any script for the same"},
				&cli.StringFlag{Name: "in", Value: strings.Join(areas[:len(areas)-1], ","), Usage: "look into `LIST`: " + strings.Join(areas, ", ") + ", all"},
				&cli.IntFlag{Name: "context", Aliases: []string{"C"}, Usage: "show `N` lines before and after each match"},
				&cli.BoolFlag{Name: "current-only", Usage: "look only into messages on current paths"}), source.Flags()...),
			Action: searchAction,
		},
	}
}

const (
	selectors = "SELECTOR is an id, its first 8 characters or more, a chat URL, or @FILE with one a line."
	numbers   = "Messages are counted once over all branches; words in what people read.\n" +
		"Months are UTC unless -z is given; hours are of local time in tables, of UTC in data."
)

func tableFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "format", Aliases: []string{"f"}, Value: cli.NewStringSlice("table"), Usage: "`FORM`: table, json, jsonl, csv, markdown, html (a page with charts) or svg (one chart); FORM:FILE writes a file, and -f may be repeated"},
		&cli.StringFlag{Name: "sort", Usage: "order by `COLUMN`, or COLUMN:asc or COLUMN:desc"},
		&cli.IntFlag{Name: "top", Usage: "show only the first `N` rows"},
		&cli.StringFlag{Name: "columns", Usage: "show these columns, `KEY,KEY,...`, in this order"},
		&cli.BoolFlag{Name: "ascii", Usage: "draw with ASCII characters only"},
	}
}

func orderOf(c *cli.Context) (order, error) {
	o := order{sort: c.String("sort"), top: c.Int("top"), columns: keys(c.String("columns"))}
	if err := o.outputs(c.StringSlice("format")); err != nil {
		return o, err
	}
	if o.top < 0 {
		return o, source.Fail(source.ExitUsage, "", "--top %d: not a number of rows", o.top)
	}
	o.Workers = runtime.GOMAXPROCS(0)
	o.Zone, o.Clock = time.UTC, time.UTC
	if o.people && !o.data {
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

func analyzeAction(c *cli.Context) error {
	name, rest := "overview", []string(nil)
	if c.NArg() > 0 {
		name, rest = c.Args().First(), c.Args().Tail()
	}
	r, err := findReport(name)
	if err != nil {
		return err
	}
	by := c.String("by")
	if c.Bool("breakdown") {
		if by != "" && by != "model" {
			return source.Fail(source.ExitUsage, "use one of them", "--breakdown is --by model, and --by %s is something else", truncate(cell(by, true), 40, true))
		}
		by = "model"
	}
	if r.name == "overview" && slices.ContainsFunc(c.StringSlice("format"), func(f string) bool { return f == "html" || strings.HasPrefix(f, "html:") }) && by == "" {
		return tableAction(c, rest, newAlbum)
	}
	if by == "" {
		return tableAction(c, rest, r.make)
	}
	if _, err := crossed(r, by, Options{Zone: time.UTC, Clock: time.UTC}); err != nil {
		return err
	}
	return tableAction(c, rest, func(o Options) Metric {
		m, err := crossed(r, by, o)
		if err != nil {
			panic(err) // it was asked above
		}
		return m
	})
}

// tableAction runs one metric over what the selectors choose and prints it.
func tableAction(c *cli.Context, selectors []string, metric func(Options) Metric) error {
	return withSource(c, selectors, func(o order, src *source.Source, out io.Writer) error {
		m := metric(o.Options)
		if err := o.judge(m.Table()); err != nil { // before the work is done
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

// snapshotsAction prints the runs of an archive, which no flag narrows.
func snapshotsAction(c *cli.Context) error {
	o, err := orderOf(c)
	if err != nil {
		return err
	}
	runs, err := source.Snapshots(c.String("archive"))
	if err != nil {
		return err
	}
	t, scope := snapshots(runs, o.Clock)
	if err := o.judge(t); err != nil {
		return err
	}
	return o.print(c.App.Writer, &t, scope)
}

func branchesAction(c *cli.Context) error {
	if c.IsSet("diff") {
		return diffAction(c)
	}
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

func diffAction(c *cli.Context) error {
	return withSource(c, c.Args().Slice(), func(o order, src *source.Source, out io.Writer) error {
		v, err := newVersions(out, o.screen, c.String("diff"))
		if err != nil {
			return err
		}
		scope, err := Run(c.Context, src, []Metric{v}, o.Options)
		if err == nil {
			err = v.err()
		}
		if err != nil {
			return err
		}
		return scope.Err()
	})
}

func searchAction(c *cli.Context) error {
	q, err := queryOf(c)
	if err != nil {
		return err
	}
	return withSource(c, c.Args().Tail(), func(o order, src *source.Source, out io.Writer) error {
		f := &found{zone: o.Clock, where: q.where()}
		if err := o.judge(f.Table()); err != nil {
			return err
		}
		scope, err := run(c.Context, src, o.Options, q.search, f.observe)
		if err != nil {
			return err
		}
		t := f.Table()
		if err := o.print(out, &t, scope); err != nil {
			return err
		}
		if err := scope.Err(); err != nil || len(f.all) > 0 {
			return err
		}
		return source.Fail(source.ExitNothing, "-i takes no notice of case; --in all looks into hidden text too", "nothing was found")
	})
}

func queryOf(c *cli.Context) (*query, error) {
	pattern := c.Args().First()
	if pattern == "" {
		return nil, source.Fail(source.ExitUsage, "say what to look for: gptsnap search QUERY", "there is no query")
	}
	q := &query{context: c.Int("context"), current: c.Bool("current-only")}
	var err error
	if q.in, err = parseAreas(c.String("in")); err != nil {
		return nil, err
	}
	if q.context < 0 || q.context > mostContext {
		return nil, source.Fail(source.ExitUsage, "", "--context %d: it is 0 to %d lines", q.context, mostContext)
	}
	if q.finder, err = newFinder(pattern, c.Bool("regex"), c.Bool("ignore-case")); err != nil {
		return nil, source.Fail(source.ExitUsage, "without --regex the query is plain text", "--regex: %w", err)
	}
	return q, nil
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
	o.File, o.Ledger = src.File, src.Ledger
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
