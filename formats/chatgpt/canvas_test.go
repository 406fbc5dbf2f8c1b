package chatgpt

import (
	"encoding/json"
	"strings"
	"testing"

	"gptsnap/formats/chat"

	"pgregory.net/rapid"
)

func call(action, payload string) fields {
	return fields{"recipient": "canmore." + action + "_textdoc", "content": fields{"content_type": "code", "language": "json", "text": payload}}
}

func done(action string, meta fields) fields {
	return fields{"role": "tool", "name": "canmore." + action + "_textdoc", "recipient": "assistant", "text": "Successfully done", "meta": fields{"canvas": meta}}
}

func TestSample07CanvasIsFoldedForward(t *testing.T) {
	t.Parallel()
	c := decoded(t, sample(t, "07-canvas.json"))
	steps := parts[*chat.Canvas](c)
	const first, second, third = "There once was a heron named Lou,\nWho fished in the mist with a shoe.\n", "There once was a heron named Sue,\nWho fished in the mist with a shoe.\n", "There once was a heron named Sue,\nWho fished in the fog with a shoe.\n"
	same(t, "created", steps[0], &chat.Canvas{Action: "create", ID: "3a1f664472405965aeb348869a96ce18", Title: "Heron Limerick", Type: "document", Version: 1, Content: first, Known: true})
	same(t, "updated", []any{steps[1].Content, steps[1].Known, steps[1].Version, steps[1].Edits}, []any{second, true, 3, []chat.Edit{{Pattern: "Lou", Replacement: "Sue"}}})
	same(t, "comment refused", []any{steps[2].Failed, steps[2].Content, steps[2].Comments}, []any{true, second, []string{`"shoe": Nice rhyme; consider a boot.`}})
	same(t, "payload without its last bracket", []any{steps[3].Content, steps[3].Known, steps[3].Broken != ""}, []any{third, true, true})
	same(t, "the textdocs endpoint agrees", strings.Contains(string(sample(t, "endpoints/textdocs.json")), "named Sue,\\nWho fished in the mist"), true)
}

