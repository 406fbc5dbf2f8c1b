package html

import (
	"strings"

	"gptsnap/formats/chat"
)

// part writes one part of m. Every type of part has its case here; the last
// one says plainly that this version cannot show something.
func (p *page) part(m *chat.Message, part chat.Part) {
	switch x := part.(type) {
	case *chat.Text:
		p.said(m, x)
	case *chat.Transcript:
		p.transcript(x)
	case *chat.Image:
		p.image(x)
	case *chat.Audio:
		p.audio(x)
	case *chat.Video:
		p.video(x)
	case *chat.Code:
		p.code(x)
	case *chat.Output:
		p.output(x)
	case *chat.Quote:
		p.quote(x)
	case *chat.Browsing:
		p.found(m, x)
	case *chat.WebPage:
		p.webPage(x)
	case *chat.Thoughts:
		p.thoughts(x)
	case *chat.Recap:
		p.element("p class=why dir=auto", "p", x.Text)
	case *chat.Context:
		p.context(x)
	case *chat.Failure:
		p.failure(x)
	case *chat.Screenshot:
		p.screenshot(x)
	case *chat.Canvas:
		p.canvas(x)
	case *chat.Report:
		p.report(x)
	case *chat.Widget:
		p.widget(x)
	case *chat.Remark:
		p.remark(x)
	case *chat.Unknown:
		p.unknown(x.Kind, x.JSON)
	default:
		p.raw("<p class=note>Something that this version of gptsnap cannot show.</p>\n")
	}
}

// said writes text: Markdown if an assistant wrote it, plain words if a person
// or a tool did.
func (p *page) said(m *chat.Message, t *chat.Text) {
	switch {
	case strings.TrimSpace(t.Raw) == "" && len(t.Cites) == 0:
	case m.Role == chat.Assistant:
		p.markdown(t)
	default:
		p.literal("lit", t)
	}
}

// literal writes text as it was typed, with its cites.
func (p *page) literal(class string, t *chat.Text) {
	p.raw("<div class=" + class + " dir=auto>")
	p.words(strings.TrimRight(p.cites.open(t), "\n"), false)
	p.raw("</div>\n")
	p.closeCites()
}

// plain writes words that have no cites.
func (p *page) plain(class, s string) {
	if s = strings.TrimRight(s, "\n"); strings.TrimSpace(s) != "" {
		p.element("div class="+class+" dir=auto", "div", s)
		p.raw("\n")
	}
}

func (p *page) transcript(x *chat.Transcript) {
	p.plain("\"lit spoken\"", x.Text)
	if strings.TrimSpace(x.Text) == "" {
		p.raw("<p class=why>Spoken, without a transcript</p>\n")
	}
}

func (p *page) code(x *chat.Code) { p.codeCard(x.Language, x.Source) }

// output is what a run of code gave, as a card of its own.
func (p *page) output(x *chat.Output) {
	p.raw("<figure class=\"code output\"><figcaption>output")
	if x.Status != "" && x.Status != "success" && x.Status != "finished_successfully" {
		p.raw(" · ")
		p.text(strings.ReplaceAll(x.Status, "_", " "))
	}
	if x.Seconds > 0 {
		p.raw(" · " + duration(x.Seconds))
	}
	p.raw("</figcaption>")
	if x.Text != "" {
		p.element("pre tabindex=0 dir=ltr", "pre", strings.TrimRight(x.Text, "\n"))
	}
	if x.Error != "" {
		p.element("pre class=err tabindex=0 dir=ltr", "pre", strings.TrimRight(x.Error, "\n"))
	}
	p.raw("</figure>\n")
	for _, f := range x.Images {
		p.picture(f, "", "")
	}
}

func (p *page) quote(x *chat.Quote) {
	p.raw("<blockquote class=page>")
	p.pageLink(x.Title, x.Domain, x.URL)
	p.plain("lit", x.Text)
	p.raw("</blockquote>\n")
}

// pageLink is the line that says which page something was read on.
func (p *page) pageLink(title, domain, url string) {
	if title == "" && domain == "" && url == "" {
		return
	}
	label := title
	if label == "" {
		label = domain
	}
	p.raw("<p class=cap dir=auto>")
	p.link("", url, label)
	if domain != "" && domain != label {
		p.raw(" <span class=why>· ")
		p.text(domain)
		p.raw("</span>")
	}
	p.raw("</p>\n")
}

func (p *page) browsing(x *chat.Browsing) {
	p.plain("lit", x.Summary)
	p.plain("\"lit out\"", x.Result)
	p.links(x.Links)
	if strings.TrimSpace(x.Summary+x.Result) == "" && len(x.Links) == 0 {
		p.raw("<p class=why>The browser showed nothing</p>\n")
	}
}

// found is browsing, folded where it stands in an answer.
func (p *page) found(m *chat.Message, x *chat.Browsing) {
	if m.Class() != chat.Said {
		p.browsing(x)
		return
	}
	p.raw("<details class=src><summary>What a search found</summary>\n")
	p.browsing(x)
	p.raw("</details>\n")
}

// links writes a list of links.
func (p *page) links(all []chat.Link) {
	if len(all) == 0 {
		return
	}
	p.raw("<ol class=links>\n")
	for i := range all {
		p.raw("<li dir=auto>")
		p.sourceLine(&all[i])
		if all[i].Snippet != "" {
			p.raw("<br>")
			p.element("span class=why", "span", all[i].Snippet)
		}
		p.raw("</li>\n")
	}
	p.raw("</ol>\n")
}

func (p *page) webPage(x *chat.WebPage) {
	p.raw("<blockquote class=page>")
	p.pageLink(x.Title, x.Domain, x.URL)
	p.plain("\"lit why\"", x.Snippet)
	p.plain("\"lit out\"", x.Text)
	p.raw("</blockquote>\n")
}

func (p *page) thoughts(x *chat.Thoughts) {
	for _, t := range x.Items {
		if t.Summary != "" {
			p.element("p class=cap dir=auto", "p", t.Summary)
			p.raw("\n")
		}
		if strings.TrimSpace(t.Content) != "" {
			p.markdown(&chat.Text{Raw: t.Content})
		}
	}
	if len(x.Items) == 0 {
		p.raw("<p class=why>The thoughts were not kept</p>\n")
	}
}

// remark is what the provider's page showed around the message.
func (p *page) remark(x *chat.Remark) {
	if line := x.Line(); line != "" {
		p.element("p class=why dir=auto", "p", line)
		p.raw("\n")
		return
	}
	p.element("p class=cap", "p", x.Heading())
	if x.Kind != chat.RemarkFollowUps {
		for _, l := range x.Lines {
			p.plain("\"lit why\"", l)
		}
		return
	}
	p.raw("<ul>\n")
	for _, l := range x.Lines {
		p.raw("<li dir=auto>")
		p.text(l)
		p.raw("</li>\n")
	}
	p.raw("</ul>\n")
}

func (p *page) context(x *chat.Context) {
	p.element("p class=\"cap kind\" dir=auto", "p", x.Kind)
	for _, s := range x.Sections {
		if s.Title != "" {
			p.element("p class=cap dir=auto", "p", s.Title)
		}
		p.plain("lit", s.Text)
	}
}

func (p *page) failure(x *chat.Failure) {
	p.raw("<div class=\"note err\" dir=auto>")
	if x.Name != "" {
		p.element("b", "b", x.Name)
		p.raw(" ")
	}
	p.text(x.Text)
	p.raw("</div>\n")
}
