package analyze

import (
	"io"

	"gptsnap/formats/source"

	"github.com/urfave/cli/v2"
)

func branchesCommand() *cli.Command {
	return &cli.Command{
		Name: "branches", Usage: "list conversations with forks, or draw the tree of one", ArgsUsage: "[SELECTOR...]",
		Description: selectors + "\nWith one conversation its tree is drawn: the current path (● or *) straight down,\n" +
			"at each fork the other versions (○ or o) aside.",
		Flags: append(append(tableFlags(),
			&cli.BoolFlag{Name: "tree", Usage: "draw the tree of every selected conversation"},
			&cli.StringFlag{Name: "diff", Usage: "show word by word how the versions of a message differ: `NODE` is the id of one of them, or all"},
			schemaFlag), source.Flags()...),
		Action: branchesAction,
	}
}

func branchesAction(c *cli.Context) error {
	if err := drawable(c); err != nil {
		return err
	}
	if c.Bool("schema") {
		return schemaAction(c, study{func(o Options) Metric { return newBranches(o, true) }})
	}
	if c.IsSet("diff") {
		return diffAction(c)
	}
	return withSource(c, c.Args().Slice(), func(o order, src *source.Source, out io.Writer) error {
		m := newBranches(o.Options, c.NArg() > 0)
		if err := o.judge(m.Table()); err != nil {
			return err
		}
		metrics := []Metric{m}
		every := &forest{w: out, s: o.screen}
		if c.Bool("tree") {
			metrics = []Metric{every}
		}
		scope, err := Run(c.Context, src, metrics, o.Options)
		switch {
		case err != nil:
		case metrics[0] == every:
			err = every.err
		case m.one != nil && o.format == "table" && len(o.columns) == 0:
			err = draw(out, m.one, o.screen)
			o.format = "" // what is left are files
			fallthrough
		default:
			if t := m.Table(); err == nil {
				err = o.print(out, &t, scope)
			}
		}
		if err != nil {
			return err
		}
		return scope.Err()
	})
}

// drawable refuses flags that shape tables where something else is printed.
func drawable(c *cli.Context) error {
	drawn := "--tree"
	if c.IsSet("diff") {
		drawn = "--diff"
	} else if !c.Bool("tree") {
		return nil
	}
	others := []string{"sort", "top", "columns", "schema"}
	if drawn == "--diff" {
		others = append(others, "tree")
	}
	for _, name := range others {
		if c.IsSet(name) {
			return source.Fail(source.ExitUsage, "use one of them", "%s and --%s do not go together", drawn, name)
		}
	}
	for _, f := range c.StringSlice("format") {
		if f != "table" {
			return source.Fail(source.ExitUsage, "without "+drawn+" there is a table of all branches, in every form", "%s is text for people, and -f %s is not", drawn, truncate(cell(f, true), 40, true))
		}
	}
	return nil
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
