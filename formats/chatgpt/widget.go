package chatgpt

import (
	"strings"

	"gptsnap/formats/chat"

	"github.com/tidwall/gjson"
)

// widget is an app's interface as a content type.
func (p *maker) widget(v gjson.Result) bool {
	w := v.Get("widget")
	p.add(&chat.Widget{
		App:   first(str(v.Get("app_name")), str(w.Get("app_name")), str(w.Get("kind")), str(w.Get("type")), p.m.Name),
		Title: first(str(v.Get("title")), str(w.Get("title"))),
		Text:  first(str(v.Get("text")), str(w.Get("text"))),
		JSON:  keep([]byte(v.Raw)),
	})
	return true
}

// sdk is an app's interface that hangs on a tool's answer. What it showed is
// a JSON string within the metadata; that of deep research holds its report.
func (p *maker) sdk() {
	sdk := parse(p.draft.get(metaSDK))
	if !sdk.IsObject() {
		return
	}
	state := words(sdk.Get("widget_state"))
	if checked(state) {
		if report := gjson.Get(state, "report_message"); report.IsObject() && p.report(gjson.Parse(state), report) {
			return
		}
	}
	resource := parse(p.draft.get(metaResource))
	w := &chat.Widget{
		App:   first(str(resource.Get("app_name")), str(sdk.Get("resource_name")), "app"),
		Title: str(sdk.Get("action_name")),
	}
	switch {
	case state == "":
		if more := sdk.Get("tool_response_metadata"); more.IsObject() || more.IsArray() {
			w.JSON = keep([]byte(more.Raw))
		}
	case checked(state):
		w.JSON = []byte(state)
	default:
		w.Text = state
	}
	p.add(w)
}

// report adds the report of deep research; false if it has no text.
func (p *maker) report(state, message gjson.Result) bool {
	raw := joined(message.Get("content"))
	if strings.TrimSpace(raw) == "" {
		return false
	}
	inner := *p
	inner.ready, inner.refs = true, p.references([]byte(message.Get("metadata.content_references").Raw), nil)
	inner.reportGroups = []byte(message.Get("metadata.search_result_groups").Raw)
	body := &chat.Text{Raw: raw, Cites: inner.citesOf(raw, chat.Assistant)}
	r := &chat.Report{Title: first(heading(raw), str(state.Get("plan.title"))), Body: body}
	seen := map[string]bool{}
	for _, c := range body.Cites {
		if c.Kind == chat.CiteImages {
			continue
		}
		for _, l := range c.Links {
			if l.URL != "" && !seen[l.URL] {
				seen[l.URL] = true
				r.Sources = append(r.Sources, l)
			}
		}
	}
	p.add(r)
	return true
}

// heading is the title that a Markdown text begins with, "" if it has none.
func heading(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	if title, ok := strings.CutPrefix(line, "# "); ok {
		return strings.TrimSpace(withoutPUA(title))
	}
	return ""
}
