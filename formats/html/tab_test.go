package html

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// A tab is a page open in a real browser, which notes all that a quiet page
// would not do: load from a network, write to the console, open a dialog.
type tab struct {
	t     testing.TB
	ctx   context.Context
	mu    sync.Mutex
	noise []string
	site  string // where files may be missing, "" for nowhere
}

// A browser is one process for all tests of the package: starting one costs
// more than most tests do. Each test has a tab with a profile of its own.
var browser struct {
	once sync.Once
	ctx  context.Context
	stop func()
	err  error
}

// A tab, and a step of its test, may take this long: a browser that hangs ends
// its test, not the run.
const (
	tabTime  = 4 * time.Minute
	stepTime = 40 * time.Second
)

func TestMain(m *testing.M) {
	code := m.Run()
	if browser.stop != nil {
		browser.stop()
	}
	os.Exit(code)
}

func startBrowser() {
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil && path == "" {
			path = p
		}
	}
	if path == "" {
		browser.err = errors.New("chromium is not installed")
		return
	}
	profile, err := os.MkdirTemp("", "gptsnap-browser-")
	if err != nil {
		browser.err = err
		return
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(path), chromedp.UserDataDir(profile), chromedp.NoSandbox, chromedp.DisableGPU)
	for _, flag := range []string{"disable-quic", "no-first-run", "disable-background-networking", "disable-component-update", "disable-sync"} {
		options = append(options, chromedp.Flag(flag, true))
	}
	process, kill := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(process)
	started := make(chan error, 1)
	go func() { started <- chromedp.Do(ctx) }()
	select {
	case browser.err = <-started:
	case <-time.After(stepTime):
		browser.err = errors.New("chromium does not start")
	}
	browser.ctx = ctx
	browser.stop = func() {
		end, free := context.WithTimeout(ctx, 10*time.Second)
		_ = chromedp.Cancel(end) // lets go of the profile
		free()
		cancel()
		kill()
		_ = os.RemoveAll(profile)
	}
}

// newTab opens a tab. Without Chromium the test is skipped, unless CI=true asks
// for it.
func newTab(t testing.TB) *tab {
	t.Helper()
	browser.once.Do(startBrowser)
	if browser.err != nil {
		if os.Getenv("CI") == "true" || browser.ctx != nil {
			t.Fatal(browser.err)
		}
		t.Skip(browser.err)
	}
	b := &tab{t: t}
	ctx, cancel := chromedp.NewContext(browser.ctx, chromedp.WithNewBrowserContext(), chromedp.WithListener(b.listen))
	ctx, free := context.WithTimeout(ctx, tabTime)
	b.ctx = ctx
	t.Cleanup(func() { free(); cancel() })
	if err := chromedp.Do(ctx, call(network.Enable, network.EnableParams{}), call(emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})); err != nil {
		t.Fatal(err)
	}
	b.size(1200, 900)
	return b
}

func (b *tab) listen(event any) {
	said := ""
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if u := e.Request.URL; !strings.HasPrefix(u, "file:") && !strings.HasPrefix(u, "data:") && u != "about:blank" {
			said = "request: " + u
		}
	case *runtime.EventConsoleAPICalled:
		said = "console: " + fmt.Sprint(e.Type)
		for _, a := range e.Args {
			said += " " + string(a.Value)
		}
	case *runtime.EventExceptionThrown:
		said = "exception: " + e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			said += " " + e.ExceptionDetails.Exception.Description
		}
	case *log.EventEntryAdded:
		said = "log: " + e.Entry.Text + " " + e.Entry.URL
		if b.site != "" && strings.HasPrefix(e.Entry.URL, b.site) && strings.Contains(e.Entry.Text, "ERR_FILE_NOT_FOUND") {
			said = ""
		}
	case *cdppage.EventJavascriptDialogOpening:
		said = "dialog: " + e.Message
	}
	if said != "" {
		b.mu.Lock()
		b.noise = append(b.noise, said)
		b.mu.Unlock()
	}
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, free := context.WithTimeout(b.ctx, stepTime)
	defer free()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// wait waits until an expression is true.
func (b *tab) wait(expression string) {
	b.t.Helper()
	ctx, free := context.WithTimeout(b.ctx, stepTime)
	defer free()
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](expression)); err != nil {
		b.t.Fatalf("never true: %s: %v", expression, err)
	}
}

// call is a command of the debugging protocol whose answer nobody needs.
func call[P, R any](command cdp.Command[P, R], p P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, command, p)
		return err
	})
}

// running turns the scripts of pages on or off.
func running(on bool) chromedp.Action[chromedp.Void] {
	return call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
}

// open goes to a file, perhaps with a fragment.
func (b *tab) open(path, fragment string) {
	b.t.Helper()
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(path), Fragment: fragment}
	b.do(chromedp.Navigate("about:blank"), chromedp.Navigate(u.String()))
}

func (b *tab) size(width, height int64) { b.do(chromedp.EmulateViewport(width, height)) }

func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	ctx, free := context.WithTimeout(b.ctx, stepTime)
	defer free()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// quiet fails the test if the pages since the last call were not.
func (b *tab) quiet() { b.t.Helper(); b.quietOn("the page") }

func (b *tab) quietOn(name string) {
	b.t.Helper()
	eval[bool](b, "true") // whatever the page did before is told by now
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.noise) > 0 {
		b.t.Errorf("%s is not quiet: %s", name, strings.Join(b.noise, "\n"))
		b.noise = nil
	}
}

// shot keeps a picture of the page if GPTSNAP_SHOTS names a folder for them.
func (b *tab) shot(name string) {
	dir := os.Getenv("GPTSNAP_SHOTS")
	if dir == "" {
		return
	}
	eval[bool](b, `document.documentElement.scrollHeight > 12000 || document.querySelectorAll('.m,.month').forEach(e => { if (!e.hidden) e.style.contentVisibility = 'visible' }) || true`) // as if scrolled to
	take := chromedp.FullScreenshot(100)
	if eval[int](b, `document.documentElement.scrollHeight`) > 12_000 {
		take = chromedp.CaptureScreenshot()
	}
	picture, err := chromedp.Run(b.ctx, take)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o644)
	}
	if err != nil {
		b.t.Error(err)
	}
}
