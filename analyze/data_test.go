package analyze

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"gptsnap/formats/chat"

	"pgregory.net/rapid"
)

// contract lists the keys that other programs read, from the design.
var contract = map[string][]string{
	"overview":       {"metric", "value"},
	"daily":          {"day", "conversations", "messages", "user", "assistant", "tool", "system", "words_user", "words_assistant"},
	"weekly":         {"week", "conversations", "messages", "user", "assistant", "tool", "system", "words_user", "words_assistant"},
	"monthly":        {"month", "conversations", "messages", "user", "assistant", "tool", "system", "words_user", "words_assistant"},
	"yearly":         {"year", "conversations", "messages", "user", "assistant", "tool", "system", "words_user", "words_assistant"},
	"models":         {"model", "conversations", "messages", "words", "share", "first", "last"},
	"branches":       {"id", "title", "forks", "branches", "versions", "edited", "regenerated", "choices", "branched", "messages_off", "words_off"},
	"hours":          {"weekday", "00", "01", "12", "23", "messages"},
	"list":           {"id", "title", "created", "updated", "model", "messages", "branches", "project", "archived"},
	"branches-table": {"id", "title", "nodes", "messages", "branches", "forks", "current", "leaves"},
}

func TestJSONHasTheShapeAndKeysOfTheContract(t *testing.T) {
	t.Parallel()
	for name, m := range every(utc) {
		all := account(25)
		if furnished[name] {
			furnish(all)
		}
		table, scope := tableOf(t, all, m, utc)
		var b bytes.Buffer
		if err := WriteJSON(&b, &table, scope); err != nil {
			t.Fatal(err)
		}
		var got struct {
			Report  string
			Schema  int
			Scope   struct{ Conversations, Failed *int }
			Columns []string
			Rows    []map[string]any
			Total   map[string]any
		}
		var raw map[string]json.RawMessage
		if err := json.Unmarshal(b.Bytes(), &raw); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, key := range []string{"report", "schema", "scope", "columns", "rows", "total"} {
			if raw[key] == nil {
				t.Errorf("%s has no %s", name, key)
			}
		}
		if err := json.Unmarshal(b.Bytes(), &got); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got.Report != strings.TrimSuffix(name, "-table") || got.Schema != 1 || got.Scope.Conversations == nil || *got.Scope.Conversations != 25 || got.Total == nil {
			t.Errorf("%s: %+v", name, got)
		}
		for _, key := range contract[name] {
			if !slices.Contains(got.Columns, key) {
				t.Errorf("%s has no column %s", name, key)
			}
		}
		if len(got.Rows) == 0 || len(got.Rows) != len(table.Rows) {
			t.Errorf("%s: %d rows", name, len(got.Rows))
		}
		for _, row := range got.Rows {
			if len(row) != len(got.Columns) {
				t.Errorf("%s: a row of %d values under %d columns", name, len(row), len(got.Columns))
			}
			for _, key := range got.Columns {
				if _, there := row[key]; !there {
					t.Errorf("%s: a row without %s", name, key)
				}
			}
		}
	}
}

func TestOverviewHasTheMetricsOfTheContract(t *testing.T) {
	t.Parallel()
	table, _ := tableOf(t, account(5), newOverview(utc), utc)
	want := strings.Fields("conversations nodes messages visible branches forks current_messages user assistant tool system words_user words_assistant first last")
	for i, name := range want {
		if table.Rows[i][0] != name {
			t.Errorf("row %d is %v, not %s", i, table.Rows[i][0], name)
		}
	}
	seen := map[any]bool{}
	for _, row := range table.Rows {
		if seen[row[0]] {
			t.Errorf("%v comes twice", row[0])
		}
		seen[row[0]] = true
	}
}

