package options

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/urfave/cli/v2"
	"pgregory.net/rapid"
)

// heard is what a command of the test's program was told.
type heard struct {
	Command, Archive, Format, Zone string
	Tags, Arguments                []string
	Fold, Quiet                    bool
	Top                            int
}

// program is a small one with flags of every kind.
func program(out *heard) *cli.App {
	hear := func(c *cli.Context) error {
		*out = heard{Command: c.Command.Name, Archive: c.String("archive"), Format: c.String("format"), Zone: c.String("zone"), Tags: c.StringSlice("tag"),
			Arguments: c.Args().Slice(), Fold: c.Bool("fold"), Quiet: c.Bool("quiet"), Top: c.Int("top")}
		return nil
	}
	flags := func() []cli.Flag {
		return []cli.Flag{
			&cli.PathFlag{Name: "archive", Aliases: []string{"a"}, EnvVars: []string{"OPTIONS_TEST_ARCHIVE"}, Value: "own"},
			&cli.StringFlag{Name: "format", Aliases: []string{"f"}, Value: "plain"},
			&cli.StringSliceFlag{Name: "tag"},
			&cli.BoolFlag{Name: "fold"},
			&cli.IntFlag{Name: "top"},
		}
	}
	return &cli.App{
		Name: "program", Writer: io.Discard, ErrWriter: io.Discard, HideHelpCommand: true, DisableSliceFlagSeparator: true,
		Flags:    []cli.Flag{&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}}, &cli.StringFlag{Name: "zone"}, &cli.PathFlag{Name: "config"}},
		Commands: []*cli.Command{{Name: "show", Flags: flags(), Action: hear}, {Name: "count", Flags: flags(), Action: hear}, {Name: "plain", Action: hear}},
	}
}

// hearing runs a command line, with settings if there are any.
func hearing(t interface{ Fatal(...any) }, s *Settings, args ...string) (heard, []string, error) {
	var h heard
	app := program(&h)
	line, err := Parse(app, append([]string{"program"}, args...))
	if err != nil {
		return h, nil, err
	}
	var taken []string
	if s != nil {
		if taken, err = line.Take(s); err != nil {
			return h, nil, err
		}
	}
	if err := app.Run(line.Args()); err != nil {
		t.Fatal(args, err)
	}
	return h, taken, nil
}

func TestFlagsStandAnywhere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		flags := [][]string{{"-a", "x.zst"}, {"--format=-"}, {"--tag", "one"}, {"--tag=two,three"}, {"-fold"}, {"--top", "-3"}, {"-q"}, {"--zone", "count"}}
		// An argument may have the name of a command, once the command is named.
		words := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "-", "show", "count", "", "é"}), 0, 4).Draw(t, "arguments")
		units := [][]string{}
		for _, w := range words {
			units = append(units, []string{w})
		}
		for _, f := range rapid.Permutation(flags).Draw(t, "order") {
			units = slices.Insert(units, rapid.IntRange(0, len(units)).Draw(t, "place"), f)
		}
		after := rapid.SliceOfN(rapid.SampledFrom([]string{"--fold", "--", "-x", "b"}), 0, 3).Draw(t, "after --")
		args := slices.Concat([]string{"show"}, slices.Concat(units...), []string{"--"}, after)
		got, _, err := hearing(t, nil, args...)
		if err != nil {
			t.Fatal(err)
		}
		tags := []string{"one", "two,three"}
		slices.Sort(got.Tags)
		want := heard{Command: "show", Archive: "x.zst", Format: "-", Zone: "count", Tags: tags, Arguments: append(slices.Clone(words), after...), Fold: true, Quiet: true, Top: -3}
		if d := cmp.Diff(want, got, equateEmpty); d != "" {
			t.Fatalf("%q: %s", args, d)
		}
	})
}

var equateEmpty = cmp.Transformer("empty", func(s []string) []string {
	if len(s) == 0 {
		return nil
	}
	return s
})

func TestAFlagThatLacksItsValueIsNamed(t *testing.T) {
	_, _, err := hearing(t, nil, "show", "--format")
	if err == nil || !strings.Contains(err.Error(), "--format") {
		t.Fatal(err)
	}
}

// settings reads text as a file of a folder of its own.
func settings(t *testing.T, text string) (*Settings, string, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Read(file)
	return s, filepath.Dir(file), err
}

