package archive

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
)

func TestManyRunsReadBackAsPut(t *testing.T) {
	p := filepath.Join(t.TempDir(), "a.tar.zst")
	want := map[string][]byte{}
	for run := range 20 {
		w, err := Append(p, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 10 {
			id := fmt.Sprintf("%d-%d", run, i)
			b := bytes.Repeat([]byte(fmt.Sprintf("{\"a\":%d}", run*100+i)), 1+i*1000)
			if run == 1 && i == 3 {
				b = make([]byte, 9<<20)
				for i := range b {
					b[i] = byte(rand.Uint32())
				}
			}
			rec, err := w.Put(Meta{Kind: KindConversation, ID: id}, b)
			if err != nil {
				t.Fatal(err)
			}
			want[id] = b
			got, err := w.Read(rec)
			if err != nil || !bytes.Equal(got, b) {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	r, err := Open(p)
	if err != nil {
		t.Fatal(err)
	}
	if r.Torn() != nil || r.Damage() != nil {
		t.Fatal(r.Torn(), r.Damage())
	}
	n := 0
	for _, rec := range r.Latest(KindConversation) {
		b, err := r.Read(rec)
		if err != nil || !bytes.Equal(b, want[rec.ID]) {
			t.Fatal(rec, err)
		}
		n++
	}
	if n != len(want) {
		t.Fatal(n)
	}
	for l := range 3 {
		rep, err := Verify(p, Level(l))
		if err != nil || rep.Torn != nil || len(rep.Problems) > 0 || rep.Records != len(want) || rep.Runs != 20 {
			t.Fatalf("%+v %v", rep, err)
		}
	}
}
