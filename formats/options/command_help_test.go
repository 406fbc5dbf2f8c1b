package options

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/urfave/cli/v2"
	"pgregory.net/rapid"
)

func TestHelpFitsTheScreenAndSaysNothingTwice(t *testing.T) {
	app := &cli.App{Name: "program", HideHelpCommand: true, Commands: []*cli.Command{{
		Name: "show", Usage: "show it", HideHelpCommand: true,
		Description: "Shows what there is, in words that are\nset anew.\n\n   shape  round, square, or any other that somebody may have drawn before\n   size   large",
		Flags: []cli.Flag{
			&cli.PathFlag{Name: "archive", Aliases: []string{"a"}, Value: "x.tar", EnvVars: []string{"ARCHIVE"}, Usage: "read from `PATH`"},
			&cli.StringSliceFlag{Name: "a-name-longer-than-others", Usage: "take only `PARTS`"},
			&cli.BoolFlag{Name: "all", Usage: "show all"},
			&cli.IntFlag{Name: "jobs", Aliases: []string{"j"}, Usage: "do `N` at a time, of which there may well be more than anybody would think (default: one)"},
			&cli.BoolFlag{Name: "zebra", Category: "FIRST DECLARED", Usage: "striped"},
			&cli.BoolFlag{Name: "ape", Category: "AND THEN", Usage: "not striped"},
		},
	}}}
	var out bytes.Buffer
	app.Writer = &out
	Help(app, func() int { return 60 })
	if err := app.Run([]string{"program", "show", "--help"}); err != nil {
		t.Fatal(err)
	}
	want := `NAME:
   program show - show it

USAGE:
   program show [command options]

DESCRIPTION:
   Shows what there is, in words that are set anew.

      shape  round, square, or any other that somebody may
             have drawn before
      size   large

OPTIONS:
   --a-name-longer-than-others PARTS
                        take only PARTS
   --all                show all
   -a, --archive PATH   read from PATH (default: x.tar)
                        [$ARCHIVE]
   -j, --jobs N         do N at a time, of which there may
                        well be more than anybody would
                        think (default: one)

FIRST DECLARED:
   --zebra              striped

AND THEN:
   --ape                not striped

   With every command go -q, -v, -z, --no-color, --progress
   and --config too: see program --help.
`
	if d := cmp.Diff(want, out.String()); d != "" {
		t.Error(d)
	}
}

func TestProseKeepsItsWordsAndItsEdge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOf(rapid.StringMatching(`[a-z]{1,12}`)).Draw(t, "words")
		width := rapid.IntRange(40, 100).Draw(t, "width")
		got := prose(strings.Join(words, rapid.SampledFrom([]string{" ", "\n"}).Draw(t, "between")), width)
		if !slices.Equal(strings.Fields(got), words) {
			t.Fatalf("words changed: %q", got)
		}
		for line := range strings.Lines("   " + got) {
			if n := len(strings.TrimSuffix(line, "\n")); n > width {
				t.Fatalf("a line of %d columns: %q", n, line)
			}
		}
	})
}
