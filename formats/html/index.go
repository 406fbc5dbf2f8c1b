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
	all := listing{title: "Conversations", rows: inOrder(docs)}
	if !r.o.Single {
		all.projects = projectsOf(docs)
	}
	return indexName, all.draw(r, docs), nil
}

// A listing is a page that lists conversations.
type listing struct {
	out
	title, root string
	project     bool
	rows        []int // of the documents, in the order of the list
	numbers     []int // of these rows in the list of all, nil for all
	projects    []project
}

func (l *listing) draw(r *Renderer, docs []chat.Summary) []byte {
	zone := r.o.Location
	l.b = make([]byte, 0, 4096+300*len(l.rows))
	l.shell(r, l.title, l.root, "list")
	l.raw("<a class=skip href=\"#talk\">Skip to the list</a>\n<header class=top><nav aria-label=Site>")
	if l.project {
		l.raw("<a href=\"" + l.root + indexName + "\">All conversations</a>")
	}
	if r.o.Statistics != "" && !r.o.Single {
		l.raw("<a href=\"" + l.root + pathLink(r.o.Statistics) + "\">Statistics</a>")
	}
	l.raw("</nav></header>\n<main id=talk tabindex=-1")
	if l.numbers != nil {
		l.raw(" data-rows=\"")
		for i, n := range l.numbers {
			if i > 0 {
				l.raw(" ")
			}
			l.num(n)
		}
		l.raw("\"")
	}
	l.raw(">\n<header class=head>")
	if l.project {
		l.raw("<p class=meta>Project</p>")
	}
	l.element("h1 dir=auto", "h1", l.title)
	l.raw("\n<p class=meta>")
	l.raw(plural(len(l.rows), "conversation", "conversations"))
	l.span(docs, zone)
	l.raw("</p>\n")
	l.shelves()
	l.raw("</header>\n<form class=find role=search></form>\n")
	years := l.months(docs, zone)
	l.raw("</main>\n")
	l.years(years)
	l.raw("<footer class=foot><p>saved by gptsnap</p></footer>\n</body>\n</html>\n")
	return l.b
}

// months writes the rows, and answers where each year begins.
func (l *listing) months(docs []chat.Summary, zone *time.Location) (years [][2]string) {
	for i := 0; i < len(l.rows); {
		t := docs[l.rows[i]].Changed()
		name, id := monthOf(t, zone)
		end := i + 1
		for end < len(l.rows) {
			if next, _ := monthOf(docs[l.rows[end]].Changed(), zone); next != name {
				break
			}
			end++
		}
		l.raw("<section class=month")
		if id != "" {
			l.raw(" id=" + id)
			if year := id[:4]; len(years) == 0 || years[len(years)-1][0] != year {
				years = append(years, [2]string{year, id})
			}
		}
		l.raw("><h2>" + name + " <span>")
		l.num(end - i)
		l.raw("</span></h2><ul>\n")
		for ; i < end; i++ {
			l.row(&docs[l.rows[i]], zone)
		}
		l.raw("</ul></section>\n")
	}
	return years
}

// years writes the way to the years, if there are several.
func (l *listing) years(all [][2]string) {
	if len(all) < 2 {
		return
	}
	l.raw("<nav class=years aria-label=Years>")
	for _, y := range all {
		l.raw("<a href=\"#" + y[1] + "\">" + y[0] + "</a>\n")
	}
	l.raw("</nav>\n")
}

// monthOf answers the name of a month, and what its part of the list is called.
func monthOf(t time.Time, zone *time.Location) (name, id string) {
	if t.IsZero() {
		return "Date unknown", ""
	}
	t = t.In(zone)
	name = t.Format("January 2006")
	if y := t.Year(); y < 1000 || y > 9999 {
		return name, ""
	}
	return name, t.Format("2006-01")
}

// span writes from when to when the conversations go.
func (l *listing) span(docs []chat.Summary, zone *time.Location) {
	rows := l.rows
	for len(rows) > 0 && docs[rows[len(rows)-1]].Changed().IsZero() {
		rows = rows[:len(rows)-1]
	}
	if len(rows) == 0 {
		return
	}
	first, _ := monthOf(docs[rows[len(rows)-1]].Changed(), zone)
	last, _ := monthOf(docs[rows[0]].Changed(), zone)
	if first == last {
		l.raw(" · " + last)
		return
	}
	l.raw(" · " + first + " to " + last)
}

// row writes one conversation, in few bytes: an account may have ten thousand.
// The model stands in <b>, the project in <i>, the GPT in <em>.
func (l *listing) row(s *chat.Summary, zone *time.Location) {
	l.raw("<li")
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
		l.raw(" data-is=\"" + is[1:] + "\"")
	}
	l.raw("><a")
	l.attr("href", pathLink(l.root+s.Path))
	l.raw(">")
	l.text(titleOf(s.Title))
	l.raw("</a>")
	if t := s.Changed(); !t.IsZero() {
		l.raw("<time>")
		l.b = t.In(zone).AppendFormat(l.b, "2 Jan") // the year is the month's heading's
		l.raw("</time>")
	}
	l.raw("<p>" + plural(s.Messages, "message", "messages"))
	if s.Branches > 1 {
		l.raw(" · " + plural(s.Branches, "branch", "branches"))
	}
	if s.Model != "" {
		l.raw(" · ")
		l.element("b", "b", s.Model)
	}
	if s.Project != "" && !l.project {
		l.raw(" · ")
		l.element("i", "i", s.Project)
	}
	if s.Gizmo != "" {
		l.raw(" · GPT ")
		l.element("em", "em", s.Gizmo)
	}
	if s.Files > 0 {
		l.raw(" · " + plural(s.Files, "file", "files"))
	}
	if s.Archived {
		l.raw(" · archived")
	}
	if s.Starred {
		l.raw(" · starred")
	}
	l.raw("</p></li>\n")
}
