package html

import (
	"embed"
	"sync"

	"gptsnap/formats/chat"
)

// Pages draw their formulas with KaTeX, which comes from npm when the program
// is built and is not in the repository: a program that was built without it
// leaves formulas as TeX, and the pages say so. Only pages with formulas load
// it. Its fonts stand in its style sheet, since some browsers let a page in a
// folder load no font.

//go:embed katex/dist
var katex embed.FS

//go:embed formulas.js
var formulasScript string

// formulaPolicy is what pages may do besides to draw formulas: KaTeX sets a
// few style attributes as text. No text of a chat reaches an attribute style.
const formulaPolicy = "; font-src data:; style-src-attr 'unsafe-inline'"

// katexParts are what draws formulas, in the order in which a page takes it in;
// empty if the program was built without.
var katexParts = sync.OnceValue(func() (p struct{ style, library string }) {
	style, err := katex.ReadFile("katex/dist/katex.css")
	library, err2 := katex.ReadFile("katex/dist/katex.js")
	if err == nil && err2 == nil {
		p.style, p.library = string(style), string(library)
	}
	return p
})

// CanDraw reports whether this program was built with what formulas are drawn with.
func CanDraw() bool { return katexParts().library != "" }

// draws reports whether formulas are drawn on the pages of r.
func (r *Renderer) draws() bool { return r.o.Math && CanDraw() }

func katexAssets() []chat.Asset {
	k := katexParts()
	return []chat.Asset{{Name: "assets/formulas.js", Body: []byte(formulasScript)}, {Name: "assets/katex.css", Body: []byte(k.style)}, {Name: "assets/katex.js", Body: []byte(k.library)}}
}

// formulaTools writes what a page with formulas needs to draw them: the names
// of the files that the pages of a site share or, in a page that stands alone,
// all of it, two thirds of a megabyte. Drawing them ahead of time would save a
// page with few formulas the library (300 kB) and not the fonts (340 kB), cost
// 3 kB for each formula, and need an engine for scripts in this program.
func (p *page) formulaTools() {
	if p.r.o.Single {
		k := katexParts()
		p.raw("<style>" + k.style + "</style>\n<script>" + k.library + "</script>\n<script>" + formulasScript + "</script>\n")
		return
	}
	assets := pathLink(p.d.Root) + "assets/"
	p.raw("<link rel=stylesheet href=\"" + assets + "katex.css\">\n<script src=\"" + assets + "katex.js\"></script>\n<script src=\"" + assets + "formulas.js\"></script>\n")
}

// formulaHashes are the names by which a page that stands alone allows them.
var formulaHashes = sync.OnceValue(func() (h struct{ style, script string }) {
	k := katexParts()
	h.style, h.script = " "+hashOf(k.style), " "+hashOf(k.library)+" "+hashOf(formulasScript)
	return h
})
