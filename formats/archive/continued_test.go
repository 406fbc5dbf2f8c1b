package archive

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

const endMissing = "the end of the archive is missing"

func TestSegmentsThatAreMissingAtTheEndAreMissed(t *testing.T) {
	t.Parallel()
	for _, shape := range []string{"folder", "encrypted"} {
		for gone := 1; gone <= 2; gone++ {
			t.Run(fmt.Sprint(shape, " ", gone), func(t *testing.T) {
				t.Parallel()
				path, m, o, files := stored(t, shape)
				last, _ := parseSegName(filepath.Base(files[len(files)-1]))
				if last.number < 3 {
					t.Fatal(files)
				}
				var joined []byte
				for _, name := range files {
					if s, _ := parseSegName(filepath.Base(name)); s.number > last.number-gone {
						if err := os.Remove(name); err != nil {
							t.Fatal(err)
						}
					} else if b, err := os.ReadFile(name); err == nil {
						joined = append(joined, b...)
					}
				}
				missed(t, path, m, o)
				if shape == "folder" {
					one := filepath.Join(t.TempDir(), "one.tar.zst")
					if err := os.WriteFile(one, joined, 0o600); err != nil {
						t.Fatal(err)
					}
					missed(t, one, m, o)
				}
			})
		}
	}
}

