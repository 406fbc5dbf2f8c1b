package html

import (
	"strings"
	"testing"
	"time"

	"gptsnap/formats/chat"
)

func TestAListThatGrowsSaysHowFarItIsAndComesAgain(t *testing.T) {
	t.Parallel()
	r := renderer(t, Defaults())
	docs := []chat.Summary{
		{Title: "<script>alert(1)</script>", Path: "a b.html", Updated: time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC), Messages: 2},
		{Title: "newer", Path: "Garden/n.html", Project: "Garden", Updated: time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC)}}
	for _, k := range []struct {
		path        string
		done, total int
		want        []string
	}{
		{"index.html", 2, 5000, []string{"2 of 5000 conversations", "max=5000 value=2", `href="assets/list.css"`, `href="a%20b.html"`}},
		{"index.html", 1, -1, []string{"1 conversation so far"}},
		{"projects/x.html", 9, 5, []string{"max=5 value=5", `href="../assets/list.css"`, `href="../a%20b.html"`, `href="../index.html"`}},
	} {
		page := r.Growing(k.path, docs, k.done, k.total)
		texts, err := lawful(page)
		if err != nil {
			t.Fatalf("%s: %v", k.path, err)
		}
		if all := strings.Join(texts, "|"); strings.Index(all, "newer") > strings.Index(all, "<script>alert(1)</script>") {
			t.Errorf("the newest is not the first: %s", all)
		}
		for _, want := range append(k.want, "<meta http-equiv=refresh content=1>", "<body class=list>") {
			if !strings.Contains(string(page), want) {
				t.Errorf("%s lacks %s:\n%s", k.path, want, page)
			}
		}
		if strings.Contains(string(page), "list.js") {
			t.Error("there is nothing to search yet")
		}
	}
	if docs[0].Path != "a b.html" {
		t.Error("the caller's list was sorted")
	}
}
