package fetch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

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
		in := &intake{run: r, want: w}
		foreign, err = r.bytes(ctx, in, at, foreign)
		in.give(err)
		s := (*StatusError)(nil)
		switch {
		case errors.Is(err, errAstray):
			return 0, clean(err.Error()), nil
		case errors.As(err, &s) && (s.class == loginPage || s.class == redirected || foreign && s.class == challenged):
			// Of this one file: whether we are still logged in, the next link will tell.
			return 0, cmp.Or(s.Detail, "the download leads elsewhere"), nil
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
		return http.StatusOK, in.refused, nil
	}
}

// mostHops bounds how often a download is sent on to another address.
const mostHops = 3

// errAstray says that a download is sent on to where it may not go.
var errAstray = errors.New("the download leads astray")

// bytes gets the bytes of a file. A download that is sent on to another address
// is followed if that is one that files may come from, and there too our
// credentials go to the client's own origin only. It answers whether the last
// address was another origin's.
func (r *run) bytes(ctx context.Context, in *intake, at string, foreign bool) (bool, error) {
	for hop := 0; ; hop++ {
		_, err := r.client.send(ctx, fileLink, query{method: http.MethodGet, address: at, foreign: foreign, sink: in}, func(*answer) error { return nil })
		s := (*StatusError)(nil)
		if !errors.As(err, &s) || s.class != redirected || hop == mostHops {
			return foreign, err
		}
		here, err := url.Parse(at)
		if err != nil {
			return foreign, errAstray
		}
		to, err := here.Parse(s.to.text())
		if err != nil {
			return foreign, errAstray
		}
		if at, foreign, err = r.origin(to.String()); err != nil {
			return foreign, fmt.Errorf("%w: %w", errAstray, err)
		}
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
