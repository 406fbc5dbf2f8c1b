package convert

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gptsnap/formats/chat"
)

// output is a folder in which a test plays the user.
type output struct {
	t   *testing.T
	dir string
}

func (o output) run(conflict string, docs map[string]string) map[string]Outcome {
	o.t.Helper()
	s, err := OpenFolder(o.dir, FolderOptions{Conflict: conflict})
	if err != nil {
		o.t.Fatal(err)
	}
	got := map[string]Outcome{}
	for name, body := range docs {
		owner, _, _ := strings.Cut(body, ":")
		if got[name], err = s.Put(name, owner, []byte(body)); err != nil {
			o.t.Fatal(err)
		}
	}
	if err := s.Close(true); err != nil {
		o.t.Fatal(err)
	}
	return got
}

func (o output) edit(name, body string) {
	o.t.Helper()
	if err := os.WriteFile(filepath.Join(o.dir, name), []byte(body), 0o666); err != nil {
		o.t.Fatal(err)
	}
}

// want compares all files but the list of what was written.
func (o output) want(files map[string]string) {
	o.t.Helper()
	got := tree(o.t, o.dir)
	delete(got, manifestName)
	for name, body := range files {
		if got[name] != body {
			o.t.Errorf("%s holds %q, want %q", name, got[name], body)
		}
		delete(got, name)
	}
	if len(got) > 0 {
		o.t.Errorf("also there: %v", got)
	}
}

type files = map[string]string

func TestWhatTheUserWroteIsNeverOverwrittenUnasked(t *testing.T) {
	t.Parallel()
	for _, k := range []struct {
		conflict string
		outcome  Outcome
		after    files
	}{
		{"", Kept, files{"a.md": "my notes"}},
		{"keep", Kept, files{"a.md": "my notes"}},
		{"overwrite", Replaced, files{"a.md": "c1:two"}},
		{"rename", Replaced, files{"a.md": "c1:two", "a (edited).md": "my notes"}},
	} {
		o := output{t, t.TempDir()}
		o.run(k.conflict, files{"a.md": "c1:one"})
		o.edit("a.md", "my notes")
		if got := o.run(k.conflict, files{"a.md": "c1:two"}); got["a.md"] != k.outcome {
			t.Errorf("%s: outcome %d", k.conflict, got["a.md"])
		}
		o.want(k.after)
		other := output{t, t.TempDir()} // a file that we never wrote
		other.edit("a.md", "my notes")
		other.run(k.conflict, files{"a.md": "c1:two"})
		other.want(k.after)
	}
}

func TestOurOwnFileIsReplacedWhenTheConversationChanged(t *testing.T) {
	o := output{t, t.TempDir()}
	for _, body := range []string{"c1:one", "c1:two", "c1:three"} {
		if got := o.run("keep", files{"a.md": body}); got["a.md"] != Written {
			t.Errorf("%s: outcome %d", body, got["a.md"])
		}
		o.want(files{"a.md": body})
	}
	if got := o.run("keep", files{"a.md": "c1:three"}); got["a.md"] != Unchanged {
		t.Error("it was written again")
	}
}

func TestAnEditStaysAnEditOverManyRuns(t *testing.T) {
	o := output{t, t.TempDir()}
	o.run("keep", files{"a.md": "c1:one"})
	o.edit("a.md", "mine")
	for range 3 {
		o.run("keep", files{"a.md": "c1:one"})
		o.run("keep", files{"a.md": "c1:two"})
	}
	o.want(files{"a.md": "mine"})
	o.run("rename", files{"a.md": "c1:two"})
	o.edit("a.md", "mine again")
	o.run("rename", files{"a.md": "c1:three"})
	o.want(files{"a.md": "c1:three", "a (edited).md": "mine", "a (edited 2).md": "mine again"})
}

func TestRenamingWaitsUntilThereIsSomethingNewToSay(t *testing.T) {
	o := output{t, t.TempDir()}
	o.run("rename", files{"a.md": "c1:one"})
	o.edit("a.md", "mine")
	o.run("rename", files{"a.md": "c1:one"})
	o.want(files{"a.md": "mine"})
}

func TestAConversationThatGotANewTitleLeavesNoOldCopy(t *testing.T) {
	o := output{t, t.TempDir()}
	o.run("keep", files{"2024/old.md": "c1:one", "other.md": "c2:x", "old.html": "c1:page"})
	o.run("keep", files{"new.md": "c1:one"})
	o.want(files{"new.md": "c1:one", "other.md": "c2:x", "old.html": "c1:page"})

	o.edit("new.md", "mine")
	o.run("keep", files{"newer.md": "c1:two"})
	o.want(files{"new.md": "mine", "newer.md": "c1:two", "other.md": "c2:x", "old.html": "c1:page"})
}

func TestAnAbortedRunTakesNothingAwayAndStillKnowsWhatItWrote(t *testing.T) {
	o := output{t, t.TempDir()}
	o.run("keep", files{"old.md": "c1:one"})
	s, err := OpenFolder(o.dir, FolderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, "x.md", "1")
	if _, err := s.Put("new.md", "c1", []byte("c1:two")); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(false); err != nil {
		t.Fatal(err)
	}
	o.want(files{"old.md": "c1:one", "new.md": "c1:two", "x.md": "1"})
	if got := o.run("keep", files{"new.md": "c1:three"}); got["new.md"] != Written {
		t.Error("what an aborted run wrote counts as edited")
	}
}

