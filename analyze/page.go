package analyze

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"time"

	"gptsnap/formats/chat"
)

// The style of pages, and the part of it that charts need anywhere.
var (
	//go:embed page.css
	pageStyle string
	//go:embed chart.css
	chartStyle string
)

// mostPageRows bounds the rows of a table on a page, mostPageText the
// characters of one text in it, mostOpenRows the rows of a table that is open
// because there is no chart of it.
const (
	mostPageRows = 200
	mostPageText = 300
	mostOpenRows = 40
)

// An album is the overview with the tables that an HTML page draws below it.
type album struct {
	overview Metric
	more     []Metric
}

func newAlbum(o Options) Metric {
	a := &album{overview: newOverview(o)}
	o.stock = newStock(o)
	month, _ := findDimension("month")
	model, _ := findDimension("model")
	a.more = []Metric{newPeriods(monthly, o), newGroups("models", "Answers by month and model", o, month, model), newHours(o), newSpread(o),
		newForks(o), newModels(o), newCode(o), newTools(o), newSources(o), newFiles(o), newChats(o), newCoverage(o)}
	return a
}

// Observe shows the conversation to every table.
func (a *album) Observe(t *Tally) {
	a.overview.Observe(t)
	for _, m := range a.more {
		m.Observe(t)
	}
}

func (*album) extras() extra { return extraCode }

// Table is that of the overview, with the others behind it.
func (a *album) Table() Table {
	t := a.overview.Table()
	for _, m := range a.more {
		next := m.Table()
		if next.Report == "branches" {
			t.More = append(t.More, forkKinds(&t))
		}
		t.More = append(t.More, next)
	}
	return t
}

// forkKinds makes a chart of what the overview says of forks.
func forkKinds(of *Table) Table {
	t := Table{Report: "forks", Title: "Forks by what made them", Counted: of.Counted, Chart: Chart{Shape: Bars, Label: "kind", Value: "forks"},
		Columns: []Column{{Key: "kind", Heading: "Kind"}, {Key: "forks", Heading: "Forks", Kind: Int}}}
	for _, k := range [][2]string{{"forks_edited", "an edited prompt"}, {"forks_regenerated", "another answer"}, {"forks_choices", "a choice of answers"}, {"forks_mixed", "another kind"}} {
		for _, row := range of.Rows {
			if row[0] == k[0] {
				t.Rows = append(t.Rows, []any{k[1], row[1]})
			}
		}
	}
	return t
}

// WriteHTML writes t and what is behind it as one page that needs nothing but
// itself: no script, no network, charts as SVG. It is light or dark as the
// reader has it, and may be printed.
func WriteHTML(w io.Writer, t *Table, scope Scope) error {
	return writePage(w, t, scope, frame{style: pageStyle + chartStyle, body: "<body>"})
}

// A frame is what stands around the tables of a page.
type frame struct {
	style  string
	policy string // what the page may do beyond having that style
	head   string // what it loads
	body   string // how its body begins
}

func writePage(w io.Writer, t *Table, scope Scope, f frame) error {
	b := bufio.NewWriter(w)
	sum := sha256.Sum256([]byte(f.style))
	fmt.Fprintf(b, `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-%s'%s">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>%s</title>%s<style>%s</style></head>
%s<main><h1>%[3]s</h1>
`, base64.StdEncoding.EncodeToString(sum[:]), f.policy, marked(t.Title), f.head, f.style, f.body)
	s := Screen{Unicode: true, Zone: cmp.Or(t.Zone, time.UTC)}
	facts := footer(&Table{Zone: t.Zone}, scope, s)
	fmt.Fprintf(b, "<p class=\"facts\">%s · %s</p>\n", marked(scope.Source), marked(strings.Join(facts, " · ")))
	contents(b, t.More)
	switch t.Layout {
	case Panels:
		tiles(b, t, s)
	case Cover:
	default:
		section(b, t, s, true)
	}
	for i := range t.More {
		section(b, &t.More[i], s, false)
	}
	b.WriteString("</main></body></html>\n")
	return written(b.Flush())
}

// contents writes links to the tables of a page, if they are many.
func contents(b *bufio.Writer, all []Table) {
	if len(all) < 4 {
		return
	}
	b.WriteString("<nav class=\"contents\" aria-label=\"Contents\">")
	for i := range all {
		fmt.Fprintf(b, "<a href=\"#%s\">%s</a> ", all[i].anchor(), marked(all[i].Title))
	}
	b.WriteString("</nav>\n")
}

// anchor is the name of a table on a page.
func (t *Table) anchor() string {
	return marked(strings.ReplaceAll(t.Report, " ", "-") + "-" + strings.ToLower(t.Chart.Label))
}

