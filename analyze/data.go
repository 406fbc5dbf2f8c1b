package analyze

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// WriteJSON writes t as one JSON object, with a line for each row. Numbers
// are numbers, times RFC 3339 in UTC, durations seconds, shares 0 to 1, and
// what is unknown is null. The total holds only what can be added up.
func WriteJSON(w io.Writer, t *Table, scope Scope) error {
	b := bufio.NewWriter(w)
	b.WriteString(`{"report":` + quote(t.Report) + `,"schema":1,"scope":{"source":` + quote(scope.Source))
	fmt.Fprintf(b, `,"conversations":%d,"failed":%d,"counted":%s`, scope.Conversations, scope.Failed, quote(t.Counted))
	if then := scope.Then; then != nil {
		fmt.Fprintf(b, `,"then":%s,"now":%s,"conversations_then":%d`, quote(then.Date), value(text(then.Now)), then.Conversations)
	}
	if t.Zone != nil {
		b.WriteString(`,"timezone":` + quote(t.Zone.String()))
	}
	b.WriteString(`},"columns":` + value(t.Keys()) + `,"rows":[`)
	for i := range t.size() {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("\n" + t.object(t.row(i), false))
	}
	b.WriteString("\n" + `],"total":` + t.object(t.Total, true) + "}\n")
	return written(b.Flush())
}

// WriteJSONL writes the rows of t, one JSON object a line.
func WriteJSONL(w io.Writer, t *Table) error {
	b := bufio.NewWriter(w)
	for i := range t.size() {
		b.WriteString(t.object(t.row(i), false) + "\n")
	}
	return written(b.Flush())
}

// object writes a row with its keys; without nulls if sparse.
func (t *Table) object(row []any, sparse bool) string {
	var b strings.Builder
	b.WriteByte('{')
	for k, c := range t.Columns {
		if c.Drawn || row == nil || sparse && row[k] == nil {
			continue
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		b.WriteString(quote(c.Key) + ":" + value(row[k]))
	}
	b.WriteByte('}')
	return b.String()
}

// value writes v as JSON.
func value(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return quote(v)
	case ID:
		return quote(string(v))
	case bool:
		return strconv.FormatBool(v)
	case int:
		return strconv.Itoa(v)
	case float64:
		return number(v)
	case Share:
		return number(float64(v))
	case Dollars:
		return number(float64(v))
	case time.Duration:
		return number(v.Seconds())
	case time.Time:
		return quote(v.UTC().Format(time.RFC3339Nano))
	case []string:
		var b strings.Builder
		for i, s := range v {
			b.WriteString(separator(i) + quote(s))
		}
		if len(v) == 0 {
			b.WriteByte('[')
		}
		return b.String() + "]"
	}
	panic(fmt.Sprintf("a table holds a value of type %T", v))
}

func number(f float64) string {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return "null"
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// quote writes s as a JSON string in which what could trouble a terminal
// (control characters, marks of direction) is escaped and thus not lost.
func quote(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r >= 0x7f || r == '"' || r == '\\' }) {
		return `"` + s + `"` // most keys, ids and names
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(strings.ToValidUTF8(s, "\uFFFD")); err != nil {
		panic(err) // a string can always be encoded
	}
	plain := strings.TrimSuffix(b.String(), "\n")
	if strings.IndexFunc(plain, troubles) < 0 {
		return plain
	}
	var out strings.Builder
	for _, r := range plain {
		switch {
		case !troubles(r):
			out.WriteRune(r)
		case r > 0xffff:
			r -= 0x10000
			fmt.Fprintf(&out, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
	}
	return out.String()
}

func troubles(r rune) bool {
	return r >= 0x7f && r < 0xa0 || r >= 0xa0 && r != 0x200d && unicode.Is(unicode.Cf, r) && utf8.ValidRune(r)
}

// WriteCSV writes a line of keys and then the rows, as RFC 4180 has it. Text
// that a spreadsheet would take for a formula gets an apostrophe in front.
func WriteCSV(w io.Writer, t *Table) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if err := out.Write(t.Keys()); err != nil {
		return written(err)
	}
	for i := range t.size() {
		row, line := t.row(i), []string(nil)
		for k, c := range t.Columns {
			if !c.Drawn {
				line = append(line, field(row[k]))
			}
		}
		if err := out.Write(line); err != nil {
			return written(err)
		}
	}
	out.Flush()
	return written(out.Error())
}

// field writes v for a spreadsheet.
func field(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return inert(v)
	case ID:
		return inert(string(v))
	case []string:
		return inert(strings.Join(v, " "))
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	}
	return value(v)
}

// inert is one line of s that no spreadsheet calculates and no terminal obeys.
func inert(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r < 0x20 || troubles(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	if r, _ := utf8.DecodeRuneInString(strings.TrimLeft(s, " ")); s != "" && (strings.ContainsRune("=+-@＝＋－＠", r) || s[0] == ' ') {
		return "'" + s
	}
	return s
}

func written(err error) error {
	if err != nil {
		return fmt.Errorf("writing the table: %w", err)
	}
	return nil
}

// separator stands before element i of an array.
func separator(i int) string {
	if i == 0 {
		return "["
	}
	return ","
}
