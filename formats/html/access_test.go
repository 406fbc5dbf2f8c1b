package html

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gptsnap/formats/chat"
	"gptsnap/formats/chatgpt"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// axe is the source of axe-core, a checker of accessibility, installed from
// testdata/axe/package-lock.json if it is not there. Where that cannot be, the
// test is skipped, unless CI=true asks for it.
func axe(t *testing.T) string {
	t.Helper()
	dir := filepath.Join("testdata", "axe")
	file := filepath.Join(dir, "node_modules", "axe-core", "axe.min.js")
	if _, err := os.Stat(file); err != nil {
		install := exec.Command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
		install.Dir = dir
		if out, err := install.CombinedOutput(); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("npm ci: %v\n%s", err, out)
			}
			t.Skipf("axe-core cannot be installed: %v", err)
		}
	}
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(source)
}

// theme says what the reader's system prefers.
func theme(name string) chromedp.Action[chromedp.Void] {
	return call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}})
}

// await is eval for a promise.
func await[T any](b *tab, expression string) T {
	b.t.Helper()
	ctx, free := context.WithTimeout(b.ctx, stepTime)
	defer free()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatal(err)
	}
	return v
}

// accused runs axe on the page and lists what it finds wrong beyond trifles. In
// which order the headings of a text go is its author's.
func (b *tab) accused(source, scheme string) string {
	b.t.Helper()
	eval[bool](b, `document.querySelectorAll('.m,.month').forEach(e => { if (!e.hidden) e.style.contentVisibility = 'visible' }), true`) // as if scrolled to
	eval[bool](b, source+"\n;true")
	only := ""
	if scheme == "dark" { // all else is as it was by day
		only = `, runOnly: ['color-contrast', 'link-in-text-block']`
	}
	return await[string](b, `axe.run(document, { resultTypes: ['violations'], preload: false`+only+` }).then(r => r.violations.filter(v => v.impact === 'serious' || v.impact === 'critical' || v.impact === 'moderate' && v.id !== 'heading-order')
		.map(v => v.impact + ' ' + v.id + ': ' + v.help + v.nodes.slice(0, 3).map(n => '\n    ' + n.html.slice(0, 160) + ' ' + (n.any[0]?.message || n.all[0]?.message || n.none[0]?.message || '').slice(0, 160)).join('')).join('\n'))`)
}

// account are conversations as people have them.
func account(t *testing.T, files ...string) map[string]*chat.Conversation {
	t.Helper()
	docs := map[string]*chat.Conversation{}
	for _, pattern := range files {
		all, err := filepath.Glob(filepath.Join("..", "..", "testdata", pattern))
		if err != nil || len(all) == 0 {
			t.Fatal(pattern, err)
		}
		for _, path := range all {
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if c, err := chatgpt.Decode(raw); err == nil && len(c.Nodes) > 0 {
				docs[strings.TrimSuffix(filepath.Base(path), ".json")+".html"] = c
			}
		}
	}
	return docs
}

func TestPagesAreAccessible(t *testing.T) {
	t.Parallel()
	source := axe(t)
	files := []string{"demo/go-worker-pool.json", "demo/maqluba.json", "demo/integration-by-parts.json", "demo/ebike-subsidy.json", "samples/07-*.json"}
	if os.Getenv("GPTSNAP_LONG") != "" {
		files = []string{"demo/*.json", "samples/*.json"}
	}
	docs := account(t, files...)
	docs["sample.html"], docs["every.html"] = sample(), everything()
	dir := site(t, Defaults(), docs)
	b := newTab(t)
	b.site = "file://" + dir + "/" // files of the samples are not there
	for name := range docs {
		for _, scheme := range []string{"light", "dark"} {
			b.do(theme(scheme))
			b.open(filepath.Join(dir, name), "")
			// all of it, with a comparison and the map
			eval[bool](b, `document.querySelectorAll('details').forEach(d => d.open = true), document.querySelector('.ver .more')?.click(), true`)
			if found := b.accused(source, scheme); found != "" {
				t.Errorf("%s, %s: %s", name, scheme, found)
			}
			if name == "sample.html" {
				eval[bool](b, `document.querySelector('.top button').click(), true`)
				if found := b.accused(source, scheme); found != "" {
					t.Errorf("the map, %s: %s", scheme, found)
				}
			}
		}
	}
	for _, scheme := range []string{"light", "dark"} {
		b.do(theme(scheme))
		b.open(filepath.Join(dir, "index.html"), "")
		if found := b.accused(source, scheme); found != "" {
			t.Errorf("the list, %s: %s", scheme, found)
		}
		eval[bool](b, `(() => { const i = document.querySelector('.find input[type=search]'); i.value = 'water'; i.dispatchEvent(new Event('input')); return true })()`)
		b.wait(`document.querySelector('.find').dataset.done === 'water'`)
		if found := b.accused(source, scheme); found != "" {
			t.Errorf("what a search finds, %s: %s", scheme, found)
		}
	}
	b.quiet()
}

