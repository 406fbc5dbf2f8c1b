package chattest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
)

// A tongue is an invented language: words by rank, drawn so that the n-th is
// about 1/n as frequent as the first (Zipf's law), as in any real text.
type tongue struct {
	words []string
	space string // between words
	stop  string // ends a sentence
}

// tongues are made once, from a seed of their own, so that two corpora differ
// in what is said and not in the language.
var tongues = sync.OnceValue(func() map[string]*tongue {
	r := rand.New(rand.NewPCG(1, 2))
	latin := func(first string, on, mid string) *tongue {
		t := &tongue{words: strings.Fields(first), space: " ", stop: ". "}
		ons, mids := strings.Fields(on), strings.Fields(mid)
		for len(t.words) < 6000 {
			w := ""
			for range 1 + r.IntN(2) + r.IntN(3) {
				w += ons[r.IntN(len(ons))] + mids[r.IntN(len(mids))]
			}
			t.words = append(t.words, w)
		}
		return t
	}
	runes := func(from, to rune, n, short, long int, space, stop string) *tongue {
		t := &tongue{space: space, stop: stop}
		for range n {
			w := make([]rune, short+r.IntN(long-short+1))
			for i := range w {
				w[i] = from + rune(float64(to-from)*r.Float64()*r.Float64())
			}
			t.words = append(t.words, string(w))
		}
		return t
	}
	return map[string]*tongue{
		"en": latin("the of to and a in is it you that for on with as are this be or can if not from by at an your we use will have one when which more each but how all so",
			"b c d f g h l m n p r s t v w th st tr pr sh ch pl", "a e i o u ea er in on an or al"),
		"de": latin("die der und in zu den das nicht von sie ist des sich mit dem dass er es ein ich auf so eine auch als an nach wie im für",
			"b d f g h k l m n r s t w sch st", "a e i o u ä ö ü ei au en er"),
		"fr": latin("de la le et les des en un une que est pour qui dans à il sur ne se pas plus par avec son au ce",
			"b c d f g l m n p r s t v ch tr", "a e i o u é è ou an on eur"),
		"ru": runes('а', 'я', 5000, 2, 9, " ", ". "),
		"ar": runes('ا', 'ي', 4000, 2, 7, " ", "۔ "),
		"zh": runes(0x4e00, 0x5200, 3000, 1, 3, "", "。"),
		"ja": runes(0x3042, 0x3090, 2500, 2, 5, "", "。"),
	}
})

// speech is the tongue of one conversation.
func (w *writer) speech() *tongue {
	all := tongues()
	switch p := w.r.IntN(100); {
	case p < 74:
		return all["en"]
	case p < 81:
		return all["de"]
	case p < 86:
		return all["fr"]
	case p < 90:
		return all["ru"]
	case p < 92:
		return all["ar"]
	case p < 96:
		return all["zh"]
	default:
		return all["ja"]
	}
}

func (w *writer) word() string {
	rank := int(math.Exp(w.r.Float64()*math.Log(float64(len(w.lang.words)+1)))) - 1
	return w.lang.words[min(rank, len(w.lang.words)-1)]
}

func (w *writer) words(n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(w.lang.space)
		}
		b.WriteString(w.word())
	}
	return b.String()
}

// prose is about n words in sentences and paragraphs.
func (w *writer) prose(n int) string {
	var b strings.Builder
	for n > 0 {
		for s := 2 + w.r.IntN(4); s > 0 && n > 0; s-- {
			k := 4 + w.r.IntN(16)
			b.WriteString(w.words(k))
			b.WriteString(w.lang.stop)
			n -= k
		}
		if n > 0 {
			b.WriteString("\n\n")
		}
	}
	return strings.TrimSpace(b.String())
}

// markdown is an answer of about n words: headings, lists, tables, formulas
// and code beside the prose.
func (w *writer) markdown(n int) string {
	var b strings.Builder
	for n > 0 {
		k := min(n, 30+w.r.IntN(90))
		switch p := w.r.IntN(100); {
		case p < 14:
			fmt.Fprintf(&b, "%s %s\n\n", strings.Repeat("#", 2+w.r.IntN(3)), w.words(2+w.r.IntN(5)))
			k = 6
		case p < 34:
			for i := range 3 + w.r.IntN(6) {
				if p < 24 {
					fmt.Fprintf(&b, "%d. ", i+1)
				} else {
					b.WriteString("- ")
				}
				fmt.Fprintf(&b, "**%s**: %s\n", w.words(2), w.words(4+w.r.IntN(12)))
				k += 8
			}
			b.WriteByte('\n')
		case p < 46:
			lang, source := w.code()
			fmt.Fprintf(&b, "```%s\n%s```\n\n", lang, source)
		case p < 49:
			fmt.Fprintf(&b, "| %s | %s | %s |\n|---|---:|---|\n", w.words(1), w.words(1), w.words(1))
			for range 3 + w.r.IntN(5) {
				fmt.Fprintf(&b, "| %s | %d | `%s` |\n", w.words(2), w.r.IntN(10_000), w.words(1))
			}
			b.WriteByte('\n')
		case p < 52:
			fmt.Fprintf(&b, "\\[ x_{%d} = \\frac{%d}{\\sqrt{%d}} + \\alpha \\]\n\n", w.r.IntN(9), w.r.IntN(90), w.r.IntN(900))
			k = 5
		default:
			b.WriteString(w.prose(k))
			b.WriteString("\n\n")
		}
		n -= k
	}
	if w.r.IntN(12) == 0 {
		b.WriteString("👩‍🔬 " + w.words(4))
	}
	return strings.TrimSpace(b.String())
}

// code is a few lines of source with the names and blanks of real code.
func (w *writer) code() (lang, source string) {
	var b strings.Builder
	name := func() string { return codeNames[w.r.IntN(len(codeNames))] }
	lines := 3 + w.r.IntN(22)
	switch w.r.IntN(5) {
	case 0, 1:
		lang = "python"
		fmt.Fprintf(&b, "import %s\n\ndef %s(%s, %s=%d):\n", name(), name(), name(), name(), w.r.IntN(100))
		for range lines {
			fmt.Fprintf(&b, "    %s = [%s.%s(x) for x in %s if x > %d]\n", name(), name(), name(), name(), w.r.IntN(50))
		}
		fmt.Fprintf(&b, "    return {\"%s\": %s}\n", name(), name())
	case 2:
		lang = "go"
		fmt.Fprintf(&b, "func %s(%s []string) (int, error) {\n", name(), name())
		for range lines {
			fmt.Fprintf(&b, "\tif %s := %s(%q); %s != nil {\n\t\treturn %d, fmt.Errorf(\"%s: %%w\", err)\n\t}\n", name(), name(), name(), name(), w.r.IntN(9), name())
		}
		b.WriteString("}\n")
	case 3:
		lang = "javascript"
		for range lines {
			fmt.Fprintf(&b, "const %s = await %s.%s(`/%s/${%s}`, { %s: '%s' });\n", name(), name(), name(), name(), name(), name(), name())
		}
	default:
		lang = "bash"
		for range lines {
			fmt.Fprintf(&b, "%s --%s=%d \"$%s\" | grep -v '%s' > out/%s.txt\n", name(), name(), w.r.IntN(100), strings.ToUpper(name()), name(), name())
		}
	}
	return lang, b.String()
}

var codeNames = strings.Fields("count total items index result value data rows table path file name key buffer size offset parse load save fetch " +
	"client request response user token config options handler update delete insert query filter map reduce sum mean plot image width height node tree left right next prev")
