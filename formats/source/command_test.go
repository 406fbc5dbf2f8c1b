package source

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"gptsnap/formats/chat"
)

// run opens a source as a reading command does.
func run(t *testing.T, args ...string) (s *Source, err error) {
	t.Helper()
	app := cli.NewApp()
	app.Flags = append(Flags(), &cli.StringFlag{Name: "timezone"})
	app.Writer, app.ErrWriter = t.Output(), t.Output()
	app.ExitErrHandler = func(*cli.Context, error) {}
	app.Action = func(c *cli.Context) (err error) {
		s, err = FromContext(c)
		return err
	}
	err = app.Run(append([]string{"test"}, args...))
	if s != nil {
		t.Cleanup(func() { s.Close() })
	}
	return s, err
}

func TestFlagsAndArgumentsNarrowTheArchive(t *testing.T) {
	path := account(t)["ZIP"].Path
	list := put(t, filepath.Join(t.TempDir(), "list.txt"), "\ufeff# mine\n\naaaaaaaa-0001\n  https://chatgpt.com/c/bbbbbbbb-0003  \r\n")
	for _, k := range []struct {
		args []string
		want string
	}{
		{nil, "aaaaaaaa-0001 aaaaaaaa-0002 bbbbbbbb-0003 cccccccc-0004 dddddddd-0005"},
		{[]string{"bbbbbbbb"}, "bbbbbbbb-0003"},
		{[]string{"@" + list, "cccccccc-0004"}, "aaaaaaaa-0001 bbbbbbbb-0003 cccccccc-0004"},
		{[]string{"--since", "2025-02-01", "--until", "2025-03-01", "--timezone", "UTC"}, "aaaaaaaa-0002 bbbbbbbb-0003"},
		{[]string{"--since", "2025-02-01T00:00:00Z", "--until", "2025-02-01T00:00:00Z"}, "aaaaaaaa-0002"},
		{[]string{"--title", "TALK C", "--model", "gpt-*", "--min-messages", "2"}, "cccccccc-0004"},
		{[]string{"--archived"}, "aaaaaaaa-0002"},
		{[]string{"--starred", "--gpt", "g-p-0123456789abcdef0123456789abcdef"}, "bbbbbbbb-0003"},
		{[]string{"--project", "G-P-0123456789abcdef0123456789abcdef"}, "bbbbbbbb-0003"},
	} {
		s, err := run(t, append([]string{"-a", path}, k.args...)...)
		if err != nil {
			t.Errorf("%q: %v", k.args, err)
			continue
		}
		var ids []string
		for id, err := range Map(t.Context(), s, 1, func(c *chat.Conversation) (string, error) { return c.ID, nil }) {
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
		}
		same(t, strings.Join(k.args, " "), ids, strings.Fields(k.want)...)
	}
	for want, args := range map[string][]string{
		"--since":                 {"--since", "soon"},
		"--until":                 {"--until", "2025-02-30"},
		"is not before":           {"--since", "2025-02-02", "--until", "2025-02-01"},
		"--title":                 {"--title", "("},
		"--model":                 {"--model", "["},
		"--timezone":              {"--timezone", "Moon/Crater", "--since", "1d"},
		"@FILE":                   {"@" + list + "x"},
		"names no conversation":   {"@" + put(t, filepath.Join(t.TempDir(), "none"), "# none\n")},
		"not a list":              {"@" + put(t, filepath.Join(t.TempDir(), "long"), strings.Repeat("x", 100_000))},
		`no conversation "ffffff`: {"ffffffff-1"},
	} {
		_, err := run(t, append([]string{"-a", path}, args...)...)
		fail := (*Failure)(nil)
		if !errors.As(err, &fail) || fail.Code != ExitUsage || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", args, err, want)
		}
	}
	t.Setenv("GPTSNAP_ARCHIVE", path)
	if s, err := run(t); err != nil || s.Path != path {
		t.Error(err)
	}
}