// At 200 % a window of 1200 pixels is one of 600; the text must not be cut off.
func TestPagesAreUsableAtTwiceTheSizeAndByKeyboardAlone(t *testing.T) {
	t.Parallel()
	b := newTab(t)
	docs := map[string]*chat.Conversation{"sample.html": sample(), "every.html": everything()}
	dir := site(t, Defaults(), docs)
	b.do(chromedp.EmulateViewport(600, 450, chromedp.EmulateScale(2)))
	for _, name := range []string{"sample.html", "every.html", "index.html"} {
		b.open(filepath.Join(dir, name), "")
		if eval[bool](b, overflow) {
			t.Errorf("%s scrolls sideways at 200 %%", name)
		}
	}
	b.shot("zoom")

	// Tab leads through the page in the order of reading, everything that has the
	// focus is in sight and has an outline, and nothing holds the focus for ever.
	b.size(1200, 900)
	b.do(call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"}}}))
	b.open(filepath.Join(dir, "sample.html"), "")
	var order []string
	for range 25 {
		b.do(chromedp.KeyEvent(kb.Tab))
		order = append(order, eval[string](b, `(() => {
			const e = document.activeElement, r = e.getBoundingClientRect(), s = getComputedStyle(e)
			const name = (e.getAttribute('aria-label') || e.textContent || e.localName).replace(/\s+/g, ' ').trim().slice(0, 24)
			const seen = r.width > 0 && r.height > 0 && r.bottom > 0 && r.top < innerHeight && s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2
			return (seen ? '' : 'UNSEEN ') + name
		})()`))
	}
	if got := strings.Join(order[:9], "|"); got != "Skip to the conversation|All conversations|Map|Theme: auto|Garden|original|14 Mar 2026, 09:26|Next version|Compare" {
		t.Errorf("Tab leads to %s", got)
	}
	if i := slices.IndexFunc(order, func(s string) bool { return strings.HasPrefix(s, "UNSEEN") }); i >= 0 {
		t.Errorf("the focus cannot be seen at step %d: %s", i+1, strings.Join(order, "|"))
	}
	if len(slices.Compact(slices.Clone(order))) < 24 {
		t.Errorf("Tab stays where it is: %s", strings.Join(order, "|"))
	}
	b.open(filepath.Join(dir, "sample.html"), "")
	b.do(chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Enter))
	if got := eval[string](b, `document.activeElement.id`); got != "talk" {
		t.Errorf("the link past the head leads to %q", got)
	}

	// Who asked for less motion gets none.
	if moving := eval[string](b, `[...document.querySelectorAll('*')].filter(e => { const s = getComputedStyle(e); return s.animationName !== 'none' || parseFloat(s.transitionDuration) > 0 || s.scrollBehavior === 'smooth' }).map(e => e.localName).join(' ')`); moving != "" {
		t.Errorf("moves nonetheless: %s", moving)
	}
	if said := eval[string](b, `[...document.querySelectorAll('article>.b')].filter(e => e.dir !== 'auto' || e.lang !== '').map(e => e.parentElement.id).join() + document.documentElement.lang`); said != "en" {
		t.Errorf("direction and language of messages: %s", said)
	}
	b.quiet()
}