func TestValuesInJSON(t *testing.T) {
	t.Parallel()
	at := time.Date(2024, 5, 1, 9, 14, 0, 123456000, time.FixedZone("", 3600))
	for _, k := range []struct {
		v    any
		want string
	}{
		{nil, "null"}, {12345, "12345"}, {0.25, "0.25"}, {Share(1) / 3, "0.3333333333333333"}, {90 * time.Second, "90"}, {true, "true"},
		{at, `"2024-05-01T08:14:00.123456Z"`}, {[]string{}, "[]"}, {[]string{"a", "b\n"}, `["a","b\n"]`}, {ID("6f2c81aa-1"), `"6f2c81aa-1"`},
		{"\x1b[31m<&>\u009b\u202e\U000e0041\xff", `"\u001b[31m<&>\u009b\u202e\udb40\udc41` + "\ufffd\""},
	} {
		if got := value(k.v); got != k.want {
			t.Errorf("%v: %s, want %s", k.v, got, k.want)
		}
	}
}

func TestJSONKeepsAnyTextAndTroublesNoTerminal(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s") + rapid.SampledFrom(hostile).Draw(t, "hostile")
		q := quote(s)
		var back string
		if err := json.Unmarshal([]byte(q), &back); err != nil || back != strings.ToValidUTF8(s, "\ufffd") {
			t.Fatalf("%q becomes %q (%v)", s, back, err)
		}
		if i := strings.IndexFunc(q, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }); i >= 0 {
			t.Fatalf("%q", q)
		}
	})
}

func TestJSONLHasOneRowALine(t *testing.T) {
	t.Parallel()
	table, _ := tableOf(t, account(25), newList(utc), utc)
	var b bytes.Buffer
	if err := WriteJSONL(&b, &table); err != nil {
		t.Fatal(err)
	}
	n := 0
	for l := range strings.Lines(b.String()) {
		var row map[string]any
		if err := json.Unmarshal([]byte(l), &row); err != nil || len(row) != len(table.Columns) {
			t.Errorf("%v: %s", err, l)
		}
		n++
	}
	if n != 25 {
		t.Errorf("%d lines", n)
	}
}

func TestCSVIsReadBackAndCalculatesNothing(t *testing.T) {
	t.Parallel()
	titles := map[string]string{
		"=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", "\t=1": "' =1", "\r=1": "' =1", "＝1": "'＝1", " =1": "' =1",
		"a, \"quoted\" b": "a, \"quoted\" b", "two\nlines": "two lines", "\x1b[31mred": "[31mred", "plain": "plain", "\u202ex": "x", "1-2": "1-2",
	}
	var all []*chat.Conversation
	for title := range titles {
		all = append(all, &chat.Conversation{Current: -1, ID: fmt.Sprint("=id", len(all)), Title: title})
	}
	table, _ := tableOf(t, all, newList(utc), utc)
	var b bytes.Buffer
	if err := WriteCSV(&b, &table); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), "\n"); n != strings.Count(b.String(), "\r\n") || n != len(all)+1 {
		t.Errorf("%d line ends for %d rows and the keys", n, len(all))
	}
	back, err := csv.NewReader(&b).ReadAll()
	if err != nil || !slices.Equal(back[0], table.Keys()) {
		t.Fatal(err, back)
	}
	for i, row := range back[1:] {
		if want := titles[table.Rows[i][1].(string)]; row[1] != want || row[0][0] != '\'' {
			t.Errorf("%q, %q, want %q", row[0], row[1], want)
		}
		if row[5] != "0" || row[2] != "" {
			t.Errorf("messages %q, created %q", row[5], row[2])
		}
	}
}

func TestMarkdownKeepsTextFromBecomingMarkup(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	for _, name := range []string{"list", "overview", "models", "yearly"} {
		table, scope := tableOf(t, account(9), every(utc)[name], utc)
		if err := WriteMarkdown(&b, &table, scope); err != nil {
			t.Fatal(err)
		}
		b.WriteByte('\n')
	}
	golden(t, "tables.md", b.String())
	if got := literal(cell("a|b`c`*d*<script>&[x](y)\n\\", true)); got != "a\\|b\\`c\\`\\*d\\*&lt;script>&amp;\\[x\\](y) \\\\" {
		t.Error(got)
	}
}
