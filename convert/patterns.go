package convert

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// A pattern finds one kind of value. If it has groups, the value is what the
// first group that took part holds, else the whole match.
type pattern struct {
	kind  string   // as in [email 1]
	near  []string // one of these, in lower case, has to be there at all: looking is cheaper than matching
	spans bool     // a match may go over the end of a line
	re    *regexp.Regexp
	ok    func(before, after rune, value string) bool // nil: always
}

// Redactable are the kinds of values that a Redactor can take out.
var Redactable = []string{"secrets", "email", "phone"}

// patterns says what is taken out, the longest and surest shapes first.
var patterns = map[string][]pattern{
	"secrets": {
		{kind: "secret", spans: true, near: []string{"private key"}, re: regexp.MustCompile(`-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?s:.*?)(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|\z)`)},
		{kind: "secret", near: []string{"eyj"}, re: regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?`)},
		{kind: "secret", near: []string{"sk-", "sk_", "rk_", "pk_", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "akia", "asia", "aiza", "xox", "hf_", "npm_"},
			re: regexp.MustCompile(`\b(?:sk-[A-Za-z0-9_-]{16,}|[srp]k_(?:live|test)_[A-Za-z0-9]{16,}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{20,}|A[KS]IA[A-Z0-9]{16}|AIza[A-Za-z0-9_-]{35}|xox[abeprs]-[A-Za-z0-9-]{10,}|hf_[A-Za-z0-9]{20,}|npm_[A-Za-z0-9]{36})`)},
		{kind: "secret", near: []string{"bearer"}, re: regexp.MustCompile(`(?i)\bbearer[ \t]+([A-Za-z0-9._~+/=-]{16,})`)},
		{kind: "secret", near: []string{"://"}, re: regexp.MustCompile(`(?i)\b[a-z][a-z0-9+.-]*://[^/\s:@]*:([^@\s/]+)@`)},
		{kind: "secret", near: []string{"?", "&"}, re: regexp.MustCompile(`(?i)[?&][a-z0-9_.-]*(?:token|key|secret|signature|auth|sig)=([^&#\s"'<>()\[\]]{8,})`)},
		{kind: "secret", near: []string{"pass", "pwd", "secret", "key", "token"},
			re: regexp.MustCompile(`(?i)(?:password|passwd|passphrase|pwd|secret|api[_-]?key|access[_-]?key|(?:access|auth|refresh|api)[_-]?token)["']?[ \t]*[:=][ \t]*(?:"([^"\n]{4,})"|'([^'\n]{4,})'|([^\s"'<>,;&\[\]{}()]{6,}))`)},
	},
	"email": {{kind: "email", near: []string{"@"}, re: regexp.MustCompile(`[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*\.\p{L}{2,}`)}},
	"phone": {
		{kind: "phone", re: regexp.MustCompile(`(?:\+|\b00)[1-9]\d{0,2}(?:[ .\-/()\x{a0}]{0,2}\d){6,13}`), ok: apart},
		{kind: "phone", re: regexp.MustCompile(`\(?\b[2-9]\d{2}\)?[ .-]\d{3}[ .-]\d{4}\b`), ok: apart},
		{kind: "phone", re: regexp.MustCompile(`\b0\d{2,4}[ /-]{1,3}\d{3,4}(?:[ -]?\d{2,4}){0,2}\b`), ok: func(before, after rune, v string) bool { return apart(before, after, v) && digits(v) >= 8 }},
	},
}

// apart reports that a number is not a piece of something longer.
func apart(before, after rune, _ string) bool {
	in := func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_-.=%&#", r)
	}
	return !in(before) && (!in(after) || after == '.' || after == '-')
}

func digits(s string) (n int) {
	for _, r := range s {
		if unicode.IsDigit(r) {
			n++
		}
	}
	return n
}

// lower is s with the letters of ASCII in lower case, byte for byte.
func lower(s string) string {
	for i := range len(s) {
		if s[i] >= 'A' && s[i] <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if b[i] >= 'A' && b[i] <= 'Z' {
					b[i] += 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}

// maybe is a quick look whether the pattern can be found in low at all.
func (p *pattern) maybe(low string) bool {
	if p.near == nil {
		return manyDigits(low)
	}
	return slices.ContainsFunc(p.near, func(n string) bool { return strings.Contains(low, n) })
}

// manyDigits reports that s has as many digits as the shortest phone number.
func manyDigits(s string) bool {
	n := 0
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			if n++; n == 7 {
				return true
			}
		}
	}
	return false
}

// find is where the pattern stands in s, line by line unless it spans lines:
// most lines need no more than a quick look.
func (p *pattern) find(s, low string) (all [][]int) {
	if p.spans {
		return p.re.FindAllStringSubmatchIndex(s, -1)
	}
	for at := 0; at < len(s); {
		end := len(s)
		if n := strings.IndexByte(s[at:], '\n'); n >= 0 {
			end = at + n + 1
		}
		if p.maybe(low[at:end]) {
			for _, m := range p.re.FindAllStringSubmatchIndex(s[at:end], -1) {
				for i := range m {
					if m[i] >= 0 {
						m[i] += at
					}
				}
				all = append(all, m)
			}
		}
		at = end
	}
	return all
}
