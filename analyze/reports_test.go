package analyze

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gptsnap/formats/chat"

	difference "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// As reference_test.go, this file reads the definitions a second time, slowly.

// furnishedConversations are drawn ones with code, tools, citations and files.
func furnishedConversations(t *rapid.T) []*chat.Conversation {
	all := conversations(t)
	furnish(all)
	for _, c := range all {
		for i := range c.Nodes {
			if m := c.Nodes[i].Message; m != nil && rapid.IntRange(0, 9).Draw(t, "tool") == 0 {
				m.Role, m.Name = chat.Tool, rapid.SampledFrom([]string{"python", "web"}).Draw(t, "name")
				m.Parts = []chat.Part{&chat.Output{Status: "failed_with_in_kernel_exception", Seconds: 1.5}}
			}
		}
	}
	return all
}

// rowsOf are the values of some columns by the text of others.
func rowsOf(t *Table, names []string, keys ...string) map[string][]any {
	got := map[string][]any{}
	for _, row := range t.Rows {
		got[fmt.Sprint(cells(t, row, names...)...)] = cells(t, row, keys...)
	}
	return got
}

// addUp holds the total of some columns to the sum of their rows.
func addUp(t interface{ Fatalf(string, ...any) }, table *Table, keys ...string) {
	for _, key := range keys {
		sum, at := 0, table.find(key)
		for _, row := range table.Rows {
			sum += row[at].(int)
		}
		if table.Total[at] != sum {
			t.Fatalf("%s: the total of %s is %v, its rows add up to %d", table.Report, key, table.Total[at], sum)
		}
	}
}

func TestGroupsSayWhatASlowReadingSays(t *testing.T) {
	t.Parallel()
	names := map[string]func(c *chat.Conversation, l line) (string, bool){
		"month": func(_ *chat.Conversation, l line) (string, bool) {
			if l.at.IsZero() {
				return "unknown", true
			}
			return l.at.UTC().Format("2006-01"), true
		},
		"model":   func(_ *chat.Conversation, l line) (string, bool) { return l.model, l.role == "assistant" },
		"role":    func(_ *chat.Conversation, l line) (string, bool) { return l.role, true },
		"project": func(c *chat.Conversation, _ line) (string, bool) { return c.Project, c.Project != "" },
		"gpt":     func(c *chat.Conversation, _ line) (string, bool) { return c.Gizmo, c.Gizmo != "" && c.Project == "" },
	}
	rapid.Check(t, func(t *rapid.T) {
		all := furnishedConversations(t)
		for k, c := range all {
			if k%2 == 1 {
				c.Project = "Garden"
			}
		}
		x, y := rapid.SampledFrom(slices.Sorted(maps.Keys(names))).Draw(t, "by"), rapid.SampledFrom(slices.Sorted(maps.Keys(names))).Draw(t, "and")
		dx, _ := findDimension(x)
		dy, _ := findDimension(y)
		want, chats := map[string][]any{}, map[string]map[int]bool{}
		for _, l := range lines(all) {
			c := all[l.conversation]
			a, ok := names[x](c, l)
			b, too := names[y](c, l)
			if !l.message || !ok || !too {
				continue
			}
			key := fmt.Sprint(a, b)
			if want[key] == nil {
				want[key], chats[key] = []any{0, 0, 0, 0}, map[int]bool{}
			}
			chats[key][l.conversation] = true
			add := func(i, n int) { want[key][i] = want[key][i].(int) + n }
			want[key][0] = len(chats[key])
			add(1, 1)
			if l.role == "user" {
				add(2, l.words)
			} else if l.role == "assistant" {
				add(3, l.words)
			}
		}
		if x == y {
			return
		}
		table := find(t, all, newGroups("test", "Test", utc, dx, dy))
		if d := difference.Diff(want, rowsOf(&table, []string{x, y}, "conversations", "messages", "words_user", "words_assistant")); d != "" {
			t.Fatalf("%s by %s: %s", x, y, d)
		}
		addUp(t, &table, "messages", "words_user", "words_assistant", "visible")
	})
}

func TestWordsSayWhatASlowReadingSays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all := furnishedConversations(t)
		var lengths []int
		for _, l := range lines(all) {
			if l.visible {
				lengths = append(lengths, l.words)
			}
		}
		slices.Sort(lengths)
		table := find(t, all, newSpread(utc))
		for k, row := range table.Rows {
			n := how(lengths, func(w int) bool { return w >= steps[k] && (k+1 == len(steps) || w < steps[k+1]) })
			if got := cells(&table, row, "messages")[0]; got != n {
				t.Fatalf("%v: %v messages, want %d", row[0], got, n)
			}
		}
		addUp(t, &table, "messages", "user", "assistant", "words_user", "words_assistant")
		role, _ := findDimension("role")
		by := find(t, all, newLengths(utc, role))
		if len(lengths) == 0 {
			return
		}
		n := len(lengths)
		atMost := 0 // the smallest length that nine of ten messages do not exceed
		for _, w := range lengths {
			if 10*how(lengths, func(v int) bool { return v <= w }) >= 9*n {
				atMost = w
				break
			}
		}
		want := []any{n, float64(lengths[(n-1)/2]+lengths[n/2]) / 2, atMost, lengths[n-1]}
		if d := difference.Diff(want, cells(&by, by.Total, "messages", "median", "p90", "longest")); d != "" {
			t.Fatal(d)
		}
	})
}

