package archive

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
)

const (
	crashEnv = "ARCHIVE_CRASH_CHILD"
	keyEnv   = "ARCHIVE_CRASH_KEY" // file of the identity, of an encrypted archive
)

// crashOptions are those of the child and of its parent.
func crashOptions(key string) Options {
	o := Options{target: 16 << 10, large: 32 << 10, Shape: Shape{SegmentSize: 100 << 10}}
	if key != "" {
		o.Keys = &Keys{Files: []string{key}}
		raw, _ := os.ReadFile(key)
		if id, err := age.ParseX25519Identity(strings.TrimSpace(string(raw))); err == nil {
			o.Recipients = []string{id.Recipient().String()}
		}
	}
	return o
}

func TestMain(m *testing.M) {
	if path := os.Getenv(crashEnv); path != "" {
		crashChild(path)
	}
	os.Exit(m.Run())
}

// crashChild puts records until it is killed, and tells of each once Put has
// returned.
func crashChild(path string) {
	die := func(err error) {
		fmt.Println("error", err)
		os.Exit(1)
	}
	fmt.Println("start")
	w, err := Append(path, crashOptions(os.Getenv(keyEnv)))
	if err != nil {
		die(err)
	}
	r := rand.New(rand.NewPCG(uint64(os.Getpid()), uint64(time.Now().UnixNano())))
	for i := 0; ; i++ {
		seed, size := r.IntN(1000), r.IntN(6000)
		if i%10 == 9 {
			size = 80_000
		}
		id := fmt.Sprintf("%d.%d", seed, size)
		if _, err := w.Put(Meta{Kind: KindConversation, ID: id}, []byte(text(seed, size))); err != nil {
			die(err)
		}
		fmt.Println(id)
		if i%25 == 24 { // begin another run
			if err := w.Close(); err != nil {
				die(err)
			}
			if w, err = Append(path, crashOptions(os.Getenv(keyEnv))); err != nil {
				die(err)
			}
		}
	}
}

func TestKilledWriterLosesNothingItHasPut(t *testing.T) {
	t.Parallel()
	for shape := range shapes(t) {
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			key := ""
			if shape == "encrypted" {
				key = identityFile(t)
			}
			killWriters(t, placeFor(t, shape), key)
		})
	}
}

func killWriters(t *testing.T, path, key string) {
	o := crashOptions(key)
	kills := 60
	if strings.HasSuffix(path, "/") {
		kills = 25
	}
	if raceOn {
		kills = 10 // there are more without it: make faults
	}
	if n, err := strconv.Atoi(os.Getenv("ARCHIVE_KILLS")); err == nil {
		kills = n
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	acked, healed, life := map[string]bool{}, 0, 40*time.Millisecond
	for k := range kills {
		cmd := exec.Command(self)
		cmd.Env = append(os.Environ(), crashEnv+"="+path, keyEnv+"="+key)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		lines.Scan() // "start": the program is up, Append is about to begin
		time.AfterFunc(time.Duration(rand.Int64N(int64(life))), func() { cmd.Process.Kill() })
		before := len(acked)
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), "error") {
				t.Fatalf("after %d kills: %s", k, lines.Text())
			}
			acked[lines.Text()] = true
		}
		cmd.Wait()
		if len(acked) == before {
			life = min(life*3/2, 3*time.Second) // a slow machine: let it come to writing more often than not
		}
		if k%10 != 9 && k != kills-1 {
			continue
		}
		if _, err := os.Stat(path); err != nil {
			continue // killed before it was there
		}
		if key != "" {
			holdsNoneOf(t, path, "word", "README", "sha256", "conversation")
		}
		r, err := Open(path, o.Keys)
		if err != nil && strings.HasSuffix(path, "/") && len(acked) == 0 {
			continue // killed before its first segment was there
		}
		if err != nil {
			t.Fatal(err)
		}
		if r.Torn() != nil {
			healed++
		}
		held := map[string]bool{}
		for _, rec := range r.Latest(KindConversation) {
			b, err := r.Read(rec)
			if err != nil {
				t.Fatal(err)
			}
			var seed, size int
			fmt.Sscanf(rec.ID, "%d.%d", &seed, &size)
			if string(b) != text(seed, size) {
				t.Fatalf("%s: wrong body", rec.ID)
			}
			held[rec.ID] = true
		}
		r.Close()
		for id := range acked {
			if !held[id] {
				t.Fatalf("%s was acknowledged and is lost", id)
			}
		}
		w, err := Append(path, o)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		rep, err := Verify(path, Deep, o.Keys)
		if err != nil || rep.Torn != nil || len(rep.Problems) > 0 {
			t.Fatalf("%+v %v", rep, err)
		}
	}
	t.Logf("%d kills, %d acknowledged records, 0 lost; torn at %d looks", kills, len(acked), healed)
	if len(acked) < kills/2 { // a busy machine kills most before they have written
		t.Error("the child hardly got to write anything")
	}
}
