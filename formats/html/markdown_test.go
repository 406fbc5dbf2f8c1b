package html

import (
	"regexp"
	"strings"
	"testing"

	"gptsnap/formats/chat"

	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"pgregory.net/rapid"
)

func TestMarkdownBecomesTheTagsOfThePage(t *testing.T) {
	t.Parallel()
	for _, k := range []struct{ name, in, want string }{
		{"headings go on from that of the message", "### One\n\n> # In a quote\n\n#### Two", "<h3>One</h3>\n<blockquote>\n<h3>In a quote</h3>\n</blockquote>\n<h4>Two</h4>\n"},
		{"headings begin below those of the page", "# One\n\n## Two\n\n###### Six", "<h3>One</h3>\n<h4>Two</h4>\n<h6>Six</h6>\n"},
		{"words and marks", "a *b* **c** ~~d~~ `e<f` &amp; &copy; \\* <", "<p>a <em>b</em> <strong>c</strong> <del>d</del> <code>e&lt;f</code> &amp; © * &lt;</p>\n"},
		{"hard and soft breaks", "a  \nb\nc\\\nd", "<p>a<br>\nb\nc<br>\nd</p>\n"},
		{"a tight list", "- a\n- b\n  - c", "<ul>\n<li>a</li>\n<li>b\n<ul>\n<li>c</li>\n</ul>\n</li>\n</ul>\n"},
		{"a loose list that starts at 3", "3. a\n\n4. b", "<ol start=3>\n<li><p>a</p>\n</li>\n<li><p>b</p>\n</li>\n</ol>\n"},
		{"a task list", "- [x] a\n- [ ] b", "<ul>\n<li><input type=checkbox disabled checked aria-label=done> a</li>\n<li><input type=checkbox disabled aria-label=\"not done\"> b</li>\n</ul>\n"},
		{"a table", "| a | b |\n|---|--:|\n| 1<br>2 | 3 |", "<div class=wide tabindex=0 role=group aria-label=Table><table>\n<thead><tr><th>a</th><th class=right>b</th></tr></thead>\n<tbody><tr><td>1<br>2</td><td class=right>3</td></tr>\n</tbody></table></div>\n"},
		{"a table without rows", "| a |\n|---|", "<div class=wide tabindex=0 role=group aria-label=Table><table>\n<thead><tr><th>a</th></tr></thead>\n</table></div>\n"},
		{"a quote", "> a\nb", "<blockquote>\n<p>a\nb</p>\n</blockquote>\n"},
		{"raw HTML is shown", "<div onclick=x>\n**a**\n</div>\n\nb <u>c</u>", "<pre class=raw>&lt;div onclick=x&gt;\n**a**\n&lt;/div&gt;</pre>\n<p>b &lt;u&gt;c&lt;/u&gt;</p>\n"},
		{"a comment is shown", "a <!-- b --> c", "<p>a &lt;!-- b --&gt; c</p>\n"},
		{"a link", `[a](https://e.example/x?y=1&z=2 "t")`, `<p><a href="https://e.example/x?y=1&amp;z=2" rel="noopener noreferrer nofollow" title="t">a</a></p>` + "\n"},
		{"a bare address and a mail", "see https://e.example/x. and <a@b.example>", `<p>see <a class=bare href="https://e.example/x" rel="noopener noreferrer nofollow">https://e.example/x</a>. and <a class=bare href="mailto:a@b.example" rel="noopener noreferrer nofollow">a@b.example</a></p>` + "\n"},
		{"a link not to be followed", "[a](javascript:b())", "<p><span class=dead>a <code>javascript:b()</code></span></p>\n"},
		{"a path that leads nowhere", "[a](sandbox:/mnt/data/x.csv) [b](//c.example)", "<p><span class=dead>a <code>sandbox:/mnt/data/x.csv</code></span> <span class=dead>b <code>//c.example</code></span></p>\n"},
		{"an image from elsewhere", "![a *b*](https://t.example/p.png)", `<p><a class=picture href="https://t.example/p.png" rel="noopener noreferrer nofollow">Image: a <em>b</em></a></p>` + "\n"},
		{"an image in a link", "[![a](https://t.example/p.png)](https://e.example)", `<p><a href="https://e.example" rel="noopener noreferrer nofollow"><span class=dead>Image: a <code>https://t.example/p.png</code></span></a></p>` + "\n"},
		{"definitions, used and not", "[a][1] b\n\n[1]: https://e.example/1\n[2]: https://e.example/2 \"t\"", `<p><a href="https://e.example/1" rel="noopener noreferrer nofollow">a</a> b</p>` + "\n" + `<p class=def>[2]: <a href="https://e.example/2" rel="noopener noreferrer nofollow">https://e.example/2</a> t</p>` + "\n"},
		{"a fence that never ends", "a\n```\nb <c>", "<p>a</p>\n<figure class=code><pre tabindex=0 dir=ltr><code>b &lt;c&gt;</code></pre></figure>\n"},
		{"a fence in a fence", "````\n```\na\n```\n````", "<figure class=code><pre tabindex=0 dir=ltr><code>```\na\n```</code></pre></figure>\n"},
		{"the name of a language is text", "```x\" onload=alert(1) y\na\n```", "<figure class=code><figcaption>x&#34; onload=alert(1) y</figcaption><pre tabindex=0 dir=ltr><code>a</code></pre></figure>\n"},
		{"a long rule", "a\n\n" + strings.Repeat("-", 300), "<p>a</p>\n<hr>\n"},
		{"control characters are seen", "a\x00b\x1b[31m\u202e", "<p>a␀b␛[31m\u202e</p>\n"},
		{"lines of Windows", "a\r\n\r\n```\r\nb\r\nc\r\n```\r\n", "<p>a</p>\n<figure class=code><pre tabindex=0 dir=ltr><code>b\nc</code></pre></figure>\n"},
	} {
		if got := body(t, &chat.Text{Raw: k.in}); got != k.want {
			t.Errorf("%s:\n%s\nwant\n%s", k.name, got, k.want)
		}
	}
}

