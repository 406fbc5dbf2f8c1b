package convert

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"gptsnap/formats/chat"
	"gptsnap/formats/chat/chattest"
	"gptsnap/formats/rows"
	"gptsnap/formats/source"

	"github.com/parquet-go/parquet-go"
)

// A sameness says where the facts of one Parquet table, or of one list in it,
// are in the database.
type sameness struct {
	parquet string            // "messages", or "messages.files" for a list
	from    string            // the tables of the database, in the order of the rows
	tables  map[string]string // how they are called in from
	as      map[string]string // columns that are called or made otherwise
	derived []string          // columns of Parquet that repeat another
	own     []string          // columns of the database that are ways to say what Parquet says otherwise
}

func nodeNamed(column string) string { return "(SELECT id FROM nodes WHERE node = " + column + ")" }

const accountOfChat = "(SELECT account FROM conversations c WHERE c.id = t.conversation_id)"

// samenesses are all tables and lists.
var samenesses = []sameness{
	{parquet: "conversations", from: "conversations t ORDER BY t.rowid", tables: map[string]string{"conversations": "t"},
		as: map[string]string{"current": nodeNamed("t.current")}, derived: []string{"problems"}},
	{parquet: "conversations.oddities", from: "problems t ORDER BY problem", tables: map[string]string{"problems": "t"},
		as: map[string]string{"node": nodeNamed("t.node")}, own: []string{"problem", "conversation_id"}},
	{parquet: "messages", from: "nodes t LEFT JOIN messages m ON m.node = t.node ORDER BY t.node", tables: map[string]string{"nodes": "t", "messages": "m"},
		as:  map[string]string{"account": accountOfChat, "parent": nodeNamed("t.parent"), "prompt": nodeNamed("m.prompt"), "message_id": "m.id"},
		own: []string{"node", "unspaced"}},
	{parquet: "messages.parts", from: "parts t ORDER BY node, number", tables: map[string]string{"parts": "t"}, own: []string{"node", "number"}},
	{parquet: "messages.code", from: "code t ORDER BY node, number", tables: map[string]string{"code": "t"}, own: []string{"node", "number"}},
	{parquet: "messages.feedback", from: "feedback t ORDER BY node, number", tables: map[string]string{"feedback": "t"}, own: []string{"node", "number"}},
	{parquet: "messages.citations", from: "citations t ORDER BY citation", tables: map[string]string{"citations": "t"}, own: []string{"node", "citation"}},
	{parquet: "messages.files", from: "files t ORDER BY t.file", tables: map[string]string{"files": "t"},
		as: map[string]string{"file": "t.key"}, own: []string{"node", "file"}},
	{parquet: "branches", from: "branches t ORDER BY branch", tables: map[string]string{"branches": "t"},
		as: map[string]string{"account": accountOfChat, "leaf": nodeNamed("t.leaf"), "fork": nodeNamed("t.fork")}, own: []string{"branch"}},
	{parquet: "runs", from: "runs t ORDER BY number", tables: map[string]string{"runs": "t"}},
	{parquet: "missing", from: "missing t ORDER BY number", tables: map[string]string{"missing": "t"}, own: []string{"number"}},
}

// filled sets every field of v to a value of its own.
func filled(v reflect.Value, n int64) {
	for i := range v.NumField() {
		n++
		switch f := v.Field(i); f.Interface().(type) {
		case string:
			f.SetString(fmt.Sprint(v.Type().Field(i).Name, " ", n))
		case int:
			f.SetInt(n)
		case time.Time:
			f.Set(reflect.ValueOf(time.Date(2024, 5, 1, 0, 0, int(n), 250_000_000, time.UTC)))
		}
	}
}

