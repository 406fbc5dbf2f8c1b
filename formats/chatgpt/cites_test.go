package chatgpt

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"gptsnap/formats/chat"

	"pgregory.net/rapid"
)

type fields = map[string]any

// answer decodes a conversation of one answer with metadata, and returns its text.
func answer(t testing.TB, text string, meta fields) *chat.Text {
	t.Helper()
	return talk(t, fields{"text": text, "meta": meta}).Nodes[0].Message.Parts[0].(*chat.Text)
}

// talk decodes a chain of messages; each says its role (assistant if absent),
// text or content, meta, name and recipient.
func talk(t testing.TB, messages ...fields) *chat.Conversation {
	t.Helper()
	mapping := fields{}
	for i, m := range messages {
		role, recipient := m["role"], m["recipient"]
		if role == nil {
			role = "assistant"
		}
		if recipient == nil {
			recipient = "all"
		}
		content := m["content"]
		if content == nil {
			content = fields{"content_type": "text", "parts": []any{m["text"]}}
		}
		node := fields{"message": fields{"id": fmt.Sprint("m", i), "author": fields{"role": role, "name": m["name"]}, "recipient": recipient, "content": content, "metadata": m["meta"]}}
		if i > 0 {
			node["parent"] = fmt.Sprintf("%03d", i-1)
		}
		mapping[fmt.Sprintf("%03d", i)] = node // keys are written in this order
	}
	raw, err := json.Marshal(fields{"id": "x", "mapping": mapping})
	if err != nil {
		t.Fatal(err)
	}
	c := decoded(t, raw)
	holds(t, c)
	return c
}

const (
	cited = "\ue200cite\ue202turn0search0\ue201"
	page  = "https://page.example/"
)

func reference1(matched string, start int, more fields) fields {
	r := fields{"matched_text": matched, "start_idx": start, "end_idx": start + len([]rune(matched)), "type": "grouped_webpages", "items": []fields{{"title": "Page", "url": page}}}
	for k, v := range more {
		r[k] = v
	}
	return r
}

func refs(list ...fields) fields { return fields{"content_references": list} }

func groups(turn, index int, url string) fields {
	return fields{"search_result_groups": []fields{{"domain": "site.example", "entries": []fields{{"url": url, "title": "Found", "ref_id": fields{"turn_index": turn, "ref_type": "search", "ref_index": index}}}}}}
}