func TestFormulasStayAsTheyAreAndPricesAreWords(t *testing.T) {
	t.Parallel()
	inline := func(s string) string { return "<span class=math>" + s + "</span>" }
	display := func(s string) string { return `<span class="math display">` + s + "</span>" }
	block := func(s string) string { return "<div class=math tabindex=0>" + s + "</div>\n" }
	for _, k := range []struct{ name, in, want string }{
		{"in running text", `a \(x_1 * y_1 * z\) b`, "<p>a " + inline(`\(x_1 * y_1 * z\)`) + " b</p>\n"},
		{"over two lines", "a \\(x\n= y\\) b", "<p>a " + inline("\\(x\n= y\\)") + " b</p>\n"},
		{"a block with blank lines", "a\n\\[\nx\n\n\\\\[2pt] y_1 _z_\n\\]\nb", "<p>a</p>\n" + block("\\[\nx\n\n\\\\[2pt] y_1 _z_\n\\]") + "<p>b</p>\n"},
		{"a block on one line", `\[ a < b \]`, block(`\[ a &lt; b \]`)},
		{"a block of dollars", "$$\na\n\nb\n$$", block("$$\na\n\nb\n$$")},
		{"words after a block", `\[ a \] where b`, "<p>" + display(`\[ a \]`) + " where b</p>\n"},
		{"in a list", "- \\[\n  a*b*c\n\n  d\n  \\]\n- e", "<ul>\n<li>" + block("\\[\na*b*c\n\nd\n\\]") + "</li>\n<li>e</li>\n</ul>\n"},
		{"in a table", "| a |\n|---|\n| \\(x_1\\) |", "<div class=wide tabindex=0 role=group aria-label=Table><table>\n<thead><tr><th>a</th></tr></thead>\n<tbody><tr><td>" + inline(`\(x_1\)`) + "</td></tr>\n</tbody></table></div>\n"},
		{"single dollars", "a $x_1*y*z$, b", "<p>a " + inline("$x_1*y*z$") + ", b</p>\n"},
		{"an escaped dollar inside", `a $\$5$ b`, "<p>a " + inline(`$\$5$`) + " b</p>\n"},
		{"prices", "it is $5 and $10, or $5/$6, US$ 3", "<p>it is $5 and $10, or $5/$6, US$ 3</p>\n"},
		{"in code", "`\\(a\\)` `$b$`", "<p><code>\\(a\\)</code> <code>$b$</code></p>\n"},
		{"an escaped backslash", `a \\(b\\) c`, "<p>a \\(b\\) c</p>\n"},
		{"never closed", `a \(b *c* d`, "<p>a (b <em>c</em> d</p>\n"},
		{"never closed, before code", "\\[\n\n```\na \\]\n```", "<p>[</p>\n<figure class=code><pre tabindex=0 dir=ltr><code>a \\]</code></pre></figure>\n"},
		{"a link's bracket is no formula", `\[a](b)`, "<p>[a](b)</p>\n"},
	} {
		if got := body(t, &chat.Text{Raw: k.in}); got != k.want {
			t.Errorf("%s:\n%s\nwant\n%s", k.name, got, k.want)
		}
	}
}

