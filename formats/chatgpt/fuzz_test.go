package chatgpt

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"gptsnap/formats/chat"
	"gptsnap/formats/chat/chattest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// holds checks what is true of every decoded conversation.
func holds(t interface {
	Helper()
	Errorf(string, ...any)
}, c *chat.Conversation) {
	t.Helper()
	seen := make([]bool, len(c.Nodes))
	for _, s := range c.Stretches() {
		for _, i := range s.Nodes {
			if seen[i] {
				t.Errorf("node %d stands in two stretches", i)
			}
			seen[i] = true
		}
	}
	for i, ok := range seen {
		if !ok {
			t.Errorf("node %d is in no stretch", i)
		}
		m := c.Nodes[i].Message
		if m == nil {
			continue
		}
		for _, part := range m.Parts {
			text, ok := part.(*chat.Text)
			if r, is := part.(*chat.Report); is {
				text, ok = r.Body, true
			}
			if !ok {
				continue
			}
			at := 0
			for _, cite := range text.Cites {
				if cite.Start < at || cite.End < cite.Start || cite.End > len(text.Raw) || cite.Kind == "" || cite.Start == cite.End && cite.Kind != chat.CiteSources {
					t.Errorf("cite %+v in a text of %d bytes, after %d", cite, len(text.Raw), at)
					return
				}
				for _, k := range []int{cite.Start, cite.End} {
					if k < len(text.Raw) && !utf8.RuneStart(text.Raw[k]) {
						t.Errorf("cite %+v cuts a character", cite)
					}
				}
				at = cite.End
			}
			if plain := text.Plain(); nextPUA(plain, 0) >= 0 {
				t.Errorf("a marker is left in %q", plain)
			}
			if !utf8.ValidString(text.Raw) {
				t.Errorf("text is not UTF-8: %q", text.Raw)
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	names, _ := filepath.Glob(filepath.Join("..", "..", "testdata", "samples", "*.json"))
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		before := bytes.Clone(raw)
		c, err := Decode(raw)
		if !bytes.Equal(raw, before) {
			t.Error("decoding changed its input")
		}
		if err != nil {
			return
		}
		holds(t, c)
		if _, err := Peek(raw); err != nil && raw[0] == '{' {
			t.Errorf("decoded, but no head: %v", err)
		}
	})
}

func FuzzFeedback(f *testing.F) {
	f.Add([]byte(`[{"conversation_id":"c","id":"m","rating":"thumbsUp","content":"{\"tags\":[1]}"},{"input":{"conversation_id":"c"},"output":{"feedback_step_2":{"new_turn":[{"id":"m"}],"completion_comparison_rating":"new"}}},7]`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, read := range []func([]byte) ([]Rated, int, error){DecodeFeedback, DecodeComparisons} {
			all, odd, err := read(bytes.Clone(raw))
			if err != nil && (len(all) > 0 || odd > 0) {
				t.Errorf("an error, and yet %d judgements and %d odd ones", len(all), odd)
			}
			for _, r := range all {
				if r.Conversation == "" {
					t.Error("a judgement of nothing")
				}
			}
		}
	})
}

func FuzzText(f *testing.F) {
	f.Add("a \ue200cite\ue202turn0search0\ue201 b", "\ue200cite\ue202turn0search0\ue201", 2, 21)
	f.Add(":::writing{subject=\"x\"}\ny\n:::\n【12†source】 citeturn0search1 [a](sandbox:/mnt/data/b) {{file:c}}", "y", 0, 5)
	f.Add("```\n\ue200x\n\ue203y\ue204", "```", 0, 3)
	f.Fuzz(func(t *testing.T, text, matched string, start, end int) {
		for _, kind := range []string{"grouped_webpages", "file", "hidden", "entity", "sources_footnote", "alt_text", "other"} {
			raw, err := json.Marshal(map[string]any{"id": "x", "mapping": map[string]any{"a": map[string]any{"message": map[string]any{
				"author": map[string]any{"role": "assistant"}, "recipient": "all", "content": map[string]any{"content_type": "text", "parts": []any{text, text}},
				"metadata": map[string]any{
					"citations":          []any{map[string]any{"start_ix": start, "end_ix": end, "metadata": map[string]any{"url": "https://a.example/", "extra": map[string]any{"cited_message_idx": 12}}}},
					"content_references": []any{map[string]any{"type": kind, "matched_text": matched, "start_idx": start, "end_idx": end, "alt": matched, "name": matched, "items": []any{map[string]any{"url": "https://b.example/", "title": matched}}}},
				}}}}})
			if err != nil {
				t.Fatal(err)
			}
			holds(t, decoded(t, raw))
		}
	})
}

// encoded writes nodes as the provider does, in their order.
func encoded(c *chat.Conversation, links []chat.Links, current chat.NodeID) []byte {
	js := func(v any) string { b, _ := json.Marshal(v); return string(b) }
	var b strings.Builder
	fmt.Fprintf(&b, `{"conversation_id":%s,"title":%s,"current_node":%s,"mapping":{`, js(c.ID), js(c.Title), js(current))
	for i := range c.Nodes {
		if i > 0 {
			b.WriteByte(',')
		}
		n := &c.Nodes[i]
		parent := "null"
		if links[i].Parent != "" {
			parent = js(links[i].Parent)
		}
		fmt.Fprintf(&b, `%s:{"id":%s,"parent":%s,"children":%s,"message":`, js(n.ID), js(n.ID), parent, js(append([]chat.NodeID{}, links[i].Children...)))
		if m := n.Message; m == nil {
			b.WriteString("null}")
		} else {
			fmt.Fprintf(&b, `{"id":%s,"author":{"role":%s},"recipient":%s,"content":{"content_type":%s,"parts":[%s]},"metadata":{"is_visually_hidden_from_conversation":%v}}}`,
				js(m.ID), js(m.Role), js(m.Recipient), js(m.ContentType), js(m.Text()), m.Hidden)
		}
	}
	b.WriteString("}}")
	return []byte(b.String())
}

func TestDrawnTreesComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := chattest.Tree(t)
		links := make([]chat.Links, len(c.Nodes))
		for i := range c.Nodes {
			if p := c.Nodes[i].Parent; p >= 0 {
				links[i].Parent = c.Nodes[p].ID
			}
			for _, k := range c.Nodes[i].Children {
				links[i].Children = append(links[i].Children, c.Nodes[k].ID)
			}
		}
		current := chat.NodeID("")
		if c.Current >= 0 {
			current = c.Nodes[c.Current].ID
		}
		got, err := Decode(encoded(c, links, current))
		if err != nil {
			t.Fatal(err)
		}
		for i := range c.Nodes {
			if m := c.Nodes[i].Message; m != nil {
				m.Weight = 1
			}
		}
		if diff := cmp.Diff(c.Nodes, got.Nodes); diff != "" || got.Current != c.Current {
			t.Fatalf("current %d, want %d; nodes (-want +got):\n%s", got.Current, c.Current, diff)
		}
	})
}

