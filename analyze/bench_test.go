package analyze

import (
	"io"
	"testing"
	"time"

	"gptsnap/formats/chat"
	"gptsnap/formats/chat/chattest"
	"gptsnap/formats/chatgpt"
)

// corpus decodes the first n conversations of the invented account.
func corpus(tb testing.TB, n int) (all []*chat.Conversation, bytes int64) {
	tb.Helper()
	for i := range n {
		raw := chattest.Conversation(1, i)
		c, err := chatgpt.Decode(raw)
		if err != nil {
			tb.Fatal(err)
		}
		all, bytes = append(all, c), bytes+int64(len(raw))
	}
	return all, bytes
}

// BenchmarkAnalyze is all reports together, without decoding; MB/s are of the
// JSON that the conversations came from.
func BenchmarkAnalyze(b *testing.B) {
	all, bytes := corpus(b, 300)
	b.SetBytes(bytes)
	b.ReportAllocs()
	for b.Loop() {
		var metrics []Metric
		for _, m := range every(utc) {
			metrics = append(metrics, m)
		}
		if _, err := Run(b.Context(), from(all), metrics, utc); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPrintList is the table with the most rows and text.
func BenchmarkPrintList(b *testing.B) {
	table, scope := tableOf(b, account(2000), newList(utc), utc)
	b.ReportAllocs()
	for b.Loop() {
		if err := Print(io.Discard, &table, scope, Screen{Width: 100, Unicode: true, Zone: time.UTC}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDraw(b *testing.B) {
	all, _ := corpus(b, 100)
	b.ReportAllocs()
	for b.Loop() {
		for _, c := range all {
			if err := draw(io.Discard, c, wide); err != nil {
				b.Fatal(err)
			}
		}
	}
}
