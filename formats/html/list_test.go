package html

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gptsnap/formats/chat"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

func TestASearchQuotesItsWordsAndEachQuotationLeadsToItsBranch(t *testing.T) {
	t.Parallel()
	b := newTab(t)
	many := linear(answer(strings.Repeat("Filler without end. ", 30)+"the needle "+strings.Repeat("and more of it. ", 30)), answer("needle **needle** needle"), answer("needle"))
	many.Title = "Haystack"
	dir := site(t, Defaults(), map[string]*chat.Conversation{"Garden/s #1.html": sample(), "many.html": many})
	for query, want := range map[string]struct{ row, message, marks string }{
		"nested two":      {"Garden/s #1.html", "x2", "Nested|two"}, // on no current path
		"安定":              {"Garden/s #1.html", "a2", "安定"},
		"اسق المخزون":     {"Garden/s #1.html", "a3", "اسقِ|المخزون"},
		"NEEDLE":          {"many.html", "n0", "needle"},
		"needle haystack": {"many.html", "n1", "needle"},
	} {
		b.open(filepath.Join(dir, "index.html"), "search="+query)
		b.wait(`document.querySelectorAll('.quotes a').length > 0`)
		got := eval[string](b, `[...document.querySelectorAll('.quotes a')].map(a => a.getAttribute('href').split('/').pop() + ' ' + [...a.querySelectorAll('mark')].map(m => m.textContent).join('|')).join('\n')`)
		marks := eval[string](b, `[...document.querySelector('.quotes').querySelectorAll('mark')].map(m => m.textContent).join('|')`)
		for _, word := range strings.Split(want.marks, "|") {
			if !strings.Contains(marks, word) {
				t.Errorf("%q: marked are %s in\n%s", query, marks, got)
			}
		}
		if query == "NEEDLE" {
			quoted := eval[string](b, `document.querySelector('.quotes a').textContent`)
			if !strings.HasPrefix(quoted, "…") || !strings.HasSuffix(quoted, "…") || !strings.Contains(quoted, "the needle and") || len(quoted) > 300 {
				t.Errorf("quoted %q", quoted)
			}
			if says := eval[string](b, `document.querySelector('.quotes span').textContent`); says != "3 more places" {
				t.Errorf("it says %q", says)
			}
			b.shot("quoted")
		}
		link := eval[string](b, `[...document.querySelectorAll('.quotes a')].find(a => a.hash.startsWith('#m=`+want.message+`&'))?.href || ''`)
		if link == "" {
			t.Errorf("%q: no quotation leads to %s, but\n%s", query, want.message, got)
			continue
		}
		b.do(chromedp.Navigate(link))
		b.wait(`!!document.querySelector('.found')`)
		where := eval[string](b, `(() => { const r = [...CSS.highlights.get('gptsnap-at')][0], box = r.getBoundingClientRect(); return r.startContainer.parentElement.closest('.m').id + (box.height > 0 && box.top >= 0 && box.bottom <= innerHeight ? ' seen' : ' out of sight') })()`)
		if where != "m="+want.message+" seen" {
			t.Errorf("%q leads to %s", query, where)
		}
	}
	b.quiet()
}

// shelf is a list of chats in three months.
func shelf(t *testing.T) string {
	docs := map[string]*chat.Conversation{}
	for i, title := range []string{"Compost", "Frost dates", "Seeds", "A bench", "Paint", "Gutters"} {
		c := linear(answer("About " + title))
		c.Title, c.Updated = title, time.Date(2024, 5, 20-14*i, 12, 0, 0, 0, time.UTC)
		c.Archived, c.Starred = i%2 == 1, i == 2
		c.Nodes[0].Message.Model = []string{"gpt-4o", "o3"}[i/3]
		if i < 3 {
			c.Project = "Garden"
		}
		docs[title+".html"] = c
	}
	return site(t, Defaults(), docs)
}

// empty takes away a slash: a key that a test presses is typed although the
// page has taken it.
const empty = `(() => { const box = document.activeElement; box.value = ''; box.dispatchEvent(new Event('input')); return true })()`

