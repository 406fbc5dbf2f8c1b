package markdown

import "strings"

// labelsOf finds the footnotes and link references that src defines and gives
// them names of their own: labels are known all over a page, and the [^1] of
// one answer is not the [^1] of the next.
func labelsOf(src string, number int) map[string]string {
	if !strings.Contains(src, "]:") {
		return nil
	}
	var labels map[string]string
	var open fence
	for line := range strings.Lines(src) {
		line = strings.TrimLeft(strings.TrimSuffix(line, "\n"), " \t>")
		if f, ok := fenceOf(line); ok && open.n == 0 {
			open = f
		} else if ok && f.closes(open) {
			open = fence{}
		}
		if open.n > 0 || line == "" || line[0] != '[' {
			continue
		}
		name, ok := labelAt(line)
		if !ok || !strings.HasPrefix(line[len(name)+2:], ":") {
			continue
		}
		if labels == nil {
			labels = make(map[string]string)
		}
		labels[foldLabel(name)] = name + "-" + decimal(number)
	}
	return labels
}

// labelAt reads [label].
func labelAt(s string) (string, bool) {
	for i := 1; i < len(s) && i < 200; i++ {
		switch s[i] {
		case ']':
			return s[1:i], strings.TrimSpace(s[1:i]) != ""
		case '[', '\n', '\\', 0, '`', '<', '$':
			return "", false
		}
	}
	return "", false
}

func foldLabel(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// label writes the [ at i. Labels get their new names; a footnote mark
// without a footnote must not find one of another message.
func (s *prose) label(i, end int, from *int, bound int) int {
	p, src := s.p, s.src
	if s.labels == nil && (i+1 == end || src[i+1] != '^') {
		return i + 1
	}
	name, ok := labelAt(src[i:end])
	if !ok {
		return i + 1
	}
	after := i + len(name) + 2
	next := byte(0)
	if after < end {
		next = src[after]
	}
	renamed, known := s.labels[foldLabel(name)]
	defines := next == ':' && s.lineStart(i, bound)
	switch {
	case name[0] == '^' && !known, defines && !goodTarget(src[after+1:end]):
		p.b = append(append(p.b, src[*from:i]...), `\[`...)
		*from = i + 1
		return i + 1
	case !known || next == '(':
		return i + 1
	case defines, name[0] == '^', i > 0 && src[i-1] == ']':
		p.b = append(append(append(append(p.b, src[*from:i]...), '['), renamed...), ']')
		*from = after
		return after
	case next == '[' && !strings.HasPrefix(src[after:end], "[]"):
		return i + 1
	}
	p.b = append(append(append(append(p.b, src[*from:after]...), '['), renamed...), ']')
	if next == '[' {
		after += 2
	}
	*from = after
	return after
}
