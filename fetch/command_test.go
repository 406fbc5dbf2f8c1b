package fetch

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/urfave/cli/v2"

	"gptsnap/fetch/fakeapi"
	"gptsnap/formats/source"
)

// command runs the program's own command as main does, without main.
func command(t *testing.T, stdin io.Reader, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, talk bytes.Buffer
	app := &cli.App{Name: "gptsnap", Version: "test", Commands: Commands(), Reader: stdin, Writer: &out, ErrWriter: &talk,
		Metadata: map[string]any{}, ExitErrHandler: func(*cli.Context, error) {}, Flags: []cli.Flag{&cli.BoolFlag{Name: "quiet"}}}
	err = app.RunContext(t.Context(), append([]string{"gptsnap"}, args...))
	return out.String(), talk.String(), err
}

func TestTheFetchCommandTakesTheTokenFromWhereItIs(t *testing.T) {
	_, o := serve(t, many(4), fakeapi.Options{})
	dir := t.TempDir()
	good, bad := filepath.Join(dir, "good"), filepath.Join(dir, "bad")
	for path, text := range map[string]string{good: `{"accessToken":"` + fakeapi.DefaultToken + `"}`, bad: "Bearer wrong"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	for name, c := range map[string]struct {
		env   string
		stdin io.Reader
		flags []string
		code  int
	}{
		"file":                     {stdin: null, flags: []string{"--token-file", good}},
		"file before environment":  {env: "wrong", stdin: null, flags: []string{"--token-file", good}},
		"environment":              {env: fakeapi.DefaultToken, stdin: null},
		"environment before stdin": {env: fakeapi.DefaultToken, stdin: strings.NewReader("wrong")},
		"stdin":                    {stdin: strings.NewReader(fakeapi.DefaultToken + "\n")},
		"stdin by name":            {env: "wrong", stdin: strings.NewReader(fakeapi.DefaultToken), flags: []string{"--token-file", "-"}},
		"wrong":                    {stdin: null, flags: []string{"--token-file", bad}, code: source.ExitAuth},
		"none":                     {stdin: null, code: source.ExitAuth},
		"empty stdin":              {stdin: strings.NewReader(""), code: source.ExitAuth},
		"no file":                  {env: fakeapi.DefaultToken, flags: []string{"--token-file", filepath.Join(dir, "absent")}, code: source.ExitAuth},
		"argument":                 {env: fakeapi.DefaultToken, flags: []string{"token"}, code: source.ExitUsage},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("GPTSNAP_TOKEN", c.env)
			t.Setenv("GPTSNAP_ARCHIVE", filepath.Join(t.TempDir(), "a.tar.zst"))
			stdout, stderr, err := command(t, c.stdin, append([]string{"fetch", "--base-url", o.BaseURL}, c.flags...)...)
			if exitOf(err) != c.code || stdout != "" {
				t.Fatalf("exit %d: %v\n%s%s", exitOf(err), err, stdout, stderr)
			}
			if c.code == 0 && !strings.Contains(stderr, "4 conversations listed: 4 new") {
				t.Errorf("%q", stderr)
			}
			if f := (*source.Failure)(nil); c.code == source.ExitAuth && (!errors.As(err, &f) || f.Hint == "") {
				t.Error("no hint")
			}
		})
	}
}

func TestTheFetchCommandChecksItsFlags(t *testing.T) {
	t.Setenv("GPTSNAP_TOKEN", fakeapi.DefaultToken)
	archive := filepath.Join(t.TempDir(), "a.tar.zst")
	for _, flags := range [][]string{
		{"--limit", "0"}, {"--limit", "-1"}, {"--max-requests", "0"}, {"--since", "yesterday"}, {"--base-url", "http://chatgpt.com"},
		{"--min-interval", "-1s"}, {"--cookie-file", archive}, {"--workspace", "a b", "--base-url", "http://127.0.0.1:1"},
	} {
		_, _, err := command(t, nil, append([]string{"fetch", "-a", archive}, flags...)...)
		if exitOf(err) != source.ExitUsage {
			t.Errorf("%q: %v", flags, err)
		}
	}
	if _, err := os.Stat(archive); err == nil {
		t.Error("an archive was made")
	}
}

func TestThePlanIsTheProduct(t *testing.T) {
	t.Setenv("GPTSNAP_TOKEN", fakeapi.DefaultToken)
	_, o := serve(t, many(4), fakeapi.Options{})
	stdout, stderr, err := command(t, nil, "fetch", "--plan", "-a", o.Archive, "--base-url", o.BaseURL)
	if err != nil || stderr != "" || stdout != "4 conversations listed: 4 new, 0 changed, 0 unchanged\n4 to get, with 1 request (ten at a time where the account allows it), and one for each file\n" {
		t.Errorf("%v\n%q\n%q", err, stdout, stderr)
	}
}

func TestTheImportCommand(t *testing.T) {
	dir := t.TempDir()
	archive := filepath.Join(dir, "a.tar.zst")
	_, stderr, err := command(t, nil, "import", "-a", archive, export(t, dir))
	if want := "6 conversations in the input: 6 new, 0 changed, 0 already held; 3 other files stored\n"; err != nil || stderr != want {
		t.Errorf("%v\n%q", err, stderr)
	}
	if _, stderr, err = command(t, nil, "--quiet", "import", "-a", archive, filepath.Join(dir, "export.zip")); err != nil || stderr != "" {
		t.Errorf("%v\n%q", err, stderr)
	}
	if _, _, err = command(t, nil, "import", "-a", archive); exitOf(err) != source.ExitUsage {
		t.Error(err)
	}
}

func TestSinceIsADateOrADistance(t *testing.T) {
	t.Parallel()
	now := time.Date(2024, 3, 15, 12, 0, 0, 0, time.FixedZone("", 3600))
	for in, want := range map[string]time.Time{
		"":                     {},
		"2024-03-01":           time.Date(2024, 3, 1, 0, 0, 0, 0, now.Location()),
		"2024-03-01T06:30":     time.Date(2024, 3, 1, 6, 30, 0, 0, now.Location()),
		"2024-03-01T06:30:00Z": time.Date(2024, 3, 1, 6, 30, 0, 0, time.UTC),
		"30d":                  time.Date(2024, 2, 14, 12, 0, 0, 0, now.Location()),
	} {
		if got, err := parseSince(in, now); err != nil || !got.Equal(want) {
			t.Errorf("%q: %v %v", in, got, err)
		}
	}
	for _, in := range []string{"d", "-3d", "99999999d", "2024-13-01", "tomorrow"} {
		if _, err := parseSince(in, now); err == nil {
			t.Errorf("%q was accepted", in)
		}
	}
}
