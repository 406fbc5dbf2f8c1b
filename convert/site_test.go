package convert

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"gptsnap/formats/chat"
)

// inParts is a renderer whose sites have an index in so many parts.
type inParts struct {
	Renderer
	parts int
}

func (r inParts) Site() (func(*chat.Document, []byte) func(), func([]chat.Summary, func(chat.Asset) error) error) {
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
