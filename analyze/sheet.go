package analyze

import (
	"io"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// sheet hands a sheet, in which everything has its final width, to the table
// writer, which draws the rules and fills up the cells.
func (p *printer) sheet(sh *sheet) {
	if p.err != nil {
		return
	}
	symbols := tw.NewSymbols(tw.StyleASCII)
	if p.s.Unicode {
		symbols = tw.NewSymbols(tw.StyleLight)
	}
	align := make(tw.Alignment, len(sh.lanes))
	heads := make([]any, len(sh.lanes))
	headed := false
	for i, l := range sh.lanes {
		heads[i], headed = truncate(l.heading, l.width, p.s.Unicode), headed || l.heading != ""
		if align[i] = tw.AlignLeft; l.right {
			align[i] = tw.AlignRight
		}
	}
	if !headed {
		heads = nil
	}
	page := func(rows [][]string, total []string) error {
		out := &trimmer{to: p.w}
		table := tablewriter.NewTable(out,
			tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
				Borders: tw.Border{Left: tw.Off, Right: tw.Off, Top: tw.Off, Bottom: tw.Off},
				Symbols: symbols,
				Settings: tw.Settings{
					Separators: tw.Separators{BetweenColumns: tw.Off, BetweenRows: tw.Off},
					Lines:      tw.Lines{ShowHeaderLine: tw.On, ShowFooterLine: tw.On},
				}})),
			tablewriter.WithEastAsian(tw.Off), // the same widths in every locale, see libraryWidth
			tablewriter.WithHeaderAutoFormat(tw.Off), tablewriter.WithHeaderAutoWrap(tw.WrapNone), tablewriter.WithRowAutoWrap(tw.WrapNone), tablewriter.WithFooterAutoWrap(tw.WrapNone),
			tablewriter.WithTrimSpace(tw.Off),
			tablewriter.WithHeaderAlignmentConfig(tw.CellAlignment{PerColumn: align}),
			tablewriter.WithRowAlignmentConfig(tw.CellAlignment{PerColumn: align}),
			tablewriter.WithFooterAlignmentConfig(tw.CellAlignment{PerColumn: align}),
		)
		if heads != nil {
			table.Header(heads...)
		}
		heads = nil // they stand above the first page
		for _, row := range rows {
			if err := table.Append(row); err != nil {
				return err
			}
		}
		if total != nil {
			table.Footer(total)
		}
		if err := table.Render(); err != nil {
			return err
		}
		return out.flush()
	}
	p.err = sh.pages(page)
}

// mostOnPage bounds the rows that the table writer is given at once: it keeps
// kilobytes of each.
const mostOnPage = 500

// pages hands the rows to page, and with the last ones the total. So that
// columns stand in line on all pages, the cells are filled up if there is more
// than one.
func (sh *sheet) pages(page func(rows [][]string, total []string) error) error {
	var rows [][]string
	var widths []int
	for row := range sh.rows {
		if len(rows) == mostOnPage {
			if widths == nil {
				widths = sh.widths()
			}
			sh.fill(rows, widths)
			if err := page(rows, nil); err != nil {
				return err
			}
			rows = rows[:0]
		}
		rows = append(rows, row)
	}
	if widths != nil {
		sh.fill(rows, widths)
	}
	return page(rows, sh.total)
}

// widths are of the widest cell in each lane, which may be less than its room.
func (sh *sheet) widths() []int {
	widest := make([]int, len(sh.lanes))
	of := func(row []string) {
		for i, text := range row {
			widest[i] = max(widest[i], width(text))
		}
	}
	for i, l := range sh.lanes {
		widest[i] = min(l.width, width(l.heading))
	}
	for row := range sh.rows {
		of(row)
	}
	of(sh.total)
	return widest
}

func (sh *sheet) fill(rows [][]string, widths []int) {
	for _, row := range rows {
		for i := range row {
			if sh.lanes[i].right {
				row[i] = padLeft(row[i], widths[i])
			} else {
				row[i] = pad(row[i], widths[i])
			}
		}
	}
}

// A trimmer cuts the white space off the end of each line that it passes on.
type trimmer struct {
	to   io.Writer
	rest []byte
}

func (t *trimmer) Write(b []byte) (int, error) {
	t.rest = append(t.rest, b...)
	return len(b), nil
}

func (t *trimmer) flush() error {
	var b strings.Builder
	for line := range strings.Lines(string(t.rest)) {
		b.WriteString(strings.TrimRight(line, " \n"))
		b.WriteByte('\n')
	}
	_, err := io.WriteString(t.to, b.String())
	return err
}
