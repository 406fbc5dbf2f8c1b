package fetch

import (
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gptsnap/fetch/fakeapi"
	"gptsnap/formats/archive"
	"gptsnap/formats/source"
)

// isChat reports whether a request is for conversations themselves.
func isChat(r *http.Request) bool {
	return r.Method == http.MethodPost || strings.HasPrefix(r.URL.Path, "/backend-api/conversation/")
}

// TestARunKilledAmongItsChatsLeavesItsListsToTheNext kills runs that have read
// all lists: the lists are read once, and of each only the top again.
func TestARunKilledAmongItsChatsLeavesItsListsToTheNext(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	files := project(many(300), 4)
	plain, o := whole(t, files, fakeapi.Options{PageCap: 10})
	mustRun(t, o)
	var mu sync.Mutex
	var child *exec.Cmd
	kills, left := 0, 0
	fake, o := whole(t, files, fakeapi.Options{PageCap: 10, Script: func(r *http.Request, _ int) *fakeapi.Trouble {
		mu.Lock()
		defer mu.Unlock()
		if isChat(r) && left > 0 {
			if left--; left == 0 {
				kills++
				child.Process.Kill() // an error means that it has ended by itself
			}
		}
		return nil
	}})
	for ended := false; !ended; {
		mu.Lock()
		child = exec.Command(os.Args[0], "-test.run=^TestBeingKilled$")
		child.Env = append(os.Environ(), "GPTSNAP_KILLED_URL="+o.BaseURL, "GPTSNAP_KILLED_ARCHIVE="+o.Archive)
		if left = 0; kills < 8 {
			left = 1 + random.IntN(5)
		}
		err := child.Start()
		mu.Unlock()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Wait(); err == nil {
			ended = true
		} else if child.ProcessState.Exited() {
			t.Fatalf("after %d kills: %v", kills, err)
		}
	}
	holdsBatches(t, o.Archive, fake)
	// Each run looks at the top of the active list first, and the last one at
	// those of the projects.
	if got, most := lists(fake), lists(plain)+kills+1+4; got > most || kills != 8 {
		t.Errorf("%d pages of lists with %d kills, at most %d expected", got, kills, most)
	}
	t.Logf("%d kills among 300 chats: %d pages of lists, %d without a kill", kills, lists(fake), lists(plain))
}

func TestWhatHappenedWhileAwayIsFoundThoughListsAreTakenOver(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		move   func(*fakeapi.Server)
		lists  int // pages of the active list in the second run, at most
		gone   int
		future func(Report) bool // of the run after it
	}{
		"nothing":                {move: func(*fakeapi.Server) {}, lists: 2},
		"one was touched":        {move: func(f *fakeapi.Server) { f.Touch(chatOf(3)) }, lists: 2},
		"many were touched":      {move: func(f *fakeapi.Server) { touch(f, 20, 120) }, lists: 8},
		"all were touched":       {move: func(f *fakeapi.Server) { touch(f, 0, 200) }, lists: 14},
		"a new one":              {move: func(f *fakeapi.Server) { must(0, f.Add(oneOf(300))) }, lists: 2},
		"touched and archived":   {move: func(f *fakeapi.Server) { f.Touch(chatOf(3)); f.Archive(chatOf(3), true) }, lists: 2},
		"touched and unarchived": {move: func(f *fakeapi.Server) { f.Touch(chatOf(6)); f.Archive(chatOf(6), false) }, lists: 2},
		"deleted":                {move: func(f *fakeapi.Server) { remove(f, 0, 5) }, lists: 2, gone: 5},
		"renamed": {move: func(f *fakeapi.Server) { f.Rename(chatOf(198), "Another name") }, lists: 2,
			future: func(r Report) bool { return slices.Equal(r.Renamed, []string{chatOf(198)}) }},
		"archived": {move: func(f *fakeapi.Server) { f.Archive(chatOf(198), true) }, lists: 2,
			future: func(r Report) bool { return slices.Equal(r.Archived, []string{chatOf(198)}) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake, o := whole(t, project(many(200), 2), fakeapi.Options{PageCap: 20, NoBatch: true})
			interrupted := o
			interrupted.MaxRequests = 80
			if r, err := Run(t.Context(), interrupted); exitOf(err) != source.ExitBudget || r.Listed != 200 || r.Fetched < 20 {
				t.Fatalf("%v %+v", err, r)
			}
			c.move(fake)
			before := fake.Count(fakeapi.RouteList)
			r := mustRun(t, o)
			held := stored(t, o.Archive, archive.KindConversation)
			for _, id := range fake.IDs() {
				if body := string(fake.Body(id)); held[id] != body && c.future == nil {
					t.Errorf("%s is not held as it is", id)
				}
			}
			if got := fake.Count(fakeapi.RouteList) - before; got > c.lists || len(r.Gone) != c.gone {
				t.Errorf("%d pages of the active list, at most %d expected: %+v", got, c.lists, r)
			}
			before = fake.Count(fakeapi.RouteList)
			r = mustRun(t, o)
			if c.future != nil && !c.future(r) || c.future == nil && len(r.Archived)+len(r.Renamed)+len(r.Restored) > 1 || r.Fetched > 0 {
				t.Errorf("the run after: %+v", r)
			}
			if got := fake.Count(fakeapi.RouteList) - before; got < 8 {
				t.Errorf("the run after a whole one read only %d pages of the active list", got)
			}
		})
	}
}

