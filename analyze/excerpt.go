package analyze

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// mostExcerpts bounds what is kept of one message; its matches are all counted.
const mostExcerpts = 10

// mostLine is how much of one long line an excerpt shows on either side of a
// match, in bytes.
const mostLine = 160

// mostWord is how far, in bytes, the place where a long line is cut is moved
// so that it does not cut a word.
const mostWord = 24

// A span is a part of a text.
type span struct{ from, to int }

// look counts the matches in s and keeps the lines of the first ones, each
// line once: what stands in one excerpt is not in the next. Neighbours in
// which the lines of context meet are one excerpt.
func (q *query) look(h *hit, s string) {
	var spans []span
	shown := 0 // up to where s is in a span
	q.finder.find(s, func(from, to int) bool {
		h.matches++
		if to <= shown || h.pieces == mostExcerpts {
			return true
		}
		h.pieces++
		e := excerpt(s, max(from, shown), to, q.context, shown)
		if last := len(spans) - 1; last >= 0 && q.context > 0 && lineEnd(s[spans[last].to:e.from]) {
			spans[last].to = e.to
		} else {
			spans = append(spans, e)
		}
		shown = e.to
		return true
	})
	for _, e := range spans {
		if text := e.of(s); !slices.Contains(h.excerpts, text) { // a page is often cited twice
			h.excerpts = append(h.excerpts, text)
		}
	}
}

// lineEnd reports whether s is the end of a line and no more.
func lineEnd(s string) bool { return s == "\n" || s == "\r\n" }

// of is the text of e in s. What is cut off a long line is replaced by an
// ellipsis.
func (e span) of(s string) string {
	text := strings.TrimRight(s[e.from:e.to], "\n\r")
	if e.from > 0 && s[e.from-1] != '\n' {
		text = "…" + strings.TrimLeft(text, " ")
	}
	if e.to < len(s) && s[e.to] != '\n' && s[e.to] != '\r' {
		text = strings.TrimRight(text, " ") + "…"
	}
	return text
}

// excerpt is the line around s[from:to] and context lines on either side, as
// far as they are behind floor. Of a long line it is a part.
func excerpt(s string, from, to, context, floor int) span {
	start, end := from, to
	for n := 0; ; n++ {
		start = strings.LastIndexByte(s[:start], '\n') + 1
		if n == context || start <= floor {
			break
		}
		start--
	}
	if start <= floor {
		start = floor
		if start < from && s[start] == '\n' && start > 0 { // the line before is shown
			start++
		}
	}
	for n := 0; ; n++ {
		if i := strings.IndexByte(s[end:], '\n'); i >= 0 {
			end += i
		} else {
			end = len(s)
		}
		if n == context || end == len(s) {
			break
		}
		end++
	}
	most := mostLine * (context + 1)
	if from-start > most {
		start = wordAfter(s, from-most, from)
	}
	if limit := min(to, from+most) + most; end > limit {
		end = wordBefore(s, min(to, from+most), limit)
	}
	return span{start, end}
}

// wordAfter is where the first word at s[at:] or soon behind it begins, before
// end; of a writing without spaces it is the first character.
func wordAfter(s string, at, end int) int {
	if i := strings.IndexAny(s[at:min(at+mostWord, end)], " \n"); i >= 0 {
		return at + i + 1
	}
	for !utf8.RuneStart(s[at]) && at < end {
		at++
	}
	return at
}

// wordBefore is where the last word before s[end:] ends, behind start.
func wordBefore(s string, start, end int) int {
	from := max(end-mostWord, start)
	if i := strings.LastIndexAny(s[from:end], " \n"); i > 0 {
		return from + i
	}
	for !utf8.RuneStart(s[end]) && end > start {
		end--
	}
	return end
}
