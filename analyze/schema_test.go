package analyze

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gptsnap/formats/source"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"
)

// everyTable makes every table that has a schema, by the name of its file:
// reports, lists, and reports with their rows parted in each way there is.
func everyTable() map[string]func(Options) Metric {
	all := map[string]func(Options) Metric{
		"list":             func(o Options) Metric { return newList(o) },
		"branches command": func(o Options) Metric { return newBranches(o, true) },
	}
	for name, make := range lists {
		if name == "files" {
			all["list files"] = make
		}
	}
	for _, r := range reports {
		all[r.name] = r.make
		if _, ok := r.make(utc).(interface{ metered() bool }); ok {
			all[r.name+" by cost"] = func(o Options) Metric { return r.make(charged(o)) }
		}
		for _, d := range dimensions {
			if make, err := r.by(d.key); err == nil {
				all[r.name+" by "+d.key] = make
			}
		}
	}
	return all
}

func indented(t testing.TB, raw []byte) string {
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
	return b.String()
}

func schemaText(t testing.TB, all ...Table) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteSchema(&b, all); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// compiled is a schema as an independent library reads it.
func compiled(t testing.TB, text []byte) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("report.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("report.json")
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return s
}

func TestTheSchemaOfEveryReportIsTheOneOnFile(t *testing.T) {
	t.Parallel()
	files := map[string]bool{}
	runs, _ := snapshots(nil, utc.Clock)
	tables := map[string]Table{"list snapshots": runs, "search": new(query).found(utc).Table()}
	for name, make := range everyTable() {
		tables[name] = make(utc).Table()
	}
	for name, table := range tables {
		if strings.Contains(name, " by ") {
			continue // of these the program prints the schema
		}
		file := strings.ReplaceAll(name, " ", "-") + ".json"
		files[file] = true
		path := filepath.Join("schema", file)
		now := indented(t, schemaText(t, table))
		if *update {
			if err := os.WriteFile(path, []byte(now), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		kept, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(kept), now); d != "" {
			t.Errorf("%s: other programs read these keys; add some if you must, and write the file anew with -update:\n%s", path, d)
		}
	}
	there, err := filepath.Glob("schema/*.json")
	if err != nil || len(there) != len(files) {
		t.Errorf("%d files for %d schemas, %v", len(there), len(files), err)
	}
}

func TestEveryColumnHasAMeaningAndEveryMeaningAColumn(t *testing.T) {
	t.Parallel()
	used := map[string]bool{"state": true}
	runs, _ := snapshots(nil, utc.Clock)
	tables := []Table{runs, new(query).found(utc).Table()}
	for _, make := range everyTable() {
		tables = append(tables, make(utc).Table())
	}
	for _, table := range tables {
		for _, key := range table.Keys() {
			if describe(table.Report, key) == "" {
				t.Errorf("%s: what is %q? Say it in meanings.go", table.Report, key)
			}
			if own := table.Report + "/" + key; meanings[own] != "" {
				used[own] = true
			} else {
				used[key] = true
			}
		}
	}
	for key := range meanings {
		if !used[key] {
			t.Errorf("no report has %q", key)
		}
	}
}

// obeys holds what a table is as JSON to its schema, and its rows to having
// the keys of the schema and no other.
func obeys(t interface {
	Helper()
	Fatalf(string, ...any)
}, s *jsonschema.Schema, table *Table, scope Scope) {
	t.Helper()
	var b bytes.Buffer
	if err := WriteJSON(&b, table, scope); err != nil {
		t.Fatalf("%v", err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b.Bytes()))
	if err == nil {
		err = s.Validate(doc)
	}
	if err != nil {
		t.Fatalf("%s: %v\n%.2000s", table.Report, err, b.String())
	}
	known := s.Properties["rows"].Items2020.Properties
	for _, row := range doc.(map[string]any)["rows"].([]any) {
		for key := range row.(map[string]any) {
			if known[key] == nil {
				t.Fatalf("%s: its schema does not know %q", table.Report, key)
			}
		}
	}
	for key := range doc.(map[string]any)["total"].(map[string]any) {
		if s.Properties["total"].Properties[key] == nil {
			t.Fatalf("%s: its schema knows no total of %q", table.Report, key)
		}
	}
}

func TestWhatReportsWriteObeysTheirSchemas(t *testing.T) {
	t.Parallel()
	o := utc
	o.File = shelf
	makers, schemas := everyTable(), map[string]*jsonschema.Schema{}
	for name, make := range makers {
		blank := make(o).Table()
		two := comparison(&blank, &blank)
		schemas[name], schemas[name+" compared"] = compiled(t, schemaText(t, blank)), compiled(t, schemaText(t, two))
	}
	invented := account(40)
	furnish(invented)
	for _, name := range slices.Sorted(maps.Keys(makers)) {
		now, scope := tableOf(t, invented, makers[name](o), o)
		then, was := tableOf(t, invented[:20], makers[name](o), o)
		if len(now.Rows) == 0 {
			t.Errorf("%s has no rows to look at", name)
		}
		obeys(t, schemas[name], &now, scope)
		two := comparison(&then, &now)
		obeys(t, schemas[name+" compared"], &two, both(was, scope, "2025-01-01", ""))
	}
	rapid.Check(t, func(t *rapid.T) {
		all := conversations(t)
		if rapid.Bool().Draw(t, "hostile") {
			for _, c := range all {
				dress(c, func() string { return rapid.SampledFrom(hostile).Draw(t, "text") })
			}
		}
		var metrics []Metric
		for _, r := range reports { // parts have the same kinds of columns
			metrics = append(metrics, r.make(o))
		}
		if _, err := Run(context.Background(), from(all), metrics, o); err != nil {
			t.Fatal(err)
		}
		for i, r := range reports {
			table := metrics[i].Table()
			obeys(t, schemas[r.name], &table, Scope{Source: "test", Conversations: len(all)})
		}
	})
}

func TestWhatASearchWritesObeysItsSchema(t *testing.T) {
	t.Parallel()
	schema := compiled(t, schemaText(t, new(query).found(utc).Table()))
	everywhere, err := parseAreas("all")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		all := conversations(t)
		for _, c := range all {
			dress(c, func() string { return rapid.SampledFrom(hostile).Draw(t, "text") })
		}
		finder, err := newFinder(rapid.SampledFrom([]string{".", `\S+`, "[^a-z]"}).Draw(t, "query"), true, false)
		if err != nil {
			t.Fatal(err)
		}
		found := searched(t, all, &query{finder: finder, in: everywhere, context: rapid.IntRange(0, 3).Draw(t, "context")})
		obeys(t, schema, &found, Scope{Source: "test", Conversations: len(all)})
	})
}

