package analyze

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gptsnap/formats/archive"
	"gptsnap/formats/source"

	"pgregory.net/rapid"
)

// TestAComparisonIsThenPlusTheDifference holds, for every report, each row of
// both states to stand in the comparison once, and each number of the later
// state to be that of the earlier one and the difference.
func TestAComparisonIsThenPlusTheDifference(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all := conversations(t)
		cut := rapid.IntRange(0, len(all)).Draw(t, "cut")
		some := rapid.Permutation(all).Draw(t, "order")[:cut]
		before, after := every(utc), every(utc)
		for name := range before {
			var then, now Table
			if len(some) > 0 {
				then = find(t, some, before[name])
			} else {
				then = before[name].Table()
			}
			now = find(t, all, after[name])
			table := comparison(&then, &now)
			checkComparison(t, &then, &now, &table)

			same := comparison(&now, &now)
			for _, row := range same.Rows {
				if got := cells(&same, row, "state")[0]; got != rowSame {
					t.Fatalf("%s: compared with itself a row is %v: %v", name, got, row)
				}
			}
			if same.hush(); len(same.Rows) > 0 || same.Same != len(now.Rows) {
				t.Fatalf("%s: %d rows are left of a table compared with itself", name, len(same.Rows))
			}
		}
	})
}

func checkComparison(t *rapid.T, then, now, table *Table) {
	t.Helper()
	was, is := byName(then), byName(now)
	met := map[string]bool{}
	for _, row := range table.Rows {
		name := nameOf(row, table.Names)
		if met[name] {
			t.Fatalf("%s: two rows of %q", table.Report, name)
		}
		met[name] = true
		a, b := was[name], is[name]
		state := cells(table, row, "state")[0]
		if (a == nil) != (state == rowNew) || (b == nil) != (state == rowGone) {
			t.Fatalf("%s: %q is %v", table.Report, name, state)
		}
		for k, c := range now.Columns {
			if table.find(c.Key+"_difference") < 0 {
				continue
			}
			got := cells(table, row, c.Key+"_then", c.Key+"_now", c.Key+"_difference")
			for i, from := range [][]any{a, b} {
				if from != nil && !alike(got[i], from[k]) || from == nil && got[i] != nil {
					t.Fatalf("%s: %s of %q is %v, in the table of that time %v", table.Report, c.Key, name, got, from)
				}
			}
			x, _ := got[0].(int)
			y, _ := got[1].(int)
			if d, ok := got[2].(int); ok && x+d != y || !ok && c.Kind == Int && got[0] != nil && got[1] != nil {
				t.Fatalf("%s: %s of %q: %v", table.Report, c.Key, name, got)
			}
		}
	}
	for name := range was {
		is[name] = was[name]
	}
	if len(met) != len(is) {
		t.Fatalf("%s: %d rows of %d", table.Report, len(met), len(is))
	}
}

func byName(t *Table) map[string][]any {
	rows := map[string][]any{}
	for _, row := range t.Rows {
		rows[nameOf(row, t.names())] = row
	}
	return rows
}

func TestComparisonsOnScreensOfEveryWidth(t *testing.T) {
	t.Parallel()
	o := Options{Workers: 2, Zone: time.UTC, Clock: time.UTC}
	for _, name := range []string{"overview", "monthly", "models", "branches", "conversations", "hours", "response-time"} {
		then, was := tableOf(t, account(34), every(o)[name], o)
		now, scope := tableOf(t, account(40), every(o)[name], o)
		table := comparison(&then, &now)
		var b bytes.Buffer
		for _, s := range []Screen{{Width: 60, Unicode: true}, {Width: 80, Unicode: true}, {Width: 120, Unicode: true}, {Width: 80}} {
			s.Zone = time.UTC
			own := table
			if err := (order{Options: o, screen: s}).write(&b, own, "table", both(was, scope, "2025-01-01", "")); err != nil {
				t.Fatal(err)
			}
			b.WriteString("\n")
			fits(t, b.String(), Screen{Width: 120})
		}
		golden(t, "compared."+name+".txt", b.String())
	}
}

