//go:build unix

package archive

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// perCPU also reports megabytes per second of processor time, the figure that
// a busy machine does not spoil. Call it before the loop and the result after.
func perCPU(b *testing.B, size int64) func() {
	b.SetBytes(size)
	start := cpuTime(b)
	return func() {
		b.ReportMetric(float64(size)*float64(b.N)/1e6/(cpuTime(b)-start).Seconds(), "MB/cpu-s")
	}
}

// cpuTime is the processor time that this process has used.
func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
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

// BenchmarkOpen opens an archive of many small records: the goal is 300 ms of
// processor time and 100 MiB for a hundred thousand.
func BenchmarkOpen(b *testing.B) {
	const records = 100_000
	path := filepath.Join(b.TempDir(), "a.tar.zst")
	manySmall(b, path, records)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start := cpuTime(b)
	b.ReportAllocs()
	var r *Reader
	for b.Loop() {
		if r != nil {
			r.Close()
		}
		var err error
		if r, err = Open(path); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((cpuTime(b)-start).Milliseconds())/float64(b.N), "cpu-ms/op")
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/records, "B/record")
	if r.Len() != records+1 {
		b.Fatal(r.Len())
	}
	r.Close()
}
