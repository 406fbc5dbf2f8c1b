package convert

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// left is a folder as a run leaves it.
func left(t *testing.T, given string, rep Report) string {
	t.Helper()
	dir := t.TempDir()
	f, err := OpenFolder(dir, FolderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string]string{"a.md": "one", "Garden/b.md": "two"} {
		if _, err := f.Put(name, name, []byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Stream("files/x.png", strings.NewReader("picture")); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(true); err != nil {
		t.Fatal(err)
	}
	if err := note(dir, given, rep); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestARunIsRepeatedUnlessAllIsAsItWasLeft(t *testing.T) {
	t.Parallel()
	well := Report{Conversations: 2, Documents: 2, Files: 1, MissingFiles: 3}
	write := func(name, body string) func(dir string) error {
		return func(dir string) error { return os.WriteFile(filepath.Join(dir, name), []byte(body), 0o666) }
	}
	remove := func(name string) func(dir string) error {
		return func(dir string) error { return os.Remove(filepath.Join(dir, name)) }
	}
	for _, k := range []struct {
		name   string
		rep    Report
		given  string
		change func(dir string) error
		asLeft bool
	}{
		{"nothing changed", well, "x", nil, true},
		{"something of somebody's lies there too", well, "x", write("mine.md", "m"), true},
		{"given something else", well, "y", nil, false},
		{"not known what it was given", well, "", nil, false},
		{"a document was edited", well, "x", write("Garden/b.md", "tow"), false},
		{"a document is gone", well, "x", remove("a.md"), false},
		{"a file beside them is gone", well, "x", remove("files/x.png"), false},
		{"a file beside them was cut", well, "x", write("files/x.png", "pict"), false},
		{"the list is gone", well, "x", remove(manifestName), false},
		{"the list is damaged", well, "x", write(manifestName, "{"), false},
		{"the note is damaged", well, "x", write(lastName, "{"), false},
		{"the note is of another version", well, "x", write(lastName, `{"gptsnap":2,"given":"x"}`), false},
		{"a later run was broken off", well, "x", forget, false},
		{"something was skipped", Report{Documents: 2, Skipped: 1}, "x", nil, false},
		{"an edited file was kept", Report{Documents: 2, Kept: []string{"a.md"}}, "x", nil, false},
		{"an edited file was replaced", Report{Documents: 2, Replaced: 1}, "x", nil, false},
	} {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			dir := left(t, "x", k.rep)
			if k.change != nil {
				if err := k.change(dir); err != nil {
					t.Fatal(err)
				}
			}
			rep, ok := asLeft(dir, k.given)
			if ok != k.asLeft {
				t.Fatalf("as left: %v", ok)
			}
			if ok && rep.Line("d") != "2 conversations, 2 documents in d (2 unchanged), 1 file, 3 files not in the source (noted where they belong)" {
				t.Error(rep.Line("d"))
			}
		})
	}
	if _, ok := asLeft(filepath.Join(t.TempDir(), "none"), "x"); ok {
		t.Error("a folder that is not there is as it was left")
	}
}
