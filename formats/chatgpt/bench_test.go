package chatgpt

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sample reads one of the invented fixtures.
func sample(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "testdata", "samples", name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// bulky makes a conversation of n messages as the API sends them in 2026: a
// third prose, the rest metadata. Every answer searched the web; cited says
// whether it also cites six of the pages it found.
func bulky(n int, cited bool) []byte {
	type object = map[string]any
	mapping := object{}
	id := func(i int) string { return fmt.Sprintf("%08d-0b1c-4d5e-8f90-0123456789ab", i) }
	for i := range n {
		parent, children := any(nil), []string{}
		if i > 0 {
			parent = id(i - 1)
		}
		if i+1 < n {
			children = append(children, id(i+1))
		}
		role, meta := "user", object{
			"request_id": id(i + 5000), "message_source": nil, "turn_exchange_id": id(i / 2), "parent_id": parent, "selected_sources": []string{}, "selected_github_repos": []string{},
			"serialization_metadata": object{"custom_symbol_offsets": []int{}},
		}
		text := "How does the tide turn at the quay, and \"why\" does it matter?\n\nTell me more about it."
		if i%2 == 1 {
			role = "assistant"
			var groups, refs []object
			text = ""
			for k := range 6 {
				text += strings.Repeat("The tide turns twice a day, because the moon pulls at the water. ", 4)
				mark := fmt.Sprintf("\ue200cite\ue202turn%dsearch%d\ue201", i, k)
				link := object{"type": "search_result", "url": fmt.Sprintf("https://tides.example/page/%d?utm_source=chatgpt.com", k), "title": "Tides of the world, explained", "snippet": strings.Repeat("High water and low water follow the moon. ", 5), "ref_id": object{"turn_index": i, "ref_type": "search", "ref_index": k}, "pub_date": 1774900000, "attribution": "tides.example", "thumbnail_url": nil}
				groups = append(groups, object{"type": "search_result_group", "domain": "tides.example", "entries": []object{link}})
				if !cited {
					text += "\n\n"
					continue
				}
				refs = append(refs, object{"matched_text": mark, "start_idx": len([]rune(text)), "end_idx": len([]rune(text + mark)), "type": "grouped_webpages", "alt": "([tides.example](https://tides.example/))", "refs": []int{}, "safe_urls": []string{"https://tides.example/"}, "items": []object{link}, "fallback_items": nil, "status": "done", "error": nil, "style": nil})
				text += mark + "\n\n"
			}
			meta["content_references"], meta["search_result_groups"] = refs, groups
			meta["model_slug"], meta["default_model_slug"] = "gpt-5-6-thinking", "auto"
			meta["finish_details"], meta["is_complete"] = object{"type": "stop", "stop_tokens": []int{200002}}, true
		}
		mapping[id(i)] = object{"id": id(i), "parent": parent, "children": children, "message": object{
			"id": id(i), "author": object{"role": role, "name": nil, "metadata": object{}}, "create_time": 1774900000.123456 + float64(i), "update_time": nil,
			"content": object{"content_type": "text", "parts": []string{text}}, "status": "finished_successfully", "end_turn": true, "weight": 1.0,
			"metadata": meta, "recipient": "all", "channel": nil,
		}}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(object{"title": "Tides", "create_time": 1774900000.5, "update_time": 1774900900.5, "mapping": mapping, "current_node": id(n - 1), "conversation_id": id(999999), "default_model_slug": "auto"}); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func BenchmarkDecode(b *testing.B) {
	var samples [][]byte
	names, _ := filepath.Glob(filepath.Join("..", "..", "testdata", "samples", "*.json"))
	for _, name := range names {
		var small bytes.Buffer
		if err := json.Compact(&small, sample(b, filepath.Base(name))); err != nil {
			b.Fatal(err)
		}
		samples = append(samples, small.Bytes())
	}
	run := func(name string, inputs [][]byte, do func([]byte) error) {
		size := 0
		for _, raw := range inputs {
			size += len(raw)
		}
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				for _, raw := range inputs {
					if err := do(raw); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
	decode := func(raw []byte) error { _, err := Decode(raw); return err }
	peek := func(raw []byte) error { _, err := Peek(raw); return err }
	run("samples", samples, decode)
	run("200 messages", [][]byte{bulky(200, false)}, decode)
	run("200 messages with 600 citations", [][]byte{bulky(200, true)}, decode)
	run("head of 200 messages", [][]byte{bulky(200, true)}, peek)
}
