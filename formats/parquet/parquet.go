// Package parquet writes whole accounts as Parquet: tables that DuckDB,
// Spark, ClickHouse, Trino, pandas and Polars read, for questions that one
// machine, or this program, cannot answer. README.md beside this file has the
// columns and the SQL of every report.
//
//	DIR/conversations.parquet                         one file a table, or
//	DIR/messages.parquet
//	DIR/branches.parquet
//	DIR/runs.parquet                                  and of the archive:
//	DIR/missing.parquet
//
//	DIR/messages/month=2024-05/part-9f2c....parquet   a folder a month
//	DIR/runs/part-9f2c....parquet                     but none for the archive
//
// The layout by months is one that can be added to: the name of a part comes
// from the account, so that many accounts, written by many jobs at the same
// time, stand side by side, and an account that is written again replaces its
// own parts and no others.
//
// Everything is written to a temporary folder first. A folder that did not
// exist appears whole, by one rename; into one that did, file by file.
//
// Rows are flattened by many goroutines and written by one. Memory is bounded
// however large the account is and whatever its order: see files.go.
package parquet

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gptsnap/formats/chat"
	"gptsnap/formats/rows"
)

// Options say how the data set is laid out.
type Options struct {
	Account string // stands in every row
	ByMonth bool   // a folder for each month
}

// A Writer is a data set on its way.
type Writer struct {
	dir, tmp string
	account  string
	byMonth  bool
	part     string   // the name of this account's part of a month
	names    []string // of files written, by their place in the data set
	spool    *spool   // of rows
	pages    *spool   // of what is compressed
	settling func()   // tests hold several jobs together here

	conversations *table[conversation]
	messages      *table[message]
	branches      *table[branch]
	runs          *table[run]
	missing       *table[lack]
}

// A closer is a table of any rows.
type closer interface {
	close() error
	drop()
}

func (w *Writer) tables() []closer {
	return []closer{w.messages, w.conversations, w.branches, w.runs, w.missing}
}

// Create begins a data set that will stand in the folder dir.
func Create(dir string, o Options) (*Writer, error) {
	parent, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	switch st, err := os.Stat(dir); {
	case err == nil && !st.IsDir():
		return nil, fmt.Errorf("%s is a file: name a folder", dir)
	case err != nil:
		parent = filepath.Dir(parent)
		if err := os.MkdirAll(parent, 0o777); err != nil {
			return nil, err
		}
	}
	tmp, err := os.MkdirTemp(parent, ".gptsnap-*.part")
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(o.Account))
	w := &Writer{dir: dir, tmp: tmp, account: rows.Clean(o.Account), byMonth: o.ByMonth, part: "part-" + hex.EncodeToString(sum[:8]) + ".parquet"}
	w.messages = newTable[message](w, "messages", o.ByMonth)
	w.messages.straight = !o.ByMonth
	w.conversations = newTable[conversation](w, "conversations", o.ByMonth)
	w.branches = newTable[branch](w, "branches", o.ByMonth)
	w.runs = newTable[run](w, "runs", false)
	w.missing = newTable[lack](w, "missing", false)
	if w.spool, err = newSpool(tmp); err == nil {
		w.pages, err = newSpool(tmp)
	}
	if err == nil {
		err = os.Chmod(tmp, 0o755)
	}
	if err != nil {
		return nil, errors.Join(err, w.Close(false))
	}
	return w, nil
}

// Prepare flattens c, from any goroutine. The function it returns writes the
// rows; call those one at a time, in the order in which they are to stand.
func (w *Writer) Prepare(c *chat.Conversation) (add func() error, err error) {
	r := rows.Of(c)
	one := conversationOf(r, w.account)
	said := make([]message, len(r.Nodes))
	for i := range said {
		said[i] = messageOf(r, i, w.account)
	}
	ends := make([]branch, len(r.Branches))
	for i := range ends {
		ends[i] = branchOf(r, &r.Branches[i], w.account)
	}
	month := w.month(r.Created)
	return func() error {
		err := w.conversations.write(month, &one)
		for i := 0; i < len(said) && err == nil; i++ {
			err = w.messages.write(w.month(cmp.Or(r.Nodes[i].Created, r.Created)), &said[i])
		}
		for i := 0; i < len(ends) && err == nil; i++ {
			err = w.branches.write(month, &ends[i])
		}
		if err != nil {
			return fmt.Errorf("conversation %q: %w", r.ID, err)
		}
		return nil
	}, nil
}

// month is the folder that t falls into, "" if there are none.
func (w *Writer) month(t time.Time) string {
	switch {
	case !w.byMonth:
		return ""
	case t.IsZero():
		return "unknown"
	}
	return t.Format("2006-01")
}

// Close finishes the data set and puts it into its place or, if keep is
// false, leaves nothing behind.
func (w *Writer) Close(keep bool) (err error) {
	defer os.RemoveAll(w.tmp) // what is left of it
	for _, t := range w.tables() {
		if keep && err == nil {
			err = t.close()
		} else {
			t.drop()
		}
	}
	for _, sp := range []*spool{w.spool, w.pages} {
		if sp != nil {
			err = errors.Join(err, sp.close())
		}
	}
	if !keep {
		return nil // the caller has an error of its own to tell
	}
	if err != nil {
		return fmt.Errorf("%s: %w", w.dir, err)
	}
	return w.settle()
}

// settle puts what is written into its place. Other jobs may be doing the same.
func (w *Writer) settle() error {
	if w.settling != nil {
		w.settling()
	}
	if _, err := os.Lstat(w.dir); errors.Is(err, fs.ErrNotExist) {
		err := os.Rename(w.tmp, w.dir)
		if _, e := os.Lstat(w.dir); err == nil || e != nil {
			return err
		} // else another job has made the folder since
	}
	fresh := map[string]bool{}
	for _, name := range w.names {
		fresh[name] = true
		if err := w.place(name); err != nil {
			return err
		}
	}
	return w.removeOld(fresh)
}

// place moves a file into the data set. The folder of its month may vanish
// under our hands when another job takes its last file out of it.
func (w *Writer) place(name string) (err error) {
	to := filepath.Join(w.dir, name)
	for range 100 {
		if err = os.MkdirAll(filepath.Dir(to), 0o777); err == nil {
			err = os.Rename(filepath.Join(w.tmp, name), to)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	return err
}

// removeOld takes away the parts that an earlier run wrote for this account
// and this one did not, or its rows would count twice.
func (w *Writer) removeOld(fresh map[string]bool) error {
	if !w.byMonth {
		return nil
	}
	for _, table := range []string{"conversations", "messages", "branches"} {
		months, err := os.ReadDir(filepath.Join(w.dir, table))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		for _, m := range months {
			if !m.IsDir() || !strings.HasPrefix(m.Name(), "month=") {
				continue
			}
			old := filepath.Join(table, m.Name(), w.part)
			if fresh[old] {
				continue
			}
			if err := os.Remove(filepath.Join(w.dir, old)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			_ = os.Remove(filepath.Join(w.dir, table, m.Name())) // if it is empty now
		}
	}
	return nil
}
