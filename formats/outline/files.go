package outline

import (
	"fmt"
	"strings"

	"gptsnap/formats/chat"
)

func (w *walk) picture(f *chat.File, words string) {
	if f == nil {
		w.note("image that is not named")
	} else if f.Href == "" {
		w.file("image", f)
	} else {
		w.add(Block{Kind: Picture, File: f, Text: words, Label: name(f)})
	}
}

func (w *walk) recording(what string, f *chat.File, length float64) {
	more := ""
	if length > 0 {
		more = ", " + seconds(length)
	}
	if f == nil {
		w.note(what + more + ", not named")
		return
	}
	w.file(what, f, more)
}

// file names f, with its facts and why it is not here if it is not.
func (w *walk) file(what string, f *chat.File, more ...string) {
	words := what + " " + name(f)
	if f.MIME != "" {
		words += ", " + line(f.MIME)
	}
	if f.Width > 0 && f.Height > 0 {
		words += fmt.Sprintf(", %d×%d", f.Width, f.Height)
	}
	if f.Size > 0 {
		words += fmt.Sprintf(", %d bytes", f.Size)
	}
	words += strings.Join(more, "")
	if f.Href == "" {
		w.note(words + ": " + or(line(f.Missing), "not in the source"))
		return
	}
	w.add(Block{Kind: Media, File: f, Text: words})
}
