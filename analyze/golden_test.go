package analyze

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gptsnap/formats/chat"

	"github.com/google/go-cmp/cmp"
	"github.com/mattn/go-runewidth"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with a file of testdata, or writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (rewrite with -update):\n%s", name, d)
	}
}

// every is the metric of each table command by name.
func every(o Options) map[string]Metric {
	all := map[string]Metric{"list": newList(o), "branches-table": newBranches(o, false)}
	for _, r := range reports {
		all[r.name] = r.make(o)
	}
	return all
}

// tableOf runs one metric.
func tableOf(t testing.TB, all []*chat.Conversation, m Metric, o Options) (Table, Scope) {
	t.Helper()
	scope, err := Run(t.Context(), from(all), []Metric{m}, o)
	if err != nil {
		t.Fatal(err)
	}
	return made(m), scope
}

func TestTablesOnScreensOfEveryWidth(t *testing.T) {
	t.Parallel()
	athens := time.FixedZone("Europe/Athens", 2*3600)
	o := Options{Workers: 2, Zone: time.UTC, Clock: athens, File: shelf}
	for name, m := range every(o) {
		if name == "daily" || name == "weekly" {
			continue // as monthly
		}
		for _, w := range []int{60, 80, 120} {
			invented := account(40)
			if furnished[name] {
				furnish(invented)
			}
			table, scope := tableOf(t, invented, m, o)
			m = every(o)[name]
			var b bytes.Buffer
			s := Screen{Width: w, Unicode: true, Zone: athens}
			if err := Print(&b, &table, scope, s); err != nil {
				t.Fatal(err)
			}
			golden(t, fmt.Sprintf("%s.%d.txt", name, w), b.String())
			fits(t, b.String(), s)
		}
	}
}

func TestTablesInASCII(t *testing.T) {
	t.Parallel()
	shown := []string{"overview", "yearly", "models", "hours", "list"}
	names := append(slices.Clone(shown), slices.Sorted(maps.Keys(every(utc)))...)
	invented := account(40)
	furnish(invented)
	var all bytes.Buffer
	for i, name := range names {
		for _, w := range []int{60, 80, 120} {
			some := invented
			if i < len(shown) {
				some = account(40)
			}
			table, scope := tableOf(t, some, every(utc)[name], utc)
			var b bytes.Buffer
			s := Screen{Width: w, Zone: time.UTC}
			if err := Print(&b, &table, scope, s); err != nil {
				t.Fatal(err)
			}
			fits(t, b.String(), s)
			if i := strings.IndexFunc(b.String(), func(r rune) bool { return r > 126 }); i >= 0 {
				t.Errorf("%s is not ASCII: %q", name, b.String()[i:min(i+20, b.Len())])
			}
			if i < len(shown) && w == 80 {
				all.WriteString(b.String() + "\n")
			}
		}
	}
	golden(t, "ascii.txt", all.String())
}

func TestTreesOnScreensOfEveryWidth(t *testing.T) {
	t.Parallel()
	for _, w := range []int{40, 60, 80, 120} {
		for _, unicodes := range []bool{true, false} {
			s := Screen{Width: w, Unicode: unicodes, Zone: time.UTC}
			var b bytes.Buffer
			for _, c := range account(9)[5:] {
				if err := draw(&b, c, s); err != nil {
					t.Fatal(err)
				}
				b.WriteString("\n")
			}
			name := fmt.Sprintf("tree.%d.txt", w)
			if !unicodes {
				name = fmt.Sprintf("tree.%d.ascii.txt", w)
			}
			golden(t, name, b.String())
			fits(t, b.String(), s)
		}
	}
}

// fits holds every line of text to the width of s, and to be fit for a terminal.
func fits(t testing.TB, text string, s Screen) {
	t.Helper()
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if w := (&runewidth.Condition{StrictEmojiNeutral: true}).StringWidth(line); w > s.Width {
			t.Errorf("%d columns on a screen of %d: %q", w, s.Width, line)
		}
		for _, r := range line {
			if r < 0x20 || r >= 0x7f && r < 0xa0 || strings.ContainsRune("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufffe", r) {
				t.Errorf("%U in %q", r, line)
			}
		}
	}
}

// made is the table of m, with its rows where tests look for them.
func made(m Metric) Table {
	t := m.Table()
	return *t.whole()
}
