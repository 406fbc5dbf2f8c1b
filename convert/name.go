package convert

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"gptsnap/formats/chat"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// DefaultName is the template of file names.
const DefaultName = "{{created}} {{title}} {{id8}}"

// maxName bounds one component of a name, in bytes, extension and number included.
const maxName = 120

// room is kept free in a component for the extension, a branch and a number.
const room = 8

var fields = map[string]func(c *chat.Conversation, zone *time.Location) string{
	"created": func(c *chat.Conversation, z *time.Location) string { return day(c.Created, z, "2006-01-02") },
	"updated": func(c *chat.Conversation, z *time.Location) string { return day(c.Updated, z, "2006-01-02") },
	"year":    func(c *chat.Conversation, z *time.Location) string { return day(c.Created, z, "2006") },
	"month":   func(c *chat.Conversation, z *time.Location) string { return day(c.Created, z, "2006-01") },
	"title":   func(c *chat.Conversation, _ *time.Location) string { return orUntitled(c.Title) },
	"id":      func(c *chat.Conversation, _ *time.Location) string { return c.ID },
	"id8":     func(c *chat.Conversation, _ *time.Location) string { return id8(c.ID) },
	"project": func(c *chat.Conversation, _ *time.Location) string { return c.Project },
	"model":   func(c *chat.Conversation, _ *time.Location) string { return c.Model },
}

func day(t time.Time, zone *time.Location, layout string) string {
	if t.IsZero() {
		return "undated"
	}
	return t.In(zone).Format(layout)
}

func orUntitled(s string) string {
	if strings.TrimSpace(s) == "" {
		return "Untitled"
	}
	return s
}

// id8 is the first eight letters or digits of an id: enough to tell chats apart by eye.
func id8(id string) string {
	short := strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return r
		}
		return -1
	}, strings.TrimPrefix(id, "sha256-"))
	return short[:min(8, len(short))]
}

// A Template makes the name of a document from a conversation.
type Template struct {
	parts   []string // components of the path
	zone    *time.Location
	project bool // chats of a project go into a folder of its name
}

var field = regexp.MustCompile(`\{\{\s*([^{}]*?)\s*\}\}`)

// ParseTemplate understands {{created}}, {{title}} and so on; a slash makes a folder.
func ParseTemplate(s string, zone *time.Location) (*Template, error) {
	for _, m := range field.FindAllStringSubmatch(s, -1) {
		if fields[m[1]] == nil {
			known := make([]string, 0, len(fields))
			for k := range fields {
				known = append(known, k)
			}
			slices.Sort(known)
			return nil, fmt.Errorf("name template: no field {{%s}}; there are: %s", m[1], strings.Join(known, ", "))
		}
	}
	if strings.TrimSpace(s) == "" || strings.HasPrefix(s, "/") || slices.Contains(strings.Split(s, "/"), "..") {
		return nil, fmt.Errorf("name template %q: needs a name inside the output folder", s)
	}
	return &Template{parts: strings.Split(path.Clean(s), "/"), zone: zone,
		project: !strings.Contains(s, "/") && !strings.Contains(s, "project")}, nil
}

// Layouts are the ways to lay documents out in folders.
var Layouts = []string{"project", "flat", "year", "month"}

// LaidOut is t with its documents in folders by year or month of creation, by
// project (which is the default), or all in one folder. A template that makes
// folders itself has them within.
func (t *Template) LaidOut(layout string) *Template {
	n := *t
	switch layout {
	case "year", "month":
		n.parts = append([]string{"{{" + layout + "}}"}, t.parts...)
		n.project = false
	case "flat":
		n.project = false
	case "project":
		n.project = true
	}
	return &n
}

// Expand makes the name of c: components safe on every system, joined with
// slashes, without extension. Chats of a project go into a folder of its name.
func (t *Template) Expand(c *chat.Conversation) string {
	var out []string
	if c.Project != "" && t.project {
		out = append(out, Safe(c.Project, maxName))
	}
	for _, p := range t.parts {
		out = append(out, t.component(p, c))
	}
	return strings.Join(out, "/")
}

// component fills in one component. A long title is cut so that what stands
// behind it in the template, such as the id, stays whole.
func (t *Template) component(p string, c *chat.Conversation) string {
	fill := func(titleBytes int) string {
		return Safe(field.ReplaceAllStringFunc(p, func(f string) string {
			name := field.FindStringSubmatch(f)[1]
			v := fields[name](c, t.zone)
			if name == "title" {
				v = Safe(v, titleBytes)
			}
			return v
		}), 4*maxName)
	}
	const limit = maxName - room
	s := fill(limit)
	for title := limit; len(s) > limit && title > 8; {
		title = max(8, title-(len(s)-limit))
		s = fill(title)
	}
	return Safe(s, limit)
}

// withSuffix appends to the last component of name, within the limit.
func withSuffix(name, suffix string) string {
	dir, base := path.Split(name)
	return dir + Safe(base, maxName-room-len(suffix)) + suffix
}

// reserved are the names that Windows keeps for devices.
var reserved = regexp.MustCompile(`(?i)^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)`)

// Safe makes s one component of a path that is legal on Windows, macOS and
// Linux, at most limit bytes long, without control or bidi characters.
func Safe(s string, limit int) string {
	var b strings.Builder
	space := false
	for _, r := range norm.NFC.String(strings.ToValidUTF8(s, "\uFFFD")) {
		switch {
		case unicode.IsSpace(r):
			space = b.Len() > 0
			continue
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r) && r != '\u200d', unicode.Is(unicode.Co, r):
			continue
		case strings.ContainsRune(`/\:|`, r):
			r = '-'
		case strings.ContainsRune(`<>"?*`, r):
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
		if b.Len() > 4*limit { // enough to cut from
			break
		}
	}
	out := strings.Trim(cut(strings.Trim(b.String(), " ."), limit), " .\u200d")
	if out == "" {
		return "_"
	}
	if reserved.MatchString(out) {
		out = "_" + strings.TrimRight(cut(out, limit-1), " .")
	}
	return out
}

// cut shortens s to limit bytes without parting a letter from its marks.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	at := limit
	for at > 0 && (!utf8.RuneStart(s[at]) || joined(s[at:], s[:at])) {
		at--
	}
	return s[:at]
}

func joined(after, before string) bool {
	r, _ := utf8.DecodeRuneInString(after)
	l, _ := utf8.DecodeLastRuneInString(before)
	return unicode.In(r, unicode.M) || r == '\u200d' || l == '\u200d' || r >= 0x1F3FB && r <= 0x1F3FF
}

// fold is what two names have in common if a file system may take them for one.
func fold(s string) string { return cases.Fold().String(norm.NFKC.String(s)) }