func TestCitationMarkers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text  string
		meta  fields
		plain string
		cites string // kind, label and targets of each
	}{
		"a reference by code points after emoji":   {"😀👩‍🔬 wet " + cited + ".", refs(reference1(cited, 8, nil)), "😀👩‍🔬 wet .", "links:https://page.example/"},
		"by UTF-16 units":                          {"😀😀 " + cited + cited, refs(reference1(cited, 5+len([]rune(cited)), nil)), "😀😀 ", "links:https://page.example/ drop"},
		"wrong offsets, found by its text":         {"a " + cited + " b", refs(reference1(cited, 900, nil)), "a b", "links:https://page.example/"},
		"no offsets":                               {"a " + cited + " b", refs(reference1(cited, 0, fields{"start_idx": nil, "end_idx": "x"})), "a b", "links:https://page.example/"},
		"one space matched, as a hidden reference": {"a b c", refs(fields{"matched_text": " ", "start_idx": 1, "end_idx": 2, "type": "hidden"}), "a b c", ""},
		"nothing matched":                          {"a b c", refs(fields{"matched_text": "", "start_idx": 0, "end_idx": 0, "type": "attribution"}), "a b c", ""},
		"a footnote of sources":                    {"a b", refs(fields{"matched_text": " ", "start_idx": 3, "end_idx": 3, "type": "sources_footnote", "sources": []fields{{"title": "P", "url": page + "?utm_source=chatgpt.com"}}}), "a b", "sources:https://page.example/"},
		"the same marker twice":                    {cited + " x " + cited, refs(reference1(cited, 0, nil), reference1(cited, 0, nil)), " x ", "links:https://page.example/ links:https://page.example/"},
		"fallback items only when there are none":  {"a" + cited, refs(reference1(cited, 1, fields{"items": []fields{}, "fallback_items": []fields{{"url": "https://fall.example/"}}})), "a", "links:https://fall.example/"},
		"ready-made Markdown as the last resort":   {"a" + cited, refs(reference1(cited, 1, fields{"items": nil, "alt": "([p](https://alt.example/x?a=1&utm_source=chatgpt.com))"})), "a", "links:https://alt.example/x?a=1"},
		"an image group":                           {"a\n\n\ue200i\ue202turn0image0\ue201\n\nb", refs(fields{"type": "image_group", "matched_text": "\ue200i\ue202turn0image0\ue201", "images": []fields{{"url": page, "content_url": "https://img.example/a.png"}}}), "a\n\n\n\nb", "images:https://page.example/"},
		"an image group of nothing":                {"a\n\n\ue200image_group\ue202{\"q\":[\"x\"]}\ue201\n\nb", nil, "a\n\nb", "drop"},
		"no reference at all":                      {"a " + cited + " b", nil, "a b", "drop"},
		"before a full stop":                       {"a " + cited + ".", nil, "a.", "drop"},
		"between words":                            {"a" + cited + "b", nil, "ab", "drop"},
		"several side by side":                     {"a " + cited + cited + " b", nil, "a b", "drop drop"},
		"at the start":                             {cited + " a", nil, "a", "drop"},
		"alone":                                    {cited, nil, "", "drop"},
		"an entity without metadata":               {"at \ue200entity\ue202[\"place\",\"Brindle \\\"Q\\\"\",\"x\"]\ue201!", nil, "at Brindle \"Q\"!", "words(Brindle \"Q\")"},
		"a labelled link, not found":               {"see \ue200url\ue202the table\ue202turn0search9\ue201.", nil, "see the table.", "words(the table)"},
		"products":                                 {"\ue200products\ue202{\"selections\":[[\"turn0product0\",\"Clock\"],[\"turn0product1\",\"Bell\"]]}\ue201", nil, "Clock, Bell", "words(Clock, Bell)"},
		"a kind of next year":                      {"a \ue200novel\ue202turn0x1\ue202two words\ue201 b", nil, "a two words b", "words(two words)"},
		"a video":                                  {"\ue200video\ue202Clip\ue202turn1search1\ue201", refs(fields{"type": "video", "matched_text": "\ue200video\ue202Clip\ue202turn1search1\ue201", "title": "Clip", "url": page}), "Clip", "words(Clip):https://page.example/"},
		"highlighted words":                        {"the \ue203moon\ue204 pulls", nil, "the moon pulls", "drop drop"},
		"a marker that never ends":                 {"a \ue200cite\ue202turn0search1 and more words", nil, "a and more words", "drop"},
		"a marker cut off by the end":              {"a \ue200cite\ue202turn0sea", nil, "a", "drop"},
		"a payload cut off by the end":             {"a \ue200entity\ue202[\"place\",\"Bri", nil, "a", "drop"},
		"an end without a start":                   {"a\ue201 b\ue206 \ue2ff", nil, "a b", "drop drop drop"},
		"an end far away":                          {"a \ue200cite\ue202b\n\nc\ue201d", nil, "a b\n\ncd", "drop drop"},
		"other private characters stay":            {"\ue100 \ue300 \uf8ff", nil, "\ue100 \ue300 \uf8ff", ""},
		"characters that were lost":                {"a citeturn0search1turn0news2 b", nil, "a b", "drop"},
		"the same within a word":                   {"xciteturn0search1 citeturn0search1y", nil, "xciteturn0search1 citeturn0search1y", ""},
		"brackets without data":                    {"a【12†source】 b【3†(Name)】.", nil, "a b.", "drop drop"},
		"a file's bracket":                         {"a【4:0†report.pdf†L1-L9】", nil, "a", "file:report.pdf#1-9"},
		"brackets of the writer":                   {"【note】 【1】 【a†b】", nil, "【note】 【1】 【a†b】", ""},
		"leaks of the page":                        {"a:::contentReference[oaicite:0]{index=0} b 【oaicite:3】c :contentReference[oaicite:12]", nil, "a b c", "drop drop drop"},
		"lines of a source":                        {"x【L31-L38】 y", nil, "x y", "drop"},
		"agent's file":                             {"see {{file:file-Ab1}} now", fields{"n7jupd_crefs": []fields{{"type": "file", "matched_text": "{{file:file-Ab1}}", "start_idx": 4, "end_idx": 21, "file_id": "file-Ab1", "file_name": "b.md"}}}, "see b.md now", "file(b.md):b.md"},
		"agent's file without data":                {"see {{file:file-Ab1}}", nil, "see file-Ab1", "file(file-Ab1):file-Ab1"},
		"a sandbox link with brackets and spaces":  {"[the [new] one](sandbox:/mnt/data/a (1) b%20c.csv) and ![p](sandbox:/mnt/data/p.png)", nil, "the [new] one and p", "file(the [new] one):a (1) b c.csv file(p):p.png"},
		"half a sandbox link":                      {"[a](sandbox:/mnt/data/x", nil, "[a](sandbox:/mnt/data/x", ""},
		"a writing block":                          {"Here:\n:::writing{variant=\"email\"}\nDear Ann\n:::\nBye", nil, "Here:\nDear Ann\nBye", "drop drop"},
		"a colon fence of somebody else":           {":::note\nx\n:::", nil, ":::note\nx\n:::", ""},
		"code is not touched":                      {"```\n【1†source】 [a](sandbox:/x) citeturn0search1\n```\n`{{file:x}}` b【1†source】", nil, "```\n【1†source】 [a](sandbox:/x) citeturn0search1\n```\n`{{file:x}}` b", "drop"},
		"but markers in code are dropped":          {"`a " + cited + " b`", refs(reference1(cited, 3, nil)), "`a b`", "drop"},
		"at the end of a code span":                {"`a " + cited + "` b", nil, "`a` b", "drop"},
		"at the start of a code span":              {"`" + cited + " a` b", nil, "`a` b", "drop"},
		"a code span of nothing else":              {"x `" + cited + "` y", nil, "x y", "drop"},
		"a code span of two and nothing else":      {"x `" + cited + " " + cited + "` y", nil, "x y", "drop"},
		"a code span of three, spaces around":      {"x `` " + cited + "  " + cited + cited + " `` y", nil, "x y", "drop"},
		"a code span of two and a word":            {"x `" + cited + " a " + cited + "` y", nil, "x `a` y", "drop drop"},
		"a name in a code span":                    {"`\ue200entity\ue202[\"place\",\"Brindle\"]\ue201 x`", nil, "`Brindle x`", "words(Brindle)"},
		"spaces in a code block stay":              {"```\na " + cited + " b\n  " + cited + " c\n```\n", nil, "```\na  b\n   c\n```\n", "drop drop"},
		"lost characters beside whole markers":     {"a" + cited + " b citeturn0search1 c", nil, "a b c", "drop drop"},
		"lost characters in a block left open":     {"~~~js\nx\nb citeturn0search1 c", nil, "~~~js\nx\nb c", "drop"},
		"words of a follow-up stay":                {"Shall I go on?", refs(fields{"type": "followup_a", "matched_text": "go on", "start_idx": 8, "end_idx": 13, "prompt_text": "Go on"}), "Shall I go on?", ""},
		"alternative text":                         {"a X b", refs(fields{"type": "alt_text", "matched_text": "X", "start_idx": 2, "end_idx": 3, "alt": "why"}), "a why b", "words(why)"},
		"words that are a source":                  {"see the guide now", refs(reference1("the guide", 4, fields{"type": "webpage"})), "see the guide now", "words(the guide):https://page.example/"},
		"words that are no source":                 {"see the guide now", refs(reference1("the guide", 4, fields{"items": nil})), "see the guide now", ""},
		"a bracket that is a source":               {"see【1†source】", refs(reference1("【1†source】", 3, nil)), "see", "links:https://page.example/"},
		"other spaces and hyphens":                 {"a\u202f\u2011b c", refs(fields{"type": "alt_text", "matched_text": "a -b", "start_idx": 0, "end_idx": 4, "alt": "Z"}), "Z c", "words(Z)"},
		"overlapping references":                   {"abcdef", refs(fields{"type": "alt_text", "matched_text": "bcd", "start_idx": 1, "end_idx": 4, "alt": "1"}, fields{"type": "alt_text", "matched_text": "de", "start_idx": 3, "end_idx": 5, "alt": "2"}), "a1ef", "words(1)"},
		"a marker within a label":                  {"a " + cited, refs(reference1(cited, 2, fields{"type": "entity", "name": "N" + cited + "M"})), "a Nciteturn0search0M", "words(Nciteturn0search0M):https://page.example/"},
	} {
		text := answer(t, test.text, test.meta)
		var got []string
		for _, c := range text.Cites {
			s := string(c.Kind)
			if c.Label != "" {
				s += "(" + c.Label + ")"
			}
			for _, l := range c.Links {
				if l.File != nil {
					s += ":" + l.File.Name
					if l.File.Name == "" {
						s += l.File.ID
					}
				}
				s += strings.TrimSuffix(":"+l.URL, ":")
				if l.Lines != "" {
					s += "#" + l.Lines
				}
			}
			got = append(got, s)
		}
		if plain := text.Plain(); plain != test.plain || strings.Join(got, " ") != test.cites {
			t.Errorf("%s:\n got %q\n     %s\nwant %q\n     %s", name, plain, strings.Join(got, " "), test.plain, test.cites)
		}
		if text.Raw != test.text {
			t.Errorf("%s: the text itself changed: %q", name, text.Raw)
		}
	}
}

