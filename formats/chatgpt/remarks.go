package chatgpt

import (
	"slices"
	"strings"

	"gptsnap/formats/chat"

	"github.com/tidwall/gjson"
)

// remarks adds what the page shows around the message: above it what the model
// was at, below it the rest.
func (p *maker) remarks() {
	if steps := p.steps(); len(steps) > 0 {
		p.m.Parts = slices.Insert(p.m.Parts, 0, chat.Part(&chat.Remark{Kind: chat.RemarkStep, Lines: steps}))
	}
	p.remark(chat.RemarkTask, p.said(metaTaskTitle, metaTaskPrompt))
	p.remark(chat.RemarkTools, p.tools())
	if heard := p.said(metaDictated); len(heard) > 0 && heard[0] != strings.TrimSpace(p.m.Text()) {
		p.remark(chat.RemarkDictated, heard)
	}
	p.remark(chat.RemarkFollowUps, p.said(metaFollowUps))
}

func (p *maker) remark(kind chat.RemarkKind, lines []string) {
	if len(lines) > 0 {
		p.add(&chat.Remark{Kind: kind, Lines: lines})
	}
}

// tools are what a prompt was asked with: what was switched on for it, and a
// custom GPT that was called by its name into a conversation that is not its own.
func (p *maker) tools() []string {
	tools := p.said(metaHints)
	for _, skill := range p.said(metaSkill) {
		tools = append(tools, "skill "+skill)
	}
	if p.m.Role == chat.User {
		for _, id := range p.said(metaGizmo) {
			if id != p.d.c.Gizmo && strings.HasPrefix(id, "g-") && !strings.HasPrefix(id, "g-p-") {
				tools = append(tools, "GPT "+id)
			}
		}
	}
	return tools
}

// steps says what the model was at, but for what the message's own thoughts
// are headed with, or what stands above the message before it already.
func (p *maker) steps() []string {
	steps := p.said(metaStep, metaSteps)
	done := p.said(metaFinishedText)
	if len(done) == 0 {
		done = p.said(metaInvoked)
	}
	if len(done) == 0 {
		done = p.lines([]byte(parse(p.draft.get(metaTaskStatus)).Get("completed_with_time").Raw))
	}
	if len(done) == 0 && p.m.Status == "in_progress" {
		done = p.said(metaInitialText)
	}
	if len(done) == 0 {
		done = p.said(metaInvoking)
	}
	steps = append(steps, done...)
	if len(steps) == 0 {
		return nil
	}
	known := map[string]bool{}
	for _, part := range p.m.Parts {
		switch part := part.(type) {
		case *chat.Thoughts:
			for _, t := range part.Items {
				known[strings.TrimSpace(t.Summary)] = true
			}
		case *chat.Recap:
			known[strings.TrimSpace(part.Text)] = true
		}
	}
	if up := p.d.c.Nodes[p.node].Parent; up >= 0 {
		for _, name := range []metaKey{metaStep, metaSteps} {
			for _, step := range p.lines(p.d.drafts[up].get(name)) {
				known[step] = true
			}
		}
	}
	return slices.DeleteFunc(steps, func(s string) bool {
		twice := known[s]
		known[s] = true
		return twice
	})
}

// said lists the texts that members of the metadata hold, in this order.
func (p *maker) said(names ...metaKey) (all []string) {
	for _, name := range names {
		all = append(all, p.lines(p.draft.get(name))...)
	}
	return all
}

// lines are the texts in raw: a string, or a list of strings or of objects
// that hold one. What is blank is left out.
func (p *maker) lines(raw []byte) (all []string) {
	if len(raw) == 0 {
		return nil
	}
	one := func(_, v gjson.Result) bool {
		text := str(v)
		if v.IsObject() {
			text = first(str(v.Get("prompt")), str(v.Get("text")), str(v.Get("title")))
		}
		if text = strings.TrimSpace(p.plain(text)); text != "" {
			all = append(all, text)
		}
		return true
	}
	if v := parse(raw); v.IsArray() {
		v.ForEach(one)
	} else {
		one(gjson.Result{}, v)
	}
	return all
}