func TestTheListIsFilteredByKeyboardAndItsAddressRemembers(t *testing.T) {
	t.Parallel()
	b := newTab(t)
	dir := shelf(t)
	b.open(filepath.Join(dir, "index.html"), "")
	expect := func(what, want string) {
		t.Helper()
		if got := eval[string](b, rowsShown); got != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
	at := func(what, want string) {
		t.Helper()
		if got := eval[string](b, `(e => e.name || e.type || e.textContent)(document.activeElement)`); got != want {
			t.Errorf("%s: the focus is on %s, want %s", what, got, want)
		}
	}
	expect("all", "Compost|Frost dates|Seeds|A bench|Paint|Gutters")
	b.do(chromedp.KeyEvent("/"))
	at("slash", "search")
	eval[bool](b, empty)
	b.do(chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Tab))
	at("two tabs", "state")
	b.do(chromedp.KeyEvent("A"), chromedp.KeyEvent("r")) // Archived
	expect("archived", "Frost dates|A bench|Gutters")
	b.do(chromedp.KeyEvent(kb.Tab))
	at("tab", "model")
	b.do(chromedp.KeyEvent("o"))
	expect("and o3", "A bench|Gutters")
	if got := eval[string](b, `location.hash + ' ' + document.querySelector('.sieve summary').textContent + ' ' + document.querySelector('.says output').textContent`); got != "#state=archived&model=o3 Filters (2) 2 of 6 conversations" {
		t.Error(got)
	}
	b.do(chromedp.Focus(chromedp.CSS(`.find input[type=search]`)))
	b.do(chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowDown))
	at("two steps down", "Gutters")
	b.do(chromedp.KeyEvent(kb.ArrowUp), chromedp.KeyEvent(kb.ArrowUp))
	at("two steps up", "search")
	b.do(chromedp.Click(chromedp.CSS(".says button")))
	expect("cleared", "Compost|Frost dates|Seeds|A bench|Paint|Gutters")
	for address, want := range map[string]string{
		"from=2024-04-08&to=2024-05-06": "Frost dates|Seeds|A bench", "to=2024-03-30": "Paint|Gutters", "state=starred": "Seeds", "state=kept": "Compost|Seeds|Paint",
		"project=Garden&model=gpt-4o&search=about": "Compost|Frost dates|Seeds", "search=march": "Paint|Gutters", "search=2024-05-06": "Frost dates",
	} {
		b.open(filepath.Join(dir, "index.html"), address)
		if strings.Contains(address, "search") {
			b.wait(`!!document.querySelector('.find').dataset.done`)
		}
		expect(address, want)
		if got := eval[int](b, `[...document.querySelectorAll('.month:not([hidden]) h2 span')].reduce((n, s) => n + +s.textContent, 0)`); got != strings.Count(want, "|")+1 {
			t.Errorf("%s: the months say %d", address, got)
		}
	}
	b.quiet()
}

func TestTheListWithoutScriptsLeadsToAllThereIs(t *testing.T) {
	t.Parallel()
	b := newTab(t)
	dir := shelf(t)
	b.do(running(false))
	b.open(filepath.Join(dir, "index.html"), "")
	links := `[...document.querySelectorAll('a')].filter(a => a.checkVisibility()).map(a => a.textContent).join('|')`
	if got := eval[string](b, links); got != "Skip to the list|Garden 3|Compost|Frost dates|Seeds|A bench|Paint|Gutters" {
		t.Errorf("the list leads to %s", got)
	}
	if eval[int](b, `document.querySelectorAll('input,select,button').length`) != 0 {
		t.Error("it shows what would not work")
	}
	b.do(chromedp.Navigate(eval[string](b, `document.querySelector('.shelves a').href`)))
	if got := eval[string](b, links); got != "Skip to the list|All conversations|Compost|Frost dates|Seeds" {
		t.Errorf("the project leads to %s", got)
	}
	b.do(running(true))
	for _, width := range []int64{360, 1200} {
		b.size(width, 800)
		for _, name := range []string{"index.html", projectPage("Garden")} {
			b.open(filepath.Join(dir, filepath.FromSlash(name)), "")
			if eval[bool](b, overflow) {
				t.Errorf("%s is wider than %d", name, width)
			}
		}
		b.shot("project " + itoa(int(width)))
	}
	b.quiet()
}

// A page is in the theme that its reader chose before there is anything to see.
func TestTheThemeIsChosenBeforeTheFirstPaint(t *testing.T) {
	t.Parallel()
	b := newTab(t)
	dir := shelf(t)
	b.open(filepath.Join(dir, "index.html"), "")
	eval[bool](b, `(() => { localStorage.setItem('theme', 'dark'); return true })()`)
	b.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: `
			new MutationObserver((_, o) => { if (document.body) { o.disconnect(); window.themeAtFirst = document.documentElement.dataset.theme || 'none' } }).observe(document, { childList: true, subtree: true })`})
		return err
	}))
	for _, name := range []string{"index.html", projectPage("Garden"), "Seeds.html"} {
		b.open(filepath.Join(dir, filepath.FromSlash(name)), "")
		if got := eval[string](b, `window.themeAtFirst + ' ' + getComputedStyle(document.body).backgroundColor`); got != "dark rgb(33, 33, 33)" {
			t.Errorf("%s begins as %s", name, got)
		}
	}
	b.quiet()
}
