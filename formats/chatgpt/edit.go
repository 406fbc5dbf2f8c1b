package chatgpt

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"

	"gptsnap/formats/chat"
)

// An editor replays canvas edits, which are regular expressions of Python's,
// on the text before them. Where Go's would not give the same, or the work
// would be too much, the result is unknown rather than wrong.
type editor struct {
	bytes int // of text that may still be made
	steps int // of matching that may still be done
}

// apply returns the text after all edits, and whether it is known.
func (e *editor) apply(text string, known bool, edits []chat.Edit) (string, bool) {
	if len(edits) == 0 {
		return "", false
	}
	for _, edit := range edits {
		switch {
		case wholeText(edit.Pattern):
			text, known = expandTemplate(edit.Replacement, nil)
		case known:
			text, known = e.replace(text, edit)
		}
		if e.bytes -= len(text); e.bytes < 0 {
			return "", false
		}
	}
	return text, known
}

// wholeText reports whether pattern stands for the whole document. The tool
// reads .* so, although to Python it would end at the first line end.
func wholeText(pattern string) bool {
	switch pattern {
	case ".*", "(?s).*", "^.*$", "(?s)^.*$", `[\s\S]*`, `^[\s\S]*$`, `(?s)\A.*\Z`, `\A[\s\S]*\Z`, "(.|\n)*", `(.|\n)*`, "(?s:.*)", "[\\S\\s]*":
		return true
	}
	return false
}

func (e *editor) replace(text string, edit chat.Edit) (string, bool) {
	count := 1
	if edit.Multiple {
		count = -1
	}
	if regexp.QuoteMeta(edit.Pattern) == edit.Pattern && edit.Pattern != "" { // no operators: plain text
		with, ok := expandTemplate(edit.Replacement, []string{edit.Pattern})
		found := strings.Count(text, edit.Pattern)
		if !ok || found == 0 || edit.Multiple && len(with)*found > e.bytes {
			return "", false
		}
		return strings.Replace(text, edit.Pattern, with, count), true
	}
	if !sameInGo(edit.Pattern, text) {
		return "", false
	}
	tree, err := syntax.Parse(edit.Pattern, syntax.Perl)
	if err != nil {
		return "", false
	}
	program, err := syntax.Compile(tree.Simplify())
	if err != nil || len(program.Inst)*len(text) > e.steps {
		return "", false
	}
	e.steps -= len(program.Inst) * len(text)
	re, err := regexp.Compile(edit.Pattern)
	if err != nil {
		return "", false
	}
	matches := re.FindAllStringSubmatchIndex(text, count)
	if len(matches) == 0 {
		return "", false
	}
	var out strings.Builder
	at := 0
	for _, m := range matches {
		groups := make([]string, len(m)/2)
		for g := range groups {
			if m[2*g] >= 0 {
				groups[g] = text[m[2*g]:m[2*g+1]]
			}
		}
		with, ok := expandTemplate(edit.Replacement, groups)
		if !ok || out.Len()+len(with) > e.bytes {
			return "", false
		}
		out.WriteString(text[at:m[0]])
		out.WriteString(with)
		at = m[1]
	}
	out.WriteString(text[at:])
	return out.String(), true
}

// sameInGo reports whether pattern means the same in Go as in Python, for
// this text. Look-around and back references fail to compile later on.
func sameInGo(pattern, text string) bool {
	if len(pattern) > 1<<14 || strings.Contains(pattern, "[:") || strings.Contains(pattern, "{,") {
		return false
	}
	ascii := true
	for i := range len(text) {
		ascii = ascii && text[i] < utf8.RuneSelf
	}
	for i := 0; i < len(pattern); i++ {
		switch pattern[i] {
		case '\\':
			i++
			if i < len(pattern) && strings.IndexByte("wWdDsSbB", pattern[i]) >= 0 && !ascii {
				return false // Python's classes know all of Unicode
			}
			if i < len(pattern) && strings.IndexByte("zQEpPCZ", pattern[i]) >= 0 {
				return false
			}
		case '$': // in Python also before a last line end
			if strings.HasSuffix(text, "\n") {
				return false
			}
		}
	}
	return ascii || !strings.Contains(pattern, "(?i")
}

// expandTemplate does what Python's Match.expand does; false for a template
// that Python refuses, or that names groups in ways not known here.
func expandTemplate(template string, groups []string) (string, bool) {
	if strings.IndexByte(template, '\\') < 0 {
		return template, true
	}
	var out strings.Builder
	for i := 0; i < len(template); i++ {
		if template[i] != '\\' || i+1 == len(template) {
			out.WriteByte(template[i])
			continue
		}
		i++
		switch c := template[i]; {
		case c == '\\':
			out.WriteByte('\\')
		case c == 'n':
			out.WriteByte('\n')
		case c == 't':
			out.WriteByte('\t')
		case c == 'r':
			out.WriteByte('\r')
		case c >= '1' && c <= '9':
			g := int(c - '0')
			if i+1 < len(template) && template[i+1] >= '0' && template[i+1] <= '9' {
				i++
				g = g*10 + int(template[i]-'0')
			}
			if g >= len(groups) {
				return "", false
			}
			out.WriteString(groups[g])
		case c == 'g' && strings.HasPrefix(template[i+1:], "<0>") && len(groups) > 0:
			out.WriteString(groups[0])
			i += 3
		case c == '0' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			return "", false
		default:
			out.WriteByte('\\')
			out.WriteByte(c)
		}
	}
	return out.String(), true
}
