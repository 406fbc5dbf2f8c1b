package fetch

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"gptsnap/formats/archive"
)

// TestTwoCopiesThatGrewApartUniteWithoutLoss is what a sync client leaves
// behind: one archive, continued on two machines.
func TestTwoCopiesThatGrewApartUniteWithoutLoss(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a.tar.zst"), filepath.Join(dir, "a (conflicted copy).tar.zst")
	talk := func(id string, version int) string {
		return fmt.Sprintf(`{"conversation_id":%q,"title":"v%d","update_time":%d,"mapping":{"x":{"id":"x","children":[]}},"current_node":"x"}`, id, version, version)
	}
	add := func(path string, records ...[3]string) {
		t.Helper()
		w, err := archive.Append(path, archive.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			if _, err := w.Put(archive.Meta{Kind: r[0], ID: r[1], Status: 200, Method: "GET"}, []byte(r[2])); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	chat := archive.KindConversation
	add(a, [3]string{chat, "first-000", talk("first-000", 1)}, [3]string{archive.KindFile, "file-shared", "shared"})
	raw, err := os.ReadFile(a)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(b, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	add(a, [3]string{chat, "first-000", talk("first-000", 2)}, [3]string{chat, "only-in-a", talk("only-in-a", 1)}, [3]string{archive.KindFile, "file-of-a", "a"})
	add(b, [3]string{chat, "first-000", talk("first-000", 3)}, [3]string{chat, "only-in-b", talk("only-in-b", 1)}, [3]string{archive.KindFile, "file-of-b", "b"},
		[3]string{archive.KindTombstone, "removed-in-b", "{}"}, [3]string{"later-kind", "x", "kept"}, [3]string{chat, "only-in-a", talk("only-in-a", 1)})
	held := func(path string) map[string]int {
		t.Helper()
		r, err := archive.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		all := map[string]int{}
		for _, rec := range r.Records() {
			body, err := r.Read(rec)
			if err != nil {
				t.Fatal(err)
			}
			if rec.Kind != archive.KindRun && rec.Kind != archive.KindLedger {
				all[rec.Kind+" "+rec.ID+" "+string(body)]++
			}
		}
		return all
	}
	want := held(a)
	for key := range held(b) {
		want[key] = 1
	}
	for range 2 { // the second time adds nothing
		if _, err := Import(t.Context(), ImportOptions{Archive: a, Inputs: []string{b}}); err != nil {
			t.Fatal(err)
		}
		got := held(a)
		for key, n := range want {
			if got[key] != n {
				t.Errorf("%d of %s, want %d", got[key], key, n)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%d different records, want %d", len(got), len(want))
		}
	}
	if rep, err := archive.Verify(a, archive.Deep); err != nil || len(rep.Problems) > 0 || rep.Torn != nil {
		t.Errorf("%+v, %v", rep, err)
	}
	r, err := archive.Open(a)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	newest := map[string]archive.Record{}
	for _, rec := range r.Records() {
		if old, ok := newest[rec.ID]; rec.Kind == chat && (!ok || !rec.Updated.Before(old.Updated)) {
			newest[rec.ID] = rec
		}
	}
	if body, err := r.Read(newest["first-000"]); err != nil || string(body) != talk("first-000", 3) {
		t.Errorf("the newest is %s, %v", body, err)
	}
}