func TestCanvasEditsAreReplayedAsPythonWould(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text, pattern, replacement string
		multiple                   bool
		want                       string // "?" is unknown
	}{
		"plain text, once":              {"a a", "a", "b", false, "b a"},
		"plain text, everywhere":        {"a a", "a", "b", true, "b b"},
		"everything":                    {"a\nb", ".*", "new", true, "new"},
		"groups":                        {"x1 y2", `([a-z])(\d)`, `\2\1`, true, "1x 2y"},
		"whole match":                   {"ab", "a+", `<\g<0>>`, false, "<a>b"},
		"line end in the template":      {"ab", "b", `\n-`, false, "a\n-"},
		"a dollar is no group":          {"ab", "b", "$1", false, "a$1"},
		"a line start":                  {"a\nb", "(?m)^", "> ", true, "> a\n> b"},
		"no match":                      {"a", "z+", "b", false, "?"},
		"look-ahead":                    {"ab", "a(?=b)", "x", false, "?"},
		"a back reference":              {"aa", `(a)\1`, "x", false, "?"},
		"\\w beyond ASCII":              {"é", `\w`, "x", false, "?"},
		"\\w within ASCII":              {"e", `\w`, "x", false, "x"},
		"$ before a last line end":      {"a\n", "a$", "x", false, "?"},
		"a named group in the template": {"a", "(?P<n>a)", `\g<n>`, false, "?"},
		"a group that is not there":     {"a", "a", `\1`, false, "?"},
		"an unknown escape":             {"a", "a", `\q`, false, "?"},
		"POSIX classes":                 {"a", "[[:alpha:]]", "x", false, "?"},
		"a broken pattern":              {"a", "(", "x", false, "?"},
	} {
		e := editor{bytes: 1 << 20, steps: 1 << 20}
		got, known := e.apply(test.text, true, []chat.Edit{{Pattern: test.pattern, Replacement: test.replacement, Multiple: test.multiple}})
		if !known {
			got = "?"
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
	e := editor{bytes: 1 << 20, steps: 1000}
	if _, known := e.apply(strings.Repeat("a", 100_000), true, []chat.Edit{{Pattern: "a+b"}}); known {
		t.Error("the bound on work is not kept")
	}
}

func TestEachBranchHasItsOwnCanvas(t *testing.T) {
	t.Parallel()
	raw, err := json.Marshal(fields{"id": "x", "mapping": fields{
		"a": fields{"message": fields{"author": fields{"role": "assistant"}, "recipient": "canmore.create_textdoc", "content": fields{"content_type": "code", "text": `{"name":"n","type":"document","content":"one two"}`}}},
		"b": fields{"parent": "a", "message": fields{"author": fields{"role": "assistant"}, "recipient": "canmore.update_textdoc", "content": fields{"content_type": "code", "text": `{"updates":[{"pattern":"one","replacement":"1"}]}`}}},
		"c": fields{"parent": "a", "message": fields{"author": fields{"role": "assistant"}, "recipient": "canmore.update_textdoc", "content": fields{"content_type": "code", "text": `{"updates":[{"pattern":"two","replacement":"2"}]}`}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	steps := parts[*chat.Canvas](decoded(t, raw))
	same(t, "texts", []string{steps[0].Content, steps[1].Content, steps[2].Content}, []string{"one two", "1 two", "one 2"})
}

func TestCanvasTextIsUnknownRatherThanWrong(t *testing.T) {
	t.Parallel()
	create := call("create", `{"name":"n","type":"document","content":"one two"}`)
	update := call("update", `{"updates":[{"pattern":"one","replacement":"1"}]}`)
	last := func(messages ...fields) *chat.Canvas {
		steps := parts[*chat.Canvas](talk(t, messages...))
		return steps[len(steps)-1]
	}
	same(t, "after an edit by the user", last(create, fields{"role": "user", "text": "x", "meta": fields{"canvas": fields{"has_user_edit": true, "textdoc_content_length": 99}}}, update).Known, false)
	same(t, "after an edit that changed no length", last(create, fields{"role": "user", "text": "x", "meta": fields{"canvas": fields{"has_user_edit": true, "textdoc_content_length": 7}}}, update).Known, true)
	same(t, "from a version nobody saw", last(create, done("create", fields{"textdoc_id": "d", "version": 1}), update, done("update", fields{"textdoc_id": "d", "version": 5, "from_version": 4})).Known, false)
	same(t, "of a document nobody created", last(update).Known, false)
	same(t, "after a failure it is what it was", last(create, update, fields{"role": "tool", "name": "canmore.update_textdoc", "text": "Failed with error: x"}).Content, "one two")
	cut := last(create, call("update", `{"updates":[{"pattern":".*","replacement":"one tw`))
	same(t, "broken off", []any{cut.Known, cut.Edits[0].Replacement, cut.Broken}, []any{false, "one tw", "what the tool was sent breaks off"})
	same(t, "broken off while creating", []any{last(call("create", `{"name":"n","content":"on\u00`)).Known, last(call("create", `{"name":"n","content":"on\u00`)).Content}, []any{false, "on"})
	same(t, "line ends within strings", last(call("create", "{\"content\":\"a\nb\"}")).Content, "a\nb")
	junk := talk(t, call("update", "not json"))
	same(t, "what cannot be read is shown", parts[*chat.Code](junk)[0].Source, "not json")
	alone := talk(t, done("update", fields{"textdoc_id": "d", "version": 5, "title": "T"}))
	same(t, "an answer without its call", []any{parts[*chat.Canvas](alone)[0].Title, parts[*chat.Canvas](alone)[0].Version}, []any{"T", 5})
}

func TestMendingCutJSON(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		whole := rapid.SampledFrom([]string{
			`{"updates": [{"pattern": "a\\d\"", "multiple": true, "replacement": "x\u00e9\n{["}], "n": [1, -2.5e3, null], "": {}}`,
			`{"name":"n","content":"` + strings.Repeat(`\"\\`, 20) + `"}`,
		}).Draw(t, "whole")
		at := rapid.IntRange(1, len(whole)).Draw(t, "at")
		mended, _ := mend(whole[:at])
		tail := strings.TrimRight(whole[:at], " ")
		if last := tail[len(tail)-1]; strings.IndexByte("-.etrufalsn", last) >= 0 && !checked(mended) {
			return // cut within a number or a word: nothing to close there
		}
		if !checked(mended) {
			t.Fatalf("%q became %q", whole[:at], mended)
		}
	})
}
