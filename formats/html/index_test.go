package html

import (
	"strings"
	"testing"
	"time"

	"gptsnap/formats/chat"
)

func TestTheIndexIsGroupedByMonthNewestFirst(t *testing.T) {
	t.Parallel()
	at := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 23, 30, 0, 0, time.UTC) }
	docs := []chat.Summary{
		{Title: "old", Path: "old.html", Created: at(2023, 1, 2), Messages: 1},
		{Title: "touched", Path: "a b/t#1?.html", Created: at(2022, 1, 1), Updated: at(2024, 5, 31), Messages: 12, Branches: 3, Model: "gpt-4o", Project: "a b", Archived: true, Starred: true},
		{Title: " \n ", Path: "none.html"},
		{Title: "new", Path: "new.html", Created: at(2024, 5, 3)},
	}
	zone := time.FixedZone("", 3600)
	r := renderer(t, Options{Location: zone})
	name, page, err := r.Index(docs)
	if err != nil || name != "index.html" {
		t.Fatal(name, err)
	}
	texts, err := lawful(page)
	if err != nil {
		t.Fatal(err)
	}
	all, from := strings.Join(texts, "|"), 0
	for _, want := range []string{"4 conversations", " · January 2023 to June 2024", "June 2024", "touched", "06-01", "12 messages", "3 branches", "gpt-4o", "a b", "archived", "starred",
		"May 2024", "new", "05-04", "January 2023", "old", "01-03", "1 message", "Date unknown", "Untitled conversation"} {
		i := strings.Index(all[from:], want)
		if i < 0 {
			t.Fatalf("%q is missing or too early in %s", want, all)
		}
		from += i
	}
	for _, want := range []string{`href="a%20b/t%231%3F.html"`, `data-is="archived starred forked"`, `<li><a href="old.html">`, `<time>06-01</time>`} {
		if !strings.Contains(string(page), want) {
			t.Errorf("missing: %s", want)
		}
	}
	if docs[0].Title != "old" {
		t.Error("the caller's list was sorted")
	}
}

func TestAnIndexOfNothing(t *testing.T) {
	t.Parallel()
	_, page, err := renderer(t, Defaults()).Index(nil)
	if err != nil {
		t.Fatal(err)
	}
	if texts, err := lawful(page); err != nil || !strings.Contains(strings.Join(texts, ""), "0 conversations") {
		t.Error(texts, err)
	}
}
