package html

import (
	"time"

	"gptsnap/formats/chat"
)

const indexName = "index.html"

// Index makes the page that lists all documents of a site: by month of their
// last change, newest first. It is a plain list; the script adds filters. The
// Path of each summary must be relative to where the index will stand. It
// cannot fail: the error is there for formats that can.
func (r *Renderer) Index(docs []chat.Summary) (name string, body []byte, err error) {
	sorted := make([]chat.Summary, 0, len(docs))
	for _, i := range inOrder(docs) {
		sorted = append(sorted, docs[i])
	}
	docs = sorted
	o := &out{b: make([]byte, 0, 4096+400*len(docs))}
	o.shell(r, "Conversations", "", "list")
	o.raw("<a class=skip href=\"#talk\">Skip to the list</a>\n<header class=top><span></span></header>\n<main id=talk tabindex=-1>\n<header class=head><h1>Conversations</h1>\n<p class=meta>")
	o.raw(plural(len(docs), "conversation", "conversations"))
	o.span(docs, r.o.Location)
	o.raw("</p></header>\n<form class=find role=search></form>\n")
	month := "none yet"
	for i := range docs {
		if m := monthOf(&docs[i], r.o.Location); m != month {
			if i > 0 {
				o.raw("</ul></section>\n")
			}
			month = m
			o.raw("<section class=month><h2>" + m + "</h2><ul>\n")
		}
		o.row(&docs[i], r.o.Location)
	}
	if len(docs) > 0 {
		o.raw("</ul></section>\n")
	}
	o.raw("</main>\n<footer class=foot><p>saved by gptsnap</p></footer>\n</body>\n</html>\n")
	return indexName, o.b, nil
}

// lastChange is when s was last touched, as far as is known.
func lastChange(s chat.Summary) time.Time {
	if s.Updated.IsZero() {
		return s.Created
	}
	return s.Updated
}

func monthOf(s *chat.Summary, zone *time.Location) string {
	t := lastChange(*s)
	if t.IsZero() {
		return "Date unknown"
	}
	return t.In(zone).Format("January 2006")
}

// span writes from when to when the conversations, sorted, go.
func (o *out) span(docs []chat.Summary, zone *time.Location) {
	for len(docs) > 0 && lastChange(docs[len(docs)-1]).IsZero() {
		docs = docs[:len(docs)-1]
	}
	if len(docs) == 0 {
		return
	}
	first := lastChange(docs[len(docs)-1]).In(zone).Format("January 2006")
	last := lastChange(docs[0]).In(zone).Format("January 2006")
	if first == last {
		o.raw(" · " + last)
		return
	}
	o.raw(" · " + first + " to " + last)
}

// row writes one conversation, in few bytes: an account may have ten thousand.
// The model stands in <b>, the project in <i>, the GPT in <em>.
func (o *out) row(s *chat.Summary, zone *time.Location) {
	o.raw("<li")
	is := ""
	if s.Archived {
		is += " archived"
	}
	if s.Starred {
		is += " starred"
	}
	if s.Branches > 1 {
		is += " forked"
	}
	if s.Files > 0 {
		is += " files"
	}
	if is != "" {
		o.raw(" data-is=\"" + is[1:] + "\"")
	}
	o.raw("><a")
	o.attr("href", pathLink(s.Path))
	o.raw(">")
	o.text(titleOf(s.Title))
	o.raw("</a>")
	if t := lastChange(*s); !t.IsZero() {
		o.raw("<time>")
		o.b = t.In(zone).AppendFormat(o.b, "01-02") // the year is the month's heading's
		o.raw("</time>")
	}
	o.raw("<p>" + plural(s.Messages, "message", "messages"))
	if s.Branches > 1 {
		o.raw(" · " + plural(s.Branches, "branch", "branches"))
	}
	if s.Model != "" {
		o.raw(" · ")
		o.element("b", "b", s.Model)
	}
	if s.Project != "" {
		o.raw(" · ")
		o.element("i", "i", s.Project)
	}
	if s.Gizmo != "" {
		o.raw(" · GPT ")
		o.element("em", "em", s.Gizmo)
	}
	if s.Archived {
		o.raw(" · archived")
	}
	if s.Starred {
		o.raw(" · starred")
	}
	o.raw("</p></li>\n")
}
