package archive

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

func TestManyGoroutinesReadWhileOthersPut(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	history(l)
	w, err := appendTo(l.memDisk, l.path, l.o)
	l.must(err)
	w.o.Now = func() time.Time { return l.now } // the lab's clock is for one goroutine
	r := l.check(len(l.acked))
	var crew sync.WaitGroup
	for g := range 8 {
		crew.Go(func() {
			rnd := rand.New(rand.NewPCG(uint64(g), 9))
			for i := range 60 {
				a := l.acked[rnd.IntN(len(l.acked))]
				for _, recs := range r.Latest(KindConversation) {
					if recs.Path == a.rec.Path {
						if b, err := r.Read(recs); err != nil || string(b) != a.body {
							t.Errorf("%s: %v", recs.Path, err)
						}
					}
				}
				body := text(1000*g+i, rnd.IntN(9000))
				rec, err := w.Put(Meta{Kind: KindFile, ID: fmt.Sprint(g, i)}, []byte(body))
				if err != nil {
					t.Error(err)
					return
				}
				if b, err := w.Read(rec); err != nil || string(b) != body {
					t.Errorf("%s: %v", rec.Path, err)
				}
			}
		})
	}
	crew.Wait()
	l.must(w.Close())
	r = l.check(len(l.acked))
	if n := len(r.Latest(KindFile)); n != 8*60 {
		t.Fatalf("%d records", n)
	}
	l.whole()
}
