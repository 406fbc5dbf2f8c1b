package analyze

import (
	"fmt"
	"slices"
	"strings"

	"gptsnap/formats/source"
)

// A report is what `analyze NAME` prints.
type report struct {
	name, about string
	dimension   string // what its rows are by, "" if by none that --by knows
	make        func(Options) Metric
	parts       func(Options, dimension) Metric // makes it with its rows parted by --by; nil: it has no parts
	never       map[string]string               // dimensions that part nothing here, and why
}

// reports is the table of all of them, in the order of the help text.
var reports = []report{
	{"overview", "the numbers that matter, and messages per month", "", newOverview, nil, nil},
	{"daily", "conversations, messages and words per day", "day", func(o Options) Metric { return newPeriods(daily, o) }, crossed("daily", "day"), nil},
	{"weekly", "the same per ISO week", "week", func(o Options) Metric { return newPeriods(weekly, o) }, crossed("weekly", "week"), nil},
	{"monthly", "the same per month", "month", func(o Options) Metric { return newPeriods(monthly, o) }, crossed("monthly", "month"), nil},
	{"yearly", "the same per year", "year", func(o Options) Metric { return newPeriods(yearly, o) }, crossed("yearly", "year"), nil},
	{"models", "answers and words by the model that gave them", "model", newModels, crossed("models", "model"), nil},
	{"projects", "messages and words by project", "project", groupsOf("projects", "Projects", "project"), crossed("projects", "project"), nil},
	{"gpts", "messages and words by custom GPT", "gpt", groupsOf("gpts", "Custom GPTs", "gpt"), crossed("gpts", "gpt"), nil},
	{"branches", "conversations with forks: versions, and what was left behind", "", newForks, newForksBy, nil},
	{"conversations", "every conversation with all that is counted of it: --sort by any column", "", newChats, nil, nil},
	{"words", "how long messages are", "", newSpread, newLengths, nil},
	{"code", "blocks and lines of code by language", "", newCode, newCodeBy, nil},
	{"tools", "calls, failures and durations of tools", "", newTools, newToolsBy, map[string]string{"role": "calls and answers have columns of their own"}},
	{"sources", "domains that answers cite", "", newSources, newSourcesBy, nil},
	{"files", "files by kind: bytes, and how many are missing", "", newFiles, nil, nil},
	{"hours", "weekday by hour: when you write", "", newHours, nil, nil},
	{"streaks", "days in a row on which you wrote", "", newStreaks, nil, nil},
	{"response-time", "from prompt to answer, by model", "model", newResponse, newResponseBy, nil},
	{"coverage", "what is missing or odd", "", newCoverage, nil, nil},
}

// lists are what `list NAME` prints, beside the conversations.
var lists = map[string]func(Options) Metric{
	"files": newFileList, "models": newModels,
	"projects": groupsOf("projects", "Projects", "project"), "gpts": groupsOf("gpts", "Custom GPTs", "gpt"),
}

// groupsOf makes the maker of a report by one dimension.
func groupsOf(name, title, by string) func(Options) Metric {
	return func(o Options) Metric {
		d, err := findDimension(by)
		if err != nil {
			panic(err) // the table above names a dimension that is not there
		}
		return newGroups(name, title, o, d)
	}
}

func findReport(name string) (report, error) {
	var names []string
	for _, r := range reports {
		if r.name == name {
			return r, nil
		}
		names = append(names, r.name)
	}
	hint := "reports: " + strings.Join(names, ", ")
	if selects(name) {
		hint = "the report comes first: gptsnap analyze overview " + truncate(cell(name, true), 60, true) + "; " + hint
	} else if near := nearest(name, names); near != "" {
		hint = "did you mean " + near + "? " + hint
	}
	return report{}, source.Fail(source.ExitUsage, hint, "there is no report %q", truncate(cell(name, true), 40, true))
}

// selects reports whether name looks like a selector in the place of a report.
func selects(name string) bool {
	digits := strings.Count(name, "-")
	for _, r := range name {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'f' {
			digits++
		}
	}
	return digits == len(name) && len(name) >= 8 || strings.HasPrefix(name, "@") || strings.Contains(name, "://")
}

// findReports finds the reports that a list parted by commas names, each once.
func findReports(list string) ([]report, error) {
	var all []report
	for _, name := range strings.Split(list, ",") {
		if name == "all" {
			return reports, nil
		}
		r, err := findReport(name)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(all, func(one report) bool { return one.name == name }) {
			all = append(all, r)
		}
	}
	return all, nil
}

// nearest is the one of names that takes the fewest changes of a letter to
// become name, "" if none takes two or fewer.
func nearest(name string, names []string) string {
	best, least := "", 3
	for _, n := range names {
		if len(name) > len(n)+2 {
			continue
		}
		if d := changes(strings.ToLower(name), n); d < least || d < len(n) && strings.HasPrefix(n, name) && len(name) > 1 && best == "" {
			best, least = n, min(d, least)
		}
	}
	return best
}

// changes is the Levenshtein distance of a and b in bytes.
func changes(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := corner
			if a[i] != b[j] {
				cost++
			}
			corner = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

func reportHelp() string {
	var b strings.Builder
	for _, r := range reports {
		fmt.Fprintf(&b, "  %-14s %s\n", r.name, r.about)
	}
	return b.String()
}
