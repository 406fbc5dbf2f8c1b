package analyze

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"gptsnap/formats/chat"
	"gptsnap/formats/chat/chattest"
	"gptsnap/formats/source"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func places(f *finder, s string) (out [][]int) {
	f.find(s, func(from, to int) bool {
		out = append(out, []int{from, to})
		return true
	})
	return out
}

func checkFinder(t interface{ Fatalf(string, ...any) }, pattern, s string, fold bool) {
	f, err := newFinder(pattern, false, fold)
	if err != nil {
		t.Fatalf("%v", err)
	}
	flags := ""
	if fold {
		flags = "(?i)"
	}
	want := regexp.MustCompile(flags+regexp.QuoteMeta(strings.ToValidUTF8(pattern, "\uFFFD"))).FindAllStringIndex(s, -1)
	if d := cmp.Diff(want, places(f, s)); d != "" {
		t.Fatalf("%q in %q: %s", pattern, s, d)
	}
}

func TestAFinderFindsWhatARegularExpressionOfTheSameTextFinds(t *testing.T) {
	t.Parallel()
	letters := []rune("aAbkKsS\u212a\u017fσςΣéÉ日 .ǆǅǄ\u0130ıi")
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringOfN(rapid.SampledFrom(letters), 1, 4, -1).Draw(t, "pattern")
		s := rapid.StringOf(rapid.SampledFrom(letters)).Draw(t, "s") + pattern + rapid.String().Draw(t, "rest")
		checkFinder(t, pattern, s, rapid.Bool().Draw(t, "fold"))
	})
}

func FuzzFinder(f *testing.F) {
	f.Add("the", "The cat and tHE \u212aelvin", true)
	f.Add("k", "\u212a\xffk", true)
	f.Add("日本", "日本語日本", false)
	f.Fuzz(func(t *testing.T, pattern, s string, fold bool) {
		if pattern == "" || !fold && strings.Contains(pattern, "\uFFFD") || strings.ToValidUTF8(pattern, "") != pattern || strings.Contains(pattern, "\uFFFD") {
			return // RE2 reads broken bytes as U+FFFD
		}
		checkFinder(t, pattern, s, fold)
	})
}

func TestTheTextThatAnExpressionRequiresNeverHidesAMatch(t *testing.T) {
	t.Parallel()
	some := []string{"rain", "RAIN", "a.n", "ra+in", "(rain|soil)", "^soil", "soil$", "[a-z]+ing with", "(?i)Rain", "r?ain", "s{2}oil", "soil|rain", "(soil)(rain)", "日本?"}
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.SampledFrom(some).Draw(t, "a") + rapid.SampledFrom(append(some, "")).Draw(t, "b")
		s := strings.Join(rapid.SliceOf(rapid.SampledFrom([]string{"rain", "Rain", "ssoil", "soil", "\n", "swimming with", "日", "日本", " "})).Draw(t, "s"), "")
		fold := rapid.Bool().Draw(t, "fold")
		f, err := newFinder(pattern, true, fold)
		if err != nil {
			t.Fatal(err)
		}
		bare := &finder{re: f.re}
		if d := cmp.Diff(places(bare, s), places(f, s)); d != "" {
			t.Fatalf("%q in %q: %s", pattern, s, d)
		}
	})
}

// searched is the table that a query gives.
func searched(t interface{ Fatal(...any) }, all []*chat.Conversation, q *query) Table {
	f := q.found(utc)
	if _, err := run(context.Background(), from(all), utc, q.search, f.observe); err != nil {
		t.Fatal(err)
	}
	return f.Table()
}

func TestSearchSaysOnWhichBranchesAsTheListOfBranchesDoes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := chattest.Tree(t)
		c.ID = "one"
		want := map[string][]any{}
		on, n := c.OnCurrent(), 0
		for b := range c.Branches() {
			n++
			for _, i := range b.Nodes {
				m := c.Nodes[i].Message
				if m == nil {
					continue
				}
				m.Parts = []chat.Part{&chat.Text{Raw: "soil and Soil"}}
				if row := want[string(c.Nodes[i].ID)]; row != nil {
					row[2] = row[2].(int) + 1
				} else {
					want[string(c.Nodes[i].ID)] = []any{on[i], n, 1, 2}
				}
			}
		}
		f, _ := newFinder("SOIL", false, true)
		in, _ := parseAreas("all")
		for _, current := range []bool{false, true} {
			table := searched(t, []*chat.Conversation{c}, &query{finder: f, in: in, current: current})
			got := map[string][]any{}
			for _, row := range table.Rows {
				got[string(cells(&table, row, "node")[0].(ID))] = cells(&table, row, "current", "branch", "on_branches", "matches")
				if d := cells(&table, row, "branches")[0]; d != n {
					t.Fatalf("of %v branches, there are %d", d, n)
				}
			}
			expect := map[string][]any{}
			for id, row := range want {
				if !current || row[0].(bool) {
					expect[id] = row
				}
			}
			if d := cmp.Diff(expect, got); d != "" {
				t.Fatal(d)
			}
			if table.Total[table.find("matches")] != 2*len(expect) {
				t.Fatalf("total %v", table.Total)
			}
		}
	})
}

