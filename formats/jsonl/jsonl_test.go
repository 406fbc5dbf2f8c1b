package jsonl

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"gptsnap/formats/chat"
	"gptsnap/formats/chat/chattest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

type failer interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

func write(t failer, o Options, c *chat.Conversation) string {
	t.Helper()
	r, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := r.Render(&b, &chat.Document{Conversation: c}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func said(role chat.Role, words string) *chat.Message {
	return &chat.Message{Role: role, Recipient: "all", ContentType: "text", Parts: []chat.Part{&chat.Text{Raw: words}}}
}

// tree links nodes written as "id<parent: role words"; the last is current.
func tree(some ...string) *chat.Conversation {
	c := &chat.Conversation{ID: "c"}
	var links []chat.Links
	for _, s := range some {
		head, rest, _ := strings.Cut(s, ": ")
		id, parent, _ := strings.Cut(head, "<")
		role, words, _ := strings.Cut(rest, " ")
		n := chat.Node{ID: chat.NodeID(id)}
		if role != "" {
			n.Message = said(chat.Role(role), words)
		}
		c.Nodes = append(c.Nodes, n)
		links = append(links, chat.Links{Parent: chat.NodeID(parent)})
	}
	c.Link(links, c.Nodes[len(c.Nodes)-1].ID)
	return c
}

// everything gives values to all fields of a message, so that the test
// notices one that is not written.
func everything(t *rapid.T) *chat.Message {
	m := &chat.Message{}
	fill(t, reflect.ValueOf(m).Elem())
	all := chattest.EveryPart()
	for range rapid.IntRange(0, 3).Draw(t, "parts") {
		p := rapid.SampledFrom(all).Draw(t, "part")
		fresh := reflect.New(reflect.TypeOf(p).Elem())
		if rapid.Bool().Draw(t, "drawn") {
			fill(t, fresh.Elem())
		} else {
			fresh = reflect.ValueOf(p)
		}
		m.Parts = append(m.Parts, fresh.Interface().(chat.Part))
	}
	return m
}

// fill draws a value for every field below v.
func fill(t *rapid.T, v reflect.Value) {
	switch x := v.Addr().Interface().(type) {
	case *time.Time:
		if rapid.Bool().Draw(t, "time") {
			*x = time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "s"), rapid.Int64Range(0, 999999).Draw(t, "µs")*1000).UTC()
		}
		return
	case *time.Duration:
		*x = time.Duration(rapid.Int64Range(0, 1e15).Draw(t, "ns"))
		return
	case *[]byte:
		*x = []byte(rapid.SampledFrom([]string{`{"a":[1,"<&>"]}`, `"x"`, "no json", `{"a":1`, ""}).Draw(t, "json"))
		return
	case *[]chat.Part:
		return
	case **chat.Found: // is of the place that keeps the bytes, and for data sets
		return
	case *[]chat.Cite:
		if rapid.Bool().Draw(t, "cited") {
			*x = make([]chat.Cite, 1)
			fill(t, v.Index(0))
			(*x)[0].Start, (*x)[0].End = 0, 0
		}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i))
		}
	case reflect.String:
		v.SetString(rapid.OneOf(rapid.String(), rapid.Just(""), rapid.SampledFrom([]string{"\u2028\x00\x1f\"\\", "<script>&", "\ue200cite\ue202x\ue201", "two\nlines\t"})).Draw(t, "s"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "b"))
	case reflect.Int, reflect.Int64, reflect.Int32:
		v.SetInt(rapid.Int64Range(-1, 1e12).Draw(t, "n"))
	case reflect.Float64:
		v.SetFloat(rapid.Float64().Draw(t, "f"))
	case reflect.Pointer:
		if rapid.Bool().Draw(t, "set") {
			v.Set(reflect.New(v.Type().Elem()))
			fill(t, v.Elem())
		}
	case reflect.Slice:
		n := rapid.IntRange(0, 2).Draw(t, "n")
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			fill(t, v.Index(i))
		}
	default:
		t.Fatalf("fields of kind %s are not drawn", v.Kind())
	}
}

func TestTheTreeCanBeBuiltAgain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := chattest.Tree(t)
		for i := range c.Nodes {
			if c.Nodes[i].Message != nil && rapid.IntRange(0, 9).Draw(t, "full") == 0 {
				c.Nodes[i].Message = everything(t)
			}
		}
		if rapid.Bool().Draw(t, "meta") {
			c.Model, c.Gizmo, c.Project, c.Archived, c.Starred, c.URL, c.Partial = "m", "g-1", "p", true, true, "u", "half"
			c.Created = time.Unix(1700000000, 123456000).UTC()
		}
		out := write(t, Options{}, c)
		if len(c.Nodes) == 0 {
			if out != "" {
				t.Fatal(out)
			}
			return
		}
		if !utf8.ValidString(out) {
			t.Fatal("not UTF-8")
		}
		if n := strings.Count(out, "\n"); n != len(c.Nodes) {
			t.Fatalf("%d lines for %d nodes", n, len(c.Nodes))
		}
		back, err := rebuild(strings.NewReader(out))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(c, back, cmpopts.EquateEmpty()); d != "" {
			t.Fatal(d)
		}
	})
}

