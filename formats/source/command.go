package source

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/urfave/cli/v2"
)

// Flags are those by which every reading command names its archive and
// chooses conversations. [FromContext] reads them.
func Flags() []cli.Flag {
	const choose = "SELECTION"
	return append([]cli.Flag{
		&cli.StringFlag{Name: "archive", Aliases: []string{"a"}, Value: "chatgpt.tar.zst", EnvVars: []string{"GPTSNAP_ARCHIVE"}, TakesFile: true,
			Usage: "read from `PATH`: an archive (file or folder), an official export (ZIP or folder), JSON or a HAR capture"},
		&cli.StringFlag{Category: choose, Name: "since", Usage: "changed at `DATE` or later: 2025-03-01, 2025-03-01T12:00:00Z, or 30d, 12w, 6m, 2y ago"},
		&cli.StringFlag{Category: choose, Name: "until", Usage: "changed at `DATE` or earlier; a day counts whole"},
		&cli.StringFlag{Category: choose, Name: "title", Usage: "with a title in which `REGEX` is found, in any case"},
		&cli.StringFlag{Category: choose, Name: "model", Usage: "in which a model like `GLOB` answered, as 'gpt-4*'"},
		&cli.StringFlag{Category: choose, Name: "project", Usage: "of the project `NAME`"},
		&cli.StringFlag{Category: choose, Name: "gpt", Usage: "with the custom GPT or project of this `ID`"},
		&cli.BoolFlag{Category: choose, Name: "archived", Usage: "archived by their owner"},
		&cli.BoolFlag{Category: choose, Name: "starred", Usage: "starred by their owner"},
		&cli.BoolFlag{Category: choose, Name: "deleted", Usage: "deleted on the server, as a fetch found out"},
		&cli.StringFlag{Category: choose, Name: "at", Usage: "as the archive knew the account at `DATE`; a day counts whole"},
		&cli.IntFlag{Category: choose, Name: "min-messages", Usage: "with `N` visible messages or more, in all branches together"},
	}, KeyFlags()...)
}

// FromContext opens what -a names and narrows it by the flags of [Flags] and
// by the positional arguments: ids, unique prefixes of 8 characters or more,
// chat URLs, and @FILE with one of these a line.
func FromContext(c *cli.Context) (*Source, error) { return FromArgs(c, c.Args().Slice()) }

// FromArgs is [FromContext] for a command that keeps some of its positional
// arguments to itself.
func FromArgs(c *cli.Context, selectors []string) (*Source, error) {
	sel, err := selection(c, selectors)
	if err != nil {
		return nil, err
	}
	s, err := asOf(c, &sel)
	if err != nil {
		return nil, err
	}
	chosen, err := s.Select(sel)
	if err != nil {
		s.Close()
		return nil, err
	}
	return chosen, nil
}

// asOf opens what -a names, as of the time that --at gives.
func asOf(c *cli.Context, sel *Selection) (*Source, error) {
	v := c.String("at")
	if v == "" {
		return Open(c.String("archive"), Keys(c))
	}
	zone, err := zoneOf(c)
	if err != nil {
		return nil, err
	}
	_, at, err := date(v, time.Now().In(zone))
	if err != nil {
		return nil, Fail(ExitUsage, "", "--at: %w", err)
	}
	sel.present = !sel.Deleted
	return openAt(c.String("archive"), at, Keys(c))
}

// zoneOf is the time zone in which people write dates.
func zoneOf(c *cli.Context) (*time.Location, error) {
	name := c.String("timezone")
	if name == "" {
		return time.Local, nil
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		return nil, Fail(ExitUsage, "use a name such as Europe/Berlin or UTC", "--timezone %q is not known", short(name))
	}
	return z, nil
}

func selection(c *cli.Context, selectors []string) (Selection, error) {
	sel := Selection{
		Model: c.String("model"), Project: c.String("project"), GPT: c.String("gpt"),
		Archived: c.Bool("archived"), Starred: c.Bool("starred"), MinMessages: c.Int("min-messages"), Deleted: c.Bool("deleted"),
	}
	zone, err := zoneOf(c)
	if err != nil {
		return sel, err
	}
	now := time.Now().In(zone)
	if v := c.String("since"); v != "" {
		if sel.Since, _, err = date(v, now); err != nil {
			return sel, Fail(ExitUsage, "", "--since: %w", err)
		}
	}
	if v := c.String("until"); v != "" {
		if _, sel.Until, err = date(v, now); err != nil {
			return sel, Fail(ExitUsage, "", "--until: %w", err)
		}
	}
	if !sel.Since.IsZero() && !sel.Until.IsZero() && !sel.Since.Before(sel.Until) {
		return sel, Fail(ExitUsage, "", "--since %s is not before --until %s", c.String("since"), c.String("until"))
	}
	if v := c.String("title"); v != "" {
		if sel.Title, err = regexp.Compile("(?i)" + v); err != nil {
			return sel, Fail(ExitUsage, "", "--title: %w", err)
		}
	}
	for _, s := range selectors {
		name, isFile := strings.CutPrefix(s, "@")
		if !isFile {
			sel.IDs = append(sel.IDs, s)
			continue
		}
		lines, err := selectorFile(name)
		if err != nil {
			return sel, err
		}
		sel.IDs = append(sel.IDs, lines...)
	}
	return sel, nil
}

// selectorFile reads one selector a line; empty lines and # remarks are passed.
func selectorFile(name string) ([]string, error) {
	const most = 64 << 20
	f, err := os.Open(name)
	if err != nil {
		return nil, Fail(ExitUsage, "", "@FILE: %w", err)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && len(raw) > most {
		err = errors.New("too large for a list of conversations")
	}
	if err != nil {
		return nil, Fail(ExitUsage, "", "@%s: %w", name, err)
	}
	var all []string
	lines := bufio.NewScanner(bytes.NewReader(raw))
	for lines.Scan() {
		if line := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff")); line != "" && line[0] != '#' {
			all = append(all, line)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, Fail(ExitUsage, "", "@%s: not a list of conversations, one a line: %w", name, err)
	}
	if len(all) == 0 {
		return nil, Fail(ExitUsage, "", "@%s: names no conversation", name)
	}
	return all, nil
}