// cited makes a text of s in which each ⟦words⟧ is a cite with those words as
// its label, of a kind and with links as given.
func cited(s string, kind chat.CiteKind, links ...chat.Link) *chat.Text {
	t := &chat.Text{}
	for {
		before, rest, ok := strings.Cut(s, "⟦")
		t.Raw += before
		if !ok {
			return t
		}
		label, behind, _ := strings.Cut(rest, "⟧")
		c := chat.Cite{Start: len(t.Raw), Kind: kind, Label: label, Links: links}
		t.Raw += "\ue200cite\ue202turn0search1\ue201"
		c.End = len(t.Raw)
		t.Cites = append(t.Cites, c)
		s = behind
	}
}

func TestCitesBecomeNumbersLinksOrWordsAndNeverMarkers(t *testing.T) {
	t.Parallel()
	a := chat.Link{Title: "A \"page\"", URL: "https://a.example/?x=1&y=2", Site: "a.example"}
	b := chat.Link{Title: "B", URL: "https://b.example/"}
	evil := chat.Link{Title: "Evil", URL: "javascript:alert(1)"}
	file := chat.Link{File: &chat.File{ID: "f", Name: "r.pdf", Href: "files/r.pdf"}, Lines: "3-4"}
	gone := chat.Link{File: &chat.File{ID: "g", Name: "g.pdf", Missing: "deleted"}}
	number := func(n, title, aria, href string) string {
		return `<sup class=cite><a class=cite title="` + title + `" aria-label="Source ` + n + ": " + aria + `" href="` + href + `" rel="noopener noreferrer nofollow">` + n + `</a></sup>`
	}
	oneA := number("1", "A &#34;page&#34;", "A &#34;page&#34;", "https://a.example/?x=1&amp;y=2")
	for _, k := range []struct {
		name string
		text *chat.Text
		want string // at the beginning of the body
		tail string // in the list of sources
	}{
		{"evidence", cited("So.⟦⟧ And **bold.**⟦⟧ x", chat.CiteLinks, a), "<p>So." + oneA + " And <strong>bold.</strong>" + oneA + " x</p>", "1 source<"},
		{"two at once", cited("So.⟦⟧", chat.CiteLinks, a, b), "<p>So." + oneA + number("2", "B", "B", "https://b.example/") + "</p>", "2 sources<"},
		{"words with one link", cited("By ⟦Mr *X*⟧.", chat.CiteWords, b), `<p>By <a href="https://b.example/" rel="noopener noreferrer nofollow">Mr *X*</a>.</p>`, ""},
		{"words without links", cited("By ⟦Mr <X>⟧.", chat.CiteWords), "<p>By Mr &lt;X&gt;.</p>", ""},
		{"a marker that means nothing", cited("a⟦⟧ b", chat.CiteDrop, b), "<p>a b</p>", "1 source<"},
		{"an address not to follow", cited("a⟦⟧", chat.CiteLinks, evil), "<p>a<sup class=cite>1</sup></p>", "Evil <code class=dead>javascript:alert(1)</code>"},
		{"in code", cited("`a⟦X⟧b`\n\n```go\nc⟦⟧ := ⟦Y⟧\n```", chat.CiteLinks, a), "<p><code>aXb</code></p>\n<figure class=code><figcaption>go</figcaption><pre tabindex=0 dir=ltr><code>", "1 source<"},
		{"in a link", cited("[a⟦⟧](https://c.example)", chat.CiteLinks, a), `<p><a href="https://c.example" rel="noopener noreferrer nofollow">a [1]</a></p>`, "1 source<"},
		{"in an address", cited("[a](https://c.example/⟦⟧d) <https://c.example/⟦⟧>", chat.CiteLinks, a), `<p><a href="https://c.example/d" rel="noopener noreferrer nofollow">a</a> <a class=bare href="https://c.example/" rel="noopener noreferrer nofollow">https://c.example/</a></p>`, "1 source<"},
		{"in a table", cited("| a |\n|---|\n| b⟦⟧ |", chat.CiteLinks, a), "<div class=wide tabindex=0 role=group aria-label=Table><table>\n<thead><tr><th>a</th></tr></thead>\n<tbody><tr><td>b" + oneA + "</td></tr>", "1 source<"},
		{"in a formula", cited(`\(a⟦⟧b\)`, chat.CiteLinks, a), `<p><span class=math>\(ab\)</span></p>`, "1 source<"},
		{"in raw HTML", cited("<div title=\"⟦⟧\">", chat.CiteLinks, a), "<pre class=raw>&lt;div title=&#34;" + oneA + "&#34;&gt;</pre>", "1 source<"},
		{"a passage of a file", cited("a⟦⟧", chat.CiteFile, file), "<p>a" + number("1", "r.pdf", "r.pdf", "files/r.pdf") + "</p>", "lines 3-4"},
		{"a file to download that is gone", cited("⟦Get it⟧", chat.CiteFile, gone), "<p>Get it <span class=why>(deleted)</span></p>", ""},
		{"a list", cited("⟦Reading⟧", chat.CiteList, a, b), `<p>Reading · <a href="https://a.example/?x=1&amp;y=2" rel="noopener noreferrer nofollow">A &#34;page&#34;</a> · <a`, ""},
		{"the list at the end", cited("a⟦⟧", chat.CiteSources, a, b), "<p>a</p>", "2 sources<"},
	} {
		got := body(t, k.text)
		if !strings.HasPrefix(got, k.want) || !strings.Contains(got, k.tail) || k.tail == "" && strings.Contains(got, "class=src") {
			t.Errorf("%s:\n%s\nwant\n%s … %s", k.name, got, k.want, k.tail)
		}
		if strings.ContainsAny(got, strings.Join(marks, "")+"\ue200\ue201\ue202") {
			t.Errorf("%s: a marker is left in %q", k.name, got)
		}
	}
}

