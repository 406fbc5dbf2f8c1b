package convert

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"strings"

	"gptsnap/formats/chat"
	"gptsnap/formats/source"
)

// How much may be embedded, in bytes of files: browsers and editors grow slow
// on pages of more, and a page is held in memory while it is drawn.
const (
	mostEmbedded   = 16 << 20 // of one file
	mostInDocument = 64 << 20 // of all files of one document
)

// An embedding is the files within one document, by pointer. Which come first
// when there are too many is the order of the document.
type embedding struct {
	files map[string]embedded
	size  int64
}

type embedded struct {
	file          chat.File // what the source says of it
	href, missing string
}

// href is the data: address of f's bytes, or why it has none.
func (e *embedding) href(src *source.Source, f *chat.File) (href, missing string) {
	got, ok := e.files[key(f)]
	if !ok {
		got = e.read(src, f)
		if e.files == nil {
			e.files = map[string]embedded{}
		}
		e.files[key(f)] = got
	}
	learn(f, &got.file)
	return got.href, got.missing
}

func (e *embedding) read(src *source.Source, f *chat.File) (got embedded) {
	got.file = asked(f)
	from, err := src.File(&got.file)
	if err != nil {
		got.missing = err.Error()
		return got
	}
	defer from.Close()
	raw, err := io.ReadAll(io.LimitReader(from, mostEmbedded+1))
	switch {
	case err != nil:
		got.missing = "its bytes cannot be read: " + err.Error()
	case len(raw) > mostEmbedded:
		got.missing = fmt.Sprintf("larger than %d MiB, so it was not embedded", mostEmbedded>>20)
	case e.size+int64(len(raw)) > mostInDocument:
		got.missing = fmt.Sprintf("not embedded: the files of this document are larger than %d MiB together", mostInDocument>>20)
	default:
		e.size += int64(len(raw))
		got.href = "data:" + inert(raw, got.file.MIME) + ";base64," + base64.StdEncoding.EncodeToString(raw)
	}
	return got
}

// inert is the media type under which bytes are embedded: what they begin
// with, or what the source says of them, if that can hold no script.
func inert(raw []byte, said string) string {
	switch extension(raw[:min(len(raw), 512)]) {
	case ".png":
		return "image/png"
	case ".jpg":
		return "image/jpeg"
	case ".gif":
		return "image/gif"
	case ".webp":
		return "image/webp"
	case ".wav":
		return "audio/wav"
	case ".mp3":
		return "audio/mpeg"
	case ".ogg":
		return "audio/ogg"
	case ".flac":
		return "audio/flac"
	case ".mp4":
		if strings.HasPrefix(said, "audio/") || bytes.HasPrefix(raw[4:], []byte("ftypM4A")) {
			return "audio/mp4"
		}
		return "video/mp4"
	case ".pdf":
		return "application/pdf"
	}
	return "application/octet-stream"
}
