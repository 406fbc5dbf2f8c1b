package serve

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gptsnap/formats/chat"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// forked is a talk with two answers to one question, of which the second is
// the current one.
func forked() (*chat.Conversation, error) {
	c := &chat.Conversation{ID: "dddddddd-4", Title: "Raised beds", Updated: time.Date(2024, 5, 2, 0, 0, 0, 0, time.UTC)}
	for i, m := range []*chat.Message{say(chat.User, &chat.Text{Raw: "Which wood?"}), say(chat.Assistant, &chat.Text{Raw: "Larch keeps a decade, ولا يحتاج إلى طلاء."}), say(chat.Assistant, &chat.Text{Raw: "Oak, if you can pay for it: 木材は高い。"})} {
		c.Nodes = append(c.Nodes, chat.Node{ID: chat.NodeID("abc"[i : i+1]), Message: m})
	}
	c.Link([]chat.Links{{}, {Parent: "a"}, {Parent: "a"}}, "c")
	return c, nil
}

// The way of somebody who reads: look for a word, open the branch that holds
// it, turn to the other one, go back, look at the numbers. All of it comes from
// the one address, and nothing complains.
func TestSomebodyReadsInARealBrowser(t *testing.T) {
	path, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("chromium is not installed")
	}
	src := talks(forked,
		conversation("aaaaaaaa-1", "Water & soil", "Garden & 水", say(chat.User, &chat.Text{Raw: "How much 水分?"}), say(chat.Assistant, &chat.Text{Raw: "As much as `evaporates`: \\(x^2\\)."})),
		conversation("cccccccc-3", "<script>alert(1)</script>", "", say(chat.Assistant, &chat.Text{Raw: "<img src=x onerror=alert(1)> larch"})))
	l, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serving, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- opened(t, src).Serve(serving, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	site := "http://" + l.Addr().String() + "/"

	var mu sync.Mutex
	var noise []string
	hear := func(event any) {
		said := ""
		switch e := event.(type) {
		case *network.EventRequestWillBeSent:
			if u := e.Request.URL; !strings.HasPrefix(u, site) && !strings.HasPrefix(u, "data:") && u != "about:blank" {
				said = "request: " + u
			}
		case *network.EventResponseReceived:
			if e.Response.Status >= 400 {
				said = fmt.Sprint(e.Response.Status, " for ", e.Response.URL)
			}
		case *runtime.EventConsoleAPICalled:
			said = "console: " + fmt.Sprint(e.Type)
		case *runtime.EventExceptionThrown:
			said = "exception: " + e.ExceptionDetails.Text
		case *log.EventEntryAdded:
			said = "log: " + e.Entry.Text
		}
		if said != "" {
			mu.Lock()
			noise = append(noise, said)
			mu.Unlock()
		}
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-features", "BackForwardCache,Translate")) // the way back makes the page anew, from its address alone
	browser, end := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithListener(hear))
	t.Cleanup(func() {
		soon, free := context.WithTimeout(ctx, 20*time.Second)
		_ = chromedp.Cancel(soon) // the profile must be free before it is removed
		free()
		cancel()
		end()
	})
	do := func(steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		soon, free := context.WithTimeout(ctx, 30*time.Second)
		defer free()
		if err := chromedp.Do(soon, steps...); err != nil {
			t.Fatal(err)
		}
	}
	// A question that a page is asked while it goes is never answered: then the
	// page that comes is asked.
	wait := func(expression string) {
		t.Helper()
		var err error
		for range 20 {
			soon, free := context.WithTimeout(ctx, 2*time.Second)
			_, err = chromedp.Run(soon, chromedp.Poll[bool](expression))
			free()
			if err == nil {
				return
			}
		}
		t.Fatalf("never true: %s: %v", expression, err)
	}
	read := func(expression string) string {
		t.Helper()
		soon, free := context.WithTimeout(ctx, 30*time.Second)
		defer free()
		s, err := chromedp.Run(soon, chromedp.Evaluate[string](expression))
		if err != nil {
			t.Fatal(expression, err)
		}
		return s
	}
	if err := chromedp.Do(ctx); err != nil { // without a deadline, which would be the browser's
		t.Fatal(err)
	}
	do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, network.Enable, network.EnableParams{})
		return err
	}), chromedp.Navigate(site))
	rows := `[...document.querySelectorAll('.month li:not([hidden])>a')].map(a => a.textContent).join('|')`
	if got := read(rows); got != "Raised beds|Water & soil|<script>alert(1)</script>" {
		t.Errorf("the list holds %s", got)
	}
	for query, want := range map[string]string{"木材は": "Raised beds", "يحتاج طلاء": "Raised beds", "evapor": "Water & soil", "水分": "Water & soil"} {
		do(chromedp.Navigate("about:blank"), chromedp.Navigate(site+"#search="+query))
		wait(`document.querySelectorAll('.quotes mark').length > 0`)
		if got := read(rows); got != want {
			t.Errorf("%q finds %s", query, got)
		}
	}
	search := func(word string) {
		t.Helper()
		do(chromedp.KeyEvent("/"))
		if got := read(`document.activeElement.value = '', document.activeElement.type`); got != "search" { // a key from a test is typed although the page has taken it
			t.Fatalf("/ leads to %s", got)
		}
		do(chromedp.KeyEvent(word))
	}
	do(chromedp.Navigate("about:blank"), chromedp.Navigate(site))
	search("larch")
	wait(`document.querySelector('.find').dataset.done === 'larch' && document.querySelectorAll('.quotes').length === 2`)
	if got := read(`document.querySelector('.quotes').textContent`); got != "Larch keeps a decade, ولا يحتاج إلى طلاء." {
		t.Errorf("quoted: %s", got)
	}
	do(chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.Enter)) // the title, then what it quotes
	wait(`!!document.querySelector('.found')`)
	shown := `[...document.querySelectorAll('article')].map(a => a.querySelector('.b')).filter(b => b.checkVisibility()).map(b => b.textContent.trim().slice(0, 5)).join('|')`
	if got := read(shown); got != "Which|Larch" {
		t.Errorf("the quotation leads to %s", got)
	}
	do(chromedp.Click(chromedp.CSS(`.ver button[aria-label="Next version"]`)))
	if got := read(shown); got != "Which|Oak, " {
		t.Errorf("the other version is %s", got)
	}
	read(`history.back(), ''`)
	wait(`document.querySelectorAll('.quotes').length === 2`)
	if got := read(`document.querySelector('.find input').value + ': ' + ` + rows); got != "larch: Raised beds|<script>alert(1)</script>" {
		t.Errorf("back: %s", got)
	}
	do(chromedp.Navigate(site+"statistics.html"), chromedp.Click(chromedp.CSS(".top button")))
	if got := read(`getComputedStyle(document.querySelector('p')).color + document.body.textContent`); !strings.HasPrefix(got, "rgb(0, 128, 0)") || !strings.Contains(got, "3 chats") {
		t.Errorf("the page of numbers: %s", got)
	}
	do(chromedp.Click(chromedp.CSS(".top a")))
	wait(`!!document.querySelector('.shelves a')`)
	do(chromedp.Click(chromedp.CSS(".shelves a")))
	wait(`document.querySelector('h1')?.textContent === 'Garden & 水'`)
	if got := read(rows); got != "Water & soil" {
		t.Errorf("the project holds %s", got)
	}
	search("soil")
	wait(`document.querySelector('.find').dataset.done === 'soil' && document.querySelectorAll('.quotes mark').length > 0`)
	mu.Lock()
	defer mu.Unlock()
	if len(noise) > 0 {
		t.Errorf("the site is not quiet: %s", strings.Join(noise, "\n"))
	}
}
