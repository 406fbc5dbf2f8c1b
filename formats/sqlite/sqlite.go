// Package sqlite writes a whole account into one SQLite database: every
// conversation, node, message, branch, file and citation, with full-text
// search. schema.sql describes every table and column; it is what the database
// itself shows for .schema.
//
//	Prepare (any goroutine) ─► rows ─► add (one at a time) ─► temporary file ─► Close: indexes, search, rename
//
// The database is written without a journal to a temporary file beside its
// place and renamed when it is whole: nobody ever sees half of one. Indexes
// and the two search tables are made at the end, which is several times as
// fast as keeping them while rows come in.
//
// The same conversations in the same order give the same content.
package sqlite

import (
	"database/sql"
	_ "embed" // the schema
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"gptsnap/formats/chat"
	"gptsnap/formats/rows"

	_ "modernc.org/sqlite" // the driver
)

// Version is the version of the schema, and the database's user_version.
const Version = 1

//go:embed schema.sql
var schema string

//go:embed indexes.sql
var indexes string

// pragmas are for a file that nobody else sees and that is thrown away if
// anything goes wrong.
const pragmas = "?_pragma=journal_mode(off)&_pragma=synchronous(off)&_pragma=locking_mode(exclusive)&_pragma=foreign_keys(off)" +
	"&_pragma=page_size(8192)&_pragma=cache_size(-8192)&_pragma=temp_store(file)"

// Options say what to write besides the conversations.
type Options struct {
	Account string // stands in every row of conversations
}

// A Writer is a database on its way.
type Writer struct {
	path, tmp string
	account   string
	db        *sql.DB
	tx        *sql.Tx
	inserts   inserts
	ids       map[string]bool // of conversations so far
	counts    counts
}

// counts are the numbers of the last rows.
type counts struct{ nodes, branches, files, citations, problems int64 }

// Create begins a database that will stand at path.
func Create(path string, o Options) (*Writer, error) {
	for _, ending := range []string{"-wal", "-journal"} {
		if _, err := os.Lstat(path + ending); err == nil {
			return nil, fmt.Errorf("%s%s shows that another program has the database open: close it there, or write to another name", path, ending)
		}
	}
	if st, err := os.Stat(path); err == nil && st.IsDir() {
		return nil, fmt.Errorf("%s is a folder: name a file", path)
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(filepath.Dir(abs), ".gptsnap-*.part")
	if err != nil {
		return nil, err
	}
	w := &Writer{path: path, tmp: f.Name(), account: rows.Clean(o.Account), ids: map[string]bool{}}
	if err = errors.Join(f.Chmod(0o644), f.Close()); err == nil {
		err = w.open()
	}
	if err != nil {
		return nil, errors.Join(err, w.Close(false))
	}
	return w, nil
}

func (w *Writer) open() (err error) {
	name := filepath.ToSlash(w.tmp)
	if !strings.HasPrefix(name, "/") {
		name = "/" + name // C:/folder/file
	}
	if w.db, err = sql.Open("sqlite", (&url.URL{Scheme: "file", Path: name}).String()+pragmas); err != nil {
		return err
	}
	w.db.SetMaxOpenConns(1)
	if _, err = w.db.Exec(schema + fmt.Sprintf("\nPRAGMA user_version = %d;", Version)); err != nil {
		return fmt.Errorf("making the tables: %w", err)
	}
	if w.tx, err = w.db.Begin(); err != nil {
		return err
	}
	return w.inserts.prepare(w.tx)
}

// Prepare flattens c, from any goroutine. The function it returns writes the
// rows; call those one at a time, in the order in which they are to stand.
func (w *Writer) Prepare(c *chat.Conversation) (add func() error, err error) {
	r := rows.Of(c)
	unspaced := make([]bool, len(r.Nodes))
	for i := range r.Nodes {
		unspaced[i] = isUnspaced(r.Nodes[i].Text)
	}
	return func() error { return w.add(r, unspaced) }, nil
}

// Close finishes the database and puts it into its place or, if keep is
// false, leaves nothing behind.
func (w *Writer) Close(keep bool) (err error) {
	defer os.Remove(w.tmp) // harmless after the rename
	if w.db != nil {
		defer w.db.Close() // for the ways out on which it is open still
	}
	if !keep || w.tx == nil {
		if w.tx != nil {
			_ = w.tx.Rollback() // it is thrown away whatever that says
		}
		if w.db != nil {
			_ = w.db.Close()
		}
		return nil
	}
	if err = w.tx.Commit(); err != nil {
		return fmt.Errorf("%s: %w", w.path, err)
	}
	w.ids = nil
	debug.FreeOSMemory() // what reading conversations took, the work that follows takes again, elsewhere
	if _, err = w.db.Exec(indexes); err != nil {
		return fmt.Errorf("%s: making indexes and search: %w", w.path, err)
	}
	if err = w.db.Close(); err != nil {
		return fmt.Errorf("%s: %w", w.path, err)
	}
	return os.Rename(w.tmp, w.path)
}