// tiles writes the main numbers of panels, and all of them below, folded.
func tiles(b *bufio.Writer, t *Table, s Screen) {
	tile := func(number, label string) {
		fmt.Fprintf(b, "<div><dt>%s</dt><dd>%s</dd></div>\n", marked(label), number)
	}
	b.WriteString("<dl class=\"tiles\">\n")
	for _, l := range mainLines(t, s) {
		tile(marked(l[0]), l[1])
	}
	fmt.Fprintf(b, "</dl>\n<details class=\"all\"><summary>all %d numbers</summary>\n", len(t.Rows))
	value, label, group := t.panelColumns()
	name := ""
	for _, row := range panelRows(t) {
		if g := row[group].(string); g != name {
			if name != "" {
				b.WriteString("</dl>\n")
			}
			name = g
			fmt.Fprintf(b, "<h2>%s</h2><dl class=\"tiles\">\n", marked(g))
		}
		if v := row[value]; v != nil {
			tile(shown(v, Column{Kind: Any}, s), row[label].(string))
		}
	}
	b.WriteString("</dl></details>\n")
}

// section writes the chart and the rows of a table.
func section(b *bufio.Writer, t *Table, s Screen, open bool) {
	if t.Zone != nil {
		s.Zone = t.Zone
	}
	fmt.Fprintf(b, "<section id=\"%s\">", t.anchor())
	if !open { // what the whole page is about is its heading already
		fmt.Fprintf(b, "<h2>%s</h2>", marked(t.Title))
	}
	b.WriteByte('\n')
	if body, height := draft(t); body != "" {
		fmt.Fprintf(b, "<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"Chart\"><svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">%s</svg></div>\n", chartWidth, height, marked(t.spoken()), body)
	} else if t.size() <= mostOpenRows {
		open = true
	}
	rows := t.first(mostPageRows)
	if len(rows) == 0 {
		b.WriteString("<p class=\"facts\">nothing to show</p></section>\n")
		return
	}
	state := ""
	if open {
		state = " open"
	}
	fmt.Fprintf(b, "<details%s><summary>%s</summary><div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"Rows\"><table><thead><tr>", state, count(t.size(), "row"))
	var at []int
	for _, k := range t.onScreen() {
		if c := t.Columns[k]; c.Kind != Drawing && (!c.Optional || t.says(k)) {
			at = append(at, k)
		}
	}
	line := func(row []any, tag string, cell func(k int) string) {
		for i, k := range at {
			class := ""
			if rightAligned(t.Columns[k].Kind) {
				class = ` class="n"`
			} else if key := t.Columns[k].Key; key == "title" || key == "excerpts" {
				class = ` class="t"`
			}
			text := cell(k)
			if row != nil && tag == "th" && i == 0 {
				text = "Total"
			}
			fmt.Fprintf(b, "<%s%s>%s</%[1]s>", tag, class, text)
		}
	}
	line(nil, "th", func(k int) string { return marked(t.Columns[k].Heading) })
	b.WriteString("</tr></thead><tbody>\n")
	for _, row := range rows {
		b.WriteString("<tr>")
		line(row, "td", func(k int) string { return shown(row[k], t.Columns[k], s) })
		b.WriteString("</tr>\n")
	}
	b.WriteString("</tbody>")
	if t.Total != nil {
		b.WriteString("<tfoot><tr>")
		line(t.Total, "th", func(k int) string { return shown(t.Total[k], t.Columns[k], s) })
		b.WriteString("</tr></tfoot>")
	}
	b.WriteString("</table></div></details>\n<p class=\"facts\">" + marked(t.Counted))
	if len(rows) < t.size() {
		fmt.Fprintf(b, " · the first %d of %s rows", len(rows), grouped(t.size()))
	} else if t.Of > 0 {
		fmt.Fprintf(b, " · the first %d of %s rows", len(rows), grouped(t.Of))
	}
	b.WriteString("</p></section>\n")
}

// shown is v on a page. Text keeps its script and its own direction.
func shown(v any, c Column, s Screen) string {
	var words string
	switch v := v.(type) {
	case string:
		words = v
	case []string:
		if c.Key == "excerpts" {
			var lines []string
			for _, line := range v {
				lines = append(lines, shown(line, c, s))
			}
			return strings.Join(lines, "<br>")
		}
		words = strings.Join(v, ", ")
	default:
		return marked(s.show(v, c))
	}
	if words == "" {
		return marked(c.Blank)
	}
	return "<bdi>" + marked(chat.Opening(words, mostPageText)) + "</bdi>"
}
