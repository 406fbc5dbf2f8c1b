package analyze

import "github.com/urfave/cli/v2"

var schemaFlag = &cli.BoolFlag{Name: "schema", Usage: "print the JSON Schema of what -f json writes, and read nothing"}

// schemaAction prints the schema of reports, as the other flags shape them.
func schemaAction(c *cli.Context, reports study) error {
	return printSchema(c, func(o Options) []Table { return reports.blank(o, c.String("compare") != "") })
}

// printSchema prints the schema of tables without rows.
func printSchema(c *cli.Context, blank func(Options) []Table) error {
	o, err := orderOf(c)
	if err != nil {
		return err
	}
	all := blank(o.Options)
	if err := o.judgeAll(all); err != nil {
		return err
	}
	for i := range all {
		if err := all[i].Pick(o.columns); err != nil {
			return err
		}
	}
	return WriteSchema(c.App.Writer, all)
}
