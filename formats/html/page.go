package html

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"gptsnap/formats/chat"
)

// A page is one document on its way to HTML.
type page struct {
	out
	r       *Renderer
	d       *chat.Document
	day     string         // the last date shown: times after it need not repeat it
	cites   cites          // of the text being drawn
	sources []*chat.Link   // of the message being drawn
	numbers map[string]int // by what they point at: places in sources, from 1
	walk    walk           // over the text being drawn
	files   files          // of the message being drawn
	// What is on the page and needs a script of its own.
	formulas, forks bool
	joined          map[int]bool // nodes drawn as the rest of an answer before them
}

func (p *page) reset(r *Renderer, d *chat.Document) { p.r, p.d, p.joined = r, d, nil }

// draw writes the whole page.
func (p *page) draw() {
	c := p.d.Conversation
	title := titleOf(c.Title)
	p.shell(p.r, title, p.d.Root, "talk")
	p.raw("<a class=skip href=\"#talk\">Skip to the conversation</a>\n<header class=top><nav aria-label=Site>")
	if !p.r.o.Single {
		p.raw("<a")
		p.attr("href", pathLink(p.d.Root+indexName))
		p.raw(">All conversations</a>")
	}
	p.raw("</nav></header>\n<main id=talk tabindex=-1>\n<header class=head><h1 dir=auto>")
	p.text(title)
	p.raw("</h1>\n")
	messages, branches, words := p.d.Counts()
	p.about(branches)
	p.raw("</header>\n")
	p.tree()
	p.raw("</main>\n<footer class=foot><p>")
	p.raw(plural(messages, "message", "messages") + " · " + plural(words, "word", "words"))
	p.raw(" · saved by gptsnap")
	if p.formulas && p.r.o.Math && !CanDraw() {
		p.raw(" · formulas are shown as TeX: this program was built without KaTeX")
	}
	p.raw("</p></footer>\n")
	if p.forks {
		p.tool("versions", versionsScript)
	}
	if p.formulas && p.r.draws() {
		p.formulaTools()
		from := bytes.Index(p.b, []byte(p.r.policy)) // in the head, before all that a chat says
		p.b = slices.Replace(p.b, from, from+len(p.r.policy), []byte(p.r.drawing)...)
	}
	p.raw("</body>\n</html>\n")
}

// shell writes everything up to and with <body>. class is talk, or list for
// the list of conversations, which has a style and a script of its own, or
// growing for a list that is not whole yet: it has the style, and comes again.
func (p *out) shell(r *Renderer, title, root, class string) {
	policy, style, run := r.policy, styleSheet, script
	if class == "list" {
		policy, style, run = r.listed, styleSheet+listStyle, script+listScript
	}
	p.raw("<!doctype html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n<meta http-equiv=Content-Security-Policy content=\"")
	p.raw(policy)
	p.raw("\">\n<meta name=viewport content=\"width=device-width, initial-scale=1\">\n<meta name=color-scheme content=\"light dark\">\n<meta name=referrer content=no-referrer>\n<meta name=generator content=gptsnap>\n")
	p.element("title", "title", title)
	if class == "growing" {
		p.raw("\n<meta http-equiv=refresh content=1>")
	}
	if r.o.Single {
		p.raw("\n<link rel=icon href=\"data:,\">\n<style>")
		p.raw(style)
		p.raw("</style>\n<script>")
		p.raw(run)
		p.raw("</script>\n")
	} else {
		root = pathLink(root)
		p.raw("\n<link rel=icon href=\"" + root + "assets/icon.svg\">\n<link rel=stylesheet href=\"" + root + "assets/style.css\">\n<script src=\"" + root + "assets/page.js\"></script>\n<script src=\"" + root + "assets/find.js\"></script>\n")
		if class != "talk" {
			p.raw("<link rel=stylesheet href=\"" + root + "assets/list.css\">\n")
		}
		if class == "list" {
			p.raw("<script src=\"" + root + "assets/list.js\"></script>\n")
		}
	}
	if class == "growing" {
		class = "list"
	}
	p.raw("</head>\n<body class=" + class + ">\n")
}

