package archive

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// A folderLab is a folder in memory; only its lock is a real file.
type folderLab struct {
	testing.TB
	*memDisk
	root  string
	o     Options
	acked []ack
}

func newFolderLab(t testing.TB, shape string) *folderLab {
	l := &folderLab{TB: t, memDisk: newMemDisk(), root: t.TempDir(), o: shapes(t)[shape]}
	l.o.SegmentSize = 14 << 10
	return l
}

// again is a lab with the same files, in a disk of its own.
func (l *folderLab) again() *folderLab {
	c := newMemDisk()
	for name, f := range l.files {
		c.put(name, f.data)
	}
	return l.on(c)
}

// on is a lab with the same history on another disk.
func (l *folderLab) on(d *memDisk) *folderLab {
	c := *l
	c.memDisk, c.acked = d, slices.Clip(l.acked)
	return &c
}

// disk is what Append would work on.
func (l *folderLab) disk() (disk, error) {
	if hasSegments(l.memDisk, l.root) {
		f, err := openFolder(l.memDisk, l.root, l.o.Keys)
		if err != nil {
			return nil, err
		}
		return f, nil
	}
	return newFolder(l.memDisk, l.root, l.o)
}

func (l *folderLab) run(puts ...string) error {
	d, err := l.disk()
	if err != nil {
		return err
	}
	w, err := appendTo(d, l.root, l.o)
	if err != nil {
		return err
	}
	return putAll(w, puts, l.putOne)
}

func (l *folderLab) putOne(w *Writer, p string) error {
	id, body, _ := strings.Cut(p, "=")
	rec, err := w.PutReader(Meta{Kind: KindConversation, ID: id}, strings.NewReader(body))
	if err == nil {
		l.acked = append(l.acked, ack{rec: rec, body: body})
	}
	return err
}

func (l *folderLab) must(err error) {
	l.Helper()
	if err != nil {
		l.Fatal(err)
	}
}

// check opens the archive: each of the acks must be there, with its body.
func (l *folderLab) check(need []ack) *Reader {
	l.Helper()
	d, err := l.disk()
	l.must(err)
	r, err := openReader(d, l.root)
	if errors.Is(err, fs.ErrNotExist) && len(need) == 0 {
		return nil
	}
	l.must(err)
	if d := r.Damage(); len(d) > 0 {
		l.Fatalf("nothing is damaged: %v", d[0])
	}
	held := map[string]string{}
	for _, rec := range r.All() {
		body, err := r.Read(rec)
		l.must(err)
		held[rec.Path] = string(body)
	}
	for _, a := range need {
		if body, ok := held[a.rec.Path]; !ok || body != a.body {
			l.Fatalf("%s was acknowledged and is lost", a.rec.Path)
		}
	}
	return r
}

func (l *folderLab) whole() {
	l.Helper()
	d, err := l.disk()
	l.must(err)
	rep, err := verify(d, l.root, Deep)
	if err != nil || rep.Torn != nil || len(rep.Problems) > 0 || len(rep.Strangers) > 0 {
		l.Fatalf("%v %v %v %v", rep.Problems, rep.Torn, err, rep.Strangers)
	}
}

// fill is three runs in which a segment becomes full in the middle of one.
func (l *folderLab) fill() error {
	for _, puts := range [][]string{
		{"one=" + text(1, 700), "two=" + text(2, 1500), "big=" + text(4, 11_000), "four=" + text(1, 700)},
		{"one=" + text(5, 900), "again=" + text(4, 11_000), "five=" + text(6, 9000), "six=" + text(7, 9000)},
		{"seven=" + text(8, 300)},
	} {
		if err := l.run(puts...); err != nil {
			return err
		}
	}
	return nil
}

