package html

import (
	"fmt"
	"maps"
	"math/bits"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf16"

	"gptsnap/formats/chat"

	"github.com/chromedp/chromedp"
	"pgregory.net/rapid"
)

// termsOf lists what the index knows a text by.
func termsOf(s string) []string {
	var o out
	o.raw("<main id=talk><h2>You</h2><p>")
	o.text(s)
	o.raw("</p></main><footer>saved</footer>")
	return termsIn(o.b)
}

func termsIn(page []byte) (all []string) {
	t := newSearch(noScratch).tallies.Get().(*tally)
	t.page(page)
	for i := range t.terms.len() {
		all = append(all, string(t.terms.at(i)))
	}
	slices.Sort(all)
	return all
}

func TestTermsAreFoldedWordsAndPairsOfLetters(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Über CAFÉ naïve x2":           "cafe naive uber x2",
		"don't <b> & \"snake_case\"":   "b case don snake t",
		"土壌水分の":                        "の 分の 土壌 壌水 水分",
		"ＡＢＣ ﬁne":                      "abc fine",
		"データ 코드":                       "タ デー ータ 코드",
		"ก็บก็ป":                       "ก็บ ก็ป บก็ ป",
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

// bitReader reads what a bitText wrote, as list.js does.
type bitReader struct {
	text   string
	low, n uint32
}

func (b *bitReader) take(n uint32) (v uint32) {
	for ; n > 0; n-- {
		if b.n == 0 {
			b.low = uint32(strings.IndexByte(bitDigits, b.text[0])*92 + strings.IndexByte(bitDigits, b.text[1]))
			b.text, b.n = b.text[2:], 13
		}
		b.n--
		v = v<<1 | b.low>>b.n&1
	}
	return v
}

func (b *bitReader) count() uint32 {
	k := uint32(0)
	for b.take(1) == 0 {
		k++
	}
	return 1<<k | b.take(k)
}

func (b *bitReader) below(n uint32) uint32 {
	k := uint32(bits.Len32(n - 1))
	if k == 0 {
		return 0
	}
	spare := uint32(1)<<k - n
	if v := b.take(k - 1); v < spare {
		return v
	} else {
		return v<<1 + b.take(1) - spare
	}
}

func (b *bitReader) sorted(n, low, high uint32, to []uint32) []uint32 {
	if n == 0 {
		return to
	}
	m := n / 2
	v := low + m + b.below(high-(n-1-m)-low-m+1)
	return b.sorted(n-m-1, v+1, high, append(b.sorted(m, low, v-1, to), v))
}

func TestSortedNumbersAreReadBackFromText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		high := rapid.Uint32Range(0, 3000).Draw(rt, "high")
		lists := rapid.SliceOfN(rapid.SliceOfDistinct(rapid.Uint32Range(0, high), func(n uint32) uint32 { return n }), 1, 5).Draw(rt, "lists")
		var w bitText
		for _, l := range lists {
			slices.Sort(l)
			w.count(uint32(len(l) + 1))
			w.sorted(l, 0, high)
		}
		w.end()
		r := bitReader{text: string(w.text)}
		for _, l := range lists {
			if got := r.sorted(r.count()-1, 0, high, nil); !slices.Equal(got, l) {
				rt.Fatalf("%v became %v", l, got)
			}
		}
		if r.text != "" || strings.ContainsAny(string(w.text), "`\\$\n") {
			rt.Fatalf("%q is left of %q", r.text, w.text)
		}
	})
}

func TestListsOfRisingNumbersAreKept(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		gaps := rapid.SliceOfN(rapid.OneOf(rapid.IntRange(1, 3), rapid.IntRange(1, 100_000)), 0, 400).Draw(rt, "gaps")
		times := rapid.IntRange(1, 100).Draw(rt, "times")
		var g gapLists
		want := make([][]int, 3)
		at := [3]int{-1, -1, -1}
		for i, gap := range slices.Repeat(gaps, times) {
			n := i * i % 3
			at[n] += gap
			g.add(n, at[n])
			want[n] = append(want[n], at[n])
		}
		for n := range g.lists {
			if got := slices.Collect(g.all(n)); !slices.Equal(got, want[n]) {
				rt.Fatalf("list %d: %d numbers became %d", n, len(want[n]), len(got))
			}
		}
	})
}

// Words are folded rune by rune where that may be done.
func TestFoldingRuneByRuneIsFoldingByTheBook(t *testing.T) {
	t.Parallel()
	l := &tally{letters: letters()}
	any := rapid.OneOf(rapid.Rune(), rapid.RuneFrom(nil, unicode.Letter, unicode.Mark, unicode.Digit), rapid.RuneFrom([]rune("eéẹ̈́אבֿ́مَُحאָكاがカ゛゙한ㄱ각οσςÅΩﬁİıẞ")))
	rapid.Check(t, func(rt *rapid.T) {
		word := rapid.SliceOfN(any, 1, 8).Draw(rt, "word")
		fast := []rune{}
		for _, r := range word {
			switch got := l.letter(r); {
			case !got.word || got.fold < 0:
				return
			case got.fold > 0:
				fast = append(fast, got.fold)
			}
		}
		if want := string(folded([]byte(string(word)))); string(fast) != want {
			rt.Fatalf("%q becomes %q, by the book %q", string(word), string(fast), want)
		}
	})
}

