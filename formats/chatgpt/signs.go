package chatgpt

import (
	"net/url"
	"path"
	"strings"

	"gptsnap/formats/chat"
)

// A sign is what a kind of leftover marker begins with. read is called where
// it stands, with the limits of the gap it stands in; it adds what it finds
// and returns the end of it, or 0 if it is nothing after all.
type sign struct {
	text string
	next func(raw string, from int) int
	read func(c *citer, at, low, high int) int
}

// longMark bounds how far the end of a marker is looked for, so that a text
// full of beginnings is read in linear time.
const longMark = 400

func indexed(text string) func(string, int) int {
	return func(raw string, from int) int {
		if from > len(raw) {
			return -1
		}
		if k := strings.Index(raw[from:], text); k >= 0 {
			return from + k
		}
		return -1
	}
}

// signs are the markers of all years. The first is for every text, the others
// only for what the model wrote.
var signs = []sign{
	{markStart, nextPUA, (*citer).readPUA},
	{"【", indexed("【"), (*citer).readBracket},
	{":contentReference[", indexed(":contentReference["), (*citer).readContentReference},
	{"citeturn", indexed("citeturn"), (*citer).readBareCite},
	{"{{file:", indexed("{{file:"), (*citer).readAgentFile},
	{"](sandbox:", indexed("](sandbox:"), (*citer).readSandbox},
	{":::writing", indexed(":::writing"), (*citer).readWriting},
	{"", indexed(":::"), (*citer).readFence},
}

// signsFrom says where each sign stands first, -1 for those not to be read.
func (c *citer) signsFrom() []int {
	next := make([]int, len(signs))
	for k := range signs {
		next[k] = -1
		if k == 0 || !c.literal {
			next[k] = signs[k].next(c.raw, 0)
		}
	}
	return next
}

// readPUA reads a marker of private-use characters, or one such character.
func (c *citer) readPUA(at, _, high int) int {
	end := at + markLen
	if strings.HasPrefix(c.raw[at:], markStart) {
		var whole bool
		end, whole = markerEnd(c.raw[:high], at)
		if whole {
			kind, label, links := c.marker(c.raw[at:end])
			c.add(at, end, kind, label, links)
			return end
		}
		if !whole && c.inClosedCode(at) {
			end = at + markLen
		}
	}
	c.add(at, end, chat.CiteDrop, "", nil)
	return end
}

// readContentReference reads :::contentReference[oaicite:0]{index=0}, which
// means nothing outside the page.
func (c *citer) readContentReference(at, low, high int) int {
	end := strings.IndexByte(c.raw[at:min(high, at+longMark)], ']')
	if end < 0 || !strings.Contains(c.raw[at:at+end], "oaicite:") || c.inClosedCode(at) {
		return 0
	}
	end += at + 1
	if strings.HasPrefix(c.raw[end:high], "{index=") {
		if k := strings.IndexByte(c.raw[end:min(high, end+longMark)], '}'); k >= 0 {
			end += k + 1
		}
	}
	from := at
	for from > low && c.raw[from-1] == ':' && at-from < 2 {
		from--
	}
	c.add(from, end, chat.CiteDrop, "", nil)
	return end
}

// readBareCite reads citeturn0search1, a marker whose private-use characters
// were lost on the way.
func (c *citer) readBareCite(at, low, high int) int {
	keys := at + len("cite")
	end := keys
	for {
		n := keyLen(c.raw[end:high])
		if n == 0 {
			break
		}
		end += n
	}
	from := at
	if strings.HasSuffix(c.raw[low:from], "file") {
		from -= len("file")
	}
	if end == keys || c.inClosedCode(at) || from > 0 && wordByte(c.raw[from-1]) || end < len(c.raw) && wordByte(c.raw[end]) {
		return 0
	}
	if last := c.raw[end-1]; last < '0' || last > '9' {
		return 0
	}
	c.add(from, end, chat.CiteLinks, "", c.p.resolve(allKeys(c.raw[keys:end])))
	return end
}

func wordByte(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b == '_' || b >= 0x80
}

