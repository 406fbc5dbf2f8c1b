package archive

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The reader in testdata was written from the package comment alone and shares
// nothing with this package, so what the two agree on is what the comment says.
func TestAReaderWrittenFromTheSpecificationReadsEveryShape(t *testing.T) {
	t.Parallel()
	key := filepath.Join(goldenDir, "v1-folder.key")
	for _, name := range []string{"v1-plain.tar.zst", "v1-torn.tar.zst", "v1-folder", "v1-encrypted", "v1-continued"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(goldenDir, name)
			agree(t, path, key, map[bool]string{true: "TORN: "}[name == "v1-torn.tar.zst"])
		})
	}
	for shape, o := range shapes(t) {
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			o.target, o.large = 8<<10, 12<<10
			path, m := placeFor(t, shape), &model{}
			fill := func(run, n, size int) *Writer {
				w, err := Append(path, o)
				if err != nil {
					t.Fatal(err)
				}
				for i := range n {
					if err := m.put(w, fmt.Sprint("Chat_", i%4), text(run+i/2, size)); err != nil {
						t.Fatal(err)
					}
				}
				return w
			}
			done := func(w *Writer) {
				if err := w.Close(); err != nil {
					t.Fatal(err)
				}
			}
			for run := range 20 { // so many that there is a checkpoint
				done(fill(run*10, 2, 300+40*run))
			}
			done(fill(500, 4, 15_000)) // over several frames
			// A writer that was killed, with something synced and something not.
			w := fill(600, 3, 900)
			if err := w.Sync(); err != nil {
				t.Fatal(err)
			}
			for i := range 2 {
				if err := m.put(w, fmt.Sprint("late-", i), text(700+i, 700)); err != nil {
					t.Fatal(err)
				}
			}
			w.f.Close()
			w.lock.Close()
			agree(t, path, keyOf(o), "TORN: ")
			done(fill(800, 1, 400)) // healed
			agree(t, path, keyOf(o), "")
			if _, err := Compact(path, CompactOptions{Options: o}); err != nil {
				t.Fatal(err)
			}
			agree(t, path, keyOf(o), "")
			if shape == "file" {
				return
			}
			names, err := osDisk{}.list(path)
			if err != nil {
				t.Fatal(err)
			}
			last := segFile{}
			for _, name := range names {
				if s, ok := parseSegName(name); ok {
					last = s
				}
			}
			for _, name := range names {
				if s, ok := parseSegName(name); ok && s.number == last.number {
					if err := os.Remove(filepath.Join(path, name)); err != nil {
						t.Fatal(err)
					}
				}
			}
			agree(t, path, keyOf(o), "INCOMPLETE: ")
		})
	}
}

func TestAReaderWrittenFromTheSpecificationSeesDamage(t *testing.T) {
	t.Parallel()
	tool(t, "python3", "--version") // or there is none
	path, _, o, files := stored(t, "encrypted")
	if err := os.Remove(files[1]); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{filepath.Join(goldenDir, "v1-flipped.tar.zst")}, {path, keyOf(o)}} {
		out, err := exec.Command("python3", append([]string{"testdata/reader.py"}, args...)...).CombinedOutput()
		if err == nil || !strings.HasPrefix(string(out), "damaged: ") {
			t.Errorf("%s: %v: %s", args, err, out)
		}
	}
}

// keyOf is the identity file of a test's keys.
func keyOf(o Options) string {
	if o.Keys == nil {
		return ""
	}
	return o.Keys.Files[0]
}

// agree holds what the reader in Python finds to what [Open] finds.
func agree(t *testing.T, path, key, says string) {
	t.Helper()
	got := strings.Split(strings.TrimSpace(tool(t, "python3", "testdata/reader.py", path, key)), "\n")
	t.Log(got[len(got)-1])
	got = got[:len(got)-1]
	if n := len(got) - 1; says != "" {
		if !strings.HasPrefix(got[n], says) {
			t.Errorf("python says %q, not %q", got[n], says)
		}
		got = got[:n]
	}
	r, err := Open(path, &Keys{Files: []string{key}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var want []string
	for _, rec := range r.All() {
		b, err := r.Read(rec)
		if err != nil || hexSum(string(b)) != rec.SHA256 {
			t.Fatalf("%s: %v", rec.Path, err)
		}
		want = append(want, fmt.Sprint(rec.Path, " ", rec.SHA256, " ", rec.Kind, " ", rec.ID))
	}
	slices.Sort(want)
	slices.Sort(got)
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("python reads %d records, we %d; they differ first at\n%q\n%q", len(got), len(want), got[min(i, len(got)):min(i+1, len(got))], want[min(i, len(want)):min(i+1, len(want))])
		}
	}
}
