package chatgpt

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gptsnap/formats/chat"
)

func TestBatchItemsHaveISOTimesAndOnlyID(t *testing.T) {
	t.Parallel()
	c := decoded(t, sample(t, "endpoints/batch.json"))
	same(t, "id", c.ID, "47044a1d-d3e0-59db-a41a-a2d82ce1e14e")
	same(t, "created", c.Created, time.Date(2024, 9, 10, 20, 26, 40, 123456000, time.UTC))
	same(t, "nodes", len(c.Nodes), 1)
}

func TestOfficialExportWithoutChildrenIsTheSameTree(t *testing.T) {
	t.Parallel()
	c := decoded(t, sample(t, "endpoints/official-export-conversations-000.json"))
	same(t, "tree", c.Nodes, decoded(t, sample(t, "01-plain-linear.json")).Nodes)
}

func TestSharedConversation(t *testing.T) {
	t.Parallel()
	c := decoded(t, []byte(`{"share_id":"s","title":"Shared","is_public":true,"mapping":{"a":{"message":null,"children":["b"]},"b":{"parent":"a","message":{"author":{"role":"user"},"content":{"content_type":"text","parts":["hi"]},"recipient":"all"}}},
		"linear_conversation":[{"id":"b","message":{"author":{"role":"user"},"content":{"content_type":"text","parts":["hi"]}}}]}`))
	same(t, "nodes", len(c.Nodes), 2)
	same(t, "whole", c.Partial, "")
	if !strings.HasPrefix(c.ID, "sha256-") || len(c.ID) != len("sha256-")+32 {
		t.Errorf("id of a conversation without one: %q", c.ID)
	}
	same(t, "message without an id", c.Nodes[1].Message.ID, "b")
	c = decoded(t, []byte(`{"id":"x","linear_conversation":[{"id":"a","message":null},{"id":"b","message":{"id":"m","author":{"role":"user"},"content":{"content_type":"text","parts":["hi"]}}}]}`))
	same(t, "path alone", []any{len(c.Nodes), c.Nodes[1].Parent, c.Partial}, []any{2, 0, "other branches unknown"})
}

func TestWhatIsNoConversationSaysWhy(t *testing.T) {
	t.Parallel()
	for in, why := range map[string]string{
		"":                                        "empty",
		" \n":                                     "empty",
		"<!DOCTYPE html><html>":                   "HTML",
		`{"mapping":{"a":{"mess`:                  "too early",
		`{"mapping":{}} x`:                        "more after the end",
		`{"id":"x","mapping":null}`:               "list entry",
		`{"id":"x","mapping":[]}`:                 "mapping is no object",
		`{"items":[]}`:                            "without mapping",
		`[]`:                                      "empty array",
		`[{"mapping":{}},{"mapping":{}}]`:         "array of 2",
		`[3]`:                                     "no object",
		`"mapping"`:                               "neither",
		`{"mapping":{},}`:                         "no string",
		`{"mapping":{} "a":1}`:                    "comma",
		`{"mapping":{},"a":01}`:                   "comma",
		`{"mapping":{},"a":NaN}`:                  "no JSON value",
		"{\"mapping\":{},\"a\":\"\x01\"}":         "control character",
		`{"mapping":{},"a":"\x"}`:                 "escape",
		`{"mapping":{},"a":tru}`:                  "no JSON value",
		strings.Repeat("[", 1_000_000):            "10,000 brackets",
		strings.Repeat(`{"a":`, 1_000_000) + "1":  "10,000 brackets",
		`{"mapping":` + strings.Repeat("[", 9999): "too early",
	} {
		_, err := Decode([]byte(in))
		if !errors.Is(err, ErrNotConversation) || !strings.Contains(err.Error(), why) {
			t.Errorf("%.40q: %v, want something about %q", in, err, why)
		}
		if _, err := DecodeListing([]byte(in)); err == nil && in != `{"items":[]}` {
			t.Errorf("%.40q passed as a list", in)
		}
	}
}

func TestOddSpellingsAreAccepted(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]string{
		"BOM":          "\ufeff{\"id\":\"x\",\"mapping\":{}}",
		"white space":  "\r\n\t {\"id\" :\t\"x\" , \"mapping\" : { } }\n",
		"bad UTF-8":    "{\"id\":\"x\",\"title\":\"a\xffb\",\"mapping\":{}}",
		"escaped keys": `{"\u0069d":"x","mapping":{}}`,
		"double keys":  `{"id":"y","id":"x","mapping":null,"mapping":{}}`,
		"wrong types":  `{"id":"x","conversation_id":7,"title":["t"],"create_time":{},"update_time":false,"current_node":3,"is_archived":"true","gizmo_id":{},"voice":{"a":1},"mapping":{}}`,
		"nested":       `{"id":"x","mapping":{},"a":` + strings.Repeat("[", 9990) + strings.Repeat("]", 9990) + `}`,
	} {
		c, err := Decode([]byte(in))
		if err != nil || c.ID != "x" || len(c.Nodes) != 0 || c.Current != -1 {
			t.Errorf("%s: %v %v", name, c, err)
		}
	}
}

