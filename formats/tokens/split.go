package tokens

// The pieces of o200k_base, first match wins:
//
//	[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?
//	[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?
//	\p{N}{1,3}
//	 ?[^\s\p{L}\p{N}]+[\r\n/]*
//	\s*[\r\n]+
//	\s+(?!\S)
//	\s+

// nextO200k is the end of the piece of s that begins at i.
func nextO200k(c *classes, s string, i int) int {
	first, n := c.at(s, i)
	word := i
	if first&(letter|number|newline) == 0 {
		word += n // one character that is no letter may stand before a word
	}
	if first&number == 0 {
		if end := c.word(s, i, word); end > i {
			return end + contraction(s[end:])
		}
	} else {
		return c.digits(s, i)
	}
	if end := c.marks(s, i); end > i {
		for end < len(s) && (s[end] == '\n' || s[end] == '\r' || s[end] == '/') {
			end++
		}
		return end
	}
	return c.blank(s, i, false)
}

// word is the end of a word of which the letters begin at from, and which
// begins at i, one character before them or there as well; i if there is none.
//
// Greedy matching gives way from its end: the leading letters are given back
// one by one until what follows them is a trailing one, which then ends the
// word unless more of its kind follow.
func (c *classes) word(s string, i, from int) int {
	k, lastBoth := from, -1
	for {
		is, n := c.at(s, k)
		if is&leading == 0 {
			if is&trailing != 0 {
				for is&trailing != 0 {
					k += n
					is, n = c.at(s, k)
				}
				return k
			}
			break
		}
		k += n
		if is&trailing != 0 {
			lastBoth = k
		}
	}
	if lastBoth >= 0 {
		return lastBoth
	}
	if from > i {
		if is, n := c.at(s, i); is&leading != 0 {
			return i + n // a mark that was taken for the character before a word is a word itself
		}
	}
	if k > from {
		return k // capitals only
	}
	return i
}

// contraction is the length of an English ending such as 's at the beginning
// of s, 0 if there is none. Letters match without regard to case, and the long
// s is a small s to whoever has no regard for case.
func contraction(s string) int {
	if len(s) < 2 || s[0] != '\'' {
		return 0
	}
	switch s[1] | 0x20 {
	case 's', 't', 'm', 'd':
		return 2
	case 'r', 'v':
		if len(s) > 2 && s[2]|0x20 == 'e' {
			return 3
		}
	case 'l':
		if len(s) > 2 && s[2]|0x20 == 'l' {
			return 3
		}
	}
	if len(s) > 2 && s[1:3] == "ſ" {
		return 3
	}
	return 0
}

// The pieces of cl100k_base, first match wins:
//
//	'(?i:[sdmt]|ll|ve|re)
//	[^\r\n\p{L}\p{N}]?+\p{L}++
//	\p{N}{1,3}+
//	 ?[^\s\p{L}\p{N}]++[\r\n]*+
//	\s++$
//	\s*[\r\n]
//	\s+(?!\S)
//	\s

// nextCL100k is the end of the piece of s that begins at i.
func nextCL100k(c *classes, s string, i int) int {
	if n := contraction(s[i:]); n > 0 {
		return i + n
	}
	first, n := c.at(s, i)
	if first&number != 0 {
		return c.digits(s, i)
	}
	k := i
	if first&(letter|newline) == 0 {
		k += n
	}
	if is, n := c.at(s, k); is&letter != 0 {
		for is&letter != 0 {
			k += n
			is, n = c.at(s, k)
		}
		return k
	}
	if end := c.marks(s, i); end > i {
		for end < len(s) && (s[end] == '\n' || s[end] == '\r') {
			end++
		}
		return end
	}
	return c.blank(s, i, true)
}

// digits is the end of one to three digits at i.
func (c *classes) digits(s string, i int) int {
	for range 3 {
		is, n := c.at(s, i)
		if is&number == 0 {
			break
		}
		i += n
	}
	return i
}

// marks is the end of what is neither a letter nor a number nor white space,
// with one space before it or none; i if there is nothing.
func (c *classes) marks(s string, i int) int {
	k := i
	if s[i] == ' ' {
		k++
	}
	from := k
	for k < len(s) {
		is, n := c.at(s, k)
		if is&(letter|number|space) != 0 {
			break
		}
		k += n
	}
	if k == from {
		return i
	}
	return k
}

// blank is the end of a piece of the white space at i: up to its last newline;
// else all of it but the last character, which belongs to what follows; all if
// nothing follows. In cl100k what nothing follows is one piece, newlines or not.
func (c *classes) blank(s string, i int, wholeEnd bool) int {
	k, last, lines := i, i, -1
	for {
		is, n := c.at(s, k)
		if is&space == 0 {
			break
		}
		last = k
		k += n
		if is&newline != 0 {
			lines = k
		}
	}
	switch {
	case wholeEnd && k == len(s):
		return k
	case lines >= 0:
		return lines
	case k == len(s) || last == i:
		return k
	}
	return last
}
