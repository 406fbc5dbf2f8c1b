package chat_test

import (
	"strings"
	"testing"
	"unicode"

	"gptsnap/formats/chat"

	"pgregory.net/rapid"
)

func TestWordsCountsAsFieldsDoesWithEverySpaceOfUnicode(t *testing.T) {
	var spaces []rune
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if unicode.IsSpace(r) {
			spaces = append(spaces, r)
		}
	}
	for _, r := range spaces {
		if got := chat.Words("a" + string(r) + "é" + string(r)); got != 2 {
			t.Errorf("%U: %d words, want 2", r, got)
		}
	}
	near := append(spaces, 0x84, 0x86, 0x9f, 0xa1, 0x167f, 0x1681, 0x1fff, 0x200b, 0x2027, 0x202a, 0x202e, 0x2030, 0x205e, 0x2060, 0x2fff, 0x3001, 'x', 'é', '日', 0x1f600)
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.SampledFrom(near)).Draw(t, "s") + rapid.String().Draw(t, "any")
		if got, want := chat.Words(s), len(strings.Fields(s)); got != want {
			t.Fatalf("%q: %d words, want %d", s, got, want)
		}
	})
}

func BenchmarkWords(b *testing.B) {
	for name, s := range map[string]string{"ascii": strings.Repeat("some plain words of a text ", 400), "mixed": strings.Repeat("naïve words — and “quotes”, 日本語 ", 300)} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(s)))
			for b.Loop() {
				chat.Words(s)
			}
		})
	}
}
