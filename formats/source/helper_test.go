package source

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gptsnap/formats/chat"
)

// talk is a conversation of n nodes after its root, alternately by user and
// assistant; more are further members, as `"is_archived":true,`.
func talk(id string, updated float64, n int, more ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `{%s"title":"Talk %s","create_time":1700000000.5,"update_time":%v,"conversation_id":%q,"mapping":{"root":{"id":"root","message":null,"parent":null,"children":["n1"]}`,
		strings.Join(more, ""), id, updated, id)
	for i := 1; i <= n; i++ {
		role, model := "user", ""
		if i%2 == 0 {
			role, model = "assistant", `"model_slug":"gpt-4o"`
		}
		up := "root"
		if i > 1 {
			up = fmt.Sprint("n", i-1)
		}
		fmt.Fprintf(&b, `,"n%d":{"id":"n%d","parent":%q,"children":[],"message":{"id":"n%d","author":{"role":%q},"create_time":%d.25,"recipient":"all","content":{"content_type":"text","parts":["words %d of %s"]},"metadata":{%s}}}`,
			i, i, up, i, role, 1700000000+i, i, id, model)
	}
	fmt.Fprintf(&b, `},"current_node":"n%d"}`, n)
	return b.String()
}

func put(t testing.TB, name, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

// pair is a member of a ZIP or a file of a folder.
type pair struct{ name, text string }

func zipped(t testing.TB, members ...pair) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "export.zip")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	for _, m := range members {
		w, err := z.Create(m.name)
		if err == nil {
			_, err = io.WriteString(w, m.text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(z.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	return name
}

func folder(t testing.TB, members ...pair) string {
	t.Helper()
	dir := t.TempDir()
	for _, m := range members {
		put(t, filepath.Join(dir, filepath.FromSlash(m.name)), m.text)
	}
	return dir
}

func opened(t testing.TB, path string) *Source {
	t.Helper()
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// read runs a source through Map and returns "ID/nodes" of each conversation
// and the problems.
func read(t testing.TB, s *Source) (got, problems []string) {
	t.Helper()
	for id, err := range Map(t.Context(), s, 3, func(c *chat.Conversation) (string, error) { return fmt.Sprintf("%s/%d", c.ID, len(c.Nodes)), nil }) {
		if one := (*EntryError)(nil); errors.As(err, &one) {
			problems = append(problems, err.Error())
		} else if err != nil {
			t.Fatal(err)
		} else {
			got = append(got, id)
		}
	}
	return got, problems
}

// same fails unless the words are the wanted ones, in order.
func same(t testing.TB, what string, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

// holds fails unless there is one message a wanted piece, each holding it.
func holds(t testing.TB, what string, got []string, want ...string) {
	t.Helper()
	ok := len(got) == len(want)
	for i := range min(len(got), len(want)) {
		ok = ok && strings.Contains(got[i], want[i])
	}
	if !ok {
		t.Errorf("%s: got %q, want messages with %q", what, got, want)
	}
}
