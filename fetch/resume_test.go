package fetch

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"gptsnap/fetch/fakeapi"
	"gptsnap/formats/archive"
	"gptsnap/formats/source"
)

// isList reports whether a request is for a page of any list.
func isList(r *http.Request) bool {
	return r.Method == http.MethodGet && (strings.HasSuffix(r.URL.Path, "/conversations") || strings.HasSuffix(r.URL.Path, "/sidebar"))
}

// lists is how many pages of lists were asked for.
func lists(fake *fakeapi.Server) int {
	return fake.Count(fakeapi.RouteList) + fake.Count(fakeapi.RouteArchived) + fake.Count(fakeapi.RouteSidebar) + fake.Count(fakeapi.RouteProject)
}

// TestAListingKilledAtEveryRequestGoesOn kills each run at its second request
// for a page of a list, so that no run gets more than one page further.
func TestAListingKilledAtEveryRequestGoesOn(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var child *exec.Cmd
	pages, kills, listed := 0, 0, false
	files := project(many(130), 25)
	plainFake, whole0 := whole(t, files, fakeapi.Options{PageCap: 20})
	mustRun(t, whole0)
	fake, o := whole(t, files, fakeapi.Options{PageCap: 20, Script: func(r *http.Request, _ int) *fakeapi.Trouble {
		mu.Lock()
		defer mu.Unlock()
		listed = listed || r.Method == http.MethodPost
		if isList(r) && !listed {
			if pages++; pages == 2 {
				kills++
				child.Process.Kill()
			}
		}
		return nil
	}})
	for ended := false; !ended; {
		mu.Lock()
		child = exec.Command(os.Args[0], "-test.run=^TestBeingKilled$")
		child.Env = append(os.Environ(), "GPTSNAP_KILLED_URL="+o.BaseURL, "GPTSNAP_KILLED_ARCHIVE="+o.Archive)
		pages = 0
		err := child.Start()
		mu.Unlock()
		if err != nil {
			t.Fatal(err)
		}
		switch err := child.Wait(); {
		case err == nil:
			ended = true
		case child.ProcessState.Exited() || kills > 100:
			t.Fatalf("after %d kills: %v", kills, err)
		}
	}
	holdsBatches(t, o.Archive, fake)
	// Every kill costs the request that was under way, and all together a look
	// at the top of each list: the active one, both pages of projects, and each
	// project's.
	if got, most := lists(fake), lists(plainFake)+kills+1+2+25; got > most || kills < 20 {
		t.Errorf("%d pages of lists asked for with %d kills, at most %d expected", got, kills, most)
	}
	t.Logf("%d kills: %d pages of lists asked for, %d without a kill", kills, lists(fake), lists(plainFake))
}

// stopped lists an account until so many pages were read, and no further.
func stopped(t *testing.T, o Options, requests int) {
	t.Helper()
	o.MaxRequests = requests
	if r, err := Run(t.Context(), o); err == nil || r.Fetched > 0 {
		t.Fatalf("the listing came to its end: %v, %+v", err, r)
	}
}

func TestAListThatMovedWhileAwayIsReadWithoutAGap(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		move func(*fakeapi.Server)
		most int // pages of the active list in the second run
	}{
		"nothing moved":    {func(*fakeapi.Server) {}, 9},
		"one was touched":  {func(f *fakeapi.Server) { f.Touch(chatOf(3)) }, 9},
		"many touched":     {func(f *fakeapi.Server) { touch(f, 0, 130) }, 20},
		"all were touched": {func(f *fakeapi.Server) { touch(f, 0, 200) }, 20},
		"some deleted":     {func(f *fakeapi.Server) { remove(f, 185, 195) }, 11},
		"all read deleted": {func(f *fakeapi.Server) { remove(f, 120, 200) }, 13},
		"most deleted":     {func(f *fakeapi.Server) { remove(f, 10, 200) }, 8},
		"some archived": {func(f *fakeapi.Server) {
			for i := 180; i < 199; i++ {
				f.Archive(chatOf(i), true)
			}
		}, 11},
		"deleted and touched": {func(f *fakeapi.Server) { remove(f, 150, 200); touch(f, 5, 30) }, 14},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake, o := serve(t, many(200), fakeapi.Options{PageCap: 20})
			stopped(t, o, 4)
			c.move(fake)
			before := fake.Count(fakeapi.RouteList)
			r := mustRun(t, o)
			held := stored(t, o.Archive, archive.KindConversation)
			for _, id := range fake.IDs() {
				if held[id] != string(fake.Body(id)) {
					t.Errorf("%s is not held as it is", id)
				}
			}
			if got := fake.Count(fakeapi.RouteList) - before; got > c.most {
				t.Errorf("%d pages of the active list, at most %d expected: %+v", got, c.most, r.Problems)
			}
		})
	}
}

func touch(f *fakeapi.Server, from, to int) {
	for i := from; i < to; i++ {
		f.Touch(chatOf(i))
	}
}

func remove(f *fakeapi.Server, from, to int) {
	for i := from; i < to; i++ {
		f.Delete(chatOf(i))
	}
}

