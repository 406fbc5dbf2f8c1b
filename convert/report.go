package convert

import (
	"fmt"
	"strings"
)

// Line says in one line what a run did.
func (r Report) Line(to string) string {
	var b strings.Builder
	b.WriteString(plural(r.Conversations, "conversation"))
	if r.Documents > 0 || r.Conversations == 0 {
		b.WriteString(", " + plural(r.Documents, "document"))
	}
	b.WriteString(" in " + to)
	if r.Unchanged > 0 {
		fmt.Fprintf(&b, " (%d unchanged)", r.Unchanged)
	}
	if r.Older > 0 {
		fmt.Fprintf(&b, ", %s older and not written", plural(r.Older, "document"))
	}
	if n := len(r.Kept); n > 0 {
		fmt.Fprintf(&b, ", %s edited by somebody and left alone", plural(n, "file"))
	}
	if r.Replaced > 0 {
		fmt.Fprintf(&b, ", %s replaced", plural(r.Replaced, "edited file"))
	}
	if r.Files > 0 {
		fmt.Fprintf(&b, ", %s", plural(r.Files, "file"))
	}
	if r.MissingFiles > 0 {
		fmt.Fprintf(&b, ", %s not in the source (noted where they belong)", plural(r.MissingFiles, "file"))
	}
	if r.FilesLeftOut > 0 {
		fmt.Fprintf(&b, ", %s not copied, since the output is one file (see --files)", plural(r.FilesLeftOut, "file"))
	}
	return b.String()
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
