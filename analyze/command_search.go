package analyze

import (
	"io"
	"strings"

	"gptsnap/formats/source"

	"github.com/urfave/cli/v2"
)

func searchCommand() *cli.Command {
	return &cli.Command{
		Name: "search", Usage: "look for text in every branch of conversations", ArgsUsage: "QUERY [SELECTOR...]",
		Description: "Looks into " + strings.Join(areas[:len(areas)-1], ", ") + " unless --in says otherwise; hidden ones are\n" +
			"custom instructions, memory and set-up. What is found is shown with the branch it is on:\n" +
			"● (or *) is on the current path, ○ (or o) is not. Matches are found within one line of\n" +
			"text unless a regular expression (RE2) spans lines. Nothing found is exit code 8.\n" + selectors,
		Flags: append(append(tableFlags(),
			&cli.BoolFlag{Name: "regex", Aliases: []string{"e"}, Usage: "QUERY is a regular expression; ^ and $ are the ends of a line"},
			&cli.BoolFlag{Name: "ignore-case", Aliases: []string{"i"}, Usage: "take upper and lower case of any script for the same"},
			&cli.StringFlag{Name: "in", Value: strings.Join(areas[:len(areas)-1], ","), Usage: "look into `LIST`: " + strings.Join(areas, ", ") + ", all"},
			&cli.IntFlag{Name: "context", Aliases: []string{"C"}, Usage: "show `N` lines before and after each match"},
			&cli.BoolFlag{Name: "current-only", Usage: "look only into messages on current paths"},
			schemaFlag), source.Flags()...),
		Action: searchAction,
	}
}

func searchAction(c *cli.Context) error {
	if c.Bool("schema") {
		return printSchema(c, func(o Options) []Table { return []Table{new(query).found(o).Table()} })
	}
	q, err := queryOf(c)
	if err != nil {
		return err
	}
	return withSource(c, c.Args().Tail(), func(o order, src *source.Source, out io.Writer) error {
		f := q.found(o.Options)
		if err := o.judge(f.Table()); err != nil {
			return err
		}
		scope, err := run(c.Context, src, o.Options, q.search, f.observe)
		if err != nil {
			return err
		}
		if len(f.all) == 0 && o.format == "table" {
			o.format = "" // the error says all there is to say
		}
		t := f.Table()
		if err := o.print(out, &t, scope); err != nil {
			return err
		}
		if err := scope.Err(); err != nil || len(f.all) > 0 {
			return err
		}
		return source.Fail(source.ExitNothing, q.otherwise(c), "nothing was found in %s: %s", count(scope.Conversations, "conversation"), q.where())
	})
}

// otherwise says how to look for what was not found.
func (q *query) otherwise(c *cli.Context) string {
	var ways []string
	if strings.ContainsRune(strings.TrimSpace(c.Args().First()), ' ') && !c.Bool("regex") {
		ways = append(ways, "words are found as they stand, side by side")
	}
	if !c.Bool("ignore-case") {
		ways = append(ways, "-i takes no notice of case")
	}
	if !q.in["hidden"] {
		ways = append(ways, "--in all looks into hidden text too")
	}
	return strings.Join(ways, "; ")
}

func queryOf(c *cli.Context) (*query, error) {
	pattern := c.Args().First()
	if pattern == "" {
		return nil, source.Fail(source.ExitUsage, "say what to look for: gptsnap search QUERY", "there is no query")
	}
	q := &query{context: c.Int("context"), current: c.Bool("current-only")}
	var err error
	if q.in, err = parseAreas(c.String("in")); err != nil {
		return nil, err
	}
	if q.context < 0 || q.context > mostContext {
		return nil, source.Fail(source.ExitUsage, "", "--context %d: it is 0 to %d lines", q.context, mostContext)
	}
	if q.finder, err = newFinder(pattern, c.Bool("regex"), c.Bool("ignore-case")); err != nil {
		return nil, source.Fail(source.ExitUsage, "without --regex the query is plain text", "--regex: %w", err)
	}
	return q, nil
}
