package html

import (
	"strings"

	"gptsnap/formats/chat"
)

// Growing makes the page that stands in for any list of a site as long as not
// all conversations are read: it says how far that is, lists docs, which are
// the newest of those read, and comes again by itself. path is the place that
// it stands in for; total is -1 if nobody knows how many there will be. It has
// no scripts but that of all pages, since there is nothing to search yet.
func (r *Renderer) Growing(path string, docs []chat.Summary, done, total int) []byte {
	l := listing{title: "Conversations", root: strings.Repeat("../", strings.Count(path, "/")), rows: inOrder(docs)}
	l.shell(r, l.title, l.root, "growing")
	l.raw("<a class=skip href=\"#talk\">Skip to the list</a>\n<header class=top><nav aria-label=Site>")
	if path != indexName {
		l.raw("<a href=\"" + l.root + indexName + "\">All conversations</a>")
	}
	l.raw("</nav></header>\n<main id=talk tabindex=-1>\n<header class=head>")
	l.element("h1 dir=auto", "h1", l.title)
	l.raw("\n<p class=note role=status>Reading the archive: ")
	if total < 0 {
		l.raw(plural(done, "conversation", "conversations") + " so far.")
	} else {
		l.num(done)
		l.raw(" of " + plural(total, "conversation", "conversations") + ".")
	}
	l.raw(" Search, projects and statistics come when all are read; this page renews itself until then.</p>\n")
	if total > 0 {
		l.raw("<progress class=grow aria-label=\"Conversations read\" max=")
		l.num(total)
		l.raw(" value=")
		l.num(min(done, total))
		l.raw("></progress>\n")
	}
	l.raw("</header>\n")
	l.months(docs, r.o.Location)
	l.raw("</main>\n<footer class=foot><p>saved by gptsnap</p></footer>\n</body>\n</html>\n")
	return l.b
}