func TestADryRunTouchesNothing(t *testing.T) {
	o := output{t, t.TempDir()}
	o.run("keep", files{"a.md": "c1:one", "b.md": "c2:one", "c.md": "c3:one"})
	o.edit("b.md", "mine")
	before := tree(t, o.dir)
	for _, conflict := range []string{"keep", "overwrite", "rename"} {
		var told []string
		s, err := OpenFolder(o.dir, FolderOptions{Conflict: conflict, Dry: true, Tell: func(what, name string) { told = append(told, what+" "+name) }})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range [][2]string{{"a.md", "c1:two"}, {"b.md", "c2:two"}, {"c2.md", "c3:one"}} {
			owner, _, _ := strings.Cut(d[1], ":")
			if _, err := s.Put(d[0], owner, []byte(d[1])); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(true); err != nil {
			t.Fatal(err)
		}
		want := map[string][]string{
			"keep":      {"changed a.md", "kept b.md", "new c2.md", "removed c.md"},
			"overwrite": {"changed a.md", "changed b.md", "new c2.md", "removed c.md"},
			"rename":    {"changed a.md", "renamed b.md to b (edited).md", "new b.md", "new c2.md", "removed c.md"},
		}[conflict]
		if !slices.Equal(told, want) {
			t.Errorf("%s: told %q", conflict, told)
		}
	}
	if after := tree(t, o.dir); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("%v", after)
	}
	missing := filepath.Join(o.dir, "not", "there")
	s, err := OpenFolder(missing, FolderOptions{Dry: true})
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, "a.md", "x")
	if err := s.Close(true); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(missing); err == nil {
		t.Error("a dry run made a folder")
	}
}

func TestAListThatCannotBeReadStopsTheRun(t *testing.T) {
	for _, raw := range []string{"{", `{"gptsnap":2}`} {
		o := output{t, t.TempDir()}
		o.edit(manifestName, raw)
		if _, err := OpenFolder(o.dir, FolderOptions{}); err == nil || !strings.Contains(err.Error(), manifestName) {
			t.Errorf("%s: %v", raw, err)
		}
	}
	o := output{t, t.TempDir()} // names from the list never lead outside
	outside := filepath.Join(filepath.Dir(o.dir), "outside.md")
	o.edit(manifestName, `{"gptsnap":1,"files":{"../outside.md":{"sha256":"`+strings.Repeat("0", 64)+`","of":"c1"},"/etc/x.md":{"of":"c1"}}}`)
	o.run("keep", files{"a.md": "c1:one"})
	if _, err := os.Stat(outside); err == nil {
		t.Error("it exists")
	}
}

func TestLayouts(t *testing.T) {
	c := chain("12345678-1", "Soil", 1)
	c.Project = "Garden"
	for layout, want := range map[string]string{"": "Garden/2024-05-01 Soil 12345678", "project": "Garden/2024-05-01 Soil 12345678", "flat": "2024-05-01 Soil 12345678",
		"year": "2024/2024-05-01 Soil 12345678", "month": "2024-05/2024-05-01 Soil 12345678"} {
		name, err := ParseTemplate(DefaultName, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		if got := name.LaidOut(layout).Expand(c); got != want {
			t.Errorf("%s: %s, want %s", layout, got, want)
		}
	}
}

func TestOlderConversationsStayInTheIndexButAreNotWritten(t *testing.T) {
	make := func(i int) (*chat.Conversation, error) {
		c := chain(fmt.Sprintf("%08d-x", i), "T", 1)
		c.Updated = time.Date(2024, 5, 1+i, 0, 0, 0, 0, time.UTC)
		return c, nil
	}
	o := output{t, t.TempDir()}
	to, err := OpenFolder(o.dir, FolderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	opts := defaults(t)
	opts.Since = time.Date(2024, 5, 3, 0, 0, 0, 0, time.UTC)
	_, r := renderer(t, "markdown", Look{})
	rep, err := Run(context.Background(), sourceOf(4, make, nil), r, to, opts)
	if err != nil || rep.Documents != 2 || rep.Older != 2 || rep.Conversations != 4 {
		t.Fatal(rep, err)
	}
	got := tree(t, o.dir)
	if n := strings.Count(got["index.md"], "(2024-05-01"); n != 4 || len(got) != 3 {
		t.Errorf("%d in the index, %d files:\n%s", n, len(got), got["index.md"])
	}
}

func TestARunThatIsKilledLeavesAListOfMostOfWhatItWrote(t *testing.T) {
	o := output{t, t.TempDir()}
	s, err := OpenFolder(o.dir, FolderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range checkpoint + 1 {
		put(t, s, fmt.Sprintf("%d.md", i), "x")
	}
	again, err := OpenFolder(o.dir, FolderOptions{}) // without Close, as after a kill
	if err != nil {
		t.Fatal(err)
	}
	if got, err := again.Put("7.md", "", []byte("changed")); err != nil || got != Written {
		t.Error(got, err)
	}
	if err := again.Close(true); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(false); err != nil {
		t.Fatal(err)
	}
}
