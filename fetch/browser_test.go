package fetch

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"gptsnap/fetch/fakeapi"
	"gptsnap/formats/archive"
	"gptsnap/formats/source"
)

// chromium starts a real browser that shows a page and answers the address of its
// debugging port. Without Chromium the test is skipped, unless CI=true.
func chromium(t *testing.T, page string) string {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil && path == "" {
			path = p
		}
	}
	if path == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("chromium is not installed")
		}
		t.Skip("chromium is not installed")
	}
	profile := t.TempDir()
	ctx, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, path, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-quic", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--remote-debugging-port=0", "--user-data-dir="+profile, page)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // it ends its own children
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		_ = cmd.Wait() // ended by a signal
		for range 50 { // its children let go of the profile a little later
			if os.RemoveAll(profile) == nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	})
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		raw, err := os.ReadFile(filepath.Join(profile, "DevToolsActivePort"))
		if port, _, ok := strings.Cut(string(raw), "\n"); err == nil && ok {
			return "http://127.0.0.1:" + port
		}
	}
	t.Fatal("the browser did not start")
	return ""
}

// shows waits until the tab shows the account.
func shows(t *testing.T, b *browser) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		b.mu.Lock()
		err := b.connect(t.Context())
		if err == nil {
			err = b.enter(t.Context())
		}
		b.drop()
		b.mu.Unlock()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

func TestTheUsersOwnBrowserReadsTheAccount(t *testing.T) {
	t.Parallel()
	files := project(withFiles(), 2)
	for name, f := range many(25) {
		if name != "000001.json" {
			files[name] = f
		}
	}
	large := make([]byte, 3<<20+12345)
	for i := range large {
		large[i] = byte(i * 7 >> 3)
	}
	files["files/file-AbCdEf0123456789AbCdEf01.pdf"] = &fstest.MapFile{Data: large}
	var once sync.Once
	fake, o := whole(t, files, fakeapi.Options{Browser: true, Token: "token-that-only-the-page-knows", Script: func(r *http.Request, _ int) (expired *fakeapi.Trouble) {
		if strings.HasSuffix(r.URL.Path, "/batch") { // the token ends in the middle of the run; the page has the next one
			once.Do(func() { expired = fakeapi.Expired() })
		}
		return expired
	}})
	port := chromium(t, o.BaseURL+"/")
	base, err := parseBase(o.BaseURL)
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{at: must(url.Parse(port)), origin: base.Scheme + "://" + base.Host}
	shows(t, b)
	o.Transport, o.Token, o.CDP = nil, Token{}, port
	r := mustRun(t, o)
	if r.Fetched != 25 || r.Files != 4 || opened(t, o.Archive)["file-AbCdEf0123456789AbCdEf01"] != string(large) {
		t.Errorf("%+v", r)
	}
	holdsBatches(t, o.Archive, fake)
	if r = mustRun(t, o); r.Unchanged != 25 || r.Fetched != 0 {
		t.Errorf("%+v", r)
	}
	shows(t, b) // the tab is still there

	o.BaseURL = "http://localhost:1" // no tab shows that
	if _, err := Run(t.Context(), o); exitOf(err) != source.ExitFailed || !strings.Contains(err.Error(), "no tab") {
		t.Error(err)
	}
}

func TestOnlyABrowserOnThisMachineIsSpokenTo(t *testing.T) {
	t.Parallel()
	_, o := whole(t, many(1), fakeapi.Options{})
	for _, at := range []string{"http://192.0.2.1:9222", "http://browser.example:9222", "https://127.0.0.1:9222", "http://127.0.0.1", "127.0.0.1:9222", "http://[2001:db8::1]:9222"} {
		o.CDP = at
		if _, err := Run(t.Context(), o); exitOf(err) != source.ExitUsage {
			t.Errorf("%s: %v", at, err)
		}
	}
	o.CDP = "http://127.0.0.1:1"
	if _, err := Run(t.Context(), o); exitOf(err) != source.ExitFailed {
		t.Error(err)
	}
}

// TestTheCaptureScriptSavesWhatImportReads pastes the script into a real page.
func TestTheCaptureScriptSavesWhatImportReads(t *testing.T) {
	t.Parallel()
	for name, with := range map[string]fakeapi.Options{"batches": {}, "pages": {Paged: true, Turns: 5}} {
		with.Browser = true
		files := project(many(25), 3)
		if with.Paged {
			files = long(23)
		}
		fake, o := whole(t, files, with)
		port := chromium(t, o.BaseURL+"/")
		b := &browser{at: must(url.Parse(port)), origin: o.BaseURL}
		shows(t, b)
		b.mu.Lock()
		var done remote
		// Saving is watched, for a browser without a window asks where to.
		watch := `var saved = []; var real = Blob; globalThis.Blob = function(parts, o) { saved.push(parts.join("")); return new real(parts, o) };`
		script := strings.TrimSuffix(strings.TrimSpace(CaptureScript), ";")
		script = script[strings.Index(script, "(async"):]
		err := b.call(t.Context(), "Runtime.evaluate", map[string]any{"expression": watch + "\n" + script + ".then(() => JSON.stringify(saved))", "awaitPromise": true, "returnByValue": true, "replMode": false}, &done)
		b.drop()
		b.mu.Unlock()
		if err == nil {
			err = done.err()
		}
		var text string
		var bundles []string
		if err == nil {
			err = json.Unmarshal(done.Result.Value, &text)
		}
		if err == nil {
			err = json.Unmarshal([]byte(text), &bundles)
		}
		if err != nil || len(bundles) != 1 {
			t.Fatalf("%s: %d bundles, %v", name, len(bundles), err)
		}
		if strings.Contains(text, fakeapi.DefaultToken) {
			t.Error("the token was saved")
		}
		path := filepath.Join(t.TempDir(), "gptsnap-capture-001.har")
		if err := os.WriteFile(path, []byte(bundles[0]), 0o600); err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(t.TempDir(), "a.tar.zst")
		r, err := Import(t.Context(), ImportOptions{Archive: to, Inputs: []string{path}})
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, r.Summary())
		}
		if with.Paged {
			raw := stored(t, to, archive.KindConversation)[chatOf(1)]
			if n := strings.Count(raw, `"page_info"`); n != 6 { // five messages each, the last of one page again on the next
				t.Errorf("%d pages", n)
			}
			continue
		}
		holdsBatches(t, to, fake)
		if a := stored(t, to, archive.KindAccount); !strings.Contains(a["memories"], "left-handed") || !strings.Contains(stored(t, to, archive.KindProject)["sidebar-0"], "Project 2") {
			t.Errorf("%q", fmt.Sprint(a))
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
