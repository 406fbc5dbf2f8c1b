package fetch

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
)

// words are the values of a flag that may be given more than once or hold
// several, separated by commas.
func words(values []string) []string {
	var all []string
	for _, v := range values {
		for w := range strings.SplitSeq(v, ",") {
			if w = strings.TrimSpace(w); w != "" {
				all = append(all, w)
			}
		}
	}
	return all
}

// readToken takes the token from the first place that has one: the file, the
// environment, or standard input unless that is a terminal.
func readToken(path, env string, stdin io.Reader) (Token, error) {
	raw := []byte(env)
	var err error
	switch {
	case path == "-":
		raw, err = io.ReadAll(io.LimitReader(stdin, secretMax+1))
	case path != "":
		raw, err = readSecret(path)
	case env != "":
	case stdin == nil || isTerminal(stdin):
		return Token{}, errors.New("there is no access token")
	default:
		raw, err = io.ReadAll(io.LimitReader(stdin, secretMax+1))
	}
	if err != nil {
		return Token{}, fmt.Errorf("reading the access token: %w", err)
	}
	return ParseToken(raw)
}

// readSecret reads a small file.
func readSecret(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, secretMax+1))
}

// isTerminal says whether nobody has piped anything in: r is a terminal, or
// the null device.
func isTerminal(r io.Reader) bool {
	f, ok := r.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err != nil || info.Mode()&os.ModeCharDevice != 0
}

// parseSince reads a date, a date with time, or a number of days back from now.
func parseSince(s string, now time.Time) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.ParseUint(days, 10, 16); err == nil {
			return now.AddDate(0, 0, -int(n)), nil
		}
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, s, now.Location()); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no date; write 2024-05-01, or 30d for the last 30 days", s)
}