// tool writes a script that only some pages need.
func (p *page) tool(name, body string) {
	if p.r.o.Single {
		p.raw("<script>" + body + "</script>\n")
		return
	}
	p.raw("<script src=\"" + pathLink(p.d.Root) + "assets/" + name + ".js\"></script>\n")
}

func titleOf(title string) string {
	if title = chat.Opening(title, 300); title == "" {
		return "Untitled conversation"
	}
	return title
}

// about writes the lines under the title: when, what, where from.
func (p *page) about(branches int) {
	c := p.d.Conversation
	p.raw("<p class=meta>")
	dot := ""
	item := func(write func()) {
		p.raw(dot)
		write()
		dot = " · "
	}
	if !c.Created.IsZero() {
		item(func() { p.time(c.Created, "2 January 2006, 15:04") })
	}
	if !c.Updated.IsZero() && !c.Updated.Equal(c.Created) {
		item(func() { p.raw("updated "); p.time(c.Updated, "2 January 2006, 15:04") })
	}
	for _, m := range p.models() {
		item(func() { p.element("span dir=auto", "span", m) })
	}
	if branches > 1 {
		item(func() { p.raw(plural(branches, "branch", "branches")) })
	}
	if c.Project != "" {
		item(func() { p.raw("project "); p.listed("project", c.Project) })
	}
	if c.Gizmo != "" && !strings.HasPrefix(c.Gizmo, "g-p-") { // which is a project
		item(func() { p.raw("GPT "); p.listed("gpt", c.Gizmo) })
	}
	if p.d.Branch != "" {
		item(func() { p.text(p.d.Branch) })
	}
	if c.Archived {
		item(func() { p.raw("archived") })
	}
	if c.Starred {
		item(func() { p.raw("starred") })
	}
	if c.URL != "" {
		item(func() { p.link("", c.URL, "original") })
	}
	p.raw("</p>\n")
	if c.Partial != "" {
		p.element("p class=note dir=auto", "p", "Other branches may be missing: "+c.Partial)
	}
	if len(c.Problems) > 0 {
		p.raw("<details class=note><summary>" + plural(len(c.Problems), "oddity", "oddities") + " in the source</summary><ul>")
		for _, x := range c.Problems {
			p.raw("<li dir=auto>")
			if x.Node != "" {
				p.element("code", "code", string(x.Node))
				p.raw(": ")
			}
			p.text(x.Text)
			p.raw("</li>\n")
		}
		p.raw("</ul></details>\n")
	}
}

// listed writes the name of something that the list of conversations can be
// narrowed to, with a link there.
func (p *page) listed(key, name string) {
	if p.r.o.Single {
		p.element("span dir=auto", "span", name)
		return
	}
	to := indexName + "#" + key + "=" + escapeURL(name, "")
	if key == "project" {
		to = projectPage(name)
	}
	p.raw("<a dir=auto href=\"" + pathLink(p.d.Root) + to + "\">")
	p.text(name)
	p.raw("</a>")
}

// models lists who answered, in order of their first answer, at most six.
func (p *page) models() []string {
	var all []string
	for i := range p.d.Nodes {
		m := p.d.Nodes[i].Message
		if m == nil || m.Model == "" || m.Role != chat.Assistant {
			continue
		}
		known := len(all) == 6
		for _, name := range all {
			known = known || name == m.Model
		}
		if !known {
			all = append(all, m.Model)
		}
	}
	return all
}

// time writes t in the reader's zone by a layout of package time.
func (p *page) time(t time.Time, layout string) {
	p.raw("<time datetime=\"")
	p.b = t.UTC().AppendFormat(p.b, time.RFC3339)
	p.raw("\">")
	p.b = t.In(p.r.o.Location).AppendFormat(p.b, layout)
	p.raw("</time>")
}
