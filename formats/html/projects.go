package html

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"unicode"

	"gptsnap/formats/chat"
)

// projectPages writes for each project the page that lists what is in it.
// order is that of the whole list.
func (r *Renderer) projectPages(docs []chat.Summary, order []int, put func(chat.Asset) error) error {
	in := map[string]*listing{}
	for row, i := range order {
		if p := docs[i].Project; p != "" {
			if in[p] == nil {
				in[p] = &listing{title: p, root: "../", project: true}
			}
			in[p].rows = append(in[p].rows, i)
			in[p].numbers = append(in[p].numbers, row)
		}
	}
	for _, p := range projectsOf(docs) {
		if err := put(chat.Asset{Name: projectPage(p.name), Body: in[p.name].draw(r, docs), Of: chat.ListOfDocuments}); err != nil {
			return err
		}
	}
	return nil
}

// projectPage is where the page of a project stands: two projects never share
// one, whatever they are called.
func projectPage(name string) string {
	slug := strings.Map(func(r rune) rune {
		if r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return unicode.ToLower(r)
		}
		return '-'
	}, name)
	slug = strings.Join(strings.FieldsFunc(slug, func(r rune) bool { return r == '-' }), "-")
	slug, _ = clip(slug, 40)
	sum := sha256.Sum256([]byte(name))
	return "projects/" + strings.Trim(slug+"-"+hex.EncodeToString(sum[:4]), "-") + ".html"
}

type project struct {
	name  string
	chats int
}

// projectsOf counts the conversations of each project, the largest first.
func projectsOf(docs []chat.Summary) (all []project) {
	at := map[string]int{}
	for i := range docs {
		name := docs[i].Project
		if name == "" {
			continue
		}
		n, known := at[name]
		if !known {
			n = len(all)
			at[name] = n
			all = append(all, project{name: name})
		}
		all[n].chats++
	}
	slices.SortFunc(all, func(a, b project) int {
		return cmp.Or(cmp.Compare(b.chats, a.chats), cmp.Compare(a.name, b.name))
	})
	return all
}

// mostShelves is how many projects are in sight before somebody asks for all.
const mostShelves = 12

// shelves writes the way to the projects.
func (l *listing) shelves() {
	if len(l.projects) == 0 {
		return
	}
	l.raw("<nav class=shelves aria-label=Projects>")
	for i, p := range l.projects {
		if i == mostShelves {
			l.raw("<details><summary>" + plural(len(l.projects)-i, "more project", "more projects") + "</summary>")
		}
		l.raw("<a dir=auto href=\"" + l.root + projectPage(p.name) + "\">")
		l.element("bdi", "bdi", p.name)
		l.raw(" <span>")
		l.num(p.chats)
		l.raw("</span></a>\n")
	}
	if len(l.projects) > mostShelves {
		l.raw("</details>")
	}
	l.raw("</nav>\n")
}