func TestEveryKindOfPartCanBeSearched(t *testing.T) {
	t.Parallel()
	in, _ := parseAreas("all")
	for _, p := range chattest.EveryPart() {
		c := &chat.Conversation{ID: "x", Nodes: []chat.Node{{ID: "a", Message: &chat.Message{Role: chat.Assistant, ContentType: "text", Parts: []chat.Part{p}}}}}
		c.Link(make([]chat.Links, 1), "a")
		for _, word := range chattest.Words(p) {
			f, _ := newFinder(word, false, false)
			if table := searched(t, []*chat.Conversation{c}, &query{finder: f, in: in}); len(table.Rows) == 0 {
				t.Errorf("%T: %q is not found", p, word)
			}
		}
	}
}

func TestExcerptsShowWholeLinesAndTheirNeighbours(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 500) + "needle" + strings.Repeat("日", 500)
	for _, k := range []struct {
		s       string
		context int
		want    string
	}{
		{"one needle two", 0, "one needle two"},
		{"a\nb needle\nc", 0, "b needle"},
		{"a\nb\nneedle\nc\nd", 1, "b\nneedle\nc"},
		{"needle\r\nc", 0, "needle"},
		{"needle", 9, "needle"},
		{long, 0, "…" + strings.Repeat("é", 80) + "needle" + strings.Repeat("日", 53) + "…"},
	} {
		at := strings.Index(k.s, "needle")
		if got := excerpt(k.s, at, at+6, k.context, 0).of(k.s); got != k.want {
			t.Errorf("%q: %q, want %q", k.s, got, k.want)
		}
	}
}

func TestExcerptsShowEachMatchOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		for k := range rapid.IntRange(1, 30).Draw(t, "lines") {
			fmt.Fprintf(&b, "%d", k) // no two lines are the same
			for range rapid.IntRange(0, 12).Draw(t, "words") {
				b.WriteString(rapid.SampledFrom([]string{" needle", " the long word", " zwölf", strings.Repeat(" and", 30), " 日本"}).Draw(t, "word"))
			}
			b.WriteString(rapid.SampledFrom([]string{"\n", "\r\n", "\n\n"}).Draw(t, "end"))
		}
		s := b.String()
		f, _ := newFinder("needle", false, false)
		q := &query{finder: f, context: rapid.IntRange(0, 3).Draw(t, "context")}
		var h hit
		q.look(&h, s)
		all := strings.Count(s, "needle")
		shown := strings.Count(strings.Join(h.excerpts, "\n"), "needle")
		if h.matches != all || shown > all || shown < min(all, mostExcerpts) || len(h.excerpts) > mostExcerpts {
			t.Fatalf("%d matches, of which %d were counted and %d are shown in\n%q\nof\n%q", all, h.matches, shown, h.excerpts, s)
		}
		for _, e := range h.excerpts {
			if !utf8.ValidString(e) || !strings.Contains(s, strings.Trim(e, "…")) {
				t.Fatalf("%q is not a part of %q", e, s)
			}
		}
	})
}

func TestNothingFoundIsSaidOnceWithOtherWaysToLook(t *testing.T) {
	t.Parallel()
	file := samples + "02-branches-regenerate-edit.json"
	for _, k := range []struct {
		args  []string
		hints []string
	}{
		{[]string{"zebra"}, []string{"-i ", "--in all"}},
		{[]string{"-i", "--in", "all", "zebra crossing"}, []string{"side by side"}},
		{[]string{"-i", "--in", "all", "-e", "zebra crossing"}, nil},
	} {
		out, log, code := gptsnap(t, append([]string{"search", "-a", file}, k.args...)...)
		if code != source.ExitNothing || out != "" || strings.Count(log, "nothing") != 1 || !strings.Contains(log, "1 conversation: all branches") {
			t.Errorf("%q: code %d, %q, %q", k.args, code, out, log)
		}
		hint := log[strings.Index(log, "hint: "):]
		for _, h := range []string{"-i ", "--in all", "side by side"} {
			if strings.Contains(hint, h) != slices.Contains(k.hints, h) {
				t.Errorf("%q: %q", k.args, hint)
			}
		}
	}
}

func TestSearchOnScreen(t *testing.T) {
	t.Parallel()
	in, _ := parseAreas("text,titles")
	f, _ := newFinder("because RAIN", false, true)
	var b bytes.Buffer
	for _, s := range []Screen{{Width: 80, Unicode: true, Zone: time.UTC}, {Width: 50, Zone: time.UTC}} {
		table := searched(t, account(12), &query{finder: f, in: in})
		if len(table.Rows) == 0 {
			t.Fatal("nothing found")
		}
		if err := Print(&b, &table, Scope{Conversations: 12}, s); err != nil {
			t.Fatal(err)
		}
		fits(t, b.String(), Screen{Width: 80})
	}
	golden(t, "search.txt", b.String())
}

