package markdown

import (
	"time"

	"gptsnap/formats/chat"
)

// A page is one document being drawn.
type page struct {
	r *Renderer
	d *chat.Document
	b []byte

	front, top int // where the front matter and the title end in b

	level   int    // of the headings of messages; those of their text go below
	anchors []bool // by node: something links to it; nil if nothing links

	said, lastSaid []int32 // by node: visible messages on the path to it, and which was the last

	side  side   // whose turn of the talk it is
	model string // the model the last heading named
	day   string // the day the last heading named

	kind    chat.ForkKind // of the siblings asked for last
	kindFor int32         // the first of them

	cites   []*chat.Cite // of the text being written
	cited   int          // how many of them are written
	sources []chat.Link  // for the end of the message
	notes   []chat.Link  // footnotes of the page, numbered from 1
	noteOf  map[string]int

	step   string                  // what the fold that is open says already
	held   *chat.Text              // an answer that goes on in the next message
	joins  int                     // how many messages held is made of
	holds  bool                    // the message being drawn is to hold its last text
	latest map[string]*chat.Canvas // of this stretch, by id: the last step that knows the text

	texts   int // how many texts were written, for names of their own
	boxes   []box
	leftOut int // messages that Thinking or Tools drop
}

// A side is one of the two that take turns.
type side int

const (
	nobody side = iota
	asking
	answering
)

// draw writes the whole page.
func (p *page) draw() {
	c := p.d.Conversation
	p.frontMatter()
	p.front = len(p.b)
	p.b = append(p.b, "\n# "...)
	title := oneLine(c.Title, 500)
	if title == "" {
		title = "Untitled"
	}
	p.title(title)
	p.b = append(p.b, '\n')
	p.top = len(p.b)
	if p.d.Branch != "" {
		p.noteLine("This page is " + p.d.Branch + ".")
	}
	if c.Partial != "" {
		p.noteLine("Other branches may be missing: " + c.Partial)
	}
	stretches := c.Stretches()
	p.findAnchors(stretches)
	for k, s := range stretches {
		p.side, p.model, p.day = nobody, "", ""
		p.level = 2
		if !s.Current && (k > 0 || s.Fork >= 0) {
			p.branchHeading(&s)
			p.level = 3
		}
		p.findCanvases(&s)
		for j := range s.Nodes {
			p.node(&s, j)
		}
	}
	if len(stretches) == 0 {
		p.noteLine("This conversation is empty.")
	}
	p.footnotes()
	p.closing()
}

// title writes words as the text of a heading.
func (p *page) title(words string) {
	from := len(p.b)
	p.escape(words, escapes{dollars: p.r.math, label: true})
	// A # at the end would be taken for the end of the heading.
	end := len(p.b)
	for end > from && p.b[end-1] == '#' {
		end--
	}
	if end < len(p.b) && (end == from || p.b[end-1] == ' ') {
		p.b = append(p.b, 0)
		copy(p.b[end+1:], p.b[end:])
		p.b[end] = '\\'
	}
}

// gap ends the block before with an empty line.
func (p *page) gap() {
	n := len(p.b)
	switch {
	case n == 0 || n > 1 && p.b[n-1] == '\n' && p.b[n-2] == '\n':
	case p.b[n-1] == '\n':
		p.b = append(p.b, '\n')
	default:
		p.b = append(p.b, "\n\n"...)
	}
}

// noteLine writes a remark of ours as a paragraph.
func (p *page) noteLine(words string) {
	p.gap()
	p.b = append(p.b, "> **Note:** "...)
	p.words(words)
	p.b = append(p.b, '\n')
}

