package source

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"path"
	"path/filepath"

	"gptsnap/formats/chatgpt"
)

// largestShare bounds a saved page of a shared link, which is read whole.
const largestShare = 256 << 20

// chatData is what chat.html, the page that an official export has for
// reading, holds its conversations behind.
var chatData = []byte("var jsonData = ")

// openHTML opens a page that holds conversations: an export's chat.html, or a
// saved page of a shared link. It answers nil for any other page.
func openHTML(name string, f *os.File) (*box, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	whole := func() *io.SectionReader { return io.NewSectionReader(f, 0, info.Size()) }
	b := &box{path: name, chats: []int{0}, close: f.Close}
	at, err := find(whole(), chatData)
	if err != nil {
		return nil, err
	}
	if at >= 0 {
		b.name = "chat.html of an official export"
		b.members = []member{{name: filepath.Base(name), size: info.Size() - at, open: func() (io.ReadCloser, error) {
			return part{&bracketed{r: io.NewSectionReader(f, at, info.Size()-at)}}, nil
		}}}
		return b, nil
	}
	if info.Size() > largestShare {
		return nil, nil
	}
	page, err := io.ReadAll(whole())
	if err != nil {
		return nil, err
	}
	raw, err := chatgpt.SharePage(page)
	if err != nil {
		return nil, nil
	}
	b.name = "saved page of a shared link"
	b.members = []member{{name: filepath.Base(name), size: int64(len(raw)), random: true, open: func() (io.ReadCloser, error) {
		return section{io.NewSectionReader(bytes.NewReader(raw), 0, int64(len(raw)))}, nil
	}}}
	return b, nil
}

// findPage takes the conversations of an export's chat.html, where the export
// has lost its conversations.json. It reports whether there are any.
func (b *box) findPage() bool {
	for i := range b.members {
		m := &b.members[i]
		if path.Base(m.name) != "chat.html" {
			continue
		}
		data := func() (io.ReadCloser, error) {
			f, err := m.open()
			if err != nil {
				return nil, err
			}
			r := bufio.NewReaderSize(f, 64<<10)
			if err := skipTo(r, chatData); err != nil {
				f.Close()
				return nil, err
			}
			return rest{&bracketed{r: r}, f}, nil
		}
		f, err := data()
		if err != nil {
			continue
		}
		f.Close()
		b.members = append(b.members, member{name: m.name, size: m.size, open: data})
		b.chats = []int{len(b.members) - 1}
		return true
	}
	return false
}

// skipTo reads on until mark has passed; io.EOF if it is not there.
func skipTo(r *bufio.Reader, mark []byte) error {
	for {
		head, err := r.Peek(r.Size())
		if at := bytes.Index(head, mark); at >= 0 {
			_, err := r.Discard(at + len(mark))
			return err
		}
		if err != nil {
			return err
		}
		if _, err := r.Discard(len(head) - len(mark) + 1); err != nil {
			return err
		}
	}
}

// rest is what is left of a file to read.
type rest struct {
	io.Reader
	io.Closer
}

// find is where what stands behind the first mark in r begins, or -1.
func find(r io.Reader, mark []byte) (int64, error) {
	buf := make([]byte, 256<<10)
	kept, off := 0, int64(0) // bytes at the start of buf, and where they stand
	for {
		n, err := io.ReadFull(r, buf[kept:])
		if at := bytes.Index(buf[:kept+n], mark); at >= 0 {
			return off + int64(at+len(mark)), nil
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return -1, nil
		}
		if err != nil {
			return 0, err
		}
		over := min(len(mark)-1, kept+n) // the mark may lie across two reads
		off += int64(kept + n - over)
		copy(buf, buf[kept+n-over:kept+n])
		kept = over
	}
}

// bracketed reads one bracketed value and ends where its last bracket closes:
// what follows it in a script is no JSON.
type bracketed struct {
	r       io.Reader
	depth   int
	text    bool // in a string
	escaped bool
	done    bool
}

func (b *bracketed) Read(p []byte) (int, error) {
	if b.done {
		return 0, io.EOF
	}
	n, err := b.r.Read(p)
	for i, c := range p[:n] {
		switch {
		case b.escaped:
			b.escaped = false
		case b.text:
			b.escaped, b.text = c == '\\', c != '"'
		case c == '"':
			b.text = true
		case c == '[' || c == '{':
			b.depth++
		case c == ']' || c == '}':
			if b.depth--; b.depth <= 0 {
				b.done = true
				return i + 1, nil
			}
		}
	}
	return n, err
}

// part is a reader of a file that stays open for others.
type part struct{ io.Reader }

func (part) Close() error { return nil }
