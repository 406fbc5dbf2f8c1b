package html

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"
)

// A site that convert wrote is measured in a real browser: testdata/bench/run.sh
// names the folder. It prints, and judges nothing but that searches answer.
func TestASiteIsMeasured(t *testing.T) {
	dir := os.Getenv("GPTSNAP_SITE")
	if dir == "" {
		t.Skip("GPTSNAP_SITE names no site")
	}
	var pages []int64
	index := int64(0)
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		st, err := e.Info()
		if err != nil {
			return err
		}
		switch in, _ := filepath.Rel(dir, path); {
		case strings.HasPrefix(filepath.ToSlash(in), searchFolder):
			index += st.Size()
		case filepath.Ext(path) == ".html" && e.Name() != indexName:
			pages = append(pages, st.Size())
		}
		return nil
	})
	if err != nil || len(pages) == 0 {
		t.Fatal(len(pages), err)
	}
	slices.Sort(pages)
	t.Logf("%d pages: median %d kB, 95 %% under %d kB, largest %d kB; search index %d kB",
		len(pages), pages[len(pages)/2]/1000, pages[len(pages)*95/100]/1000, pages[len(pages)-1]/1000, index/1000)

	b := newTab(t)
	b.do(call(performance.Enable, performance.EnableParams{TimeDomain: performance.EnableTimeDomainThreadTicks}))
	// cpu is the time in ms that the tab's own thread has worked: unlike what a
	// clock says it does not depend on what else the machine does.
	cpu := func() (ms float64) {
		b.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
			got, err := chromedp.Call(ctx, performance.GetMetrics, cdp.Empty{})
			for _, m := range got.Metrics {
				if m.Name == "TaskDuration" {
					ms = m.Value * 1000
				}
			}
			return err
		}))
		return ms
	}
	list := filepath.Join(dir, indexName)
	for range 3 {
		before := cpu()
		b.open(list, "")
		b.wait(`performance.getEntriesByType('navigation')[0].loadEventEnd > 0 && performance.getEntriesByName('first-contentful-paint').length > 0`)
		t.Logf("list: interactive after %.0f ms, scripts done after %.0f ms, painted after %.0f ms, all laid out after %.0f ms, %.0f ms of CPU", eval[float64](b, `performance.getEntriesByType('navigation')[0].domInteractive`),
			eval[float64](b, `performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd`),
			eval[float64](b, `performance.getEntriesByName('first-contentful-paint')[0].startTime`),
			eval[float64](b, `performance.getEntriesByType('navigation')[0].loadEventEnd`), cpu()-before)
	}
	b.shot("list")
	queries := strings.Split(os.Getenv("GPTSNAP_QUERIES"), "|")
	if queries[0] == "" {
		queries = []string{"the", "return", "a", "of the to and", "def function", "und nicht", "水", "仁俢", "ال", "qwertyuiop", "10"}
	}
	for i, query := range queries {
		b.open(list, "")
		before := cpu()
		eval[bool](b, `(() => { const i = document.querySelector('.find input'); i.value = `+strconv.Quote(query)+`; window.began = performance.now(); i.dispatchEvent(new Event('input'));
			const wait = () => document.querySelector('.find').dataset.done === i.value ? (window.took = performance.now() - window.began, requestAnimationFrame(() => setTimeout(() => window.painted = performance.now() - window.began))) : setTimeout(wait, 1); wait(); return true })()`)
		b.wait(`window.painted > 0`)
		answered := eval[float64](b, `window.painted`)
		first, spent := 0.0, cpu()-before
		if found := eval[int](b, `document.querySelectorAll('.month li:not([hidden])').length`); found > 0 && eval[bool](b, `document.querySelector('main').classList.contains('searched')`) {
			b.wait(`!!document.querySelector('.quotes') || document.querySelectorAll('.month li:not([hidden])').length > 0 && !document.querySelector('iframe') && performance.now() - window.began > 5000`)
			first = eval[float64](b, `performance.now() - window.began`)
		}
		t.Logf("search %q: %d rows after %.0f ms, painted by %.0f ms (%.0f ms of CPU), first quotation by %.0f ms", query, eval[int](b, `document.querySelectorAll('.month li:not([hidden])').length`),
			eval[float64](b, `window.took`), answered, spent, first)
		if i < 4 {
			b.wait(`!document.querySelector('iframe')`)
			b.shot("search " + strconv.Itoa(i))
		}
	}
	b.do(chromedp.Navigate("about:blank"))
	b.quiet()
}
