package archive

import (
	"encoding/binary"
	"strings"
	"time"
)

// A lineScanner reads one line of a manifest as this program writes it: flat,
// known keys, plain ASCII. It is some eight times as fast as encoding/json,
// which is what opening a large archive spends its time on. Whatever is out of
// the ordinary is left to encoding/json, so that nothing is read differently.
type lineScanner struct {
	s     string
	i     int
	ok    bool
	plain bool // there is nothing but printable ASCII without backslashes in it
	at    [2]int

	last   string // the last headers, which are mostly those of the next line
	headed map[string]string
}

// fastLine reads a line into l; false means that encoding/json has to, and
// that l may hold half of it.
func fastLine(line string, l *listed) bool {
	p := lineScanner{}
	return p.line(line, l)
}

// line is fastLine, with what was found out of the line.
func (p *lineScanner) line(line string, l *listed) bool {
	p.s, p.i, p.ok = line, 0, true
	p.eat('{')
	for first := true; p.ok; first = false {
		if !first {
			if p.i < len(p.s) && p.s[p.i] == '}' {
				return p.i == len(p.s)-1
			}
			p.eat(',')
		}
		key := p.text()
		p.eat(':')
		p.field(key, l)
	}
	return false
}

func (p *lineScanner) field(key string, l *listed) {
	switch key {
	case "path":
		l.Path = p.text()
	case "at":
		p.eat('[')
		p.at[0] = int(p.number())
		p.eat(',')
		p.at[1] = int(p.number())
		p.eat(']')
		l.At = &p.at
	case "v":
		l.V = int(p.number())
	case "kind":
		l.Kind = p.text()
	case "id":
		l.ID = p.text()
	case "method":
		l.Method = p.text()
	case "url":
		l.URL = p.text()
	case "status":
		l.Status = int(p.number())
	case "fetched_at":
		p.time(&l.FetchedAt)
	case "headers":
		p.headers(l)
	case "size":
		l.Size = p.number()
	case "sha256":
		l.SHA256 = p.text()
	case "run":
		l.Run = p.text()
	case "seq":
		l.Seq = p.number()
	case "same_as":
		l.SameAs = p.text()
	case "updated":
		p.time(&l.Updated)
	case "nodes":
		l.Nodes = int(p.number())
	case "name":
		l.Name = p.text()
	case "media":
		l.Media = p.text()
	case "note":
		l.Note = p.text()
	default:
		p.ok = false
	}
}

func (p *lineScanner) eat(c byte) {
	if p.i < len(p.s) && p.s[p.i] == c {
		p.i++
		return
	}
	p.ok = false
}

// text is a string of printable ASCII without escapes.
func (p *lineScanner) text() string {
	p.eat('"')
	if !p.ok {
		return ""
	}
	from := p.i
	if p.plain {
		n := strings.IndexByte(p.s[from:], '"')
		p.ok = n >= 0
		p.i += n + 1
		return p.s[from:max(from, p.i-1)]
	}
	for ; p.i < len(p.s); p.i++ {
		switch c := p.s[p.i]; {
		case c == '"':
			p.i++
			return p.s[from : p.i-1]
		case c < 0x20 || c >= 0x7f || c == '\\':
			p.ok = false
			return ""
		}
	}
	p.ok = false
	return ""
}

// number is a whole number of at most nine digits, which fits everywhere.
func (p *lineScanner) number() (n int64) {
	from := p.i
	for ; p.i < len(p.s) && p.s[p.i] >= '0' && p.s[p.i] <= '9'; p.i++ {
		n = n*10 + int64(p.s[p.i]-'0')
	}
	if d := p.i - from; d == 0 || d > 9 || d > 1 && p.s[from] == '0' {
		p.ok = false
	}
	return n
}

func (p *lineScanner) time(t *time.Time) {
	if s := p.text(); p.ok && t.UnmarshalText([]byte(s)) != nil {
		p.ok = false
	}
}

func (p *lineScanner) headers(l *listed) {
	from := p.i
	if l.Headers == nil && p.last != "" && strings.HasPrefix(p.s[from:], p.last) {
		p.i += len(p.last)
		l.Headers = p.headed
		return
	}
	p.eat('{')
	if l.Headers != nil || p.i < len(p.s) && p.s[p.i] == '}' {
		p.ok = false
	}
	for first := true; p.ok; first = false {
		if !first {
			if p.i < len(p.s) && p.s[p.i] == '}' {
				p.i++
				p.keep(p.s[from:p.i], l.Headers)
				return
			}
			p.eat(',')
		} else {
			l.Headers = make(map[string]string, 4)
		}
		k := p.text()
		p.eat(':')
		if v := p.text(); p.ok {
			l.Headers[k] = v
		}
	}
}

// keep remembers headers beyond the line that they stand in, which is read
// where it lies.
func (p *lineScanner) keep(text string, h map[string]string) {
	p.last, p.headed = strings.Clone(text), make(map[string]string, len(h))
	for k, v := range h {
		p.headed[strings.Clone(k)] = strings.Clone(v)
	}
}

// plainText reports whether lines are all printable ASCII without a backslash,
// eight bytes at a time.
func plainText(b []byte) bool {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	odd := uint64(0)
	for ; len(b) >= 8; b = b[8:] {
		w := binary.LittleEndian.Uint64(b)
		slash, del := w^ones*'\\', w^ones*0x7f
		odd |= w | (slash-ones)&^slash | (del-ones)&^del // ASCII, and no byte is 0 after the xor
		if low := (w - ones*0x20) &^ w & tops; low != 0 {
			for _, c := range b[:8] {
				if c < 0x20 && c != '\n' {
					return false
				}
			}
		}
	}
	if odd&tops != 0 {
		return false
	}
	for _, c := range b {
		if c < 0x20 && c != '\n' || c >= 0x7f || c == '\\' {
			return false
		}
	}
	return true
}
