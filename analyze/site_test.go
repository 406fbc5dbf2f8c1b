package analyze

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gptsnap/formats/chat"
	"gptsnap/formats/source"
)

// sitePage counts as convert does: digests in any order, facts in theirs.
func sitePage(t *testing.T, all []*chat.Conversation, failed int) string {
	t.Helper()
	add, page := SitePage(&source.Source{Name: "my archive"}, time.UTC)
	facts := make([]func(), len(all))
	for i := len(all) - 1; i >= 0; i-- {
		facts[i] = add(all[i])
	}
	for _, f := range facts {
		f()
	}
	body, err := page(failed)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestThePageOfASiteCountsWhatAnalyzeCounts(t *testing.T) {
	t.Parallel()
	all := account(30)
	furnish(all)
	page := sitePage(t, all, 2)
	table, scope := tableOf(t, all, newAlbum(utc), utc)
	scope.Source, scope.Failed, table.Title = "my archive", 2, "Statistics"
	var want strings.Builder
	if err := WriteHTML(&want, &table, scope); err != nil {
		t.Fatal(err)
	}
	_, got, _ := strings.Cut(page, "<main>")
	_, plain, _ := strings.Cut(want.String(), "<main>")
	if got != plain || strings.Count(got, "<svg ") < 9 {
		t.Errorf("%d charts; the page says\n%.2000s\nnot\n%.2000s", strings.Count(got, "<svg "), got, plain)
	}
	for _, say := range []string{`<a href="index.html">`, `<script src="assets/page.js">`, "my archive", "2 "} {
		if !strings.Contains(page, say) {
			t.Errorf("the page lacks %s", say)
		}
	}
	for _, m := range regexp.MustCompile(` (?:src|href)="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if name, ok := strings.CutPrefix(m[1], "#"); ok && strings.Count(page, ` id="`+name+`"`) == 1 {
			continue // a place on the page itself
		}
		if !slices.Contains([]string{"assets/icon.svg", "assets/page.js", "index.html"}, m[1]) {
			t.Errorf("the page names %s", m[1])
		}
	}
}

func TestTheThemeThatAReaderChoseHasTheColoursOfCharts(t *testing.T) {
	t.Parallel()
	for _, theme := range []string{"light", "dark"} {
		_, colours, ok := strings.Cut(themed(), ":root[data-theme="+theme+"] svg{")
		colours, _, _ = strings.Cut(colours, "}")
		for _, name := range []string{"--ink", "--paper", "--s0", "--s7", "--h0", "--h5"} {
			if !ok || !regexp.MustCompile(name+`:#[0-9a-f]{3,6}`).MatchString(colours) {
				t.Errorf("%s has no %s: %s", theme, name, colours)
			}
		}
	}
	if !strings.Contains(themed(), "#15181c") || !strings.Contains(themed(), "--paper:#fff") {
		t.Error("light and dark are mixed up")
	}
}
