package analyze

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gptsnap/formats/source"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// pageOf is the whole page of an account that holds say wherever it can.
func pageOf(t *testing.T, say string) string {
	t.Helper()
	all := account(30)
	furnish(all)
	for _, c := range all {
		c.Title += say
		for i := range c.Nodes {
			if m := c.Nodes[i].Message; m != nil && m.Model != "" {
				m.Model += say
			}
		}
	}
	table, scope := tableOf(t, all, newAlbum(utc), utc)
	var b bytes.Buffer
	if err := WriteHTML(&b, &table, scope); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestEveryChartIsWellFormedWhateverItsText(t *testing.T) {
	t.Parallel()
	for _, say := range hostile {
		all := account(12)
		furnish(all)
		for _, c := range all {
			c.Project += say
			for i := range c.Nodes {
				if m := c.Nodes[i].Message; m != nil {
					m.Model, m.Name = m.Model+say, m.Name+say
				}
			}
		}
		month, _ := findDimension("month")
		model, _ := findDimension("model")
		metrics := every(utc)
		metrics["models by month"] = newGroups("models", "Models & months <b>", utc, model, month)
		drawn := 0
		for name, m := range metrics {
			table, _ := tableOf(t, all, m, utc)
			var b bytes.Buffer
			err := WriteSVG(&b, &table)
			if f := (*source.Failure)(nil); errors.As(err, &f) && f.Code == source.ExitUsage {
				continue
			} else if err != nil {
				t.Fatal(err)
			}
			drawn++
			in := xml.NewDecoder(&b)
			for {
				token, err := in.Token()
				if err == io.EOF {
					break
				} else if err != nil {
					t.Fatalf("%s with %q: %v", name, say, err)
				}
				if e, ok := token.(xml.StartElement); ok && !slices.Contains([]string{"svg", "style", "rect", "text", "title", "line", "g"}, e.Name.Local) {
					t.Errorf("%s with %q: an element %s", name, say, e.Name.Local)
				}
			}
		}
		if drawn < 12 {
			t.Errorf("%q: only %d charts", say, drawn)
		}
	}
}

func TestChartsAreDrawnToScale(t *testing.T) {
	t.Parallel()
	all := account(40)
	table, _ := tableOf(t, all, newPeriods(monthly, utc), utc)
	labels, parts := stacks(&table)
	sum := 0
	for _, n := range parts[0].values {
		sum += n
	}
	if len(parts) != 1 || sum != table.Total[table.find("messages")] {
		t.Errorf("%d messages in the chart, the table has %v", sum, table.Total)
	}
	for i := 1; i < len(labels) && labels[i] != unknownGroup; i++ {
		if labels[i] != next(labels[i-1]) {
			t.Errorf("%s comes after %s", labels[i], labels[i-1])
		}
	}
	for n, want := range map[int]int{1: 1, 5: 1, 6: 2, 11: 5, 30: 10, 6543: 2000} {
		if got := nice(n); got != want {
			t.Errorf("nice(%d) is %d, want %d", n, got, want)
		}
	}
	var b bytes.Buffer
	if err := WriteSVG(&b, &table); err != nil {
		t.Fatal(err)
	}
	golden(t, "monthly.svg", b.String())
}

func TestAPageHoldsNoMarkupOfChats(t *testing.T) {
	t.Parallel()
	page := pageOf(t, `"><script>alert(1)</script><img src=x onerror=alert(1)>`)
	for _, bad := range []string{"<script", "<img", "http://", "src="} {
		for part := range strings.SplitSeq(strings.ReplaceAll(page, "src=x", ""), "\n") {
			if strings.Contains(part, bad) {
				t.Errorf("%s in %.200q", bad, part)
			}
		}
	}
	if !strings.Contains(page, "default-src 'none'; style-src 'sha256-") {
		t.Error("no content security policy")
	}
}

func TestPicturesFromTheCommandLine(t *testing.T) {
	t.Parallel()
	file := samples + "02-branches-regenerate-edit.json"
	if out, log, code := gptsnap(t, "analyze", "-a", file, "-f", "html"); code != 0 || !strings.HasPrefix(out, "<!DOCTYPE html>") || !strings.Contains(out, "Answers by month and model") {
		t.Errorf("code %d, %s", code, log)
	}
	if out, log, code := gptsnap(t, "analyze", "-a", file, "-f", "svg", "--by", "model", "monthly"); code != 0 || !strings.HasPrefix(out, "<svg ") {
		t.Errorf("code %d, %s", code, log)
	}
	if out, log, code := gptsnap(t, "list", "-a", file, "-f", "svg"); code != source.ExitUsage || out != "" || !strings.Contains(log, "there are charts of") {
		t.Errorf("code %d, %q, %s", code, out, log)
	}
}

// chartFaults lists texts of charts that stand outside of their picture, or
// upon each other.
const chartFaults = `[...document.querySelectorAll('svg')].flatMap(svg => {
	const faults = [], box = svg.viewBox.baseVal, all = [...svg.querySelectorAll('text')].map(e => ({e, b: e.getBBox()}));
	for (const {e, b} of all) if (b.x < -1 || b.x + b.width > box.width + 1 || b.y < -1 || b.y + b.height > box.height + 1)
		faults.push(e.textContent + ' is cut');
	for (let i = 0; i < all.length; i++) for (let k = i + 1; k < all.length; k++) {
		const p = all[i].b, q = all[k].b;
		if (p.x < q.x + q.width - 1 && q.x < p.x + p.width - 1 && p.y < q.y + q.height - 4 && q.y < p.y + p.height - 4)
			faults.push(all[i].e.textContent + ' and ' + all[k].e.textContent + ' are one upon the other');
	}
	return faults;
}).join('\n')`

// accessible holds the page, all of it open, to axe-core where that is
// installed: the tests of formats/html see to it.
func accessible(t *testing.T, ctx context.Context, paper func(scheme string) string) {
	t.Helper()
	source, err := os.ReadFile(filepath.Join("..", "formats", "html", "testdata", "axe", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Log("axe-core is not installed: accessibility is not looked at")
		return
	}
	for scheme, only := range map[string]string{"light": "", "dark": ", runOnly: ['color-contrast']"} { // all else is as by day
		paper(scheme)
		if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.querySelectorAll('details').forEach(d => d.open = true);`+string(source)+"\n;true")); err != nil {
			t.Fatal(err)
		}
		found, err := chromedp.Run(ctx, chromedp.Evaluate[string](`axe.run(document, {resultTypes: ['violations'], preload: false`+only+`}).then(r => r.violations.filter(v => v.impact !== 'minor')
			.map(v => v.id + ': ' + v.help + v.nodes.slice(0, 3).map(n => '\n    ' + n.html.slice(0, 160)).join('')).join('\n'))`, chromedp.EvalAwaitPromise))
		if err != nil || found != "" {
			t.Errorf("%s: %s %v", scheme, found, err)
		}
	}
}

func TestThePageInARealBrowser(t *testing.T) {
	path, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("chromium is not installed")
	}
	file := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(file, []byte(pageOf(t, `"><script>document.title='owned'</script> 日本語 العربية`)), 0o666); err != nil {
		t.Fatal(err)
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.NoSandbox, chromedp.DisableGPU)
	browser, stop := chromedp.NewExecAllocator(context.Background(), options...)
	noise := make(chan string, 100)
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithListener(func(event any) {
		switch e := event.(type) {
		case *log.EventEntryAdded:
			noise <- e.Entry.Text
		case *runtime.EventExceptionThrown:
			noise <- e.ExceptionDetails.Text
		}
	}))
	t.Cleanup(func() {
		end, free := context.WithTimeout(ctx, 20*time.Second)
		_ = chromedp.Cancel(end) // the profile must be free before it is removed
		free()
		cancel()
		stop()
	})
	paper := func(scheme string) string {
		t.Helper()
		err := chromedp.Do(ctx, chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
			_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
			return err
		}))
		if err != nil {
			t.Fatal(err)
		}
		color, err := chromedp.Run(ctx, chromedp.Evaluate[string](`getComputedStyle(document.body).backgroundColor`))
		if err != nil {
			t.Fatal(err)
		}
		return color
	}
	type page struct {
		Title                  string
		Charts, Scripts, Loads int
		Wider                  bool
		Painted                string
		Text                   string
	}
	const look = `({Title: document.title, Charts: document.querySelectorAll('svg').length, Scripts: document.scripts.length,
		Loads: performance.getEntriesByType('resource').length, Wider: document.documentElement.scrollWidth > innerWidth,
		Painted: getComputedStyle(document.querySelector('svg .s0')).fill, Text: document.body.textContent})`
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(400, 800), chromedp.Navigate("file://"+file)); err != nil {
		t.Fatal(err)
	}
	got, err := chromedp.Run(ctx, chromedp.Evaluate[page](look))
	if err != nil {
		t.Fatal(err)
	}
	if got.Title != "Overview" || got.Charts < 9 || got.Scripts != 0 || got.Loads != 0 || got.Wider {
		t.Errorf("title %q, %d charts, %d scripts, %d loads, wider than the screen %v", got.Title, got.Charts, got.Scripts, got.Loads, got.Wider)
	}
	for _, want := range []string{"日本語 العربية", "<script>document.title='owned'</script>", "soil.example", "二分探索のバグを直す 🐛", "👩‍👩‍👧 family budget 🇬🇷", "שיחה על מזג האוויר"} {
		if !strings.Contains(got.Text, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
	if light, dark := paper("light"), paper("dark"); light != "rgb(255, 255, 255)" || dark == light || got.Painted == "rgb(0, 0, 0)" {
		t.Errorf("paper is %s by day, %s at night; bars are %s", light, dark, got.Painted)
	}
	cut, err := chromedp.Run(ctx, chromedp.Evaluate[string](chartFaults))
	if err != nil || cut != "" {
		t.Errorf("texts of charts: %s %v", cut, err)
	}
	accessible(t, ctx, paper)
	select {
	case s := <-noise:
		t.Errorf("the browser says: %s", s)
	default:
	}
}
