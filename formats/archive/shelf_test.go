package archive

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// A countingDisk knows how many files are open on it.
type countingDisk struct {
	osDisk
	mu        sync.Mutex
	now, most int
	opened    int
}

type countedFile struct {
	file
	d    *countingDisk
	once sync.Once
}

func (d *countingDisk) open(name string, flag int) (file, error) {
	f, err := d.osDisk.open(name, flag)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.opened++
	d.now++
	d.most = max(d.most, d.now)
	return &countedFile{file: f, d: d}, nil
}

func (f *countedFile) Close() error {
	f.once.Do(func() {
		f.d.mu.Lock()
		f.d.now--
		f.d.mu.Unlock()
	})
	return f.file.Close()
}

// A lazyDisk does not wait for what it writes to be on the disk.
type lazyDisk struct{ osDisk }

type lazyFile struct{ file }

func (lazyDisk) open(name string, flag int) (file, error) {
	f, err := osDisk{}.open(name, flag)
	return lazyFile{f}, err
}
func (lazyFile) Sync() error          { return nil }
func (lazyDisk) syncDir(string) error { return nil }

// manySegments is a folder of n segments, each with a record: an archive in
// one file, cut where its segments begin.
func manySegments(t testing.TB, n int) (root string, bodies map[string]string) {
	t.Helper()
	one := filepath.Join(t.TempDir(), "one.tar.zst")
	w, err := appendTo(lazyDisk{}, one, Options{})
	if err != nil {
		t.Fatal(err)
	}
	bodies = map[string]string{}
	for i := range n {
		body := text(i, 200+i%300)
		rec, err := w.Put(Meta{Kind: KindConversation, ID: fmt.Sprint("chat-", i)}, []byte(body))
		if err == nil && i+1 < n {
			err = w.nextSegment()
		}
		if err != nil {
			t.Fatal(err)
		}
		bodies[rec.Path] = body
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	all, err := os.ReadFile(one)
	if err != nil {
		t.Fatal(err)
	}
	root = t.TempDir()
	for i, g := range w.x.layout.segs {
		end := int64(len(all))
		if i+1 < n {
			end = w.x.layout.segs[i+1].start
		}
		s := segFile{number: i + 1, uuid: uuidText(g.uuid)[:8], to: -1}
		if err := os.WriteFile(filepath.Join(root, s.rename()), all[g.start:end], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root, bodies
}

func TestFewFilesAreOpenHoweverManySegmentsThereAre(t *testing.T) {
	t.Parallel()
	segments, most := 400, 8
	if long {
		segments = 2000
	}
	root, bodies := manySegments(t, segments)
	d := &countingDisk{}
	onFew := func() *folder {
		f, err := openFolder(d, root, nil)
		if err != nil {
			t.Fatal(err)
		}
		f.shelf.most = most
		return f
	}
	r, err := openReader(onFew(), root)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Damage()) > 0 || r.Torn() != nil || len(r.Infos()) != segments {
		t.Fatalf("%d segments, %v %v", len(r.Infos()), r.Damage(), r.Torn())
	}
	const readers = 8
	var crew sync.WaitGroup
	for k := range readers {
		crew.Go(func() {
			order := rand.New(rand.NewPCG(uint64(k), 1)).Perm(r.Len())
			for _, i := range order[:min(len(order), 300)] {
				rec := r.Record(i)
				if want, ours := bodies[rec.Path]; ours {
					if b, err := r.Read(rec); err != nil || string(b) != want {
						t.Errorf("%s: %v", rec.Path, err)
					}
				}
			}
		})
	}
	crew.Wait()
	if limit := most + readers + 3; d.most > limit || d.opened < segments {
		t.Errorf("%d files were open at once, of %d opened; want at most %d", d.most, d.opened, limit)
	}
	if err := r.Close(); err != nil || d.now != 0 {
		t.Errorf("%d files are still open: %v", d.now, err)
	}
	rep, err := verify(onFew(), root, Deep)
	if err != nil || len(rep.Problems) > 0 || rep.Torn != nil || rep.Segments != segments {
		t.Errorf("%+v %v", rep, err)
	}
	f := onFew()
	w, err := appendTo(f, root, Options{Shape: Shape{SegmentSize: 1}})
	if err != nil {
		t.Fatal(err)
	}
	f.head.Size = 1 // so that each record begins another segment
	for i := range 40 {
		if _, err := w.Put(Meta{Kind: KindConversation, ID: fmt.Sprint("new-", i)}, []byte(text(10_000+i, 300))); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if rep, err = verify(onFew(), root, Full); err != nil || len(rep.Problems) > 0 || rep.Torn != nil || rep.Segments != segments+40 {
		t.Errorf("%+v %v", rep, err)
	}
	if d.most > most+readers+3 || d.now != 0 {
		t.Errorf("%d files were open at once, %d are still", d.most, d.now)
	}
}

func TestAFileThatIsAnotherWhenItIsOpenedAgainIsNotRead(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(files []string) error{
		"gone":   func(f []string) error { return os.Remove(f[0]) },
		"longer": func(f []string) error { return os.WriteFile(f[0], []byte(text(1, 20_000)), 0o600) },
		"another": func(f []string) error {
			b, err := os.ReadFile(f[0])
			return errors.Join(err, os.Rename(f[0], f[0]+".old"), os.WriteFile(f[0], b, 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path, m, _, files := stored(t, "folder")
			f, err := openFolder(osDisk{}, realPath(path), nil)
			if err != nil {
				t.Fatal(err)
			}
			f.shelf.most = 1
			r, err := openReader(f, f.root)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			if err := change(files); err != nil {
				t.Fatal(err)
			}
			refused := 0
			for _, rec := range r.All() {
				b, err := r.Read(rec)
				switch want, ours := m.bodies[rec.Path]; {
				case err != nil && strings.Contains(err.Error(), "compacted while it was read") && !errors.Is(err, fs.ErrNotExist):
					refused++
				case err != nil:
					t.Fatal(err)
				case ours && string(b) != want:
					t.Fatalf("%s: wrong bytes", rec.Path)
				}
			}
			if refused == 0 {
				t.Error("another file was read, or none")
			}
		})
	}
}
