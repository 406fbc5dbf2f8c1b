package archive

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// long asks for the numbers that a release is tested with.
var long = os.Getenv("ARCHIVE_LONG")+os.Getenv("GPTSNAP_LONG") != ""

// stride thins out cases where the race detector makes them slow; it looks
// for other things than they do.
func stride(n int) int {
	switch {
	case raceOn || testing.Short():
		return 13 * n
	case long:
		return 1
	}
	return n
}

// text is content that compresses like an answer does.
func text(seed, n int) string {
	r := rand.New(rand.NewPCG(uint64(seed), 1))
	var b strings.Builder
	for b.Len() < n {
		fmt.Fprintf(&b, `{"id":"%d","text":"%s"},`, r.IntN(1000), strings.Repeat("word ", r.IntN(9)))
	}
	return b.String()[:n]
}

// history fills a lab with runs that hold everything the format knows: many
// frames, bodies over several frames, bodies that are the same, empty ones.
func history(l *lab) {
	l.must(l.run("one="+text(1, 700), "two="+text(2, 1500), "three=", "big="+text(4, 11_000), "four="+text(1, 700)))
	l.must(l.run("one="+text(5, 900), "again="+text(4, 11_000), "five="+text(6, 3000)))
	l.must(l.run("six=" + text(7, 300)))
}

// acksBefore counts the acknowledged records that a file cut at n must have.
func (l *lab) acksBefore(n int) int {
	return slices.IndexFunc(append(slices.Clone(l.acked), ack{end: 1 << 60}), func(a ack) bool { return a.end > int64(n) })
}

func TestCutAtEveryByteLosesNothingAndHeals(t *testing.T) {
	t.Parallel()
	for name, fill := range map[string]func(*lab){
		"many runs":  history,
		"large body": func(l *lab) { l.must(l.run("small="+text(1, 100), "large="+text(2, 30_000), "after=x")) },
		"one frame": func(l *lab) {
			l.o.target = 0
			l.must(l.run("a="+text(1, 3000), "b="+text(2, 5000), "c=", "d="+text(1, 3000)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t)
			fill(l)
			full := l.data()
			first, err := firstFrame([16]byte{}, "gptsnap", l.now)
			l.must(err)
			torn := 0
			for n := 0; n <= len(full); n += stride(1) {
				c := l.fork()
				c.put(c.path, full[:n])
				need := c.acksBefore(n)
				r := c.check(need) // as it is, read-only
				if n < len(first) {
					continue // an archive is created whole or not at all, so this is some other file
				}
				if r.Torn() != nil {
					torn++
				}
				if err := c.run("new=" + text(99, 800)); err != nil {
					t.Fatalf("cut at %d: %v", n, err)
				}
				c.acked = append(slices.Clone(c.acked[:need:need]), append(c.acked[len(c.acked)-1:], c.acked[need:len(c.acked)-1]...)...)
				if r := c.check(need + 1); r.Torn() != nil || r.Damage() != nil {
					t.Fatalf("cut at %d: after healing: %v %v", n, r.Torn(), r.Damage())
				}
				c.whole()
			}
			t.Logf("%d bytes, %d acknowledged records, %d cuts torn", len(full), len(l.acked), torn)
		})
	}
}

func TestCutAgainWhileHealing(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	history(l)
	full := l.data()
	cases := 0
	first, err := firstFrame([16]byte{}, "gptsnap", l.now)
	l.must(err)
	for n := len(first) + 100; n < len(full); n += stride(31) {
		c := l.fork()
		c.put(c.path, full[:n])
		w, err := appendTo(c.memDisk, c.path, c.o) // heals
		c.must(err)
		c.must(w.f.Close())
		w.lock.Close()
		healed := c.data()
		kept := min(n, len(healed))
		for kept > 0 && string(healed[:kept]) != string(full[:kept]) {
			kept--
		}
		for m := max(kept, len(first)); m <= len(healed); m += 5 { // what was healed is cut again
			cc := l.fork()
			cc.put(cc.path, healed[:m])
			cc.must(cc.run("new=x"))
			cc.acked = cc.acked[:cc.acksBefore(n)]
			cc.check(len(cc.acked))
			cc.whole()
			cases++
		}
	}
	t.Logf("%d cases", cases)
}

