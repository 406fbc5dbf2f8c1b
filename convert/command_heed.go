package convert

import (
	"log/slog"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// heeds tells of each flag that does not concern every format which ones take
// notice of it. What it asks of the others is not done, and that is said: who
// types --branches current would else believe that a database has no more.
var heeds = map[string][]string{
	"branches":       {"markdown", "html", "text", "epub", "jsonl"},
	"hidden":         {"markdown", "html", "text", "epub", "jsonl"},
	"thinking":       {"markdown", "html", "text", "epub"},
	"tools":          {"markdown", "html", "text", "epub"},
	"timestamps":     {"markdown", "text", "epub"},
	"citations":      {"markdown", "text", "epub"},
	"user-name":      {"markdown", "html", "text", "epub"},
	"assistant-name": {"markdown", "html", "text", "epub"},
	"name":           {"markdown", "html", "text", "jsonl"},
	"layout":         {"markdown", "html", "text", "jsonl"},
	"on-conflict":    {"markdown", "html", "text", "jsonl"},
	"flavor":         {"markdown"},
	"single-file":    {"html"},
	"no-highlight":   {"html"},
	"no-math":        {"html"},
	"no-statistics":  {"html"},
	"schema":         {"jsonl"},
	"system":         {"jsonl"},
	"min-turns":      {"jsonl"},
	"dedupe":         {"jsonl"},
	"account":        {"sqlite", "parquet"},
	"partition":      {"parquet"},
}

// unheeded warns of flags that were set and change nothing in what is written.
func unheeded(c *cli.Context, p plan) {
	log, ok := c.App.Metadata["log"].(*slog.Logger)
	if !ok {
		return
	}
	format := p.format.name
	if p.set != nil {
		format = p.set.name
	}
	for _, f := range c.Command.Flags {
		name := f.Names()[0]
		if formats, some := heeds[name]; some && c.IsSet(name) && !slices.Contains(formats, format) {
			log.Warn("--" + name + " changes nothing in " + format + ": it is for " + strings.Join(formats, ", "))
		}
	}
}