func TestFailureAtEveryCallOfAFolderLosesNothing(t *testing.T) {
	t.Parallel()
	for _, shape := range []string{"folder", "encrypted"} {
		for _, killed := range []bool{false, true} {
			t.Run(fmt.Sprint(shape, " killed ", killed), func(t *testing.T) {
				t.Parallel()
				step, cases := map[string]int{"folder": 1, "encrypted": 19}[shape], 0
				if long {
					step = 1
				}
				for n := 1; ; n += step {
					l := newFolderLab(t, shape)
					l.fail, l.err, l.short, l.dead = n, []error{syscall.EIO, syscall.ENOSPC}[n%2], n%3 == 0, killed
					err := l.fill()
					if !l.hit {
						l.must(err)
						break
					}
					cases++
					l.fail, l.hit, l.dead = 0, false, false
					need := slices.Clone(l.acked)
					l.check(need)
					l.must(l.run("new=" + text(99, 800)))
					if r := l.check(append(need, l.acked[len(l.acked)-1])); r.Torn() != nil || r.Damage() != nil {
						t.Fatalf("call %d: %v %v", n, r.Torn(), r.Damage())
					}
					l.whole()
				}
				t.Logf("%d calls", cases)
				if cases < 15 {
					t.Error("too few calls to mean anything")
				}
			})
		}
	}
}

func TestFailureAtEveryCallOfCompactingAFolderLeavesTheArchive(t *testing.T) {
	t.Parallel()
	for _, shape := range []string{"folder", "encrypted"} {
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			start := newFolderLab(t, shape)
			start.must(start.fill())
			step, cases, done := map[string]int{"folder": 5, "encrypted": 29}[shape], 0, 0
			if long {
				step = 1
			}
			for n := 1; ; n += step {
				l := start.again()
				l.fail, l.err, l.dead = n, syscall.EIO, n%2 == 0
				d, err := l.disk()
				if err == nil {
					_, err = compact(d, l.root, CompactOptions{Options: l.o, Edit: func(Record, func() ([]byte, error)) (Edit, error) { return Edit{}, nil }})
				}
				if !l.hit {
					l.must(err)
					break
				}
				cases++
				if err == nil {
					done++ // what failed was no more than cleaning up
				}
				l.fail, l.hit, l.dead = 0, false, false
				l.check(l.acked)
				l.must(l.run("new=" + text(99, 800)))
				l.check(l.acked)
				l.whole()
				for name := range l.files {
					if s, ok := parseSegName(filepath.Base(name)); strings.HasSuffix(name, stagingMark) || ok && (s.state == segHeld || s.state == segOpen) {
						t.Errorf("call %d: %s is left", n, name)
					}
				}
			}
			t.Logf("%d calls, %d of no matter", cases, done)
		})
	}
}

// After a power failure what was synced is there, and of other files any part.
func TestPowerFailureLosesNothingSyncedOfAFolder(t *testing.T) {
	t.Parallel()
	for _, shape := range []string{"folder", "encrypted"} {
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			seeds := 24
			if long {
				seeds = 2000
			}
			for seed := range seeds {
				r := rand.New(rand.NewPCG(uint64(seed), 3))
				l := newFolderLab(t, shape)
				l.o.target = 8 << 10
				l.must(l.run("a="+text(1, 700), "b="+text(2, 9000)))
				d, err := l.disk()
				l.must(err)
				w, err := appendTo(d, l.root, l.o)
				l.must(err)
				safe := len(l.acked)
				for i := range r.IntN(16) {
					l.must(l.putOne(w, fmt.Sprintf("%d=%s", i, text(100+i, r.IntN(3000)))))
					if r.IntN(4) == 0 {
						l.must(w.Sync())
					}
					if !slices.ContainsFunc(slices.Collect(mapValues(l.files)), func(f *memFile) bool { return len(f.pending) > 0 }) {
						safe = len(l.acked)
					}
				}
				w.lock.Close()
				l.memDisk = l.powerFailure(r)
				l.check(l.acked[:safe])
				l.must(l.run("new=" + text(99, 800)))
				l.check(append(l.acked[:safe:safe], l.acked[len(l.acked)-1]))
				l.whole()
			}
		})
	}
}

func mapValues(files map[string]*memFile) func(func(*memFile) bool) {
	return func(yield func(*memFile) bool) {
		for _, f := range files {
			if !yield(f) {
				return
			}
		}
	}
}
