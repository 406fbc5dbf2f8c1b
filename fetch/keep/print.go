package keep

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"gptsnap/formats/archive"
	"gptsnap/formats/terminal"
)

// A sheet is a small table: what the commands print for people, and as JSON
// in the shape of every report of the program.
type sheet struct {
	report  string
	scope   map[string]any
	columns []string
	rows    []map[string]any
	total   map[string]any
}

// json writes the sheet as one object, a line for each row.
func (s *sheet) json(w io.Writer) error {
	b := bufio.NewWriter(w)
	enc := func(v any) string {
		raw, err := json.Marshal(v)
		if err != nil {
			panic(err) // maps of strings and numbers
		}
		return string(raw)
	}
	fmt.Fprintf(b, `{"report":%s,"schema":1,"scope":%s,"columns":%s,"rows":[`, enc(s.report), enc(s.scope), enc(s.columns))
	for i, row := range s.rows {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("\n" + enc(row))
	}
	fmt.Fprintf(b, "\n],\"total\":%s}\n", enc(s.total))
	return b.Flush()
}

// text writes the rows under their columns; nothing if there are none.
func (s *sheet) text(w io.Writer) error {
	if len(s.rows) == 0 {
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(cell func(column string) string) {
		for i, c := range s.columns {
			end := "\t"
			if i == len(s.columns)-1 {
				end = "\n"
			}
			fmt.Fprint(t, cell(c), end)
		}
	}
	line(func(c string) string { return c })
	for _, row := range s.rows {
		line(func(c string) string {
			if v := row[c]; v != nil && v != "" {
				return terminal.Line(fmt.Sprint(v))
			}
			return "-"
		})
	}
	return t.Flush()
}

var levelNames = map[archive.Level]string{archive.Quick: "quick", archive.Full: "full", archive.Deep: "deep"}

// sheet is what Verify found, as the command prints it.
func (f *Finding) sheet() *sheet {
	s := &sheet{report: "verify", scope: map[string]any{"source": "archive", "level": levelNames[f.Level]},
		columns: []string{"offset", "kind", "id", "problem"}, rows: []map[string]any{}}
	add := func(p archive.Problem) {
		row := map[string]any{"offset": nil, "kind": p.Kind, "id": p.ID, "problem": p.Problem}
		if p.Offset >= 0 {
			row["offset"] = p.Offset
		}
		s.rows = append(s.rows, row)
	}
	for _, p := range f.Problems {
		add(p)
	}
	if t := f.Torn; t != nil {
		add(archive.Problem{Offset: t.Offset, Problem: fmt.Sprintf("the end is torn (%s), %d bytes after it hold no whole record", t.What, t.Left)})
	}
	for _, p := range f.Odd {
		add(p)
	}
	s.total = map[string]any{"problems": len(s.rows), "size": f.Size, "segments": f.Segments, "frames": f.Frames, "records": f.Records,
		"runs": f.Runs, "strangers": append([]string{}, f.Strangers...), "bytes": f.Bytes, "damaged": f.Damaged()}
	return s
}

// bytesOf is a number of bytes for people.
func bytesOf(n int64) string {
	switch {
	case n >= 10<<30:
		return fmt.Sprintf("%d GiB", n>>30)
	case n >= 10<<20:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 10<<10:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return count(int(n), "byte")
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
