package convert

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gptsnap/formats/chat"
	"gptsnap/formats/source"
)

// inParts is a renderer whose sites have an index in so many parts.
type inParts struct {
	Renderer
	parts int
}

func (r inParts) Site(func() (io.Writer, io.ReaderAt, error)) (func(*chat.Document, []byte) func(), func([]chat.Summary, func(chat.Asset) error) error) {
	return func(*chat.Document, []byte) func() { return func() {} }, func(_ []chat.Summary, put func(chat.Asset) error) error {
		for i := range r.parts {
			if err := put(chat.Asset{Name: fmt.Sprintf("assets/search/%d.js", i), Body: []byte("words"), Of: "search index"}); err != nil {
				return err
			}
		}
		return nil
	}
}

// An index that got smaller leaves nothing of the larger one: it may hold words
// that somebody has taken out since.
func TestPartsOfASiteThatAreNoLongerMadeAreTakenAway(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, plain := renderer(t, "html", Look{})
	src := sourceOf(1, func(int) (*chat.Conversation, error) { return chain("aaaaaaaa-1", "A", 1), nil }, nil)
	for _, parts := range []int{3, 1, 2} {
		to, err := OpenFolder(dir, FolderOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Run(t.Context(), src, inParts{plain, parts}, to, defaults(t)); err != nil {
			t.Fatal(err)
		}
		if err := to.Close(true); err != nil {
			t.Fatal(err)
		}
		n := 0
		for name := range tree(t, dir) {
			if strings.HasPrefix(name, "assets/search/") {
				n++
			}
		}
		if n != parts {
			t.Errorf("%d parts, want %d: %v", n, parts, slices.Sorted(maps.Keys(tree(t, dir))))
		}
	}
}

// spilling is a renderer whose sites keep the length of each page in the
// temporary file.
type spilling struct{ Renderer }

func (r spilling) Site(scratch func() (io.Writer, io.ReaderAt, error)) (func(*chat.Document, []byte) func(), func([]chat.Summary, func(chat.Asset) error) error) {
	return func(_ *chat.Document, body []byte) func() {
			return func() {
				if w, _, err := scratch(); err == nil {
					fmt.Fprintf(w, "%8d", len(body))
				}
			}
		}, func(docs []chat.Summary, put func(chat.Asset) error) error {
			_, from, err := scratch()
			if err != nil {
				return err
			}
			all := make([]byte, 8*len(docs))
			if _, err := from.ReadAt(all, 0); err != nil {
				return err
			}
			return put(chat.Asset{Name: "lengths", Body: all})
		}
}

// A run that ends well, one that fails and one that is broken off leave no
// temporary file.
func TestNoTemporaryFileIsLeft(t *testing.T) {
	temporary := t.TempDir()
	for _, name := range []string{"TMPDIR", "TMP", "TEMP"} {
		t.Setenv(name, temporary)
	}
	_, plain := renderer(t, "html", Look{})
	for name, want := range map[string]error{"well": nil, "broken off": context.Canceled, "fails": errors.ErrUnsupported} {
		ctx, stop := context.WithCancel(t.Context())
		src := sourceOf(20, func(i int) (*chat.Conversation, error) { return chain(fmt.Sprintf("aaaaaaaa-%d", i), "A", 1), nil }, nil)
		if each := src.Entries; name == "fails" {
			src.Entries = func(yield func(source.Entry, error) bool) {
				for e, err := range each {
					if !yield(e, err) {
						return
					}
				}
				yield(source.Entry{}, errors.ErrUnsupported)
			}
		}
		o := defaults(t)
		o.Progress = func(done, total int) {
			if name == "broken off" && done == 10 {
				stop()
			}
		}
		dir := t.TempDir()
		to, err := OpenFolder(dir, FolderOptions{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = Run(ctx, src, spilling{plain}, to, o)
		stop()
		if err := errors.Join(err, to.Close(err == nil)); !errors.Is(err, want) {
			t.Errorf("%s: %v", name, err)
		}
		if lengths := tree(t, dir)["lengths"]; (len(lengths) == 160) != (want == nil) {
			t.Errorf("%s: read back %q", name, lengths)
		}
		if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
			t.Errorf("%s leaves %v %v", name, left, err)
		}
	}
}

// The page of a project goes with the project, if we wrote it, nobody edited it
// and no page is left that may lead to it.
func TestThePageOfAProjectGoesWithTheProject(t *testing.T) {
	t.Parallel()
	for _, k := range []struct {
		name         string
		first, later []string // projects of conversations 0, 1, ...; "-" for one that is not selected
		edit         bool
		want         int // project pages afterwards
	}{
		{"renamed", []string{"Garden", "Garden"}, []string{"Beds", "Beds"}, false, 1},
		{"one of two is gone", []string{"Garden", "Beds"}, []string{"Beds", "Beds"}, false, 1},
		{"no project is left", []string{"Garden", "Beds"}, []string{"", ""}, false, 0},
		{"edited", []string{"Garden", "Garden"}, []string{"", ""}, true, 1},
		{"a chat that leads to it stays", []string{"Garden", "Beds"}, []string{"-", "Beds"}, false, 2},
		{"nothing changed", []string{"Garden", "Beds"}, []string{"Garden", "Beds"}, false, 2},
	} {
		dir := t.TempDir()
		_, r := renderer(t, "html", Look{})
		convert := func(projects []string) {
			t.Helper()
			var all []*chat.Conversation
			for i, p := range projects {
				if p != "-" {
					c := chain(fmt.Sprintf("aaaaaaaa-%d", i), fmt.Sprint("Chat ", i), 1)
					c.Project = p
					all = append(all, c)
				}
			}
			to, err := OpenFolder(dir, FolderOptions{})
			if err != nil {
				t.Fatal(err)
			}
			_, err = Run(t.Context(), sourceOf(len(all), func(i int) (*chat.Conversation, error) { return all[i], nil }, nil), r, to, defaults(t))
			if err := errors.Join(err, to.Close(err == nil)); err != nil {
				t.Fatal(err)
			}
		}
		convert(k.first)
		if k.edit {
			for name := range tree(t, dir) {
				if strings.HasPrefix(name, "projects/") {
					if err := os.WriteFile(filepath.Join(dir, name), []byte("mine"), 0o666); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		convert(k.later)
		n := 0
		for name := range tree(t, dir) {
			if strings.HasPrefix(name, "projects/") {
				n++
			}
		}
		if n != k.want {
			t.Errorf("%s: %d project pages, want %d: %v", k.name, n, k.want, slices.Sorted(maps.Keys(tree(t, dir))))
		}
	}
}
