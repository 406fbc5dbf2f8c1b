package sqlite

import (
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gptsnap/formats/chat"
	"gptsnap/formats/chat/chattest"
	"gptsnap/formats/rows"

	"pgregory.net/rapid"
)

// write makes a database of conversations in a folder whose name a URL would
// trip over.
func write(t testing.TB, all ...*chat.Conversation) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "100% a?b#c d")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "chats.db")
	w, err := Create(path, Options{Account: "me"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		add, err := w.Prepare(c)
		if err == nil {
			err = add()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(true); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 1 {
		t.Fatalf("the folder holds %q", left)
	}
	return path
}

func open(t testing.TB, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23", " ", "%20").Replace(path)+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// ask returns the rows that a query answers, as text.
func ask(t testing.TB, db *sql.DB, query string, args ...any) [][]string {
	t.Helper()
	r, err := db.Query(query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer r.Close()
	names, _ := r.Columns()
	var all [][]string
	for r.Next() {
		line, at := make([]any, len(names)), make([]any, len(names))
		for i := range line {
			at[i] = &line[i]
		}
		if err := r.Scan(at...); err != nil {
			t.Fatal(err)
		}
		text := make([]string, len(names))
		for i, v := range line {
			text[i] = fmt.Sprint(v)
		}
		all = append(all, text)
	}
	if err := r.Err(); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return all
}

// one is a conversation with a fork, and parts under its second answer.
func one(id string, parts ...chat.Part) *chat.Conversation {
	c := &chat.Conversation{ID: id, Title: "Garden"}
	say := func(name string, role chat.Role, parts ...chat.Part) {
		c.Nodes = append(c.Nodes, chat.Node{ID: chat.NodeID(name), Message: &chat.Message{ID: name, Role: role, ContentType: "text", Parts: parts}})
	}
	c.Nodes = append(c.Nodes, chat.Node{ID: "root"})
	say("q", chat.User, &chat.Text{Raw: "how do terraces hold water"})
	say("a1", chat.Assistant, &chat.Text{Raw: "with Über-walls and 石の壁です"})
	say("a2", chat.Assistant, parts...)
	c.Link([]chat.Links{{}, {Parent: "root"}, {Parent: "q"}, {Parent: "q"}}, "a1")
	return c
}

func check(t testing.TB, db *sql.DB) {
	t.Helper()
	if bad := ask(t, db, "PRAGMA foreign_key_check"); len(bad) > 0 {
		t.Errorf("broken keys: %q", bad)
	}
	if ok := ask(t, db, "PRAGMA integrity_check"); ok[0][0] != "ok" {
		t.Errorf("not whole: %q", ok)
	}
}

func TestEveryNodeBranchAndWordIsInTheTables(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := chattest.Tree(rt)
		c.ID = "same"
		db := open(t, write(t, c, c))
		check(t, db)
		r := rows.Of(c)
		want := fmt.Sprintf("[[%d %d %d %d]]", 2*len(c.Nodes), 2*c.Messages(), 2*c.Leaves(), 2*r.Words())
		if got := fmt.Sprint(ask(t, db, `SELECT (SELECT count(*) FROM nodes), (SELECT count(*) FROM messages), (SELECT count(*) FROM branches), (SELECT ifnull(sum(words), 0) FROM messages)`)); got != want {
			rt.Fatalf("%s, want %s", got, want)
		}
		if bad := ask(t, db, `SELECT id FROM conversations c WHERE nodes <> (SELECT sum(own_nodes) FROM branches WHERE conversation_id = c.id)
			OR words_user + words_assistant <> (SELECT sum(own_words) FROM branches WHERE conversation_id = c.id)
			OR branches <> (SELECT count(*) FROM nodes WHERE conversation_id = c.id AND children = 0)
			OR current_messages <> (SELECT count(*) FROM messages WHERE conversation_id = c.id AND current)`); len(bad) > 0 {
			rt.Fatal("sums that do not add up in", bad)
		}
		// Every branch, walked by the query that the schema shows, has the length it claims.
		if bad := ask(t, db, `SELECT branch FROM branches b WHERE nodes <> (
			WITH RECURSIVE path(node, parent) AS (SELECT n.node, n.parent FROM nodes n WHERE n.node = b.leaf
				UNION ALL SELECT n.node, n.parent FROM path JOIN nodes n ON n.node = path.parent) SELECT count(*) FROM path)`); len(bad) > 0 {
			rt.Fatal("branches of another length:", bad)
		}
	})
}

func TestEveryPartCanBeRead(t *testing.T) {
	for _, p := range chattest.EveryPart() {
		db := open(t, write(t, one("c", p)))
		check(t, db)
		all := fmt.Sprint(ask(t, db, "SELECT text FROM messages"), ask(t, db, "SELECT * FROM parts"), ask(t, db, "SELECT * FROM files"))
		for _, w := range chattest.Words(p) {
			if !strings.Contains(all, w) {
				t.Errorf("a %T does not hold %q", p, w)
			}
		}
	}
}

func TestSearchFindsWordsWithoutAccentsAndScriptsWithoutSpaces(t *testing.T) {
	db := open(t, write(t, one("c", &chat.Text{Raw: "สวัสดีครับ and more"})))
	for query, want := range map[string]string{
		`SELECT id FROM messages_fts JOIN messages ON node = messages_fts.rowid WHERE messages_fts MATCH 'uber'`:                  "[[a1]]",
		`SELECT id FROM messages_fts JOIN messages ON node = messages_fts.rowid WHERE messages_fts MATCH 'terrac* AND water'`:     "[[q]]",
		`SELECT id FROM messages_trigram JOIN messages ON node = messages_trigram.rowid WHERE messages_trigram MATCH '"の壁で"'`:     "[[a1]]",
		`SELECT id FROM messages_trigram JOIN messages ON node = messages_trigram.rowid WHERE messages_trigram MATCH '"วัสดี"'`:   "[[a2]]",
		`SELECT id FROM messages_trigram JOIN messages ON node = messages_trigram.rowid WHERE messages_trigram MATCH '"terrace"'`: "[]",
	} {
		if got := fmt.Sprint(ask(t, db, query)); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
}

func TestCitationsNameTheirSites(t *testing.T) {
	text := &chat.Text{Raw: "rain falls MARK", Cites: []chat.Cite{{Start: 11, End: 15, Kind: chat.CiteLinks, Links: []chat.Link{
		{Title: "Rain", URL: "https://WWW.Rain.example:443/x?y", Site: "Rain Weekly"}, {URL: "javascript:alert(1)"}}}}}
	db := open(t, write(t, one("c", text)))
	got := fmt.Sprint(ask(t, db, "SELECT number, kind, title, domain, site, url FROM citations ORDER BY citation"))
	if got != "[[1 links Rain rain.example Rain Weekly https://WWW.Rain.example:443/x?y] [1 links <nil> <nil> <nil> javascript:alert(1)]]" {
		t.Error(got)
	}
	if text := ask(t, db, "SELECT text FROM messages WHERE id = 'a2'"); text[0][0] != "rain falls " {
		t.Errorf("%q", text)
	}
}

func TestHostileTextIsStoredWhole(t *testing.T) {
	raw := "a\x00b'; DROP TABLE nodes; -- \xff\u202e\x1b[31m" + strings.Repeat("x", 1<<20)
	db := open(t, write(t, one("c'\x00", &chat.Text{Raw: raw})))
	check(t, db)
	if got := ask(t, db, "SELECT text FROM messages WHERE id = 'a2'"); got[0][0] != rows.Clean(raw) {
		t.Errorf("%.100q", got)
	}
}

func TestTheSameConversationsGiveTheSameDatabase(t *testing.T) {
	some := []*chat.Conversation{one("c1", chattest.EveryPart()...), one("c2")}
	a, _ := os.ReadFile(write(t, some...))
	b, _ := os.ReadFile(write(t, some...))
	if len(a) == 0 || !slices.Equal(a, b) {
		t.Error("two databases of the same conversations differ")
	}
}

func TestAnAbortedRunLeavesNothingAndTouchesNothing(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "chats.db")
	if err := os.WriteFile(path, []byte("old"), 0o666); err != nil {
		t.Fatal(err)
	}
	w, err := Create(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	add, _ := w.Prepare(one("c"))
	if err := add(); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(false); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(path); string(b) != "old" {
		t.Errorf("%q", b)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Error(left)
	}
	if _, err := Create(filepath.Join(dir, "no", "such", "folder.db"), Options{}); err == nil {
		t.Error("a folder that does not exist was written to")
	}
	if err := os.WriteFile(path+"-wal", nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(path, Options{}); err == nil || !strings.Contains(err.Error(), "another program") {
		t.Error(err)
	}
}

// TestTheSchemaTellsTheTruth holds tables to what Datasette and readers
// expect: plain types, keys, a comment for every table, the version.
func TestTheSchemaTellsTheTruth(t *testing.T) {
	db := open(t, write(t, one("c", chattest.EveryPart()...)))
	if v := ask(t, db, "PRAGMA user_version"); v[0][0] != fmt.Sprint(Version) {
		t.Error(v)
	}
	tables := ask(t, db, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'messages\\_%' ESCAPE '\\'")
	if len(tables) != 12 {
		t.Error(tables)
	}
	for _, table := range tables {
		key := false
		for _, col := range ask(t, db, "SELECT name, type, pk FROM pragma_table_info(?)", table[0]) {
			key = key || col[2] != "0"
			if !slices.Contains([]string{"TEXT", "INTEGER", "REAL"}, col[1]) {
				t.Errorf("%s.%s is of type %q", table[0], col[0], col[1])
			}
			odd := ask(t, db, fmt.Sprintf("SELECT DISTINCT typeof(%q) FROM %q WHERE typeof(%q) NOT IN ('null', lower(?))", col[0], table[0], col[0]), col[1])
			if len(odd) > 0 {
				t.Errorf("%s.%s is %s and holds %q", table[0], col[0], col[1], odd)
			}
		}
		if !key {
			t.Errorf("%s has no primary key", table[0])
		}
		if n := ask(t, db, fmt.Sprintf("SELECT count(*) FROM %q", table[0])); n[0][0] == "0" && table[0] != "problems" && table[0] != "citations" && table[0] != "feedback" && table[0] != "runs" && table[0] != "missing" {
			t.Errorf("%s is empty", table[0])
		}
	}
}

// TestTheSQLiteShellOpensIt reads the database with another SQLite than ours.
func TestTheSQLiteShellOpensIt(t *testing.T) {
	shell, err := exec.LookPath("sqlite3")
	if err != nil {
		t.Skip("sqlite3 is not installed")
	}
	path := write(t, one("c", chattest.EveryPart()...))
	out, err := exec.Command(shell, "-readonly", path, "PRAGMA integrity_check; PRAGMA foreign_key_check; SELECT rowid FROM messages_fts WHERE messages_fts MATCH 'terraces';").CombinedOutput()
	if got := strings.Fields(string(out)); err != nil || !reflect.DeepEqual(got, []string{"ok", "2"}) {
		t.Errorf("%v: %q", err, out)
	}
}
