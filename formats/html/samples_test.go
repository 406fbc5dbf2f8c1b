package html

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gptsnap/formats/chat"
	"gptsnap/formats/chat/chattest"
	"gptsnap/formats/chatgpt"
)

func TestTheSamplesAreDrawnWithoutALostWordOfTheirReaders(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../testdata/samples/*.json")
	if err != nil || len(files) < 10 {
		t.Fatal(files, err)
	}
	r := renderer(t, Defaults())
	for _, path := range files {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		c, err := chatgpt.Decode(raw)
		if err != nil {
			continue // a page of a paged conversation
		}
		_, texts := draw(t, r, c)
		all := strings.Join(texts, "")
		for i := range c.Nodes {
			m := c.Nodes[i].Message
			if m == nil || !m.Visible() {
				continue
			}
			for _, part := range m.Parts {
				x, ok := part.(*chat.Text)
				if !ok {
					continue
				}
				if m.Role == chat.User && len(x.Cites) == 0 {
					var o out
					o.text(strings.TrimRight(x.Raw, "\n"))
					if !strings.Contains(all, plain(string(o.b))) {
						t.Errorf("%s: %s is not read as typed: %.80q", filepath.Base(path), m.ID, x.Raw)
					}
				}
				for _, word := range strings.Fields(x.Plain()) {
					if strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" && !strings.Contains(all, word) {
						t.Errorf("%s: %s lost the word %q", filepath.Base(path), m.ID, word)
					}
				}
			}
		}
		if i := strings.IndexAny(all, "\ue200\ue201\ue202\ue203\ue204"); i >= 0 && !strings.Contains(path, "14-nasty") {
			t.Errorf("%s: a marker is left: %.60q", filepath.Base(path), all[i:])
		}
	}
}

// BenchmarkRender draws an invented account; MB/s are those of its JSON.
func BenchmarkRender(b *testing.B) {
	const n = 200
	var all []*chat.Conversation
	size := 0
	for i := range n {
		raw := chattest.Conversation(1, i)
		c, err := chatgpt.Decode(raw)
		if err != nil {
			b.Fatal(err)
		}
		all, size = append(all, c), size+len(raw)
	}
	for _, k := range []struct {
		name string
		o    Options
	}{{"highlighted", Defaults()}, {"plain", Options{}}} {
		b.Run(k.name, func(b *testing.B) {
			b.SetBytes(int64(size))
			b.ReportAllocs()
			var page bytes.Buffer
			written := 0
			for b.Loop() {
				r, err := New(k.o)
				if err != nil {
					b.Fatal(err)
				}
				written = 0
				for _, c := range all {
					page.Reset()
					if err := r.Render(&page, &chat.Document{Conversation: c}); err != nil {
						b.Fatal(err)
					}
					written += page.Len()
				}
			}
			b.ReportMetric(float64(written)/float64(size), "html/json")
		})
	}
}