func TestDamagedTreesAreLinkedByTheContract(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(t, "n")
		want := &chat.Conversation{ID: "x"}
		for i := range n {
			want.Nodes = append(want.Nodes, chat.Node{ID: chat.NodeID(fmt.Sprint("n", i))})
		}
		links := chattest.Links(t, n)
		raw := encoded(want, links, "n0")
		want.Link(links, "n0")
		got, err := Decode(raw)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestTheScannerAcceptsWhatIsJSON(t *testing.T) {
	t.Parallel()
	seeds := []string{`{"a":[1,-0.5e+3,true,false,null,"x\u00e9\n\"",{}],"b":""}`, `[[],[{}],"\ud83d",0,1E5]`, ` {"k" : [ 1 , 2 ] } `, `"abcdefghijklmnop\\"`, `-0`}
	rapid.Check(t, func(t *rapid.T) {
		b := []byte(rapid.SampledFrom(seeds).Draw(t, "seed"))
		for range rapid.IntRange(0, 3).Draw(t, "changes") {
			i := rapid.IntRange(0, len(b)).Draw(t, "at")
			c := rapid.SampledFrom([]byte(" \"\\{}[]:,0159.-+eEtrufalsn\x00\x1f\x7f\xffz")).Draw(t, "byte")
			switch rapid.IntRange(0, 2).Draw(t, "how") {
			case 0:
				b = append(b[:i:i], append([]byte{c}, b[i:]...)...)
			case 1:
				if i < len(b) {
					b = append(b[:i:i], b[i+1:]...)
				}
			default:
				if i < len(b) {
					b[i] = c
				}
			}
		}
		s := scanner{b: b}
		s.skip()
		if got, want := s.end() == nil, json.Valid(b); got != want {
			t.Fatalf("%q: accepted %v, want %v", b, got, want)
		}
	})
}

func TestStringsDecodeAsTheyDoElsewhere(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		pieces := rapid.SliceOf(rapid.SampledFrom([]string{"a", "é", "𝄞", `\n`, `\"`, `\\`, `\/`, `\b`, `\f`, `\r`, `\t`, `\u0041`, `\u00e9`, `\ud834\udd1e`, `\ud83d`, `\udc00`, `\u0000`, `\uFFFF`})).Draw(t, "pieces")
		quoted := `"` + strings.Join(pieces, "") + `"`
		var want string
		if err := json.Unmarshal([]byte(quoted), &want); err != nil {
			t.Fatal(err)
		}
		s := scanner{b: []byte(quoted)}
		if got := s.text(); got != want || s.err != nil {
			t.Fatalf("%s: %q, want %q", quoted, got, want)
		}
		if got := str(parse([]byte(quoted))); got != want {
			t.Fatalf("%s: %q, want %q", quoted, got, want)
		}
	})
}

func TestNothingPointsIntoTheRawBytes(t *testing.T) {
	t.Parallel()
	names, _ := filepath.Glob(filepath.Join("..", "..", "testdata", "samples", "*.json"))
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		want := decoded(t, bytes.Clone(raw))
		got := decoded(t, raw)
		for i := range raw {
			raw[i] = 'X'
		}
		same(t, name, got, want)
	}
}
