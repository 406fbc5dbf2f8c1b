package analyze

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"gptsnap/formats/source"

	"github.com/urfave/cli/v2"
)

// Commands are analyze, list, branches and search. What they have to know of the
// terminal they find in app.Metadata, where main puts it:
//
//	"width"    int   columns of the terminal; 0 or absent: not a terminal, 120 are used
//	"unicode"  bool  whether it shows more than ASCII; absent: it does
//	"color"    bool  whether matches may be coloured; absent: they may not
//	"progress" func(done, total int, note string)  is told how far a run is; absent: nobody is
//
// They also read a global flag "timezone" (-z). They write tables to the
// app's Writer, and a line about each conversation that could not be read to
// its ErrWriter. Their errors are [source.Failure]s where the exit code is
// not 1.
func Commands() []*cli.Command {
	return []*cli.Command{analyzeCommand(), listCommand(), branchesCommand(), searchCommand()}
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
		&cli.StringFlag{Name: "columns", Usage: "show the columns `KEY,KEY,...`, in this order"},
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
	o.screen.Color, _ = c.App.Metadata["color"].(bool)
	if c.Bool("ascii") {
		o.screen.Unicode = false
	}
	var err error
	o.Meter, err = meterOf(c)
	return o, err
}

// tableAction runs one metric over what the selectors choose and prints it.
func tableAction(c *cli.Context, selectors []string, metric func(Options) Metric) error {
	return studyAction(c, selectors, study{metric})
}

// studyAction runs reports over what the selectors choose, in one reading, and
// prints them.
func studyAction(c *cli.Context, selectors []string, reports study) error {
	return withSource(c, selectors, func(o order, src *source.Source, out io.Writer) error {
		if err := o.judgeAll(reports.blank(o.Options, false)); err != nil { // before the work is done
			return err
		}
		all, scope, err := reports.of(c.Context, src, o.Options)
		if err != nil {
			return err
		}
		if err := o.printAll(out, all, scope); err != nil {
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
	defer closing(src, &err)
	return buffered(c, func(out io.Writer) error { return f(o, src, out) })
}

// closing closes src at the end of a function that returns err.
func closing(src *source.Source, err *error) {
	if src.Close == nil {
		return
	}
	if e := src.Close(); *err == nil && e != nil {
		*err = fmt.Errorf("closing %s: %w", src.Path, e)
	}
}

// buffered gathers what f prints, which reaches the output also if f ends
// with a failure that is told after it.
func buffered(c *cli.Context, f func(io.Writer) error) error {
	out := bufio.NewWriterSize(c.App.Writer, 64<<10)
	err := f(out)
	if e := out.Flush(); e != nil && (err == nil || errors.As(err, new(*source.Failure))) {
		return fmt.Errorf("writing: %w", e)
	}
	return err
}
