package tokens

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// askReference encodes texts with OpenAI's own tokenizer, run by Node.js, which
// is installed from testdata/reference/package-lock.json if it is not there.
// Where that cannot be, the test is skipped, unless CI=true asks for it.
func askReference(t *testing.T, texts []string) map[string][][]uint32 {
	t.Helper()
	cannot := func(why string) {
		if os.Getenv("CI") == "true" {
			t.Fatal(why)
		}
		t.Skip(why)
	}
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			cannot(tool + " is not installed")
		}
	}
	dir := filepath.Join("testdata", "reference")
	if _, err := os.Stat(filepath.Join(dir, "node_modules", ".package-lock.json")); err != nil {
		install := exec.Command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
		install.Dir = dir
		if out, err := install.CombinedOutput(); err != nil {
			cannot(fmt.Sprintf("npm ci: %v\n%s", err, out))
		}
	}
	in, err := json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	node := exec.Command("node", "encode.mjs")
	node.Dir, node.Stdin = dir, bytes.NewReader(in)
	var talk bytes.Buffer
	node.Stderr = &talk
	out, err := node.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, talk.String())
	}
	var answers map[string][][]uint32
	if err := json.Unmarshal(out, &answers); err != nil {
		t.Fatal(err)
	}
	return answers
}

func holdEqual(t *testing.T, texts []string) {
	t.Helper()
	answers := askReference(t, texts)
	for _, name := range []string{O200k, CL100k} {
		e := loadFor(t, name)
		if len(answers[name]) != len(texts) {
			t.Fatalf("%s: %d answers to %d texts", name, len(answers[name]), len(texts))
		}
		wrong := 0
		for i, s := range texts {
			want := answers[name][i]
			if got := e.Encode(nil, s); !slices.Equal(got, want) {
				t.Errorf("%s: %q is %v, the reference says %v", name, s, got, want)
				wrong++
			}
			if n := e.Count(s); n != len(want) {
				t.Errorf("%s: %q counts as %d tokens, not %d", name, s, n, len(want))
				wrong++
			}
			if wrong > 10 {
				t.Fatal("and more")
			}
		}
	}
}

// TestTokensAreThoseOfTheReference compares with the reference on generated
// texts of many scripts; GPTSNAP_LONG=1 on twenty times as many.
func TestTokensAreThoseOfTheReference(t *testing.T) {
	n := 3000
	if os.Getenv("GPTSNAP_LONG") != "" {
		n = 60000
	}
	r := rand.New(rand.NewPCG(7, 11))
	texts := make([]string, n)
	for i := range texts {
		texts[i] = randomText(r)
	}
	holdEqual(t, append(texts, hostile()...))
}

// TestEveryCharacterIsOfTheReferencesClass puts each character where its class
// decides how the text is cut.
func TestEveryCharacterIsOfTheReferencesClass(t *testing.T) {
	if os.Getenv("GPTSNAP_LONG") == "" {
		t.Skip("GPTSNAP_LONG=1 asks for every character")
	}
	var texts []string
	var b strings.Builder
	for c := rune(0); c <= unicode.MaxRune; c++ {
		if c >= 0xd800 && c < 0xe000 || c > 0x32000 && c < 0xe0000 || c > 0xe0200 || isLater(c) {
			continue
		}
		fmt.Fprintf(&b, "%c1234 %c's A%c'll a%cA %c\n\n%c", c, c, c, c, c, c)
		if b.Len() > 1<<12 {
			texts = append(texts, b.String())
			b.Reset()
		}
	}
	holdEqual(t, append(texts, b.String()))
}

// isLater reports whether the reference that we can run, which is of Unicode
// 15, does not know c yet.
func isLater(c rune) bool {
	return slices.ContainsFunc(later, func(r interval) bool { return r.from <= c && c <= r.to })
}

// scripts are characters to build texts from, by what they are.
var scripts = []string{
	"abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "etaoinshrdlu", " ", " ", "  ", "\n", "\r\n", "\t", " \n\t\r\u00a0\u2003\u3000\u0085\u2028\u000b\u000c",
	"0123456789", "٠١٢٣४५६²½Ⅷ", ".,;:!?-_()[]{}<>/\\|'\"`~@#$%^&*+=", "//\r\n", "éèüßñçÅØ", "ǅǈǲᾈ", "абвгдежзийклмнопрстуфхцчшщ", "АБВГДЕЖЗ", "αβγδεζηθλμπΣΩ", "日本語漢字中文的是不了人我在有他", "ひらがなカタカナー々〆", "한국어서울가나다라", "العربيةمرحباسلام", "ًٌٍَُ", "עבריתשלום", "ָֹּ", "हिन्दीनमस्ते", "ก็ไทยสวัสดีครับ", "ქართული", "አማርኛ", "\u0301\u0308\u20dd\ufe0f\u200d", "ʰʲˈˌ", "😀😂👍🏽❤️🇩🇪👨\u200d👩\u200d👧", "\u200b\ufeff\u00ad", "𝒜𝔅𝕮𐐀𐐨𒀀", "\u0000\u001b\u007f\ufffd\ue000", "ſKİıﬁ",
}

var phrases = []string{
	"the", " and", " of", "Hello", " World", "it's", "they'll", "I'VE", "we'RE", "don't", "'s", "'ſ", "x'ſt", "HelloWorld", "camelCaseName", "<|endoftext|>", "<|im_start|>", "func main() {\n\treturn\n}\n", "    ", "\n\n", " \n ", "\n \n\t\n", "go\n\t\n", "https://example.com/a/b?c=d", "```go\n", "====", "----\n", "...", "12345678", "3.14", "\r\n\r\n", "naïve", "Straße", "日本", "สวัสดี", "नमस्ते", "привет", "안녕", "مرحبا", "👩\u200d💻", "$x^2$", "\\(", "a\u0301", " \u0301x", "AAAAAA", "aaaaaaaaaaaaaaaa",
}

// randomText is some words, some stretches of one script, and single characters.
func randomText(r *rand.Rand) string {
	var b strings.Builder
	for range 1 + r.IntN(12) {
		switch k := r.IntN(10); {
		case k < 4:
			b.WriteString(phrases[r.IntN(len(phrases))])
		case k < 9:
			from := []rune(scripts[r.IntN(len(scripts))])
			for range 1 + r.IntN(1+r.IntN(14)) {
				b.WriteRune(from[r.IntN(len(from))])
			}
		default:
			if c := rune(r.IntN(unicode.MaxRune + 1)); (c < 0xd800 || c > 0xdfff) && !isLater(c) {
				b.WriteRune(c)
			}
		}
	}
	return b.String()
}

// hostile are texts with long pieces.
func hostile() []string {
	r := rand.New(rand.NewPCG(3, 5))
	letters := make([]byte, 5000)
	for i := range letters {
		letters[i] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"[r.IntN(52)]
	}
	texts := []string{"", strings.ToLower(string(letters)), string(letters), strings.Repeat("日本語", 400), strings.Repeat("=", 3000), strings.Repeat(" ", 3000), strings.Repeat("\n", 3000), strings.Repeat("\n ", 500), strings.Repeat("ab", 3000), strings.Repeat("\u0301", 500)}
	for n := 95; n < 106; n++ { // where the way of merging changes
		texts = append(texts, strings.Repeat("z", n), strings.ToLower(string(letters[n:2*n])), strings.ToLower(string(letters[7*n:8*n])))
	}
	return texts
}
