package html

import (
	"embed"

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

// CanDraw reports whether this program was built with what formulas are drawn with.
func CanDraw() bool {
	_, err := katex.Open("katex/dist/katex.js")
	return err == nil
}

// draws reports whether formulas are drawn on the pages of r.
func (r *Renderer) draws() bool { return r.o.Math && !r.o.Single && CanDraw() }

func katexAssets() []chat.Asset {
	all := []chat.Asset{{Name: "assets/formulas.js", Body: []byte(formulasScript)}}
	for _, name := range []string{"katex.css", "katex.js"} {
		if body, err := katex.ReadFile("katex/dist/" + name); err == nil {
			all = append(all, chat.Asset{Name: "assets/" + name, Body: body})
		}
	}
	return all
}

// formulaTools writes what a page with formulas loads.
func (p *page) formulaTools() {
	if !p.r.draws() {
		return
	}
	assets := pathLink(p.d.Root) + "assets/"
	p.raw("<link rel=stylesheet href=\"" + assets + "katex.css\">\n<script src=\"" + assets + "katex.js\"></script>\n<script src=\"" + assets + "formulas.js\"></script>\n")
}
