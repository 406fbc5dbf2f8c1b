package archive

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestTheLockSaysWhoWritesSinceWhenAndWhenHeWasLastSeen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.tar.zst")
	synctest.Test(t, func(t *testing.T) {
		w, err := takeLock(path)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		refused := func() *LockedError {
			_, err := takeLock(path)
			held := (*LockedError)(nil)
			if !errors.As(err, &held) {
				t.Fatalf("a second writer: %v", err)
			}
			return held
		}
		if held := refused(); held.PID != os.Getpid() || !held.Start.Equal(start) || !strings.HasSuffix(held.Error(), "last seen 0s ago; wait for it to end") {
			t.Errorf("%v", held)
		}
		time.Sleep(10*time.Minute + 20*time.Second) // by the clock of the test
		synctest.Wait()
		held := refused()
		if !held.Start.Equal(start) || !held.Beat.Equal(start.Add(10*time.Minute)) || !strings.Contains(held.Error(), "last seen 20s ago") {
			t.Errorf("%+v %v", held, held)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		before, err := os.ReadFile(path + ".lock")
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if after, _ := os.ReadFile(path + ".lock"); string(after) != string(before) {
			t.Error("the heart beats after Close")
		}
		if w, err = takeLock(path); err != nil {
			t.Fatal("the lock was not given back:", err)
		}
		w.Close()
	})
}

func TestWhateverStandsInALockFileIsNoObstacle(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.tar.zst")
	for _, was := range []string{"", "{", strings.Repeat("x", 5000), `{"host":"h","pid":1}`} {
		if err := os.WriteFile(path+".lock", []byte(was), 0o600); err != nil {
			t.Fatal(err)
		}
		w, err := Append(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if h, ok := holderOf(path + ".lock"); !ok || h.PID != os.Getpid() {
			t.Errorf("after %.20q: %+v", was, h)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