func TestCodeToolsAndSourcesSayWhatASlowReadingSays(t *testing.T) {
	t.Parallel()
	block := regexp.MustCompile("(?s)\n```([a-z]*)[^\n]*\n(.*?)```")
	rapid.Check(t, func(t *rapid.T) {
		all := furnishedConversations(t)
		blocks, calls, cites := map[string][]any{}, map[string][]any{}, map[string][]any{}
		count := func(in map[string][]any, name string, adds ...int) {
			if in[name] == nil {
				in[name] = make([]any, len(adds))
				for i := range adds {
					in[name][i] = 0
				}
			}
			for i, n := range adds {
				in[name][i] = in[name][i].(int) + n
			}
		}
		for _, c := range all {
			for _, n := range c.Nodes {
				m := n.Message
				if m == nil {
					continue
				}
				failed, pages := 0, map[string]bool{}
				for _, p := range m.Parts {
					switch p := p.(type) {
					case *chat.Text:
						for _, b := range block.FindAllStringSubmatch(p.Raw, -1) {
							if m.Visible() {
								count(blocks, map[string]string{"go": "go", "py": "python", "": "none", "js": "javascript"}[b[1]], 1, strings.Count(b[2], "\n"))
							}
						}
						for _, cite := range p.Cites {
							for _, l := range cite.Links {
								pages[l.URL] = true
							}
						}
					case *chat.Code:
						count(blocks, "python", 1, strings.Count(p.Source, "\n"))
					case *chat.Output:
						if p.Error != "" || p.Status != "success" {
							failed = 1
						}
					}
				}
				for url := range pages {
					if url != "" {
						count(cites, strings.Split(strings.TrimPrefix(url, "https://www."), "/")[0], 1)
					}
				}
				switch {
				case m.Role == chat.Tool:
					count(calls, cmp.Or(m.Name, "unknown"), 0, 1, failed)
				case m.Role == chat.Assistant && m.Recipient != "all" && m.Recipient != "":
					count(calls, m.Recipient, 1, 0, failed)
				}
			}
		}
		table := find(t, all, newCode(utc))
		if d := difference.Diff(blocks, rowsOf(&table, []string{"language"}, "blocks", "lines")); d != "" {
			t.Fatal(d)
		}
		addUp(t, &table, "blocks", "lines", "user", "assistant", "tools", "lines_current")
		table = find(t, all, newTools(utc))
		if d := difference.Diff(calls, rowsOf(&table, []string{"tool"}, "calls", "answers", "failures")); d != "" {
			t.Fatal(d)
		}
		addUp(t, &table, "calls", "answers", "failures")
		table = find(t, all, newSources(utc))
		if d := difference.Diff(cites, rowsOf(&table, []string{"domain"}, "citations")); d != "" {
			t.Fatal(d)
		}
		addUp(t, &table, "citations", "pages")
	})
}

func TestFilesCountOnceAndTellWhatIsMissing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all := furnishedConversations(t)
		o := utc
		o.File = shelf
		ids, references := map[string]bool{}, 0
		for _, c := range all {
			for _, n := range c.Nodes {
				if n.Message != nil {
					for f := range n.Message.Files() {
						ids[f.ID] = true
						references++
					}
				}
			}
		}
		missing := 0
		for id := range ids {
			missing += one(strings.HasSuffix(id, "3") || strings.HasSuffix(id, "5"))
		}
		table := find(t, all, newFiles(o))
		if d := difference.Diff([]any{len(ids), references, missing}, cells(&table, table.Total, "files", "references", "missing")); d != "" {
			t.Fatal(d)
		}
		addUp(t, &table, "files", "references", "bytes", "missing")
		if rows := len(find(t, all, newFileList(o)).Rows); rows != len(ids) {
			t.Fatalf("%d files listed, there are %d", rows, len(ids))
		}
		lacking := 0
		covered := find(t, all, newCoverage(o))
		for _, row := range covered.Rows {
			if row[0] == "file" {
				lacking += row[2].(int)
			}
		}
		if lacking != missing {
			t.Fatalf("%d files lacking, %d missing", lacking, missing)
		}
	})
}

