package archive

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

const (
	beatEvery = 30 * time.Second
	lockSize  = 512 // bytes of the lock file: each beat is one write over the last
)

// A holder is what the lock file says: who writes, since when, and when he
// last said so.
type holder struct {
	Host  string    `json:"host"`
	PID   int       `json:"pid"`
	Start time.Time `json:"start"`
	Beat  time.Time `json:"heartbeat"`
}

// A writeLock is the writer's lock of an archive. It is an OS lock on a file
// beside the archive, so that readers are never kept out and a writer that is
// killed leaves nothing locked. The file stays: deleting it would let two
// writers hold two different ones.
//
// Whether the lock is held only the system knows. What the file says is for
// people, and for those on other machines that share the folder, whose locks
// do not travel: a heartbeat that is fresh there means hands off.
type writeLock struct {
	*flock.Flock
	name string
	stop func() // ends the heartbeat and waits for its end
}

// takeLock takes the lock of the archive at path.
func takeLock(path string) (*writeLock, error) {
	name := path + ".lock"
	l := flock.New(name, flock.SetPermissions(0o600))
	ok, err := l.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock file: %w", err)
	}
	if !ok {
		l.Close()
		held := &LockedError{Path: path}
		if h, ok := holderOf(name); ok {
			held.Host, held.PID, held.Start, held.Beat = h.Host, h.PID, h.Start, h.Beat
			held.now = time.Now()
		}
		return nil, held
	}
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "this machine"
	}
	w := &writeLock{Flock: l, name: name}
	h := holder{Host: host, PID: os.Getpid(), Start: clean(time.Now())}
	beat := func() {
		h.Beat = clean(time.Now())
		w.say(h)
	}
	beat()
	w.stop = every(beatEvery, beat)
	return w, nil
}

// every calls f again and again until stop, which waits for its end.
func every(d time.Duration, f func()) (stop func()) {
	done := make(chan struct{})
	var crew sync.WaitGroup
	crew.Go(func() {
		ticks := time.NewTicker(d)
		defer ticks.Stop()
		for {
			select {
			case <-ticks.C:
				f()
			case <-done:
				return
			}
		}
	})
	return sync.OnceFunc(func() {
		close(done)
		crew.Wait()
	})
}

// say writes who holds the lock. What the file says helps people only, so a
// failure to write it is none.
func (w *writeLock) say(h holder) {
	b, err := json.Marshal(h)
	if err != nil || len(b) >= lockSize {
		return
	}
	for len(b) < lockSize-1 {
		b = append(b, ' ')
	}
	f, err := os.OpenFile(w.name, os.O_WRONLY, 0o600)
	if err != nil {
		return
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > lockSize {
		_ = f.Truncate(0) // not ours
	}
	_, _ = f.WriteAt(append(b, '\n'), 0)
}

// holderOf reads what a lock file says.
func holderOf(name string) (h holder, ok bool) {
	f, err := os.Open(name)
	if err != nil {
		return h, false
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, 4096))
	return h, err == nil && json.Unmarshal(b, &h) == nil && h.Host != ""
}

// Close gives the lock back.
func (w *writeLock) Close() error {
	w.stop()
	return w.Flock.Close()
}
