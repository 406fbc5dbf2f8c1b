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
	"unicode/utf8"

	"gptsnap/formats/chat"
	"gptsnap/formats/source"
)

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

// Text is s redacted by itself; a nil Redactor leaves it as it is.
func (r *Redactor) Text(s string) string {
	if r == nil {
		return s
	}
	one := &redaction{r: r, names: map[string]string{}, last: map[string]int{}}
	return one.text(s, nil)
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
