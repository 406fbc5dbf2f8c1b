package fetch

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"
)

const hidden = "[hidden]"

// secretMax bounds a token or cookie file: the largest session cookies seen
// are near 8 KB.
const secretMax = 256 << 10

// A Token is an access token that cannot be printed: every way of formatting
// it gives "[hidden]". Its zero value is no token.
type Token struct{ secret }

// Cookies are the cookies of a browser session, as hard to print as a Token.
// The zero value is none.
type Cookies struct{ secret }

// secret keeps its text behind a function, because fmt prints unexported
// fields of foreign structs by reflection without asking their methods.
type secret struct{ reveal func() string }

func conceal(s string) secret { return secret{func() string { return s }} }

func (s secret) text() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// Empty reports whether there is nothing to hide.
func (s secret) Empty() bool                  { return s.text() == "" }
func (s secret) String() string               { return hidden }
func (s secret) GoString() string             { return hidden }
func (s secret) Format(f fmt.State, _ rune)   { io.WriteString(f, hidden) }
func (s secret) LogValue() slog.Value         { return slog.StringValue(hidden) }
func (s secret) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }
func (s secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// ParseToken reads an access token as people have it at hand: alone, after
// "Bearer " or a whole "Authorization:" header, or as the JSON of
// /api/auth/session. Its errors never quote the input.
func ParseToken(raw []byte) (Token, error) {
	if len(raw) > secretMax {
		return Token{}, errors.New("this is far too long for an access token")
	}
	text := strings.TrimSpace(strings.TrimPrefix(string(raw), "\ufeff"))
	if strings.HasPrefix(text, "{") {
		var session struct {
			AccessToken string `json:"accessToken"`
		}
		if err := json.Unmarshal([]byte(text), &session); err != nil {
			return Token{}, errors.New("this begins like the session's JSON but is cut or damaged; copy the whole page")
		}
		if session.AccessToken == "" {
			return Token{}, errors.New("this session has no accessToken: log in first, then copy the page again")
		}
		text = session.AccessToken
	}
	text = trimFold(text, "authorization:")
	text = trimFold(text, "bearer ")
	text = strings.TrimSpace(strings.Trim(text, `"'`))
	if text == "" || strings.EqualFold(text, "bearer") {
		return Token{}, errors.New("there is no access token here")
	}
	for _, c := range []byte(text) {
		if c <= ' ' || c >= 0x7f {
			return Token{}, errors.New("an access token is one line without spaces, of letters, digits and punctuation; this is not")
		}
	}
	return Token{conceal(text)}, nil
}

func trimFold(s, prefix string) string {
	if len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
		return strings.TrimSpace(s[len(prefix):])
	}
	return s
}

// Expires is when a token that is a JWT says it ends; zero if it does not say.
func (t Token) Expires() time.Time {
	parts := strings.Split(t.text(), ".")
	if len(parts) != 3 {
		return time.Time{}
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	var claims struct {
		Exp int64 `json:"exp"`
	}
	if err != nil || json.Unmarshal(raw, &claims) != nil || claims.Exp <= 0 {
		return time.Time{}
	}
	return time.Unix(claims.Exp, 0).UTC()
}

// ParseCookies reads the cookies for host: either the text of a "Cookie:"
// header, or a cookies.txt as browsers' export tools write it (tab separated,
// other hosts' lines left out). Its errors never quote the input.
func ParseCookies(raw []byte, host string) (Cookies, error) {
	if len(raw) > secretMax {
		return Cookies{}, errors.New("this is far too long for a cookie file")
	}
	raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
	var pairs []string
	lines := bufio.NewScanner(bytes.NewReader(raw))
	lines.Buffer(nil, secretMax+1)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		line = strings.TrimPrefix(line, "#HttpOnly_")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if f := strings.Split(line, "\t"); len(f) == 7 {
			domain := strings.TrimPrefix(strings.ToLower(f[0]), ".")
			if host == domain || strings.HasSuffix(host, "."+domain) {
				pairs = append(pairs, f[5]+"="+f[6])
			}
			continue
		}
		for pair := range strings.SplitSeq(trimFold(line, "cookie:"), ";") {
			if pair = strings.TrimSpace(pair); pair != "" {
				pairs = append(pairs, pair)
			}
		}
	}
	if err := lines.Err(); err != nil {
		return Cookies{}, fmt.Errorf("reading cookies: %w", err)
	}
	if len(pairs) == 0 {
		return Cookies{}, fmt.Errorf("there are no cookies for %s here", host)
	}
	for _, pair := range pairs {
		name, _, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return Cookies{}, errors.New("this is neither the text of a Cookie header (name=value; name=value) nor a cookies.txt")
		}
		for _, c := range []byte(pair) {
			if c < ' ' || c >= 0x7f {
				return Cookies{}, errors.New("a cookie holds characters that no HTTP header may")
			}
		}
	}
	return Cookies{conceal(strings.Join(inChunks(pairs), "; "))}, nil
}

// inChunks puts in order a cookie that was too large for one: its parts NAME.0,
// NAME.1 and so on by their numbers, and without the NAME of an earlier
// session, which browsers keep beside them and the server would believe.
func inChunks(pairs []string) []string {
	name := func(pair string) string { n, _, _ := strings.Cut(pair, "="); return n }
	number := func(pair string) (of string, n int) {
		whole := name(pair)
		at := strings.LastIndexByte(whole, '.')
		n, err := strconv.Atoi(whole[at+1:])
		if at <= 0 || err != nil || n < 0 || n > 99 {
			return "", 0
		}
		return whole[:at], n
	}
	parted := map[string][]string{}
	for _, p := range pairs {
		if of, _ := number(p); of != "" {
			parted[of] = append(parted[of], p)
		}
	}
	whole := map[string]bool{} // names of cookies that are there in parts
	for of, parts := range parted {
		whole[of] = len(parts) > 0
		slices.SortStableFunc(parts, func(a, b string) int {
			_, x := number(a)
			_, y := number(b)
			return x - y
		})
	}
	var all []string
	for _, p := range pairs {
		of, _ := number(p)
		switch {
		case of != "":
			all = append(all, parted[of]...)
			parted[of] = nil
		case whole[name(p)]: // stale
		default:
			all = append(all, p)
		}
	}
	return all
}
