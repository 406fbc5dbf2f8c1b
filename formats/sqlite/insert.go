package sqlite

import (
	"cmp"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"

	"gptsnap/formats/chat"
	"gptsnap/formats/rows"
)

// inserts are the statements that add rows.
type inserts struct {
	conversation, node, message, part, code, feedback, branch, file, citation, problem, run, missing *sql.Stmt
}

func (s *inserts) prepare(tx *sql.Tx) error {
	for _, t := range []struct {
		to    **sql.Stmt
		table string
		cols  int
	}{
		{&s.conversation, "conversations", 32}, {&s.node, "nodes", 11}, {&s.message, "messages", 33}, {&s.part, "parts", 7},
		{&s.code, "code", 5}, {&s.feedback, "feedback", 6}, {&s.branch, "branches", 12}, {&s.file, "files", 17}, {&s.citation, "citations", 12},
		{&s.problem, "problems", 4}, {&s.run, "runs", 19}, {&s.missing, "missing", 5},
	} {
		var err error
		if *t.to, err = tx.Prepare("INSERT INTO " + t.table + " VALUES (?" + strings.Repeat(",?", t.cols-1) + ")"); err != nil {
			return fmt.Errorf("table %s: %w", t.table, err)
		}
	}
	return nil
}

// add writes all rows of one conversation. Their order of columns is that of
// schema.sql.
func (w *Writer) add(r *rows.Conversation, unspaced []bool) (err error) {
	id := w.unique(r.ID)
	first := w.counts.nodes + 1 // the number of node 0
	w.counts.nodes += int64(len(r.Nodes))
	number := func(i int) any {
		if i < 0 {
			return nil
		}
		return first + int64(i)
	}
	put := func(s *sql.Stmt, values ...any) {
		if err == nil {
			_, err = s.Exec(values...)
		}
	}
	put(w.inserts.conversation, id, w.account, r.Title, moment(r.Created), moment(r.Updated), text(r.Model), text(r.GPT), text(r.Project),
		text(r.URL), r.Archived, r.Starred, text(r.Partial), number(r.Current), len(r.Nodes), r.Messages, r.Visible, r.User, r.Assistant,
		r.Tool, r.System, r.Others, r.WordsUser, r.WordsAssistant, r.CurrentPath.Messages, r.CurrentPath.Words(), r.Leaves, r.Forks,
		r.Versions, r.Edited, r.Regenerated, r.Choices, r.Mixed)
	for i := range r.Nodes {
		n := &r.Nodes[i]
		put(w.inserts.node, number(i), id, n.ID, number(n.Parent), i, n.Depth, n.Version, n.Versions, n.Children, text(string(n.Fork)), n.Current)
		if n.Message == nil {
			continue
		}
		m := n.Message
		put(w.inserts.message, number(i), id, rows.Clean(m.ID), rows.Clean(string(m.Role)), text(m.Name), text(m.Recipient), text(m.Channel),
			text(m.ContentType), text(m.Status), text(m.Finish), text(m.Model), text(m.Effort), text(m.Turn), moment(n.Created), moment(n.Updated),
			seconds(m.Thinking), m.Hidden, m.Instruction, m.Variant, m.Chosen, weight(m.Weight), n.Visible, n.Current, n.Class, n.Words, n.Chars,
			len(m.Attachments), n.Failed, seconds(n.Took), number(n.Prompt), seconds(n.Thought), unspaced[i], n.Text)
		for k, p := range n.Parts {
			put(w.inserts.part, number(i), k+1, p.Kind, text(p.Title), p.Text, text(p.URL), text(p.Status))
		}
		for k, s := range n.Code {
			put(w.inserts.code, number(i), k+1, s.Language, s.Lines, s.Run)
		}
		for k, f := range n.Feedback {
			put(w.inserts.feedback, number(i), k+1, text(string(f.Rating)), list(f.Tags), text(f.Text), moment(f.Created))
		}
		for _, f := range n.Files {
			w.counts.files++
			held := cmp.Or(f.Found, &chat.Found{})
			put(w.inserts.file, w.counts.files, number(i), f.Use, text(f.ID), text(f.Pointer), text(f.Name), text(f.MIME),
				count(f.Size), count(int64(f.Width)), count(int64(f.Height)), f.Pasted, f.References,
				text(held.Key), text(held.Name), text(held.MIME), count(held.Size), text(held.Missing))
		}
		for _, c := range n.Citations {
			w.counts.citations++
			put(w.inserts.citation, w.counts.citations, number(i), c.Number, string(c.Kind), text(c.Label), text(c.Title), text(c.URL),
				text(c.Domain), text(c.Site), text(c.Date), text(c.File), text(c.Lines))
		}
	}
	for _, b := range r.Branches {
		w.counts.branches++
		put(w.inserts.branch, w.counts.branches, id, b.Number, number(b.Leaf), number(b.Fork), b.Current, b.Length, b.Messages, b.Visible,
			b.OwnNodes, b.OwnMessages, b.OwnWords)
	}
	for _, p := range r.Problems {
		w.counts.problems++
		put(w.inserts.problem, w.counts.problems, id, number(p.Node), p.Text)
	}
	if err != nil {
		return fmt.Errorf("%s: conversation %q: %w", w.path, id, err)
	}
	return nil
}