// TestProjectsOfALaterRunAreReadThoughListsAreTakenOver has conversations that only
// their project's list holds.
func TestProjectsOfALaterRunAreReadThoughListsAreTakenOver(t *testing.T) {
	t.Parallel()
	fake, o := whole(t, project(many(120), 3), fakeapi.Options{PageCap: 20, NoBatch: true, Script: func(r *http.Request, _ int) *fakeapi.Trouble {
		if q := r.URL.Query(); q.Get("hide_snorlax") != "" {
			q.Set("hide_snorlax", "true") // as servers that do not know the parameter
			r.URL.RawQuery = q.Encode()
		}
		return nil
	}})
	interrupted := o
	interrupted.MaxRequests = 60
	if r, err := Run(t.Context(), interrupted); exitOf(err) != source.ExitBudget || r.Fetched == 0 {
		t.Fatalf("%v %+v", err, r)
	}
	for i := 4; i < 120; i += 5 { // those of the project, and more than a page of them
		fake.Touch(chatOf(i))
	}
	for i := 1000; i < 1400; i++ {
		if i%5 == 4 && i%7 != 6 {
			must(0, fake.Add(oneOf(i)))
		}
	}
	mustRun(t, o)
	holdsAll(t, o.Archive, fake)
}

// TestListsThatNoLongerHoldAreReadAnew is about what makes a listing that an
// earlier run left of no use.
func TestListsThatNoLongerHoldAreReadAnew(t *testing.T) {
	t.Parallel()
	_, o := serve(t, many(100), fakeapi.Options{PageCap: 20})
	stopped(t, o, 3)
	records := recordsIn(t, o.Archive)
	for name, c := range map[string]struct {
		age       time.Duration
		full      bool
		workspace string
		left      int
	}{
		"an hour old":             {age: time.Hour, left: 3},
		"just under a day old":    {age: freshFor - time.Minute, left: 3},
		"older than a day":        {age: freshFor + time.Hour},
		"read in the future":      {age: -mostAhead - time.Minute},
		"a clock a little behind": {age: -time.Minute, left: 3},
		"with --full":             {age: time.Hour, full: true},
		"of another workspace":    {age: time.Hour, workspace: "other"},
	} {
		r := &run{o: Options{Full: c.full, Workspace: c.workspace}, held: holding{}, report: &Report{}}
		r.memo.Open = []string{records[0].Run}
		r.unfinished(records, time.Now().Add(c.age))
		if len(r.left["active"]) != c.left || (len(r.memo.Open) > 0) != (c.left > 0) {
			t.Errorf("%s: %d pages, open %q", name, len(r.left["active"]), r.memo.Open)
		}
	}
}

func TestAListingThatSinceCutShortIsGoneOnWith(t *testing.T) {
	t.Parallel()
	fake, o := whole(t, many(200), fakeapi.Options{PageCap: 20, NoBatch: true})
	recent := o
	recent.Since, recent.MaxRequests = time.Unix(1700000050+100*150, 0), 50
	if r, err := Run(t.Context(), recent); exitOf(err) != source.ExitBudget || r.Fetched == 0 || r.Fetched == 50 {
		t.Fatalf("%v %+v", err, r)
	}
	mustRun(t, o)
	holdsAll(t, o.Archive, fake)
}

// TestFilesAreLookedAfterByLaterRunsOnlyWhereTheyWereNot has runs that were
// stopped, and runs that left out files or canvas documents.
func TestFilesAreLookedAfterByLaterRunsOnlyWhereTheyWereNot(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		first func(*Options)
		looks bool // the next run looks at the conversations of the first again
	}{
		"stopped among its chats": {func(o *Options) { o.MaxRequests = 60 }, false},
		"without files":           {func(o *Options) { o.Skip = []string{"files"} }, true},
		"without canvas":          {func(o *Options) { o.Skip = []string{"canvas"} }, true},
		"without both":            {func(o *Options) { o.Skip = []string{"canvas", "files"} }, true},
		"pictures only":           {func(o *Options) { o.Files = FilesImages }, true},
		"conversations only":      {func(o *Options) { o.Only = []string{"conversations"} }, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := withFiles()
			for name, f := range many(100) {
				if name != "000001.json" {
					files[name] = f
				}
			}
			files["chat.json"].Data = []byte(strings.Replace(string(files["chat.json"].Data), `"update_time":1700000050.5`, `"update_time":1800000050.5`, 1)) // the first to be got
			_, o := whole(t, files, fakeapi.Options{NoBatch: true})
			first := o
			c.first(&first)
			if _, err := Run(t.Context(), first); exitOf(err) != 0 && exitOf(err) != source.ExitBudget {
				t.Fatal(err)
			}
			looked := false
			o.Progress = func(p Progress) { looked = looked || p.Stage == "looking for files" }
			mustRun(t, o)
			if got := opened(t, o.Archive); got["sandbox:/mnt/data/out.csv"] == "" || got[paper] != "%PDF-paper" || stored(t, o.Archive, KindCanvas)[chatOf(1)] == "" {
				t.Errorf("not all is held: %q", got)
			}
			if looked != c.looks {
				t.Errorf("looked again: %t", looked)
			}
		})
	}
}
