package fetch

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"gptsnap/formats/archive"
	"gptsnap/formats/chatgpt"
)

// An intake takes one file into the archive as its bytes come. Files of
// hundreds of megabytes were seen, and connections break; so when the server
// can tell that a file is still the same, what is left of it is asked for and
// the bytes that came before are kept. Else it begins anew.
//
// The archive reads from a pipe, in a goroutine of its own, which waits while
// the next request is made. Nothing of a file is in the archive until all of
// it is.
type intake struct {
	run     *run
	want    want
	refused string // what the server said instead of a file

	pipe    *io.PipeWriter
	stored  chan error // of the archive, once it has read to the end
	at      int64      // bytes taken
	total   int64      // of the file; -1 if unknown
	mark    string     // what the server knows this state of the file by; "" if it cannot go on
	resumes int
	last    int64 // at, when it was gone on with last
	begun   int   // how often it began
}

// mostResumes bounds how often one file is gone on with.
const mostResumes = 200

// ask adds to a request what asks for the rest of the file.
func (in *intake) ask(h http.Header) {
	h.Set("Accept", "*/*")
	h.Set("Accept-Encoding", "identity") // places in the file must be places in the answer
	if in.at > 0 && in.mark != "" && in.resumes < mostResumes {
		h.Set("Range", fmt.Sprintf("bytes=%d-", in.at))
		h.Set("If-Range", in.mark)
		in.resumes++
	}
}

// advanced reports whether bytes to go on from have come since it was asked
// last: then a break is not one more of the same.
func (in *intake) advanced() bool {
	more := in.at > in.last && in.mark != "" && in.resumes < mostResumes && in.begun == 1
	in.last = in.at
	return more
}

// take takes the body of an answer, with status 200 or 206.
func (in *intake) take(status int, h http.Header, body io.Reader) error {
	if status == http.StatusPartialContent {
		if !in.fits(h) {
			in.give(errPart)
			return errPart
		}
		return in.copy(body)
	}
	in.give(errPart) // it is the whole file again, or another one
	head := make([]byte, 4096)
	n, err := io.ReadFull(body, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return fmt.Errorf("the file broke off after %d bytes: %w", n, err)
	}
	head = head[:n]
	if in.refused, err = in.refusal(h, head, err != nil); err != nil || in.refused != "" {
		return err
	}
	in.begin(h)
	return in.copy(io.MultiReader(bytes.NewReader(head), body))
}

var errPart = errors.New("the server gave another part of the file than was asked for")

// fits reports whether a part is the one that was asked for, of the same file.
func (in *intake) fits(h http.Header) bool {
	var from, to, total int64
	n, err := fmt.Sscanf(h.Get("Content-Range"), "bytes %d-%d/%d", &from, &to, &total)
	return err == nil && n == 3 && in.pipe != nil && from == in.at && to >= from && to < total && (in.total < 0 || total == in.total) &&
		(in.mark == "" || validator(h) == "" || validator(h) == in.mark)
}

// validator is what tells two states of a file apart for sure: a strong ETag, or
// the time of the last change.
func validator(h http.Header) string {
	if tag := h.Get("Etag"); strings.HasPrefix(tag, `"`) {
		return tag
	}
	return h.Get("Last-Modified")
}

