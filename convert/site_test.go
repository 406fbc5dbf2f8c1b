package convert

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
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
