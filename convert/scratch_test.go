package convert

import (
	"bytes"
	"io"
	"math"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestAScratchGivesBackWhatItWasGivenAndShowsNobody(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Setenv("TMP", dir)
	rapid.Check(t, func(t *rapid.T) {
		var s scratch
		defer s.close()
		secret := []byte("what nobody but the owner of the archive shall read")
		var all []byte
		for _, part := range rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 0, 70), 1, 8).Draw(t, "parts") {
			to, _, err := s.open()
			if err != nil {
				t.Fatal(err)
			}
			part = slices.Concat(part, secret)
			if _, err := to.Write(part); err != nil {
				t.Fatal(err)
			}
			all = append(all, part...)
		}
		_, from, err := s.open()
		if err != nil {
			t.Fatal(err)
		}
		at := rapid.IntRange(0, len(all)).Draw(t, "at")
		n := rapid.IntRange(0, len(all)-at).Draw(t, "length")
		some := make([]byte, n)
		if _, err := from.ReadAt(some, int64(at)); err != nil && n > 0 || !bytes.Equal(some, all[at:at+n]) {
			t.Fatalf("%d bytes at %d of %d: %v", n, at, len(all), err)
		}
		if got, err := io.ReadAll(io.NewSectionReader(from, 0, math.MaxInt64)); err != nil || !bytes.Equal(got, all) {
			t.Fatalf("all of it: %v", err)
		}
		lies, err := io.ReadAll(io.NewSectionReader(s.file, 0, math.MaxInt64))
		if err != nil || len(lies) != len(all) || bytes.Contains(lies, secret[:16]) {
			t.Fatalf("%d of %d bytes lie in the file, open to read: %v", len(lies), len(all), err)
		}
	})
	if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %q %v", left, err)
	}
}
