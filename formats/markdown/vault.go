package markdown

import "strings"

// In Obsidian more signs mean something than in Markdown: %%comment%% is not
// shown, ==words== are marked, [[a note]] is a link, #tag is a tag of the whole
// vault, and ^name at the end of a block is its name and not shown. A model
// that writes such signs means them as they are.

// busyInVault is busy in this flavour.
var busyInVault = func() (t [256]bool) {
	t = busy
	for _, c := range "%=#^" {
		t[c] = true
	}
	return
}()

// vaultSign judges the sign at i of the running text that begins at at, and
// returns where to go on.
func (s *prose) vaultSign(i, end int, from *int, at int) int {
	src := s.src
	n := 1
	for i+n < end && src[i+n] == src[i] {
		n++
	}
	first := i == at || strings.IndexByte(" \t\n(>", src[i-1]) >= 0 && !strings.HasSuffix(src[at:i], "](")
	escape := false
	switch src[i] {
	case '%', '=':
		escape = n > 1
	case '#':
		escape = first && n == 1 && i+1 < end && isTagged(src[i+1])
	case '^':
		name := src[i+1 : end]
		if k := strings.IndexByte(name, '\n'); k >= 0 {
			name = name[:k]
		}
		name = strings.TrimRight(name, " \t\r")
		escape = first && n == 1 && name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == ""
	}
	if !escape || i > at && inAddress(src[at:i]) {
		return i + n
	}
	s.p.b = append(s.p.b, src[*from:i]...)
	for range n {
		s.p.b = append(s.p.b, '\\', src[i])
	}
	*from = i + n
	return i + n
}

// isTagged reports whether a # before c begins a tag. Numbers alone are none,
// but they may be the beginning of one.
func isTagged(c byte) bool { return isWord(c) || c >= 0x80 || c == '-' || c == '/' }

// wikiLink reports whether s begins with a link to a note, and not with a
// link whose words are in brackets: [[1]](https://example.com/).
func wikiLink(s string) bool {
	if !strings.HasPrefix(s, "[[") {
		return false
	}
	s = s[:min(len(s), 512)]
	k := strings.Index(s, "]]")
	return k > 2 && !strings.Contains(s[:k], "\n") && !strings.HasPrefix(s[k+2:], "(")
}
