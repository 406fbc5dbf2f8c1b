package analyze

import (
	"io"

	"gptsnap/formats/source"

	"github.com/urfave/cli/v2"
)

var compareFlag = &cli.StringFlag{Name: "compare", Usage: "beside the state now, or that of --at, show the one at `DATE`, and the difference"}

// compareAction runs reports over the state at the date of --compare and over
// the present one, or that of --at, and prints them side by side.
func compareAction(c *cli.Context, selectors []string, reports study) (err error) {
	o, err := orderOf(c)
	if err != nil {
		return err
	}
	if err := o.judgeAll(reports.blank(o.Options, true)); err != nil {
		return err
	}
	date := c.String("compare")
	before, after, err := source.TwoFromArgs(c, selectors, date)
	if err != nil {
		return err
	}
	defer closing(before, &err)
	defer closing(after, &err)
	return buffered(c, func(out io.Writer) error {
		then, was, err := reports.of(c.Context, before, o.Options)
		if err != nil && !nothing(err) {
			return err
		}
		now, scope, again := reports.of(c.Context, after, o.Options)
		if again != nil && (err != nil || !nothing(again)) {
			return again
		}
		scope = both(was, scope, date, c.String("at"))
		if err := o.printAll(out, compared(then, now), scope); err != nil {
			return err
		}
		return scope.Err()
	})
}
