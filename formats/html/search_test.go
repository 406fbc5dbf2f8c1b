package html

import (
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gptsnap/formats/chat"

	"github.com/chromedp/chromedp"
	"pgregory.net/rapid"
)

// termsOf lists what the index knows a text by.
func termsOf(s string) []string {
	t := &tally{count: map[string]uint32{}}
	var o out
	o.raw("<main id=talk><h2>You</h2><p>")
	o.text(s)
	o.raw("</p></main><footer>saved</footer>")
	t.page(o.b)
	return slices.Sorted(maps.Keys(t.count))
}

func TestTermsAreFoldedWordsAndPairsOfLetters(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Über CAFÉ naïve x2":           "cafe naive uber x2",
		"don't <b> & \"snake_case\"":   "b case don snake t",
		"土壌水分の":                        "の 分の 土壌 壌水 水分",
		"ＡＢＣ ﬁne":                      "abc fine",
		"データ 코드":                       "タ デー ータ 코드",
		"مُحَمَّد والـكـتاب أحمد":      "احمد محمد والكتاب",
		"Python3で書く":                   "python3 く で書 書く",
		"Σίσυφος ΣΊΣΥΦΟΣ":              "σισυφοσ",
		strings.Repeat("A", maxTerm):   strings.Repeat("a", maxTerm),
		strings.Repeat("A", maxTerm+1): "",
		strings.Repeat("é", maxTerm+1): "",
		"สวัสดี":                       "",
		"\xff\xfe broken \u202e bytes": "broken bytes",
	} {
		got := strings.Join(termsOf(text), " ")
		if text == "สวัสดี" {
			if len(termsOf(text)) < 3 {
				t.Errorf("Thai gives %s", got)
			}
			continue
		}
		if got != want {
			t.Errorf("%q gives %q, want %q", text, got, want)
		}
	}
}

var shardLine = regexp.MustCompile("^(.+) ([A-Za-z0-9_-]+)$")

// unpacked reads the index as find.js does.
func unpacked(t testing.TB, files map[string]string) map[string][]int {
	t.Helper()
	all := map[string][]int{}
	last := ""
	for n := 1; files[searchFolder+strconv.Itoa(n)+".js"] != ""; n++ {
		body := files[searchFolder+strconv.Itoa(n)+".js"]
		lines, ok := strings.CutPrefix(body, fmt.Sprintf("gptsnapTerms(%d,`", n))
		if !ok || !strings.HasSuffix(lines, "`)\n") || len(body) > shardBytes+maxTerm*8+100 && strings.Count(body, "\n") > 2 {
			t.Fatalf("shard %d of %d bytes: %.60q", n, len(body), body)
		}
		for line := range strings.SplitSeq(strings.TrimSuffix(lines, "`)\n"), "\n") {
			m := shardLine.FindStringSubmatch(line)
			if m == nil || m[1] <= last && lessUTF16(m[1], last) <= 0 {
				t.Fatalf("line %q after %q", line, last)
			}
			last = m[1]
			page, value, shift := -1, 0, 0
			for i := range len(m[2]) {
				d := strings.IndexByte(base64VLQ, m[2][i])
				value |= d & 31 << shift
				if shift += 5; d&32 == 0 {
					page += value >> 2
					all[last] = append(all[last], page, value&3+1)
					value, shift = 0, 0
				}
			}
		}
	}
	return all
}

func TestTheIndexHoldsEveryTermOfEveryPage(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		word := rapid.OneOf(rapid.SampledFrom([]string{"a", "b", "water", "Über", "水分", "水", "مكتب", "\U00020000\U00020001", "\uff21\uff22", "<x>", "`${1}`", "\\"}), rapid.String())
		pages := rapid.SliceOfN(rapid.SliceOfN(word, 0, 12), 1, 40).Draw(rt, "pages")
		s := newSearch(rapid.SampledFrom([]int{1, 7, runPostings}).Draw(rt, "postings in a run"))
		want := map[string][]int{}
		docs := make([]chat.Summary, len(pages))
		for i, words := range pages {
			var o out
			o.raw("<main><p>")
			o.text(strings.Join(words, " "))
			o.raw("</main>")
			s.add(o.b)()
			one := &tally{count: map[string]uint32{}}
			one.page(o.b)
			for term, n := range one.count {
				want[term] = append(want[term], i, int(min(n, 4)))
			}
			docs[i] = chat.Summary{Path: itoa(i), Updated: time.Unix(int64(i), 0)}
		}
		files := map[string]string{}
		if err := s.finish(docs, func(a chat.Asset) error { files[a.Name] = string(a.Body); return nil }); err != nil {
			rt.Fatal(err)
		}
		if got := unpacked(t, files); !maps.EqualFunc(got, want, slices.Equal) {
			rt.Fatalf("got %v\nwant %v", got, want)
		}
		if ix := files[searchFolder+"index.js"]; !strings.HasPrefix(ix, "gptsnapIndex({rows:["+itoa(len(pages)-1)) {
			rt.Fatalf("index %.80q", ix)
		}
	})
}