// Whatever sign begins a marker, mayCite sees it wherever it stands.
func TestNoSignIsOverlooked(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"a", ":", "::", "](", "{{", "file", "sandbox", "writing", "contentReference", "[", "cite", "turn", "【", "é", "\n",
			"【", "citeturn", ":contentReference[", "{{file:", "](sandbox:", ":::writing"}), 0, 8).Draw(t, "text"), "")
		want := false
		for _, sign := range signs[1:] {
			want = want || sign.text != "" && strings.Contains(text, sign.text)
		}
		if got := mayCite(text); got != want {
			t.Fatalf("%q: %v", text, got)
		}
	})
}

func TestWhatAUserWritesIsTheirs(t *testing.T) {
	t.Parallel()
	const theirs = "【12†source】 [a](sandbox:/b) {{file:c}} citeturn0search1 :::writing{}\nx\n:::"
	for _, role := range []string{"user", "tool", "system"} {
		m := talk(t, fields{"role": role, "text": theirs + cited}).Nodes[0].Message
		same(t, role, m.Plain(), theirs)
	}
}

func TestMarkersAreResolvedWithinTheExchange(t *testing.T) {
	t.Parallel()
	with := func(turn string, meta fields) fields {
		all := fields{"turn_exchange_id": turn}
		for k, v := range meta {
			all[k] = v
		}
		return all
	}
	found := func(c *chat.Conversation, node int) string {
		for _, cite := range c.Nodes[node].Message.Parts[0].(*chat.Text).Cites {
			for _, l := range cite.Links {
				return l.URL + " " + l.Site
			}
		}
		return ""
	}
	// The same key in two exchanges means two pages.
	c := talk(t,
		fields{"role": "tool", "text": "", "meta": with("A", groups(0, 0, "https://first.example/?utm_source=chatgpt.com"))},
		fields{"text": "one " + cited, "meta": with("A", nil)},
		fields{"role": "user", "text": "more"},
		fields{"role": "tool", "text": "", "meta": with("B", groups(0, 0, "https://second.example/"))},
		fields{"text": "two " + cited, "meta": with("B", nil)},
		fields{"text": "again " + cited, "meta": with("A", nil)},
		fields{"text": "no exchange " + cited})
	same(t, "first", found(c, 1), "https://first.example/ site.example")
	same(t, "second", found(c, 4), "https://second.example/ site.example")
	same(t, "its exchange is farther up", found(c, 5), "https://first.example/ site.example")
	same(t, "no exchange: the nearest on the branch", found(c, 6), "https://second.example/ site.example")

	// Results that stand below, in the reasoning, or in the content.
	c = talk(t,
		fields{"text": "a " + cited, "meta": with("A", nil)},
		fields{"text": "b", "meta": with("A", fields{"inline_cot_expandable_content": groups(0, 0, "https://below.example/")})})
	same(t, "below", found(c, 0), "https://below.example/ site.example")
	c = talk(t,
		fields{"role": "tool", "content": fields{"content_type": "text", "parts": []any{fields{"type": "search_result_group", "domain": "site.example", "entries": []fields{{"type": "search_result", "url": "https://old.example/", "ref_id": fields{"turn_index": 0, "ref_type": "search", "ref_index": 0}}}}}}},
		fields{"text": "a " + cited})
	same(t, "in the content of the tool", found(c, 1), "https://old.example/ site.example")
}

