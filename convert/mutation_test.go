package convert

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"gptsnap/formats/chat"
	"gptsnap/formats/chatgpt"

	"github.com/google/go-cmp/cmp"
)

// mutants are what stands in the place of a value: each type of JSON, sizes
// and depths that nobody expects, and what renderers trip over.
var mutants = []string{
	`null`, `true`, `[]`, `{}`, `""`, `0`, `-1`, `1e308`, `9007199254740993`, `12345678901234567890`,
	`"x"`, `[null]`, `[[{"a":[]}],"b",7]`, `{"content_type":"text","parts":["a",null,{"text":"b"}]}`, `{"":{"":""}}`,
	`"\ue200cite\ue202turn0search0\ue201 \ue203` + "`" + ` [^1]: <b> $x$ ]]> \u0000\u001b[31m \ud83d \u202e"`,
	`"` + strings.Repeat(`- > * \n`, 2000) + `"`,
	strings.Repeat(`{"a":[`, 4_000) + `1` + strings.Repeat(`]}`, 4_000),
	tooDeep,
}

// tooDeep is nested beyond what is read as JSON.
var tooDeep = strings.Repeat(`[`, 20_000) + strings.Repeat(`]`, 20_000)

const hole = `"here stands a mutant"`

// A wound is a conversation with a hole in the place of one of its values, or
// with one member less.
type wound struct {
	path string
	raw  []byte
	// How many nodes there are, but for a mutant in the hole; -1 if nobody knows.
	nodes  int
	isNode bool // the hole is a node's
}

// wounds makes a hole in the place of every value of raw in turn, and leaves
// out every member in turn.
func wounds(t *testing.T, raw []byte, yield func(wound)) {
	var top map[string]any
	if err := json.Unmarshal(raw, &top); err != nil {
		t.Fatal(err)
	}
	var path []string
	make := func(what string) {
		out, err := json.Marshal(top)
		if err != nil {
			t.Fatal(err)
		}
		w := wound{path: what + strings.Join(path, "/"), raw: out, nodes: -1, isNode: len(path) == 2 && path[0] == "mapping"}
		if m, ok := top["mapping"].(map[string]any); ok {
			w.nodes = 0
			for _, v := range m {
				if _, ok := v.(map[string]any); ok {
					w.nodes++
				}
			}
		}
		yield(w)
	}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, k := range slices.Sorted(maps.Keys(v)) {
				path = append(path, k)
				old := v[k]
				v[k] = json.RawMessage(hole)
				make("")
				delete(v, k)
				make("without ")
				v[k] = old
				walk(old)
				path = path[:len(path)-1]
			}
		case []any:
			for i, old := range v {
				path = append(path, fmt.Sprint(i))
				v[i] = json.RawMessage(hole)
				make("")
				v[i] = old
				walk(old)
				path = path[:len(path)-1]
			}
		}
	}
	walk(top)
}

