package analyze

import (
	"slices"
	"strings"

	"gptsnap/formats/source"

	"github.com/urfave/cli/v2"
)

func analyzeCommand() *cli.Command {
	return &cli.Command{
		Name: "analyze", Usage: "print statistics of all conversations, or of some", ArgsUsage: "[REPORT[,REPORT...] [SELECTOR...]]",
		Description: "REPORT is one of:\n" + reportHelp() + "Several, parted by commas, are made in one reading of the archive; \"all\" is every one.\n\n" + selectors + "\n" + numbers,
		Flags: append(append(tableFlags(),
			&cli.StringFlag{Name: "by", Usage: "part the rows by `WHAT`: day, week, month, year, model, project, gpt or role"},
			&cli.BoolFlag{Name: "breakdown", Usage: "the same as --by model"},
			compareFlag, schemaFlag), append(meterFlags(), source.Flags()...)...),
		Action: analyzeAction,
	}
}

func analyzeAction(c *cli.Context) error {
	names, rest := "overview", []string(nil)
	if c.NArg() > 0 {
		names, rest = c.Args().First(), c.Args().Tail()
	}
	by := c.String("by")
	if c.Bool("breakdown") {
		if by != "" && by != "model" {
			return source.Fail(source.ExitUsage, "use one of them", "--breakdown is --by model, and --by %s is something else", truncate(cell(by, true), 40, true))
		}
		by = "model"
	}
	chosen, err := findReports(names)
	if err != nil {
		return err
	}
	if err := meterable(c, chosen); err != nil {
		return err
	}
	var s study
	for _, r := range chosen {
		make, err := r.by(by)
		if err != nil {
			return err
		}
		s = append(s, make)
	}
	if c.Bool("schema") {
		return schemaAction(c, s)
	}
	if c.String("compare") != "" {
		return compareAction(c, rest, s)
	}
	if len(chosen) == 1 && chosen[0].name == "overview" && slices.ContainsFunc(c.StringSlice("format"), func(f string) bool { return f == "html" || strings.HasPrefix(f, "html:") }) {
		s = study{newAlbum}
	}
	return studyAction(c, rest, s)
}
