package convert

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"
)

// givenTo is what a run is given, "" if that cannot be told for certain: dates
// may be relative to today, lists of conversations stand in other files, and an
// input that is a folder may change while it is read.
func givenTo(c *cli.Context, p plan) string {
	if p.set != nil || p.file || p.output == "-" || p.dry || p.redact != nil || p.format.binds {
		return ""
	}
	for _, name := range []string{"since", "until", "at", "changed-since"} {
		if c.String(name) != "" {
			return ""
		}
	}
	sum := sha256.New()
	program, err := os.Executable()
	if err != nil || hashFile(sum, program) != nil || hashFile(sum, c.String("archive")) != nil {
		return ""
	}
	for _, arg := range c.Args().Slice() {
		if strings.HasPrefix(arg, "@") {
			return ""
		}
		fmt.Fprintf(sum, "%q\n", arg)
	}
	for _, f := range slices.Concat(c.App.Flags, c.Command.Flags) {
		name := f.Names()[0]
		fmt.Fprintf(sum, "%s=%q\n", name, fmt.Sprint(c.Value(name)))
	}
	fmt.Fprintf(sum, "%q\n", p.look.Template)
	for _, zone := range []*time.Location{p.look.Zone, time.Local} {
		for day := time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() < 2040; day = day.AddDate(0, 0, 5) {
			name, offset := day.In(zone).Zone()
			fmt.Fprint(sum, name, offset, " ")
		}
	}
	return hex.EncodeToString(sum.Sum(nil))
}
