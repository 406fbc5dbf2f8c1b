package convert

import (
	"encoding/json"
	"fmt"
	"iter"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"unicode"
	"unicode/utf8"

	"gptsnap/formats/chat"
	"gptsnap/formats/source"
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

// A Redactor takes values out of conversations before anything is drawn, so
// that every format profits. It looks for known shapes: it lowers the risk of
// sharing a chat, it cannot take it away. Within one conversation the same
// value gets the same placeholder, as [email 1]. It is safe for use by many
// goroutines.
type Redactor struct {
	patterns []pattern
	counts   map[string]*atomic.Int64 // by kind of pattern, of replacements
}

// NewRedactor takes out the kinds of values named, of [Redactable].
func NewRedactor(kinds []string) (*Redactor, error) {
	r := &Redactor{counts: map[string]*atomic.Int64{}}
	for _, want := range Redactable {
		if slices.Contains(kinds, want) {
			r.patterns = append(r.patterns, patterns[want]...)
		}
	}
	for _, k := range kinds {
		if !slices.Contains(Redactable, k) {
			return nil, fmt.Errorf("nothing known of %q: it is any of %s", k, strings.Join(Redactable, ","))
		}
	}
	for _, p := range r.patterns {
		r.counts[p.kind] = new(atomic.Int64)
	}
	return r, nil
}

// Line says how much was taken out: "redacted 2 secrets, 1 email".
func (r *Redactor) Line() string {
	var all []string
	for _, kind := range []string{"secret", "email", "phone"} {
		if n := r.counts[kind]; n != nil {
			all = append(all, plural(int(n.Load()), kind))
		}
	}
	return "redacted " + strings.Join(all, ", ")
}

// Source is src with every conversation redacted as soon as it is decoded.
func (r *Redactor) Source(src *source.Source) *source.Source {
	n := *src
	n.Entries = iter.Seq2[source.Entry, error](func(yield func(source.Entry, error) bool) {
		for e, err := range src.Entries {
			if decode := e.Decode; decode != nil {
				e.Decode = func() (*chat.Conversation, error) {
					c, err := decode()
					if err != nil {
						return nil, err
					}
					r.Redact(c)
					return c, nil
				}
			}
			if !yield(e, err) {
				return
			}
		}
	})
	return &n
}

// Redact changes every text of c that people wrote or read. Ids, pointers and
// the provider's own words for roles, types and models stay: they are what
// files are found by, and none of them is free text.
func (r *Redactor) Redact(c *chat.Conversation) {
	one := &redaction{r: r, names: map[string]string{}, last: map[string]int{}, seen: map[*chat.File]bool{}}
	one.value(reflect.ValueOf(c).Elem())
}

// A redaction is one conversation being redacted.
type redaction struct {
	r     *Redactor
	names map[string]string // value to placeholder
	last  map[string]int    // number given last, by kind
	seen  map[*chat.File]bool
}

// technical are the fields of the model that hold no free text.
var technical = map[reflect.Type][]string{
	reflect.TypeFor[chat.Conversation](): {"ID", "Model", "Gizmo"},
	reflect.TypeFor[chat.Node]():         {"ID"},
	reflect.TypeFor[chat.Message]():      {"ID", "Role", "Recipient", "Channel", "ContentType", "Status", "Finish", "Model", "Effort", "Turn"},
	reflect.TypeFor[chat.Problem]():      {"Node"},
	reflect.TypeFor[chat.File]():         {"Pointer", "ID", "MIME", "Message"},
	reflect.TypeFor[chat.Image]():        {"GenID"},
	reflect.TypeFor[chat.Canvas]():       {"Action", "ID", "Type"},
	reflect.TypeFor[chat.Code]():         {"Language"},
	reflect.TypeFor[chat.Unknown]():      {"Kind"},
}

// value goes through the model by its types and not by a list of its parts,
// so that a part of a later version cannot be forgotten. The depth is that of
// the types: trees are flat lists of nodes.
func (o *redaction) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		if s := v.String(); s != "" {
			if now := o.text(s, nil); now != s {
				v.SetString(now)
			}
		}
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return
		}
		switch x := v.Interface().(type) {
		case *chat.Text:
			o.cited(x)
			return
		case *chat.File:
			if o.seen[x] {
				return
			}
			o.seen[x] = true
		}
		o.value(v.Elem())
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			v.SetBytes(o.json(v.Bytes()))
			return
		}
		for i := range v.Len() {
			o.value(v.Index(i))
		}
	case reflect.Struct:
		skip := technical[v.Type()]
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && !slices.Contains(skip, f.Name) {
				o.value(v.Field(i))
			}
		}
	}
}

// cited redacts a text and moves its cites along. A cite that begins or ends
// within a value begins or ends behind its placeholder.
func (o *redaction) cited(t *chat.Text) {
	var at []*int
	for i := range t.Cites {
		at = append(at, &t.Cites[i].Start, &t.Cites[i].End)
		o.value(reflect.ValueOf(&t.Cites[i].Label).Elem())
		o.value(reflect.ValueOf(&t.Cites[i].Links).Elem())
	}
	t.Raw = o.text(t.Raw, at)
}

var literal = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

// json redacts the strings in JSON, which stays JSON.
func (o *redaction) json(raw []byte) []byte {
	return literal.ReplaceAllFunc(raw, func(q []byte) []byte {
		var s string
		if json.Unmarshal(q, &s) != nil {
			return q
		}
		if now := o.text(s, nil); now != s {
			if b, err := json.Marshal(now); err == nil {
				return b
			}
		}
		return q
	})
}

// text is s with every value replaced; positions in it are moved along.
func (o *redaction) text(s string, positions []*int) string {
	low := lower(s)
	for k := range o.r.patterns {
		p := &o.r.patterns[k]
		if !p.maybe(low) {
			continue
		}
		if now := o.replace(s, p.find(s, low), p, positions); now != s {
			s, low = now, lower(now)
		}
	}
	return s
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

func (o *redaction) replace(s string, found [][]int, p *pattern, positions []*int) string {
	if len(found) == 0 {
		return s
	}
	var b strings.Builder
	at, next := 0, 0 // what of s is written, and which position comes next
	move := func(until, shift int) {
		for next < len(positions) && *positions[next] <= until {
			*positions[next] += shift
			next++
		}
	}
	for _, m := range found {
		from, to := m[0], m[1]
		for g := 2; g < len(m); g += 2 {
			if m[g] >= 0 {
				from, to = m[g], m[g+1]
			}
		}
		before, _ := utf8.DecodeLastRuneInString(s[:from])
		after, _ := utf8.DecodeRuneInString(s[to:])
		value := s[from:to]
		if strings.HasPrefix(value, "[") || p.ok != nil && !p.ok(before, after, value) {
			continue
		}
		move(from, b.Len()-at)
		b.WriteString(s[at:from])
		b.WriteString(o.placeholder(p.kind, value))
		for next < len(positions) && *positions[next] < to {
			*positions[next] = b.Len()
			next++
		}
		at = to
		o.r.counts[p.kind].Add(1)
	}
	if at == 0 && b.Len() == 0 {
		return s
	}
	move(len(s), b.Len()-at)
	b.WriteString(s[at:])
	return b.String()
}

func (o *redaction) placeholder(kind, value string) string {
	key := kind + " " + value
	name := o.names[key]
	if name == "" {
		o.last[kind]++
		name = fmt.Sprintf("[%s %d]", kind, o.last[kind])
		o.names[strings.Clone(key)] = name
	}
	return name
}
