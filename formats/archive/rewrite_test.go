package archive

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"
)

// A killed disk removes nothing, as a process that is killed removes nothing.
type killed struct{ *memDisk }

func (killed) remove(string) error { return nil }

// TestFailureAtEveryCallOfCompactLeavesTheArchive lets each call fail once, in
// a process that cleans up and in one that is killed there.
func TestFailureAtEveryCallOfCompactLeavesTheArchive(t *testing.T) {
	t.Parallel()
	base := newLab(t)
	history(base)
	before := slices.Clone(base.data())
	cases := 0
	for _, kill := range []bool{false, true} {
		for n := 1; ; n += stride(3) {
			l := base.fork()
			l.put(l.path, before)
			l.fail, l.err, l.short = n, syscall.EIO, true
			d := disk(l.memDisk)
			if kill {
				d = killed{l.memDisk}
			}
			p, err := compact(d, l.path, CompactOptions{Options: l.o})
			if !l.hit {
				l.must(err)
				if !p.Replaced {
					t.Fatalf("%+v", p)
				}
				break
			}
			if !errors.Is(err, syscall.EIO) && (err != nil || !p.Replaced) { // closing what was only read may fail
				t.Fatalf("call %d: %v", n, err)
			}
			l.fail = 0
			l.check(len(l.acked))
			if !p.Replaced && len(l.files) > 1 && !kill {
				t.Fatalf("call %d leaves %v", n, slices.Collect(maps.Keys(l.files)))
			}
			if _, err := compact(l.memDisk, l.path, CompactOptions{Options: l.o}); err != nil {
				t.Fatalf("call %d: afterwards: %v", n, err)
			}
			l.must(l.run("new=" + text(99, 800)))
			l.check(len(l.acked))
			l.whole()
			cases++
		}
	}
	t.Logf("%d calls", cases)
}

// TestFailureAtEveryCallOfRepairLeavesTheSource does the same with repair.
func TestFailureAtEveryCallOfRepairLeavesTheSource(t *testing.T) {
	t.Parallel()
	base := newLab(t)
	history(base)
	hit := slices.Clone(base.data())
	hit[len(hit)/2] ^= 4
	cases := 0
	for n := 1; ; n += stride(3) {
		l := base.fork()
		l.put(l.path, hit)
		l.fail, l.err, l.short = n, syscall.ENOSPC, true
		dst := l.path + ".new"
		_, err := repair(killed{l.memDisk}, l.path, dst, l.o)
		if !bytes.Equal(l.data(), hit) {
			t.Fatalf("call %d: repair has changed its source", n)
		}
		if !l.hit {
			l.must(err)
			break
		}
		if !errors.Is(err, syscall.ENOSPC) && (err != nil || l.files[dst] == nil) { // closing what was only read may fail
			t.Fatalf("call %d: %v", n, err)
		}
		l.fail = 0
		if l.files[dst] == nil {
			if _, err := repair(l.memDisk, l.path, dst, l.o); err != nil {
				t.Fatalf("call %d: afterwards: %v", n, err)
			}
		}
		if rep, err := verify(l.memDisk, dst, Deep); err != nil || len(rep.Problems) > 0 || rep.Torn != nil {
			t.Fatalf("call %d: %+v, %v", n, rep, err)
		}
		cases++
	}
	t.Logf("%d calls", cases)
}

