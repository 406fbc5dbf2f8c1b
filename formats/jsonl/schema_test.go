package jsonl

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"gptsnap/formats/chat"
	"gptsnap/formats/chat/chattest"

	"pgregory.net/rapid"
)

// schema is as much of JSON Schema as ours use; a key that is not here makes
// reading a schema fail.
type schema struct {
	Schema      string             `json:"$schema"`
	Ref         string             `json:"$ref"`
	Defs        map[string]*schema `json:"$defs"`
	Title       string             `json:"title"`
	Description string             `json:"description"`
	Type        any                `json:"type"`
	Format      string             `json:"format"`
	Const       any                `json:"const"`
	Enum        []any              `json:"enum"`
	MinLength   int                `json:"minLength"`
	MinItems    int                `json:"minItems"`
	Items       *schema            `json:"items"`
	Properties  map[string]*schema `json:"properties"`
	Required    []string           `json:"required"`
	Additional  *bool              `json:"additionalProperties"`
	OneOf       []*schema          `json:"oneOf"`
	AnyOf       []*schema          `json:"anyOf"`
}

func readSchema(t failer, name string) *schema {
	t.Helper()
	raw, err := os.ReadFile("schemas/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	s := new(schema)
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.DisallowUnknownFields()
	if err := d.Decode(s); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return s
}

// check says where v, at the given place, is not as s says.
func (s *schema) check(root *schema, at string, v any) error {
	wrong := func(format string, a ...any) error { return fmt.Errorf("%s: %s", at, fmt.Sprintf(format, a...)) }
	if s.Ref != "" {
		return root.Defs[strings.TrimPrefix(s.Ref, "#/$defs/")].check(root, at, v)
	}
	for _, some := range [][]*schema{s.OneOf, s.AnyOf} {
		fits, last := 0, error(nil)
		for _, one := range some {
			if err := one.check(root, at, v); err == nil {
				fits++
			} else if !strings.HasSuffix(err.Error(), "is not the constant") {
				last = err
			}
		}
		if len(some) > 0 && fits == 0 || len(s.OneOf) > 0 && fits > 1 {
			return wrong("fits %d alternatives; %v", fits, last)
		}
	}
	if s.Const != nil && s.Const != v {
		return wrong("%v is not the constant", v)
	}
	if s.Enum != nil && !slices.Contains(s.Enum, v) {
		return wrong("%v is none of %v", v, s.Enum)
	}
	kind := "null"
	switch x := v.(type) {
	case string:
		kind = "string"
		if utf8.RuneCountInString(x) < s.MinLength {
			return wrong("too short")
		}
		if s.Format == "date-time" {
			if _, err := time.Parse(time.RFC3339Nano, x); err != nil || !strings.HasSuffix(x, "Z") {
				return wrong("%q is no time in UTC", x)
			}
		}
	case bool:
		kind = "boolean"
	case float64:
		kind = "number"
		if s.Type == "integer" && x == float64(int64(x)) {
			kind = "integer"
		}
	case []any:
		kind = "array"
		if len(x) < s.MinItems {
			return wrong("too few")
		}
		for i := range x {
			if s.Items != nil {
				if err := s.Items.check(root, fmt.Sprintf("%s[%d]", at, i), x[i]); err != nil {
					return err
				}
			}
		}
	case map[string]any:
		kind = "object"
		if p := s.Properties["type"]; p != nil && p.Const != nil && p.Const != x["type"] {
			return wrong("is not the constant") // another alternative is meant
		}
		for _, k := range s.Required {
			if _, ok := x[k]; !ok {
				return wrong("has no %s", k)
			}
		}
		for k, v := range x {
			p, ok := s.Properties[k]
			if !ok {
				if s.Additional != nil && !*s.Additional {
					return wrong("has a key %s", k)
				}
				continue
			}
			if err := p.check(root, at+"."+k, v); err != nil {
				return err
			}
		}
	}
	switch want := s.Type.(type) {
	case string:
		if want != kind {
			return wrong("is of type %s, not %s", kind, want)
		}
	case []any:
		if !slices.Contains(want, any(kind)) {
			return wrong("is of type %s, not %v", kind, want)
		}
	}
	return nil
}

func TestEveryLineIsAsItsSchemaSays(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"messages", "openai", "sharegpt", "preference"} {
		s := readSchema(t, name)
		seen := 0
		check := func(t failer, c *chat.Conversation) {
			for line := range strings.Lines(write(t, Options{Schema: name, System: "keep"}, c)) {
				var v any
				if err := json.Unmarshal([]byte(line), &v); err != nil {
					t.Fatalf("%v: %s", err, line)
				}
				if err := s.check(s, "line", v); err != nil {
					t.Fatalf("%s: %v\n%s", name, err, line)
				}
				seen++
			}
		}
		rapid.Check(t, func(t *rapid.T) {
			c := chattest.Tree(t)
			for i := range c.Nodes {
				if c.Nodes[i].Message != nil && rapid.IntRange(0, 9).Draw(t, "full") == 0 {
					c.Nodes[i].Message = everything(t)
				}
			}
			check(t, c)
		})
		for _, p := range chattest.EveryPart() {
			c := tree("a: user x", "b<a: assistant y", "c<a: assistant z")
			c.Nodes[1].Message.Parts = []chat.Part{p}
			check(t, c)
		}
		if seen == 0 {
			t.Errorf("%s: no line was checked", name)
		}
	}
}

// The checker itself can say no.
func TestTheSchemasRefuseOtherLines(t *testing.T) {
	t.Parallel()
	for name, line := range map[string]string{
		"messages":   `{"conversation_id":"c"}`,
		"openai":     `{"messages":[{"role":"tool","content":"x"}]}`,
		"sharegpt":   `{"id":"c","conversations":[]}`,
		"preference": `{"id":"c","prompt":[{"role":"user","content":"x"}],"chosen":{"role":"assistant","content":""},"rejected":{"role":"assistant","content":"y"},"source":"current"}`,
	} {
		var v any
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatal(err)
		}
		s := readSchema(t, name)
		if s.check(s, "line", v) == nil {
			t.Errorf("%s takes %s", name, line)
		}
	}
}
