package source

import (
	"errors"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// account is a source of five conversations, once as a file with an index and
// once made by hand.
func account(t testing.TB) map[string]*Source {
	day := func(s string) float64 {
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return float64(d.Unix())
	}
	text := "[" + strings.Join([]string{
		talk("aaaaaaaa-0001", day("2025-01-01"), 2),
		talk("aaaaaaaa-0002", day("2025-02-01"), 4, `"is_archived":true,`),
		talk("bbbbbbbb-0003", day("2025-03-01"), 6, `"gizmo_id":"g-p-0123456789abcdef0123456789abcdef","gizmo_type":"snorlax","is_starred":true,`),
		talk("cccccccc-0004", day("2025-04-01"), 8, `"default_model_slug":"o3-pro",`),
		strings.Replace(talk("dddddddd-0005", 1, 1), `"update_time":1,`, "", 1), // nobody knows when
	}, ",") + "]"
	file := opened(t, put(t, filepath.Join(t.TempDir(), "a.json"), text))
	plain := &Source{Name: "by hand", Count: 5, Entries: file.Entries}
	return map[string]*Source{"file": file, "by hand": plain, "ZIP": opened(t, zipped(t, pair{"conversations.json", text}))}
}

func TestSelectionsChooseWhatTheySay(t *testing.T) {
	t.Parallel()
	on := func(s string) time.Time {
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, k := range []struct {
		name string
		sel  Selection
		want string
	}{
		{"nothing set", Selection{}, "12345"},
		{"an id", Selection{IDs: []string{"aaaaaaaa-0002"}}, "2"},
		{"ids in any order, one twice", Selection{IDs: []string{"cccccccc-0004", "aaaaaaaa-0001", "cccccccc-0004"}}, "14"},
		{"a prefix", Selection{IDs: []string{"bbbbbbbb"}}, "3"},
		{"a URL", Selection{IDs: []string{"https://chatgpt.com/c/aaaaaaaa-0001?model=gpt-4o#x"}}, "1"},
		{"a URL of a project", Selection{IDs: []string{"https://chatgpt.com/g/g-p-01/c/bbbbbbbb-0003/"}}, "3"},
		{"an old URL", Selection{IDs: []string{"chat.openai.com/c/bbbbbbbb-0003"}}, "3"},
		{"since, that day included", Selection{Since: on("2025-02-01")}, "234"},
		{"until, that instant excluded; without a time the birth counts", Selection{Until: on("2025-02-01")}, "15"},
		{"a range", Selection{Since: on("2025-01-15"), Until: on("2025-03-15")}, "23"},
		{"a title", Selection{Title: regexp.MustCompile("(?i)TALK [ab].*-0+[13]")}, "13"},
		{"a model that answered", Selection{Model: "GPT-4*"}, "1234"},
		{"a default model", Selection{Model: "o3*"}, "4"},
		{"a model that nobody asked", Selection{Model: "gpt-4"}, ""},
		{"a project by id", Selection{Project: "g-p-0123456789abcdef0123456789abcdef"}, "3"},
		{"no project", Selection{Project: "Garden"}, ""},
		{"a GPT", Selection{GPT: "g-p-0123456789abcdef0123456789abcdef"}, "3"},
		{"a GPT with its slug", Selection{GPT: "g-p-0123456789abcdef0123456789abcdef-garden"}, "3"},
		{"a part of a GPT's id", Selection{GPT: "g-p-0123"}, ""},
		{"archived", Selection{Archived: true}, "2"},
		{"starred", Selection{Starred: true}, "3"},
		{"a number of messages", Selection{MinMessages: 5}, "34"},
		{"all of several criteria", Selection{Since: on("2025-02-01"), MinMessages: 5, Starred: true}, "3"},
		{"criteria that exclude one another", Selection{Archived: true, Starred: true}, ""},
	} {
		for kind, s := range account(t) {
			chosen, err := s.Select(k.sel)
			if err != nil {
				t.Errorf("%s, %s: %v", k.name, kind, err)
				continue
			}
			got, problems := read(t, chosen)
			digits := ""
			for _, id := range got {
				digits += strings.TrimPrefix(strings.Split(id, "/")[0][9:], "000")
			}
			if digits != k.want || len(problems) != 0 {
				t.Errorf("%s, %s: %q %q, want %q", k.name, kind, digits, problems, k.want)
			}
			if chosen.Count >= 0 && chosen.Count != len(got) {
				t.Errorf("%s, %s: count %d of %d", k.name, kind, chosen.Count, len(got))
			}
			whole, _ := read(t, s)
			if len(whole) != 5 {
				t.Errorf("%s, %s: the source that was narrowed now has %d", k.name, kind, len(whole))
			}
		}
	}
}

func TestIDsAndTimesAreJudgedWithoutDecoding(t *testing.T) {
	t.Parallel()
	s := account(t)["file"]
	for name, sel := range map[string]Selection{"ids": {IDs: []string{"aaaaaaaa-0001", "bbbbbbbb"}}} {
		chosen, err := s.Select(sel)
		if err != nil || chosen.Count != 2 {
			t.Errorf("%s: %v, count %d", name, err, chosen.Count)
		}
	}
	// One conversation has no time, so a range can be counted only without it.
	known, err := s.Select(Selection{IDs: []string{"aaaaaaaa-0001", "aaaaaaaa-0002"}})
	if err != nil {
		t.Fatal(err)
	}
	chosen, err := known.Select(Selection{Since: time.Unix(1738000000, 0)})
	if err != nil || chosen.Count != 1 {
		t.Errorf("times: %v, count %d", err, chosen.Count)
	}
}

func TestSelectionsNarrowOneAnother(t *testing.T) {
	t.Parallel()
	for kind, s := range account(t) {
		var err error
		for _, sel := range []Selection{{MinMessages: 3}, {Model: "gpt*"}, {Title: regexp.MustCompile("aaaa|cccc")}} {
			if s, err = s.Select(sel); err != nil {
				t.Fatal(err)
			}
		}
		got, _ := read(t, s)
		same(t, kind, got, "aaaaaaaa-0002/5", "cccccccc-0004/9")
	}
}

func TestASelectorThatIsNotOneConversationIsAUsageError(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"aaaaaaaa":                       `"aaaaaaaa" means 2 conversations: aaaaaaaa-0001, aaaaaaaa-0002`,
		"ffffffff":                       `no conversation "ffffffff"`,
		"aaaaaaaa-0001x":                 `no conversation "aaaaaaaa-0001x"`,
		"bbb":                            "at least 8 characters",
		"":                               "at least 8 characters",
		"https://chatgpt.com/share/xyz1": `no conversation "https://chatgpt.com/share/xyz1"`,
	} {
		for kind, s := range account(t) {
			_, err := s.Select(Selection{IDs: []string{"bbbbbbbb-0003", given}})
			fail := (*Failure)(nil)
			if !errors.As(err, &fail) || fail.Code != ExitUsage || !strings.Contains(err.Error(), want) {
				t.Errorf("%s, %q: %v, want %q", kind, given, err, want)
			}
		}
	}
	if _, err := account(t)["file"].Select(Selection{Model: "[a"}); err == nil || !strings.Contains(err.Error(), "--model") {
		t.Error(err)
	}
}

func TestProblemsConcernThoseWhoAskForEverything(t *testing.T) {
	t.Parallel()
	s := opened(t, put(t, filepath.Join(t.TempDir(), "a.json"), "["+talk("aaaaaaaa-1", 5, 2)+",17]"))
	all, err := s.Select(Selection{MinMessages: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, problems := read(t, all); len(problems) != 1 {
		t.Error(problems)
	}
	one, err := s.Select(Selection{IDs: []string{"aaaaaaaa-1"}})
	if err != nil {
		t.Fatal(err)
	}
	if got, problems := read(t, one); len(problems) != 0 || len(got) != 1 {
		t.Error(got, problems)
	}
}

func TestPrefixesResolveToTheIDThatHasThem(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfNDistinct(rapid.StringMatching(`[ab]{8,12}`), 1, 20, rapid.ID).Draw(t, "ids")
		given := rapid.StringMatching(`[ab]{8,12}`).Draw(t, "given")
		if rapid.Bool().Draw(t, "take one") {
			given = rapid.SampledFrom(all).Draw(t, "one")[:8]
		}
		var want []string
		for _, id := range all {
			if id == given {
				want = []string{id}
				break
			}
			if strings.HasPrefix(id, given) {
				want = append(want, id)
			}
		}
		got, err := resolve([]string{given}, all)
		if (err == nil) != (len(want) == 1) || err == nil && !got[want[0]] {
			t.Fatalf("%q in %q: %v, %v, want %q", given, all, got, err, want)
		}
	})
}

func TestDatesAreReadAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 29, 12, 0, 0, 0, berlin) // the day on which the clocks go forward
	for in, want := range map[string][2]string{
		"2026-03-29":                {"2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"},
		"2025-12-31":                {"2025-12-30T23:00:00Z", "2025-12-31T23:00:00Z"},
		"2025-12-31T10:00:00+02:00": {"2025-12-31T08:00:00Z", "2025-12-31T08:00:00.000000001Z"},
		"30d":                       {"2026-02-27T11:00:00Z", "2026-02-27T11:00:00.000000001Z"},
		"2w":                        {"2026-03-15T11:00:00Z", "2026-03-15T11:00:00.000000001Z"},
		"6m":                        {"2025-09-29T10:00:00Z", "2025-09-29T10:00:00.000000001Z"},
		"2y":                        {"2024-03-29T11:00:00Z", "2024-03-29T11:00:00.000000001Z"},
		"0d":                        {"2026-03-29T10:00:00Z", "2026-03-29T10:00:00.000000001Z"},
	} {
		from, to, err := date(in, now)
		if got := [2]string{from.UTC().Format(time.RFC3339Nano), to.UTC().Format(time.RFC3339Nano)}; err != nil || got != want {
			t.Errorf("%s: %v %v, want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"", "d", "30", "x30d", "-3d", "30x", "2025-13-01", "yesterday", "99999999d", "2025"} {
		if _, _, err := date(in, now); err == nil || !strings.Contains(err.Error(), "is no date") {
			t.Errorf("%q: %v", in, err)
		}
	}
}