// TestAnyValueOfAnyTypeAnywhere puts values of every type in the place of
// every value of every sample, one at a time: each still is a conversation
// with all its nodes, or an error that says what it is not, and every renderer
// draws it. GPTSNAP_LONG=1 does all of it, else an even choice.
func TestAnyValueOfAnyTypeAnywhere(t *testing.T) {
	t.Parallel()
	every := 197 // one of so many
	if os.Getenv("GPTSNAP_LONG") != "" {
		every = 1
	}
	files, err := filepath.Glob("../testdata/samples/[0-9]*.json")
	cases, _ := filepath.Glob("../testdata/cases/*/in.json")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	type drawn struct {
		format
		Renderer
	}
	var all []drawn
	for _, f := range formats {
		_, r := renderer(t, f.name, Look{Highlight: true, Math: true})
		all = append(all, drawn{f, r})
	}
	for _, schema := range []string{"openai", "sharegpt", "preference"} {
		_, r := renderer(t, "jsonl", Look{Schema: schema})
		all = append(all, drawn{format{name: schema, whole: true}, r})
	}
	for _, flavor := range []string{"obsidian", "commonmark"} {
		_, r := renderer(t, "markdown", Look{Flavor: flavor, Citations: "footnotes", Thinking: "show", Tools: "show"})
		all = append(all, drawn{format{name: flavor}, r})
	}
	for _, file := range slices.Concat(files, cases) {
		t.Run(strings.TrimPrefix(file, "../testdata/"), func(t *testing.T) {
			t.Parallel()
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var some []*chat.Conversation // to be run together
			turn := len(raw)              // so that samples begin at different places
			wounds(t, raw, func(w wound) {
				for k, mutant := range mutants {
					if strings.HasPrefix(w.path, "without ") && k > 0 {
						break
					}
					if turn++; turn%every != 0 {
						continue
					}
					where := fmt.Sprintf("%s = %.40s", w.path, mutant)
					nodes := w.nodes
					if w.isNode && mutant[0] == '{' {
						nodes++
					}
					c, err := chatgpt.Decode(bytes.Replace(w.raw, []byte(hole), []byte(mutant), 1))
					if err != nil {
						if !errors.Is(err, chatgpt.ErrNotConversation) || nodes >= 0 && mutant != tooDeep {
							t.Errorf("%s: %v", where, err)
						}
						continue
					}
					if nodes >= 0 && len(c.Nodes) != nodes {
						t.Errorf("%s: %d nodes, want %d", where, len(c.Nodes), nodes)
					}
					for _, d := range all {
						if s := drawing(t, d.format, d.Renderer, c); s != "" {
							t.Errorf("%s as %s: %s", where, d.name, s)
						}
					}
					if len(some) < 12 {
						some = append(some, c)
					}
				}
			})
			one, eight := runAll(t, some, 1), runAll(t, some, 8)
			if d := cmp.Diff(one, eight); d != "" {
				t.Errorf("1 and 8 workers differ: %s", d)
			}
		})
	}
}

// drawing says what is wrong with what r makes of c.
func drawing(t *testing.T, f format, r Renderer, c *chat.Conversation) string {
	o := defaults(t)
	o.Whole = f.whole
	var b bytes.Buffer
	small := narrow(c, o)
	if err := r.Render(&b, &chat.Document{Conversation: small, Path: "case" + r.Ext()}); err != nil {
		return err.Error()
	}
	out := b.String()
	switch {
	case !utf8.ValidString(out):
		return "no UTF-8"
	case strings.Contains(out, "\x1b") || strings.Contains(out, "\x00"):
		return "a control character"
	case f.name == "jsonl":
		if n := strings.Count(out, "\n"); n != len(c.Nodes) {
			return fmt.Sprintf("%d lines for %d nodes", n, len(c.Nodes))
		}
	case !f.whole && strings.ContainsFunc(out, chat.IsMark):
		return "a character of markers"
	case f.name == "epub":
		d := xml.NewDecoder(&b)
		d.Entity = xml.HTMLEntity
		for {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				return err.Error()
			}
		}
	}
	return ""
}

// runAll converts conversations as one run does.
func runAll(t *testing.T, all []*chat.Conversation, workers int) map[string]string {
	written := map[string]string{}
	for _, name := range []string{"markdown", "html", "jsonl"} {
		dir := t.TempDir()
		to, err := OpenFolder(dir, FolderOptions{})
		if err != nil {
			t.Fatal(err)
		}
		f, r := renderer(t, name, Look{})
		o := defaults(t)
		o.Workers, o.Whole = workers, f.whole
		rep, err := Run(context.Background(), sourceOf(len(all), func(i int) (*chat.Conversation, error) { c := *all[i]; return &c, nil }, nil), r, to, o)
		if err != nil || rep.Conversations != len(all) {
			t.Errorf("%s, %d workers: %d of %d conversations, %v", name, workers, rep.Conversations, len(all), err)
		}
		for path, body := range tree(t, dir) {
			written[name+"/"+path] = body
		}
	}
	return written
}
