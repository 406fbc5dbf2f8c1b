package fetch

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"gptsnap/fetch/fakeapi"
	"gptsnap/formats/archive"
)

// TestWhatARepairLostIsHadAgain damages an archive here and there, repairs it,
// and gets exactly what is lost: with --retry-failed, and with a whole run.
func TestWhatARepairLostIsHadAgain(t *testing.T) {
	t.Parallel()
	files := withFiles()
	for name, f := range many(60) {
		if name != "000001.json" { // the conversation with files has its id
			files[name] = f
		}
	}
	var mu sync.Mutex
	asked := map[string]bool{}
	path, canvas := "", 0 // where the canvas documents are in the archive
	fake, o := whole(t, project(files, 3), fakeapi.Options{NoBatch: true, Script: func(r *http.Request, _ int) *fakeapi.Trouble {
		mu.Lock()
		defer mu.Unlock()
		asked[r.URL.Path] = true
		if strings.HasSuffix(r.URL.Path, "/textdocs") && canvas == 0 {
			canvas = int(fileSize(t, path))
		}
		return nil
	}})
	path = o.Archive
	first := o
	first.Files = FilesNone // so that the files stand apart from the conversation that names them
	mustRun(t, first)
	begun := int(fileSize(t, o.Archive))
	mustRun(t, o)
	ended := int(fileSize(t, o.Archive))
	mustRun(t, o) // says once more that all files were looked after
	raw, err := os.ReadFile(o.Archive)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	places := []int{begun / 6, begun / 2, canvas + 40}
	for k := range 6 {
		places = append(places, begun+k*(ended-begun)/8+40)
	}
	for _, at := range places {
		hit := append([]byte{}, raw...)
		hit[at] ^= 0x55
		damaged := fmt.Sprintf("%s.%d", o.Archive, at)
		if err := os.WriteFile(damaged, hit, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, whole := range []bool{false, true} {
			saved := fmt.Sprintf("%s.%d.%t", o.Archive, at, whole)
			res, err := archive.Repair(damaged, saved, archive.Options{})
			if err != nil {
				t.Fatal(err)
			}
			lost := map[string]bool{}
			for _, l := range res.Lost {
				lost[l.Kind+"/"+l.ID] = true
				kinds[l.Kind]++
			}
			again := o
			again.Archive, again.RetryFailed = saved, !whole
			mu.Lock()
			clear(asked)
			mu.Unlock()
			r := mustRun(t, again)
			held := stored(t, saved, archive.KindConversation)
			for _, id := range fake.IDs() {
				read := asked["/backend-api/conversation/"+id]
				if held[id] != string(fake.Body(id)) || read != lost["conversation/"+id] {
					t.Errorf("byte %d, whole %t: %s: lost %t, asked for %t", at, whole, id, lost["conversation/"+id], read)
				}
			}
			got := opened(t, saved)
			if got["sandbox:/mnt/data/out.csv"] != "a,b\n1,2\n" || got["file-AbCdEf0123456789AbCdEf01"] != "%PDF-paper" {
				t.Errorf("byte %d, whole %t: files: %.300q", at, whole, got)
			}
			if !strings.Contains(stored(t, saved, KindCanvas)[chatOf(1)], "doc-1") {
				t.Errorf("byte %d, whole %t: the canvas document is not there", at, whole)
			}
			if !whole && asked["/backend-api/conversations"] {
				t.Error("--retry-failed has read the lists")
			}
			if r = mustRun(t, again); !whole && (r.Fetched != 0 || r.Listed != 0 || r.Files != 0) {
				t.Errorf("byte %d: had twice: %+v", at, r)
			}
			os.Remove(saved)
		}
		os.Remove(damaged)
	}
	for _, kind := range []string{archive.KindConversation, archive.KindFile, KindCanvas} {
		if kinds[kind] == 0 {
			t.Errorf("no %s was lost: %v", kind, kinds)
		}
	}
}
