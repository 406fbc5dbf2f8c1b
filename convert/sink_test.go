package convert

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

func put(t *testing.T, s Sink, name, body string) bool {
	t.Helper()
	got, err := s.Put(name, "", []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return got != Unchanged
}

func TestAFileThatWouldNotChangeIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	s, err := OpenFolder(dir, FolderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if !put(t, s, "a/b.md", "one") {
		t.Error("a new file did not count as a change")
	}
	old := time.Now().Add(-time.Hour).Truncate(time.Second)
	file := filepath.Join(dir, "a", "b.md")
	if err := os.Chtimes(file, old, old); err != nil {
		t.Fatal(err)
	}
	if put(t, s, "a/b.md", "one") {
		t.Error("the same bytes counted as a change")
	}
	if st, _ := os.Stat(file); !st.ModTime().Equal(old) {
		t.Error("the file was touched")
	}
	if !put(t, s, "a/b.md", "two") {
		t.Error("other bytes of the same length did not count as a change")
	}
	if err := s.Close(true); err != nil {
		t.Fatal(err)
	}
	left, _ := filepath.Glob(filepath.Join(dir, "a", "*"))
	hidden, _ := filepath.Glob(filepath.Join(dir, "a", ".*"))
	if len(left) != 1 || len(hidden) != 0 {
		t.Error(left, hidden)
	}
}

func TestAFailedWriteLeavesTheOldFileAndNoRest(t *testing.T) {
	dir := t.TempDir()
	s, _ := OpenFolder(dir, FolderOptions{})
	defer s.Close(true)
	put(t, s, "b.md", "whole")
	f := s.(*folder)
	err := f.write("b.md", io.MultiReader(strings.NewReader("ha"), iotest.ErrReader(errors.New("the disk is full"))))
	if err == nil || !strings.Contains(err.Error(), "the disk is full") || !strings.Contains(err.Error(), "b.md") {
		t.Error(err)
	}
	if got, _ := os.ReadFile(filepath.Join(dir, "b.md")); string(got) != "whole" {
		t.Errorf("%q", got)
	}
	if all, _ := os.ReadDir(dir); len(all) != 1 {
		t.Error(all)
	}
}

func TestAFolderNeverLeavesItself(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	if err := os.Symlink(outside, filepath.Join(dir, "link")); err != nil {
		t.Skip(err)
	}
	s, _ := OpenFolder(dir, FolderOptions{})
	defer s.Close(true)
	for _, name := range []string{"link/a.md", "../a.md"} {
		if _, err := s.Put(name, "", []byte("x")); err == nil {
			t.Errorf("%s was written", name)
		}
	}
	if all, _ := os.ReadDir(outside); len(all) != 0 {
		t.Error(all)
	}
}

func TestOneFileAppearsOnlyWhenDone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "all.jsonl")
	s, err := OpenFile(file, false)
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, "a.jsonl", "1\n")
	put(t, s, "b.jsonl", "2\n")
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		t.Error("half a file is there")
	}
	if err := s.Close(true); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(file); string(got) != "1\n2\n" {
		t.Errorf("%q", got)
	}
	s, _ = OpenFile(file, false)
	put(t, s, "a.jsonl", "other\n")
	if err := s.Close(false); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(file); string(got) != "1\n2\n" {
		t.Errorf("an aborted run left %q", got)
	}
	if all, _ := os.ReadDir(filepath.Dir(file)); len(all) != 1 {
		t.Error(all)
	}
}

func TestASecondPageDoesNotFitIntoAFile(t *testing.T) {
	s := ToWriter(io.Discard, true)
	put(t, s, "a.html", "1")
	if _, err := s.Put("b.html", "", []byte("2")); err == nil {
		t.Error("two pages went into one file")
	}
}

func TestWriterErrorsAreTold(t *testing.T) {
	s := ToWriter(failing{}, false)
	_, err := s.Put("a.md", "", bytes.Repeat([]byte("x"), 1<<20))
	if err = errors.Join(err, s.Close(true)); err == nil {
		t.Error("a full pipe went unnoticed")
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("full") }