func TestFileCitationsWithoutReferences(t *testing.T) {
	t.Parallel()
	one := []fields{{"id": "file_1", "name": "Manual.pdf", "mimeType": "application/pdf", "fileSizeTokens": 3, "is_big_paste": true}}
	c := talk(t, fields{"role": "user", "text": "look", "meta": fields{"attachments": one}}, fields{"text": "so \ue200filecite\ue202turn0file0\ue202L12-L14\ue201 it is【0:0†source】"})
	text := c.Nodes[1].Message.Parts[0].(*chat.Text)
	for _, cite := range text.Cites {
		same(t, "file", cite.Links[0].File.ID+" "+cite.Links[0].Title, "file_1 Manual.pdf")
	}
	same(t, "lines", text.Cites[0].Links[0].Lines, "12-14")
	a := c.Nodes[0].Message.Attachments[0]
	same(t, "attachment in camel case", []any{a.MIME, a.Pasted}, []any{"application/pdf", true})
	two := append(one, fields{"id": "file_2", "name": nil})
	c = talk(t, fields{"role": "user", "text": "look", "meta": fields{"attachments": two}}, fields{"text": "so \ue200filecite\ue202turn0file0\ue201."})
	same(t, "which of two is not guessed", len(c.Nodes[1].Message.Parts[0].(*chat.Text).Cites[0].Links), 0)
}

