package analyze

import (
	"gptsnap/formats/source"

	"github.com/urfave/cli/v2"
)

func listCommand() *cli.Command {
	return &cli.Command{
		Name: "list", Usage: "list conversations, newest change first; or files, projects, models, gpts, snapshots", ArgsUsage: "[snapshots|files|projects|models|gpts] [SELECTOR...]",
		Description: selectors,
		Flags:       append(append(tableFlags(), schemaFlag), source.Flags()...),
		Action: func(c *cli.Context) error {
			if c.Args().First() == "snapshots" {
				return snapshotsAction(c)
			}
			make, rest := lists[c.Args().First()], c.Args().Tail()
			if make == nil {
				make, rest = func(o Options) Metric { return newList(o) }, c.Args().Slice()
			}
			if c.Bool("schema") {
				return schemaAction(c, study{make})
			}
			return tableAction(c, rest, make)
		},
	}
}

// snapshotsAction prints the runs of an archive, which no flag narrows.
func snapshotsAction(c *cli.Context) error {
	o, err := orderOf(c)
	if err != nil {
		return err
	}
	if c.Bool("schema") {
		t, _ := snapshots(nil, o.Clock)
		return WriteSchema(c.App.Writer, []Table{t})
	}
	runs, err := source.Snapshots(c.String("archive"), source.Keys(c))
	if err != nil {
		return err
	}
	t, scope := snapshots(runs, o.Clock)
	if err := o.judge(t); err != nil {
		return err
	}
	return o.print(c.App.Writer, &t, scope)
}
