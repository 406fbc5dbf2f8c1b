package html

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// luminance of #rrggbb as WCAG defines it.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		v, err := strconv.ParseUint(hex[1+2*i:3+2*i], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(v) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

func contrast(t *testing.T, a, b string) float64 {
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func TestColoursAreReadableInBothThemes(t *testing.T) {
	t.Parallel()
	themes := map[string][2]string{}
	for _, m := range regexp.MustCompile(`--([a-z]+):light-dark\((#[0-9a-f]{6}),(#[0-9a-f]{6})\)`).FindAllStringSubmatch(styleSheet, -1) {
		themes[m[1]] = [2]string{m[2], m[3]}
	}
	words := map[string][]string{
		"bg":     {"fg", "muted", "accent", "err", "d", "t"},
		"bubble": {"fg", "muted", "accent", "err"},
		"code":   {"fg", "muted", "err", "k", "s", "c", "f", "bi", "n", "t", "v", "d"},
		"accent": {"bg"},
		"mark":   {"fg"},
		"gone":   {"fg"},
	}
	n := 0
	for ground, colours := range words {
		for _, c := range colours {
			for i, theme := range []string{"light", "dark"} {
				if themes[ground][i] == "" || themes[c][i] == "" {
					t.Fatalf("no colour is called %s or %s", ground, c)
				}
				if k := contrast(t, themes[c][i], themes[ground][i]); k < 4.5 {
					t.Errorf("%s on %s, %s: contrast %.2f is under 4.5", c, ground, theme, k)
				}
				n++
			}
		}
	}
	if n < 40 {
		t.Errorf("only %d pairs were looked at", n)
	}
}

func TestTheShellIsSmallAndLoadsNothing(t *testing.T) {
	t.Parallel()
	for kind, own := range map[string]int{"a conversation": len(versionsScript), "the list": len(listStyle) + len(listScript)} {
		if n := len(styleSheet) + len(script) + len(findScript) + own; n > 60_000 {
			t.Errorf("style sheets and scripts of %s weigh %d bytes", kind, n)
		}
	}
	for _, word := range []string{"http:", "https:", "url(", "@import", "eval(", "innerHTML", "fetch(", "XMLHttpRequest"} {
		if strings.Contains(styleSheet+script+findScript+listStyle+listScript+versionsScript, word) {
			t.Errorf("an asset says %s", word)
		}
	}
}

func TestEveryClassOfCodeHasAColour(t *testing.T) {
	t.Parallel()
	for _, class := range "kscfbntvd" {
		if !strings.Contains(styleSheet, "i."+string(class)+"{") {
			t.Errorf("no colour for class %c", class)
		}
	}
}
