package source

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"gptsnap/formats/archive"
)

// accepted is the hint under every "this is not it".
const accepted = "give an archive (.tar.zst), an official export (ZIP or unzipped folder), JSON files with conversations, or a browser's capture (.har)"

// Open looks at what stands at path and makes a Source of it: our archive, an
// official export (ZIP or unzipped folder), its chat.html, a saved page of a
// shared link, a folder of JSON files, or a JSON file with one conversation, several, an array of them, or an object that
// holds the array under "conversations", or a browser's capture. For anything else the error says what
// it is not and what is accepted. Anything but an archive is read once from
// end to end before Open returns. An
// encrypted archive is opened with the keys. Close the Source after use.
func Open(path string, keys ...*archive.Keys) (*Source, error) {
	if s, err := openCapture(path); s != nil || err != nil {
		return s, err
	}
	b, err := open(path)
	if err != nil {
		return nil, err
	}
	if b == nil {
		return openArchive(path, time.Time{}, keys...)
	}
	s, err := b.open(normal)
	if err != nil {
		b.close()
		return nil, err
	}
	if b.plain {
		folder, err := filepath.Abs(path)
		if err != nil {
			b.close()
			return nil, Fail(ExitFailed, "", "%s: %w", path, err)
		}
		s.Where = b.files.on(folder)
	}
	return s, nil
}

// open opens path as a box; nil means that it is an archive of ours.
func open(path string) (*box, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, Fail(ExitFailed, "make one with `gptsnap fetch` or `gptsnap import`, or name another with -a", "%s: no such file or folder", path)
	case err != nil:
		return nil, Fail(ExitFailed, "", "%w", err)
	case archive.IsFolder(path):
		return nil, nil
	case info.IsDir():
		b, err := openFolder(path)
		if fail := (*Failure)(nil); err != nil && !errors.As(err, &fail) {
			err = Fail(ExitFailed, "", "%w", err)
		}
		if err == nil && len(b.chats) == 0 {
			b.close()
			return nil, Fail(ExitFailed, accepted, "%s: a folder without conversations: neither conversations.json nor any other JSON file is in it", path)
		}
		return b, err
	case !info.Mode().IsRegular():
		return nil, Fail(ExitFailed, "save it to a file first", "%s: not a file but a pipe or a device, which can be read only once", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, Fail(ExitFailed, "", "%w", err)
	}
	b, err := openFile(path, f)
	if b == nil || err != nil {
		f.Close()
	}
	return b, err
}

// openFile decides by the first bytes of a file what it is.
func openFile(path string, f *os.File) (*box, error) {
	head := make([]byte, 4096)
	n, err := io.ReadFull(f, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, Fail(ExitFailed, "", "%w", err)
	}
	head = head[:n]
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\ufeff")), " \t\r\n")
	switch {
	case archive.IsArchive(head):
		return nil, nil
	case bytes.HasPrefix(head, []byte("PK")) && n > 3 && (head[2] < 9):
		b, err := openZIP(path, f, normalZIP)
		if err != nil {
			return nil, err
		}
		b.name = "official export"
		switch {
		case b.findShards():
		case b.findPage():
			b.name = "official export, of which only chat.html is left"
		default:
			b.name = "ZIP of JSON files"
			b.allChats()
		}
		if len(b.chats) == 0 {
			if inner := b.packed(); inner != "" {
				return nil, Fail(ExitFailed, "unpack it, and give what was in it", "%s: a ZIP without conversations, but with %q in it", path, inner)
			}
			return nil, Fail(ExitFailed, accepted, "%s: a ZIP without conversations: neither conversations.json nor any other JSON file is in it%s", path, first(b.problems))
		}
		return b, nil
	case len(text) > 0 && (text[0] == '{' || text[0] == '['):
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return nil, Fail(ExitFailed, "", "%w", err)
		}
		info, err := f.Stat()
		if err != nil {
			return nil, Fail(ExitFailed, "", "%w", err)
		}
		again := func() (io.ReadCloser, error) {
			return section{io.NewSectionReader(f, 0, info.Size())}, nil
		}
		m := member{name: filepath.Base(path), size: info.Size(), random: true, open: again}
		return &box{name: "JSON file", path: path, members: []member{m}, chats: []int{0}, close: f.Close}, nil
	}
	if len(text) > 0 && text[0] == '<' {
		b, err := openHTML(path, f)
		if err != nil {
			return nil, Fail(ExitFailed, "", "%w", err)
		}
		if b != nil {
			return b, nil
		}
	}
	if damaged(path) {
		return nil, nil
	}
	return nil, Fail(ExitFailed, accepted, "%s: %s", path, what(head, text))
}

// damaged reports whether a file is an archive of ours although its first
// bytes do not say so.
func damaged(path string) bool {
	r, err := archive.Open(path)
	if err == nil {
		r.Close()
	}
	return !errors.Is(err, archive.ErrNotArchive)
}

// packed names a member that is itself packed, "" if there is none.
func (b *box) packed() string {
	for _, m := range b.members {
		switch strings.ToLower(path.Ext(m.name)) {
		case ".zip", ".7z", ".rar", ".gz", ".tgz", ".tar":
			return short(m.name)
		}
	}
	return ""
}

// section is a part of a file that stays open for others.
type section struct{ *io.SectionReader }

func (section) Close() error { return nil }

func first(problems []error) string {
	if len(problems) == 0 {
		return ""
	}
	return "; " + problems[0].Error()
}

// what says in words what a file is that is none of ours.
func what(head, text []byte) string {
	lower := strings.ToLower(string(text[:min(len(text), 512)]))
	switch {
	case len(head) == 0:
		return "an empty file"
	case len(text) == 0:
		return "a file of nothing but white space"
	case strings.HasPrefix(lower, "<!doctype html") || strings.HasPrefix(lower, "<html") || strings.HasPrefix(lower, "<head") || strings.HasPrefix(lower, "<!--"):
		return "an HTML page that holds no conversations (neither an export's chat.html nor the saved page of a shared link)"
	case bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")):
		return "text in UTF-16; save it as UTF-8"
	case bytes.HasPrefix(head, []byte("\x28\xb5\x2f\xfd")):
		return "compressed by zstd, but not one of our archives"
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		return "compressed by gzip; unpack it first"
	case bytes.HasPrefix(head, []byte("7z\xbc\xaf")) || bytes.HasPrefix(head, []byte("Rar!")):
		return "an archive of another kind (7z or RAR); unpack it and give the folder"
	case bytes.HasPrefix(head, []byte("%PDF-")):
		return "a PDF document, not data"
	case sniff(head) != "":
		return "a file of type " + sniff(head) + ", not conversations"
	case bytes.IndexByte(head, 0) >= 0:
		return "a binary file of a kind that is not known here"
	}
	return "neither an archive nor JSON"
}
