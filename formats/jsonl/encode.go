package jsonl

import (
	"bytes"
	"encoding/json"
	"math"
	"math/bits"
	"strconv"
	"time"
	"unicode/utf8"
)

// plain says which bytes stand for themselves in a JSON string.
var plain = func() (t [256]bool) {
	for c := 0x20; c < 0x80; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return
}()

// text appends s as a JSON string. What is not UTF-8 becomes U+FFFD.
func text(b []byte, s string) []byte { return append(inner(append(b, '"'), s), '"') }

// inner is text without the quotes. Of what is UTF-8 as it should be, only a
// quote, a backslash and control characters need a look; eight bytes at a time
// are passed over that have none of them.
func inner(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	valid := utf8.ValidString(s)
	from := 0
	for i := 0; i < len(s); {
		if valid && i+8 <= len(s) {
			odd := special(uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 |
				uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56)
			i += bits.TrailingZeros64(odd) / 8
			if odd == 0 {
				continue
			}
		}
		c := s[i]
		if plain[c] {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			if valid {
				i++
				continue
			}
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				b = append(append(b, s[from:i]...), "\uFFFD"...)
				from = i + 1
			}
			i += n
			continue
		}
		b = append(b, s[from:i]...)
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, `\n`...)
		case '\t':
			b = append(b, `\t`...)
		case '\r':
			b = append(b, `\r`...)
		default:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		i++
		from = i
	}
	return append(b, s[from:]...)
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// special marks the bytes of x that are a quote, a backslash or a control
// character by their highest bit. A false mark is possible only above a true one.
func special(x uint64) uint64 {
	return ((x ^ ones*'"' - ones) | (x ^ ones*'\\' - ones) | (x - ones*' ')) &^ x & highs
}

// key appends ,"k": — or without the comma at the start of an object.
func key(b []byte, k string) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	return append(append(append(b, '"'), k...), '"', ':')
}

// field appends a string under k; null if it is empty.
func field(b []byte, k, s string) []byte {
	b = key(b, k)
	if s == "" {
		return append(b, "null"...)
	}
	return text(b, s)
}

// The functions below append only what differs from zero.

func some(b []byte, k, s string) []byte {
	if s == "" {
		return b
	}
	return text(key(b, k), s)
}

func someInt(b []byte, k string, n int64) []byte {
	if n == 0 {
		return b
	}
	return strconv.AppendInt(key(b, k), n, 10)
}

func someFloat(b []byte, k string, f float64) []byte {
	if f == 0 || math.IsNaN(f) || math.IsInf(f, 0) {
		return b
	}
	return strconv.AppendFloat(key(b, k), f, 'g', -1, 64)
}

func someBool(b []byte, k string, is bool) []byte {
	if !is {
		return b
	}
	return append(key(b, k), "true"...)
}

func someTime(b []byte, k string, t time.Time) []byte {
	if t.IsZero() {
		return b
	}
	return moment(key(b, k), t)
}

// moment appends t in UTC, as exact as it is; null if it is unknown or of a
// year that RFC 3339 cannot say.
func moment(b []byte, t time.Time) []byte {
	t = t.UTC()
	if t.IsZero() || t.Year() < 0 || t.Year() > 9999 {
		return append(b, "null"...)
	}
	b = append(b, '"')
	b = t.AppendFormat(b, time.RFC3339Nano)
	return append(b, '"')
}

func truth(b []byte, k string, is bool) []byte { return strconv.AppendBool(key(b, k), is) }

// someJSON appends JSON as it is, but for white space between its values. What
// is no JSON, or nested too deeply to say, is appended as a string under the
// key with "_text".
func someJSON(b []byte, k string, raw []byte) []byte {
	if len(raw) == 0 {
		return b
	}
	var one bytes.Buffer
	if err := json.Compact(&one, raw); err != nil || !utf8.Valid(raw) {
		return text(key(b, k+"_text"), string(raw))
	}
	return append(key(b, k), one.Bytes()...)
}

// list appends an array under k, each item written by one.
func list[T any](b []byte, k string, all []T, one func([]byte, *T) []byte) []byte {
	b = append(key(b, k), '[')
	for i := range all {
		if i > 0 {
			b = append(b, ',')
		}
		b = one(b, &all[i])
	}
	return append(b, ']')
}

// someList is list for what may be left out.
func someList[T any](b []byte, k string, all []T, one func([]byte, *T) []byte) []byte {
	if len(all) == 0 {
		return b
	}
	return list(b, k, all, one)
}

func oneText(b []byte, s *string) []byte { return text(b, *s) }
