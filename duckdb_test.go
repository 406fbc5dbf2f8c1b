package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gptsnap/fetch/fakeapi"
	"gptsnap/formats/chat/chattest"
	"gptsnap/formats/source"
)

// duck is DuckDB, run by Node.js in a folder.
type duck struct{ script string }

// newDuck installs DuckDB from testdata/duckdb/package-lock.json if it is not
// there. Where that cannot be, the test is skipped, unless CI=true asks for it.
func newDuck(t *testing.T) duck {
	t.Helper()
	cannot := func(why string) {
		if os.Getenv("CI") == "true" {
			t.Fatal(why)
		}
		t.Skip(why)
	}
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			cannot(tool + " is not installed")
		}
	}
	dir, err := filepath.Abs(filepath.Join("testdata", "duckdb"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", ".package-lock.json")); err != nil {
		install := exec.Command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
		install.Dir = dir
		if out, err := install.CombinedOutput(); err != nil {
			cannot(fmt.Sprintf("npm ci: %v\n%s", err, out))
		}
	}
	load := exec.Command("node", "--input-type=module", "--eval", "import '@duckdb/node-api'")
	load.Dir = dir
	if out, err := load.CombinedOutput(); err != nil {
		cannot(fmt.Sprintf("DuckDB does not load on this system: %v\n%s", err, out))
	}
	return duck{filepath.Join(dir, "ask.mjs")}
}

type row = map[string]any

// ask runs the queries in dir, in order, and returns the rows of each by name.
func (d duck) ask(t *testing.T, dir string, queries [][2]string) map[string][]row {
	t.Helper()
	in, err := json.Marshal(queries)
	if err != nil {
		t.Fatal(err)
	}
	node := exec.Command("node", d.script)
	node.Dir, node.Stdin = dir, bytes.NewReader(in)
	var talk bytes.Buffer
	node.Stderr = &talk
	out, err := node.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, talk.String())
	}
	var answers map[string][]row
	if err := json.Unmarshal(out, &answers); err != nil {
		t.Fatal(err)
	}
	return answers
}

var sqlBlock = regexp.MustCompile("(?s)```sql\n-- ([^\n]+)\n(.*?)```")

// pageQueries are the queries of the page about Parquet, by the comment that
// each begins with; those of the periods are made as the page says.
func pageQueries(t *testing.T) (queries, lake [][2]string) {
	t.Helper()
	page, err := os.ReadFile("formats/parquet/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range sqlBlock.FindAllStringSubmatch(string(page), -1) {
		if strings.HasSuffix(m[1], " of a lake") {
			lake = append(lake, [2]string{m[1], m[2]})
			continue
		}
		queries = append(queries, [2]string{m[1], m[2]})
		if m[1] == "projects" {
			if !strings.Contains(string(page), "`c.gpt IS NOT NULL AND c.project IS NULL`") {
				t.Error("the page does not tell how gpts is made")
			}
			sql := strings.ReplaceAll(m[2], "c.project IS NOT NULL", "c.gpt IS NOT NULL AND c.nothing IS NULL")
			sql = strings.ReplaceAll(strings.ReplaceAll(sql, "project", "gpt"), "c.nothing", "c.project")
			queries = append(queries, [2]string{"gpts", sql})
		}
		if m[1] != "yearly" {
			continue
		}
		for _, p := range [][3]string{{"monthly", "month", "%Y-%m"}, {"weekly", "week", "%G-W%V"}, {"daily", "day", "%Y-%m-%d"}} {
			if !strings.Contains(string(page), "`"+p[1]+"` and `'"+p[2]+"'`") {
				t.Errorf("the page does not tell how %s is made", p[0])
			}
			queries = append(queries, [2]string{p[0], regexp.MustCompile(`\byear\b`).ReplaceAllString(strings.ReplaceAll(m[2], "'%Y'", "'"+p[2]+"'"), p[1])})
		}
	}
	if len(queries) != 22 || len(lake) != 3 {
		t.Fatalf("%d queries on the page, and %d of a lake", len(queries), len(lake))
	}
	return queries, lake
}

