package archive

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// TestRepairOfATornArchiveJoinedToAWholeOne saves both.
func TestRepairOfATornArchiveJoinedToAWholeOne(t *testing.T) {
	t.Parallel()
	whole, err := os.ReadFile("../../testdata/archives/v1-plain.tar.zst")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	other := filepath.Join(dir, "b.tar.zst")
	w, err := Append(other, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"one", "two", "three"} {
		if _, err := w.Put(Meta{Kind: "listing", ID: id}, []byte(id)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := os.ReadFile(other)
	if err != nil {
		t.Fatal(err)
	}
	src := filepath.Join(dir, "src.tar.zst")
	for cut := len(whole) - 1; cut > 6000; cut -= 3989 {
		first := whole[:cut]
		if err := os.WriteFile(src, first, 0o600); err != nil {
			t.Fatal(err)
		}
		alone, err := Open(src)
		if err != nil {
			t.Fatal(err)
		}
		joined := append(bytes.Clone(first), second...)
		if err := os.WriteFile(src, joined, 0o600); err != nil {
			t.Fatal(err)
		}
		dst := filepath.Join(dir, "new.tar.zst")
		res, err := Repair(src, dst, Options{})
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		r, err := Open(dst)
		if err != nil {
			t.Fatal(err)
		}
		if len(res.Lost) > 0 || res.Unknown > 0 || r.Torn() != nil || len(r.Damage()) > 0 {
			t.Errorf("cut at %d: %+v, torn %v, damage %v", cut, res, r.Torn(), r.Damage())
		}
		have := map[string]bool{}
		for _, rec := range r.Records() {
			have[rec.Kind+rec.ID+rec.SHA256] = true
			if b, err := r.Read(rec); err != nil || hexSum(string(b)) != rec.SHA256 {
				t.Errorf("cut at %d: %s %s: %v", cut, rec.Kind, rec.ID, err)
			}
		}
		for _, rec := range alone.Records() {
			if !derived(rec.Kind) && !have[rec.Kind+rec.ID+rec.SHA256] {
				t.Errorf("cut at %d: %s %s is lost", cut, rec.Kind, rec.ID)
			}
		}
		for _, id := range []string{"one", "two", "three"} {
			if !have["listing"+id+hexSum(id)] {
				t.Errorf("cut at %d: %s of the second archive is lost", cut, id)
			}
		}
		r.Close()
		alone.Close()
		if now, err := os.ReadFile(src); err != nil || !bytes.Equal(now, joined) {
			t.Fatalf("repair has changed its source: %v", err)
		}
		w, err := Append(dst, Options{}) // it can be gone on with
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := Repair(src, dst, Options{}); err == nil {
			t.Fatal("repair has written over a file")
		}
		os.Remove(dst)
	}
}

// TestRepairSavesAllButTheFrameThatWasHit flips bytes all over a small archive.
func TestRepairSavesAllButTheFrameThatWasHit(t *testing.T) {
	t.Parallel()
	whole, err := os.ReadFile("../../testdata/archives/v1-plain.tar.zst")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	src, dst := filepath.Join(dir, "src.tar.zst"), filepath.Join(dir, "dst.tar.zst")
	if err := os.WriteFile(src, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	sound, err := Open(src)
	if err != nil {
		t.Fatal(err)
	}
	defer sound.Close()
	metas := map[string]Meta{}
	for _, rec := range sound.Records() {
		metas[rec.Path] = rec.Meta
	}
	step := 1499
	if os.Getenv("GPTSNAP_LONG") != "" {
		step = 17
	}
	for at := 6000; at < len(whole); at += step {
		hit := bytes.Clone(whole)
		hit[at] ^= 1 << (at % 8)
		bad := filepath.Join(dir, "bad.tar.zst")
		if err := os.WriteFile(bad, hit, 0o600); err != nil {
			t.Fatal(err)
		}
		res, err := Repair(bad, dst, Options{})
		if err != nil {
			t.Fatalf("byte %d: %v", at, err)
		}
		r, err := Open(dst)
		if err != nil {
			t.Fatal(err)
		}
		have := map[string]bool{}
		for _, rec := range r.Records() {
			b, err := r.Read(rec)
			if err != nil || hexSum(string(b)) != rec.SHA256 {
				t.Fatalf("byte %d: %s %s: %v", at, rec.Kind, rec.ID, err)
			}
			have[rec.Path] = true
			if was, ok := metas[rec.Path]; rec.Kind != KindRepair && !derived(rec.Kind) && (!ok || !reflect.DeepEqual(was, rec.Meta)) {
				t.Fatalf("byte %d: %s has another meta: %+v", at, rec.Path, rec.Meta)
			}
		}
		r.Close()
		lost := map[string]bool{}
		for _, l := range res.Lost {
			lost[l.Path] = true
		}
		gone, frames := 0, map[int32]bool{}
		for _, rec := range sound.Records() {
			if derived(rec.Kind) || have[rec.Path] {
				continue
			}
			gone++
			frames[rec.at.frame] = true
			if !lost[rec.Path] && res.Unknown == 0 {
				t.Errorf("byte %d: %s is lost in silence", at, rec.Path)
			}
		}
		if len(frames) > 1 || gone > len(res.Lost)+res.Unknown {
			t.Errorf("byte %d: %d records of %d frames lost, %d told, %d unknown", at, gone, len(frames), len(res.Lost), res.Unknown)
		}
		os.Remove(dst)
	}
}
