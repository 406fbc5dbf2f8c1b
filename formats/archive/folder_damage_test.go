package archive

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// stored makes an archive of a shape on the real disk, of several segments.
func stored(t testing.TB, shape string) (path string, m *model, o Options, files []string) {
	t.Helper()
	o = shapes(t)[shape]
	path, m = placeFor(t, shape), &model{}
	for run := range 6 {
		w, err := Append(path, o)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 4 {
			if err := m.put(w, fmt.Sprint("chat-", run, "-", i), text(run*10+i, 2500)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	names, err := osDisk{}.list(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if _, ok := parseSegName(name); ok {
			files = append(files, filepath.Join(path, name))
		}
	}
	slices.Sort(files)
	return path, m, o, files
}

// readable counts the records of which all bytes can be read; a wrong byte
// fails the test.
func (m *model) readable(t testing.TB, path string, o Options) (n int) {
	t.Helper()
	r, err := Open(path, o.Keys)
	if err != nil {
		return 0
	}
	defer r.Close()
	for _, rec := range r.All() {
		body, err := r.Read(rec)
		if want, ours := m.bodies[rec.Path]; err == nil && ours {
			if string(body) != want {
				t.Fatalf("%s: wrong bytes", rec.Path)
			}
			n++
		}
	}
	return n
}

func TestAFolderSaysWhichFileIsMissingDamagedOrForeign(t *testing.T) {
	t.Parallel()
	for _, shape := range []string{"folder", "encrypted"} {
		for _, c := range []struct {
			name string
			do   func(files []string) error
			says string // %s: the name of the second file
		}{
			{"missing", func(f []string) error { return os.Remove(f[1]) }, "segment 000002 is missing"},
			{"the first is missing", func(f []string) error { return os.Remove(f[0]) }, "segment 000001 is missing"},
			{"cut", func(f []string) error { return os.Truncate(f[1], 3000) }, "%s"},
			{"empty", func(f []string) error { return os.Truncate(f[1], 0) }, ""},
			{"twice", func(f []string) error {
				b, err := os.ReadFile(f[1])
				return errors.Join(err, os.WriteFile(strings.Replace(f[1], "000002-", "000002-0", 1)[:len(filepath.Dir(f[1]))+1]+"000002-00000000"+f[1][len(filepath.Dir(f[1]))+16:], b, 0o600))
			}, "two files are segment 000002"},
			{"another's", func(f []string) error {
				b, err := os.ReadFile(f[0])
				return errors.Join(err, os.Remove(f[1]), os.WriteFile(f[1], b, 0o600))
			}, "%s holds another segment"},
			{"zeros in the middle", func(f []string) error {
				b, err := os.ReadFile(f[1])
				clear(b[7000:7100])
				return errors.Join(err, os.WriteFile(f[1], b, 0o600))
			}, "%s"},
		} {
			t.Run(shape+" "+c.name, func(t *testing.T) {
				t.Parallel()
				path, m, o, files := stored(t, shape)
				if len(files) < 3 {
					t.Fatal(files)
				}
				second := filepath.Base(files[1])
				if err := c.do(files); err != nil {
					t.Fatal(err)
				}
				rep, err := Verify(path, Full, o.Keys)
				if err != nil {
					t.Fatal(err)
				}
				all := fmt.Sprint(rep.Problems)
				says := strings.ReplaceAll(c.says, "%s", second)
				if len(rep.Problems) == 0 || !strings.Contains(all, says) {
					t.Errorf("says %s, not %q", all, says)
				}
				if _, err := Append(path, o); err == nil && c.name != "zeros in the middle" { // bodies are not read for adding to them
					t.Error("it can still be added to")
				}
				left := m.readable(t, path, o)
				if left < len(m.paths)/2 {
					t.Errorf("%d of %d records can be read", left, len(m.paths))
				}
				saved := strings.TrimSuffix(path, "/") + "-saved/"
				res, err := Repair(path, saved, Options{Keys: o.Keys})
				if err != nil {
					t.Fatal(err)
				}
				if n := m.readable(t, saved, o); n < left {
					t.Errorf("repair saves %d, %d were readable: %+v", n, left, res)
				}
				if rep, err := Verify(saved, Deep, o.Keys); err != nil || len(rep.Problems) > 0 || rep.Torn != nil {
					t.Errorf("the repaired one: %v %v", rep, err)
				}
				if shape == "encrypted" {
					holdsNoneOf(t, saved, "chat", "word", "README")
				}
			})
		}
	}
}

func TestForeignFilesInAFolderAreNamedAndDoNoHarm(t *testing.T) {
	t.Parallel()
	path, m, o, files := stored(t, "folder")
	for _, name := range []string{"notes.txt", "000009-xyz.tar.zst", filepath.Base(files[0]) + " (conflicted copy)", ".DS_Store"} {
		if err := os.WriteFile(filepath.Join(path, name), []byte("hello"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	rep, err := Verify(path, Full)
	if err != nil || len(rep.Problems) > 0 || len(rep.Strangers) != 3 {
		t.Fatalf("%+v %v", rep, err)
	}
	for _, p := range rep.Strangers {
		if err := os.Remove(filepath.Join(path, p)); err != nil {
			t.Fatal(err)
		}
	}
	m.check(t, path, o)
	other := t.TempDir()
	os.WriteFile(filepath.Join(other, "holiday.jpg"), []byte("x"), 0o600)
	if _, err := Append(other, o); !errors.Is(err, ErrNotArchive) {
		t.Errorf("a folder with a photo: %v", err)
	}
	if _, err := Open(other); !errors.Is(err, ErrNotArchive) {
		t.Errorf("a folder with a photo: %v", err)
	}
}

func TestEveryCutOfTheLastFileHealsOrIsFound(t *testing.T) {
	t.Parallel()
	for _, shape := range []string{"folder", "encrypted"} {
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			path, m, o, files := stored(t, shape)
			last := files[len(files)-1]
			full, err := os.ReadFile(last)
			if err != nil {
				t.Fatal(err)
			}
			step := stride(map[string]int{"folder": 61, "encrypted": 211}[shape])
			first, err := firstFrame([16]byte{}, "gptsnap", time.Now(), func(i *Info) { i.After = uuidText([16]byte{}) })
			if err != nil {
				t.Fatal(err)
			}
			cases, next := 0, 0
			for n := 0; n < len(full); n = next {
				if next = n + step; n < len(first) && next > len(first) {
					next = len(first) // there a new segment ends
				}
				if err := os.WriteFile(last, full[:n], 0o600); err != nil {
					t.Fatal(err)
				}
				left := m.readable(t, path, o)
				rep, err := Verify(path, Full, o.Keys)
				if err != nil {
					t.Fatalf("cut at %d: %v", n, err)
				}
				if len(rep.Problems) == 0 && rep.Torn == nil && left < len(m.paths) {
					t.Fatalf("cut at %d: %d of %d records, and nothing is said", n, left, len(m.paths))
				}
				cases++
			}
			t.Logf("%d cuts", cases)
		})
	}
}

// Every bit of every file, when it is asked for; else some of each.
func TestEveryFlippedBitOfAnEncryptedFolderIsFound(t *testing.T) {
	t.Parallel()
	start := newFolderLab(t, "encrypted")
	start.o.SegmentSize = 6 << 10
	start.must(start.run("one="+text(1, 400), "two="+text(2, 900)))
	start.must(start.run("three="+text(3, 700), "again="+text(2, 900)))
	start.must(start.run("four=" + text(4, 300)))
	want := map[string]string{}
	for _, a := range start.acked {
		want[a.rec.Path] = a.body
	}
	files := slices.Sorted(maps.Keys(start.files))
	if len(files) < 4 || len(start.check(start.acked).Infos()) < 2 {
		t.Fatal(files)
	}
	for _, name := range files {
		if _, ok := parseSegName(filepath.Base(name)); !ok {
			continue
		}
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			l := start.again()
			data := l.files[name].data
			step, flips, readable := stride(1009), 0, len(want)
			for bit := 0; bit < 8*len(data); bit += step {
				data[bit/8] ^= 1 << (bit % 8)
				d, err := l.disk()
				if err == nil {
					var rep Report
					if rep, err = verify(d, l.root, Full); err == nil && len(rep.Problems) == 0 && rep.Torn == nil {
						t.Errorf("bit %d is not missed", bit)
					}
				}
				good := 0
				if d, err := l.disk(); err == nil {
					if r, err := openReader(d, l.root); err == nil {
						for _, rec := range r.All() {
							body, err := r.Read(rec)
							if is, ours := want[rec.Path]; err == nil && ours {
								if good++; string(body) != is {
									t.Fatalf("bit %d: wrong bytes for %s", bit, rec.Path)
								}
							}
						}
						r.Close()
					}
				}
				data[bit/8] ^= 1 << (bit % 8)
				readable = min(readable, good)
				flips++
			}
			t.Logf("%d flips in %d bytes; at least %d of %d records were readable", flips, len(data), readable, len(want))
		})
	}
}

func TestKeysThatDoNotFitAreNamedAndNothingIsWritten(t *testing.T) {
	t.Parallel()
	path, _, o, _ := stored(t, "encrypted")
	key := (*KeyError)(nil)
	if _, err := Open(path); !errors.As(err, &key) || !key.Missing {
		t.Errorf("without a key: %v", err)
	}
	wrong := filepath.Join(t.TempDir(), "other.txt")
	if err := os.WriteFile(wrong, []byte("AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	other := &Keys{Files: []string{wrong}}
	if _, err := Open(path, other); !errors.As(err, &key) || key.Missing {
		t.Errorf("with another key: %v", err)
	}
	if _, err := Verify(path, Quick, other); !errors.As(err, &key) {
		t.Errorf("with another key: %v", err)
	}
	if _, err := Append(path, Options{Keys: other}); !errors.As(err, &key) {
		t.Errorf("with another key: %v", err)
	}
	fresh := filepath.Join(t.TempDir(), "new") + "/"
	o.Keys = other
	if _, err := Append(fresh, o); !errors.As(err, &key) {
		t.Errorf("an archive that its maker could not read: %v", err)
	}
	if names, _ := (osDisk{}).list(fresh); len(names) > 0 {
		t.Errorf("%v are left", names)
	}
	if _, err := Append(filepath.Join(t.TempDir(), "a.tar.zst"), shapes(t)["encrypted"]); !errors.As(err, new(*ShapeError)) {
		t.Errorf("an encrypted file: %v", err)
	}
}

func TestNobodyIsLetInByAChangeOfSegmentsJSON(t *testing.T) {
	t.Parallel()
	path, _, o, _ := stored(t, "encrypted")
	name := filepath.Join(path, folderFile)
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	b = bytes.Replace(b, []byte(`"recipients": [`), []byte(`"recipients": ["age1lvyvwawkr0mcnnnncaghunadrqkmuf9e6507x9y920xxpp866cnql7dp2z",`), 1)
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Append(path, Options{Keys: o.Keys}); err == nil || !strings.Contains(err.Error(), "other recipients") {
		t.Errorf("a recipient was added by hand: %v", err)
	}
}

func TestArchivesAreStoredOtherwiseWithoutLoss(t *testing.T) {
	t.Parallel()
	ways := shapes(t)
	for from := range ways {
		t.Run(from, func(t *testing.T) {
			t.Parallel()
			rounds := 3
			if long {
				rounds = 60
			}
			for seed := range rounds {
				r := rand.New(rand.NewPCG(uint64(seed), uint64(len(from))))
				shape := from
				o, path, m := ways[shape], placeFor(t, shape), &model{}
				for op := range 8 + r.IntN(12) {
					switch k := r.IntN(7); {
					case op == 0, k < 4:
						w, err := Append(path, o)
						if err != nil {
							t.Fatal(err)
						}
						for range r.IntN(6) {
							if err := m.put(w, fmt.Sprint("chat-", r.IntN(6)), text(r.IntN(20), r.IntN(6000))); err != nil {
								t.Fatal(err)
							}
						}
						if err := w.Close(); err != nil {
							t.Fatal(err)
						}
					case k == 4:
						if _, err := Compact(path, CompactOptions{Options: o}); err != nil {
							t.Fatal(err)
						}
					default: // another shape
						to := []string{"file", "folder", "encrypted"}[r.IntN(3)]
						next := placeFor(t, to)
						c := CompactOptions{Options: ways[to], Output: next, Decrypt: true}
						c.Keys = ways["encrypted"].Keys
						if _, err := Compact(path, c); err != nil {
							t.Fatalf("%s to %s: %v", shape, to, err)
						}
						shape, path, o = to, next, ways[to]
					}
					m.check(t, path, o)
				}
				if shape == "encrypted" {
					holdsNoneOf(t, path, "chat", "word", "README", "records.jsonl", "sha256")
				}
			}
		})
	}
}