func TestBracketsFindThePageTheBrowserQuoted(t *testing.T) {
	t.Parallel()
	c := talk(t,
		fields{"role": "tool", "name": "browser", "content": fields{"content_type": "tether_quote", "url": page, "title": "T", "domain": "page.example", "text": "x"}, "meta": fields{"cited_message_idx": 4}},
		fields{"text": "a【4†source】 b【5†source】"})
	cites := c.Nodes[1].Message.Parts[0].(*chat.Text).Cites
	same(t, "quoted", cites[0].Links, []chat.Link{{Title: "T", URL: page, Site: "page.example"}})
	same(t, "not quoted", cites[1].Kind, chat.CiteDrop)
}

func TestTrackingIsTakenOutOfAddresses(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"https://a.example/?utm_source=chatgpt.com":            "https://a.example/",
		"https://a.example/?utm_source=chatgpt.com#x":          "https://a.example/#x",
		"https://a.example/?a=1&utm_source=chatgpt.com":        "https://a.example/?a=1",
		"https://a.example/?utm_source=chatgpt.com&b=2":        "https://a.example/?b=2",
		"https://a.example/?utm_source=chatgpt.com.evil":       "https://a.example/?utm_source=chatgpt.com.evil",
		"https://a.example/x_utm_source=chatgpt.com":           "https://a.example/x_utm_source=chatgpt.com",
		"https://a.example/?q=utm&utm_source=chatgpt.com&x=y#": "https://a.example/?q=utm&x=y#",
		"": "",
	} {
		same(t, in, cleanURL(in), want)
	}
}

func TestThoughtsShowNoMarkers(t *testing.T) {
	t.Parallel()
	c := talk(t, fields{"content": fields{"content_type": "thoughts", "thoughts": []any{fields{"summary": "Look " + cited + " up", "content": "x\ue203y"}, "loose words"}}})
	same(t, "thoughts", parts[*chat.Thoughts](c)[0].Items, []chat.Thought{{Summary: "Look up", Content: "xy"}, {Content: "loose words"}})
}

