package analyze

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"gptsnap/formats/source"

	"github.com/urfave/cli/v2"
)

const samples = "../testdata/samples/"

// oneAtATime guards urfave/cli, whose programs share flags such as --help.
var oneAtATime sync.Mutex

// gptsnap runs a command line in a program of these commands alone.
func gptsnap(t *testing.T, args ...string) (out, log string, code int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	app := &cli.App{Name: "gptsnap", Commands: Commands(), Writer: &stdout, ErrWriter: &stderr, ExitErrHandler: func(*cli.Context, error) {},
		Flags:    []cli.Flag{&cli.StringFlag{Name: "timezone", Aliases: []string{"z"}}},
		Metadata: map[string]any{"width": 80}}
	oneAtATime.Lock()
	defer oneAtATime.Unlock()
	err := app.RunContext(t.Context(), append([]string{"gptsnap"}, args...))
	var f *source.Failure
	switch {
	case errors.As(err, &f):
		code = f.Code
		stderr.WriteString(f.Error() + "\nhint: " + f.Hint + "\n")
	case err != nil:
		code = 1
		stderr.WriteString(err.Error() + "\n")
	}
	return stdout.String(), stderr.String(), code
}

// parsed is the JSON of a table.
type parsed struct {
	Report string
	Scope  struct {
		Conversations int
		Timezone      string
	}
	Columns []string
	Rows    []map[string]any
	Total   map[string]any
}

func jsonOf(t *testing.T, args ...string) parsed {
	t.Helper()
	out, log, code := gptsnap(t, args...)
	var p parsed
	if err := json.Unmarshal([]byte(out), &p); err != nil || code != 0 {
		t.Fatalf("%v: code %d, %v\n%s%s", args, code, err, out, log)
	}
	return p
}

func TestTheSamplesAreCountedAsTheirIndexSays(t *testing.T) {
	t.Parallel()
	p := jsonOf(t, "analyze", "-f", "json", "-a", samples+"02-branches-regenerate-edit.json")
	got := map[string]any{}
	for _, row := range p.Rows {
		got[row["metric"].(string)] = row["value"]
	}
	for metric, want := range map[string]any{"conversations": 1.0, "nodes": 12.0, "messages": 11.0, "branches": 5.0, "forks": 3.0, "user": 3.0, "assistant": 7.0, "system": 1.0, "tool": 0.0, "current_messages": 3.0} {
		if got[metric] != want {
			t.Errorf("%s is %v, want %v", metric, got[metric], want)
		}
	}
	if p.Report != "overview" || p.Scope.Timezone != "UTC" {
		t.Errorf("%+v", p)
	}
}

func TestEverySampleMakesEveryTableInEveryForm(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(samples + "*.json")
	if err != nil || len(files) < 10 {
		t.Fatal(err, files)
	}
	for _, file := range files {
		for _, command := range [][]string{{"analyze"}, {"analyze", "-f", "csv"}, {"list"}, {"list", "-f", "jsonl"}, {"branches"}, {"branches", "-f", "json"}, {"branches", "--ascii", "--tree"}, {"list", "-f", "markdown"}} {
			args := append(append([]string{command[0], "-a", file}, command[1:]...), map[bool][]string{true: {"hours"}}[command[0] == "analyze"]...)
			out, log, code := gptsnap(t, args...)
			if code != 0 || out == "" {
				t.Errorf("%v: code %d\n%s", args, code, log)
			}
			if i := strings.IndexFunc(strings.ReplaceAll(strings.ReplaceAll(out, "\r\n", ""), "\n", ""), func(r rune) bool { return r < 0x20 || r >= 0x7f && r < 0xa0 }); i >= 0 {
				t.Errorf("%v: control characters: %q", args, out)
			}
		}
	}
}