// node draws the node at s.Nodes[j].
func (p *page) node(s *chat.Stretch, j int) {
	i := s.Nodes[j]
	n := &p.d.Nodes[i]
	first := j == 0 && p.level == 3 // the heading of the branch bears the mark already
	marked := !first && n.Versions > 1
	anchored := !first && p.anchored(i)
	m := n.Message
	if m == nil {
		if anchored && !p.r.wiki {
			p.anchor(i)
		}
		if marked || anchored && p.r.wiki {
			p.mark(i, marked)
		}
		return
	}
	class := m.Class()
	drawn := p.draws(m, class)
	if !drawn {
		p.leftOut++
		if !marked && !anchored {
			return
		}
	}
	if anchored && !p.r.wiki {
		p.anchor(i)
	}
	p.turn(s, j, class)
	if marked || anchored && p.r.wiki {
		p.mark(i, marked)
	}
	if drawn {
		p.holds = class == chat.Said && p.joins < mostJoined && p.goesOn(s, j)
		if p.joins++; !p.holds {
			p.joins = 0
		}
		p.message(m, class)
	}
}

// draws reports whether the options want m. What was made for the reader is
// always drawn, whoever made it.
func (p *page) draws(m *chat.Message, class chat.Class) bool {
	switch class {
	case chat.Thinking:
		return p.r.o.Thinking != "drop"
	case chat.Tooling:
		return p.r.o.Tools != "drop" || forReader(m)
	}
	return true
}

// turn writes a heading where the turn goes to the other side, where a user
// speaks again, and where another model answers.
func (p *page) turn(s *chat.Stretch, j int, class chat.Class) {
	m := p.d.Nodes[s.Nodes[j]].Message
	switch {
	case class == chat.Setup:
	case m.Role == chat.User:
		p.side = asking
		p.heading(oneLine(or(m.Name, p.r.o.UserName), 100), "", m.Created)
	default:
		model := m.Model
		if p.side != answering {
			model = p.answerer(s, j)
		}
		if p.side != answering || class == chat.Said && model != "" && model != p.model {
			p.side, p.model = answering, model
			p.heading(p.r.o.AssistantName, model, m.Created)
		}
	}
}

// answerer is the model that speaks next in this turn.
func (p *page) answerer(s *chat.Stretch, j int) string {
	for _, i := range s.Nodes[j:] {
		m := p.d.Nodes[i].Message
		if m == nil {
			continue
		}
		if m.Role == chat.User && m.Class() != chat.Setup {
			break
		}
		if m.Model != "" {
			return m.Model
		}
	}
	return ""
}

// heading begins a message.
func (p *page) heading(who, model string, at time.Time) {
	p.gap()
	p.hashes()
	p.words(who)
	if model != "" {
		p.b = append(p.b, " · "...)
		p.words(model)
	}
	p.clock(at)
	p.b = append(p.b, '\n')
}

func (p *page) hashes() { p.b = append(append(p.b, "######"[:p.level]...), ' ') }

// clock adds the time of a message to its heading.
func (p *page) clock(at time.Time) {
	if at.IsZero() || p.r.o.Timestamps == "none" {
		return
	}
	at = at.In(p.r.o.Location)
	p.b = append(p.b, " · "...)
	if p.r.o.Timestamps == "full" {
		p.b = at.AppendFormat(p.b, "2006-01-02 15:04:05 -07:00")
		return
	}
	from := len(p.b)
	p.b = at.AppendFormat(p.b, "2006-01-02 15:04")
	if day := p.b[from : len(p.b)-6]; string(day) == p.day {
		p.b = append(p.b[:from], p.b[from+len(day)+1:]...)
	} else {
		p.day = string(day)
	}
}

// closing writes what was left out and what was odd.
func (p *page) closing() {
	if p.leftOut > 0 {
		p.noteLine(plural(p.leftOut, "message") + " of thinking and of tools left out.")
	}
	const most = 50
	problems := p.d.Problems
	if len(problems) == 0 {
		return
	}
	p.noteLine("Oddities of the source that were worked around:")
	p.gap()
	for i, x := range problems {
		if i == most {
			p.b = append(append(append(p.b, "- and "...), decimal(len(problems)-most)...), " more\n"...)
			break
		}
		p.b = append(p.b, "- "...)
		if x.Node != "" {
			p.b = append(p.b, "node "...)
			p.codeSpan(oneLine(string(x.Node), 100))
			p.b = append(p.b, ": "...)
		}
		p.words(x.Text)
		p.b = append(p.b, '\n')
	}
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return decimal(n) + " " + what + "s"
}