func TestDoubleAndStrangeKeysOfMapping(t *testing.T) {
	t.Parallel()
	c := decoded(t, []byte(`{"id":"x","current_node":"b","mapping":{
		"a":{"message":{"author":{"role":"user"},"content":{"content_type":"text","parts":["first"]}},"children":["b"]},
		"b":{"parent":"a","message":null},
		"gone":null, "also":[1], "n":7,
		"a":{"message":{"author":{"role":"user"},"content":{"content_type":"text","parts":["last"]}},"children":["b"]},
		"":{"parent":"b","message":"odd"}}}`))
	same(t, "nodes", []chat.NodeID{c.Nodes[0].ID, c.Nodes[1].ID, c.Nodes[2].ID}, []chat.NodeID{"a", "b", ""})
	same(t, "last value wins", c.Nodes[0].Message.Text(), "last")
	same(t, "parent of the empty key", c.Nodes[2].Parent, 1)
	same(t, "problems", len(c.Problems), 4)
	c = decoded(t, []byte(`{"id":"x","mapping":{"a":{"message":null},"a":null}}`))
	same(t, "the last value is no node", []int{len(c.Nodes), c.Current, len(c.Problems)}, []int{0, -1, 2})
}

func TestListPages(t *testing.T) {
	t.Parallel()
	list := func(name string) Listing {
		l, err := DecodeListing(sample(t, "endpoints/"+name))
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	l := list("list-page-0.json")
	same(t, "page", []any{len(l.Items), l.Total, l.Limit, l.Offset, l.Cursor, l.Missing}, []any{2, int64(3), 2, 0, "", false})
	same(t, "item", l.Items[1], Item{ID: "5ae5c39a-b725-56e5-a864-7ad5c84fcd5d", Title: "Field manual / chapter 2", GizmoID: "g-p-0123456789abcdef0123456789abcdef",
		Created: time.Date(2026, 3, 31, 21, 20, 0, 250000000, time.UTC), Updated: time.Date(2026, 3, 31, 21, 21, 10, 503211000, time.UTC)})
	same(t, "repeated item", list("list-page-1.json").Items[0].ID, l.Items[0].ID)
	same(t, "empty page", len(list("list-page-2-empty.json").Items), 0)
	archived := list("list-archived.json")
	same(t, "archived, total unknown", []any{archived.Items[0].Archived, archived.Total}, []any{true, int64(-1)})
	same(t, "project page", []any{len(list("project-conversations.json").Items), list("project-conversations.json").Cursor}, []any{1, ""})
	if _, err := DecodeListing([]byte(`{"detail":{"message":"Unauthorized - Access token is missing"}}`)); err == nil || !strings.Contains(err.Error(), "token is missing") {
		t.Errorf("an error body: %v", err)
	}
}

func TestProjectsInBothShapes(t *testing.T) {
	t.Parallel()
	for name, cursor := range map[string]string{"a": "b64/opaque+cursor==", "b": ""} {
		projects, next, err := DecodeProjects(sample(t, "endpoints/projects-sidebar-"+name+".json"))
		if err != nil || len(projects) != 1 || next != cursor {
			t.Fatalf("%s: %v %q %v", name, projects, next, err)
		}
		p := projects[0]
		same(t, name, []any{p.ID, p.Name, p.Instructions, p.Updated}, []any{"g-p-0123456789abcdef0123456789abcdef", "Field manual", "Quote page numbers.", time.Date(2025, 10, 9, 0, 0, 0, 0, time.UTC)})
		if name == "a" {
			same(t, "file", p.Files[0].ID+" "+p.Files[0].Name, "file_00000000123461f7a0b1c2d3e4f50699 Field Manual.pdf")
		}
	}
}

func TestPeekAgreesWithDecode(t *testing.T) {
	t.Parallel()
	names, _ := filepath.Glob(filepath.Join("..", "..", "testdata", "samples", "*.json"))
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		h, err := Peek(raw)
		if err != nil {
			t.Fatal(err)
		}
		c := decoded(t, raw)
		same(t, name, []any{h.ID, h.Title, h.Created, h.Updated, h.Nodes, h.Archived}, []any{c.ID, c.Title, c.Created, c.Updated, len(c.Nodes), c.Archived})
		same(t, name, h.HasMapping != h.HasMessages, true)
	}
	h, err := Peek([]byte(`{"id":"x","mapping":null}`))
	same(t, "list entry", []any{h.ID, h.HasMapping, h.HasMessages, err}, []any{"x", false, false, nil})
}

