package html

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gptsnap/formats/chat"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// site writes pages, an index and what they share into a folder.
func site(t testing.TB, o Options, docs map[string]*chat.Conversation) string {
	t.Helper()
	dir, r := t.TempDir(), renderer(t, o)
	write := func(name string, body []byte) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, body, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var all []chat.Summary
	add, finish := r.Site(noScratch)
	for _, name := range slices.Sorted(maps.Keys(docs)) {
		c := docs[name]
		var b bytes.Buffer
		if err := r.Render(&b, &chat.Document{Conversation: c, Path: name, Root: strings.Repeat("../", strings.Count(name, "/"))}); err != nil {
			t.Fatal(err)
		}
		if _, err := lawful(b.Bytes()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		write(name, b.Bytes())
		if add != nil {
			add(nil, b.Bytes())()
		}
		sum := chat.Summary{ID: c.ID, Title: c.Title, Path: name, Created: c.Created, Updated: c.Updated, Project: c.Project, Gizmo: c.Gizmo, Messages: c.Messages(), Branches: c.Leaves(), Archived: c.Archived, Starred: c.Starred}
		for i := range c.Nodes {
			if m := c.Nodes[i].Message; m != nil && m.Model != "" {
				sum.Model = m.Model
			}
		}
		all = append(all, sum)
	}
	name, body, err := r.Index(all)
	if err != nil {
		t.Fatal(err)
	}
	write(name, body)
	for _, a := range r.Assets() {
		write(a.Name, a.Body)
	}
	if finish != nil {
		if err := finish(all, func(a chat.Asset) error { write(a.Name, a.Body); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	for _, folder := range []string{"", "Garden/"} {
		write(folder+"files/plot.png", plotPNG())
		write(folder+"files/log.csv", []byte("day,mm\n"))
	}
	return dir
}

const (
	overflow    = `document.documentElement.scrollWidth > document.documentElement.clientWidth`
	themeButton = `.top button:last-of-type`
	// whatever is on the page, folded or not, in order, without what the script added
	allWords = `(() => { const d = document.body.cloneNode(true); d.querySelectorAll('.copy,.ver,.near,.map,.top button').forEach(x => x.remove()); d.querySelectorAll('[data-tex]').forEach(x => { x.textContent = x.dataset.tex }); return d.textContent.replace(/\s+/g, ' ').trim() })()`
)

func TestPagesInABrowserAreQuietAndFitThePhone(t *testing.T) {
	t.Parallel()
	b := newTab(t)
	for _, single := range []bool{false, true} {
		o := Defaults()
		o.Single = single
		dir := site(t, o, map[string]*chat.Conversation{"Garden/sample #1.html": sample(), "every.html": everything()})
		for _, name := range []string{"Garden/sample #1.html", "every.html", "index.html"} {
			path := filepath.Join(dir, filepath.FromSlash(name))
			tag := strings.TrimSuffix(filepath.Base(name), ".html") + map[bool]string{true: "-single"}[single]
			b.size(1200, 900)
			b.open(path, "")
			if eval[string](b, `getComputedStyle(document.querySelector('main')).maxWidth`) != "768px" {
				t.Errorf("%s: the style sheet does not apply", name)
			}
			if !eval[bool](b, `document.documentElement.classList.contains('js') && !!document.querySelector('.top button')`) {
				t.Errorf("%s: the script does not run", name)
			}
			b.shot(tag + "-light")
			b.do(chromedp.Click(chromedp.CSS(themeButton)), chromedp.Click(chromedp.CSS(themeButton)))
			if got := eval[string](b, `getComputedStyle(document.body).backgroundColor`); got != "rgb(33, 33, 33)" {
				t.Errorf("%s: dark is %s", name, got)
			}
			b.shot(tag + "-dark")
			b.do(chromedp.Click(chromedp.CSS(themeButton)))
			b.size(360, 780)
			if eval[bool](b, overflow) {
				t.Errorf("%s: scrolls sideways on a phone: %s", name, eval[string](b, `[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1).slice(0, 5).map(e => e.outerHTML.slice(0, 90)).join('\n')`))
			}
			b.shot(tag + "-phone")
			eval[bool](b, `document.querySelectorAll('details').forEach(d => d.open = true), true`)
			if eval[bool](b, overflow) {
				t.Errorf("%s: scrolls sideways on a phone when all is open: %s", name, eval[string](b, `[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1).slice(0, 5).map(e => e.outerHTML.slice(0, 90)).join('\n')`))
			}
			b.shot(tag + "-phone-open")
			b.quiet()
		}
	}
}

func TestTheThemeIsRememberedFromPageToPage(t *testing.T) {
	t.Parallel()
	b := newTab(t)
	dir := site(t, Defaults(), map[string]*chat.Conversation{"a.html": linear(answer("a")), "b.html": linear(answer("b"))})
	b.open(filepath.Join(dir, "a.html"), "")
	b.do(chromedp.Click(chromedp.CSS(themeButton)), chromedp.Click(chromedp.CSS(themeButton)))
	b.open(filepath.Join(dir, "b.html"), "")
	if got := eval[string](b, `document.documentElement.dataset.theme`); got != "dark" {
		t.Errorf("the theme is %q", got)
	}
	b.quiet()
}

func TestVersionsAreSwitchedByMouseKeysAndLinks(t *testing.T) {
	t.Parallel()
	b := newTab(t)
	dir := site(t, Defaults(), map[string]*chat.Conversation{"s.html": sample()})
	path := filepath.Join(dir, "s.html")
	b.open(path, "")
	// what of the sample's messages a reader sees
	seen := func() string {
		return eval[string](b, `[...document.querySelectorAll('article')].filter(a => a.checkVisibility() && a.getBoundingClientRect().height > 9).map(a => a.id.slice(2)).join(' ')`)
	}
	want := func(what, ids string) {
		t.Helper()
		if got := seen(); got != ids {
			t.Errorf("%s: %q is seen, want %q", what, got, ids)
		}
	}
	current := "q1 a1 q2 plot a2 q3 a3 canvas"
	want("at first", current)
	first := `.fork[data-of="3"]`
	label := func() string {
		return eval[string](b, `document.querySelector('`+first+` nav').getAttribute('aria-label')`)
	}
	if label() != "Version 1 of 3" || eval[bool](b, `document.querySelector('`+first+` nav button').disabled`) != true {
		t.Errorf("at first: %s", label())
	}
	next := first + ` nav button:last-child`
	b.do(chromedp.Click(chromedp.CSS(next)))
	want("after a click", "q1 a1b")
	b.do(chromedp.Click(chromedp.CSS(next)))
	want("after two clicks", "q1 a1c q1c x1")
	if hidden := eval[float64](b, `[...document.querySelectorAll('[hidden]')].reduce((sum, e) => sum + e.getBoundingClientRect().height, 0)`); hidden != 0 {
		t.Errorf("what is hidden takes %v pixels: %s", hidden, eval[string](b, `[...document.querySelectorAll('[hidden]')].map(e => e.className + e.id + ' ' + e.getBoundingClientRect().height).join(', ')`))
	}
	b.shot("switched")
	b.do(chromedp.Click(chromedp.CSS(`.alt .fork nav button:last-child`)))
	want("a fork in a fork", "q1 a1c q1c x2")
	b.do(chromedp.Focus(chromedp.CSS(first+` nav button:first-child`)), chromedp.KeyEvent(kb.ArrowLeft, chromedp.KeyModifiers(kb.ModifierAlt)))
	want("Alt and an arrow", "q1 a1b")
	if label() != "Version 2 of 3" {
		t.Errorf("after keys: %s", label())
	}
	b.do(chromedp.KeyEvent(kb.ArrowLeft, chromedp.KeyModifiers(kb.ModifierAlt)))
	want("back again", current)

	b.open(path, "m=x2")
	want("a deep link", "q1 a1c q1c x2")
	eval[bool](b, `location.hash = '#m=a3', true`)
	b.wait(`!document.getElementById('m=a3').closest('[hidden]')`)
	want("a link back to the current path", current)
	eval[bool](b, `document.getElementById('m=x1').dispatchEvent(new Event('beforematch', {bubbles: true})), true`)
	want("found by the browser's search", "q1 a1c q1c x1")
	b.quiet()
}

func TestWithoutScriptsEveryWordIsThere(t *testing.T) {
	t.Parallel()
	b := newTab(t)
	dir := site(t, Defaults(), map[string]*chat.Conversation{"s.html": sample(), "e.html": everything()})
	for _, name := range []string{"s.html", "e.html", "index.html"} {
		b.open(filepath.Join(dir, name), "")
		with := eval[string](b, strings.Replace(allWords, ".ver,", ".ver,.find *,", 1))
		b.do(running(false))
		b.open(filepath.Join(dir, name), "")
		if eval[bool](b, `document.documentElement.classList.contains('js')`) {
			t.Fatal("scripts run nonetheless")
		}
		if without := eval[string](b, allWords); without != with {
			t.Errorf("%s: other words without scripts:\n%s\n%s", name, with, without)
		}
		if name == "s.html" {
			b.shot("noscript")
			b.open(filepath.Join(dir, name), "m=x2") // the browser opens folds for a link by itself
			if !eval[bool](b, `document.getElementById('m=x2').checkVisibility()`) {
				t.Error("a deep link does not open the fold")
			}
		}
		b.do(running(true))
	}
	b.quiet()
}

func TestCodeIsCopiedAndThePagePrints(t *testing.T) {
	t.Parallel()
	b := newTab(t)
	dir := site(t, Defaults(), map[string]*chat.Conversation{"s.html": sample()})
	b.open(filepath.Join(dir, "s.html"), "")
	copied := eval[string](b, `(() => { let got; navigator.clipboard.writeText = async s => { got = s }; document.querySelector('.copy').click(); return got })()`)
	if !strings.HasPrefix(copied, "from dataclasses import dataclass\n\n@dataclass\nclass Bed:\n    storage: float = 40.0  # mm\n") {
		t.Errorf("copied %q", copied)
	}
	pdf, err := chromedp.Run(b.ctx, chromedp.PrintToPDF(chromedp.PDFPrintBackground()))
	if err != nil || !bytes.HasPrefix(pdf, []byte("%PDF-")) {
		t.Fatal("no PDF", err)
	}
	b.do(call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}))
	b.size(700, 900)
	if eval[bool](b, overflow) || eval[string](b, `getComputedStyle(document.querySelector('.copy')).display`) != "none" {
		t.Error("the print style does not fit paper")
	}
	if cut := eval[string](b, `[...document.querySelectorAll('main *')].filter(e => e.checkVisibility() && e.getBoundingClientRect().width > 1 && e.getBoundingClientRect().left < 0).map(e => e.outerHTML.slice(0, 80)).join()`); cut != "" {
		t.Errorf("cut off at the left of the paper: %s", cut)
	}
	b.shot("print")
	b.quiet()
}

// Paper has no bars to scroll by: what is wide wraps or gets narrower, whatever
// the theme of the screen the page is light, and addresses can be read once.
func TestNothingWideIsCutOffOnPaper(t *testing.T) {
	t.Parallel()
	b := newTab(t)
	row := func(cell string) string { return "|" + strings.Repeat(cell+"|", 16) + "\n" }
	dir := site(t, Defaults(), map[string]*chat.Conversation{"s.html": linear(
		answer("Wide:\n\n"+row("column name")+row("---")+row("some value")),
		answer("\\["+strings.Repeat("\\frac{a}{b} + ", 60)+"c\\]\n\n```go\nx := \""+strings.Repeat("long ", 80)+strings.Repeat("long", 80)+"\"\n```"),
		answer("See https://example.org/one and [this](https://example.org/two)."))})
	b.do(call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print", Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}}))
	b.open(filepath.Join(dir, "s.html"), "")
	b.size(672, 950) // A4 without its margins
	if CanDraw() {
		b.wait(`!!document.querySelector('.katex')`)
	}
	if cut := eval[string](b, `[...document.querySelectorAll('main *')].filter(e => !e.closest('.katex-mathml') && e.checkVisibility() && (e.getBoundingClientRect().right > innerWidth + 1 || /auto|scroll|hidden/.test(getComputedStyle(e).overflowX) && e.clientWidth && e.scrollWidth > e.clientWidth + 1)).map(e => e.outerHTML.slice(0, 80)).join('\n')`); cut != "" {
		t.Errorf("cut off on paper: %s", cut)
	}
	if got := eval[string](b, `document.documentElement.dataset.theme = 'dark', getComputedStyle(document.body).color + ' on ' + getComputedStyle(document.body).backgroundColor`); got != "rgb(13, 13, 13) on rgb(255, 255, 255)" {
		t.Errorf("in the dark it prints %s", got)
	}
	if got := eval[string](b, `[...document.querySelectorAll('.b a')].map(a => getComputedStyle(a, '::after').content).join(' ')`); got != `none " (" attr(href) ")"` && got != `none " (https://example.org/two)"` {
		t.Errorf("addresses: %s", got)
	}
	b.shot("paper")
	b.quiet()
}

func TestTheIndexIsFiltered(t *testing.T) {
	t.Parallel()
	b := newTab(t)
	r := renderer(t, Defaults())
	dir := t.TempDir()
	var docs []chat.Summary
	at := time.Date(2026, 5, 30, 12, 0, 0, 0, time.UTC)
	for i := range 5000 {
		s := chat.Summary{ID: itoa(i), Title: "Chat number " + itoa(i), Path: "chat " + itoa(i) + ".html", Created: at, Updated: at, Model: []string{"gpt-4o", "o3"}[i%2], Messages: i % 40, Branches: 1 + i%3, Archived: i%10 == 0, Starred: i%100 == 0}
		if i%7 == 0 {
			s.Title, s.Project = "Über 土壌水分 "+itoa(i), "Garden"
		}
		docs = append(docs, s)
		at = at.Add(-5 * time.Hour)
	}
	name, body, _ := r.Index(docs)
	if err := os.WriteFile(filepath.Join(dir, name), body, 0o644); err != nil {
		t.Fatal(err)
	}
	put := func(a chat.Asset) error {
		_ = os.MkdirAll(filepath.Join(dir, filepath.Dir(a.Name)), 0o755)
		return os.WriteFile(filepath.Join(dir, a.Name), a.Body, 0o644)
	}
	_, finish := r.Site(noScratch)
	if err := finish(docs, put); err != nil {
		t.Fatal(err)
	}
	for _, a := range r.Assets() {
		if err := put(a); err != nil {
			t.Fatal(err)
		}
	}
	b.open(filepath.Join(dir, name), "")
	shown := `document.querySelectorAll('.month li:not([hidden])').length`
	if n := eval[int](b, shown); n != 5000 {
		t.Errorf("%d rows", n)
	}
	b.do(chromedp.KeyEvent("/"))
	if !eval[bool](b, `document.activeElement.type === 'search'`) {
		t.Error("/ does not lead to the search box")
	}
	eval[bool](b, `(() => { const i = document.activeElement; i.value = '土壌 ÜBER 49'; i.dispatchEvent(new Event('input')); return true })()`)
	if _, err := chromedp.Run(b.ctx, chromedp.Poll[bool](`document.querySelector('.find').dataset.done === '土壌 ÜBER 49'`)); err != nil {
		t.Fatal(err)
	}
	want := 0
	for _, d := range docs {
		if strings.Contains(d.Title, "土壌") && strings.Contains(d.Title, "49") {
			want++
		}
	}
	if n := eval[int](b, shown); n < want || n > 2*want || want == 0 {
		t.Errorf("%d rows found, want about %d", n, want)
	}
	b.do(chromedp.KeyEvent(kb.Escape))
	eval[bool](b, `(() => { const s = document.querySelector('select'); s.value = 'archived'; s.dispatchEvent(new Event('input')); return true })()`)
	if n := eval[int](b, shown); n != 500 {
		t.Errorf("%d archived", n)
	}
	if says := eval[string](b, `document.querySelector('.find output').textContent`); says != "500 of 5000 conversations" {
		t.Error(says)
	}
	t.Logf("laid out after %.0f ms, %d kB", eval[float64](b, `performance.getEntriesByType('navigation')[0].domComplete`), len(body)/1000)
	b.quiet()
}

// Forty attacks share a page, because opening one costs more than reading it,
// and each comes from an assistant, from a user and from somebody unknown. The
// other places are those that TestAttacksStayWords looks at.
func TestAttacksDoNothingInABrowser(t *testing.T) {
	t.Parallel()
	b := newTab(t)
	docs := map[string]*chat.Conversation{}
	for i, s := range attacks {
		name := "attack " + itoa(i/40) + ".html"
		c := everywhere(s)
		if docs[name] == nil {
			docs[name] = &chat.Conversation{Title: s, Project: c.Project, Gizmo: c.Gizmo, Partial: s}
		}
		to := docs[name]
		to.Problems = append(to.Problems, c.Problems...)
		from := chat.NodeID(s + itoa(i))
		to.Nodes = append(to.Nodes, chat.Node{ID: from, Message: c.Nodes[1].Message},
			chat.Node{ID: chat.NodeID("a" + itoa(i)), Message: c.Nodes[0].Message}, chat.Node{ID: chat.NodeID("u" + itoa(i)), Message: say(chat.User, &chat.Text{Raw: s})},
			chat.Node{ID: chat.NodeID("o" + itoa(i)), Message: say(chat.Role(s), &chat.Text{Raw: s}, &chat.Code{Language: s, Source: s})})
	}
	for _, c := range docs { // all that one attack says are versions of one answer
		links := make([]chat.Links, len(c.Nodes))
		for i := range links {
			switch {
			case i%4 > 0:
				links[i].Parent = c.Nodes[i/4*4].ID
			case i > 0:
				links[i].Parent = c.Nodes[i-3].ID
			}
		}
		c.Link(links, c.Nodes[len(c.Nodes)-1].ID)
	}
	var all []*chat.Message
	for _, s := range attacks {
		all = append(all, answer(s), say(chat.User, &chat.Text{Raw: s}))
	}
	docs["all.html"] = linear(all...)
	for _, single := range []bool{false, true} {
		o := Defaults()
		o.Single = single
		dir := site(t, o, docs)
		b.site = "file://" + dir + "/" // its pages name pictures that are not there
		names := append(slices.Sorted(maps.Keys(docs)), "index.html")
		if single {
			names = []string{"all.html", names[len(docs)-2], "index.html"}
		}
		for _, name := range names {
			b.open(filepath.Join(dir, name), "")
			// whatever the script makes of what the page says
			eval[bool](b, `(() => { for (const x of document.querySelectorAll('.more,.top button')) if (x.textContent !== 'Map' || x.matches('.top *')) x.click(); return true })()`)
			if n := eval[int](b, `document.querySelectorAll('script,style,link').length`); n > 10 {
				t.Errorf("%s: %d scripts and styles", name, n)
			}
			if got := eval[string](b, `document.querySelector('body').className`); got != "talk" && got != "list" {
				t.Errorf("%s: the body is %q", name, got)
			}
			if n := eval[int](b, `document.querySelectorAll('.diff').length + document.querySelectorAll('.map a').length`); strings.HasPrefix(name, "attack") && n < 20 {
				t.Errorf("%s: %d comparisons and rows of the map", name, n)
			}
			b.quietOn(name)
		}
	}
}
