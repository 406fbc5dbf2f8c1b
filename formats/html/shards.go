package html

import (
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"gptsnap/formats/chat"
)

// A shard is a file of the index in the making.
type shard struct {
	terms []byte
	last  []byte // term
	lists bitText
}

func (h *shard) add(term []byte, pages []uint32, of int) {
	k := alike(h.last, term)
	shared, own := units(term[:k]), units(term[k:])
	if shared <= mostShared && own <= mostOwn {
		h.terms = append(h.terms, bitDigits[shared*mostOwn+own-1])
	} else {
		h.terms = append(h.terms, bitDigits[len(bitDigits)-1], bitDigits[shared], bitDigits[own])
	}
	h.terms = append(h.terms, term[k:]...)
	h.last = append(h.last[:0], term...)
	h.lists.count(uint32(len(pages)))
	h.lists.sorted(pages, 0, uint32(of-1))
}

// What one digit says of a term; longer ones need three.
const (
	mostShared = 6
	mostOwn    = 13
)

// alike says how many bytes two terms have in common at their beginning, in
// whole characters. The second is not the first, nor its beginning.
func alike(a, b []byte) (n int) {
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	for n > 0 && !utf8.RuneStart(b[n]) {
		n--
	}
	return n
}

// units is how long a browser's scripts find s.
func units(s []byte) (n int) {
	for _, r := range string(s) {
		n += utf16.RuneLen(r)
	}
	return n
}

// write makes the files of the index. listed are the pages in the order of the
// list of conversations.
func (s *search) write(listed []int, put func(chat.Asset) error) error {
	if s.failed != nil {
		return s.failed
	}
	order := s.order()
	number := make([]uint32, len(order))
	for n, page := range order {
		number[page] = uint32(n)
	}
	var first out
	var h shard
	count := 0
	write := func() error {
		count++
		h.lists.end()
		body := slices.Concat([]byte("gptsnapTerms("+strconv.Itoa(count)+",`"), h.terms, []byte("`,`"), h.lists.text, []byte("`)\n"))
		h = shard{terms: h.terms[:0], lists: bitText{text: h.lists.text[:0]}}
		return put(chat.Asset{Name: searchFolder + strconv.Itoa(count) + ".js", Body: body, Of: partOf})
	}
	err := s.merge(func(term []byte, pages []uint32) error {
		if len(h.terms) == 0 {
			if count > 0 {
				first.raw(",")
			}
			first.raw("`" + string(term) + "`") // letters, marks and digits: nothing that means anything there
		}
		for i, page := range pages {
			pages[i] = number[page]
		}
		slices.Sort(pages)
		h.add(term, pages, len(order))
		if len(h.terms)+len(h.lists.text) > shardBytes {
			return write()
		}
		return nil
	})
	if err == nil && len(h.terms) > 0 {
		err = write()
	}
	if err != nil {
		return err
	}
	row := make([]int, len(listed))
	for n, page := range listed {
		row[page] = n
	}
	var b out
	b.raw("gptsnapIndex({rows:[")
	for i, page := range order {
		if i > 0 {
			b.raw(",")
		}
		b.num(row[page])
	}
	b.raw("],first:[")
	b.b = append(b.b, first.b...)
	b.raw("]})\n")
	return put(chat.Asset{Name: searchFolder + "index.js", Body: b.b})
}
