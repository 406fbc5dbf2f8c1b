package source

import (
	"errors"
	"iter"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"gptsnap/formats/chat"
)

// ErrSkip is what an Entry's Decode answers when the conversation, once it
// could be seen, is not among the chosen. [Map] passes over it in silence.
var ErrSkip = errors.New("not selected")

// A Selection narrows a Source. Its zero value chooses everything; a
// conversation has to satisfy every criterion that is set.
type Selection struct {
	IDs          []string       // ids, unique prefixes of 8 characters or more, chat URLs
	Since, Until time.Time      // by time of last change, or of creation: Since <= t < Until
	Title        *regexp.Regexp // found anywhere in the title
	Model        string         // a glob, as of [path.Match], for any message's model or the default one
	Project      string         // name or id of the project, in any case
	GPT          string         // id of the custom GPT or project
	Archived     bool           // only archived ones
	Starred      bool           // only starred ones
	MinMessages  int            // visible messages in the whole tree
	Deleted      bool           // only those that the server no longer has, as a fetch found out

	present bool // only those that the server still had
}

// Select returns a Source of the conversations of s that sel chooses. It
// shares everything else with s, Close included. A selector that names nothing
// or several is an error. With IDs given, problems of the input that concern
// no conversation by name are left out, since all that was asked for is there.
func (s *Source) Select(sel Selection) (*Source, error) {
	if _, err := path.Match(sel.Model, ""); err != nil {
		return nil, Fail(ExitUsage, "", "--model %q: %w", sel.Model, err)
	}
	var ids map[string]bool
	if len(sel.IDs) > 0 {
		all, err := s.ids()
		if err != nil {
			return nil, err
		}
		if ids, err = resolve(sel.IDs, all); err != nil {
			return nil, err
		}
	}
	var gone map[string]bool
	if sel.Deleted && s.ours == nil {
		return nil, Fail(ExitUsage, "", "only an archive that fetch has filled knows what was deleted")
	}
	if sel.Deleted || sel.present {
		gone = s.ours.gone()
	}
	known := func(id string, updated time.Time) bool {
		return (ids == nil || ids[id]) && (updated.IsZero() || sel.inTime(updated))
	}
	want, dated := slices.Clone(s.want), s.index != nil
	for i := range want {
		if s.index.problem(i) != nil {
			want[i] = want[i] && ids == nil && !sel.Deleted
			continue
		}
		if !want[i] {
			continue
		}
		id, updated := s.index.head(i)
		want[i] = known(id, updated) && (!sel.Deleted || gone[id]) && (!sel.present || !gone[id])
		dated = dated && (!want[i] || !updated.IsZero())
	}
	rest := sel
	if dated { // the index knew all that is asked about time
		rest.Since, rest.Until = time.Time{}, time.Time{}
	}
	after := slices.Clip(s.after)
	if test := rest.test(); test != nil {
		after = append(after, test)
	}
	if s.index == nil {
		n := *s
		n.after, n.Count = after, -1
		n.Entries = filtered(s.Entries, known, after[len(s.after):])
		return &n, nil
	}
	return s.narrowed(want, after), nil
}

// narrowed is s with another choice of its index; nil is all of it.
func (s *Source) narrowed(want []bool, after []func(*chat.Conversation) bool) *Source {
	if want == nil {
		want = slices.Repeat([]bool{true}, s.index.len)
	}
	n := *s
	n.want, n.after, n.Count = want, after, 0
	for i := range want {
		if want[i] && s.index.problem(i) == nil {
			n.Count++
		}
	}
	if len(after) > 0 {
		n.Count = -1
	}
	all := func(string, time.Time) bool { return true }
	n.Entries = filtered(s.index.walk(want), all, after)
	return &n
}

// filtered passes the entries that keep says, and makes their Decode answer
// ErrSkip unless the conversation satisfies every test.
func filtered(in iter.Seq2[Entry, error], keep func(id string, updated time.Time) bool, tests []func(*chat.Conversation) bool) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for e, err := range in {
			if err == nil && !keep(e.ID, e.Updated) {
				continue
			}
			if decode := e.Decode; err == nil && len(tests) > 0 {
				e.Decode = func() (*chat.Conversation, error) {
					c, err := decode()
					if err != nil {
						return nil, err
					}
					for _, test := range tests {
						if !test(c) {
							return nil, ErrSkip
						}
					}
					return c, nil
				}
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

func (sel *Selection) inTime(t time.Time) bool {
	return !t.Before(sel.Since) && (sel.Until.IsZero() || t.Before(sel.Until))
}

// test is what of sel can be judged only of a decoded conversation, nil if
// there is nothing.
func (sel Selection) test() func(*chat.Conversation) bool {
	if sel.Since.IsZero() && sel.Until.IsZero() && sel.Title == nil && sel.Model == "" && sel.Project == "" &&
		sel.GPT == "" && !sel.Archived && !sel.Starred && sel.MinMessages <= 0 {
		return nil
	}
	return sel.match
}

func (sel *Selection) match(c *chat.Conversation) bool {
	if !sel.Since.IsZero() || !sel.Until.IsZero() {
		t := c.Updated
		if t.IsZero() {
			t = c.Created
		}
		if t.IsZero() || !sel.inTime(t) {
			return false
		}
	}
	switch {
	case sel.Title != nil && !sel.Title.MatchString(c.Title),
		sel.Project != "" && !strings.EqualFold(c.Project, sel.Project) && (c.Project == "" || !strings.EqualFold(c.Gizmo, sel.Project)),
		sel.GPT != "" && (c.Gizmo == "" || c.Gizmo != sel.GPT && !strings.HasPrefix(sel.GPT, c.Gizmo+"-")),
		sel.Archived && !c.Archived,
		sel.Starred && !c.Starred:
		return false
	}
	return (sel.Model == "" || sel.modelOf(c)) && (sel.MinMessages <= 0 || visible(c) >= sel.MinMessages)
}

func (sel *Selection) modelOf(c *chat.Conversation) bool {
	is := func(model string) bool {
		ok, _ := path.Match(strings.ToLower(sel.Model), strings.ToLower(model))
		return ok && model != ""
	}
	if is(c.Model) {
		return true
	}
	last := ""
	for i := range c.Nodes {
		if m := c.Nodes[i].Message; m != nil && m.Model != last {
			last = m.Model
			if is(last) {
				return true
			}
		}
	}
	return false
}

func visible(c *chat.Conversation) (n int) {
	for i := range c.Nodes {
		if m := c.Nodes[i].Message; m != nil && m.Visible() {
			n++
		}
	}
	return n
}
