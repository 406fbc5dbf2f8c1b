package tokens

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"

	"github.com/pkoukk/tiktoken-go-loader/assets"
)

func loadFor(t testing.TB, name string) *Encoding {
	t.Helper()
	e, err := Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestVocabulariesAreThePublishedOnes compares with the checksums that the
// reference holds its own downloads against.
func TestVocabulariesAreThePublishedOnes(t *testing.T) {
	for name, want := range map[string]string{
		CL100k: "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
		O200k:  "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
	} {
		file, err := assets.Assets.ReadFile(name + ".tiktoken")
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%x", sha256.Sum256(file)); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestPublishedExamples has the examples of the reference's own tests, and
// texts of which its answer is written down.
func TestPublishedExamples(t *testing.T) {
	for _, k := range []struct {
		encoding, text string
		want           []uint32
	}{
		{CL100k, "hello world", []uint32{15339, 1917}},
		{CL100k, "rer", []uint32{38149}},
		{CL100k, "'rer", []uint32{2351, 81}},
		{CL100k, "today\n ", []uint32{31213, 198, 220}},
		{CL100k, "today\n \n", []uint32{31213, 27907}},
		{CL100k, "today\n  \n", []uint32{31213, 14211}},
		{CL100k, " \u00850", []uint32{220, 126, 227, 15}},
		{CL100k, "👍", []uint32{9468, 239, 235}},
		{CL100k, "it'ſ ok", []uint32{275, 6, 129, 123, 5509}},
		{O200k, "hello world", []uint32{24912, 2375}},
		{O200k, "a\n \n", []uint32{64, 47812}},
		{O200k, "x\n  ", []uint32{87, 198, 256}},
		{O200k, "go\n\t\n", []uint32{2319, 40612}},
		{O200k, "it'ſ ok", []uint32{278, 6, 70067, 4763}},
		{O200k, "", nil},
	} {
		if got := loadFor(t, k.encoding).Encode(nil, k.text); !slices.Equal(got, k.want) {
			t.Errorf("%s: %q is %v, want %v", k.encoding, k.text, got, k.want)
		}
	}
}

func TestSpecialTokensInAChatAreOrdinaryText(t *testing.T) {
	for _, name := range []string{O200k, CL100k} {
		e := loadFor(t, name)
		ids := e.Encode(nil, "<|endoftext|>")
		if len(ids) != 7 || int(slices.Max(ids)) >= e.size() {
			t.Errorf("%s: %v", name, ids)
		}
	}
}

func TestBytesThatAreNoTextCountAsTheReplacementCharacter(t *testing.T) {
	for _, name := range []string{O200k, CL100k} {
		e := loadFor(t, name)
		for broken, whole := range map[string]string{"a\xff b": "a\ufffd b", "\xe2\x82": "\ufffd\ufffd", "x\xed\xa0\x80": "x\ufffd\ufffd\ufffd"} {
			if got, want := e.Encode(nil, broken), e.Encode(nil, whole); !slices.Equal(got, want) || e.Count(broken) != len(want) {
				t.Errorf("%s: %q is %v, want %v", name, broken, got, want)
			}
		}
	}
}

// TestHugePiecesAreCountedWithoutQuadraticWork would take hours if each merge
// looked at the whole piece.
func TestHugePiecesAreCountedWithoutQuadraticWork(t *testing.T) {
	for _, name := range []string{O200k, CL100k} {
		e := loadFor(t, name)
		for _, piece := range []string{"a", "z", "=", "\u0301", "日", "xy", " "} {
			s := strings.Repeat(piece, 1<<17)
			n := e.Count(s)
			if back, err := e.Decode(e.Encode(nil, s)); err != nil || string(back) != s || n < 1 || n > len(s) {
				t.Errorf("%s: %q over and over: %d tokens, %v", name, piece, n, err)
			}
		}
	}
}

// TestWindowsOfAHugePieceMakeTheTokensOfTheWhole cuts pieces into far smaller
// windows than are used.
func TestWindowsOfAHugePieceMakeTheTokensOfTheWhole(t *testing.T) {
	r, n := rand.New(rand.NewPCG(5, 8)), 4
	if os.Getenv("GPTSNAP_LONG") != "" {
		n = 200
	}
	for _, name := range []string{O200k, CL100k} {
		e := loadFor(t, name)
		for _, from := range []string{"a", "ab", "=-", "etaoinshrdlu", "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", "的是不了人我在有他这为之大来以个中上们", "абвгдежзийклмнопрстуфхц", "สวัสดีครับ", "=", " ", "\u0301\u0308", "😀👍🏽"} {
			letters := []rune(from)
			for range n {
				var b strings.Builder
				for range 300 + r.IntN(3000) {
					k := letters[r.IntN(len(letters))]
					for range 1 + r.IntN(1+r.IntN(4)) {
						b.WriteRune(k)
					}
				}
				var whole, parts scratch
				e.mergeLong(b.String(), &whole)
				for _, window := range []int{200, 300, 1000} {
					e.mergeHuge(b.String(), &parts, window)
					if !slices.Equal(parts.ends, whole.ends) {
						t.Fatalf("%s: in windows of %d, %.60q becomes other tokens", name, window, b.String())
					}
				}
			}
		}
	}
}

func TestManyMayCountAtTheSameTime(t *testing.T) {
	texts := hostile()
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for _, s := range texts {
				for _, name := range []string{O200k, CL100k} {
					e, err := Load(name)
					if err != nil {
						t.Error(err)
						return
					}
					if n, ids := e.Count(s), e.Encode(nil, s); n != len(ids) {
						t.Errorf("%s: %d and %d tokens", name, n, len(ids))
					}
				}
			}
		})
	}
	all.Wait()
}