func TestATextCannotForgeAPlaceholder(t *testing.T) {
	t.Parallel()
	x := cited(marks[0]+"0"+marks[0]+" a⟦⟧", chat.CiteLinks, chat.Link{Title: "A", URL: "https://a.example/"})
	got := body(t, x)
	if strings.Count(got, "<sup") != 1 || !strings.HasPrefix(got, "<p>"+marks[0]+"0"+marks[0]+" a<sup") {
		t.Error(got)
	}
	all := cited(strings.Join(marks, "0")+" ⟦word⟧", chat.CiteLinks, chat.Link{Title: "A", URL: "https://a.example/"})
	if got := body(t, all); !strings.HasPrefix(got, "<p>"+strings.Join(marks, "0")+" word</p>") || !strings.Contains(got, "1 source<") {
		t.Error(got)
	}
}

// The time that a test takes is no law, but a text that takes quadratic time
// shows by the minutes it takes.
func TestHostileTextsAreBounded(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]string{
		"openers of formulas":     strings.Repeat(`\( `, 300_000),
		"openers of blocks":       strings.Repeat("\\[\n", 250_000),
		"blocks closed too late":  strings.Repeat("\\[\n", 50_000) + `\] x`,
		"dollars":                 strings.Repeat("$a ", 300_000),
		"quotes in quotes":        strings.Repeat(strings.Repeat(">", 90)+" a\n", 5_000),
		"quotes beyond the bound": strings.Repeat(">", 900_000),
		"lists in lists":          strings.Repeat("- ", 400_000),
		"numbered lists":          strings.Repeat("1. ", 300_000),
		"stars":                   strings.Repeat("*a **b ", 100_000),
		"brackets":                strings.Repeat("[", 50_000) + strings.Repeat("]", 50_000),
		"images":                  strings.Repeat("![", 100_000),
		"back-ticks":              strings.Repeat("`a``b```", 50_000),
		"tags":                    strings.Repeat("<a <!-- ", 60_000),
		"a table of many columns": strings.Repeat("|a", 2_000) + "\n" + strings.Repeat("|-", 2_000) + "\n" + strings.Repeat("|\n", 500),
		"one long line of code":   "```js\n" + strings.Repeat("a=/x/;", 100_000) + "\n```",
		"entities":                strings.Repeat("&a", 200_000),
		"a table of many rows":    strings.Repeat("|a", 100) + "\n" + strings.Repeat("|-", 100) + "\n" + strings.Repeat("|\n", 400_000),
		"a table in a list":       "- |a" + strings.Repeat("|a", 5_000) + "\n  |-" + strings.Repeat("|-", 5_000) + "\n" + strings.Repeat("  |\n", 50_000),
		"many brackets":           strings.Repeat("[", 500_000) + strings.Repeat("]", 500_000),
		"definitions":             strings.Repeat("[a]: b\n", 60_000),
		"more than is Markdown":   strings.Repeat("# a\n", 300_000),
	} {
		c := linear(answer(s))
		if _, texts := draw(t, renderer(t, Defaults()), c); len(strings.Join(texts, "")) < 1000 {
			t.Errorf("%s: the text is gone", name)
		}
	}
}

