package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

// cut runs a splitter and returns the bodies and how it ended.
func cut(r io.Reader, lim limits) (bodies []string, end error) {
	s := newSplitter(r, lim)
	for {
		el, err := s.next(always)
		if err == io.EOF {
			return bodies, nil
		}
		if err != nil {
			return bodies, err
		}
		if el.err != nil {
			bodies = append(bodies, "!"+el.err.Error())
			continue
		}
		bodies = append(bodies, string(s.own(el)))
	}
}

func TestElementsComeWithTheirExactBytes(t *testing.T) {
	t.Parallel()
	for _, k := range []struct{ name, in, want, end string }{
		{"an empty array", `[]`, ``, ``},
		{"an array", `[{"a":1} , {"b":[1,{"c":"]}"}]}]`, `{"a":1}|{"b":[1,{"c":"]}"}]}`, ``},
		{"a byte order mark and white space", "\ufeff \r\n[ {\"a\":1}\n]\n\n", `{"a":1}`, ``},
		{"one object", ` {"id":"x","mapping":{}} `, `{"id":"x","mapping":{}}`, ``},
		{"objects one a line", "{\"a\":1}\n{\"b\":2}\n", `{"a":1}|{"b":2}`, ``},
		{"a wrapper", `{"version":[2,"}"],"conversations":[{"a":1},{"b":2}],"more":{"x":[]}}`, `{"a":1}|{"b":2}`, ``},
		{"a wrapper of an empty array", `{"conversations":[]}`, ``, ``},
		{"a wrapper with the array twice", `{"conversations":[{"a":1}],"conversations":[{"b":2}]}`, `{"a":1}|{"b":2}`, ``},
		{"conversations that are no array", `{"conversations":{"a":1}}`, `{"conversations":{"a":1}}`, ``},
		{"the word deeper down", `{"x":{"conversations":[1]}}`, `{"x":{"conversations":[1]}}`, ``},
		{"the word as a value", `{"x":"conversations","y":[1]}`, `{"x":"conversations","y":[1]}`, ``},
		{"escaped quotes and backslashes", `[{"a":"\"\\\\\"]"},{"b":"\\"}]`, `{"a":"\"\\\\\"]"}|{"b":"\\"}`, ``},
		{"what is no object", `[null,17,"x, y",true,[1,[2]],-1e5]`, `null|17|"x, y"|true|[1,[2]]|-1e5`, ``},
		{"duplicate names and lone surrogates", `[{"a":1,"a":"\ud83d"}]`, `{"a":1,"a":"\ud83d"}`, ``},
		{"bytes that are no UTF-8", "[{\"a\":\"\xff\xfe\"}]", "{\"a\":\"\xff\xfe\"}", ``},
		{"a broken element among good ones", `[{"a":1},{"b":tru},{"c":3}]`, `{"a":1}|{"b":tru}|{"c":3}`, ``},
		{"a cut in an element", `[{"a":1},{"b":"long`, `{"a":1}`, `the file ends early, at byte 19`},
		{"a cut between elements", `[{"a":1},`, `{"a":1}`, `the file ends early, at byte 9`},
		{"a cut in a wrapper after the array", `{"conversations":[{"a":1}],"x":1`, `{"a":1}`, `the file ends early, at byte 32`},
		{"a cut in one object", `{"a":[`, ``, `the file ends early, at byte 6`},
		{"garbage after the end", `[{"a":1}] oops`, `{"a":1}`, `not JSON from here on, at byte 10`},
		{"HTML", `<html>`, ``, `not JSON from here on, at byte 0`},
		{"a stray bracket", `[}`, ``, `not JSON from here on, at byte 1`},
		{"nothing", ``, ``, ``},
		{"too deep", `[` + strings.Repeat("[", 60) + strings.Repeat("]", 60) + `,{"a":1}]`, `!nested more than 50 deep|{"a":1}`, ``},
		{"too large", `[{"a":"` + strings.Repeat("x", 5000) + `"},{"b":2}]`, `!larger than 0 MiB|{"b":2}`, ``},
		{"too large alone", `{"a":"` + strings.Repeat("x", 5000) + `"}`, `!larger than 0 MiB`, ``},
		{"a wrapper with something too large before", `{"a":"` + strings.Repeat("x", 5000) + `","conversations":[{"b":2}]}`, `{"b":2}`, ``},
	} {
		for _, chunk := range []int{3, 4, 7, 64, 1 << 16} {
			for name, r := range map[string]io.Reader{"at once": strings.NewReader(k.in), "byte by byte": iotest.OneByteReader(strings.NewReader(k.in)), "with the end": iotest.DataErrReader(strings.NewReader(k.in))} {
				got, err := cut(r, limits{element: 4000, depth: 50, chunk: chunk})
				end := ""
				if err != nil {
					end = err.Error()
				}
				if strings.Join(got, "|") != k.want || end != k.end {
					t.Errorf("%s, %s in chunks of %d: %q then %q, want %q then %q", k.name, name, chunk, strings.Join(got, "|"), end, k.want, k.end)
				}
			}
		}
	}
}

