package chattest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// conversation writes everything as compact JSON, keys in the provider's order.
func (w *writer) conversation() []byte {
	w.begin()
	id := w.uuid()
	title := quote(w.words(2 + w.r.IntN(6)))
	if w.r.IntN(200) == 0 {
		title = "null"
	}
	gizmo, kind := "null", "null"
	switch p := w.r.IntN(100); {
	case p < 6:
		gizmo, kind = fmt.Sprintf(`"g-p-%032x"`, 0xc0de+p%6), `"snorlax"`
	case p < 10:
		gizmo, kind = fmt.Sprintf(`"g-Inv%07d"`, p), `"gpt"`
	}
	archived, starred := w.r.IntN(100) < 8, w.r.IntN(100) < 2
	created := w.at
	current := w.tree()
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"title":%s,"create_time":%s,"update_time":%s,"mapping":{`, title, seconds(created), seconds(w.at))
	for i, n := range w.nodes {
		if i > 0 {
			b.WriteByte(',')
		}
		parent, message := "null", "null"
		if n.parent != "" {
			parent, message = quote(n.parent), n.message
		}
		fmt.Fprintf(&b, `%q:{"id":%q,"message":%s,"parent":%s,"children":[`, n.id, n.id, message, parent)
		for k, c := range n.children {
			if k > 0 {
				b.WriteByte(',')
			}
			b.WriteString(quote(c))
		}
		b.WriteString("]}")
	}
	fmt.Fprintf(&b, `},"moderation_results":[],"current_node":%q,"plugin_ids":null,"conversation_id":%q,`, current.id, id)
	fmt.Fprintf(&b, `"conversation_template_id":%s,"gizmo_id":%s,"gizmo_type":%s,"is_archived":%v,"is_starred":%v,`, gizmo, gizmo, kind, archived, starred)
	fmt.Fprintf(&b, `"safe_urls":[],"blocked_urls":[],"default_model_slug":%q,"conversation_origin":null,"is_read_only":null,"voice":null,`, w.model)
	b.WriteString(`"async_status":null,"disabled_tool_ids":[],"is_do_not_remember":false,"memory_scope":"global_enabled","context_scopes":null,"sugar_item_id":null,"sugar_item_visible":false,"pinned_time":null,"is_study_mode":false,"owner":null`)
	if w.official {
		fmt.Fprintf(&b, `,"id":%q`, id)
	}
	b.WriteByte('}')
	return b.Bytes()
}

// message writes a message around its content and what metadata is its own.
func (w *writer) message(id, parent, role, name, content, recipient, channel, more string) string {
	author := "null"
	if name != "" {
		author = quote(name)
	}
	if channel == "" {
		channel = "null"
	} else {
		channel = quote(channel)
	}
	if role != "user" && role != "system" {
		more += fmt.Sprintf(`"model_slug":%q,"default_model_slug":"auto",`, w.model)
	}
	return fmt.Sprintf(`{"id":%q,"author":{"role":%q,"name":%s,"metadata":{}},"create_time":%s,"update_time":null,"content":%s,`+
		`"status":"finished_successfully","end_turn":%v,"weight":1.0,"metadata":{%s"request_id":%q,"turn_exchange_id":%q,"timestamp_":"absolute","parent_id":%q},"recipient":%q,"channel":%s}`,
		id, role, author, seconds(w.at), content, role == "assistant" && recipient == "all", more, w.uuid(), w.turn, parent, recipient, channel)
}

func (w *writer) system(id, parent string) string {
	return fmt.Sprintf(`{"id":%q,"author":{"role":"system","name":null,"metadata":{}},"create_time":null,"update_time":null,"content":{"content_type":"text","parts":[""]},`+
		`"status":"finished_successfully","end_turn":true,"weight":0.0,"metadata":{"is_visually_hidden_from_conversation":true,"parent_id":%q},"recipient":"all","channel":null}`, id, parent)
}

func (w *writer) instructions(id, parent string) string {
	about, how := quote(w.prose(20)), quote(w.prose(30))
	return w.message(id, parent, "user", "", fmt.Sprintf(`{"content_type":"user_editable_context","user_profile":%s,"user_instructions":%s}`, about, how), "all", "",
		fmt.Sprintf(`"is_visually_hidden_from_conversation":true,"is_user_system_message":true,"user_context_message_data":{"about_user_message":%s,"about_model_message":%s},`, about, how))
}

func (w *writer) user(id, parent string) string {
	n := 4 + int(24*w.r.ExpFloat64())
	text := w.prose(n)
	if w.r.IntN(12) == 0 {
		lang, source := w.code()
		text += "\n\n```" + lang + "\n" + source + "```"
	}
	more := fmt.Sprintf(`"message_source":null,"serialization_metadata":{"custom_symbol_offsets":[]},"system_hints":[],"selected_sources":[],"selected_github_repos":[],"developer_mode_connector_ids":[],"dictation":false,"request_chain":%q,`, w.uuid())
	content := textContent(text)
	switch w.r.IntN(50) {
	case 0:
		file := fmt.Sprintf("file_%032x", w.r.Uint64())
		content = fmt.Sprintf(`{"content_type":"multimodal_text","parts":[{"content_type":"image_asset_pointer","asset_pointer":"sediment://%s","size_bytes":%d,"width":1024,"height":768,"fovea":null,"metadata":{"dalle":null,"gizmo":null,"generation":null,"sanitized":true}},%s]}`, file, 10_000+w.r.IntN(900_000), quote(text))
		more += fmt.Sprintf(`"attachments":[{"id":%q,"size":%d,"name":"photo %d.png","mime_type":"image/png","width":1024,"height":768}],`, file, 10_000+w.r.IntN(900_000), w.turns)
	case 1:
		more += fmt.Sprintf(`"attachments":[{"id":"file-Inv%017x","size":%d,"name":"%s.pdf","mime_type":"application/pdf","file_token_size":%d}],`, w.r.Uint64()>>8, 10_000+w.r.IntN(9_000_000), strings.ReplaceAll(w.words(2), `"`, ""), w.r.IntN(90_000))
	}
	return w.message(id, parent, "user", "", content, "all", "", more)
}

// answered is the metadata of every answer.
const answered = `"finish_details":{"type":"stop","stop_tokens":[200002]},"is_complete":true,"can_save":true,"code_blocks":{},"message_type":"next","model_switcher_deny":[],`

func (w *writer) reply(id, parent string) string {
	return w.message(id, parent, "assistant", "", textContent(w.markdown(int(30+188*w.r.ExpFloat64()))), "all", "final",
		answered+fmt.Sprintf(`"citations":[],"content_references":[],"working_turn_id":%q,"search_result_groups":[],"image_results":[],"safe_urls":[],`, w.uuid()))
}

func (w *writer) thoughts(id, parent string) string {
	var list []string
	for range 1 + w.r.IntN(5) {
		list = append(list, fmt.Sprintf(`{"summary":%s,"content":%s,"chunks":[],"finished":true}`, quote(w.words(4)), quote(w.prose(30+w.r.IntN(60)))))
	}
	return w.message(id, parent, "assistant", "", `{"content_type":"thoughts","thoughts":[`+strings.Join(list, ",")+`],"source_analysis_msg_id":"`+w.uuid()+`"}`, "all", "",
		`"reasoning_status":"is_reasoning","thinking_effort":"standard","classifier_response":"default",`)
}

func (w *writer) recap(id, parent string) string {
	s := 2 + w.r.IntN(90)
	return w.message(id, parent, "assistant", "", fmt.Sprintf(`{"content_type":"reasoning_recap","content":"Thought for %ds"}`, s), "all", "",
		fmt.Sprintf(`"reasoning_status":"reasoning_ended","finished_duration_sec":%d,`, s))
}

func (w *writer) call(id, parent, tool, lang, text string) string {
	return w.message(id, parent, "assistant", "", fmt.Sprintf(`{"content_type":"code","language":%q,"response_format_name":null,"text":%s}`, lang, quote(text)), tool, "commentary",
		`"classifier_response":"default","is_complete":true,`)
}

func (w *writer) output(id, parent, source string) string {
	text := quote(fmt.Sprintf("%d\n%s\n", w.r.IntN(1e6), w.words(20)))
	return w.message(id, parent, "tool", "python", `{"content_type":"execution_output","text":`+text+`}`, "all", "",
		fmt.Sprintf(`"aggregate_result":{"status":"success","run_id":%q,"start_time":%s,"update_time":%s,"end_time":%s,"code":%s,"final_expression_output":null,"in_kernel_exception":null,"system_exception":null,`+
			`"messages":[{"message_type":"stream","time":%s,"sender":"server","stream_name":"stdout","text":%s}],"jupyter_messages":[{"msg_type":"status","parent_header":{"msg_id":"m-1","version":"5.3"},"content":{"execution_state":"busy"}}],"timeout_triggered":null},`,
			w.uuid(), seconds(w.at-2), seconds(w.at-1), seconds(w.at-1), quote(source), seconds(w.at-1), text))
}

func (w *writer) picture(id, parent string) string {
	return w.message(id, parent, "tool", "dalle.text2im", fmt.Sprintf(`{"content_type":"multimodal_text","parts":[{"content_type":"image_asset_pointer","asset_pointer":"file-service://file-Inv%017x","size_bytes":%d,"width":1024,"height":1024,"fovea":null,`+
		`"metadata":{"dalle":{"gen_id":"Inv%d","prompt":%s,"seed":%d,"parent_gen_id":null,"edit_op":null,"serialization_title":"DALL-E generation metadata"},"gizmo":null,"generation":null,"sanitized":false}}]}`,
		w.r.Uint64()>>8, w.r.IntN(2_000_000), w.turns, quote(w.words(20)), w.r.Uint32()), "all", "", "")
}

// A result is one page that a search found.
type result struct{ key, url, title, domain, snippet string }

func searchCall(query string) string {
	return fmt.Sprintf(`{"search_query":[{"q":%s}],"response_length":"medium"}`, quote(query))
}

func (w *writer) results() []result {
	all := make([]result, 6+w.r.IntN(14))
	for i := range all {
		domain := fmt.Sprintf("%s-%d.example", codeNames[w.r.IntN(len(codeNames))], w.r.IntN(200))
		all[i] = result{fmt.Sprintf("turn%dsearch%d", w.turns-1, i), fmt.Sprintf("https://%s/%s/%d?utm_source=chatgpt.com", domain, codeNames[w.r.IntN(len(codeNames))], w.r.IntN(1e6)),
			w.words(5), domain, w.words(25)}
	}
	return all
}

func (w *writer) searched(id, parent, query string, found []result) string {
	var groups []string
	for i, f := range found {
		groups = append(groups, fmt.Sprintf(`{"type":"search_result_group","domain":%q,"entries":[{"type":"search_result","url":%q,"title":%s,"snippet":%s,"ref_id":{"turn_index":%d,"ref_type":"search","ref_index":%d},"pub_date":null,"attribution":%q}]}`,
			f.domain, f.url, quote(f.title), quote(f.snippet), w.turns-1, i, f.domain))
	}
	return w.message(id, parent, "tool", "web.run", `{"content_type":"text","parts":[""]}`, "all", "",
		fmt.Sprintf(`"search_result_groups":[%s],"search_model_queries":{"type":"search_model_queries","queries":[%s]},"debug_sonic_thread_id":"thread_%s",`, strings.Join(groups, ","), quote(query), w.uuid()))
}

// cited is an answer with markers in private-use characters, each described by
// a content reference. Offsets count code points.
func (w *writer) cited(id, parent string, found []result) string {
	var text strings.Builder
	var refs []string
	at := 0
	write := func(s string) {
		text.WriteString(s)
		at += utf8.RuneCountInString(s)
	}
	for i := 0; i < len(found); i += 1 + w.r.IntN(3) {
		f := found[i]
		write(w.prose(20+w.r.IntN(40)) + " ")
		marker := "\ue200cite\ue202" + f.key + "\ue201"
		start := at
		write(marker)
		refs = append(refs, fmt.Sprintf(`{"matched_text":%s,"start_idx":%d,"end_idx":%d,"type":"grouped_webpages","safe_urls":[%q],"refs":[],"alt":%s,"prompt_text":null,"items":[{"title":%s,"url":%q,"pub_date":null,"snippet":%s,"attribution_segments":null,"supporting_websites":[],"refs":[{"turn_index":%d,"ref_type":"search","ref_index":%d}],"hue":null,"attributions":null,"attribution":%q}],"fallback_items":null,"status":"done","error":null,"style":null}`,
			quote(marker), start, at, f.url, quote("(["+f.domain+"]("+f.url+"))"), quote(f.title), f.url, quote(f.snippet), w.turns-1, i, f.domain))
		write("\n\n")
	}
	return w.message(id, parent, "assistant", "", textContent(text.String()), "all", "final",
		answered+fmt.Sprintf(`"citations":[],"content_references":[%s],"safe_urls":[],`, strings.Join(refs, ",")))
}

func textContent(s string) string { return `{"content_type":"text","parts":[` + quote(s) + `]}` }

// quote is s as a JSON string, with nothing escaped that need not be.
func quote(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic(err) // a string always encodes
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// seconds is a time as the provider writes it, with microseconds.
func seconds(t float64) string { return strconv.FormatFloat(t, 'f', 6, 64) }