// gptsnap runs the program and returns what it prints.
func gptsnap(t *testing.T, args ...string) []byte {
	t.Helper()
	var out, talk bytes.Buffer
	if code := run(context.Background(), append([]string{"gptsnap"}, args...), strings.NewReader(""), &out, &talk); code != 0 {
		t.Fatalf("gptsnap %s: exit %d\n%s", strings.Join(args, " "), code, talk.String())
	}
	return out.Bytes()
}

// reportRows returns the rows of a report.
func reportRows(t *testing.T, archive, name string) []row {
	t.Helper()
	var table struct{ Rows []row }
	if err := json.Unmarshal(gptsnap(t, "analyze", "-a", archive, "-z", "UTC", "-f", "json", name), &table); err != nil {
		t.Fatal(err)
	}
	return table.Rows
}

// same compares a value of ours with DuckDB's, which writes large integers and
// times as strings, and times to the microsecond.
func same(ours, theirs any) bool {
	text, isText := theirs.(string)
	switch v := ours.(type) {
	case float64:
		n, ok := theirs.(float64)
		if isText {
			var err error
			n, err = strconv.ParseFloat(text, 64)
			ok = err == nil
		}
		return ok && math.Abs(n-v) <= 1e-9*math.Max(1, math.Abs(v))
	case string:
		if a, err := time.Parse(time.RFC3339Nano, v); err == nil && isText {
			b, err := time.Parse("2006-01-02 15:04:05.999999-07", text)
			return err == nil && a.Truncate(time.Microsecond).Equal(b)
		}
	}
	return reflect.DeepEqual(ours, theirs)
}

// compare holds DuckDB's rows to ours: as many, in the same order, and with
// the same columns and values.
func compare(t *testing.T, name string, ours, theirs []row) {
	t.Helper()
	if len(ours) != len(theirs) {
		t.Errorf("%s: analyze has %d rows, DuckDB %d", name, len(ours), len(theirs))
		return
	}
	for i := range ours {
		for key := range ours[i] {
			if _, ok := theirs[i][key]; !ok && i == 0 {
				t.Errorf("%s: DuckDB has no %s", name, key)
			}
		}
		for key, value := range theirs[i] {
			if mine, ok := ours[i][key]; !ok || !same(mine, value) {
				t.Errorf("%s: row %d, %s: analyze says %v, DuckDB %v", name, i, key, mine, value)
			}
		}
	}
}

