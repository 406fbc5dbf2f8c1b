package analyze

import (
	"slices"
	"strings"
	"time"

	"gptsnap/formats/source"

	"github.com/urfave/cli/v2"
)

func analyzeCommand() *cli.Command {
	return &cli.Command{
		Name: "analyze", Usage: "print statistics of all conversations, or of some", ArgsUsage: "[REPORT [SELECTOR...]]",
		Description: "REPORT is one of:\n" + reportHelp() + "\n" + selectors + "\n" + numbers,
		Flags: append(append(tableFlags(),
			&cli.StringFlag{Name: "by", Usage: "part the rows by `WHAT`: day, week, month, year, model, project, gpt or role"},
			&cli.BoolFlag{Name: "breakdown", Usage: "the same as --by model"}), source.Flags()...),
		Action: analyzeAction,
	}
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