// readAgentFile reads {{file:file-Ab}}, an agent's mark for a file it made.
func (c *citer) readAgentFile(at, _, high int) int {
	const open = "{{file:"
	end := strings.Index(c.raw[at:min(high, at+longMark)], "}}")
	if end < 0 || c.inCode(at) {
		return 0
	}
	id := strings.TrimSpace(c.raw[at+len(open) : at+end])
	if id == "" || strings.ContainsAny(id, "\n{}") {
		return 0
	}
	f := c.p.file(id)
	c.add(at, at+end+2, chat.CiteFile, first(f.Name, id), []chat.Link{{Title: first(f.Name, id), File: f}})
	return at + end + 2
}

// readSandbox reads [label](sandbox:/mnt/data/x), from the bracket in its middle.
func (c *citer) readSandbox(at, low, high int) int {
	const longest = 1000
	open := -1
	depth := 0
	for i := at - 1; i >= max(low, at-longest) && open < 0; i-- {
		switch c.raw[i] {
		case ']':
			depth++
		case '[':
			if depth == 0 {
				open = i
			}
			depth--
		case '\n':
			if i > 0 && c.raw[i-1] == '\n' {
				return 0
			}
		}
	}
	if open < 0 || c.inCode(at) {
		return 0
	}
	from := at + len("](")
	end, depth := -1, 0
	for i := from; i < min(high, from+2*longest) && end < 0; i++ {
		switch c.raw[i] {
		case '\n':
			return 0
		case '(':
			depth++
		case ')':
			if depth == 0 {
				end = i
			}
			depth--
		}
	}
	if end < 0 {
		return 0
	}
	pointer, _, _ := strings.Cut(c.raw[from:end], ` "`) // a title
	pointer = strings.TrimSpace(pointer)
	label := c.raw[open+1 : at]
	if open > low && c.raw[open-1] == '!' {
		open--
	}
	f := &chat.File{Pointer: pointer, ID: pointerID(pointer), Name: path.Base(pointer), Message: c.p.m.ID}
	if name, err := url.PathUnescape(f.Name); err == nil && !strings.ContainsAny(name, "/\\\x00") {
		f.Name = name
	}
	c.add(open, end+1, chat.CiteFile, first(label, f.Name), []chat.Link{{Title: f.Name, File: f}})
	return end + 1
}

// readWriting reads the fences of a block that the page sets apart, such as
// a drafted letter. What it says stays; of the opening fence the subject does.
func (c *citer) readWriting(at, low, high int) int {
	end := at + len(":::writing")
	if c.inClosedCode(at) || end < high && c.raw[end] != '{' && c.raw[end] != '\n' && c.raw[end] != ' ' {
		return 0
	}
	attributes := ""
	if end < high && c.raw[end] == '{' {
		k := strings.IndexByte(c.raw[end:min(high, end+10*longMark)], '}')
		if k < 0 || strings.Contains(c.raw[end:end+k], "\n") {
			return 0
		}
		attributes = c.raw[end : end+k]
		end += k + 1
	}
	kind, label := chat.CiteDrop, ""
	if _, rest, ok := strings.Cut(attributes, `subject="`); ok {
		if subject, _, ok := strings.Cut(rest, `"`); ok && strings.TrimSpace(subject) != "" {
			kind, label = chat.CiteWords, "Subject: "+subject
		}
	}
	if label == "" && end < high && c.raw[end] == '\n' && (at == 0 || c.raw[at-1] == '\n') {
		end++ // the whole line goes
	}
	c.add(at, end, kind, label, nil)
	c.writing = true
	return end
}

// readFence reads the fence that ends a block opened by readWriting.
func (c *citer) readFence(at, low, high int) int {
	end := at + len(":::")
	if !c.writing || at > 0 && c.raw[at-1] != '\n' || c.inClosedCode(at) {
		return 0
	}
	for end < high && c.raw[end] == ' ' {
		end++
	}
	switch {
	case end == len(c.raw):
	case end < high && c.raw[end] == '\n':
		end++
	case !strings.HasPrefix(c.raw[end:], markStart):
		return 0
	}
	c.writing = false
	c.add(at, end, chat.CiteDrop, "", nil)
	return end
}
