package html

import (
	"path/filepath"
	"strings"
	"testing"

	"gptsnap/formats/chat"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// compared is what a comparison shows: -gone, +come and =common, cut at |.
const compared = `[...document.querySelector('.diff .lit').childNodes].map(n => (n.localName === 'del' ? '-' : n.localName === 'ins' ? '+' : n.localName === 'button' ? '?' : '=') + n.textContent).join('|').replace(/\n/g, '/')`

func TestTwoVersionsAreComparedWordByWord(t *testing.T) {
	t.Parallel()
	b := newTab(t)
	c := linear(say(chat.User, &chat.Text{Raw: "Which is best?"}), answer("Take the **red** bus to town, then walk.\n\n- 水曜日に行く\n\n```go\nx := 1\n```"), answer("Take the **blue** bus to town.\n\n- 木曜日に行く\n\n```go\nx := 2\n```"),
		answer("Stay at home <b>today</b>."))
	c.Nodes[3].Message.Model = "o3"
	c.Link([]chat.Links{{}, {Parent: "n0"}, {Parent: "n0"}, {Parent: "n0"}}, "n2")
	long := strings.Repeat("All of these words stay as they are from one to the other. ", 40)
	d := linear(answer("Hello"), say(chat.User, &chat.Text{Raw: long + "Now? " + long}), say(chat.User, &chat.Text{Raw: long + "Later? " + long}))
	d.Link([]chat.Links{{}, {Parent: "n0"}, {Parent: "n0"}}, "n1")
	dir := site(t, Defaults(), map[string]*chat.Conversation{"two.html": c, "long.html": d})
	b.open(filepath.Join(dir, "two.html"), "")
	want := func(what, parts string) {
		t.Helper()
		if got := eval[string](b, compared); got != parts {
			t.Errorf("%s: %s\nwant %s", what, got, parts)
		}
	}
	b.do(chromedp.Focus(chromedp.CSS(".ver .more")), chromedp.KeyEvent(kb.Enter))
	want("with the version before", "=Take the |-red|= |+blue|= bus to town|-, then walk|=./|-水|+木|=曜日に行く/go/x := |-1|+2")
	if got := eval[string](b, `document.querySelector('.diff output').textContent`); got != "5 words removed, 3 added" {
		t.Error(got)
	}
	marks := eval[string](b, `['ins', 'del'].map(e => getComputedStyle(document.querySelector('.diff ' + e)).textDecorationLine).join(' ')`)
	if marks != "underline line-through" {
		t.Errorf("changes are told apart by colour alone: %s", marks)
	}
	b.shot("compared")
	eval[bool](b, `(() => { const s = document.querySelectorAll('.diff select'); s[1].value = '3'; s[1].dispatchEvent(new Event('input')); return true })()`)
	want("with another one", "-Take the red bus to town, then walk./水曜日に行く/go/x := 1|+Stay at home <b>today</b>.")
	if got := eval[string](b, `[...document.querySelectorAll('.diff select')[1].options].map(o => o.textContent).join()`); got != "Version 1 · gpt-4o,Version 2 · gpt-4o,Version 3 · o3" {
		t.Error(got)
	}
	b.do(chromedp.Focus(chromedp.CSS(".diff select")), chromedp.KeyEvent(kb.Escape))
	if eval[int](b, `document.querySelectorAll('.diff').length`) != 0 || eval[string](b, `document.activeElement.textContent + document.activeElement.getAttribute('aria-expanded')`) != "Comparefalse" {
		t.Error("Escape does not close the comparison and go back to its button")
	}

	b.open(filepath.Join(dir, "long.html"), "")
	b.do(chromedp.Click(chromedp.CSS(".ver .more")))
	if got := eval[string](b, compared); strings.Count(got, "?⋯") != 2 || !strings.Contains(got, "|-Now|+Later|=? All of") || len(got) > 1200 {
		t.Errorf("what is the same is not folded: %s", got)
	}
	b.shot("compared-long")
	b.do(chromedp.Click(chromedp.CSS(".same")))
	if got := eval[string](b, compared); strings.Count(got, "?⋯") != 1 || len(got) < 2400 {
		t.Errorf("what is the same does not unfold: %s", got)
	}
	b.size(360, 780)
	if eval[bool](b, overflow) {
		t.Error("the comparison scrolls sideways on a phone")
	}
	b.shot("compared-phone")
	b.quiet()
}

// Whatever is compared, each side can be read out of the difference again, and
// long texts that have nothing in common end in time.
func TestADifferenceHoldsBothTexts(t *testing.T) {
	t.Parallel()
	b := newTab(t)
	dir := site(t, Defaults(), map[string]*chat.Conversation{"s.html": sample()})
	b.open(filepath.Join(dir, "s.html"), "")
	bad := eval[string](b, `(() => {
		let seed = 7
		const random = n => { seed = Math.imul(seed, 1103515245) + 12345 >>> 0; return (seed >>> 16) % n }
		const text = n => Array.from({ length: random(n) }, () => 'abcd  e水ก\n'[random(10)]).join('')
		const flat = s => s.replace(/[ ]+/g, '')
		const check = (x, y) => {
			const d = gptsnapDifference(x, y), side = k => d.filter(p => p[0] === 0 || p[0] === k).map(p => p[1]).join('')
			return flat(side(-1)) === flat(x) && side(1) === y && (x !== y || d.every(p => !p[0]))
		}
		for (let i = 0; i < 3000; i++) { const x = text(30), y = i % 9 ? text(30) : x; if (!check(x, y)) return JSON.stringify([x, y, gptsnapDifference(x, y)]) }
		const many = (n, m) => Array.from({ length: n }, (_, i) => 'w' + (i * 7919 % m)).join(' ')
		if (!check(many(20000, 4001), many(3000, 4001) + ' x ' + many(100, 13))) return 'many words'
		if (!check('a '.repeat(9000), 'b '.repeat(9000))) return 'nothing in common'
		if (!check('a\n'.repeat(90000), 'a\n'.repeat(45000) + 'b\n' + 'a\n'.repeat(45000))) return 'many lines'
		return ''
	})()`)
	if bad != "" {
		t.Errorf("the sides cannot be read out of %s", bad)
	}
	b.quiet()
}

func TestTheMapLeadsToEveryVersion(t *testing.T) {
	t.Parallel()
	b := newTab(t)
	dir := site(t, Defaults(), map[string]*chat.Conversation{"s.html": sample(), "long.html": longTalk(1155, 80)})
	b.open(filepath.Join(dir, "s.html"), "")
	b.do(chromedp.Click(chromedp.CSS(".top button")))
	rows := `[...document.querySelectorAll('.map a')].map(a => a.hash.slice(3) + (a.getAttribute('aria-current') ? '*' : '') + (a.parentElement.className === 'own' ? '!' : '')).join(' ')`
	if got := eval[string](b, rows); got != "a1*! a1b a1c x1 x2 q2*! q2b" {
		t.Errorf("the map leads to %s", got)
	}
	if got := eval[string](b, `document.activeElement.hash`); got != "#m=a1" {
		t.Errorf("the focus is on %s, not on what is shown", got)
	}
	b.shot("map")
	b.do(chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.Enter))
	b.wait(`!document.getElementById('m=x1').closest('[hidden]')`)
	b.wait(`!!document.querySelector('.map a[href="#m=x1"][aria-current]')`)
	if got := eval[string](b, rows); got != "a1! a1b a1c* x1* x2 q2! q2b" {
		t.Errorf("then the map shows %s", got)
	}
	b.do(chromedp.KeyEvent(kb.Escape))
	if eval[bool](b, `document.querySelector('.map').matches(':popover-open')`) {
		t.Error("Escape does not close the map")
	}
	b.size(360, 780)
	if eval[bool](b, overflow) {
		t.Error("the map scrolls sideways on a phone")
	}

	b.size(1200, 900)
	b.open(filepath.Join(dir, "long.html"), "")
	if n := eval[int](b, `document.querySelectorAll('.fork').length`); n < 70 {
		t.Fatalf("%d forks", n)
	}
	b.do(chromedp.Click(chromedp.CSS(".top button")))
	lost := eval[int](b, `(() => {
		const there = new Set([...document.querySelectorAll('.map a')].map(a => a.hash)), heads = [...document.querySelectorAll('.alt')].map(s => '#' + s.querySelector('.m').id)
		return heads.filter(h => !there.has(h)).length + (heads.length > 80 ? 0 : 1000)
	})()`)
	if lost != 0 {
		t.Errorf("%d versions are not on the map", lost)
	}
	b.shot("map-long")
	b.do(chromedp.KeyEvent(kb.End), chromedp.KeyEvent(kb.Enter))
	last := `[...document.querySelectorAll('.map a')].at(-1)`
	b.wait(`(() => { const a = ` + last + `, at = document.getElementById(a.hash.slice(1)).getBoundingClientRect(); return a === document.activeElement && a.hasAttribute('aria-current') && at.top >= 0 && at.top < innerHeight })()`)
	b.size(360, 780)
	b.shot("map-phone")
	b.quiet()
}
