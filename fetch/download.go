package fetch

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"gptsnap/formats/archive"
	"gptsnap/formats/chatgpt"
)

// fileHosts are the hosts besides the client's own that files may come from.
// They are asked without credentials, because the addresses carry their own.
var fileHosts = []string{"oaiusercontent.com"}

var errTooLarge = errors.New("larger than --max-file-size")

// download gets a file in two steps: an address that is good for a short time,
// then the bytes, straight into the archive. A reason, with the status that
// told it, says why the server gives no bytes.
func (r *run) download(ctx context.Context, w want) (status int, reason string, err error) {
	for try := 0; ; try++ {
		d, err := r.link(ctx, w)
		if err != nil {
			return 0, "", err
		}
		switch {
		case d.Failure != "":
			return http.StatusOK, clean(r.client.hush(d.Failure)), nil
		case r.files.most > 0 && max(d.Size, 0) > r.files.most:
			return 0, errTooLarge.Error(), nil
		}
		at, foreign, err := r.origin(d.URL)
		if err != nil {
			return 0, clean(err.Error()), nil
		}
		w.name, w.media = cmp.Or(d.Name, w.name), cmp.Or(d.MIME, w.media)
		refused := ""
		_, err = r.client.send(ctx, fileLink, query{method: http.MethodGet, address: at, foreign: foreign, sink: func(h http.Header, body io.Reader) (err error) {
			refused, err = r.take(w, h, body)
			return err
		}}, func(*answer) error { return nil })
		s := (*StatusError)(nil)
		switch {
		case errors.Is(err, errTooLarge):
			return 0, errTooLarge.Error(), nil
		case errors.As(err, &s) && (s.class == forbidden || s.class == final || foreign && s.class == signedOut):
			// The address may have run out between the steps; a second is asked for once.
			if try == 0 {
				continue
			}
			return s.Code, fmt.Sprintf("the download answered %d", s.Code), nil
		case err != nil:
			return 0, "", bare(err)
		}
		if refused != "" {
			return http.StatusOK, refused, nil
		}
		return http.StatusOK, "", nil
	}
}

// link asks for a download address, under the older route if the newer one is
// not known.
func (r *run) link(ctx context.Context, w want) (d chatgpt.Download, err error) {
	check := func(a *answer) (err error) {
		d, err = chatgpt.DecodeDownload(a.Body)
		return err
	}
	_, err = r.client.fetch(ctx, fileLink, w.link, check)
	if notFound(err) && w.older != "" {
		if _, second := r.client.fetch(ctx, oldFileLink, w.older, check); !notFound(second) {
			err = second
		}
	}
	return d, err
}

// origin checks where a download address leads. Only the client's own origin
// ever gets credentials; other hosts must be known ones, over https.
func (r *run) origin(raw string) (address string, foreign bool, err error) {
	u, err := url.Parse(raw)
	if err != nil {
		return "", false, errors.New("the server gives an address that is none")
	}
	u = r.client.base.ResolveReference(u)
	host := strings.ToLower(u.Hostname())
	switch {
	case u.User != nil:
		return "", false, errors.New("the server gives an address with a password in it")
	case r.client.own(u):
		return u.String(), false, nil
	case slices.Contains(r.o.hosts, u.Host):
		return u.String(), true, nil
	case u.Scheme == "https" && slices.ContainsFunc(fileHosts, func(known string) bool { return host == known || strings.HasSuffix(host, "."+known) }):
		return u.String(), true, nil
	}
	return "", false, fmt.Errorf("the server names a host that is not known to hold files: %s", clean(u.Host))
}

// bare leaves the address out of an error: a download's is signed, and so a
// secret for as long as it is good.
func bare(err error) error {
	if u := (*url.Error)(nil); errors.As(err, &u) {
		return u.Err
	}
	return err
}

// take stores the bytes of a file as they come. What the server says instead
// of a file, although with status 200, is a refusal or an error.
func (r *run) take(w want, h http.Header, body io.Reader) (refused string, err error) {
	head := make([]byte, 4096)
	n, err := io.ReadFull(body, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return "", fmt.Errorf("the file broke off after %d bytes: %w", n, err)
	}
	whole := err != nil
	head = head[:n]
	media := strings.ToLower(h.Get("Content-Type"))
	switch {
	case strings.HasPrefix(media, "text/html") && !strings.HasPrefix(w.media, "text/html") && !strings.HasSuffix(strings.ToLower(w.name), ".html") && !strings.HasSuffix(strings.ToLower(w.name), ".htm"):
		if challengePage(head) {
			return "", &StatusError{Code: http.StatusOK, Path: "the download", class: challenged, Detail: "Cloudflare asks for proof that this is a browser"}
		}
		return "", &StatusError{Code: http.StatusOK, Path: "the download", class: loginPage, Detail: "a page of HTML instead of a file"}
	case whole && strings.HasPrefix(media, "application/json") && !strings.Contains(w.media, "json") && !strings.HasSuffix(w.name, ".json"):
		if d, err := chatgpt.DecodeDownload(head); err == nil && d.Failure != "" {
			return clean(r.client.hush(d.Failure)), nil
		}
	}
	m := archive.Meta{Kind: archive.KindFile, ID: w.id, Method: http.MethodGet, URL: w.link, Status: http.StatusOK, FetchedAt: time.Now().UTC(), Name: w.name, Media: w.media}
	if m.Media == "" && !strings.HasPrefix(media, "application/octet-stream") {
		m.Media, _, _ = strings.Cut(media, ";")
	}
	all := io.MultiReader(bytes.NewReader(head), body)
	if r.files.most > 0 {
		all = &bounded{all, r.files.most}
	}
	counted := &counter{r: all}
	_, err = r.archive.PutReader(m, counted)
	if err := storing(r.archive, err); err != nil {
		return "", err
	}
	r.report.Bytes += counted.n
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

type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