func TestEveryFlippedByteIsDetectedAndNeverReadAsData(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	history(l)
	full := l.data()
	perFrame := 4 // records in the fullest frame or body group
	unopened, fewest := 0, len(l.acked)
	flips := 0
	for n := 0; n < len(full); n += stride(1) {
		bits := []byte{0xff, 1 << (n % 8)}[n%2 : n%2+1]
		if long {
			bits = []byte{0xff, 1, 2, 4, 8, 16, 32, 64, 128}
		}
		for _, bit := range bits {
			flips++
			c := l.fork()
			c.put(c.path, full)
			c.data()[n] ^= bit
			r, err := openReader(c.memDisk, c.path)
			if err != nil {
				unopened++
				if d := (*DamageError)(nil); !errors.Is(err, ErrNotArchive) && !errors.As(err, &d) {
					t.Fatalf("byte %d: %v", n, err)
				}
				continue
			}
			good := 0
			for _, rec := range r.Records() {
				i := slices.IndexFunc(l.acked, func(a ack) bool { return a.rec.Path == rec.Path })
				if i < 0 {
					continue
				}
				if body, err := r.Read(rec); err == nil {
					if string(body) != l.acked[i].body || rec.ID != l.acked[i].rec.ID {
						t.Fatalf("byte %d: wrong body for %s", n, rec.Path)
					}
					good++
				}
			}
			fewest = min(fewest, good)
			levels := []Level{Full, Deep}
			if n%8 > 0 {
				levels = levels[:1]
			}
			for _, level := range levels {
				rep, err := verify(c.memDisk, c.path, level)
				if err == nil && rep.Torn == nil && len(rep.Problems) == 0 {
					t.Fatalf("byte %d: level %d does not see it", n, level)
				}
			}
		}
	}
	t.Logf("%d bytes, %d flips, %d refused, at least %d of %d records readable", len(full), flips, unopened, fewest, len(l.acked))
	if fewest < len(l.acked)-perFrame {
		t.Errorf("a flip costs %d records", len(l.acked)-fewest)
	}
	if unopened > 0 {
		t.Errorf("%d flips make the archive unreadable", unopened)
	}
}

func TestFailureAtEveryCallIsReportedAndHealed(t *testing.T) {
	t.Parallel()
	for _, f := range []struct {
		err   error
		short bool
	}{{syscall.EIO, false}, {syscall.ENOSPC, true}} {
		t.Run(f.err.Error(), func(t *testing.T) {
			t.Parallel()
			cases := 0
			for n := 1; ; n++ {
				l := newLabAt(t, fmt.Sprint(n))
				l.fail, l.err, l.short = n, f.err, f.short
				err := l.run("a="+text(1, 700), "b="+text(2, 9000), "c="+text(2, 9000), "d="+text(3, 2500), "e=x")
				if err == nil {
					err = l.run("f="+text(4, 700), "g="+text(5, 6000))
				}
				if !l.hit {
					break
				}
				if err == nil {
					t.Fatalf("call %d failed and nobody said so", n)
				}
				if !errors.Is(err, f.err) {
					t.Fatalf("call %d: %v does not say why", n, err)
				}
				need := len(l.acked)
				l.fail = 0
				l.check(need)
				l.must(l.run("new=" + text(99, 800)))
				l.check(need + 1)
				l.whole()
				for name := range l.files {
					if name != l.path {
						t.Fatalf("call %d: %s is left", n, name)
					}
				}
				cases++
			}
			t.Logf("%d calls", cases)
			if cases < 100 {
				t.Fatal("too few calls to mean anything")
			}
		})
	}
}

func TestFullDiskAtEverySize(t *testing.T) {
	t.Parallel()
	for room := int64(0); ; room += int64(stride(23)) {
		l := newLabAt(t, fmt.Sprint(room))
		l.room = room
		err := l.run("a="+text(1, 700), "b="+text(2, 9000), "c="+text(2, 9000), "d="+text(3, 2500))
		if err == nil {
			t.Logf("up to %d bytes", room)
			break
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("room for %d: %v", room, err)
		}
		need := len(l.acked)
		l.room = -1
		l.check(need)
		l.must(l.run("new=" + text(99, 800)))
		l.check(need + 1)
		l.whole()
	}
}