// everything are conversations in which every column says something somewhere.
func everything(t *testing.T) (all []*chat.Conversation) {
	t.Helper()
	src, err := source.Open(filepath.Join("..", "testdata", "samples"))
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	for c, err := range source.Map(context.Background(), src, 1, func(c *chat.Conversation) (*chat.Conversation, error) { return c, nil }) {
		if err == nil { // some samples are no conversations
			all = append(all, c)
		}
	}
	c := chain("every-part", "Every part", 8)
	for i, p := range chattest.EveryPart() {
		m := c.Nodes[1+i%(len(c.Nodes)-1)].Message
		m.Parts = append(m.Parts, p)
	}
	c.Partial, c.Starred, c.URL, c.Project = "only the current branch", true, "https://chat.example/c/1", "A project"
	c.Problems = []chat.Problem{{Node: c.Nodes[1].ID, Text: "odd"}, {Text: "odd as a whole"}}
	for i := range c.Nodes {
		if m := c.Nodes[i].Message; m != nil {
			m.Thinking = time.Duration(i) * time.Second
		}
	}
	m := c.Nodes[len(c.Nodes)-1].Message
	at := time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC)
	m.Instruction, m.Variant, m.Chosen, m.Weight, m.Effort, m.Channel, m.Updated = true, true, true, 0.5, "high", "final", at
	m.Feedback = []chat.Feedback{{Rating: chat.ThumbsDown, Tags: []string{`a "tag"`, "another"}, Text: "wrong", Created: at}, {Rating: chat.ThumbsUp}}
	passage := &chat.File{Pointer: "file-service://file-cited", ID: "file-cited"}
	cited := chat.Link{File: passage, Lines: "12-14", Title: "T", Site: "S", Date: "2024"}
	m.Parts = append(m.Parts, &chat.Text{Raw: "see", Cites: []chat.Cite{{Start: 3, End: 3, Kind: chat.CiteFile, Label: "there", Links: []chat.Link{cited}}}})
	m.Attachments = []*chat.File{{ID: "file-kept", Name: "n", MIME: "text/plain", Size: 9, Width: 3, Height: 4, Pasted: true}}
	all = append(all, c)
	for i, c := range all { // what Gather finds
		for k := range c.Nodes {
			if m := c.Nodes[k].Message; m != nil {
				for f := range m.Files() {
					f.Found = &chat.Found{Key: "key of " + f.ID, Missing: "nowhere"}
					if i%2 == 0 {
						f.Found = &chat.Found{Key: "key of " + f.ID, Name: "held", MIME: "image/png", Size: 5}
					}
				}
			}
		}
	}
	return all
}

