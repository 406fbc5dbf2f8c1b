package parquet

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// TestJobsThatWriteIntoOneFolderAtTheSameTime lets several accounts be written
// at once into a folder that is not there yet, then again with months in which
// others have been before, so that parts come and go in the same folders.
func TestJobsThatWriteIntoOneFolderAtTheSameTime(t *testing.T) {
	t.Parallel()
	const jobs = 2
	for round := range 8 {
		dir := filepath.Join(t.TempDir(), "lake")
		for again := range 3 {
			var begun, done sync.WaitGroup
			failed := make(chan error, jobs)
			begun.Add(jobs)
			for k := range jobs {
				done.Go(func() {
					w, err := Create(dir, Options{Account: fmt.Sprint("account ", k), ByMonth: true})
					if err == nil {
						add, e := w.Prepare(talk(fmt.Sprintf("chat %d.%d", k, again), time.Month(1+6*((k+again)%2)), 6))
						if err = e; err == nil {
							err = add()
						}
					}
					if err != nil {
						begun.Done()
					} else {
						w.settling = func() { begun.Done(); begun.Wait() } // all at the same moment
						err = w.Close(true)
					}
					failed <- err
				})
			}
			done.Wait()
			for range jobs {
				if err := <-failed; err != nil {
					t.Fatalf("round %d: %v", round, err)
				}
			}
			chats := read[conversation](t, filepath.Join(dir, "conversations", "*", "*.parquet"))
			ids := map[string]string{}
			for _, c := range chats {
				ids[c.Account] = c.ID
			}
			for k := range jobs {
				if want := fmt.Sprintf("chat %d.%d", k, again); len(chats) != jobs || ids[fmt.Sprint("account ", k)] != want {
					t.Fatalf("round %d: %d conversations, of account %d there is %q, want %q", round, len(chats), k, ids[fmt.Sprint("account ", k)], want)
				}
			}
			if n := len(read[message](t, filepath.Join(dir, "messages", "*", "*.parquet"))); n != 8*jobs {
				t.Fatalf("round %d: %d messages, want %d", round, n, 8*jobs)
			}
			left, err := os.ReadDir(filepath.Dir(dir))
			if err != nil || len(left) != 1 {
				t.Fatalf("round %d: beside the data set there is %v, %v", round, left, err)
			}
		}
	}
}
