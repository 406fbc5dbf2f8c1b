package chatgpt

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestASkeletonIsTheTreeThatDecodeGives(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob(filepath.Join("..", "..", "testdata", "samples", "*.json"))
	if err != nil || len(names) == 0 {
		t.Fatal("no samples", err)
	}
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for end := len(raw); end > 0; end -= 1 + len(raw)/20 {
			cut := raw[:end]
			whole, err := Decode(cut)
			bare, err2 := Skeleton(cut)
			if (err == nil) != (err2 == nil) || err != nil && err.Error() != err2.Error() {
				t.Fatalf("%s, %d bytes: %v, but %v", name, end, err2, err)
			}
			if err != nil {
				continue
			}
			if len(bare.Nodes) != len(whole.Nodes) || !slices.Equal(bare.Roots, whole.Roots) || bare.Current != whole.Current {
				t.Fatalf("%s: another tree", name)
			}
			for i := range bare.Nodes {
				a, b := &bare.Nodes[i], &whole.Nodes[i]
				if a.ID != b.ID || a.Parent != b.Parent || a.Version != b.Version || a.Versions != b.Versions || !slices.Equal(a.Children, b.Children) || (a.Message == nil) != (b.Message == nil) {
					t.Errorf("%s: node %d is %+v, not %+v", name, i, a, b)
				}
			}
		}
	}
}
