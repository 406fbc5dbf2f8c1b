package analyze

import (
	"gptsnap/formats/source"

	"github.com/urfave/cli/v2"
)

func listCommand() *cli.Command {
	return &cli.Command{
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
	}
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