func TestOneConversationIsDrawnAndItsRowsAreGivenAsData(t *testing.T) {
	t.Parallel()
	out, log, code := gptsnap(t, "-z", "UTC", "branches", "-a", samples+"02-branches-regenerate-edit.json")
	if code != 0 {
		t.Fatal(log)
	}
	golden(t, "sample02.txt", out)
	p := jsonOf(t, "branches", "-f", "json", "-a", samples+"02-branches-regenerate-edit.json")
	if len(p.Rows) != 1 || p.Rows[0]["forks"] != 3.0 || len(p.Rows[0]["leaves"].([]any)) != 5 {
		t.Errorf("%v", p.Rows)
	}
	p = jsonOf(t, "branches", "-f", "json", "-a", samples+"01-plain-linear.json")
	if len(p.Rows) != 1 || p.Rows[0]["forks"] != 0.0 || p.Rows[0]["branches"] != 1.0 {
		t.Errorf("without forks: %v", p.Rows)
	}
}

// folder holds samples, and files of our own.
func folder(t *testing.T, own map[string]string, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		raw, err := os.ReadFile(samples + name)
		if err != nil {
			t.Fatal(err)
		}
		own[name] = string(raw)
	}
	for name, raw := range own {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(raw), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestBranchesListsForksOrWhatWasAskedFor(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{}, "01-plain-linear.json", "02-branches-regenerate-edit.json", "12-plugin-custom-gpt.json")
	if p := jsonOf(t, "branches", "-a", dir, "-f", "json"); len(p.Rows) != 2 || p.Scope.Conversations != 3 {
		t.Errorf("%v", p)
	}
	if p := jsonOf(t, "branches", "-a", dir, "-f", "json", "47044a1d", "37c0eb26"); len(p.Rows) != 2 || p.Scope.Conversations != 2 {
		t.Errorf("%v", p)
	}
	out, _, code := gptsnap(t, "branches", "-a", dir)
	if code != 0 || !strings.Contains(out, "3 conversations · 2 with forks") || strings.Contains(out, "●") {
		t.Error(out)
	}
	out, _, code = gptsnap(t, "branches", "-a", dir, "--tree")
	if code != 0 || strings.Count(out, "current\n") != 3 {
		t.Error(out)
	}
	out, _, code = gptsnap(t, "branches", "-a", dir, "376d939f")
	if code != 0 || !strings.Contains(out, "● gpt-4-gizmo") {
		t.Error(out)
	}
}

func TestWrongUseIsToldBeforeAnythingIsRead(t *testing.T) {
	t.Parallel()
	for _, k := range []struct {
		args []string
		say  string
	}{
		{[]string{"analyze", "-a", "no-such", "montly"}, "did you mean monthly?"},
		{[]string{"analyze", "-a", "no-such", "-f", "xml"}, `there is no "xml"`},
		{[]string{"analyze", "-a", "no-such", "--top", "-1"}, "--top -1"},
		{[]string{"-z", "Mars/Olympus", "list", "-a", "no-such"}, "Mars/Olympus"},
		{[]string{"list", "-a", samples + "01-plain-linear.json", "--sort", "wieght"}, "there are: id, title, created"},
		{[]string{"list", "-a", samples + "01-plain-linear.json", "--columns", "id,wieght"}, `no column "wieght"`},
	} {
		out, log, code := gptsnap(t, k.args...)
		if code != source.ExitUsage || out != "" || !strings.Contains(log, k.say) {
			t.Errorf("%v: code %d, %q, %q", k.args, code, out, log)
		}
	}
}

func TestNothingMatchedExits8AndPrintsNothing(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"analyze", "list", "branches"} {
		out, log, code := gptsnap(t, command, "-a", samples+"01-plain-linear.json", "--title", "zebra crossing")
		if code != source.ExitNothing || out != "" || !strings.Contains(log, "hint: ") {
			t.Errorf("%s: code %d, %q, %q", command, code, out, log)
		}
	}
}

func TestABrokenFileAmongGoodOnesIsNamedAndExits3(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"broken.json": `{"conversation_id":"4711","mapping":{"a":{"id":"a",`}, "01-plain-linear.json", "05-code-interpreter.json")
	out, log, code := gptsnap(t, "analyze", "-a", dir)
	if code != source.ExitIncomplete || !strings.Contains(out, "could not be read and are not counted") || strings.Count(log, "warning: ") != 1 {
		t.Errorf("code %d\n%s\n%s", code, out, log)
	}
}

