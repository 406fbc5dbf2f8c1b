package fetch

import (
	"bytes"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"gptsnap/fetch/fakeapi"
	"gptsnap/formats/source"
)

const bigID = "file-AbCdEf0123456789AbCdEf01"

// withBig is an account with one file of so many bytes.
func withBig(size int) (fstest.MapFS, []byte) {
	files := withFiles()
	big := make([]byte, size)
	rand.NewChaCha8([32]byte{1}).Read(big)
	files["files/"+bigID+".pdf"] = &fstest.MapFile{Data: big}
	return files, big
}

// ofBig reports whether a request is for the bytes of the big file.
func ofBig(r *http.Request) bool {
	return r.URL.Path == "/backend-api/estuary/content" && r.URL.Query().Get("id") == bigID
}

// sent counts the bytes that a server sends of a file.
type sent struct {
	http.ResponseWriter
	n *int
}

func (s sent) Write(b []byte) (int, error) {
	*s.n += len(b)
	return s.ResponseWriter.Write(b)
}

func (s sent) Unwrap() http.ResponseWriter { return s.ResponseWriter }

func TestAFileThatBreaksOffIsGoneOnWith(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	for _, name := range []string{"at random places", "at the very beginning", "the address has no ETag", "at every 100 KB, often"} {
		files, big := withBig(5 << 20)
		var mu sync.Mutex
		cuts, ranges, bytesSent := 0, 0, 0
		fake, o := whole(t, files, fakeapi.Options{NoETag: strings.Contains(name, "no ETag"), Script: func(r *http.Request, _ int) *fakeapi.Trouble {
			mu.Lock()
			defer mu.Unlock()
			if !ofBig(r) {
				return nil
			}
			if r.Header.Get("Range") != "" {
				ranges++
			}
			switch {
			case name == "at random places" && cuts < 9:
				cuts++
				return &fakeapi.Trouble{Cut: 4097 + random.IntN(1<<20)}
			case name == "at the very beginning" && cuts < 3, strings.Contains(name, "no ETag") && cuts < 3:
				cuts++
				return &fakeapi.Trouble{Cut: 1 + random.IntN(4096)}
			case strings.Contains(name, "often") && cuts < 45:
				cuts++
				return &fakeapi.Trouble{Cut: 100_000}
			}
			return nil
		}})
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if ofBig(r) {
				w = sent{w, &bytesSent}
			}
			fake.ServeHTTP(w, r)
		}))
		t.Cleanup(server.Close)
		o.BaseURL = server.URL
		r := mustRun(t, o)
		if opened(t, o.Archive)[bigID] != string(big) || r.Files != 4 {
			t.Errorf("%s: the file is not as it was: %+v", name, r)
		}
		if resumable := strings.Contains(name, "at "); resumable && (ranges != cuts || bytesSent > len(big)+100_000) || !resumable && ranges > 0 {
			t.Errorf("%s: %d cuts, %d parts asked for, %d bytes sent of %d", name, cuts, ranges, bytesSent, len(big))
		}
		if left, err := filepath.Glob(o.Archive + ".*part*"); err != nil || len(left) > 0 {
			t.Errorf("%s: left over: %q", name, left)
		}
	}
}

func TestAFileThatChangedMeanwhileBeginsAnew(t *testing.T) {
	t.Parallel()
	for name, second := range map[string]func(w http.ResponseWriter, body []byte){
		"the whole of a new one": func(w http.ResponseWriter, body []byte) { w.Header().Set("Etag", `"new"`); w.Write(body) },
		"a part of a new one": func(w http.ResponseWriter, body []byte) {
			aPart(w, `"new"`, "bytes 1000000-2097151/2097152", body[1000000:])
		},
		"another part than asked for": func(w http.ResponseWriter, body []byte) { aPart(w, `"old"`, "bytes 5-2097151/2097152", body[5:]) },
		"a part of a longer one": func(w http.ResponseWriter, body []byte) {
			aPart(w, `"old"`, "bytes 1000000-3000000/3000001", body[1000000:])
		},
		"a part that says not which":    func(w http.ResponseWriter, body []byte) { aPart(w, `"old"`, "", body[1000000:]) },
		"what is no part":               func(w http.ResponseWriter, _ []byte) { w.WriteHeader(http.StatusRequestedRangeNotSatisfiable) },
		"a part that begins behind all": func(w http.ResponseWriter, _ []byte) { aPart(w, `"old"`, "bytes 1000000-999999/2097152", nil) },
	} {
		files, _ := withBig(2 << 20)
		older, newer := bytes.Repeat([]byte("old!"), 1<<19), bytes.Repeat([]byte("new!"), 1<<19)
		fake, o := whole(t, files, fakeapi.Options{})
		n := 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !ofBig(r) {
				fake.ServeHTTP(w, r)
				return
			}
			switch n++; n {
			case 1:
				w.Header().Set("Etag", `"old"`)
				w.Header().Set("Content-Length", "2097152")
				w.Write(older[:1_000_000])
				panic(http.ErrAbortHandler)
			case 2:
				second(w, newer)
			default:
				w.Header().Set("Etag", `"new"`)
				w.Write(newer)
			}
		}))
		t.Cleanup(server.Close)
		o.BaseURL = server.URL
		mustRun(t, o)
		if got := opened(t, o.Archive)[bigID]; got != string(newer) {
			t.Errorf("%s: %d bytes, %d of them old", name, len(got), strings.Count(got, "old!")*4)
		}
	}
}