// unpacked reads the index as list.js does: the rows of each term.
func unpacked(t testing.TB, files map[string]string, pages int) map[string][]int {
	t.Helper()
	all := map[string][]int{}
	var rows []int
	list, _, ok := strings.Cut(strings.TrimPrefix(files[searchFolder+"index.js"], "gptsnapIndex({rows:["), "],first:[")
	if !ok {
		t.Fatalf("index %.80q", files[searchFolder+"index.js"])
	}
	for n := range strings.SplitSeq(list, ",") {
		row, err := strconv.Atoi(n)
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	if len(rows) != pages {
		t.Fatalf("%d rows for %d pages", len(rows), pages)
	}
	last := []uint16{}
	for n := 1; files[searchFolder+strconv.Itoa(n)+".js"] != ""; n++ {
		body := files[searchFolder+strconv.Itoa(n)+".js"]
		terms, lists, ok := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(body, fmt.Sprintf("gptsnapTerms(%d,`", n)), "`)\n"), "`,`")
		if !ok || len(body) > 2*shardBytes {
			t.Fatalf("shard %d of %d bytes: %.60q", n, len(body), body)
		}
		text, b := utf16.Encode([]rune(terms)), bitReader{text: lists}
		digit := func(i int) int { return strings.IndexByte(bitDigits, byte(text[i])) }
		term := []uint16{}
		for i := 0; i < len(text); {
			shared, own := digit(i)/mostOwn, digit(i)%mostOwn+1
			if digit(i) == len(bitDigits)-1 {
				shared, own = digit(i+1), digit(i+2)
				i += 2
			}
			term = append(slices.Clone(term[:shared]), text[i+1:i+1+own]...)
			i += 1 + own
			if slices.Compare(last, term) >= 0 {
				t.Fatalf("%q after %q", string(utf16.Decode(term)), string(utf16.Decode(last)))
			}
			last = term
			for _, n := range b.sorted(b.count(), 0, uint32(pages-1), nil) {
				all[string(utf16.Decode(term))] = append(all[string(utf16.Decode(term))], rows[n])
			}
		}
		if len(b.text) > 0 {
			t.Fatalf("shard %d: %d bytes too many", n, len(b.text))
		}
	}
	return all
}

func TestTheIndexHoldsEveryTermOfEveryPage(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		word := rapid.OneOf(rapid.SampledFrom([]string{"a", "b", "water", "Über", "水分", "水", "ก็บก็", "مكتب", "\U00020000\U00020001", "\uff21\uff22", "<x>", "`${1}`", "\\", strings.Repeat("длинное", 5)}), rapid.String())
		pages := rapid.SliceOfN(rapid.SliceOfN(word, 0, 12), 1, 40).Draw(rt, "pages")
		s := newSearch(noScratch)
		want := map[string][]int{}
		listed := make([]int, len(pages))
		for i, words := range pages {
			var o out
			o.raw("<main><p>")
			o.text(strings.Join(words, " "))
			o.raw("</main>")
			s.add(o.b)()
			for _, term := range termsIn(o.b) {
				want[term] = append(want[term], len(pages)-1-i)
			}
			listed[len(pages)-1-i] = i
		}
		files := map[string]string{}
		if err := s.write(listed, func(a chat.Asset) error { files[a.Name] = string(a.Body); return nil }); err != nil {
			rt.Fatal(err)
		}
		got := unpacked(t, files, len(pages))
		for _, m := range []map[string][]int{got, want} {
			for _, rows := range m {
				slices.Sort(rows)
			}
		}
		if !maps.EqualFunc(got, want, slices.Equal) {
			rt.Fatalf("got %v\nwant %v", got, want)
		}
	})
}

// rowsShown are the titles that a list shows.
const rowsShown = `[...document.querySelectorAll('.month li:not([hidden])>a')].map(a => a.textContent).join('|')`

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
		return eval[string](b, rowsShown)
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

// A quotation reads as the page does: lines stand apart, and numbers of sources
// are no part of the words.
func TestAQuotationReadsAsThePageDoes(t *testing.T) {
	t.Parallel()
	b := newTab(t)
	cited := answer("Tides")
	cited.Parts = []chat.Part{&chat.Text{Raw: "Low water is at noon.@@", Cites: []chat.Cite{{Start: 21, End: 23, Kind: chat.CiteLinks, Links: []chat.Link{{URL: "https://e.example/a", Title: "Tables"}}}}},
		&chat.Text{Raw: "- a *list*\n  - of high places\n"}}
	dir := site(t, Defaults(), map[string]*chat.Conversation{"t.html": linear(cited)})
	for query, want := range map[string]string{"noon": "Low water is at noon.", "list": "a list of high places"} {
		b.open(filepath.Join(dir, "index.html"), "search="+query)
		b.wait(`document.querySelectorAll('.quotes bdi').length > 0`)
		if got := eval[string](b, `document.querySelector('.quotes bdi').textContent`); got != want {
			t.Errorf("%q quotes %q, want %q", query, got, want)
		}
	}
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
	rows := `[...document.querySelectorAll('.month li:not([hidden])>a')].map(a => a.textContent.slice(9)).join('|')`
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
