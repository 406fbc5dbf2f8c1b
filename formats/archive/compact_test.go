package archive

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// grown makes an archive of n conversations in several runs, each longer in
// each run, with a file above 4 MiB and a picture; it returns what is in it.
func grown(t *testing.T, path string, n, runs int) map[string]string {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	want := map[string]string{}
	texts := make([]string, n)
	for run := range runs {
		w, err := Append(path, Options{Now: func() time.Time { now = now.Add(time.Second); return now }})
		if err != nil {
			t.Fatal(err)
		}
		put := func(m Meta, body string) {
			rec, err := w.Put(m, []byte(body))
			if err != nil {
				t.Fatal(err)
			}
			want[rec.Path] = body
		}
		for i := range texts {
			for range 2000 {
				texts[i] += fmt.Sprintf("%d ", r.IntN(1000))
			}
			put(Meta{Kind: KindConversation, ID: fmt.Sprintf("chat-%d", i)}, texts[i])
		}
		put(Meta{Kind: KindConversation, ID: "same-as-0"}, texts[0])
		if run == 0 {
			large := make([]byte, 5<<20)
			for i := range large {
				large[i] = byte(r.Uint32())
			}
			put(Meta{Kind: KindFile, ID: "large", Name: "large.bin"}, string(large))
			put(Meta{Kind: KindFile, ID: "picture", Name: "p.png"}, string(large[:700<<10]))
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return want
}

// holds checks that an archive is whole and holds exactly what it should, in
// the order of writing.
func holds(t *testing.T, path string, want map[string]string) {
	t.Helper()
	rep, err := Verify(path, Deep)
	if err != nil || rep.Torn != nil || len(rep.Problems) > 0 {
		t.Fatalf("verify: %+v, %v", rep, err)
	}
	r, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	n, last := 0, int64(0)
	for _, rec := range r.Records() {
		if derived(rec.Kind) || rec.Kind == KindTombstone {
			continue
		}
		n++
		body, err := r.Read(rec)
		if err != nil || string(body) != want[rec.Path] {
			t.Fatalf("%s: %v, or other bytes", rec.Path, err)
		}
		if rec.Seq <= last {
			t.Fatalf("record %d comes after record %d", rec.Seq, last)
		}
		last = rec.Seq
	}
	if n != len(want) {
		t.Fatalf("%d records, want %d", n, len(want))
	}
}

func TestCompactKeepsEverythingInLessRoom(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.tar.zst")
	want := grown(t, path, 20, 4)
	for range 2 {
		p, err := Compact(path, CompactOptions{})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%+v", p)
		holds(t, path, want)
		w, err := Append(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		rec, err := w.Put(Meta{Kind: KindConversation, ID: "later"}, fmt.Appendf(nil, "later %d", len(want)))
		if err != nil {
			t.Fatal(err)
		}
		want[rec.Path] = fmt.Sprintf("later %d", len(want))
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		holds(t, path, want)
	}
	// What is not smaller stays as it is.
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if p, err := Compact(path, CompactOptions{}); err != nil || p.Replaced && p.After >= p.Before {
		t.Fatalf("%+v, %v, from %d bytes", p, err, len(before))
	}
}

func TestCompactJoinedArchivesStayReadable(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	want := grown(t, a, 3, 2)
	w, err := Append(b, Options{})
	if err != nil {
		t.Fatal(err)
	}
	rec, err := w.Put(Meta{Kind: "listing", ID: "other"}, []byte("other"))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	x, _ := os.ReadFile(a)
	y, _ := os.ReadFile(b)
	if err := os.WriteFile(a, append(x, y...), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Compact(a, CompactOptions{}); err != nil {
		t.Fatal(err)
	}
	want[rec.Path] = "other"
	rep, err := Verify(a, Deep)
	if err != nil || len(rep.Problems) > 0 || rep.Torn != nil || rep.Records != len(want) {
		t.Fatalf("%+v, %v", rep, err)
	}
}

// TestWhatIsRemovedIsGoneFromEveryByte looks for removed words in the file and
// in all that it unpacks to; what others have in common with it stays.
func TestWhatIsRemovedIsGoneFromEveryByte(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.tar.zst")
	want := grown(t, path, 4, 3)
	secret := "what nobody must ever read"
	w, err := Append(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []Meta{{Kind: KindConversation, ID: "secret"}, {Kind: KindListing, ID: "list"}} {
		body := secret + m.Kind
		rec, err := w.Put(m, []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		if m.Kind == KindListing {
			want[rec.Path] = "cleaned"
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for name := range want {
		if strings.Contains(name, "chat-0/") || strings.Contains(name, "/large/") {
			delete(want, name)
		}
	}
	p, err := Compact(path, CompactOptions{
		Edit: func(rec Record, read func() ([]byte, error)) (Edit, error) {
			if rec.ID == "secret" || rec.ID == "chat-0" || rec.ID == "large" {
				return Edit{Drop: true}, nil
			}
			body, err := read()
			if bytes.Contains(body, []byte(secret)) {
				return Edit{Body: []byte("cleaned"), Note: "cleaned"}, err
			}
			return Edit{}, err
		},
		Last: func(put func(Meta, []byte) (Record, error), dropped []Record) error {
			_, err := put(Meta{Kind: KindTombstone, ID: "secret"}, fmt.Appendf(nil, "%d", len(dropped)))
			return err
		},
	})
	if err != nil || !p.Replaced || p.Dropped != 5 || p.Edited != 1 {
		t.Fatalf("%+v, %v", p, err)
	}
	holds(t, path, want) // "same-as-0" has the bytes of the removed chat-0
	raw, err := os.ReadFile(path)
	if err != nil || bytes.Contains(raw, []byte(secret)) {
		t.Fatalf("the file contains the secret, or %v", err)
	}
	r, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for n := range r.x.store.frames {
		b, err := r.x.store.frame(n)
		if err != nil || bytes.Contains(b.raw, []byte(secret)) || bytes.Contains(b.raw, []byte("chat-0")) {
			t.Fatalf("frame %d contains what was removed, or %v", n, err)
		}
		b.release()
	}
}

func TestDamagedArchivesAreNotCompacted(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.tar.zst")
	raw, err := os.ReadFile("../../testdata/archives/v1-flipped.tar.zst")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Compact(path, CompactOptions{}); err == nil {
		t.Fatal("a damaged archive was compacted")
	}
	if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, raw) {
		t.Fatal("the damaged archive was changed", err)
	}
}
