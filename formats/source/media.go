package source

import (
	"bytes"
	"io"
	"path"
	"strings"

	"gptsnap/formats/chat"
)

// media gives the MIME type for the end of a name. It is our own table, as
// the system's differs from machine to machine.
var media = map[string]string{
	".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp", ".gif": "image/gif",
	".svg": "image/svg+xml", ".heic": "image/heic", ".bmp": "image/bmp", ".avif": "image/avif",
	".wav": "audio/wav", ".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".ogg": "audio/ogg", ".aac": "audio/aac", ".flac": "audio/flac",
	".mp4": "video/mp4", ".mov": "video/quicktime", ".webm": "video/webm",
	".pdf": "application/pdf", ".json": "application/json", ".html": "text/html", ".txt": "text/plain", ".md": "text/markdown",
	".csv": "text/csv", ".zip": "application/zip",
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}

func mediaOf(name string) string { return media[strings.ToLower(path.Ext(name))] }

// magic gives the MIME type for the first bytes of a file; ? is any byte.
var magic = []struct{ head, mime string }{
	{"\x89PNG\r\n\x1a\n", "image/png"}, {"\xff\xd8\xff", "image/jpeg"}, {"GIF8", "image/gif"},
	{"RIFF????WEBP", "image/webp"}, {"RIFF????WAVE", "audio/wav"}, {"????ftypheic", "image/heic"}, {"????ftypavif", "image/avif"},
	{"????ftypqt", "video/quicktime"}, {"????ftypM4A", "audio/mp4"}, {"????ftyp", "video/mp4"},
	{"OggS", "audio/ogg"}, {"ID3", "audio/mpeg"}, {"fLaC", "audio/flac"}, {"\x1aE\xdf\xa3", "video/webm"}, {"%PDF-", "application/pdf"},
}

// sniff is the MIME type of what begins with head, or "".
func sniff(head []byte) string {
	for _, m := range magic {
		if len(head) < len(m.head) {
			continue
		}
		same := true
		for i := range m.head {
			same = same && (m.head[i] == '?' || m.head[i] == head[i])
		}
		if same {
			return m.mime
		}
	}
	return ""
}

// typed fills in f's type where it is not known yet: from its name, else from
// the first bytes of in, which it hands on whole.
func typed(f *chat.File, in io.ReadCloser) (io.ReadCloser, error) {
	if f.MIME == "" {
		f.MIME = mediaOf(f.Name)
	}
	if f.MIME != "" {
		return in, nil
	}
	head, whole, err := begin(in)
	f.MIME = sniff(head)
	return whole, err
}

// begin shows the first bytes of in and returns a reader of all of it.
func begin(in io.ReadCloser) ([]byte, io.ReadCloser, error) {
	head := make([]byte, 32)
	n, err := io.ReadFull(in, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		in.Close()
		return nil, nil, err
	}
	return head[:n], struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(head[:n]), in), in}, nil
}
