package archive

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/gofrs/flock"
)

// A holder is what the lock file says: who writes, and since when.
type holder struct {
	Host  string    `json:"host"`
	PID   int       `json:"pid"`
	Start time.Time `json:"start"`
}

// takeLock takes the writer's lock of an archive. It is an OS lock on a file
// beside the archive, so that readers are never kept out and a writer that is
// killed leaves nothing locked. The file stays: deleting it would let two
// writers hold two different ones.
func takeLock(path string, now time.Time) (*flock.Flock, error) {
	name := path + ".lock"
	l := flock.New(name, flock.SetPermissions(0o600))
	ok, err := l.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock file: %w", err)
	}
	if !ok {
		l.Close()
		held := &LockedError{Path: path}
		var h holder
		if b, err := os.ReadFile(name); err == nil && len(b) < 4096 && json.Unmarshal(b, &h) == nil {
			held.Host, held.PID, held.Start = h.Host, h.PID, h.Start
		}
		return nil, held
	}
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "this machine"
	}
	// What the file says helps people only, so a failure to write it is none.
	if b, err := json.Marshal(holder{host, os.Getpid(), now}); err == nil {
		_ = os.WriteFile(name, append(b, '\n'), 0o600)
	}
	return l, nil
}