var blankEnds = regexp.MustCompile(`[ \t]+(\n|<br>)`)

// A text without addresses is the same to both parsers.
func TestTheParserWithoutAddressesDrawsTheSame(t *testing.T) {
	t.Parallel()
	r := renderer(t, Options{})
	drawn := func(by parser.Parser, s string) string {
		p := &page{}
		p.reset(r, &chat.Document{Conversation: linear(answer(""))})
		p.walk = walk{src: []byte(s)}
		p.drawTree(by.Parse(text.NewReader(p.walk.src)))
		return blankEnds.ReplaceAllString(string(p.b), "$1") // what is blank at the end of a line is not drawn alike
	}
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Join(rapid.SliceOf(rapid.SampledFrom(strings.Split("a|ww|http:|https|ftp:|mailto:| |  |\n|\n\n|*|**|_|~~|~|(|)|[|]|](|](x)|<|>|`|```\n|!|\\|$|\\(|\\)|- |1. |# |> |:|/|.|.de|-|&amp;|1|\t|–|水", "|"))).Draw(t, "pieces"), "")
		if s = strings.ReplaceAll(s, "www.", "w"); parserFor(s) != markdownParser {
			t.Skip()
		}
		if got, want := drawn(markdownParser, s), drawn(linkParser, s); got != want {
			t.Fatalf("%q is drawn\n%s\nand with addresses\n%s", s, got, want)
		}
	})
	if parserFor("see a@b.example") != linkParser || parserFor("www.x.example") != linkParser || parserFor("HTTPS://x.example") != linkParser {
		t.Error("addresses are not looked for")
	}
}
