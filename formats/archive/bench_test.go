//go:build unix

package archive

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// perCPU also reports megabytes per second of processor time, the figure that
// a busy machine does not spoil. Call it before the loop and the result after.
func perCPU(b *testing.B, size int64) func() {
	used := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	b.SetBytes(size)
	start := used()
	return func() {
		b.ReportMetric(float64(size)*float64(b.N)/1e6/(used()-start).Seconds(), "MB/cpu-s")
	}
}

// corpus is bodies with the sizes and the compressibility of conversations:
// most are small, a few are very large, all are JSON around prose.
func corpus(n int) [][]byte {
	r := rand.New(rand.NewPCG(1, 2))
	var words []string
	for range 4000 {
		w := make([]byte, 2+r.IntN(9))
		for i := range w {
			w[i] = "etaoinshrdlucmfwyp"[min(r.IntN(18), r.IntN(18))]
		}
		words = append(words, string(w))
	}
	bodies := make([][]byte, n)
	for i := range bodies {
		size := int(6000 * (1 + r.ExpFloat64()*r.ExpFloat64()*6))
		var b strings.Builder
		fmt.Fprintf(&b, `{"title":"chat %d","mapping":{`, i)
		for b.Len() < size {
			fmt.Fprintf(&b, `"%08x-%04x":{"id":"%08x","message":{"author":{"role":"assistant"},"content":{"content_type":"text","parts":["`, r.Uint32(), r.IntN(1<<16), r.Uint32())
			for range 20 + r.IntN(200) {
				b.WriteString(words[min(r.IntN(len(words)), r.IntN(len(words)), r.IntN(len(words)))])
				b.WriteByte(' ')
			}
			b.WriteString(`"]},"status":"finished_successfully"}},`)
		}
		b.WriteString(`"":{}}}`)
		bodies[i] = []byte(b.String())
	}
	return bodies
}

func total(bodies [][]byte) (n int64) {
	for _, b := range bodies {
		n += int64(len(b))
	}
	return n
}

func fill(b *testing.B, path string, bodies [][]byte) {
	w, err := Append(path, Options{})
	if err != nil {
		b.Fatal(err)
	}
	for i, body := range bodies {
		if _, err := w.Put(Meta{Kind: KindConversation, ID: fmt.Sprint(i), URL: "https://chat.example/c/" + fmt.Sprint(i), Status: 200}, body); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkAppend(b *testing.B) {
	bodies := corpus(600)
	defer perCPU(b, total(bodies))()
	for i := 0; b.Loop(); i++ {
		fill(b, filepath.Join(b.TempDir(), fmt.Sprint(i)), bodies)
	}
}

// BenchmarkScan reads every record in order, as convert does.
func BenchmarkScan(b *testing.B) {
	bodies := corpus(1500)
	path := filepath.Join(b.TempDir(), "a.tar.zst")
	fill(b, path, bodies)
	defer perCPU(b, total(bodies))()
	b.ReportAllocs()
	for b.Loop() {
		r, err := Open(path)
		if err != nil {
			b.Fatal(err)
		}
		for _, rec := range r.Latest(KindConversation) {
			if _, err := r.Read(rec); err != nil {
				b.Fatal(err)
			}
		}
		r.Close()
	}
}

// BenchmarkScanParallel is the same by several workers.
func BenchmarkScanParallel(b *testing.B) {
	bodies := corpus(1500)
	path := filepath.Join(b.TempDir(), "a.tar.zst")
	fill(b, path, bodies)
	defer perCPU(b, total(bodies))()
	for b.Loop() {
		r, err := Open(path)
		if err != nil {
			b.Fatal(err)
		}
		queue := make(chan Record)
		done := make(chan error)
		for range 2 {
			go func() {
				var failed error
				for rec := range queue {
					if _, err := r.Read(rec); err != nil {
						failed = err
					}
				}
				done <- failed
			}()
		}
		for _, rec := range r.Latest(KindConversation) {
			queue <- rec
		}
		close(queue)
		for range 2 {
			if err := <-done; err != nil {
				b.Fatal(err)
			}
		}
		r.Close()
	}
}

// BenchmarkRead reads one record here and one there.
func BenchmarkRead(b *testing.B) {
	bodies := corpus(3000)
	path := filepath.Join(b.TempDir(), "a.tar.zst")
	fill(b, path, bodies)
	r, err := Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	recs := r.Latest(KindConversation)
	defer perCPU(b, total(bodies)/int64(len(bodies)))()
	rnd := rand.New(rand.NewPCG(3, 4))
	for b.Loop() {
		if _, err := r.Read(recs[rnd.IntN(len(recs))]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerifyDeep(b *testing.B) {
	bodies := corpus(1500)
	path := filepath.Join(b.TempDir(), "a.tar.zst")
	fill(b, path, bodies)
	defer perCPU(b, total(bodies))()
	for b.Loop() {
		if rep, err := Verify(path, Deep); err != nil || len(rep.Problems) > 0 {
			b.Fatal(rep, err)
		}
	}
}

// BenchmarkOpen opens an archive of many small records.
func BenchmarkOpen(b *testing.B) {
	path := filepath.Join(b.TempDir(), "a.tar.zst")
	w, err := Append(path, Options{})
	if err != nil {
		b.Fatal(err)
	}
	for i := range 20_000 {
		m := Meta{Kind: KindConversation, ID: fmt.Sprintf("6f2c81aa-0000-4000-8000-%012d", i), URL: "https://chat.example/backend-api/conversation/" + fmt.Sprint(i), Status: 200, Headers: map[string]string{"content-type": "application/json"}, Nodes: i}
		if _, err := w.Put(m, fmt.Append(nil, i)); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		r, err := Open(path)
		if err != nil {
			b.Fatal(err)
		}
		r.Close()
	}
}
