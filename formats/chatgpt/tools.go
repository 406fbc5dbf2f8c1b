package chatgpt

import (
	"math"
	"strings"

	"gptsnap/formats/chat"

	"github.com/tidwall/gjson"
)

// code is source for a tool or for the reader. Its strings are not text of
// the message: what a tool was asked is not what somebody said.
func (p *maker) code(v gjson.Result) bool {
	source := joined(v)
	if source == "" && (v.Get("text").Type > gjson.Null && v.Get("text").Type != gjson.String) {
		return false
	}
	if source != "" {
		language := str(v.Get("language"))
		if language == "unknown" {
			language = ""
		}
		p.add(&chat.Code{Language: language, Source: source})
	}
	return true
}

// joined is the text of content that has it as text or as parts.
func joined(v gjson.Result) string {
	if text := str(v.Get("text")); text != "" {
		return text
	}
	parts := v.Get("parts")
	if parts.Type == gjson.String {
		return str(parts)
	}
	var all []string
	parts.ForEach(func(_, s gjson.Result) bool {
		if s.Type == gjson.String {
			all = append(all, str(s))
		}
		return true
	})
	return strings.Join(all, "\n")
}

// output is what running code gave. The text is in the content, pictures and
// errors are in the metadata; some exports keep only the latter.
func (p *maker) output(v gjson.Result) bool {
	o := &chat.Output{Text: first(joined(v), str(v.Get("output_str")))}
	raw := p.draft.get(metaAggregate)
	if raw == nil {
		if o.Text == "" && p.m.ContentType != "execution_output" {
			return false
		}
		if o.Text != "" {
			p.add(o)
		}
		return true
	}
	result := parse(raw)
	o.Status = str(result.Get("status"))
	if start, end := result.Get("start_time"), result.Get("end_time"); start.Type == gjson.Number && end.Num > start.Num && end.Num-start.Num < 1e7 {
		o.Seconds = math.Round((end.Num-start.Num)*1e6) / 1e6
	}
	var streams strings.Builder
	seen := map[string]bool{}
	picture := func(f *chat.File) {
		if f.ID != "" && !seen[f.ID] {
			seen[f.ID] = true
			o.Images = append(o.Images, f)
		}
	}
	result.Get("messages").ForEach(func(_, m gjson.Result) bool {
		streams.WriteString(str(m.Get("text")))
		if url := str(m.Get("image_url")); url != "" {
			f := p.file(url)
			f.Width, f.Height = max(f.Width, pixels(m.Get("width"))), max(f.Height, pixels(m.Get("height")))
			picture(f)
		}
		return true
	})
	var printed strings.Builder
	result.Get("jupyter_messages").ForEach(func(_, m gjson.Result) bool {
		printed.WriteString(first(str(m.Get("content.text")), str(m.Get(`content.data.text/plain`))))
		m.Get("content.data").ForEach(func(_, datum gjson.Result) bool {
			if s := str(datum); strings.HasPrefix(s, "file-service://") || strings.HasPrefix(s, "sediment://") {
				picture(p.file(s))
			}
			return true
		})
		return true
	})
	o.Text = first(o.Text, streams.String(), words(result.Get("final_expression_output")), printed.String())
	o.Error = exception(result, o.Text)
	if result.Get("timeout_triggered").Num > 0 || result.Get("timeout_triggered").Type == gjson.True {
		o.Error = strings.TrimPrefix(o.Error+"\nit ran too long and was stopped", "\n")
	}
	if source := str(result.Get("code")); source != "" && !p.callHasCode() {
		p.add(&chat.Code{Source: source})
	}
	p.add(o)
	return true
}

// exception names what was raised, with its trace unless text shows it.
func exception(result gjson.Result, text string) string {
	e := result.Get("in_kernel_exception")
	if !e.IsObject() {
		e = result.Get("system_exception")
	}
	if !e.IsObject() {
		return words(e)
	}
	var args, trace []string
	for _, a := range e.Get("args").Array() {
		args = append(args, words(a))
	}
	for _, t := range e.Get("traceback").Array() {
		trace = append(trace, words(t))
	}
	line := str(e.Get("name"))
	if detail := strings.Join(args, ", "); detail != "" {
		line = strings.TrimPrefix(line+": "+detail, ": ")
	}
	if whole := strings.TrimSpace(strings.Join(trace, "\n")); strings.Trim(whole, ".") != "" && !strings.Contains(text, str(e.Get("name"))) {
		line = strings.TrimPrefix(line+"\n"+whole, "\n")
	}
	return line
}

// callHasCode reports whether the message before shows what was run. In some
// exports only the metadata of the answer still knows.
func (p *maker) callHasCode() bool {
	up := p.d.c.Nodes[p.node].Parent
	if up < 0 || p.d.c.Nodes[up].Message == nil {
		return true // nobody asked: the code is not this message's to show
	}
	return joined(parse(p.d.drafts[up].content)) != ""
}

func (p *maker) failure(v gjson.Result) bool {
	p.add(&chat.Failure{Name: str(v.Get("name")), Text: first(str(v.Get("text")), joined(v))})
	return true
}

// screenshot is what an agent's computer showed.
func (p *maker) screenshot(v gjson.Result) bool {
	state := v.Get("state")
	s := &chat.Screenshot{
		Title: str(state.Get("title")), URL: str(state.Get("url")),
		OS: strings.TrimSpace(str(state.Get("os_name")) + " " + str(state.Get("os_version"))),
	}
	if shot := v.Get("screenshot"); shot.IsObject() {
		s.File = p.asset(shot)
	} else if pointer := str(shot); pointer != "" {
		s.File = p.file(pointer)
	}
	s.Description = first(str(state.Get("description")), str(state.Get("text")), str(state.Get("type")))
	p.add(s)
	return true
}
