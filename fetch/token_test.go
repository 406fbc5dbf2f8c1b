package fetch

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

const sample = "eyJhbGciOiJub25lIn0.eyJleHAiOjE3NzU4NjQwMDB9.c2lnbmF0dXJl"

func TestSecretsCannotBePrinted(t *testing.T) {
	t.Parallel()
	token, err := ParseToken([]byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	cookies, err := ParseCookies([]byte("session="+sample), "chatgpt.com")
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Token: token, Cookies: cookies}
	type inner struct {
		token   Token
		cookies *Cookies
	}
	in := inner{token, &cookies}
	c, err := newClient(o)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T", "%p"} {
		for _, v := range []any{token, &token, cookies, o, &o, in, &in, []Token{token}, map[string]Token{"t": token}, *c, c} {
			fmt.Fprintf(&out, verb, v)
		}
	}
	fmt.Fprint(&out, token, o, in)
	fmt.Fprint(&out, fmt.Errorf("with %v", token))
	for _, v := range []any{token, o.Cookies, map[string]any{"t": token}} {
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(raw)
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "token", token, "options", in)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "token", token, "cookies", cookies)
	for _, leak := range []string{sample, fmt.Sprintf("%x", sample), fmt.Sprintf("%X", sample), sample[:12]} {
		if i := strings.Index(out.String(), leak); i >= 0 {
			t.Fatalf("printed: %s", out.String()[max(0, i-60):i+len(leak)])
		}
	}
	if !strings.Contains(out.String(), hidden) {
		t.Fatal("nothing was printed at all")
	}
}

func TestTokenIsReadInEveryFormPeopleHaveItIn(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]string{
		"alone":          sample,
		"with newlines":  "\r\n " + sample + "\r\n",
		"bearer":         "Bearer " + sample,
		"header":         "authorization: bearer   " + sample,
		"quoted":         `"` + sample + `"`,
		"byte order":     "\ufeff" + sample,
		"session":        `{"user":{"id":"u"},"accessToken":"` + sample + `","expires":"2026-06-30T00:00:00.000Z"}`,
		"pretty session": "{\n  \"accessToken\": \"" + sample + "\"\n}\n",
	} {
		token, err := ParseToken([]byte(in))
		if err != nil || token.text() != sample {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatIsNoTokenIsRefusedWithoutQuotingIt(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]string{
		"nothing":       "",
		"blank":         " \n\t",
		"bearer only":   "Bearer ",
		"two words":     "secret-one secret-two",
		"header break":  "secret\r\nX-Evil: 1",
		"control":       "secret\x00tail",
		"not ASCII":     "sécret",
		"logged out":    "{}",
		"cut session":   `{"accessToken":"secret`,
		"empty session": `{"accessToken":""}`,
		"huge":          strings.Repeat("secret", 100_000),
	} {
		token, err := ParseToken([]byte(in))
		if err == nil {
			t.Errorf("%s: accepted", name)
			continue
		}
		if !token.Empty() || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "sécret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTokenTellsWhenItEnds(t *testing.T) {
	t.Parallel()
	token, _ := ParseToken([]byte(sample))
	if got := token.Expires(); !got.Equal(time.Unix(1775864000, 0)) {
		t.Error(got)
	}
	for _, in := range []string{"opaque", "a.b.c", "a.e30.c", "a.bnVsbA.c"} {
		token, err := ParseToken([]byte(in))
		if err != nil || !token.Expires().IsZero() {
			t.Errorf("%q: %v %v", in, token.Expires(), err)
		}
	}
}

func TestCookiesAreReadFromAHeaderOrACookiesTxt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ in, want string }{
		"header":  {"Cookie: a=1; b=2;c=3\n", "a=1; b=2; c=3"},
		"bare":    {"a=1; b=x=y", "a=1; b=x=y"},
		"lines":   {"a=1\nb=2\n", "a=1; b=2"},
		"chunked": {"s.0=aaa; s.1=bbb", "s.0=aaa; s.1=bbb"},
		"chunks in disorder, and what was there before them": {"a=1; s.10=k; s.2=c; s=stale; s.1=b; b=2; s.0=a", "a=1; s.0=a; s.1=b; s.2=c; s.10=k; b=2"},
		"names with dots": {"a.b=1; a=2; .0=3; c.=4; d.-1=5; d=6", "a.b=1; a=2; .0=3; c.=4; d.-1=5; d=6"},
		"cookies.txt": {"# Netscape HTTP Cookie File\n\n#HttpOnly_.chatgpt.com\tTRUE\t/\tTRUE\t0\ts\tv\nother.example\tFALSE\t/\tTRUE\t0\tx\ty\n" +
			"chatgpt.com\tFALSE\t/\tTRUE\t0\tt\tw\nnotchatgpt.com\tFALSE\t/\tTRUE\t0\tz\tz\n", "s=v; t=w"},
	} {
		got, err := ParseCookies([]byte(c.in), "chatgpt.com")
		if err != nil || got.text() != c.want {
			t.Errorf("%s: %q %v", name, got.text(), err)
		}
	}
	for name, in := range map[string]string{
		"nothing": "", "other hosts only": "other.example\tFALSE\t/\tTRUE\t0\tx\tsecret\n", "no pair": "secret", "control": "a=secret\x01", "no name": "=secret",
	} {
		if got, err := ParseCookies([]byte(in), "chatgpt.com"); err == nil || !got.Empty() || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParseToken(f *testing.F) {
	for _, s := range []string{sample, "Bearer x", `{"accessToken":"x"}`, "{}", "\ufeff", "authorization:", `""`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		token, err := ParseToken(raw)
		if (err == nil) == token.Empty() {
			t.Fatalf("token and error, or neither: %v", err)
		}
		for _, c := range []byte(token.text()) {
			if c <= ' ' || c >= 0x7f {
				t.Fatalf("byte %#x would break the header", c)
			}
		}
		token.Expires()
	})
}

func FuzzParseCookies(f *testing.F) {
	for _, s := range []string{"a=1; b=2", "#HttpOnly_.chatgpt.com\tTRUE\t/\tTRUE\t0\ts\tv", "cookie:", ";;", "=\n="} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		cookies, err := ParseCookies(raw, "chatgpt.com")
		if (err == nil) == cookies.Empty() {
			t.Fatalf("cookies and error, or neither: %v", err)
		}
		for _, c := range []byte(cookies.text()) {
			if c < ' ' || c >= 0x7f {
				t.Fatalf("byte %#x would break the header", c)
			}
		}
	})
}
