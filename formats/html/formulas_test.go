package html

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"gptsnap/formats/chat"
)

func TestOnlyPagesWithFormulasLoadWhatDrawsThem(t *testing.T) {
	t.Parallel()
	r := renderer(t, Defaults())
	without, _ := draw(t, r, linear(answer("It costs $5 or $6, and `$x$` is code.")))
	with, texts := draw(t, r, linear(answer(`It is \(x^2\).`)))
	single, _ := draw(t, renderer(t, Options{Single: true, Math: true}), linear(answer(`It is \(x^2\).`)))
	alone, _ := draw(t, renderer(t, Options{Single: true, Math: true}), linear(answer("It costs $5 or $6.")))
	if strings.Contains(without+alone, "katex.js") || strings.Contains(without+alone, "KaTeX") || strings.Contains(single, "katex.js\"") {
		t.Error("a page without formulas, or one that stands alone, asks for KaTeX")
	}
	if CanDraw() != strings.Contains(single, formulasScript) {
		t.Error("a page that stands alone cannot draw its formulas")
	}
	if k := katexParts(); strings.Contains(strings.ToLower(k.library+formulasScript), "</script") || strings.Contains(k.library, "<!--") || strings.Contains(strings.ToLower(k.style), "</style") || strings.Contains(k.style+k.library, "\r") {
		t.Error("KaTeX could end its own element")
	}
	if CanDraw() != strings.Contains(with, `src="assets/katex.js"`) || CanDraw() == strings.Contains(strings.Join(texts, ""), "built without KaTeX") {
		t.Error("a page with formulas neither draws them nor says why")
	}
	if !strings.Contains(strings.Join(texts, "|"), `\(x^2\)`) {
		t.Error("without scripts there is no TeX to read")
	}
}

func TestFormulasAreDrawnInTheBrowser(t *testing.T) {
	t.Parallel()
	if !CanDraw() {
		t.Skip("built without KaTeX: run make katex")
	}
	for _, single := range []bool{false, true} {
		t.Run(map[bool]string{true: "in a page that stands alone", false: "in a site"}[single], func(t *testing.T) { drawsFormulas(t, single) })
	}
}

func drawsFormulas(t *testing.T, single bool) {
	t.Parallel()
	b := newTab(t)
	o := Defaults()
	o.Single = single
	formulas := []string{`\(ET_c = K_c \cdot ET_0\)`, "\\[\n\\int_0^\\infty e^{-x^2}\\,dx\n\n= \\frac{\\sqrt{\\pi}}{2}\n\\]", `$$\begin{pmatrix} a & b \\ c & d \end{pmatrix}$$`,
		`\(\ce{2 H2 + O2 -> 2 H2O}\)`, `$\boxed{x}$`, `\(\fbox{y} \colorbox{red}{z} \cancel{q} \overbrace{a+b}^{n}\)`, `\(\xrightarrow{f} \vec{AB} \rule{1em}{1em}\)`}
	left := []string{`\(\undefinedcommand{x}\)`, `\(\href{javascript:alert(1)}{x}\)`, `\(\includegraphics{https://tracker.example/x.png}\)`, `\(\htmlStyle{color:red}{x} \frac{1\)`, `\(\def\a{\a\a}\a\)`}
	c := linear(answer("It was $5 and $6.\n\n" + strings.Join(append(formulas, left...), "\n\nand\n\n")))
	dir := site(t, o, map[string]*chat.Conversation{"Math/m.html": c, "s.html": sample()})
	b.open(filepath.Join(dir, "Math", "m.html"), "")
	b.wait(`document.querySelectorAll('[data-tex]').length === ` + strconv.Itoa(len(formulas)+len(left)))
	drawn := eval[string](b, `[...document.querySelectorAll('.math')].map(e => e.classList.contains('drawn') && e.querySelector('.katex') ? 'x' : '-').join('')`)
	if drawn != strings.Repeat("x", len(formulas))+strings.Repeat("-", len(left)) {
		t.Errorf("drawn: %s", drawn)
	}
	if n := eval[int](b, `document.querySelectorAll('.math a, .math img').length`); n != 0 {
		t.Errorf("%d links and pictures in formulas", n)
	}
	b.wait(`[...document.fonts].some(x => x.family.startsWith('KaTeX') && x.status === 'loaded')`)
	if got := eval[string](b, `document.querySelector('.math').getAttribute('aria-label')`); got != `ET_c = K_c \cdot ET_0` {
		t.Errorf("a reader hears %q", got)
	}
	b.shot("formulas" + map[bool]string{true: "-single"}[single])
	b.size(360, 780)
	if eval[bool](b, overflow) {
		t.Error("scrolls sideways on a phone")
	}
	b.quiet()
}
