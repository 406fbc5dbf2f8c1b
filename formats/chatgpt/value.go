package chatgpt

import (
	"bytes"
	"strings"

	"github.com/tidwall/gjson"
)

// parse looks at JSON that the scanner has checked. The result is valid only
// while b is: strings are taken out of it by str.
func parse(b []byte) gjson.Result { return gjson.Parse(alias(b)) }

// str is the string that v holds, independent of the raw bytes; "" if v is no
// string. It is used in place of gjson's own String, which reads half a
// surrogate pair together with the escape behind it.
func str(v gjson.Result) string {
	if v.Type != gjson.String || len(v.Raw) < 2 {
		return ""
	}
	inner := v.Raw[1 : len(v.Raw)-1]
	if strings.IndexByte(inner, '\\') < 0 {
		return strings.Clone(inner)
	}
	return unescape([]byte(inner))
}

// words is what v says as text: a string itself, nothing for null, else JSON.
func words(v gjson.Result) string {
	switch v.Type {
	case gjson.String:
		return str(v)
	case gjson.Null:
		return ""
	}
	if v.Raw == "[]" || v.Raw == "{}" {
		return ""
	}
	return strings.Clone(v.Raw)
}

// first is the first of the texts that is not empty.
func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// size is a count of bytes or pixels; 0 if v is no sane one.
func size(v gjson.Result) int64 {
	if v.Type != gjson.Number {
		return 0
	}
	return max(0, v.Int())
}

func pixels(v gjson.Result) int { return int(min(size(v), 1<<30)) }

// checked reports whether text, which came as a string, is JSON; only then may it be parsed.
func checked(text string) bool {
	s := scanner{b: []byte(text)}
	s.skip()
	return s.end() == nil
}

// keep copies JSON out of the raw bytes.
func keep(b []byte) []byte { return bytes.Clone(b) }
