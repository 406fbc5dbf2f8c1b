package archive

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

// FuzzFastLine holds the fast reader of manifest lines to encoding/json.
func FuzzFastLine(f *testing.F) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	full := listed{Path: "a/b/c.json", At: &[2]int{3, 512}, Meta: Meta{V: 1, Kind: "conversation", ID: "x", Method: "GET", URL: "https://x/?a=b", Status: 200,
		FetchedAt: at, Headers: map[string]string{"Etag": "W/1", "Date": "now"}, Size: 5, SHA256: "ab", Run: "r", Seq: 7, SameAs: "a/b/d.json", Updated: at, Nodes: 4, Name: "n", Media: "m", Note: "o"}}
	raw, err := json.Marshal(full)
	if err != nil {
		f.Fatal(err)
	}
	var l listed
	if !fastLine(string(raw), &l) || !reflect.DeepEqual(l, full) {
		f.Fatalf("every key that is written has to be read fast: %s\n%+v", raw, l)
	}
	f.Add(raw)
	for i := range 256 { // each byte at another place in its word
		f.Add(append([]byte(`{"id":"a`+strings.Repeat("b", i%9)), byte(i), '"', '}'))
	}
	for _, s := range []string{`{}`, `{"v":1}`, `{"v":01}`, `{"v":1,}`, `{"v":1}}`, `{"v":-1}`, `{"v":1e3}`, `{"id":"\u0041"}`, `{"id":"ä"}`, `{"headers":{}}`, `{"headers":{"a":"b"},"headers":{"c":"d"}}`,
		`{"at":[1]}`, `{"at":[1,2]}`, `{"at":[1,2,3]}`, `{"at":null}`, `{"V":1}`, `{"x":1}`, `{"size":9999999999}`, `{"updated":"2026-01-02T03:04:05+01:00"}`, `{"updated":"2026-1-2"}`, `{"v":1`, ``, `{"v":1} `, "{\"id\":\"\x7f\"}"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		if bytes.IndexByte(line, '\n') >= 0 {
			return // that would be two lines
		}
		var fast, slow, plain listed
		ok := fastLine(string(line), &fast)
		p := lineScanner{plain: plainText(line)}
		p.line(string(line), &listed{}) // as in a manifest, where a line follows one like it
		if also := p.line(string(line), &plain); p.plain && (also != ok || ok && !reflect.DeepEqual(plain, fast)) {
			t.Fatalf("%s\nplain %v %+v\nelse %v %+v", line, also, plain, ok, fast)
		}
		odd := bytes.ContainsFunc(line, func(r rune) bool { return r < 0x20 || r >= 0x7f || r == '\\' })
		if p.plain == odd {
			t.Fatalf("%q is plain: %v", line, p.plain)
		}
		if !ok {
			return
		}
		if err := json.Unmarshal(line, &slow); err != nil || !reflect.DeepEqual(fast, slow) {
			t.Fatalf("%s\nfast %+v\njson %+v, %v", line, fast, slow, err)
		}
	})
}

func TestOnlyNamesThatAreLegalEverywhereAreSafe(t *testing.T) {
	t.Parallel()
	for name, safe := range map[string]bool{
		"a": true, "a/b": true, "a/b.json": true, "a-b_c/0.tar": true, ".a": true, "..a/b": true, readmeName: true, readmeName + metaSuffix: true,
		strings.Repeat("a", maxName): true,
		"":                           false, "/": false, "/a": false, "a/": false, "a//b": false, ".": false, "..": false, "a/..": false, "../a": false, "a/./b": false,
		"a.": false, "a./b": false, "A": false, "a b": false, "a\\b": false, "a:b": false, "ä": false, "a\x00": false, "a\n": false, strings.Repeat("a", maxName+1): false,
	} {
		if safeName(name) != safe {
			t.Errorf("%q: %v", name, !safe)
		}
	}
}