func TestTimes(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`1726000000.123456`:                   "2024-09-10T20:26:40.123456Z",
		`"1726000000.5"`:                      "2024-09-10T20:26:40.5Z",
		`1726000000`:                          "2024-09-10T20:26:40Z",
		`1726000000123`:                       "2024-09-10T20:26:40.123Z",
		`1726000000123.25`:                    "2024-09-10T20:26:40.12325Z",
		`1726000000.1234567891`:               "2024-09-10T20:26:40.123456789Z",
		`1.726e9`:                             "2024-09-10T20:26:40Z",
		`-1.5`:                                "1969-12-31T23:59:58.5Z",
		`100000000000`:                        "5138-11-16T09:46:40Z",
		`"2024-09-10T20:26:40.123456Z"`:       "2024-09-10T20:26:40.123456Z",
		`"2024-09-10T22:26:40.5+02:00"`:       "2024-09-10T20:26:40.5Z",
		`"2024-09-10T22:26:40+0200"`:          "2024-09-10T20:26:40Z",
		`"2024-09-10T20:26:40"`:               "2024-09-10T20:26:40Z",
		`"2024-09-10 20:26:40.25"`:            "2024-09-10T20:26:40.25Z",
		`"2024-09-10"`:                        "2024-09-10T00:00:00Z",
		`"2024-09-10T20:26:40\u002b00:00"`:    "2024-09-10T20:26:40Z",
		`null`:                                "",
		`""`:                                  "",
		`true`:                                "",
		`"yesterday"`:                         "",
		`[1726000000]`:                        "",
		`1e400`:                               "",
		`99999999999999999999`:                "",
		`9999999999999999`:                    "",
		`"2024-13-40"`:                        "",
		`-`:                                   "",
		`.5`:                                  "",
		`"0000-01-01"`:                        "",
		`"9999-12-31T23:59:59-23:59"`:         "",
		`"` + strings.Repeat("9", 5000) + `"`: "",
	} {
		got, ok := ParseTime(in)
		if ok != (want != "") || ok && got.Format(time.RFC3339Nano) != want {
			t.Errorf("%.60s: %v %v, want %s", in, got, ok, want)
		}
	}
}

func TestEveryContentTypeSurvivesAnyShape(t *testing.T) {
	t.Parallel()
	types := []string{"", "text", "multimodal_text", "future"}
	for name := range contentTypes {
		types = append(types, name)
	}
	values := []string{"null", "7", `"s"`, "true", "[]", "{}", `[null,7,"s",true,[],{}]`, `{"a":null,"b":[{}]}`, `[{"content_type":"image_asset_pointer","asset_pointer":7,"metadata":[]},{"content_type":"audio_asset_pointer","metadata":7},{"content_type":"real_time_user_audio_video_asset_pointer","audio_asset_pointer":"x","frames_asset_pointers":["y",7]}]`}
	fields := []string{"parts", "text", "thoughts", "content", "screenshot", "state", "workspaces", "context_parts", "result", "widget", "model_set_context"}
	metas := []string{"content_references", "citations", "attachments", "aggregate_result", "canvas", "chatgpt_sdk", "search_result_groups", "_cite_metadata", "user_context_message_data", "n7jupd_crefs", "dictation_asset_pointer", "finish_details", "paragen_variants_info"}
	for _, kind := range types {
		for _, value := range values {
			for _, recipient := range []string{"all", "canmore.update_textdoc"} {
				var content, meta strings.Builder
				fmt.Fprintf(&content, `{"content_type":%q`, kind)
				for _, f := range fields {
					fmt.Fprintf(&content, `,%q:%s`, f, value)
				}
				for i, f := range metas {
					if i > 0 {
						meta.WriteByte(',')
					}
					fmt.Fprintf(&meta, `%q:%s`, f, value)
				}
				for _, raw := range []string{value, content.String() + "}"} {
					c := decoded(t, []byte(fmt.Sprintf(`{"id":"x","mapping":{"a":{"message":{"author":{"role":"assistant"},"recipient":%q,"content":%s,"metadata":{%s}}}}}`, recipient, raw, meta.String())))
					if c.Nodes[0].Message == nil {
						t.Errorf("%s: the message is gone", raw)
					}
					holds(t, c)
				}
			}
		}
	}
}