func TestStreaksAreTheDaysThatASlowReadingFinds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all := conversations(t)
		start := time.Date(2024, 2, 20, 0, 0, 0, 0, time.UTC)
		for _, c := range all {
			for i := range c.Nodes {
				if m := c.Nodes[i].Message; m != nil && !m.Created.IsZero() {
					m.Created = start.Add(time.Duration(rapid.IntRange(0, 30*24).Draw(t, "hour")) * time.Hour)
				}
			}
		}
		days := distinct(lines(all), func(l line) (string, bool) {
			return l.at.Format(time.DateOnly), l.message && l.role == "user" && !l.at.IsZero()
		})
		want := map[string][]any{}
		for day := range days {
			at, _ := time.Parse(time.DateOnly, day)
			if days[at.AddDate(0, 0, -1).Format(time.DateOnly)] {
				continue
			}
			n := 1
			for days[at.AddDate(0, 0, n).Format(time.DateOnly)] {
				n++
			}
			want[day] = []any{at.AddDate(0, 0, n-1).Format(time.DateOnly), n}
		}
		table := find(t, all, newStreaks(utc))
		if d := difference.Diff(want, rowsOf(&table, []string{"from"}, "to", "days")); d != "" {
			t.Fatal(d)
		}
		if table.Total[table.find("days")] != len(days) {
			t.Fatalf("%v days, want %d", table.Total, len(days))
		}
	})
}

func TestAnswersAreTimedFromTheNearestPrompt(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all := conversations(t)
		want := map[string]int{}
		for _, c := range all {
			for i, n := range c.Nodes {
				m := n.Message
				if m == nil || m.Role != chat.Assistant || !m.Visible() {
					continue
				}
				for up := n.Parent; up >= 0; up = c.Nodes[up].Parent {
					p := c.Nodes[up].Message
					if p == nil || !p.Visible() {
						continue
					}
					if wait := m.Created.Sub(p.Created); p.Role == chat.User && !p.Created.IsZero() && !m.Created.IsZero() && wait >= 0 && wait < time.Hour {
						want[cmp.Or(m.Model, "unknown")]++
					}
					break
				}
				_ = i
			}
		}
		table := find(t, all, newResponse(utc))
		got := map[string]int{}
		for _, row := range table.Rows {
			if n := cells(&table, row, "answers")[0].(int); n > 0 {
				got[row[0].(string)] = n
			}
		}
		if d := difference.Diff(want, got); d != "" {
			t.Fatal(d)
		}
		addUp(t, &table, "answers", "not_counted", "thought")
	})
}

func TestConversationsAddUpToTheOverview(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all := furnishedConversations(t)
		table := find(t, all, newChats(utc))
		over := find(t, all, newOverview(utc))
		want := map[string]any{}
		for _, row := range over.Rows {
			want[row[0].(string)] = row[1]
		}
		for _, key := range []string{"messages", "visible", "words_user", "words_assistant", "user", "assistant", "tool", "branches", "forks", "versions", "messages_off", "words_off", "nodes", "attachments", "thinking"} {
			if got := table.Total[table.find(key)]; got != want[key] {
				t.Fatalf("%s is %v, the overview says %v", key, got, want[key])
			}
		}
		for _, row := range table.Rows {
			longest := 0
			for _, c := range all {
				if c.ID == string(row[0].(ID)) {
					for b := range c.Branches() {
						longest = max(longest, how(b.Nodes, func(i int) bool { return c.Nodes[i].Message != nil }))
					}
				}
			}
			if got := cells(&table, row, "longest_branch")[0]; got != longest {
				t.Fatalf("longest branch %v, want %d", got, longest)
			}
		}
		addUp(t, &table, "messages", "branches", "words", "messages_off")
	})
}

func TestByPartsTheRowsOfReportsThatHaveParts(t *testing.T) {
	t.Parallel()
	file := samples + "02-branches-regenerate-edit.json"
	p := jsonOf(t, "analyze", "-f", "json", "-a", file, "--by", "model", "monthly")
	if len(p.Rows) == 0 || p.Rows[0]["month"] == nil || p.Rows[0]["model"] == nil {
		t.Errorf("%v", p.Rows)
	}
	same := jsonOf(t, "analyze", "-f", "json", "-a", file, "--breakdown", "monthly")
	if d := difference.Diff(p.Rows, same.Rows); d != "" {
		t.Error(d)
	}
	for _, args := range [][]string{{"--by", "model", "models"}, {"--by", "model", "hours"}, {"--by", "colour", "monthly"}, {"--by", "month", "--breakdown", "models"}} {
		if out, log, code := gptsnap(t, append([]string{"analyze", "-a", "no-such"}, args...)...); code != 2 || out != "" {
			t.Errorf("%v: code %d, %s", args, code, log)
		}
	}
	for _, name := range []string{"files", "projects", "models", "gpts"} {
		if out, log, code := gptsnap(t, "list", "-a", file, name); code != 0 || out == "" {
			t.Errorf("list %s: code %d, %s", name, code, log)
		}
	}
}

func TestAScreenShowsAFewRowsOfALongTableAndDataHasAll(t *testing.T) {
	t.Parallel()
	o := order{Options: utc, screen: wide, format: "table"}
	for format, want := range map[string]int{"table": 20, "csv": 41} {
		o.format = format
		table, scope := tableOf(t, account(40), newChats(utc), utc)
		var b strings.Builder
		if err := o.print(&b, &table, scope); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(b.String(), "-1111-") + strings.Count(b.String(), "\r\n") - 40*one(format == "csv"); format == "csv" && n != want || format == "table" && !strings.Contains(b.String(), "the first 20 of 40 rows") {
			t.Errorf("%s: %d\n%s", format, n, b.String())
		}
	}
}