func aPart(w http.ResponseWriter, tag, which string, body []byte) {
	w.Header().Set("Etag", tag)
	if which != "" {
		w.Header().Set("Content-Range", which)
	}
	w.WriteHeader(http.StatusPartialContent)
	w.Write(body)
}

func TestAFileThatNeverAdvancesIsGivenUpAndLeavesNothing(t *testing.T) {
	t.Parallel()
	files, _ := withBig(5 << 20)
	asked := 0
	_, o := whole(t, files, fakeapi.Options{Script: func(r *http.Request, _ int) *fakeapi.Trouble {
		if !ofBig(r) {
			return nil
		}
		if asked++; asked == 1 {
			return &fakeapi.Trouble{Cut: 1 << 20}
		}
		return fakeapi.Broken(503)
	}})
	r, err := Run(t.Context(), o)
	if exitOf(err) != source.ExitIncomplete || len(r.FilesFailed) != 1 || asked > 7 {
		t.Errorf("%v after %d requests: %+v", err, asked, r)
	}
	names, err := os.ReadDir(filepath.Dir(o.Archive))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		if strings.Contains(n.Name(), ".part") {
			t.Errorf("%s was left", n.Name())
		}
	}
}

func TestAFileLargerThanSaidIsNotAskedForAgain(t *testing.T) {
	t.Parallel()
	files, _ := withBig(2 << 20)
	asked := 0
	fake, o := whole(t, files, fakeapi.Options{Script: func(r *http.Request, _ int) *fakeapi.Trouble {
		switch {
		case ofBig(r):
			asked++
		case strings.Contains(r.URL.Path, bigID): // the link does not tell the size
			return &fakeapi.Trouble{Status: 200, Header: http.Header{"Content-Type": {"application/json"}},
				Body: `{"status":"success","download_url":"/backend-api/estuary/content?id=` + bigID + `&sig=` + fakeapi.Signature() + `","file_name":"x"}`}
		}
		return nil
	}})
	o.MaxFileSize = 1 << 20
	r, err := Run(t.Context(), o)
	if exitOf(err) != source.ExitIncomplete || asked != 1 || len(r.FilesFailed) != 1 || !strings.Contains(r.FilesFailed[0].Reason, "max-file-size") {
		t.Errorf("%v after %d requests: %+v", err, asked, r)
	}
	_ = fake
}

// TestAServerThatStartsOverAgainAndAgainIsGivenUp has one that knows ETags and
// no ranges, over a line that always breaks.
func TestAServerThatStartsOverAgainAndAgainIsGivenUp(t *testing.T) {
	t.Parallel()
	files, big := withBig(2 << 20)
	fake, o := whole(t, files, fakeapi.Options{})
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !ofBig(r) {
			fake.ServeHTTP(w, r)
			return
		}
		asked++
		w.Header().Set("Etag", `"same"`)
		w.Header().Set("Content-Length", "2097152")
		w.Write(big[:1_000_000])
		panic(http.ErrAbortHandler)
	}))
	t.Cleanup(server.Close)
	o.BaseURL = server.URL
	if r, err := Run(t.Context(), o); exitOf(err) != source.ExitIncomplete || len(r.FilesFailed) != 1 || asked > 8 {
		t.Errorf("%v after %d requests: %+v", err, asked, r.FilesFailed)
	}
}

func TestALargeFileIsSeenToCome(t *testing.T) {
	t.Parallel()
	files, _ := withBig(12 << 20)
	cut := false
	_, o := whole(t, files, fakeapi.Options{Script: func(r *http.Request, _ int) *fakeapi.Trouble {
		if ofBig(r) && !cut {
			cut = true
			return &fakeapi.Trouble{Cut: 6 << 20}
		}
		return nil
	}})
	var seen []int
	o.Progress = func(p Progress) {
		if strings.HasPrefix(p.Stage, "getting a large file") && p.Total == 12 {
			seen = append(seen, p.Done)
		}
	}
	mustRun(t, o)
	if len(seen) < 12 || !slices.IsSorted(seen) || seen[len(seen)-1] != 12 {
		t.Errorf("%d", seen)
	}
}
