package fetch

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gptsnap/fetch/fakeapi"
	"gptsnap/formats/archive"
	"gptsnap/formats/source"
)

// TestAWholeRunWritesNoSecret looks for the token, the cookies and the signed
// part of download addresses in everything that runs leave behind or say, on a
// day when the server echoes them in its errors.
func TestAWholeRunWritesNoSecret(t *testing.T) {
	t.Parallel()
	const token, cookie = "eyJTOKENtoken0123456789.aaaa.bbbb", "COOKIEcookie9876543210"
	echo := func(status int) *fakeapi.Trouble {
		return &fakeapi.Trouble{Status: status, Header: http.Header{"Content-Type": {"application/json"}, "Set-Cookie": {"s=" + cookie}, "X-Echo": {token}},
			Body: `{"detail":{"message":"Bearer ` + token + ` with s=` + cookie + `","code":"` + token + `"}}`}
	}
	files := project(withFiles(), 2, inProject)
	for name, f := range many(12) {
		if name != "000001.json" {
			files[name] = f
		}
	}
	_, o := whole(t, files, fakeapi.Options{Token: token, NoBatch: true, Script: func(r *http.Request, _ int) *fakeapi.Trouble {
		switch {
		case strings.HasSuffix(r.URL.Path, "/memories"), strings.HasSuffix(r.URL.Path, chatOf(7)):
			return echo(404)
		case strings.HasSuffix(r.URL.Path, "/models"), strings.HasSuffix(r.URL.Path, chatOf(8)), strings.HasSuffix(r.URL.Path, "f50002"):
			return echo(500)
		case strings.HasSuffix(r.URL.Path, "/interpreter/download"):
			return echo(200) // an error of a file's own, told with 200
		case r.URL.Query().Get("id") == "file_00000000aaaa61f7a0b1c2d3e4f50001":
			return echo(403)
		case r.URL.Query().Get("id") == "file-AbCdEf0123456789AbCdEf01":
			return &fakeapi.Trouble{Cut: 3}
		}
		return nil
	}})
	o.Token, o.Cookies = Token{conceal(token)}, Cookies{conceal("s=" + cookie)}
	var said bytes.Buffer
	o.Progress = func(p Progress) { fmt.Fprintf(&said, "%+v\n", p) }
	for range 2 {
		r, err := Run(t.Context(), o)
		if len(r.FilesFailed) == 0 || len(r.FilesMissing) == 0 || len(r.Failed) == 0 || len(r.Unavailable) == 0 {
			t.Errorf("the day is too good: %+v", r)
		}
		fmt.Fprintf(&said, "%v %+v %#v\n%s\n%s\n", err, err, r, r.Summary(), r.Plan())
		if f := (*source.Failure)(nil); errors.As(err, &f) {
			fmt.Fprintln(&said, f.Hint)
		}
	}
	r, err := archive.Open(o.Archive)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	kinds := map[string]bool{}
	for _, rec := range r.Records() {
		kinds[rec.Kind] = true
		raw, err := r.Read(rec)
		if err != nil {
			t.Fatal(err)
		}
		meta, err := json.Marshal(rec.Meta)
		if err != nil {
			t.Fatal(err)
		}
		said.Write(raw)
		said.Write(meta)
	}
	names, err := filepath.Glob(filepath.Join(filepath.Dir(o.Archive), "*"))
	if err != nil || len(kinds) < 8 {
		t.Fatal(kinds, err)
	}
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		said.Write(raw)
	}
	for _, secret := range []string{token, cookie, token[:12], cookie[:12], fakeapi.Signature()} {
		if i := strings.Index(said.String(), secret); i >= 0 {
			t.Errorf("…%q", said.String()[max(0, i-200):i+len(secret)])
		}
	}
}
