package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"testing"
)

func TestVerifyingDeepShowsEveryBodyOnceAndOddOnesInOrder(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.must(l.run("a="+text(1, 300), "large="+text(2, 60_000), "b=odd", "c="+text(3, 2500)))
	l.must(l.run("a="+text(4, 900), "again="+text(2, 60_000), "d=odd"))
	w, err := appendTo(l.memDisk, l.path, l.o)
	l.must(err)
	_, err = w.Put(Meta{Kind: KindFile, ID: "file"}, []byte("odd")) // the same bytes as another kind
	l.must(err)
	_, err = w.Put(Meta{Kind: KindMissing, ID: "not wanted"}, []byte("odd too"))
	l.must(err)
	l.must(w.Close())
	l.must(l.run(func() (many []string) {
		for i := range 60 {
			many = append(many, fmt.Sprintf("m%d=%s", i, text(100+i, 50*i)))
		}
		return many
	}()...))
	w, err = appendTo(l.memDisk, l.path, l.o) // a writer that was killed leaves a torn end
	l.must(err)
	l.must(l.putOne(w, "torn="+text(9, 400)))
	l.must(l.putOne(w, "end=odd at the end"))
	l.must(w.lock.Close())

	var mu sync.Mutex
	seen := map[string]int{}
	told := 0
	look := Look{
		Wants: func(rec *Record) bool { return rec.Kind != KindMissing },
		Odd: func(rec *Record, read func() ([]byte, error), open func() (io.ReadCloser, error)) string {
			b, err := read()
			in, err2 := open()
			if err != nil || err2 != nil {
				return fmt.Sprint(err, err2)
			}
			defer in.Close()
			streamed, err := io.ReadAll(in)
			if err != nil || string(streamed) != string(b) || hexSum(string(b)) != rec.SHA256 {
				return "these are not its bytes"
			}
			mu.Lock()
			seen[rec.Kind+" "+string(b)]++
			mu.Unlock()
			if len(b) >= 3 && string(b[:3]) == "odd" {
				return "odd " + rec.Kind
			}
			return ""
		},
		Progress: func(done, total int) { told++ },
	}
	rep, err := verifyWith(t.Context(), l.memDisk, l.path, Deep, &look)
	if err != nil || len(rep.Problems) > 0 || rep.Torn == nil {
		t.Fatalf("%+v %v", rep, err)
	}
	want := []Problem{{-1, KindConversation, "b", "odd conversation"}, {-1, KindFile, "file", "odd file"}, {-1, KindConversation, "end", "odd conversation"}}
	if !slices.Equal(look.odd, want) {
		t.Errorf("odd are %+v, want %+v", look.odd, want)
	}
	bodies := map[string]bool{"file odd": true}
	for _, a := range l.acked {
		bodies["conversation "+a.body] = true
	}
	for b := range bodies {
		if seen[b] != 1 {
			t.Errorf("%.40q was looked at %d times", b, seen[b])
		}
	}
	if len(seen) != len(bodies) || told == 0 {
		t.Errorf("%d bodies were looked at, there are %d; progress was told %d times", len(seen), len(bodies), told)
	}

	stopped, stop := context.WithCancelCause(t.Context())
	enough := errors.New("enough")
	look.Wants = func(*Record) bool { stop(enough); return false }
	if _, err := verifyWith(stopped, l.memDisk, l.path, Deep, &look); !errors.Is(err, enough) {
		t.Errorf("stopped, it says %v", err)
	}
}