// TestBothDataSetsHoldTheSame compares SQLite and Parquet column by column and
// value by value, so that neither can learn something that the other does not.
func TestBothDataSetsHoldTheSame(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var run rows.Run
	filled(reflect.ValueOf(&run).Elem(), 100)
	ledger := rows.LedgerOf([]rows.Run{run, {Run: "killed"}}, []rows.Lack{{What: "file", ID: "f", Why: "gone"}, {What: "list", Why: "broke off"}})
	for _, s := range dataSets {
		into, err := s.open(filepath.Join(dir, s.name), Gathering{Account: "me"})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range everything(t) {
			add, err := into.Prepare(c)
			if err == nil {
				err = add()
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := into.Ledger(ledger); err != nil {
			t.Fatal(err)
		}
		if err := into.Close(true); err != nil {
			t.Fatal(err)
		}
	}
	db, err := sql.Open("sqlite", filepath.Join(dir, "sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	known := map[string]bool{}
	lists := map[string]bool{}
	for _, same := range samenesses {
		for table := range same.tables {
			known[table] = true
		}
		lists[same.parquet] = true
	}
	for _, same := range samenesses {
		file, list, _ := strings.Cut(same.parquet, ".")
		var theirs []map[string]any
		columns := map[string]bool{}
		whole := readParquet(t, filepath.Join(dir, "parquet", file+".parquet"))
		for _, row := range whole.rows {
			if list == "" {
				theirs = append(theirs, row)
				continue
			}
			for _, one := range row[list].([]any) {
				theirs = append(theirs, one.(map[string]any))
			}
		}
		for _, path := range whole.columns {
			switch {
			case list == "" && len(path) == 1:
				columns[path[0]] = true
			case list == "" && !lists[file+"."+path[0]] && !slices.Contains(same.derived, path[0]):
				t.Errorf("%s.%s is a list that has no table", file, path[0])
			case list != "" && path[0] == list:
				columns[path[3]] = true
			}
		}
		same.compare(t, db, columns, theirs)
	}
	var others []string
	for _, name := range strings.Fields(answer(t, db, "SELECT group_concat(name, ' ') FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'messages\\_%' ESCAPE '\\'")) {
		if !known[name] {
			others = append(others, name)
		}
	}
	if len(others) > 0 {
		t.Errorf("Parquet has nothing of the tables %q", others)
	}
}

func answer(t *testing.T, db *sql.DB, query string) (s string) {
	t.Helper()
	if err := db.QueryRow(query).Scan(&s); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return s
}

// inParquet is a table, and the path of each of its columns.
type inParquet struct {
	columns [][]string
	rows    []map[string]any
}

func readParquet(t *testing.T, name string) (all inParquet) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	file, err := parquet.OpenFile(f, st.Size())
	if err != nil {
		t.Fatal(err)
	}
	all.columns = file.Schema().Columns()
	all.rows = make([]map[string]any, file.NumRows())
	for i := range all.rows {
		all.rows[i] = map[string]any{}
	}
	if n, err := parquet.NewGenericReader[map[string]any](file, file.Schema()).Read(all.rows); n != len(all.rows) || err != nil && err != io.EOF {
		t.Fatalf("%s: %d of %d rows: %v", name, n, len(all.rows), err)
	}
	return all
}

// compare holds the rows of the database to those of Parquet.
func (same *sameness) compare(t *testing.T, db *sql.DB, columns map[string]bool, theirs []map[string]any) {
	t.Helper()
	used := map[string]bool{}
	for _, c := range same.own {
		used[c] = true
	}
	where := map[string]string{} // column of the database to its table in from
	for table, alias := range same.tables {
		for _, c := range strings.Fields(answer(t, db, fmt.Sprintf("SELECT group_concat(name, ' ') FROM pragma_table_info('%s')", table))) {
			if where[c] == "" || alias == "t" {
				where[c] = alias
			}
		}
	}
	var names, exprs []string
	for c := range columns {
		if slices.Contains(same.derived, c) {
			continue
		}
		expr := same.as[c]
		if expr == "" {
			if where[c] == "" {
				t.Errorf("%s: SQLite has no column %s", same.parquet, c)
				continue
			}
			expr = where[c] + `."` + c + `"`
		}
		used[c] = true
		names, exprs = append(names, c), append(exprs, expr)
	}
	for _, expr := range same.as {
		_, column, _ := strings.Cut(strings.TrimSuffix(expr, ")"), ".")
		used[column] = true
	}
	for c := range where {
		if !used[c] {
			t.Errorf("%s: Parquet has no column %s", same.parquet, c)
		}
	}
	r, err := db.Query("SELECT " + strings.Join(exprs, ", ") + " FROM " + same.from)
	if err != nil {
		t.Fatalf("%s: %v", same.parquet, err)
	}
	defer r.Close()
	says := map[string]bool{}
	n := 0
	for ; r.Next(); n++ {
		ours, at := make([]any, len(names)), make([]any, len(names))
		for i := range ours {
			at[i] = &ours[i]
		}
		if err := r.Scan(at...); err != nil {
			t.Fatal(err)
		}
		if n >= len(theirs) {
			continue
		}
		for i, c := range names {
			a, b := plain(ours[i]), plain(theirs[n][c])
			if a != b {
				t.Errorf("%s: row %d, %s: SQLite says %q, Parquet %q", same.parquet, n, c, a, b)
			}
			says[c] = says[c] || a != ""
		}
	}
	if err := r.Err(); err != nil || n != len(theirs) || n == 0 {
		t.Errorf("%s: %d rows in SQLite, %d in Parquet, %v", same.parquet, n, len(theirs), err)
	}
	for _, c := range names {
		if !says[c] {
			t.Errorf("%s: %s says nothing anywhere, which is no proof", same.parquet, c)
		}
	}
}

// plain is a value without what only the two engines differ in: how they say
// nothing, no, and when.
func plain(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case bool:
		return plain(map[bool]int64{true: 1}[v])
	case []byte:
		return plain(string(v))
	case string:
		if at, err := time.Parse("2006-01-02T15:04:05.000000Z", v); err == nil {
			return fmt.Sprint(at.UnixMicro())
		}
		return v
	case []any:
		if len(v) == 0 {
			return ""
		}
		b, _ := json.Marshal(v)
		return string(b)
	}
	if s := fmt.Sprint(v); s != "0" {
		return s
	}
	return ""
}
