package source

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"gptsnap/formats/chat"
	"gptsnap/formats/chatgpt"
)

const sharedChat = `{"title":"Shared \"one\"","create_time":1700000000.25,"update_time":1700000050.5,"linear_conversation":[],"is_public":true,"mapping":{"r":{"id":"r","message":null,"parent":null,"children":["m"]},
"m":{"id":"m","message":{"id":"m","author":{"role":"user"},"create_time":1700000001.5,"content":{"content_type":"text","parts":["Hello </script> \n ` + "\\ud83c\\udf0a" + ` there"]},"metadata":{},"recipient":"all"},"parent":"r","children":[]}},"current_node":"m","conversation_id":"00000000-0000-4000-8000-000000000001"}`

// flatten writes v as the stream of a page of 2025 does: every value once, and
// references to it everywhere.
func flatten(t *testing.T, v any) string {
	t.Helper()
	var all []any
	places := map[string]int{}
	var place func(v any) int
	place = func(v any) int {
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if at, ok := places[string(raw)]; ok {
			return at
		}
		if v == nil {
			return -5
		}
		at := len(all)
		all = append(all, nil)
		places[string(raw)] = at
		switch v := v.(type) {
		case map[string]any:
			out := map[string]int{}
			for k, inner := range v {
				out[fmt.Sprintf("_%d", place(k))] = place(inner)
			}
			all[at] = out
		case []any:
			out := []int{}
			for _, inner := range v {
				out = append(out, place(inner))
			}
			all[at] = out
		default:
			all[at] = v
		}
		return at
	}
	place(v)
	raw, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw) + "\n"
}

func sharePage(t *testing.T, stream string) string {
	t.Helper()
	page := "<!DOCTYPE html><html><head><title>ChatGPT</title></head><body>"
	for len(stream) > 0 { // in several calls, as pages have them
		n := min(len(stream), 300)
		for n < len(stream) && !utf8.RuneStart(stream[n]) {
			n++
		}
		text, err := json.Marshal(stream[:n])
		if err != nil {
			t.Fatal(err)
		}
		page += "<script nonce=\"x\">window.__reactRouterContext.streamController.enqueue(" + string(text) + ");</script>\n"
		stream = stream[n:]
	}
	return page + `<script>streamController.enqueue(somethingElse)</script></body></html>`
}

func pageFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// said is what the messages of a conversation hold, whose nodes a saved page
// may have in any order.
func said(c *chat.Conversation) (parts []chat.Part) {
	for i := range c.Nodes {
		if m := c.Nodes[i].Message; m != nil {
			parts = append(parts, m.Parts...)
		}
	}
	return parts
}

func TestSavedPagesAreOpened(t *testing.T) {
	t.Parallel()
	var value any
	if err := json.Unmarshal([]byte(sharedChat), &value); err != nil {
		t.Fatal(err)
	}
	want, err := chatgpt.Decode([]byte(sharedChat))
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("<p>filling</p>", 30_000) // the mark stands across two reads somewhere
	for name, c := range map[string]struct {
		page, kind string
		chats      int
	}{
		"2023":        {`<!DOCTYPE html><script id="__NEXT_DATA__" type="application/json">{"props":{"pageProps":{"serverResponse":{"type":"data","data":` + strings.ReplaceAll(sharedChat, "</script>", "<\\/script>") + `}}}}</script>`, "saved page of a shared link", 1},
		"2025":        {sharePage(t, flatten(t, map[string]any{"loaderData": map[string]any{"routes/share": map[string]any{"serverResponse": map[string]any{"data": value}}}})), "saved page of a shared link", 1},
		"chat.html":   {`<html><head>` + long + `<script>var jsonData = [` + sharedChat + `,` + strings.Replace(sharedChat, "000000000001", "000000000002", 1) + `]; var assetsJson = {'file-x': "y"};</script>`, "chat.html of an official export", 2},
		"chat.html 2": {`<script>var jsonData = [` + sharedChat + `]</script>`, "chat.html of an official export", 1},
	} {
		s, err := Open(pageFile(t, c.page))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		n := 0
		for got, err := range Map(t.Context(), s, 1, func(c *chat.Conversation) (*chat.Conversation, error) { return c, nil }) {
			if n++; err != nil || got.Title != want.Title || len(got.Nodes) != 2 || !reflect.DeepEqual(said(got), said(want)) || !got.Updated.Equal(want.Updated) {
				t.Errorf("%s: %v: %+v", name, err, got)
			}
		}
		if n != c.chats || s.Name != c.kind {
			t.Errorf("%s: %d conversations in a %s", name, n, s.Name)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestPagesThatHoldNothingOrCircleAreRefused(t *testing.T) {
	t.Parallel()
	doubling := []string{`{"_1":2,"_3":2}`, `"mapping"`, `{"_1":4,"_3":4}`, `"current_node"`}
	for i := 4; i < 60; i++ { // each value holds the next one twice: 2^56 values in a short page
		doubling = append(doubling, fmt.Sprintf("[%d,%d]", i+1, i+1))
	}
	doubling = append(doubling, `"x"`)
	for name, page := range map[string]string{
		"an ordinary page":   "<html><body>Hello</body></html>",
		"cut":                sharePage(t, `[{"_1":2}]`)[:150],
		"no such object":     sharePage(t, `[{"_1":2},"title","x"]`+"\n"),
		"a circle":           sharePage(t, `[{"_1":2,"_3":0},"mapping",{"_1":2},"current_node"]`+"\n"),
		"a page that grows":  sharePage(t, "["+strings.Join(doubling, ",")+"]\n"),
		"no JSON":            sharePage(t, "not at all\n"),
		"references outside": sharePage(t, `[{"_1":99,"_7":-3},"mapping"]`+"\n"),
	} {
		if s, err := Open(pageFile(t, page)); err == nil {
			s.Close()
			t.Errorf("%s was opened", name)
		} else if !strings.Contains(err.Error(), "HTML page") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatTheAPIGaveIsWorthMoreThanAnExportOfTheSameTime(t *testing.T) {
	t.Parallel()
	at := func(ms int) slot { return slot{id: "a", updated: day(ms), nodes: 5} }
	api, export := at(0), at(0)
	api.api = true
	rounded := at(0)
	rounded.updated = rounded.updated.Add(300_000)
	larger := at(0)
	larger.nodes = 9
	newer := at(1)
	for name, c := range map[string]struct {
		all  []slot
		want int
	}{
		"export last":         {[]slot{api, export}, 0},
		"export first":        {[]slot{export, api}, 1},
		"in another rounding": {[]slot{api, rounded}, 0},
		"a larger export":     {[]slot{api, larger}, 1},
		"a newer export":      {[]slot{api, newer}, 1},
		"two exports":         {[]slot{export, export}, 1},
	} {
		want := c.all[c.want]
		if got := winners(slices.Clone(c.all)); len(got) != 1 || got[0].api != want.api || got[0].nodes != want.nodes || !got[0].updated.Equal(want.updated) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// day is a time some seconds after a certain one.
func day(seconds int) time.Time { return time.Unix(1700000000+int64(seconds), 0) }