// begin lets the archive read a new file.
func (in *intake) begin(h http.Header) {
	in.at, in.last, in.total = 0, 0, -1
	in.begun++
	if in.mark = validator(h); strings.EqualFold(h.Get("Accept-Ranges"), "none") {
		in.mark = ""
	}
	if n := h.Get("Content-Length"); n != "" {
		if _, err := fmt.Sscanf(n, "%d", &in.total); err != nil {
			in.total = -1
		}
	}
	m := archive.Meta{Kind: archive.KindFile, ID: in.want.id, Method: http.MethodGet, URL: in.want.link, Status: http.StatusOK, FetchedAt: time.Now().UTC(), Name: in.want.name, Media: in.want.media}
	if media := strings.ToLower(h.Get("Content-Type")); m.Media == "" && !strings.HasPrefix(media, "application/octet-stream") {
		m.Media, _, _ = strings.Cut(media, ";")
	}
	out, pipe := io.Pipe()
	in.pipe, in.stored = pipe, make(chan error, 1)
	var all io.Reader = out
	if in.run.files.most > 0 {
		all = &bounded{all, in.run.files.most}
	}
	go func() {
		_, err := in.run.archive.PutReader(m, all)
		err = storing(in.run.archive, err)
		out.CloseWithError(cmp.Or(err, io.ErrClosedPipe))
		in.stored <- err
	}()
}

// copy hands on what comes. At the end of the file it waits for the archive.
func (in *intake) copy(body io.Reader) error {
	to := &pen{w: in.pipe, told: in.tell}
	n, err := io.Copy(to, body)
	in.at += n
	switch {
	case to.err != nil:
		return in.give(to.err) // the archive would not have it
	case err != nil && in.at != in.total:
		return fmt.Errorf("the file broke off after %d bytes: %w", in.at, err)
	case in.total >= 0 && in.at != in.total:
		return fmt.Errorf("the file ended after %d of %d bytes", in.at, in.total)
	}
	size := in.at
	if err := in.give(nil); err != nil {
		return err
	}
	in.run.report.Bytes += size
	return nil
}

// tell shows how far a large file has come, n bytes after where it was gone on.
func (in *intake) tell(n int64) {
	if in.total > largeFile {
		in.run.progress(Progress{Stage: "getting a large file (MiB)", Done: int((in.at + n) >> 20), Total: int(in.total >> 20)})
	}
}

// largeFile is from how many bytes on people want to see a file come.
const largeFile = 8 << 20

// A pen remembers the error of its writer, which a copy's reader may have had
// as well, and tells how much was written.
type pen struct {
	w    io.Writer
	n    int64
	err  error
	told func(n int64)
}

func (p *pen) Write(b []byte) (n int, err error) {
	n, err = p.w.Write(b)
	p.n, p.err = p.n+int64(n), err
	p.told(p.n)
	return n, err
}

// give ends the file, whole if err is nil and given up if it is not, and
// answers what the archive made of it. It does nothing if there is none.
func (in *intake) give(err error) error {
	if in.pipe == nil {
		return nil
	}
	if err == nil {
		in.pipe.Close()
	} else {
		in.pipe.CloseWithError(err)
	}
	stored := <-in.stored
	in.pipe, in.at = nil, 0
	return stored
}

// refusal is what the server says instead of a file, although with status 200.
func (in *intake) refusal(h http.Header, head []byte, whole bool) (string, error) {
	media, name := strings.ToLower(h.Get("Content-Type")), strings.ToLower(in.want.name)
	switch {
	case strings.HasPrefix(media, "text/html") && !strings.HasPrefix(in.want.media, "text/html") && !strings.HasSuffix(name, ".html") && !strings.HasSuffix(name, ".htm"):
		if challengePage(head) {
			return "", &StatusError{Code: http.StatusOK, Path: "the download", class: challenged, Detail: "Cloudflare asks for proof that this is a browser"}
		}
		return "", &StatusError{Code: http.StatusOK, Path: "the download", class: loginPage, Detail: "a page of HTML instead of a file"}
	case whole && strings.HasPrefix(media, "application/json") && !strings.Contains(in.want.media, "json") && !strings.HasSuffix(name, ".json"):
		if d, err := chatgpt.DecodeDownload(head); err == nil && d.Failure != "" {
			return clean(in.run.client.hush(d.Failure)), nil
		}
	}
	return "", nil
}

// bounded answers errTooLarge when there is more than left.
type bounded struct {
	r    io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, errTooLarge
	}
	return n, err
}