func TestOffsetsAndSizesLeadBackToTheBytes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var text bytes.Buffer
		space := func() { text.WriteString(rapid.SampledFrom([]string{"", " ", "\n\t"}).Draw(t, "space")) }
		var want []string
		text.WriteString("\ufeff[")
		for i := range rapid.IntRange(0, 8).Draw(t, "n") {
			if i > 0 {
				text.WriteByte(',')
			}
			space()
			value := map[string]any{"s": rapid.String().Draw(t, "s"), "q": rapid.StringMatching(`["\\\[\]{},:]{0,9}`).Draw(t, "q"), "l": []int{i}}
			raw, err := json.Marshal(value)
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, string(raw))
			text.Write(raw)
			space()
		}
		text.WriteByte(']')
		s := newSplitter(bytes.NewReader(text.Bytes()), limits{element: 1 << 20, depth: 50, chunk: rapid.IntRange(3, 40).Draw(t, "chunk")})
		keep := rapid.Bool().Draw(t, "keep")
		for i := 0; ; i++ {
			el, err := s.next(func(int) bool { return keep })
			if err == io.EOF {
				if i != len(want) {
					t.Fatalf("%d of %d elements", i, len(want))
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := text.Bytes()[el.offset : el.offset+el.size]; string(got) != want[i] || el.n != i+1 {
				t.Fatalf("element %d is %s, want %s", el.n, got, want[i])
			}
			if keep && string(el.body) != want[i] || !keep && el.body != nil {
				t.Fatalf("body %q of %q", el.body, want[i])
			}
		}
	})
}

func TestAReadErrorIsToldWithItsPlace(t *testing.T) {
	t.Parallel()
	sour := errors.New("the disk is on fire")
	got, err := cut(io.MultiReader(strings.NewReader(`[{"a":1},{"b":`), iotest.ErrReader(sour)), normal)
	if len(got) != 1 || !errors.Is(err, sour) || !strings.Contains(err.Error(), "at byte 14") {
		t.Errorf("%q, %v", got, err)
	}
}

// A line of 300 MB must not need a buffer of twice its size, nor an array of
// any length more than one element: the
// splitter reads 300 MiB that exist nowhere.
func TestAnArrayOfAnyLengthNeedsTheMemoryOfOneElement(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 300 MiB")
	}
	t.Parallel()
	one := []byte(`{"a":"` + strings.Repeat("x", 1<<20) + `"},`)
	const n = 300
	s := newSplitter(io.MultiReader(strings.NewReader("["), &repeater{one: one, left: n * len(one)}, strings.NewReader(`{"b":1}]`)), normal)
	count := 0
	for {
		el, err := s.next(always)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		count++
		if el.n <= n && el.size != int64(len(one)-1) {
			t.Fatalf("element %d has %d bytes", el.n, el.size)
		}
	}
	if count != n+1 || cap(s.acc) > 4<<20 || len(s.buf) != normal.chunk {
		t.Errorf("%d elements, %d bytes kept, %d in the buffer", count, cap(s.acc), len(s.buf))
	}
}

type repeater struct {
	one      []byte
	at, left int
}

func (r *repeater) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	n := copy(p, r.one[r.at:min(len(r.one), r.at+r.left)])
	r.at = (r.at + n) % len(r.one)
	r.left -= n
	return n, nil
}

// Whatever the bytes, the splitter comes to an end and never panics; what it
// takes for elements of valid JSON is what encoding/json takes for them.
func FuzzSplit(f *testing.F) {
	f.Add([]byte(`[{"a":1},{"b":"\\\""}]`), 5)
	f.Add([]byte(`{"conversations":[{"a":[1,2]}],"x":1}`), 64)
	f.Add([]byte("\ufeff{\"a\":1}\n{\"b\":2}"), 3)
	f.Add([]byte(`[}{]`), 3)
	f.Fuzz(func(t *testing.T, in []byte, chunk int) {
		chunk = 3 + (chunk%512+512)%512
		s := newSplitter(bytes.NewReader(in), limits{element: 1 << 20, depth: 100, chunk: chunk})
		var got []string
		var end error
		for i := 0; ; i++ {
			if i > len(in)+1 {
				t.Fatal("more elements than bytes")
			}
			el, err := s.next(always)
			if err != nil {
				end = err
				break
			}
			if el.err == nil {
				got = append(got, string(el.body))
			}
		}
		var want []json.RawMessage
		if bytes.HasPrefix(bytes.TrimLeft(in, " \t\r\n"), []byte("[")) && json.Unmarshal(in, &want) == nil {
			if end != io.EOF || fmt.Sprintf("%s", want) != fmt.Sprintf("%s", got) && len(got) == len(want) {
				t.Fatalf("%q then %v, want %q", got, end, want)
			}
		}
	})
}