// After a power failure a disk holds what was synced, and of the writes since
// any, none, or parts.
func TestPowerFailureLosesNothingSynced(t *testing.T) {
	t.Parallel()
	seeds := 300 / stride(1)
	if long {
		seeds = 5000
	}
	for seed := range seeds {
		r := rand.New(rand.NewPCG(uint64(seed), 2))
		l := newLabAt(t, fmt.Sprint(seed))
		l.o.target = 16 << 10
		l.must(l.run("a="+text(1, 700), "b="+text(2, 9000)))
		w, err := appendTo(l.memDisk, l.path, l.o)
		l.must(err)
		safe := len(l.acked)
		for i := range r.IntN(12) {
			l.must(l.putOne(w, fmt.Sprintf("%d=%s", i, text(100+i, r.IntN(3000)))))
			if r.IntN(4) == 0 {
				l.must(w.Sync())
			}
			if len(l.files[l.path].pending) == 0 {
				safe = len(l.acked)
			}
		}
		w.lock.Close()
		l.memDisk = l.powerFailure(r)
		for i := safe; i < len(l.acked); i++ { // what comes back of the rest must still be right
			if l.acked[i].rec.SameAs != "" {
				t.Fatal("bodies should differ")
			}
		}
		l.check(safe)
		l.must(l.run("new=" + text(99, 800)))
		l.acked = append(l.acked[:safe:safe], l.acked[len(l.acked)-1])
		l.check(safe + 1)
		l.whole()
	}
}

// The power may also fail while a frame and its seal are on their way to the
// disk, which may keep the seal and lose what is before it.
func TestPowerFailureAtEveryCallLosesNothingSynced(t *testing.T) {
	t.Parallel()
	seeds := 1 + 6/stride(1)
	if long {
		seeds = 100
	}
	cases, lone := 0, 0
	for n := 1; ; n++ {
		l := newLabAt(t, fmt.Sprint(n))
		l.must(l.run("a=" + text(1, 700)))
		l.calls, l.fail, l.err, l.dead, l.short = 0, n, syscall.EIO, true, n%2 == 0
		safe := len(l.acked)
		if w, err := appendTo(l.memDisk, l.path, l.o); err == nil {
			putAll(w, []string{"b=" + text(2, 9000), "c=" + text(3, 2500), "d=" + text(4, 30_000), "e=" + text(5, 700), "f=" + text(6, 2700)}, func(w *Writer, p string) error {
				err := l.putOne(w, p)
				if len(l.files[l.path].pending) == 0 {
					safe = len(l.acked)
				}
				return err
			})
		}
		if !l.hit {
			break
		}
		for seed := range seeds {
			c := l.fork()
			c.memDisk = l.powerFailure(rand.New(rand.NewPCG(uint64(seed), uint64(n))))
			if r := c.check(safe); len(r.Damage()) > 0 {
				t.Fatalf("call %d: nothing is damaged: %v", n, r.Damage()[0])
			}
			if x, err := openIndex(&memHandle{d: c.memDisk, f: c.files[c.path]}, int64(len(c.data()))); err == nil && x.lone {
				lone++
			}
			c.must(c.run("new=" + text(99, 800)))
			c.acked = append(c.acked[:safe:safe], c.acked[len(c.acked)-1])
			c.check(safe + 1)
			c.whole()
			cases++
		}
	}
	t.Logf("%d cases, in %d of them a seal is there and its frame is not", cases, lone)
	if lone == 0 {
		t.Error("no seal outlived its frame")
	}
}

func TestDamageInTheMiddleIsNotTakenForATornEnd(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	history(l)
	n := len(l.acked)
	tooShort := len(l.data()) - 30 // no seek table at the end
	l.put(l.path, l.data()[:tooShort])
	frame := l.acked[5].end // somewhere in the second run
	copy(l.data()[frame-200:], make([]byte, 100))
	before := slices.Clone(l.data())
	err := l.run("new=x")
	if d := (*DamageError)(nil); !errors.As(err, &d) {
		t.Fatalf("appending to a damaged archive: %v", err)
	}
	if !slices.Equal(before, l.data()) {
		t.Fatal("the damaged file was changed")
	}
	r, err := openReader(l.memDisk, l.path)
	l.must(err)
	good := 0
	for _, rec := range r.Records() {
		if _, err := r.Read(rec); err == nil && rec.Kind == KindConversation {
			good++
		}
	}
	if len(r.Damage()) == 0 || good < n-3 {
		t.Fatalf("%d of %d readable, damage %v", good, n, r.Damage())
	}
}

func TestALongTornEndIsCopiedBeforeItIsCutOff(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	history(l)
	whole := slices.Clone(l.data())
	junk := slices.Repeat([]byte("junk"), 30_000)
	l.put(l.path, append(whole, junk...))
	l.must(l.run("new=x"))
	l.check(len(l.acked))
	l.whole()
	kept := false
	for name, f := range l.files {
		kept = kept || strings.HasPrefix(name, l.path+".torn-") && string(f.data) == string(junk)
	}
	if !kept {
		t.Fatal("no copy of what was cut off")
	}
}

func newLabAt(t testing.TB, name string) *lab {
	l := newLab(t)
	l.path += name
	return l
}