func TestEveryPartIsWritten(t *testing.T) {
	t.Parallel()
	for _, p := range chattest.EveryPart() {
		m := said(chat.Assistant, "")
		m.Parts = []chat.Part{p}
		c := tree("a: user x", "b<a: assistant y", "c<a: assistant z")
		c.Nodes[1].Message = m
		out := write(t, Options{}, c)
		for _, w := range chattest.Words(p) {
			if !strings.Contains(out, w) {
				t.Errorf("%T: %q is not in %s", p, w, out)
			}
		}
		m.ID = "b"
		back, err := rebuild(strings.NewReader(out))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(p, back.Nodes[1].Message.Parts[0], cmpopts.EquateEmpty()); d != "" {
			t.Error(d)
		}
	}
}

// JSON that no reader would take is kept as text.
func TestJSONThatIsNoneIsKeptAsText(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{"no json", strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000), "\n", `{"a":1}{`} {
		m := said(chat.Tool, "")
		m.Parts = []chat.Part{&chat.Unknown{Kind: "k", JSON: []byte(raw)}}
		c := tree("a: user x")
		c.Nodes[0].Message = m
		back, err := rebuild(strings.NewReader(write(t, Options{}, c)))
		if err != nil {
			t.Fatal(err)
		}
		if got := string(back.Nodes[0].Message.Parts[0].(*chat.Unknown).JSON); got != raw {
			t.Errorf("%.20q came back as %.20q", raw, got)
		}
	}
}

func TestALineReadsAsDocumented(t *testing.T) {
	t.Parallel()
	c := tree("root: ", "a<root: assistant See \ue200cite\ue202turn0search1\ue201<b>.")
	c.Title = "T & U"
	c.Created = time.Unix(1700000000, 0)
	m := c.Nodes[1].Message
	m.Created, m.Model, m.ID = time.Unix(1700000001, 250_000_000), "gpt-5", "a"
	m.Parts[0].(*chat.Text).Cites = []chat.Cite{{Start: 4, End: 29, Kind: chat.CiteLinks, Links: []chat.Link{{Title: "X", URL: "https://x.example/?a=1&b=2"}}}}
	want := `{"conversation_id":"c","title":"T & U","id":"root","parent":null,"children":["a"],"role":null,"name":null,"recipient":null,"content_type":null,"model":null,"created":null,"text":null,"parts":[],"hidden":false,"visible":false,"current":true,"version":1,"versions":1,"status":null,"branches":1,"conversation":{"created":"2023-11-14T22:13:20Z"}}
{"conversation_id":"c","title":"T & U","id":"a","parent":"root","children":[],"role":"assistant","name":null,"recipient":"all","content_type":"text","model":"gpt-5","created":"2023-11-14T22:13:21.25Z","text":"See ` + "\ue200cite\ue202turn0search1\ue201" + `<b>.","parts":[{"type":"text","text":"See ` + "\ue200cite\ue202turn0search1\ue201" + `<b>.","cites":[{"start":4,"end":29,"kind":"links","links":[{"title":"X","url":"https://x.example/?a=1&b=2"}]}]}],"hidden":false,"visible":true,"current":true,"version":1,"versions":1,"status":null,"branches":1,"clean_text":"See <b>."}
`
	if d := cmp.Diff(strings.Split(want, "\n"), strings.Split(write(t, Options{}, c), "\n")); d != "" {
		t.Error(d)
	}
}

