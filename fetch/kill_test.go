package fetch

import (
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"gptsnap/fetch/fakeapi"
)

// TestBeingKilled is not a test but the program that [TestKillsLoseNothing] kills.
func TestBeingKilled(t *testing.T) {
	base := os.Getenv("GPTSNAP_KILLED_URL")
	if base == "" {
		t.Skip("runs only as another test's child")
	}
	if _, err := Run(t.Context(), Options{Archive: os.Getenv("GPTSNAP_KILLED_ARCHIVE"), BaseURL: base, Token: Token{conceal(fakeapi.DefaultToken)}}); err != nil {
		t.Fatal(err)
	}
}

// TestKillsLoseNothing kills a fetch without warning, at a random request,
// over and over, and lets the last run end: everything is there, and nothing
// was read twice but what was under way. GPTSNAP_LONG=1 kills 200 times.
func TestKillsLoseNothing(t *testing.T) {
	t.Parallel()
	chats, kills, most := 120, 8, 40
	if os.Getenv("GPTSNAP_LONG") != "" {
		chats, kills, most = 500, 200, 12
	}
	random := rand.New(rand.NewPCG(1, 2))
	var mu sync.Mutex
	var child *exec.Cmd
	left := 0 // requests until the kill
	files := withFiles()
	for name, f := range many(chats) {
		if name != "000001.json" { // the conversation with files has its id
			files[name] = f
		}
	}
	fake, o := whole(t, project(files, 3), fakeapi.Options{NoBatch: true, Script: func(*http.Request, int) *fakeapi.Trouble {
		mu.Lock()
		defer mu.Unlock()
		if left--; left == 0 {
			child.Process.Kill() // an error means that it has ended by itself
		}
		return nil
	}})
	killed := 0
	for ended := false; !ended; {
		mu.Lock()
		child = exec.Command(os.Args[0], "-test.run=^TestBeingKilled$")
		child.Env = append(os.Environ(), "GPTSNAP_KILLED_URL="+o.BaseURL, "GPTSNAP_KILLED_ARCHIVE="+o.Archive)
		var said strings.Builder
		child.Stdout, child.Stderr = &said, &said
		left = 0
		if killed < kills {
			left = 1 + random.IntN(most)
		}
		err := child.Start()
		mu.Unlock()
		if err != nil {
			t.Fatal(err)
		}
		switch err := child.Wait(); {
		case err == nil:
			ended = true
		case child.ProcessState.Exited():
			t.Fatalf("after %d kills: %s", killed, said.String())
		default:
			killed++
		}
	}
	held := stored(t, o.Archive, "conversation")
	twice := 0
	for _, id := range fake.IDs() {
		if held[id] != string(fake.Body(id)) {
			t.Errorf("%s is not there", id)
		}
		twice += fake.Reads(id) - 1
	}
	if twice > killed || opened(t, o.Archive)["sandbox:/mnt/data/out.csv"] == "" || killed == 0 {
		t.Errorf("%d kills, %d conversations read more than once", killed, twice)
	}
	t.Logf("%d kills: %d conversations, 0 lost, %d read again", killed, len(held), twice)
}