func TestTypedThenEnvironmentThenSettings(t *testing.T) {
	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	s, dir, err := settings(t, `
archive = "kept/chats.zst"
zone = "UTC"
quiet = true
[show]
format = "wide"
tag = ["one", "two, three"]
top = 7
fold = false
[count]
f = "csv"
archive = '`+elsewhere+`'
`)
	if err != nil {
		t.Fatal(err)
	}
	own := filepath.Join(dir, "kept", "chats.zst")
	for name, c := range map[string]struct {
		args  []string
		env   string
		want  heard
		taken []string
	}{
		"nothing is typed": {[]string{"show", "x"}, "",
			heard{Command: "show", Archive: own, Format: "wide", Zone: "UTC", Tags: []string{"one", "two, three"}, Arguments: []string{"x"}, Quiet: true, Top: 7},
			[]string{"archive", "quiet", "zone", "show.fold", "show.format", "show.tag", "show.top"}},
		"what is typed stays": {[]string{"show", "-f", "thin", "--fold", "-a", "mine", "--tag", "four", "--zone", "Asia/Tokyo", "--top=1", "-q=false"}, "set",
			heard{Command: "show", Archive: "mine", Format: "thin", Zone: "Asia/Tokyo", Tags: []string{"four"}, Fold: true, Top: 1}, nil},
		"the environment goes before": {[]string{"show", "--tag=x", "--top", "2", "--format", "y", "--fold"}, "set",
			heard{Command: "show", Archive: "set", Format: "y", Zone: "UTC", Tags: []string{"x"}, Fold: true, Quiet: true, Top: 2}, []string{"quiet", "zone"}},
		"another command has its own": {[]string{"count"}, "",
			heard{Command: "count", Archive: elsewhere, Format: "csv", Zone: "UTC", Quiet: true}, []string{"quiet", "zone", "count.archive", "count.f"}},
		"a command without an archive": {[]string{"plain"}, "", heard{Command: "plain", Zone: "UTC", Quiet: true}, []string{"quiet", "zone"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("OPTIONS_TEST_ARCHIVE", c.env)
			got, taken, err := hearing(t, s, c.args...)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, got, equateEmpty); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(c.taken, taken, equateEmpty); d != "" {
				t.Error("taken:", d)
			}
		})
	}
}

func TestPathsAreOfTheSettingsFolder(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	for value, want := range map[string]string{
		`~/a.zst`: home + string(filepath.Separator) + "a.zst", `-`: "-", `~x`: "DIR/~x", `b/../c`: "DIR/c", `d/`: "DIR/d/",
	} {
		s, dir, err := settings(t, `archive = "`+value+`"`)
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := hearing(t, s, "show")
		if want = filepath.FromSlash(strings.ReplaceAll(want, "DIR", filepath.ToSlash(dir))); err != nil || filepath.FromSlash(got.Archive) != want {
			t.Errorf("%s: %q, %v, want %q", value, got.Archive, err, want)
		}
	}
}

func TestDatesNeedNoQuotes(t *testing.T) {
	for text, want := range map[string]string{"2025-03-01": "2025-03-01", "2025-03-01T12:00:00": "2025-03-01T12:00:00", "2025-03-01T12:00:00Z": "2025-03-01T12:00:00Z", "3": "3", "true": "true"} {
		s, _, err := settings(t, "[show]\nformat = "+text)
		if err != nil {
			t.Fatal(err)
		}
		if got, _, err := hearing(t, s, "show"); err != nil || got.Format != want {
			t.Errorf("%s: %q %v", text, got.Format, err)
		}
	}
}

func TestWrongSettingsAreNamed(t *testing.T) {
	for text, want := range map[string]string{
		"archive = 'x'\nzone = ":            "line 2",
		"nosuch = 1":                        `"nosuch"`,
		"format = 'x'":                      "for all commands", // and says where it belongs
		"[nosuch]\na = 1":                   `command "nosuch"`,
		"[count]\nnosuch = 1":               `[count] has no "nosuch"`, // though another command runs
		"[show]\ntop = [[1]]":               "a list in a list",
		"[show]\ntop = {a = 1}":             "show.top",
		"config = 'x'":                      `"config"`,
		"\x00":                              "line 1",
		strings.Repeat("# long\n", 1<<20/6): "1 MiB",
	} {
		s, _, err := settings(t, text)
		if err == nil {
			_, _, err = hearing(t, s, "show")
		}
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "config.toml") {
			t.Errorf("%.40q: %v, want %q", text, err, want)
		}
		if exit, ok := err.(interface{ ExitCode() int }); !ok || exit.ExitCode() != 2 {
			t.Errorf("%.40q: no error of usage: %v", text, err)
		}
	}
	if _, err := Read(filepath.Join(t.TempDir(), "none.toml")); err == nil {
		t.Error("a file that was named need not be there")
	}
}

func TestTheUsualFileNeedNotBeThere(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"HOME", "XDG_CONFIG_HOME", "AppData"} {
		t.Setenv(name, dir)
	}
	s, err := Read("")
	if err != nil {
		t.Fatal(err)
	}
	if _, taken, err := hearing(t, s, "show"); err != nil || taken != nil {
		t.Fatal(taken, err)
	}
	if err := os.MkdirAll(filepath.Dir(Usual()), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(Usual(), []byte("zone = 'UTC'"), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err = Read(""); err != nil {
		t.Fatal(err)
	}
	if got, _, err := hearing(t, s, "show"); err != nil || got.Zone != "UTC" {
		t.Fatal(got, err)
	}
}

func FuzzSettings(f *testing.F) {
	for _, seed := range []string{"archive = 'x'", "[show]\ntag = ['a', 1, true]", "[show.deep]\na = 1", "a.b.c = 1", "[[show]]", "x = 1979-05-27"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		file := filepath.Join(t.TempDir(), "config.toml")
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Read(file)
		if err != nil {
			return
		}
		var h heard
		line, err := Parse(program(&h), []string{"program", "show"})
		if err != nil {
			t.Fatal(err)
		}
		before := line.Args()
		if taken, err := line.Take(s); err == nil && len(taken) == 0 && !slices.Equal(before, line.Args()) {
			t.Fatal(line.Args())
		}
	})
}