// Ledger writes what the archive tells of the runs that made it. Without a
// call the two tables have no rows.
func (w *Writer) Ledger(l rows.Ledger) error {
	for i, r := range l.Runs {
		if _, err := w.inserts.run.Exec(i+1, w.account, r.Run, text(r.Command), moment(r.Started), moment(r.Ended), text(r.Outcome), r.New, r.Changed, r.Same,
			r.Failed, r.Deleted, r.Left, r.Partial, r.Truncated, r.FilesMissing, r.Unavailable, r.Problems, r.Records); err != nil {
			return fmt.Errorf("%s: run %s: %w", w.path, r.Run, err)
		}
	}
	for i, k := range l.Lacks {
		if _, err := w.inserts.missing.Exec(i+1, w.account, k.What, text(k.ID), text(k.Why)); err != nil {
			return fmt.Errorf("%s: what is missing: %w", w.path, err)
		}
	}
	return nil
}

// unique is id, or id with a number where another conversation has it already.
// Sources yield each id once; this holds for those made by hand too, and for
// ids that differ only in what is no UTF-8.
func (w *Writer) unique(id string) string {
	try := id
	for k := 2; w.ids[try]; k++ {
		try = fmt.Sprintf("%s (%d)", id, k)
	}
	try = strings.Clone(try) // its conversation must not stay in memory
	w.ids[try] = true
	return try
}

// text is s, or NULL if it is empty.
func text(s string) any {
	if s == "" {
		return nil
	}
	return rows.Clean(s)
}

// moment is t as text that sorts by time, or NULL if it is unknown.
func moment(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.Format("2006-01-02T15:04:05.000000Z")
}

func seconds(d time.Duration) any {
	if d <= 0 {
		return nil
	}
	return d.Seconds()
}

// weight is w, or NULL if the provider said nothing.
func weight(w float64) any {
	if w == 0 {
		return nil
	}
	return w
}

// list is a JSON array, or NULL if it is empty.
func list(all []string) any {
	if len(all) == 0 {
		return nil
	}
	b, _ := json.Marshal(all) // strings always have a form
	return string(b)
}

// count is n, or NULL where 0 means unknown.
func count(n int64) any {
	if n == 0 {
		return nil
	}
	return n
}

// isUnspaced reports whether s has letters of scripts that do not put spaces
// between words, so that a search by words would not find them.
func isUnspaced(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0xe0 { // below are ASCII and two-byte letters, none of them of such a script
			return strings.IndexFunc(s[i:], unspacedLetter) >= 0
		}
	}
	return false
}

func unspacedLetter(r rune) bool {
	return r >= 0x0e00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Tibetan)
}