func TestASchemaRefusesWhatIsNotItsReport(t *testing.T) {
	t.Parallel()
	table, scope := tableOf(t, account(9), newPeriods(monthly, utc), utc)
	s := compiled(t, schemaText(t, table))
	var b bytes.Buffer
	if err := WriteJSON(&b, &table, scope); err != nil {
		t.Fatal(err)
	}
	whole := b.String()
	for _, k := range [][2]string{
		{`"report":"monthly"`, `"report":"yearly"`},
		{`"schema":1`, `"schema":2`},
		{`"conversations":9`, `"conversations":"9"`},
		{`"messages":`, `"posts":`},
		{`"month":"2`, `"month":2,"n":"`},
		{`"words_user":`, `"words_user":-`},
		{`"total":{`, `"sum":{`},
	} {
		broken := strings.ReplaceAll(whole, k[0], k[1])
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(broken))
		if err != nil || broken == whole {
			t.Fatalf("%v: %v", k, err)
		}
		if s.Validate(doc) == nil {
			t.Errorf("with %s for %s it is still taken for the report", k[1], k[0])
		}
	}
}

func TestTheProgramPrintsSchemas(t *testing.T) {
	t.Parallel()
	in := samples + "02-branches-regenerate-edit.json"
	for _, args := range [][]string{
		{"analyze", "models"}, {"analyze", "all"}, {"analyze", "--by", "month", "models"}, {"analyze", "--columns", "model,words", "models"},
		{"list"}, {"list", "files"}, {"branches"}, {"branches", "--columns", "leaves,id"},
		{"search", "museum"}, {"search", "-e", "--in", "all", "--columns", "excerpts,matches", "[a-z]+"},
	} {
		schema, log, code := gptsnap(t, append([]string{args[0], "--schema"}, args[1:]...)...)
		if code != 0 {
			t.Errorf("%q: code %d, %s", args, code, log)
			continue
		}
		text, _, _ := gptsnap(t, append([]string{args[0], "-a", in, "-f", "json"}, args[1:]...)...)
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err == nil {
			err = compiled(t, []byte(schema)).Validate(doc)
		}
		if err != nil {
			t.Errorf("%q: %v", args, err)
		}
	}
	path := twoFetches(t)
	schema, _, _ := gptsnap(t, "analyze", "--schema", "--compare", "2026-01-31", "conversations")
	text, _, _ := gptsnap(t, "analyze", "-a", path, "-f", "json", "--compare", "2026-01-31", "conversations")
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err == nil {
		err = compiled(t, []byte(schema)).Validate(doc)
	}
	if err != nil {
		t.Error(err)
	}
	schema, _, _ = gptsnap(t, "list", "--schema", "snapshots")
	text, _, _ = gptsnap(t, "list", "-a", path, "-f", "json", "snapshots")
	if doc, err = jsonschema.UnmarshalJSON(strings.NewReader(text)); err == nil {
		err = compiled(t, []byte(schema)).Validate(doc)
	}
	if err != nil {
		t.Error(err)
	}
	for _, args := range [][]string{{"analyze", "--schema", "nosuch"}, {"analyze", "--schema", "--columns", "nosuch", "models"}} {
		if out, log, code := gptsnap(t, args...); code != source.ExitUsage || out != "" || log == "" {
			t.Errorf("%q: code %d %s%s", args, code, out, log)
		}
	}
}
