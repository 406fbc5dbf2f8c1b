package chat_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"gptsnap/formats/chat"
)

func TestUnmark(t *testing.T) {
	for s, want := range map[string]string{
		"":                                     "",
		"no mark \ue100 \ue300 é":              "no mark \ue100 \ue300 é",
		"a\ue200cite\ue202turn0search1\ue201b": "ab",
		"a\ue200cite\ue202x\ny\ue201b":         "acitex\nyb",
		"a\ue200Two words\ue202x\ue201b":       "aTwo wordsxb",
		"a\ue203moon\ue204b\ue2ff":             "amoonb",
		"a\ue200":                              "a",
		"a\ue201\ue200cite\ue202":              "acite",
		"\xee\ue200\x88\x80":                   "\uFFFD\uFFFD",
		"\ue200" + strings.Repeat("x", 5000) + "\ue201": strings.Repeat("x", 5000),
	} {
		if got := chat.Unmark(s); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

func FuzzUnmark(f *testing.F) {
	for _, s := range []string{"a\ue200cite\ue202x\ue201b", "\xee\ue200\x88\x80", "\ue200\ue201"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := chat.Unmark(s)
		if strings.ContainsFunc(got, chat.IsMark) || len(got) > 3*len(s) || utf8.ValidString(s) && !strings.Contains(s, "\xee") && got != s {
			t.Fatalf("%q: %q", s, got)
		}
	})
}
