package chattest

import (
	"bufio"
	"io"
	"unicode/utf8"
)

// CorpusOptions say what [WriteCorpus] writes.
type CorpusOptions struct {
	Conversations int
	Seed          uint64
	// Official writes what the provider's export does: every character outside
	// ASCII as a \u escape, and the id under both of its names.
	Official bool
}

// WriteCorpus writes an invented account as one JSON array. It has the shape
// of real ones: most chats are short and a few are very long (visible messages
// are log-normal, median 10, at most 1,155), 15 % fork, several scripts, code
// in fences, citations, reasoning, tools and their bulky metadata, models and
// times from 2023 to 2026. 5,000 conversations hold about 140,000 nodes and
// 7,800 branches in about 293 MB. The same options give the same bytes.
func WriteCorpus(w io.Writer, o CorpusOptions) error {
	b := bufio.NewWriterSize(w, 1<<20)
	b.WriteByte('[')
	for i := range o.Conversations {
		if i > 0 {
			b.WriteByte(',')
		}
		c := newWriter(o.Seed, i)
		c.official = o.Official
		raw := c.conversation()
		if o.Official {
			raw = escaped(raw)
		}
		if _, err := b.Write(raw); err != nil {
			return err
		}
	}
	b.WriteByte(']')
	return b.Flush()
}

// Conversation is number i of the corpus of a seed, as GET /conversation/{id}
// answers it: compact JSON. It does not depend on the other conversations.
func Conversation(seed uint64, i int) []byte { return newWriter(seed, i).conversation() }

// escaped writes every character outside ASCII as a \u escape.
func escaped(raw []byte) []byte {
	const hex = "0123456789abcdef"
	out := make([]byte, 0, len(raw)+len(raw)/8)
	unit := func(u rune) { out = append(out, '\\', 'u', hex[u>>12&15], hex[u>>8&15], hex[u>>4&15], hex[u&15]) }
	for len(raw) > 0 {
		if raw[0] < utf8.RuneSelf {
			out = append(out, raw[0])
			raw = raw[1:]
			continue
		}
		r, n := utf8.DecodeRune(raw)
		raw = raw[n:]
		if r > 0xffff {
			r -= 0x10000
			unit(0xd800 + r>>10)
			unit(0xdc00 + r&0x3ff)
		} else {
			unit(r)
		}
	}
	return out
}