func TestTheTimeZoneMovesMonthsAndHours(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "newyear.json")
	body := `{"conversation_id":"6f2c81aa-0000-4000-8000-000000000001","title":"New year","create_time":1704067000,"update_time":1704067000,"current_node":"a",
		"mapping":{"a":{"id":"a","message":{"id":"a","author":{"role":"user"},"create_time":1704067000,"content":{"content_type":"text","parts":["hello"]},"recipient":"all"},"parent":null,"children":[]}}}`
	if err := os.WriteFile(file, []byte(body), 0o666); err != nil {
		t.Fatal(err)
	}
	month := func(args ...string) string {
		return jsonOf(t, append(args, "analyze", "-f", "json", "-a", file, "monthly")...).Rows[0]["month"].(string)
	}
	if utc, tokyo := month(), month("-z", "Asia/Tokyo"); utc != "2023-12" || tokyo != "2024-01" {
		t.Errorf("UTC %s, Tokyo %s", utc, tokyo)
	}
	p := jsonOf(t, "-z", "Asia/Tokyo", "analyze", "-f", "json", "-a", file, "hours")
	if p.Rows[0]["08"] != 1.0 || p.Total["messages"] != 1.0 || p.Scope.Timezone != "Asia/Tokyo" {
		t.Errorf("%v", p)
	}
	if p = jsonOf(t, "analyze", "-f", "json", "-a", file, "hours"); p.Rows[6]["23"] != 1.0 || p.Scope.Timezone != "UTC" {
		t.Errorf("%v", p)
	}
}

func TestColumnsSortAndTopShapeAnyTable(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{}, "01-plain-linear.json", "02-branches-regenerate-edit.json", "05-code-interpreter.json")
	out, _, code := gptsnap(t, "list", "-a", dir, "-f", "csv", "--columns", "title,messages", "--sort", "messages:asc", "--top", "2")
	if code != 0 || out != "title,messages\r\nNaming a sourdough starter,5\r\nCSV cleanup,9\r\n" {
		t.Errorf("%q", out)
	}
	out, _, _ = gptsnap(t, "list", "-a", dir, "--columns", "title,messages", "--top", "1", "--ascii")
	if !strings.Contains(out, "the first 1 of 3 rows; the total is that of all") || !strings.Contains(out, "-----") {
		t.Error(out)
	}
}

func TestBranchesAreDrawnOrTabledAndNeverHalf(t *testing.T) {
	t.Parallel()
	file := samples + "02-branches-regenerate-edit.json"
	for _, args := range [][]string{
		{"--tree", "-f", "json"}, {"--tree", "--sort", "forks"}, {"--tree", "--top", "1"}, {"--diff", "all", "--tree"}, {"--diff", "all", "-f", "csv"},
		{"--tree", "-f", "table", "-f", "csv:x.csv"}, {"--tree", "--schema"}, {"--sort", "nosuch"}, {"-f", "svg"},
	} {
		if out, log, code := gptsnap(t, append([]string{"branches", "-a", file}, args...)...); code != source.ExitUsage || out != "" || !strings.Contains(log, "hint: ") {
			t.Errorf("%q: code %d, %q, %s", args, code, out, log)
		}
	}
	data := filepath.Join(t.TempDir(), "branches.csv")
	out, log, code := gptsnap(t, "branches", "-a", file, "-f", "table", "-f", "csv:"+data)
	if rows, err := os.ReadFile(data); code != 0 || err != nil || !strings.Contains(out, "●") || !strings.HasPrefix(string(rows), "id,title,") {
		t.Errorf("beside the tree the file: code %d, %v\n%s%s%s", code, err, out, rows, log)
	}
}

func TestASelectorInThePlaceOfAReportIsTold(t *testing.T) {
	t.Parallel()
	for name, told := range map[string]bool{"6f2c81aa": true, "https://chatgpt.com/c/x": true, "@ids.txt": true, "mont": false, "daly": false, "": false} {
		if _, err := findReport(name); err == nil || strings.Contains(err.(*source.Failure).Hint, "comes first") != told {
			t.Errorf("%q: %v", name, err)
		}
	}
}