func TestOutputThatOnlyTheMetadataKnows(t *testing.T) {
	t.Parallel()
	c := talk(t,
		fields{"recipient": "python", "content": fields{"content_type": "code", "text": ""}},
		fields{"role": "tool", "name": "python", "content": fields{"content_type": "execution_output", "text": ""}, "meta": fields{"aggregate_result": fields{
			"status": "success", "code": "print(1)", "messages": []fields{{"message_type": "stream", "text": "1\n"}, {"message_type": "stream", "text": "2\n"}},
			"jupyter_messages": []fields{{"msg_type": "display_data", "content": fields{"data": fields{"image/vnd.file": "sediment://file_9", "text/plain": "<Figure>"}}}},
			"system_exception": fields{"name": "AceConnectionException", "args": []any{"gone", 7}, "traceback": []string{"line 1", "line 2"}}, "timeout_triggered": 60.0}}})
	same(t, "code", parts[*chat.Code](c), []*chat.Code{{Source: "print(1)"}})
	out := parts[*chat.Output](c)[0]
	same(t, "output", []string{out.Text, out.Error, out.Images[0].ID}, []string{"1\n2\n", "AceConnectionException: gone, 7\nline 1\nline 2\nit ran too long and was stopped", "file_9"})
}

func TestAppsKeepTheirData(t *testing.T) {
	t.Parallel()
	c := talk(t, fields{"role": "tool", "text": "shown", "meta": fields{"chatgpt_sdk": fields{"resource_name": "maps", "widget_state": `{"pins":[1]}`}, "invoked_resource": fields{"app_name": "Maps"}}})
	same(t, "widget", parts[*chat.Widget](c)[0], &chat.Widget{App: "Maps", JSON: []byte(`{"pins":[1]}`)})
	body := "Report " + cited + "."
	state, _ := json.Marshal(fields{"plan": fields{"title": "Plan"}, "report_message": fields{"content": fields{"parts": []string{body}}, "metadata": refs(reference1(cited, 7, nil))}})
	c = talk(t, fields{"role": "tool", "text": "", "meta": fields{"chatgpt_sdk": fields{"widget_state": string(state)}}})
	r := parts[*chat.Report](c)[0]
	same(t, "report", []any{r.Title, r.Body.Plain(), r.Sources}, []any{"Plan", "Report .", []chat.Link{{Title: "Page", URL: page}}})
}

// The text of what a search tool answered is not given to people; what it was
// asked and what it found stays in the metadata.
func TestAnEmptyAnswerOfASearchShowsWhatWasFound(t *testing.T) {
	t.Parallel()
	meta := groups(0, 0, "https://first.example/?utm_source=chatgpt.com")
	list := meta["search_result_groups"].([]fields)
	meta["search_result_groups"] = append(list, fields{"url": "https://alone.example/", "title": "Alone"}, fields{"domain": "site.example", "entries": []fields{{"url": "https://first.example/"}}})
	browsing := func(extra fields) *chat.Browsing {
		message := fields{"role": "tool", "text": "", "meta": fields{}}
		for k, v := range extra {
			message[k] = v
		}
		for k, v := range meta {
			message["meta"].(fields)[k] = v
		}
		m := talk(t, message).Nodes[0].Message
		for _, p := range m.Parts {
			if b, ok := p.(*chat.Browsing); ok {
				return b
			}
		}
		return nil
	}
	b := browsing(fields{"meta": fields{"search_model_queries": fields{"queries": []string{"one", "two"}}}})
	same(t, "queries of the model", b.Summary, "Searched for: one; two")
	same(t, "pages", b.Links, []chat.Link{{Title: "Found", URL: "https://first.example/", Site: "site.example"}, {Title: "Alone", URL: "https://alone.example/"}})
	same(t, "queries", browsing(fields{"meta": fields{"search_queries": []any{fields{"q": "three"}, "four", 5}}}).Summary, "Searched for: three; four")
	same(t, "no queries", browsing(nil).Summary, "")
	same(t, "an answer that says something", browsing(fields{"text": "x"}) == nil, true)
	same(t, "an answer to people", browsing(fields{"role": "assistant"}) == nil, true)
}

func TestWhatOnlyTheMetadataSays(t *testing.T) {
	t.Parallel()
	content := func(m fields) []chat.Part { return talk(t, m).Nodes[0].Message.Parts }
	same(t, "the words that a prompt replies to", content(fields{"role": "user", "text": "why?", "meta": fields{"targeted_reply": "the sea is salty"}}),
		[]chat.Part{&chat.Quote{Title: "In reply to", Text: "the sea is salty"}, &chat.Text{Raw: "why?"}})
}