// bodiesOf is all that an archive holds, which must be what its hashes say.
func bodiesOf(t *testing.T, d disk, path string) map[string]string {
	t.Helper()
	r, err := openReader(d, path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	all := map[string]string{}
	for _, rec := range r.Records() {
		if derived(rec.Kind) || rec.Kind == KindRepair {
			continue
		}
		body, err := r.Read(rec)
		if err != nil {
			var d *DamageError
			if !errors.As(err, &d) {
				t.Fatal(err)
			}
			continue
		}
		all[rec.ID+" "+rec.Path+" "+rec.SHA256] = string(body)
		if sumOf(body) != rec.SHA256 {
			all[rec.ID+" "+rec.Path+" "+rec.SHA256] = "wrong bytes"
		}
	}
	return all
}

// TestPagesZeroedSwappedAndDoubledAreFound damages whole pages, as disks and
// sync clients do.
func TestPagesZeroedSwappedAndDoubledAreFound(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	history(l)
	whole := slices.Clone(l.data())
	want := bodiesOf(t, l.memDisk, l.path)
	r := rand.New(rand.NewPCG(5, 5))
	rounds := 60
	if long {
		rounds = 5000
	}
	for range rounds {
		size := []int{512, 4096}[r.IntN(2)]
		page := func() int { return r.IntN(len(whole)/size) * size }
		b := slices.Clone(whole)
		from, to := page(), page()
		what := []string{"zeroed", "swapped", "doubled", "removed"}[r.IntN(4)]
		switch what {
		case "zeroed":
			clear(b[from : from+size])
		case "swapped":
			copy(b[from:from+size], whole[to:to+size])
			copy(b[to:to+size], whole[from:from+size])
		case "doubled":
			b = slices.Insert(b, from, whole[from:from+size]...)
		case "removed":
			b = slices.Delete(b, from, from+size)
		}
		if bytes.Equal(b, whole) {
			continue
		}
		what = fmt.Sprintf("page of %d at %d %s, %d", size, from, what, to)
		l.put(l.path, b)
		rep, err := verify(l.memDisk, l.path, Full)
		if err == nil && len(rep.Problems) == 0 && rep.Torn == nil {
			t.Fatalf("%s: not found", what)
		}
		if err != nil {
			continue // no archive any more, and it says so
		}
		dst := l.path + ".new"
		if _, err := repair(l.memDisk, l.path, dst, l.o); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		for key, body := range bodiesOf(t, l.memDisk, dst) {
			if want[key] != body {
				t.Fatalf("%s: %s holds other bytes, or is invented", what, key)
			}
		}
		delete(l.files, dst)
	}
}

// TestAnySequenceOfOperationsKeepsWhatTheModelKeeps holds runs, compaction,
// removal, joining, tearing and repair against a map.
func TestAnySequenceOfOperationsKeepsWhatTheModelKeeps(t *testing.T) {
	t.Parallel()
	rounds := 15
	if long {
		rounds = 2000
	}
	for seed := range rounds {
		r := rand.New(rand.NewPCG(uint64(seed), 9))
		l := newLab(t)
		var log []string
		step := 0
		put := func(l *lab, n int) {
			var puts []string
			for range n {
				step++
				puts = append(puts, fmt.Sprintf("id-%d=%s", r.IntN(5), text(r.IntN(6), 1+r.IntN(9000))))
			}
			l.must(l.run(puts...))
		}
		put(l, 2)
		model := bodiesOf(t, l.memDisk, l.path)
		for range 10 {
			op := []string{"run", "run", "compact", "remove", "join", "tear", "repair"}[r.IntN(7)]
			log = append(log, op)
			gone := ""
			switch op {
			case "run":
				had := bodiesOf(t, l.memDisk, l.path)
				put(l, 1+r.IntN(4))
				for key, body := range bodiesOf(t, l.memDisk, l.path) {
					if _, ok := had[key]; !ok {
						model[key] = body
					}
				}
			case "compact":
				_, err := compact(l.memDisk, l.path, CompactOptions{Options: l.o})
				l.must(err)
			case "remove":
				gone = fmt.Sprintf("id-%d", r.IntN(5))
				_, err := compact(l.memDisk, l.path, CompactOptions{Options: l.o, Edit: func(rec Record, _ func() ([]byte, error)) (Edit, error) {
					return Edit{Drop: rec.ID == gone}, nil
				}})
				l.must(err)
				maps.DeleteFunc(model, func(key, _ string) bool { return key[:len(gone)+1] == gone+" " })
			case "join":
				o := newLab(t)
				o.now = o.now.AddDate(0, step+1, 0)
				put(o, 2)
				maps.Copy(model, bodiesOf(t, o.memDisk, o.path))
				l.put(l.path, append(slices.Clone(l.data()), o.data()...))
			case "tear": // a run that was killed, and healed by the next
				l.put(l.path, append(slices.Clone(l.data()), 0x28, 0xb5, 0x2f, 0xfd, 4, 0x38))
				l.must(l.run())
			case "repair":
				_, err := repair(l.memDisk, l.path, l.path+".new", l.o)
				l.must(err)
				l.must(l.rename(l.path+".new", l.path))
			}
			if got := bodiesOf(t, l.memDisk, l.path); !maps.Equal(got, model) {
				t.Fatalf("seed %d, %v: %d records, %d expected", seed, log, len(got), len(model))
			}
			l.whole()
			if gone != "" && bytes.Contains(l.data(), []byte(gone+" ")) {
				t.Fatalf("seed %d: %s is still in the file", seed, gone)
			}
		}
	}
}