func TestSearchKeepsHostileTextFromTheTerminal(t *testing.T) {
	t.Parallel()
	in, _ := parseAreas("all")
	for _, say := range hostile {
		all := account(3)
		for _, c := range all {
			dress(c, func() string { return say + " needle " + say })
		}
		f, _ := newFinder("needle", false, false)
		table := searched(t, all, &query{finder: f, in: in, context: 2})
		if len(table.Rows) == 0 {
			t.Fatalf("%q: nothing found", say)
		}
		for _, s := range []Screen{{Width: 60, Unicode: true, Zone: time.UTC}, {Width: 40, Zone: time.UTC}} {
			var b bytes.Buffer
			if err := Print(&b, &table, Scope{}, s); err != nil {
				t.Fatal(err)
			}
			fits(t, b.String(), s)
		}
	}
}

// sgr is what a terminal is told about colour, and nothing else.
var sgr = regexp.MustCompile(`\x1b\[(?:1;31|1|0)m`)

func TestMatchesAreColouredOnScreensThatHaveColour(t *testing.T) {
	t.Parallel()
	in, _ := parseAreas("all")
	red := regexp.MustCompile(`\x1b\[1;31m(.*?)\x1b\[0m`)
	for _, k := range []struct {
		query       string
		regex, fold bool
	}{{"needle", false, false}, {"NEEDLE", false, true}, {"n[e]+dle", true, false}, {"日本", false, false}, {"needle x", false, false}, {"\xe6", false, false}} {
		f, err := newFinder(k.query, k.regex, k.fold)
		if err != nil {
			t.Fatal(err)
		}
		for _, say := range append(hostile, strings.Repeat("日本 words ", 40), "\x1b[1;31m") {
			all := account(3)
			for _, c := range all {
				dress(c, func() string { return say + " needle x" + say + " needle" + say })
			}
			q := &query{finder: f, in: in, context: 1}
			table := searched(t, all, q)
			if len(table.Rows) == 0 {
				continue
			}
			table.Marks = f.find
			for _, s := range []Screen{{Width: 60, Unicode: true, Zone: time.UTC}, {Width: 44, Zone: time.UTC}} {
				var plain, colour bytes.Buffer
				if err := Print(&plain, &table, Scope{}, s); err != nil {
					t.Fatal(err)
				}
				s.Color = true
				if err := Print(&colour, &table, Scope{}, s); err != nil {
					t.Fatal(err)
				}
				fits(t, plain.String(), s)
				if sgr.ReplaceAllString(colour.String(), "") != plain.String() || !utf8.ValidString(colour.String()) {
					t.Errorf("%q in %q: in colour it is\n%q\nand without\n%q", k.query, say, colour.String(), plain.String())
				}
				matches := red.FindAllStringSubmatch(colour.String(), -1)
				for _, m := range matches {
					if !strings.Contains("needle x 日本", m[1]) {
						t.Errorf("%q: %q is in colour", k.query, m[1])
					}
				}
				if strings.Contains(k.query, "eedle") && !k.regex && len(matches) == 0 {
					t.Errorf("%q in %q: nothing is in colour", k.query, say)
				}
			}
		}
	}
}

func TestTheSearchCommand(t *testing.T) {
	t.Parallel()
	file := samples + "02-branches-regenerate-edit.json"
	p := jsonOf(t, "search", "-f", "json", "-a", file, "museum")
	if len(p.Rows) != 1 || p.Rows[0]["current"] != false || p.Rows[0]["branches"] != 5.0 || p.Total["matches"] != 1.0 {
		t.Errorf("%v", p)
	}
	for _, args := range [][]string{{"zebra"}, {"--current-only", "museum"}, {"--in", "titles", "museum"}, {"MUSEUM"}} {
		if _, log, code := gptsnap(t, append([]string{"search", "-a", file}, args...)...); code != source.ExitNothing {
			t.Errorf("%v: code %d, %s", args, code, log)
		}
	}
	for _, args := range [][]string{{"-i", "MUSEUM"}, {"--regex", "mus[e]um$|muse"}, {"museum", p.Rows[0]["id"].(string)}} {
		if out, log, code := gptsnap(t, append([]string{"search", "-a", file}, args...)...); code != 0 || !strings.Contains(out, "not current: branch") {
			t.Errorf("%v: code %d\n%s%s", args, code, out, log)
		}
	}
	for _, args := range [][]string{{}, {"--in", "nowhere", "x"}, {"--regex", "("}, {"-C", "-1", "x"}, {"--sort", "wieght", "x"}} {
		if out, log, code := gptsnap(t, append([]string{"search", "-a", file}, args...)...); code != source.ExitUsage || out != "" {
			t.Errorf("%v: code %d, %q, %s", args, code, out, log)
		}
	}
}
