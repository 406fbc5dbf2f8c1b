package html

import (
	"container/list"
	"crypto/sha256"
	"strings"
	"sync"

	"gptsnap/formats/chat"

	"github.com/alecthomas/chroma/v2"
	"github.com/alecthomas/chroma/v2/lexers"
)

// Bounds of highlighting. Code beyond them is shown plain: a lexer of chroma's
// is a heap of regular expressions and reads less than a megabyte a second.
const (
	maxHighlight = 200 << 10 // bytes of one block
	maxCodeLine  = 4 << 10   // bytes of one line: longer ones are data
	cacheBytes   = 16 << 20  // of coloured code kept for the next time
)

// A highlighter colours code: by our own scanners (scan.go) where the language
// has one, else by chroma's lexers. The same snippet comes again and again in
// the versions of an answer, so what a lexer made is kept, up to cacheBytes.
type highlighter struct {
	lexers sync.Map // from name to chroma.Lexer, nil for names nobody knows

	mu    sync.Mutex
	made  map[[32]byte]*list.Element
	order *list.List // of coloured, newest use first
	size  int
}

type coloured struct {
	key  [32]byte
	html []byte
}

func newHighlighter() *highlighter {
	return &highlighter{made: map[[32]byte]*list.Element{}, order: list.New()}
}

// colour writes source as coloured HTML, or reports that it cannot.
func (h *highlighter) colour(o *out, language, source string) bool {
	if len(source) > maxHighlight || len(source) == 0 || longestLine(source) > maxCodeLine {
		return false
	}
	if strings.IndexByte(source, '\r') >= 0 { // a token could part it from its line feed
		source = strings.ReplaceAll(source, "\r\n", "\n")
	}
	if x := syntaxes()[language]; x != nil {
		x.colour(o, source)
		return true
	}
	lexer := h.lexer(language)
	if lexer == nil {
		return false
	}
	key := sha256.Sum256([]byte(language + "\x00" + source))
	if done, ok := h.known(key); ok {
		o.b = append(o.b, done...)
		return len(done) > 0
	}
	var fresh out
	fresh.b = make([]byte, 0, 2*len(source)+64)
	if !tokens(&fresh, lexer, source) {
		fresh.b = nil // remembered too: it would fail again
	}
	h.keep(key, fresh.b)
	o.b = append(o.b, fresh.b...)
	return len(fresh.b) > 0
}

// lexer finds the lexer of a language by its name or alias, nil if there is
// none. Chroma's own look-up goes on to try file names, which is slow, and its
// lexers for plain words cost time for nothing.
func (h *highlighter) lexer(language string) chroma.Lexer {
	if known, ok := h.lexers.Load(language); ok {
		l, _ := known.(chroma.Lexer)
		return l
	}
	var found chroma.Lexer
	switch language {
	case "", "text", "plaintext", "txt", "plain", "none", "markdown", "md", "output", "log", "csv", "mermaid":
	default:
		found = byName()[language]
	}
	if found != nil || len(language) <= 16 {
		h.lexers.Store(language, found)
	}
	return found
}

var byName = sync.OnceValue(func() map[string]chroma.Lexer {
	all := map[string]chroma.Lexer{}
	for _, l := range lexers.GlobalLexerRegistry.Lexers {
		c := l.Config()
		for _, name := range append([]string{c.Name}, c.Aliases...) {
			if name = strings.ToLower(name); all[name] == nil {
				all[name] = l
			}
		}
	}
	for name, same := range map[string]string{"dockerfile": "docker", "latex": "tex", "ps1": "powershell", "pwsh": "powershell", "makefile": "make"} {
		if all[name] == nil {
			all[name] = all[same]
		}
	}
	return all
})

func (h *highlighter) known(key [32]byte) ([]byte, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	e := h.made[key]
	if e == nil {
		return nil, false
	}
	h.order.MoveToFront(e)
	return e.Value.(coloured).html, true
}

// entryCost is about what an entry of the cache costs beside its HTML.
const entryCost = 200