func TestSchemasForTraining(t *testing.T) {
	t.Parallel()
	forked := tree("s: system be kind", "q<s: user hi \ue203there\ue204", "a<q: assistant one", "b<q: assistant two", "b2<b: assistant more", "r<b2: user thanks")
	for _, x := range []struct {
		name string
		o    Options
		c    *chat.Conversation
		want string
	}{
		{"a line a branch", Options{Schema: "openai"}, forked,
			`{"messages":[{"role":"user","content":"hi there"},{"role":"assistant","content":"one"}]}
{"messages":[{"role":"user","content":"hi there"},{"role":"assistant","content":"two\n\nmore"},{"role":"user","content":"thanks"}]}
`},
		{"with the system prompt", Options{Schema: "openai", System: "keep"}, tree("s: system be kind", "e<s: system", "q<e: user hi"),
			`{"messages":[{"role":"system","content":"be kind"},{"role":"user","content":"hi"}]}
`},
		{"sharegpt", Options{Schema: "sharegpt", System: "keep"}, tree("s: system S", "q<s: user hi", "a<q: assistant ho"),
			`{"id":"c","conversations":[{"from":"system","value":"S"},{"from":"human","value":"hi"},{"from":"gpt","value":"ho"}]}
`},
		{"short branches are left out", Options{Schema: "openai", MinTurns: 2}, tree("q: user 1", "a<q: assistant 2", "r<a: user 3", "b<r: assistant 4", "x<q: assistant 5"),
			`{"messages":[{"role":"user","content":"1"},{"role":"assistant","content":"2"},{"role":"user","content":"3"},{"role":"assistant","content":"4"}]}
`},
		{"branches that read the same", Options{Schema: "openai", Dedupe: true}, tree("q: user 1", "a<q: assistant 2", "x<a: tool 5", "y<a: tool 6"),
			`{"messages":[{"role":"user","content":"1"},{"role":"assistant","content":"2"}]}
`},
		{"nothing said, nothing written", Options{Schema: "sharegpt"}, tree("q: user  ", "r: "), ""},
		{"the answer on the current path was preferred", Options{Schema: "preference"}, forked,
			`{"id":"c","prompt":[{"role":"user","content":"hi there"}],"chosen":{"role":"assistant","content":"two\n\nmore"},"rejected":{"role":"assistant","content":"one"},"source":"current"}
`},
		{"edited prompts are no preference", Options{Schema: "preference"}, tree("q: user 1", "a<q: assistant 2", "r<a: user 3", "s<a: user 4"), ""},
		{"a fork off the current path tells nothing", Options{Schema: "preference"}, tree("q: user 1", "a<q: assistant 2", "b<q: assistant 3", "z: user x"), ""},
		{"blank answers are no preference", Options{Schema: "preference"}, tree("q: user 1", "a<q: assistant  ", "b<q: assistant 3"), ""},
		{"a fork amid an answer", Options{Schema: "preference"}, tree("q: user 1", "p<q: assistant Well,", "a<p: assistant no.", "b<p: assistant yes."),
			`{"id":"c","prompt":[{"role":"user","content":"1"}],"chosen":{"role":"assistant","content":"Well,\n\nyes."},"rejected":{"role":"assistant","content":"Well,\n\nno."},"source":"current"}
`},
	} {
		t.Run(x.name, func(t *testing.T) {
			if d := cmp.Diff(x.want, write(t, x.o, x.c)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestAChoiceOfTheReaderWins(t *testing.T) {
	t.Parallel()
	c := tree("q: user 1", "a<q: assistant two", "b<q: assistant three")
	c.Nodes[1].Message.Variant, c.Nodes[2].Message.Variant = true, true
	c.Nodes[1].Message.Chosen = true
	if out := write(t, Options{Schema: "preference"}, c); !strings.Contains(out, `"chosen":{"role":"assistant","content":"two"}`) {
		t.Error(out)
	}
}

func TestAComparisonIsAPreference(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		first chat.Rating // what the first answer was said to be against the second, which is on the current path
		want  string      // what stands behind the prompt; "" for no line
	}{
		"against what was gone on with": {chat.Better, `"chosen":{"role":"assistant","content":"two"},"rejected":{"role":"assistant","content":"three"},"source":"comparison"}`},
		"for what was gone on with":     {chat.Worse, `"chosen":{"role":"assistant","content":"three"},"rejected":{"role":"assistant","content":"two"},"source":"comparison"}`},
		"neither is the better one":     {chat.Same, ""},
	} {
		c := tree("q: user 1", "a<q: assistant two", "b<q: assistant three")
		turned := map[chat.Rating]chat.Rating{chat.Better: chat.Worse, chat.Worse: chat.Better, chat.Same: chat.Same}
		c.Nodes[1].Message.Feedback = []chat.Feedback{{Rating: x.first, Against: "b"}}
		c.Nodes[2].Message.Feedback = []chat.Feedback{{Rating: turned[x.first], Against: "a"}, {Rating: chat.ThumbsUp}}
		if out := write(t, Options{Schema: "preference"}, c); x.want == "" && out != "" || !strings.Contains(out, x.want) {
			t.Errorf("%s: %s", name, out)
		}
	}
}

func TestThumbsAreAPreference(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		thumbs string // of the three answers: + up, - down, c chosen of two; the last is on the current path
		want   string // pairs as "chosen>rejected source"
	}{
		"a thumb up beats the answer that was gone on with": {"+..", "one>two feedback, one>three feedback"},
		"a thumb down loses":                        {".-.", "three>one current, three>two feedback"},
		"the current one was bad":                   {"..-", "two>three feedback"},
		"all three were bad":                        {"---", "three>one current, three>two current"},
		"up beats down, and what nobody rated":      {"-+.", "two>one feedback, two>three feedback"},
		"two thumbs up are equals but for the path": {"+.+", "three>one current, three>two feedback"},
		"a choice says more than a thumb":           {"c+.", "one>two choice, one>three choice"},
		"no thumbs":                                 {"...", "three>one current, three>two current"},
	} {
		c := tree("q: user 1", "a<q: assistant one", "b<q: assistant two", "c<q: assistant three")
		for i, thumb := range x.thumbs {
			m := c.Nodes[i+1].Message
			switch thumb {
			case '+':
				m.Feedback = []chat.Feedback{{Rating: chat.ThumbsDown}, {Rating: chat.ThumbsUp}, {Rating: "odd"}}
			case '-':
				m.Feedback = []chat.Feedback{{Rating: chat.ThumbsDown}}
			case 'c':
				m.Chosen = true
			}
		}
		var got []string
		for line := range strings.Lines(write(t, Options{Schema: "preference"}, c)) {
			var v struct {
				Chosen, Rejected struct{ Content string }
				Source           string
			}
			if err := json.Unmarshal([]byte(line), &v); err != nil {
				t.Fatal(err)
			}
			got = append(got, v.Chosen.Content+">"+v.Rejected.Content+" "+v.Source)
		}
		if all := strings.Join(got, ", "); all != x.want {
			t.Errorf("%s: got %s, want %s", name, all, x.want)
		}
	}
}

func TestOptionsThatAreUnknownAreRefused(t *testing.T) {
	t.Parallel()
	for _, o := range []Options{{Schema: "x"}, {System: "x"}} {
		if _, err := New(o); err == nil || !strings.Contains(err.Error(), `"x": it knows `) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

// A comb of answers has branches whose sum is the square of its length.
func TestTooManyLongBranchesAreAnError(t *testing.T) {
	t.Parallel()
	c := &chat.Conversation{ID: "comb"}
	links := make([]chat.Links, 20_000)
	for i := range links {
		c.Nodes = append(c.Nodes, chat.Node{ID: chat.NodeID(fmt.Sprint(i)), Message: said(chat.Assistant, "x")})
		if i > 1 {
			links[i].Parent = chat.NodeID(fmt.Sprint(i - 2 - i%2))
		} else if i > 0 {
			links[i].Parent = "0"
		}
	}
	c.Link(links, "")
	for _, schema := range []string{"openai", "sharegpt", "preference"} {
		r, err := New(Options{Schema: schema})
		if err != nil {
			t.Fatal(err)
		}
		r.most = 16 << 20
		if err := r.Render(new(counter), &chat.Document{Conversation: c}); err == nil || !strings.Contains(err.Error(), "comb has too many") {
			t.Errorf("%s: %v", schema, err)
		}
	}
	if n := strings.Count(write(t, Options{}, c), "\n"); n != len(links) {
		t.Error(n, "lines")
	}
}

type counter int

func (c *counter) Write(b []byte) (int, error) { *c += counter(len(b)); return len(b), nil }

func FuzzStrings(f *testing.F) {
	for _, s := range []string{"", "\xff\xfe", "a\x00b", "\u2028</script>", "\"\\/\b\f\n\r\t", "\ue200cite\ue202x\ue201", "\ue200", "\xee\ue200\x88\x80", "é世\U0001F600"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c := tree("q: user x", "a<q: assistant y")
		c.Title = s
		c.Nodes[1].Message.ID = "a"
		c.Nodes[1].Message.Parts = []chat.Part{&chat.Text{Raw: s}, &chat.Unknown{Kind: s, JSON: []byte(s)}}
		for _, schema := range []string{"messages", "openai", "sharegpt"} {
			out := write(t, Options{Schema: schema}, c)
			if !utf8.ValidString(out) || schema != "messages" && strings.ContainsFunc(out, chat.IsMark) {
				t.Fatalf("%q", out)
			}
		}
		back, err := rebuild(strings.NewReader(write(t, Options{}, c)))
		if err != nil {
			t.Fatal(err)
		}
		got := back.Nodes[1].Message.Text()
		if utf8.ValidString(s) && (got != s || back.Title != s) || len([]rune(got)) != len([]rune(s)) {
			t.Fatalf("%q came back as %q", s, got)
		}
	})
}

func BenchmarkMessages(b *testing.B) {
	var nodes []string
	for i := range 40 {
		role := []string{"user", "assistant"}[i%2]
		nodes = append(nodes, fmt.Sprintf("n%d<n%d: %s %s", i, i-1, role, strings.Repeat("A line of \"plain\" words that goes on.\n", 40)))
	}
	c := tree(nodes...)
	r, _ := New(Options{})
	b.SetBytes(40 * 40 * 38)
	b.ReportAllocs()
	for b.Loop() {
		r.most = 16 << 20
		if err := r.Render(new(counter), &chat.Document{Conversation: c}); err != nil {
			b.Fatal(err)
		}
	}
}
