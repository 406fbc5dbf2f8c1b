package fetch

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"gptsnap/fetch/fakeapi"
)

// TestACrashShowsNoSecret ends a run in the middle of a download as a crash
// would, with the traces of all goroutines, and looks at its command line.
func TestACrashShowsNoSecret(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no such signal")
	}
	there := make(chan struct{}, 100)
	_, o := whole(t, withFiles(), fakeapi.Options{Script: func(r *http.Request, _ int) *fakeapi.Trouble {
		if r.URL.Path == "/backend-api/estuary/content" {
			there <- struct{}{}
			return &fakeapi.Trouble{Delay: time.Hour}
		}
		return nil
	}})
	child := exec.Command(os.Args[0], "-test.run=^TestBeingKilled$")
	child.Env = append(os.Environ(), "GPTSNAP_KILLED_URL="+o.BaseURL, "GPTSNAP_KILLED_ARCHIVE="+o.Archive, "GOTRACEBACK=all")
	var said bytes.Buffer
	child.Stdout, child.Stderr = &said, &said
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	<-there
	if line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", child.Process.Pid)); err == nil && bytes.Contains(line, []byte(fakeapi.DefaultToken)) {
		t.Errorf("the command line: %q", line)
	}
	if err := child.Process.Signal(syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
	if err := child.Wait(); err == nil {
		t.Fatal("it has ended by itself")
	}
	trace := said.String()
	if !strings.Contains(trace, "(*client).ask") {
		t.Fatalf("no trace of a request: %s", trace)
	}
	for _, secret := range []string{fakeapi.DefaultToken, fakeapi.Signature(), "Bearer "} {
		if strings.Contains(trace, secret) {
			t.Errorf("%q is in the trace", secret)
		}
	}
}
