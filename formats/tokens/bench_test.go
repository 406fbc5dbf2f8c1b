package tokens

import (
	"encoding/base64"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

func BenchmarkCount(b *testing.B) {
	read := func(path string) string {
		body, err := os.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		return strings.Repeat(string(body), 1+(1<<18)/len(body))
	}
	stretch := func(from string, words int) string {
		r := rand.New(rand.NewPCG(1, 2))
		letters := []rune(from)
		var t strings.Builder
		for range words {
			for range 2 + r.IntN(20) {
				t.WriteRune(letters[r.IntN(len(letters))])
			}
			t.WriteString("。 ")
		}
		return t.String()
	}
	noise := make([]byte, 1<<18)
	rand.NewChaCha8([32]byte{}).Read(noise)
	kinds := []struct{ name, text string }{
		{"prose", read("../../README.md")},
		{"code", read("split.go")},
		{"chinese", stretch("日本語漢字中文的是不了人我在有他这为之大来以个中上们到说国和地也子时道出而要于就下得可你年生", 5000)},
		{"russian", stretch("абвгдежзийклмнопрстуфхцчшщыьэюя", 5000)},
		{"base64", base64.StdEncoding.EncodeToString(noise)},
		{"one-letter", strings.Repeat("a", 1<<20)},
	}
	if path := os.Getenv("GPTSNAP_TOKENS_TEXT"); path != "" {
		kinds = append(kinds, struct{ name, text string }{"given", read(path)})
	}
	for _, name := range []string{O200k, CL100k} {
		e := loadFor(b, name)
		for _, kind := range kinds {
			b.Run(name+"/"+kind.name, func(b *testing.B) {
				b.SetBytes(int64(len(kind.text)))
				for b.Loop() {
					e.Count(kind.text)
				}
			})
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	for _, name := range []string{O200k, CL100k} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := load(name, nextO200k); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
