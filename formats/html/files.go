package html

import (
	"strconv"
	"strings"

	"gptsnap/formats/chat"
)

// files are those of one message. A picture is often named twice: in a part
// that knows where it is, and as an attachment that knows what it is called.
type files struct {
	shown map[string]bool   // by id
	names map[string]string // by id, from attachments
}

func (s *files) open(m *chat.Message) {
	clear(s.shown)
	clear(s.names)
	for _, f := range m.Attachments {
		if f == nil || f.ID == "" || f.Name == "" {
			continue
		}
		if s.names == nil {
			s.names = map[string]string{}
		}
		s.names[f.ID] = f.Name
	}
}

func (s *files) show(f *chat.File) {
	if f.ID == "" {
		return
	}
	if s.shown == nil {
		s.shown = map[string]bool{}
	}
	s.shown[f.ID] = true
}

// called is fileName, or what an attachment of the same message calls f.
func (s *files) called(f *chat.File) string {
	if name := s.names[f.ID]; f.Name == "" && name != "" {
		return name
	}
	return fileName(f)
}

// fileName is what to call f: its name, else its id or pointer.
func fileName(f *chat.File) string {
	return orElse(f.Name, orElse(f.ID, orElse(f.Pointer, "unnamed file")))
}

// whyMissing is why a page has no link to f's bytes.
func whyMissing(f *chat.File) string { return orElse(f.Missing, "not in the archive") }

// aboutFile is the line that describes f: type, size, dimensions.
func aboutFile(f *chat.File) string {
	var some []string
	if f.MIME != "" {
		some = append(some, f.MIME)
	}
	if f.Size > 0 {
		some = append(some, byteCount(f.Size))
	}
	if f.Width > 0 && f.Height > 0 {
		some = append(some, strconv.Itoa(f.Width)+" × "+strconv.Itoa(f.Height))
	}
	return strings.Join(some, " · ")
}

// byteCount is a size for people: 512 bytes, 1.2 kB, 34 MB.
func byteCount(n int64) string {
	if n < 1000 {
		return strconv.FormatInt(n, 10) + " bytes"
	}
	v, unit := float64(n)/1000, 0
	for v >= 999.5 && unit < 4 {
		v, unit = v/1000, unit+1
	}
	digits := 0
	if v < 9.95 {
		digits = 1
	}
	return strconv.FormatFloat(v, 'f', digits, 64) + " " + [...]string{"kB", "MB", "GB", "TB", "PB"}[unit]
}

// fileCard writes f as a card: a link to its bytes, or why there are none.
func (p *page) fileCard(f *chat.File) {
	p.files.show(f)
	href := fileLink(f)
	p.raw("<p class=file dir=auto>")
	if href != "" {
		p.raw("<a")
		p.attr("href", href)
		if runs(f) || strings.HasPrefix(href, "data:") {
			p.attr("download", p.files.called(f))
		}
		p.raw(">")
		p.text(p.files.called(f))
		p.raw("</a>")
	} else {
		p.element("b", "b", p.files.called(f))
	}
	p.raw(" <span class=why>")
	about := aboutFile(f)
	p.text(about)
	if href == "" {
		if about != "" {
			p.raw(" · ")
		}
		p.text(whyMissing(f))
	}
	p.raw("</span></p>\n")
}

func (p *page) image(x *chat.Image) { p.picture(x.File, x.Title, x.Prompt) }

// picture shows an image that is at hand, linked to itself in full size; else
// a card says what is missing. A picture that could run is never more than a
// card.
func (p *page) picture(f *chat.File, title, prompt string) {
	if f == nil {
		p.raw("<p class=file><b>Image</b> <span class=why>the source names no file</span></p>\n")
		p.caption(title, prompt)
		return
	}
	href := fileLink(f)
	if href == "" || runs(f) || strings.HasPrefix(href, "data:") && !strings.HasPrefix(href, "data:image/") {
		p.fileCard(f)
		p.caption(title, prompt)
		return
	}
	p.files.show(f)
	p.raw("<figure class=pic><a")
	if !strings.HasPrefix(href, "data:") { // browsers do not go to data addresses
		p.attr("href", href)
	}
	p.raw("><img loading=lazy decoding=async")
	p.attr("src", href)
	p.attr("alt", orElse(title, orElse(chat.Opening(prompt, 200), p.files.called(f))))
	if f.Width > 0 && f.Height > 0 && f.Width < 1<<20 && f.Height < 1<<20 {
		p.raw(" width=")
		p.num(f.Width)
		p.raw(" height=")
		p.num(f.Height)
	}
	p.raw("></a><figcaption dir=auto>")
	if title != "" {
		p.element("b", "b", title)
		p.raw(" ")
	}
	p.element("span class=why", "span", p.files.called(f))
	p.raw("</figcaption></figure>\n")
	p.caption("", prompt)
}

// caption writes what an image is called and what its generator was asked.
func (p *page) caption(title, prompt string) {
	if title != "" {
		p.element("p class=cap dir=auto", "p", title)
		p.raw("\n")
	}
	if prompt != "" {
		p.raw("<details class=src><summary>Prompt of the image</summary>")
		p.element("div class=lit dir=auto", "div", prompt)
		p.raw("</details>\n")
	}
}

func (p *page) audio(x *chat.Audio) { p.player("audio", x.File, x.Seconds) }

func (p *page) video(x *chat.Video) {
	p.player("video", x.File, 0)
	if x.Frames > 0 {
		p.raw("<p class=why>" + plural(x.Frames, "frame", "frames") + " of video</p>\n")
	}
}

// player shows a recording with the browser's own controls.
func (p *page) player(tag string, f *chat.File, seconds float64) {
	if f == nil {
		p.raw("<p class=file><b>" + strings.ToUpper(tag[:1]) + tag[1:] + "</b> <span class=why>the source names no file</span></p>\n")
		return
	}
	if href := fileLink(f); href != "" && !runs(f) {
		p.raw("<" + tag + " controls preload=none")
		p.attr("src", href)
		p.attr("aria-label", p.files.called(f))
		p.raw("></" + tag + ">\n")
	}
	p.fileCard(f)
	if seconds > 0 {
		p.raw("<p class=why>" + duration(seconds) + " long</p>\n")
	}
}

func (p *page) screenshot(x *chat.Screenshot) {
	p.pageLink(x.Title, x.OS, x.URL)
	if x.File != nil {
		p.picture(x.File, "", "")
	}
	p.plain("\"lit out\"", x.Description)
}

// attachments shows the files of m that none of its parts showed.
func (p *page) attachments(m *chat.Message) {
	for _, f := range m.Attachments {
		if f == nil || p.files.shown[f.ID] {
			continue
		}
		if strings.HasPrefix(f.MIME, "image/") {
			p.picture(f, "", "")
		} else {
			p.fileCard(f)
		}
	}
}