// TestDuckDBAnswersAsAnalyzeDoes runs every query of formats/parquet/README.md
// on Parquet files and compares it with the report of the same name.
func TestDuckDBAnswersAsAnalyzeDoes(t *testing.T) {
	t.Parallel()
	db := newDuck(t)
	home := t.TempDir()
	corpus := filepath.Join(home, "corpus.json")
	var b bytes.Buffer
	if err := chattest.WriteCorpus(&b, chattest.CorpusOptions{Conversations: 200, Seed: 7}); err != nil {
		t.Fatal(err)
	}
	mixed := filepath.Join(home, "mixed") // the demo's chats and every sample
	if err := os.WriteFile(corpus, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(mixed, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, from := range []string{"demo", "samples"} {
		names, _ := filepath.Glob(filepath.Join("testdata", from, "*.json"))
		for _, name := range names {
			body, err := os.ReadFile(name)
			if err == nil && bytes.Contains(body, []byte(`"mapping"`)) { // and not a list of projects
				err = os.WriteFile(filepath.Join(mixed, filepath.Base(name)), body, 0o666)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	queries, ofLake := pageQueries(t)
	sums := lakeSums{}
	lake := filepath.Join(home, "lake")
	chats, words, rows, lacks := 0.0, 0.0, map[string]int{}, map[string]int{}
	gptsnap(t, "-q", "demo", "-o", filepath.Join(home, "demo"))
	fetched := filepath.Join(home, "demo", "chatgpt.tar.zst") // which has some of its files
	for _, archive := range []string{mixed, corpus, fetched, fetchWithTroubles(t, home)} {
		dir := archive + "-out"
		gptsnap(t, "-q", "convert", "-a", archive, "-f", "parquet", "-o", filepath.Join(dir, "chats"))
		gptsnap(t, "-q", "convert", "-a", archive, "-f", "parquet", "--partition", "month", "-o", lake)
		answers := db.ask(t, dir, queries)
		for name := range answers {
			if name == "setup" || name == "overview" || name == "hours" || strings.Contains(name, " ") {
				continue // these are compared below
			}
			ours := reportRows(t, archive, name)
			compare(t, name, ours, answers[name])
			rows[name] += len(ours)
			sums.add(name, ours)
			for _, r := range ours {
				if r["area"] == "fetch" {
					what, _, _ := strings.Cut(r["what"].(string), ":")
					lacks[what]++
				}
			}
		}
		if snapshots := answers["list snapshots"]; strings.HasSuffix(archive, ".zst") {
			var table struct{ Rows []row }
			if err := json.Unmarshal(gptsnap(t, "list", "-a", archive, "-z", "UTC", "-f", "json", "snapshots"), &table); err != nil {
				t.Fatal(err)
			}
			compare(t, "list snapshots", table.Rows, snapshots)
			rows["list snapshots"] += len(table.Rows)
		} else if len(snapshots) != 0 {
			t.Errorf("%s has no ledger and these runs: %v", archive, snapshots)
		}
		ours := row{}
		for _, r := range reportRows(t, archive, "overview") {
			ours[r["metric"].(string)] = r["value"]
		}
		compare(t, "overview", []row{ours}, answers["overview"])
		if len(answers["overview"][0]) < 40 {
			t.Errorf("the overview has %d numbers", len(answers["overview"][0]))
		}
		compareHours(t, reportRows(t, archive, "hours"), answers["hours"])
		if n := len(answers["the text of one branch, from its root down"]); n == 0 {
			t.Error("the branch has no text")
		}
		chats += ours["conversations"].(float64)
		words += ours["words_user"].(float64)
	}
	for name, n := range rows {
		if n < 2 {
			t.Errorf("%s: %d rows are no proof", name, n)
		}
	}
	if len(rows) != 18 {
		t.Errorf("%d reports were compared", len(rows))
	}
	if len(lacks) < 5 {
		t.Errorf("what fetches lack is of these kinds only: %v", lacks)
	}
	// All accounts in one folder by months; one of them is written there twice.
	gptsnap(t, "-q", "convert", "-a", mixed, "-f", "parquet", "--partition", "month", "-o", lake)
	if err := os.Mkdir(filepath.Join(home, "packed"), 0o777); err != nil {
		t.Fatal(err)
	}
	both := db.ask(t, home, slices.Concat(ofLake[:1], queries[1:], ofLake[1:], [][2]string{
		{"chats", "SELECT count(*) AS conversations, sum(words_user) AS words FROM conversations"},
		{"accounts", "SELECT DISTINCT account FROM messages ORDER BY 1"},
		{"misplaced", "SELECT count(*) AS n FROM messages WHERE strftime(created AT TIME ZONE 'UTC', '%Y-%m') <> month"},
		{"all messages", "SELECT count(*) AS messages FROM messages"},
	}))
	for name := range sums {
		sums.compare(t, name, both[name])
	}
	compare(t, "the packed lake", both["all messages"], both["packing of a lake"])
	if names := both["accounts of a lake"]; len(names) != 4 || names[0]["missing"] == "0" || names[0]["outcome"] != "complete" || names[3]["outcome"] != "incomplete" || names[1]["fetched"] != nil {
		t.Errorf("the accounts are told of so: %v", names)
	}
	compare(t, "both accounts", []row{{"conversations": chats, "words": words}}, both["chats"])
	compare(t, "their names", []row{{"account": "chatgpt"}, {"account": "corpus"}, {"account": "mixed"}, {"account": "troubled"}}, both["accounts"])
	compare(t, "misplaced messages", []row{{"n": 0.0}}, both["misplaced"])
}

// fetchWithTroubles fetches the demo's account twice from a server that never
// gives one conversation, one list and one file, and returns the archive.
func fetchWithTroubles(t *testing.T, home string) string {
	t.Helper()
	server, err := fakeapi.New(os.DirFS(filepath.Join("testdata", "demo")), fakeapi.Options{NoBatch: true, Script: func(r *http.Request, n int) *fakeapi.Trouble {
		switch path := r.URL.Path; {
		case strings.HasPrefix(path, "/backend-api/conversation/d"), r.URL.Query().Get("is_archived") == "true":
			return fakeapi.Broken(422)
		case strings.HasPrefix(path, "/backend-api/files/") && strings.Contains(path, "GasPlot"):
			return fakeapi.Broken(422)
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	url, stop, err := server.Listen()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop() })
	token := filepath.Join(home, "token")
	if err := os.WriteFile(token, []byte(fakeapi.DefaultToken), 0o600); err != nil {
		t.Fatal(err)
	}
	archive := filepath.Join(home, "troubled.tar.zst")
	for range 2 {
		var talk bytes.Buffer
		args := []string{"gptsnap", "-q", "fetch", "-a", archive, "--base-url", url, "--token-file", token, "--min-interval", "1ms"}
		if code := run(context.Background(), args, strings.NewReader(""), io.Discard, &talk); code != source.ExitIncomplete {
			t.Fatalf("exit %d\n%s", code, talk.String())
		}
	}
	return archive
}

// lakeSums are what the reports of several accounts add up to: by report, by
// what a row is about, by column.
type lakeSums map[string]map[string]map[string]float64

// addable are the columns that name a row, and those that add up.
var addable = map[string][2][]string{
	"yearly":   {{"year"}, {"conversations", "messages", "user", "words_user", "words_assistant", "visible"}},
	"daily":    {{"day"}, {"conversations", "messages", "words_assistant"}},
	"models":   {{"model"}, {"conversations", "messages", "words", "regenerated", "messages_off", "thinking"}},
	"tools":    {{"tool"}, {"conversations", "calls", "answers", "failures"}},
	"code":     {{"language"}, {"conversations", "blocks", "lines"}},
	"files":    {{"kind"}, {"files", "references", "missing"}},
	"coverage": {{"area", "what"}, {"count"}},
}

func (l lakeSums) add(report string, all []row) {
	columns, ok := addable[report]
	if !ok {
		return
	}
	if l[report] == nil {
		l[report] = map[string]map[string]float64{}
	}
	for _, r := range all {
		var name []string
		for _, c := range columns[0] {
			name = append(name, fmt.Sprint(r[c]))
		}
		about := strings.Join(name, ", ")
		if l[report][about] == nil {
			l[report][about] = map[string]float64{}
		}
		for _, c := range columns[1] {
			var n float64
			if v := r[c]; v != nil {
				n, _ = strconv.ParseFloat(fmt.Sprint(v), 64)
			}
			l[report][about][c] += n
		}
	}
}

// compare holds what DuckDB says of all accounts together to the sum.
func (l lakeSums) compare(t *testing.T, report string, all []row) {
	t.Helper()
	together := lakeSums{}
	together.add(report, all)
	if len(l[report]) != len(all) {
		t.Errorf("%s of the lake: %d rows, the accounts have %d", report, len(all), len(l[report]))
	}
	for about, sum := range l[report] {
		for c, n := range sum {
			if got := together[report][about][c]; math.Abs(got-n) > 1e-6*math.Max(1, n) {
				t.Errorf("%s of the lake: %s, %s: %v, the accounts add up to %v", report, about, c, got, n)
			}
		}
	}
}

// compareHours compares a column for each hour with a row for each hour that
// is not empty.
func compareHours(t *testing.T, ours, theirs []row) {
	t.Helper()
	cells := map[string]any{}
	for _, r := range theirs {
		day, ok := r["weekday"].(string)
		if !ok {
			t.Fatalf("hours: %v", r)
		}
		hour := "messages"
		if h := r["hour"]; h != nil {
			n, _ := strconv.Atoi(fmt.Sprint(h))
			hour = fmt.Sprintf("%02d", n)
		}
		cells[day+" "+hour] = r["messages"]
	}
	matched := 0
	for _, r := range ours {
		day := r["weekday"].(string)
		for key, n := range r {
			if key == "weekday" || n == nil || key == "messages" && day != "unknown" {
				continue
			}
			theirs, ok := cells[day+" "+key]
			if !ok {
				theirs = 0.0
			} else {
				matched++
			}
			if !same(n, theirs) {
				t.Errorf("hours: %s %s: analyze says %v, DuckDB %v", day, key, n, theirs)
			}
		}
	}
	if matched != len(cells) || matched == 0 {
		t.Errorf("hours: DuckDB has %d hours, analyze knows %d of them", len(cells), matched)
	}
}