// missed holds an archive that lacks its end against what is to be said of it.
func missed(t *testing.T, path string, m *model, o Options) {
	t.Helper()
	for _, level := range []Level{Quick, Full, Deep} {
		rep, err := Verify(path, level, o.Keys)
		if err != nil || len(rep.Problems) != 1 || !strings.Contains(rep.Problems[0].Problem, endMissing) || rep.Torn != nil {
			t.Errorf("level %d says %v %v %v", level, rep.Problems, rep.Torn, err)
		}
	}
	r, err := Open(path, o.Keys)
	if err != nil {
		t.Fatal(err)
	}
	if d := r.Damage(); len(d) != 1 || !strings.Contains(d[0].What, endMissing) {
		t.Errorf("a reader is told %v", d)
	}
	r.Close()
	left := m.readable(t, path, o)
	if left == 0 || left == len(m.paths) {
		t.Errorf("%d of %d records can be read", left, len(m.paths))
	}
	if _, err := Append(path, o); !errors.As(err, new(*DamageError)) {
		t.Errorf("it can still be added to: %v", err)
	}
	if _, err := Compact(path, CompactOptions{Options: o}); !errors.As(err, new(*DamageError)) {
		t.Errorf("it can still be compacted: %v", err)
	}
	saved := strings.TrimSuffix(path, "/") + "-saved/"
	res, err := Repair(path, saved, Options{Keys: o.Keys})
	if err != nil || len(res.Missing) != 1 || !strings.Contains(res.Missing[0], endMissing) {
		t.Fatalf("repair says %+v %v", res, err)
	}
	if n := m.readable(t, saved, o); n != left {
		t.Errorf("%d records were saved of %d", n, left)
	}
	if rep, err := Verify(saved, Deep, o.Keys); err != nil || len(rep.Problems) > 0 || rep.Torn != nil {
		t.Errorf("what was saved: %v %v", rep, err)
	}
	w, err := Append(saved, Options{Keys: o.Keys})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// Where another archive follows instead of the segment that should.
func TestAnotherArchiveInThePlaceOfTheEndIsNoEnd(t *testing.T) {
	t.Parallel()
	_, _, _, files := stored(t, "folder")
	other := newLab(t)
	other.must(other.run("a=b"))
	var joined []byte
	for _, name := range files[:2] {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		joined = append(joined, b...)
	}
	l := newLab(t)
	l.put(l.path, append(joined, other.data()...))
	rep, err := verify(l.memDisk, l.path, Quick)
	if err != nil || len(rep.Problems) != 1 || !strings.Contains(rep.Problems[0].Problem, "another is missing") {
		t.Fatalf("%v %v", rep.Problems, err)
	}
}

// A writer that is killed, or loses its power, at any moment between two
// segments must not leave anything that looks like a missing end.
func TestStoppedBetweenTwoSegmentsNothingSeemsToBeMissing(t *testing.T) {
	t.Parallel()
	seeds := 2
	if long {
		seeds = 20
	}
	for _, shape := range []string{"folder", "encrypted"} {
		for name, puts := range map[string][2][]string{
			"full in a run":        {{"one=" + text(1, 700)}, {"two=" + text(2, 9000), "three=" + text(3, 9000), "four=" + text(4, 9000)}},
			"full at a run's end":  {{"one=" + text(1, 700), "two=" + text(2, 9000), "three=" + text(3, 9000)}, {"four=" + text(4, 300)}},
			"killed after turning": {{"one=" + text(1, 18_000), "two=" + text(2, 300)}, {"three=" + text(3, 18_000), "four=" + text(4, 300)}},
		} {
			t.Run(shape+" "+name, func(t *testing.T) {
				t.Parallel()
				start := newFolderLab(t, shape)
				start.o.SegmentSize = 6 << 10
				start.must(start.run(puts[0]...))
				cases, turns, step := 0, 0, stride(map[string]int{"folder": 1, "encrypted": 13}[shape])
				for n := 1; ; n += step {
					l := start.again()
					l.fail, l.err, l.dead, l.short = n, syscall.EIO, true, n%2 == 0
					err := l.run(puts[1]...)
					if !l.hit {
						l.must(err)
						break
					}
					l.fail, l.hit, l.dead = 0, false, false
					for seed := range seeds + 1 {
						r := rand.New(rand.NewPCG(uint64(seed), uint64(n)))
						need, c := l.acked, l.again()
						if seed > 0 {
							need, c = start.acked, l.on(l.powerFailure(r))
						}
						if c.staged() {
							turns++
						}
						c.check(need)
						if r.IntN(2) == 0 { // the one who mends it is killed as well
							c.fail, c.err, c.dead = 1+r.IntN(60), syscall.EIO, true
							c.run("more=" + text(98, 300))
							if c.fail, c.hit, c.dead = 0, false, false; seed > 0 {
								c.memDisk = c.powerFailure(r)
							}
							c.check(need)
						}
						c.must(c.run("new=" + text(99, 800)))
						c.check(append(need[:len(need):len(need)], c.acked[len(c.acked)-1]))
						c.whole()
						if c.staged() {
							t.Fatalf("call %d: a segment that never came is left", n)
						}
						cases++
					}
				}
				t.Logf("%d cases, in %d of them another segment was under way", cases, turns)
				if turns == 0 && step < 100 {
					t.Error("no writer was stopped between two segments")
				}
			})
		}
	}
}

// staged reports whether a segment lies there that has not got its name.
func (l *folderLab) staged() bool {
	for name := range l.files {
		if _, ok := parseStaged(filepath.Base(name)); ok {
			return true
		}
	}
	return false
}

// Archives in folders that were written before segments said that another
// follows, and one from after that.
func TestFoldersOfFormat1OpenForEver(t *testing.T) {
	t.Parallel()
	if *makeGolden {
		writeGoldenFolder(t)
	}
	for _, name := range []string{"v1-folder", "v1-encrypted", "v1-continued"} {
		sums, err := os.ReadFile(filepath.Join(goldenDir, name+".sums"))
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		if err := os.CopyFS(filepath.Join(dir, name), os.DirFS(filepath.Join(goldenDir, name))); err != nil {
			t.Fatal(err)
		}
		path, keys := filepath.Join(dir, name)+"/", &Keys{Files: []string{filepath.Join(goldenDir, "v1-folder.key")}}
		r, err := Open(path, keys)
		if err != nil {
			t.Fatal(err)
		}
		var got strings.Builder
		for _, rec := range r.All() {
			b, err := r.Read(rec)
			if err != nil || hexSum(string(b)) != rec.SHA256 {
				t.Errorf("%s: %s: %v", name, rec.Path, err)
			}
			fmt.Fprintln(&got, rec.Path, rec.SHA256, rec.Kind, rec.ID)
		}
		if got.String() != string(sums) {
			t.Errorf("%s holds\n%s, and held\n%s", name, &got, sums)
		}
		if n := len(r.Infos()); n < 3 || len(r.Damage()) > 0 || r.Torn() != nil {
			t.Errorf("%s: %d segments, %v %v", name, n, r.Damage(), r.Torn())
		}
		r.Close()
		for range 2 {
			w, err := Append(path, Options{Keys: keys})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Put(Meta{Kind: KindConversation, ID: "new"}, []byte(text(77, 12_000))); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			if rep, err := Verify(path, Deep, keys); err != nil || rep.Torn != nil || len(rep.Problems) > 0 {
				t.Errorf("%s: after appending: %+v %v", name, rep, err)
			}
		}
		for file, is := range filesIn(t, filepath.Join(goldenDir, name)) {
			// What was full is never written again, whatever comes after it.
			if s, ok := parseSegName(file); ok && s.number < len(r.Infos()) {
				if b, err := os.ReadFile(filepath.Join(path, file)); err != nil || string(b) != is {
					t.Errorf("%s has been changed: %v", file, err)
				}
			}
		}
	}
}

// filesIn are the files of a folder and what is in them.
func filesIn(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			var b []byte
			b, err = os.ReadFile(filepath.Join(dir, name))
			files[name] = string(b)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func writeGoldenFolder(t *testing.T) {
	path := filepath.Join(goldenDir, "v1-continued") + "/"
	if _, err := os.Stat(path); err == nil {
		t.Fatal("the golden archives exist; they are never written again")
	}
	o := shapes(t)["folder"]
	o.Tool, o.SegmentSize = "gptsnap 0.1", 8<<10
	o.Now = newLab(t).o.Now
	m := model{}
	var sums strings.Builder
	for run := range 5 {
		w, err := Append(path, o)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 4 {
			if err := m.put(w, fmt.Sprintf("6f2c81aa-0000-4000-8000-00000000000%d", i+run%2), text(10*run+i, 900)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	m.check(t, path, o)
	r, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, rec := range r.All() {
		fmt.Fprintln(&sums, rec.Path, rec.SHA256, rec.Kind, rec.ID)
	}
	err = errors.Join(os.WriteFile(filepath.Join(goldenDir, "v1-continued.sums"), []byte(sums.String()), 0o644), os.Remove(filepath.Join(path, "archive.lock")))
	if err != nil {
		t.Fatal(err)
	}
}