func (h *highlighter) keep(key [32]byte, html []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.made[key] != nil {
		return
	}
	h.made[key] = h.order.PushFront(coloured{key, html})
	h.size += len(html) + entryCost
	for h.size > cacheBytes {
		last := h.order.Remove(h.order.Back()).(coloured)
		delete(h.made, last.key)
		h.size -= len(last.html) + entryCost
	}
}

// tokens writes source with its tokens in <i class=k>. It reports false, and
// what it wrote is void, if the lexer fails or loses as much as a byte.
func tokens(o *out, lexer chroma.Lexer, source string) (ok bool) {
	defer func() {
		if recover() != nil { // chroma's iterators report errors this way
			ok = false
		}
	}()
	next, err := lexer.Tokenise(nil, source)
	if err != nil {
		return false
	}
	open, at := byte(0), 0
	for t := next(); t != chroma.EOF; t = next() {
		value := t.Value
		if at+len(value) > len(source) && value[:len(source)-at] == source[at:] {
			value = source[at:] // a lexer may end the last line
		}
		if !strings.HasPrefix(source[at:], value) {
			return false
		}
		at += len(value)
		class := tokenClass(t.Type)
		if class != open && strings.TrimSpace(value) != "" {
			if open != 0 {
				o.raw("</i>")
			}
			if open = class; open != 0 {
				o.raw("<i class=")
				o.b = append(o.b, class, '>')
			}
		}
		o.text(value)
	}
	if open != 0 {
		o.raw("</i>")
	}
	return at == len(source)
}

// tokenClass is the class of a token in the style sheet, 0 for none.
func tokenClass(t chroma.TokenType) byte {
	switch {
	case t == chroma.KeywordType, t == chroma.KeywordConstant, t == chroma.NameBuiltin, t == chroma.NameBuiltinPseudo, t == chroma.NameConstant:
		return 'b'
	case t.InCategory(chroma.Keyword), t == chroma.OperatorWord, t == chroma.NameDecorator:
		return 'k'
	case t == chroma.NameFunction, t == chroma.NameFunctionMagic, t == chroma.NameClass, t == chroma.NameNamespace, t == chroma.NameException:
		return 'f'
	case t == chroma.NameTag, t == chroma.NameEntity, t == chroma.NameLabel:
		return 't'
	case t == chroma.NameAttribute, t == chroma.NameProperty, t.InSubCategory(chroma.NameVariable), t == chroma.LiteralStringInterpol:
		return 'v'
	case t.InSubCategory(chroma.LiteralString):
		return 's'
	case t.InSubCategory(chroma.LiteralNumber), t.InCategory(chroma.Literal):
		return 'n'
	case t.InCategory(chroma.Comment):
		return 'c'
	case t == chroma.GenericDeleted, t == chroma.GenericError:
		return 'd'
	case t == chroma.GenericInserted:
		return 't'
	case t == chroma.GenericHeading, t == chroma.GenericSubheading:
		return 'f'
	}
	return 0
}

func longestLine(s string) int {
	longest := 0
	for line := range strings.Lines(s) {
		longest = max(longest, len(line))
	}
	return longest
}

// languageOf is the language that an info string names, in the form in which
// lexers are looked up; "" if it names none.
func languageOf(info string) string {
	info = strings.ToLower(strings.TrimLeft(info, " \t{."))
	end := 0
	for end < len(info) && end < 24 && (info[end] >= 'a' && info[end] <= 'z' || info[end] >= '0' && info[end] <= '9' || strings.IndexByte("+#_-.", info[end]) >= 0) {
		end++
	}
	return info[:end]
}

// codeCard writes source as a card under what its author said it is.
func (p *page) codeCard(info, source string) {
	p.raw("<figure class=code>")
	if label := chat.Opening(info, 80); label != "" {
		p.element("figcaption", "figcaption", label)
	}
	p.raw("<pre tabindex=0 dir=ltr><code>")
	source = strings.TrimRight(source, "\n")
	if p.r.code == nil || !p.r.code.colour(&p.out, languageOf(info), source) {
		p.text(source)
	}
	p.raw("</code></pre></figure>\n")
}
