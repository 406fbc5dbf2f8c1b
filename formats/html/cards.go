package html

import (
	"strings"

	"gptsnap/formats/chat"
)

// canvas writes one step in the life of a canvas document as a card: what was
// done, the whole text where it is known, the changes where it is not.
func (p *page) canvas(x *chat.Canvas) {
	p.raw("<section class=card role=group aria-label=Canvas><header><b dir=auto>")
	p.text(orElse(x.Title, "Canvas"))
	p.raw("</b> <span class=why>canvas")
	for _, s := range []string{x.Type, canvasAction(x.Action)} {
		if s != "" {
			p.raw(" · ")
			p.text(s)
		}
	}
	if x.Version > 0 {
		p.raw(" · version ")
		p.num(x.Version)
	}
	p.raw("</span></header>\n")
	if x.Failed {
		p.raw("<p class=\"note err\">The tool refused this step.</p>\n")
	}
	if x.Known && x.Content != "" {
		changed := x.Action != "create" && len(x.Edits) > 0
		if changed { // what is new is among the edits
			p.raw("<details class=src><summary>The document after this</summary>\n")
		}
		if language, isCode := strings.CutPrefix(x.Type, "code/"); isCode {
			p.codeCard(language, x.Content)
		} else {
			p.markdown(&chat.Text{Raw: x.Content})
		}
		if changed {
			p.raw("</details>\n")
		}
	}
	p.edits(x.Edits)
	if len(x.Comments) > 0 {
		p.raw("<p class=cap>" + plural(len(x.Comments), "comment", "comments") + "</p><ul>\n")
		for _, c := range x.Comments {
			p.element("li class=lit dir=auto", "li", c)
		}
		p.raw("</ul>\n")
	}
	if x.Broken != "" {
		p.raw("<p class=cap>Could not be read in full; as it came:</p>\n")
		p.element("pre class=dump tabindex=0 dir=ltr", "pre", x.Broken)
	}
	p.raw("</section>\n")
}

func (p *page) edits(edits []chat.Edit) {
	if len(edits) == 0 {
		return
	}
	p.raw("<details class=edits><summary>" + plural(len(edits), "edit", "edits") + "</summary><dl>\n")
	for _, e := range edits {
		what := "Replaced"
		if e.Multiple {
			what = "Replaced every"
		}
		p.element("dt", "dt", what)
		p.element("dd class=minus dir=auto", "dd", e.Pattern)
		p.raw("<dt>by</dt>")
		p.element("dd class=plus dir=auto", "dd", e.Replacement)
		p.raw("\n")
	}
	p.raw("</dl></details>\n")
}

func canvasAction(action string) string {
	switch action {
	case "create":
		return "created"
	case "update":
		return "updated"
	case "comment":
		return "commented on"
	}
	return action
}

// report writes a deep-research report as the document that it is.
func (p *page) report(x *chat.Report) {
	p.raw("<section class=\"card report\" role=group aria-label=Report><header><b dir=auto>")
	p.text(orElse(x.Title, "Report"))
	p.raw("</b> <span class=why>deep research</span></header>\n")
	if x.Body != nil {
		p.markdown(x.Body)
	}
	if len(x.Sources) > 0 {
		p.raw("<details class=src><summary>" + plural(len(x.Sources), "source", "sources") + " of the report</summary>")
		p.links(x.Sources)
		p.raw("</details>\n")
	}
	p.raw("</section>\n")
}

// widget writes what is left of an app's own interface.
func (p *page) widget(x *chat.Widget) {
	p.raw("<section class=card role=group aria-label=App><header><b dir=auto>")
	p.text(orElse(x.Title, orElse(x.App, "App")))
	p.raw("</b> <span class=why>app")
	if x.App != "" && x.Title != "" {
		p.raw(" · ")
		p.text(x.App)
	}
	p.raw("</span></header>\n")
	p.plain("lit", x.Text)
	p.dump(x.JSON)
	p.raw("</section>\n")
}

// unknown says that something is here which this version does not understand,
// and shows it as it came.
func (p *page) unknown(kind string, json []byte) {
	p.raw("<section class=card role=group aria-label=\"Unknown content\"><header><b>Unknown content</b> <span class=why>of type ")
	p.text(orElse(kind, "(none)"))
	p.raw("; this version of gptsnap cannot show it</span></header>\n")
	p.dump(json)
	p.raw("</section>\n")
}

// maxDump is how much of what nobody understands a page shows.
const maxDump = 32 << 10

// dump folds raw data away.
func (p *page) dump(json []byte) {
	if len(json) == 0 {
		return
	}
	shown, more := clip(string(json), maxDump)
	p.raw("<details class=dump><summary>Data as it came</summary>")
	p.element("pre tabindex=0 dir=ltr", "pre", shown)
	if more > 0 {
		p.raw("<p class=why>… and " + plural(more, "byte", "bytes") + " more, not shown here</p>")
	}
	p.raw("</details>\n")
}

// orElse is s, or another if s is blank.
func orElse(s, another string) string {
	if strings.TrimSpace(s) == "" {
		return another
	}
	return s
}
