package tokens

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/dlclark/regexp2/v2"
	"github.com/pkoukk/tiktoken-go-loader/assets"
)

// slow encodes as the definition says: the regular expression of the reference
// in an engine with look-ahead, and of each piece the two neighbours of the
// lowest rank joined until there are none.
type slow struct {
	pieces *regexp2.Regexp
	ranks  map[string]uint32
}

// The patterns of the reference. Possessive quantifiers, which the engine does
// not know, change nothing here: no alternative could go on after giving back.
var slowly = map[string]func() slow{
	O200k: sync.OnceValue(func() slow {
		return newSlow(O200k, strings.Join([]string{
			`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?`,
			`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?`,
			`\p{N}{1,3}`,
			` ?[^\s\p{L}\p{N}]+[\r\n/]*`,
			`\s*[\r\n]+`,
			`\s+(?!\S)`,
			`\s+`,
		}, "|"))
	}),
	CL100k: sync.OnceValue(func() slow {
		return newSlow(CL100k, `'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s+\z|\s*[\r\n]|\s+(?!\S)|\s`)
	}),
}

func newSlow(name, pattern string) slow {
	file, err := assets.Assets.ReadFile(name + ".tiktoken")
	if err != nil {
		panic(err)
	}
	s := slow{regexp2.MustCompile(pattern), map[string]uint32{}}
	for line := range strings.Lines(string(file)) {
		var code string
		var rank uint32
		if _, err := fmt.Sscanf(line, "%s %d", &code, &rank); err != nil {
			panic(err)
		}
		token, err := base64.StdEncoding.DecodeString(code)
		if err != nil {
			panic(err)
		}
		s.ranks[string(token)] = rank
	}
	return s
}

func (s slow) split(text string) []string {
	var pieces []string
	at, err := s.pieces.FindAllStringIndex(text, -1)
	if err != nil {
		panic(err)
	}
	for _, k := range at {
		pieces = append(pieces, text[k[0]:k[1]])
	}
	return pieces
}

func (s slow) encode(text string) []uint32 {
	var out []uint32
	for _, piece := range s.split(text) {
		parts := strings.Split(piece, "")
		if _, whole := s.ranks[piece]; whole {
			parts = []string{piece}
		} else {
			parts = parts[:0]
			for i := range len(piece) {
				parts = append(parts, piece[i:i+1])
			}
		}
		for {
			best, at := none, -1
			for i := 0; i+1 < len(parts); i++ {
				if r, ok := s.ranks[parts[i]+parts[i+1]]; ok && r < best {
					best, at = r, i
				}
			}
			if at < 0 {
				break
			}
			parts[at] += parts[at+1]
			parts = slices.Delete(parts, at+1, at+2)
		}
		for _, p := range parts {
			out = append(out, s.ranks[p])
		}
	}
	return out
}

func (e *Encoding) split(s string) []string {
	var pieces []string
	for i := 0; i < len(s); {
		end := e.next(e.class, s, i)
		pieces = append(pieces, s[i:end])
		i = end
	}
	return pieces
}

// comparable reports whether the engine sees s as the reference does: it does
// not fold the long s to a small one, and knows only Unicode 15.
func comparable(s string) bool {
	return utf8.ValidString(s) && !strings.Contains(s, "'ſ") && strings.IndexFunc(s, isLater) < 0
}

func checkAgainstSlow(t *testing.T, s string) {
	t.Helper()
	for _, name := range []string{O200k, CL100k} {
		e, ref := loadFor(t, name), slowly[name]()
		if got, want := e.split(s), ref.split(s); !slices.Equal(got, want) {
			t.Fatalf("%s: the pieces of %q are %q, not %q", name, s, got, want)
		}
		want := ref.encode(s)
		if got := e.Encode(nil, s); !slices.Equal(got, want) {
			t.Fatalf("%s: %q is %v, not %v", name, s, got, want)
		}
		if n := e.Count(s); n != len(want) {
			t.Fatalf("%s: %q counts as %d, not %d", name, s, n, len(want))
		}
	}
}

func TestPiecesAndTokensFollowTheDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 9))
	for range 1500 {
		if s := randomText(r); comparable(s) {
			checkAgainstSlow(t, s)
		}
	}
}

func FuzzTokens(f *testing.F) {
	r := rand.New(rand.NewPCG(2, 4))
	for range 20 {
		f.Add(randomText(r))
	}
	f.Add("\xff\xfe broken \xe2\x82")
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 2000 {
			t.Skip("the definition is slow")
		}
		for _, name := range []string{O200k, CL100k} {
			e := loadFor(t, name)
			ids := e.Encode(nil, s)
			if back, err := e.Decode(ids); err != nil || string(back) != valid(s) {
				t.Fatalf("%s: %q comes back as %q: %v", name, s, back, err)
			}
			if n := e.Count(s); n != len(ids) {
				t.Fatalf("%s: %q counts as %d tokens and has %d", name, s, n, len(ids))
			}
		}
		if comparable(s) {
			checkAgainstSlow(t, s)
		}
	})
}
