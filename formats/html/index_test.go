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
	for _, want := range []string{"4 conversations", " · January 2023 to June 2024", "a b", "1", "June 2024", "1", "touched", "1 Jun", "12 messages", "3 branches", "gpt-4o", "a b", "archived", "starred",
		"May 2024", "new", "4 May", "January 2023", "old", "3 Jan", "1 message", "Date unknown", "Untitled conversation"} {
		i := strings.Index(all[from:], want)
		if i < 0 {
			t.Fatalf("%q is missing or too early in %s", want, all)
		}
		from += i
	}
	for _, want := range []string{`href="a%20b/t%231%3F.html"`, `data-is="archived starred forked"`, `<li><a href="old.html">`, `<time>1 Jun</time>`, `<section class=month id=2024-06>`, `<a href="#2023-01">2023</a>`, `<a dir=auto href="` + projectPage("a b") + `">`} {
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

func TestEachProjectHasAPageOfItsOwn(t *testing.T) {
	t.Parallel()
	o := Defaults()
	o.Statistics = "statistics.html"
	r := renderer(t, o)
	var docs []chat.Summary
	names := []string{"Garden", "garden", "GARDEN!", "土壌 <b>", "", "../x", strings.Repeat("long ", 60)}
	for i := range 70 {
		docs = append(docs, chat.Summary{Title: "chat " + itoa(i), Path: "f/" + itoa(i) + ".html", Project: names[i%len(names)], Updated: time.Unix(int64(i)*9e5, 0)})
	}
	add, finish := r.Site(noScratch)
	for range docs {
		add(nil, []byte("<main>words</main>"))()
	}
	pages := map[string]string{}
	if err := finish(docs, func(a chat.Asset) error { pages[a.Name] = string(a.Body); return nil }); err != nil {
		t.Fatal(err)
	}
	_, index, _ := r.Index(docs)
	for _, name := range names {
		if name == "" {
			continue
		}
		file := projectPage(name)
		if len(file) > 70 || strings.Trim(strings.TrimSuffix(strings.TrimPrefix(file, "projects/"), ".html"), "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			t.Errorf("%q stands in %q", name, file)
		}
		if !strings.Contains(string(index), `<a dir=auto href="`+file+`">`) {
			t.Errorf("the list does not lead to %q", name)
		}
		page := pages[file]
		texts, err := lawful([]byte(page))
		if err != nil || !strings.Contains(strings.Join(texts, "|"), "10 conversations") || strings.Count(page, "<li>") != 10 {
			t.Errorf("%q lists %d: %v", name, strings.Count(page, "<li>"), err)
		}
		for _, want := range []string{`<a href="../index.html">`, `<a href="../statistics.html">`, `<a href="../f/`, ` data-rows="`, `../assets/list.js`} {
			if !strings.Contains(page, want) {
				t.Errorf("%q lacks %s", name, want)
			}
		}
	}
	// row 0 is the newest: number 69, of the sixth name, where 69 % 7 is 6
	if !strings.Contains(pages[projectPage(names[6])], ` data-rows="0 7 14 21 28 35 42 49 56 63"`) {
		t.Error("a page does not know its rows in the list of all")
	}
}