func TestAChatDeletedWhileListsAreReadMakesNoGap(t *testing.T) {
	t.Parallel()
	var fake *fakeapi.Server
	n := 0
	fake, o := serve(t, many(200), fakeapi.Options{PageCap: 20, Script: func(r *http.Request, _ int) *fakeapi.Trouble {
		if isList(r) {
			if n++; n == 4 || n == 7 {
				remove(fake, 200-3*n, 205-3*n)
			}
		}
		return nil
	}})
	if r := mustRun(t, o); r.Fetched != len(fake.IDs()) {
		t.Errorf("%d of %d: %+v", r.Fetched, len(fake.IDs()), r)
	}
}

func TestAListInADifferentOrderEachTimeComesToAnEnd(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	n := 0
	_, o := serve(t, many(100), fakeapi.Options{Script: func(r *http.Request, _ int) *fakeapi.Trouble {
		if !isList(r) || r.URL.Query().Get("is_archived") != "" {
			return nil
		}
		n++
		offset, _ := strconv.Atoi(r.URL.Query().Get("offset"))
		var items []string
		for _, i := range random.Perm(100)[min(offset, 100):min(offset+10, 100)] {
			items = append(items, fmt.Sprintf(`{"id":%q,"update_time":"2023-11-14T22:14:10Z"}`, chatOf(i)))
		}
		return &fakeapi.Trouble{Status: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: `{"items":[` + strings.Join(items, ",") + `],"limit":10}`}
	}})
	if r := mustRun(t, o); n > 60 || len(r.Problems) > 0 {
		t.Errorf("%d pages: %+v", n, r)
	}
}

func TestAnUnfinishedListingIsNoBaseToCompareWith(t *testing.T) {
	t.Parallel()
	fake, o := whole(t, many(100), fakeapi.Options{PageCap: 20})
	mustRun(t, o)
	fake.Rename(chatOf(98), "Another name")
	fake.Archive(chatOf(96), true)
	fake.Hide(chatOf(95))
	stopped(t, o, 3)
	stopped(t, o, 3)
	r := mustRun(t, o)
	if !slices.Equal(r.Renamed, []string{chatOf(98)}) || !slices.Equal(r.Archived, []string{chatOf(96)}) || !slices.Equal(r.Unlisted, []string{chatOf(95)}) || len(r.Gone) != 0 {
		t.Errorf("renamed %q, archived %q, unlisted %q, gone %q", r.Renamed, r.Archived, r.Unlisted, r.Gone)
	}
	if r = mustRun(t, o); len(r.Renamed)+len(r.Archived)+len(r.Gone) != 0 {
		t.Errorf("told twice: %+v", r)
	}
}

func TestACursorThatRanOutStartsItsListAnew(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]*fakeapi.Trouble{
		"422": {Status: 422, Header: http.Header{"Content-Type": {"application/json"}}, Body: `{"detail":"invalid cursor"}`},
		"404": {Status: 404, Header: http.Header{"Content-Type": {"application/json"}}, Body: `{"detail":"Not Found"}`},
		"500": fakeapi.Broken(500),
	} {
		late := false
		files := fstest.MapFS{}
		for name, f := range many(400) {
			files[name] = f
		}
		fake, o := whole(t, project(files, 30), fakeapi.Options{Script: func(r *http.Request, _ int) *fakeapi.Trouble {
			if late && strings.Contains(r.URL.RawQuery, "cursor=b64") {
				late = false
				return trouble
			}
			return nil
		}})
		for n := 2; ; n++ { // until the first page of the project was read
			stopped(t, o, n)
			if fake.Count(fakeapi.RouteProject) > 0 {
				break
			}
		}
		late = true
		r, err := Run(t.Context(), o)
		if err != nil || r.Fetched != 400 || r.Projects != 30 || late {
			t.Errorf("%s: %v %+v", name, err, r)
		}
	}
}

// TestAnEntryWithoutAnIDDoesNotEndItsList has one on a full page, which must
// not look like the last page for being one conversation short.
func TestAnEntryWithoutAnIDDoesNotEndItsList(t *testing.T) {
	t.Parallel()
	fake, o := serve(t, many(60), fakeapi.Options{PageCap: 10, Odd: map[int]string{3: `{"id":null,"title":"?"}`, 12: `"text"`, 13: `{}`}})
	r, err := Run(t.Context(), o)
	if exitOf(err) != source.ExitIncomplete || r.Fetched != 60 || len(r.Problems) == 0 || !strings.Contains(r.Problems[0], "without an id") {
		t.Errorf("%v: %+v", err, r)
	}
	holdsAll(t, o.Archive, fake)
}

func TestAPlanGoesOnWithAnUnfinishedListingAndLeavesIt(t *testing.T) {
	t.Parallel()
	fake, o := serve(t, many(200), fakeapi.Options{PageCap: 20})
	stopped(t, o, 4)
	size, before := fileSize(t, o.Archive), lists(fake)
	plan := o
	plan.Plan = true
	if r := mustRun(t, plan); r.Left != 200 || fileSize(t, o.Archive) != size {
		t.Errorf("%+v", r)
	}
	planned := lists(fake) - before
	if r := mustRun(t, o); r.Fetched != 200 || lists(fake)-before-planned > planned+2 {
		t.Errorf("%d pages for the plan, %d for the run: %+v", planned, lists(fake)-before-planned, r)
	}
	holdsAll(t, o.Archive, fake)
}