// twoFetches is an archive of which the second run, a month later, found one
// conversation longer, one deleted and one new.
func twoFetches(t *testing.T) string {
	t.Helper()
	body := func(id, title string, messages int) string {
		var b strings.Builder
		for i := range messages {
			role, child := "user", ""
			if i%2 == 1 {
				role = "assistant"
			}
			if i+1 < messages {
				child = fmt.Sprintf(`"n%d"`, i+1)
			}
			fmt.Fprintf(&b, `,"n%d":{"id":"n%[1]d","parent":"%s","children":[%s],"message":{"id":"n%[1]d","author":{"role":"%[4]s"},"create_time":%[5]d,"content":{"content_type":"text","parts":["two words"]},"metadata":{"model_slug":"gpt-5"}}}`,
				i, []string{"root", fmt.Sprint("n", i-1)}[min(i, 1)], child, role, 1767225600+i)
		}
		return fmt.Sprintf(`{"conversation_id":"%s","title":"%s","create_time":1767225600,"update_time":%d,"mapping":{"root":{"id":"root","parent":null,"children":["n0"]}%s},"current_node":"n%d"}`, id, title, 1767225600+messages, b.String(), messages-1)
	}
	path := filepath.Join(t.TempDir(), "two.tar.zst")
	one, two := time.Date(2026, 1, 10, 0, 0, 0, 0, time.UTC), time.Date(2026, 2, 10, 0, 0, 0, 0, time.UTC)
	for _, run := range []struct {
		at     time.Time
		bodies [][2]string
		gone   string
	}{
		{one, [][2]string{{"aaaaaaaa-1", body("aaaaaaaa-1", "Grows", 2)}, {"bbbbbbbb-2", body("bbbbbbbb-2", "Goes", 2)}, {"dddddddd-4", body("dddddddd-4", "Stays", 2)}}, ""},
		{two, [][2]string{{"aaaaaaaa-1", body("aaaaaaaa-1", "Grows", 6)}, {"cccccccc-3", body("cccccccc-3", "Comes", 4)}}, `"bbbbbbbb-2"`},
	} {
		a, err := archive.Append(path, archive.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range run.bodies {
			if _, err := a.Put(archive.Meta{Kind: archive.KindConversation, ID: b[0], Method: "GET", URL: "/backend-api/conversation/" + b[0], Status: 200, FetchedAt: run.at}, []byte(b[1])); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := a.Put(archive.Meta{Kind: archive.KindLedger, ID: "fetch", FetchedAt: run.at}, []byte(`{"command":"fetch","gone":[`+run.gone+`]}`)); err != nil {
			t.Fatal(err)
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

func TestTheCommandComparesTwoStatesOfAnArchive(t *testing.T) {
	t.Parallel()
	path := twoFetches(t)
	p := jsonOf(t, "analyze", "-a", path, "--compare", "2026-01-31", "-f", "json", "conversations")
	got := map[string][]any{}
	for _, row := range p.Rows {
		got[row["title"].(string)] = []any{row["state"], row["messages_then"], row["messages_now"], row["messages_difference"]}
	}
	want := map[string][]any{"Grows": {"changed", 2.0, 6.0, 4.0}, "Goes": {"gone", 2.0, nil, -2.0}, "Comes": {"new", nil, 4.0, 4.0}, "Stays": {"same", 2.0, 2.0, 0.0}}
	if fmt.Sprint(got) != fmt.Sprint(want) || p.Report != "conversations compared" {
		t.Errorf("%s: %v, want %v", p.Report, got, want)
	}
	for _, k := range []struct {
		args []string
		id   string
		want string // messages then, now and their difference of the whole
	}{
		{[]string{"--compare", "2026-01-31"}, "", "6 12 6"},
		{[]string{"--compare", "2026-01-01"}, "", "0 12 12"},
		{[]string{"--compare", "2026-01-01", "--at", "2026-01-31"}, "", "0 6 6"},
		{[]string{"--compare", "2026-01-31", "--title", "^Go"}, "", "2 0 -2"},
		{[]string{"--compare", "2026-01-31"}, "bbbbbbbb", "2 0 -2"},
		{[]string{"--compare", "2026-03-01"}, "", "12 12 0"},
	} {
		for _, report := range []string{"monthly", "models", "words"} {
			p := jsonOf(t, append(append([]string{"analyze", "-a", path, "-f", "json"}, k.args...), strings.Fields(report+" "+k.id)...)...)
			want := k.want
			if report == "models" { // every second message is an answer
				var a, b, c int
				fmt.Sscan(want, &a, &b, &c)
				want = fmt.Sprint(a/2, b/2, c/2)
			}
			value := func(key string) int { n, _ := p.Total[key].(float64); return int(n) }
			if got := fmt.Sprint(value("messages_then"), value("messages_now"), value("messages_difference")); got != want {
				t.Errorf("%s %q: %s, want %s", report, k.args, got, want)
			}
		}
	}
	if out, log, code := gptsnap(t, "analyze", "-a", path, "--compare", "2026-01-31", "--ascii", "monthly"); code != 0 || !strings.Contains(out, "then: 2026-01-31, 3 conversations") || !strings.Contains(out, "+6") {
		t.Errorf("code %d\n%s%s", code, out, log)
	}
	for _, args := range [][]string{
		{"--compare", "soon"},
		{"--compare", "2026-02-01", "--at", "2026-01-01"},
		{"--compare", "2026-02-01", "--title", "("},
		{"--compare", "2026-02-01", "--sort", "messages"}, // it is messages_now
		{"--compare", "2026-02-01", "-f", "svg"},
	} {
		if out, log, code := gptsnap(t, append(append([]string{"analyze", "-a", path}, args...), "monthly")...); code != source.ExitUsage || out != "" || log == "" {
			t.Errorf("%q: code %d\n%s%s", args, code, out, log)
		}
	}
	if _, log, code := gptsnap(t, "analyze", "-a", path, "--compare", "2025-01-01", "--at", "2025-02-01", "monthly"); code != source.ExitNothing {
		t.Errorf("code %d: %s", code, log)
	}
	if _, log, code := gptsnap(t, "analyze", "-a", samples+"01-plain-linear.json", "--compare", "2025-01-01", "monthly"); code != source.ExitUsage || !strings.Contains(log, "archive only") {
		t.Errorf("code %d: %s", code, log)
	}
}

func TestSeveralReportsAreMadeInOneReading(t *testing.T) {
	t.Parallel()
	in := samples + "02-branches-regenerate-edit.json"
	out, log, code := gptsnap(t, "analyze", "-a", in, "-f", "json", "all")
	var several []json.RawMessage
	if err := json.Unmarshal([]byte(out), &several); err != nil || code != 0 || len(several) != len(reports) {
		t.Fatalf("%d reports, %v, code %d %s", len(several), err, code, log)
	}
	for i, r := range reports {
		alone, _, _ := gptsnap(t, "analyze", "-a", in, "-f", "json", r.name)
		if strings.TrimSpace(alone) != strings.TrimSpace(string(several[i])) {
			t.Errorf("%s: among the others it is\n%s\nand alone\n%s", r.name, several[i], alone)
		}
	}
	dir := t.TempDir()
	out, log, code = gptsnap(t, "analyze", "-a", in, "-f", "table", "-f", "csv:"+filepath.Join(dir, "x-{report}.csv"), "-f", "html:"+filepath.Join(dir, "page.html"), "models,monthly,models")
	if code != 0 || strings.Count(out, "Answers by model") != 1 || !strings.Contains(out, "Usage by month") {
		t.Errorf("code %d %s\n%s", code, log, out)
	}
	for name, want := range map[string]string{"x-models.csv": "model,", "x-monthly.csv": "month,", "page.html": "<!DOCTYPE html>"} {
		if b, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !strings.HasPrefix(string(b), want) {
			t.Errorf("%s: %v %q", name, err, b)
		}
	}
	for _, args := range [][]string{{"-f", "csv", "all"}, {"-f", "jsonl:x.jsonl", "models,monthly"}, {"models,months"}, {"models,"}, {"--by", "role", "all"}, {"--sort", "month", "models,monthly"}} {
		if out, log, code := gptsnap(t, append([]string{"analyze", "-a", in}, args...)...); code != source.ExitUsage || out != "" {
			t.Errorf("%q: code %d %s%s", args, code, out, log)
		}
	}
}
