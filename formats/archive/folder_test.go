package archive

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"filippo.io/age"
)

// An identity for tests, made once.
var testIdentity = func() *age.X25519Identity {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		panic(err)
	}
	return id
}()

// identityFile is a file with the identity of tests.
func identityFile(t testing.TB) string {
	name := filepath.Join(t.TempDir(), "key.txt")
	if err := os.WriteFile(name, []byte(testIdentity.String()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// shapes are the ways in which an archive can be stored, with small segments.
func shapes(t testing.TB) map[string]Options {
	small := Options{target: 2 << 10, large: 4 << 10}
	plain, secret := small, small
	plain.SegmentSize, secret.SegmentSize = 12<<10, 12<<10
	secret.Recipients = []string{testIdentity.Recipient().String()}
	secret.Keys = &Keys{Files: []string{identityFile(t)}}
	return map[string]Options{"file": small, "folder": plain, "encrypted": secret}
}

// placeFor is a path for an archive of a shape.
func placeFor(t testing.TB, shape string) string {
	if shape == "file" {
		return filepath.Join(t.TempDir(), "a.tar.zst")
	}
	return filepath.Join(t.TempDir(), "a") + "/"
}

// A model is what an archive should hold: path -> body, and the order.
type model struct {
	paths  []string
	bodies map[string]string
	metas  map[string]Meta
}

func (m *model) put(w *Writer, id, body string) error {
	rec, err := w.PutReader(Meta{Kind: KindConversation, ID: id, Status: 200, URL: "https://chat.example/c/" + id}, strings.NewReader(body))
	if err != nil {
		return err
	}
	if m.bodies == nil {
		m.bodies, m.metas = map[string]string{}, map[string]Meta{}
	}
	m.paths = append(m.paths, rec.Path)
	m.bodies[rec.Path] = body
	m.metas[rec.Path] = rec.Meta
	return nil
}

// check opens an archive and compares everything with the model.
func (m *model) check(t testing.TB, path string, o Options) {
	t.Helper()
	r, err := Open(path, o.Keys)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if r.Torn() != nil || len(r.Damage()) > 0 {
		t.Fatalf("%s: %v %v", path, r.Torn(), r.Damage())
	}
	var paths []string
	for _, rec := range r.All() {
		if rec.Kind == KindRun || rec.Kind == kindCheckpoint {
			continue
		}
		paths = append(paths, rec.Path)
		body, err := r.Read(rec)
		if err != nil || string(body) != m.bodies[rec.Path] {
			t.Fatalf("%s: %d bytes, want %d: %v", rec.Path, len(body), len(m.bodies[rec.Path]), err)
		}
		if want := m.metas[rec.Path]; fmt.Sprint(want) != fmt.Sprint(rec.Meta) {
			t.Fatalf("meta is\n%+v, was\n%+v", rec.Meta, want)
		}
	}
	if !slices.Equal(paths, m.paths) {
		t.Fatalf("%d records, want %d, or in another order", len(paths), len(m.paths))
	}
	for _, level := range []Level{Quick, Full, Deep} {
		rep, err := Verify(path, level, o.Keys)
		if err != nil || rep.Torn != nil || len(rep.Problems) > 0 || len(rep.Strangers) > 0 {
			t.Fatalf("level %d: %v %v %v %v", level, err, rep.Torn, rep.Problems, rep.Strangers)
		}
	}
}

func TestAFolderOfSegmentsIsAnArchiveLikeAnyOther(t *testing.T) {
	t.Parallel()
	for shape, o := range shapes(t) {
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			path, m := placeFor(t, shape), &model{}
			r := rand.New(rand.NewPCG(7, 7))
			for run := range 12 {
				w, err := Append(path, o)
				if err != nil {
					t.Fatal(err)
				}
				for i := range 1 + run%5 {
					size := r.IntN(1500)
					if i == 3 {
						size = 9000
					}
					if err := m.put(w, fmt.Sprint("chat-", r.IntN(9)), text(r.IntN(12), size)); err != nil {
						t.Fatal(err)
					}
				}
				if err := w.Close(); err != nil {
					t.Fatal(err)
				}
			}
			m.check(t, path, o)
			if shape == "file" {
				return
			}
			names, err := osDisk{}.list(path)
			if err != nil {
				t.Fatal(err)
			}
			t.Log(names)
			segments := map[string]bool{}
			for _, name := range names {
				if s, ok := parseSegName(name); ok {
					segments[name[:6]] = true
					if s.state == segHeld || s.state == segOpen {
						t.Errorf("%s was left", name)
					}
				}
			}
			if len(segments) < 3 {
				t.Errorf("only %d segments", len(segments))
			}
			if shape == "folder" { // cat makes one file of it
				var all []byte
				for _, name := range names {
					if _, ok := parseSegName(name); ok {
						b, err := os.ReadFile(filepath.Join(path, name))
						if err != nil {
							t.Fatal(err)
						}
						all = append(all, b...)
					}
				}
				one := filepath.Join(t.TempDir(), "one.tar.zst")
				if err := os.WriteFile(one, all, 0o600); err != nil {
					t.Fatal(err)
				}
				m.check(t, one, Options{})
			}
			if shape == "encrypted" {
				holdsNoneOf(t, path, "chat", "word", "README", "records.jsonl", "sha256")
			}
		})
	}
}

// holdsNoneOf looks for texts in everything in and beside a folder.
func holdsNoneOf(t testing.TB, dir string, texts ...string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(filepath.Dir(filepath.Clean(dir)), func(name string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		files++
		b, err := os.ReadFile(name)
		for _, s := range texts {
			if bytes.Contains(b, []byte(s)) || strings.Contains(e.Name(), s) {
				t.Errorf("%s holds %q in plain", name, s)
			}
		}
		return err
	})
	if err != nil || files == 0 {
		t.Fatal(files, err)
	}
}

func TestEncryptedFilesAreWhatTheAgeProgramReads(t *testing.T) {
	t.Parallel()
	o := shapes(t)["encrypted"]
	path, m := placeFor(t, "encrypted"), &model{}
	for run := range 4 {
		w, err := Append(path, o)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 6 {
			if err := m.put(w, fmt.Sprint("chat-", i), text(run*10+i, 3000)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	names, _ := osDisk{}.list(path)
	listed := ""
	for _, name := range names {
		if s, ok := parseSegName(name); ok && s.state == segRest { // each by itself
			listed += tool(t, "sh", "-c", `age -d -i "$0" "$1" | zstd -q -dc | tar -tf -`, o.Keys.Files[0], filepath.Join(path, name))
		}
	}
	for _, p := range m.paths {
		if !strings.Contains(listed, p+metaSuffix) {
			t.Errorf("%s is not in what the tools list", p)
		}
	}
	all := tool(t, "sh", "-c", `cd "$1" && for f in 0*.age; do age -d -i "$0" $f; done`, o.Keys.Files[0], path)
	one := filepath.Join(t.TempDir(), "one.tar.zst")
	if err := os.WriteFile(one, []byte(all), 0o600); err != nil {
		t.Fatal(err)
	}
	m.check(t, one, Options{})
}

func TestReadersBesideAWriterOfAFolderSeeWhatWasPut(t *testing.T) {
	t.Parallel()
	for _, shape := range []string{"folder", "encrypted"} {
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			o, path := shapes(t)[shape], placeFor(t, shape)
			w, err := Append(path, o)
			if err != nil {
				t.Fatal(err)
			}
			var put atomic.Int64
			ended := make(chan error)
			go func() {
				var err error
				for i := 0; i < 150 && err == nil; i++ {
					if _, err = w.Put(Meta{Kind: KindConversation, ID: fmt.Sprint("chat-", i)}, []byte(text(i, 1200))); err == nil {
						put.Store(int64(i + 1))
					}
				}
				ended <- errors.Join(err, w.Close())
			}()
			looks := 0
			for done := false; !done; looks++ {
				select {
				case err := <-ended:
					if err != nil {
						t.Fatal(err)
					}
					done = true
				default:
				}
				before := put.Load()
				r, err := Open(path, o.Keys)
				if err != nil {
					t.Fatal(err)
				}
				n := int64(0)
				for _, rec := range r.All() {
					if rec.Kind != KindConversation {
						continue
					}
					b, err := r.Read(rec)
					var i int
					fmt.Sscanf(rec.ID, "chat-%d", &i)
					if err != nil || string(b) != text(i, 1200) {
						t.Fatalf("%s: %v", rec.ID, err)
					}
					n++
				}
				if n < before || len(r.Damage()) > 0 {
					t.Fatalf("%d of %d records: %v", n, before, r.Damage())
				}
				if err := r.Close(); err != nil {
					t.Fatal(err)
				}
			}
			t.Logf("%d looks", looks)
		})
	}
}

// A folder whose last segment lacks its table, as while a writer is at work,
// must not be looked through from its beginning.
func TestOfAFolderOnlyTheLastSegmentIsWalkedThrough(t *testing.T) {
	t.Parallel()
	for _, shape := range []string{"folder", "encrypted"} {
		l := newFolderLab(t, shape)
		l.o.SegmentSize, l.o.target = 48<<10, 1<<10
		var puts []string
		for i := range 150 {
			puts = append(puts, fmt.Sprint(i, "=", text(i, 3000)))
		}
		l.must(l.run(puts...))
		r := l.check(nil)
		if len(r.Infos()) < 3 || r.Torn() != nil {
			t.Fatal(len(r.Infos()), r.Torn())
		}
		d, err := l.disk()
		l.must(err)
		count := func() int {
			l.calls = 0
			r, err := openReader(d, l.root)
			l.must(err)
			if len(r.Damage()) > 0 {
				t.Fatal(r.Damage())
			}
			return l.calls
		}
		ended := count()
		w, err := appendTo(d, l.root, l.o)
		l.must(err)
		for i := range 3 {
			l.must(l.putOne(w, fmt.Sprint("new", i, "=", text(200+i, 300))))
		}
		torn := count()
		last := w.g.frames
		w.lock.Close()
		t.Logf("%s: %d calls for what is ended, %d beside a writer; %d frames, %d in the last segment", shape, ended, torn, len(w.x.store.frames), last)
		if most := ended + 30; torn > most { // its 48 KiB are looked at 4 at a time
			t.Errorf("%s: %d calls, more than %d", shape, torn, most)
		}
		l.check(l.acked)
	}
}
