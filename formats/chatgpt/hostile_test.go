package chatgpt

import (
	"fmt"
	"strings"
	"testing"

	"gptsnap/formats/chat"
)

// These would not end within a test's time if any step were quadratic, or
// would overflow the stack if any step recursed over the tree.

func TestAChainOfAHundredThousandNodes(t *testing.T) {
	t.Parallel()
	const n = 100_000
	var b strings.Builder
	b.WriteString(`{"id":"x","current_node":"k99999","mapping":{`)
	for i := range n {
		fmt.Fprintf(&b, `"k%d":{"parent":"k%d","children":["k%d"],"message":{"author":{"role":"assistant"},"recipient":"all","content":{"content_type":"text","parts":["a \ue200cite\ue202turn0search0\ue201 b【1†source】"]},"metadata":{"canvas":{},"search_result_groups":[{}],"cited_message_idx":7}}},`, i, i-1, i+1)
	}
	c := decoded(t, []byte(strings.TrimSuffix(b.String(), ",")+"}}"))
	same(t, "path", len(c.PathTo(c.Current)), n)
	same(t, "plain", c.Nodes[n-1].Message.Plain(), "a b")
}

func TestTwentyThousandCitationsInOneText(t *testing.T) {
	t.Parallel()
	const n = 20_000
	for name, matched := range map[string]func(i int) string{
		"in order":     func(i int) string { return fmt.Sprintf("\ue200cite\ue202turn0search%d\ue201", i) },
		"nowhere":      func(i int) string { return fmt.Sprintf("nowhere %d", i) },
		"all the same": func(int) string { return "\ue200cite\ue202turn0search7\ue201" },
		"in reverse":   func(i int) string { return fmt.Sprintf("\ue200cite\ue202turn0search%d\ue201", n-1-i) },
	} {
		var text strings.Builder
		list := make([]fields, n)
		for i := range n {
			fmt.Fprintf(&text, "some words \ue200cite\ue202turn0search%d\ue201 and more, to the length of a megabyte. ", i)
			list[i] = reference1(matched(i), 5_000_000, nil)
		}
		got := answer(t, text.String(), refs(list...))
		if len(got.Cites) < n {
			t.Errorf("%s: %d cites", name, len(got.Cites))
		}
	}
}

func TestMegabytesOfWhatMarkersAreMadeOf(t *testing.T) {
	t.Parallel()
	for _, unit := range []string{
		"\ue200", "\ue201", "\ue202", "\ue200cite\ue202", "\ue200x\ue202{", "\ue200cite\ue202turn0search1", "【", "【1†", "[", "](sandbox:", "[](sandbox:/x", "{{file:", ":::writing{", ":::writing\n:::\n", ":contentReference[", "citeturn0a1", "`", "``\n\n", "`a``b```c", "~~~\n", " ", "\n", "[a](sandbox:/b)", ":::", "【1:1†a】", "((", "![",
	} {
		text := strings.Repeat(unit, 300_000/len(unit))
		c := talk(t, fields{"text": text}, fields{"text": text + "\ue200", "meta": refs(reference1(unit, 3, nil), reference1(text, 0, nil))})
		if got := c.Nodes[0].Message.Text(); got != text {
			t.Errorf("%q: the text changed", unit)
		}
	}
}

func TestManyFilesInOneMessage(t *testing.T) {
	t.Parallel()
	const n = 5000
	attachments, pictures := make([]fields, n), make([]any, n)
	for i := range n {
		attachments[i] = fields{"id": fmt.Sprint("file_", i), "name": fmt.Sprint(i, ".png")}
		pictures[i] = fields{"content_type": "image_asset_pointer", "asset_pointer": fmt.Sprint("sediment://file_", i), "metadata": fields{"generation": fields{"gen_id": "g"}}}
	}
	c := talk(t,
		fields{"recipient": "image.tool", "text": `{"prompt":"` + strings.Repeat("x", 100_000) + `"}`},
		fields{"role": "tool", "name": "image.tool", "content": fields{"content_type": "multimodal_text", "parts": pictures}, "meta": fields{"attachments": attachments}})
	im := parts[*chat.Image](c)
	same(t, "last", []any{len(im), im[n-1].File.Name, len(im[0].Prompt)}, []any{n, "4999.png", 100_000})
}

func TestALongLifeOfACanvas(t *testing.T) {
	t.Parallel()
	messages := []fields{call("create", `{"content":"`+strings.Repeat("word ", 50_000)+`"}`)}
	for range 400 {
		messages = append(messages, call("update", `{"updates":[{"pattern":"w(o|x)*rd","multiple":true,"replacement":"word"},{"pattern":"word","multiple":true,"replacement":"wordword"}]}`))
	}
	total := 0
	for _, step := range parts[*chat.Canvas](talk(t, messages...)) {
		total += len(step.Content)
	}
	if total > 80<<20 {
		t.Errorf("%d bytes of text were made of 400 edits", total)
	}
}

func TestListsWithinListsWithinAReference(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 9000) + `{"url":"https://deep.example/"}` + strings.Repeat("]", 9000)
	c := decoded(t, []byte(`{"id":"x","mapping":{"a":{"message":{"author":{"role":"assistant"},"recipient":"all","content":{"content_type":"text","parts":["see X",`+deep+`]},"metadata":{"content_references":[{"type":"webpage","matched_text":"X","start_idx":4,"end_idx":5,"items":`+deep+`}],"citations":`+deep+`}}}}}`))
	same(t, "words", c.Nodes[0].Message.Parts[0].(*chat.Text).Plain(), "see X")
	same(t, "array", c.Nodes[0].Message.Parts[1].(*chat.Unknown).Kind, "array")
}