func TestASiteIsSearchedFromAFolder(t *testing.T) {
	t.Parallel()
	b := newTab(t)
	docs := map[string]*chat.Conversation{"Garden/s #1.html": sample(), "other.html": linear(answer("Nothing but résumés and 天気予報。"))}
	for i := range 40 {
		c := linear(answer("Filler about " + strings.Repeat("water", i%2) + " number" + itoa(i)))
		c.Title = "Filler " + itoa(i)
		docs["f"+itoa(i)+".html"] = c
	}
	dir := site(t, Defaults(), docs)
	b.open(filepath.Join(dir, "index.html"), "")
	ask := func(query string) string {
		t.Helper()
		eval[bool](b, `(() => { const i = document.querySelector('.find input'); i.value = `+strconv.Quote(query)+`; i.dispatchEvent(new Event('input')); return true })()`)
		if _, err := chromedp.Run(b.ctx, chromedp.Poll[bool](`document.querySelector('.find').dataset.done === `+strconv.Quote(query))); err != nil {
			b.quiet()
			t.Fatal(query, err, eval[string](b, `document.querySelector('.find').dataset.done`))
		}
		return eval[string](b, `[...document.querySelectorAll('.month li:not([hidden]) a')].map(a => a.textContent).join('|')`)
	}
	const soil = "Soil, sensors and a little statistics"
	for query, want := range map[string]string{
		"evapotranspiration": soil, "evapo": soil, "EVAPOTRANSPIRATION balance": soil, "evapotranspiration nowhere": "",
		"Nested version two": soil, // on no current path
		"Bed().step":         soil, // code
		"推移は安定":              soil, "推": soil, "予報": "A talk", "報予": "",
		"اسق المخزون": soil, "resume": "A talk", "Über": "", "number7": "Filler 7", "filler 39": "Filler 39",
	} {
		if got := ask(query); got != want {
			t.Errorf("%q finds %q, want %q", query, got, want)
		}
	}
	for query, where := range map[string]string{"nested two": "m=x2", "安定": "m=a2", "اسق": "m=a3", "mulch costs": "m=a1"} {
		if ask(query) != soil {
			t.Fatalf("%q: not found", query)
		}
		b.open(filepath.Join(dir, "index.html"), "")
		ask(query)
		b.do(chromedp.Navigate(eval[string](b, `document.querySelector(".month li:not([hidden]) a").href`)))
		if _, err := chromedp.Run(b.ctx, chromedp.Poll[bool](`!!document.querySelector('.found')`)); err != nil {
			t.Fatal(query, err, eval[string](b, `location.href`))
		}
		// the marks stand in the message, the first one is in sight, and buttons lead on
		seen := eval[string](b, `(() => { const r = [...CSS.highlights.get('gptsnap-at')][0].getBoundingClientRect(); return r.height > 0 && r.top >= 0 && r.bottom <= innerHeight ? 'seen' : 'out of sight ' + r.top })()`)
		in := eval[string](b, `[...CSS.highlights.get('gptsnap')].map(r => r.startContainer.parentElement.closest('.m')?.id).join(' ')`)
		if seen != "seen" || !strings.Contains(in, where) {
			t.Errorf("%q: %s, marked in %s", query, seen, in)
		}
		if query == "nested two" {
			b.shot("found")
			before := eval[string](b, `document.querySelector('.found output').textContent`)
			b.do(chromedp.Click(chromedp.CSS(`.found button[aria-label="Next place"]`)))
			if after := eval[string](b, `document.querySelector('.found output').textContent`); after == before || !strings.HasPrefix(after, "2 of ") {
				t.Errorf("%s, then %s", before, after)
			}
			b.do(chromedp.Click(chromedp.CSS(`.found button[aria-label="Stop searching"]`)))
			if eval[int](b, `CSS.highlights.size + document.querySelectorAll('.found').length`) != 0 {
				t.Error("searching does not stop")
			}
		}
		b.open(filepath.Join(dir, "index.html"), "")
	}
	ask("water")
	b.shot("searched")
	b.quiet()
}

func TestPagesLeadToTheirNeighboursAndTheirProject(t *testing.T) {
	t.Parallel()
	b := newTab(t)
	docs := map[string]*chat.Conversation{}
	for i, name := range []string{"Garten ü/neu #1.html", "Garten ü/水.html", "old.html"} {
		c := linear(answer(name))
		c.Title, c.Updated = "Title of "+name, time.Date(2024, 5, 9-i, 0, 0, 0, 0, time.UTC)
		if i < 2 {
			c.Project = "Garten & ü"
		} else {
			c.Gizmo = "g-1"
		}
		docs[name] = c
	}
	dir := site(t, Defaults(), docs)
	b.open(filepath.Join(dir, "Garten ü", "neu #1.html"), "")
	follow := func(rel, title string) {
		t.Helper()
		if _, err := chromedp.Run(b.ctx, chromedp.Poll[bool](`!!document.querySelector('.near a[rel=`+rel+`]')`)); err != nil {
			t.Fatal(err)
		}
		if got := eval[string](b, `document.querySelector('.near a[rel=`+rel+`] bdi').textContent`); got != title {
			t.Errorf("%s is %q, want %q", rel, got, title)
		}
		b.do(chromedp.Navigate(eval[string](b, `document.querySelector('.near a[rel=`+rel+`]').href`)))
		if got := eval[string](b, `document.querySelector('h1').textContent`); got != title {
			t.Errorf("%s leads to %q, want %q", rel, got, title)
		}
	}
	follow("next", "Title of Garten ü/水.html")
	follow("next", "Title of old.html")
	follow("prev", "Title of Garten ü/水.html")
	b.shot("near")
	rows := `[...document.querySelectorAll('.month li:not([hidden]) a')].map(a => a.textContent.slice(9)).join('|')`
	b.do(chromedp.Navigate(eval[string](b, `document.querySelector('.meta a').href`)))
	if got := eval[string](b, rows); got != "Garten ü/neu #1.html|Garten ü/水.html" {
		t.Errorf("the project holds %s", got)
	}
	b.open(filepath.Join(dir, "index.html"), "gpt=g-1")
	if got := eval[string](b, rows); got != "old.html" {
		t.Errorf("the GPT has %s", got)
	}
	b.quiet()
}