// TestCharactersThatAreYoungerThanGo has letters, marks and digits of Unicode
// 15.1 and 16, which the reference knows.
func TestCharactersThatAreYoungerThanGo(t *testing.T) {
	if unicode.Version != "15.0.0" {
		t.Errorf("Go is at Unicode %s now: what of the list in classes.go does it know, and does it know more than the reference?", unicode.Version)
	}
	for _, k := range []struct {
		encoding, text string
		want           []string
	}{
		{O200k, "x\U00010D70\U00010D50", []string{"x\U00010D70", "\U00010D50"}},           // small, then capital
		{O200k, "a\u0897b", []string{"a\u0897b"}},                                         // a mark
		{CL100k, "a\u0897b", []string{"a", "\u0897b"}},                                    // for which cl100k ends a word
		{O200k, "\U00010D401234", []string{"\U00010D4012", "34"}},                         // a digit
		{CL100k, "-\U0002EBF0\U0001E5D0", []string{"-\U0002EBF0\U0001E5D0"}},              // letters
		{O200k, "\U00016D6B\U00010D6F\u1C89", []string{"\U00016D6B\U00010D6F", "\u1C89"}}, // modifiers stand with either
	} {
		if got := loadFor(t, k.encoding).split(k.text); !slices.Equal(got, k.want) {
			t.Errorf("%s: %+q is %+q, want %+q", k.encoding, k.text, got, k.want)
		}
	}
}

func TestEncodingOfAModel(t *testing.T) {
	for model, want := range map[string]string{
		"gpt-4": CL100k, "gpt-4-turbo": CL100k, "gpt-4-1106-preview": CL100k, "gpt-4-gizmo": CL100k, "gpt-4-browsing": CL100k, "gpt-4-code-interpreter": CL100k,
		"gpt-3.5-turbo": CL100k, "gpt-35-turbo": CL100k, "text-davinci-002-render-sha": CL100k, "text-davinci-002-plugins": CL100k, "GPT-4": CL100k,
		"gpt-4o": O200k, "gpt-4o-mini": O200k, "gpt-4o-canmore": O200k, "gpt-4-1": O200k, "gpt-4.1-mini": O200k, "gpt-4-5": O200k, "gpt-4.5-preview": O200k,
		"gpt-5": O200k, "gpt-5-2-thinking": O200k, "o1": O200k, "o3-mini-high": O200k, "o4-mini": O200k, "gpt-6.2-sol": O200k, "auto": O200k, "research": O200k, "": O200k, "gpt-40": O200k,
	} {
		if got := ForModel(model); got != want {
			t.Errorf("%q: %s, want %s", model, got, want)
		}
	}
}

func TestAVocabularyThatIsBrokenIsRefused(t *testing.T) {
	whole, err := assets.Assets.ReadFile(CL100k + ".tiktoken")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parse(whole); err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string]string{
		"ends in the middle of a line": string(whole[:len(whole)/2]),
		"lacks a token":                strings.Replace(string(whole), "aQ== 72\n", "", 1),
		"has two of one rank":          strings.Replace(string(whole), " 300\n", " 299\n", 1),
		"is not base64":                strings.Replace(string(whole), "aQ== 72\n", "a!== 72\n", 1),
		"has an empty token":           strings.Replace(string(whole), "aQ== 72\n", " 72\n", 1),
		"is empty":                     "",
		"is a text":                    "404: not found\n",
		"is a line of base64":          strings.Repeat("aQ", 5000),
	} {
		if _, err := parse([]byte(change)); err == nil {
			t.Errorf("one that %s was taken", what)
		}
	}
	if _, err := Load("p50k_base"); err == nil || !strings.Contains(err.Error(), O200k) {
		t.Errorf("an unknown encoding: %v", err)
	}
	if _, err := readVocabulary("nothing"); err == nil || !strings.Contains(err.Error(), "built without") {
		t.Errorf("a vocabulary that is not there: %v", err)
	}
}

func TestDecodeRefusesWhatIsNoToken(t *testing.T) {
	e := loadFor(t, CL100k)
	if _, err := e.Decode([]uint32{15339, 100256}); err == nil {
		t.Error("100256 is no token of cl100k_base")
	}
	if e.Name() != CL100k {
		t.Error(e.Name())
	}
}
