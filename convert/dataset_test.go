package convert

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"

	"gptsnap/formats/chat"
	"gptsnap/formats/rows"
)

func gathering() Gathering { return Gathering{Account: "me", Partition: "month"} }

// collected is everything below dir after a run with every data set.
func collected(t *testing.T, dir string, ctx context.Context, o Options, n int, make func(i int) (*chat.Conversation, error)) (map[string]string, []Report, error) {
	t.Helper()
	var reports []Report
	var all error
	for _, s := range dataSets {
		into, err := s.open(filepath.Join(dir, s.name), gathering())
		if err != nil {
			t.Fatal(err)
		}
		rep, err := Gather(ctx, sourceOf(n, make, nil), into, o)
		reports = append(reports, rep)
		all = errors.Join(all, err, into.Close(err == nil))
	}
	return tree(t, dir), reports, all
}

func TestDataSetsAreTheSameForAnyNumberOfWorkers(t *testing.T) {
	t.Parallel()
	var first map[string]string
	for _, workers := range []int{1, 8} {
		o := defaults(t)
		o.Workers = workers
		got, reports, err := collected(t, t.TempDir(), context.Background(), o, 60, func(i int) (*chat.Conversation, error) {
			for range i % 3 {
				runtime.Gosched()
			}
			return chain(fmt.Sprintf("%08d-x", i), fmt.Sprint("Chat ", i), 1+i%5), nil
		})
		if err != nil || reports[0].Conversations != 60 || len(got) < 4 {
			t.Fatal(reports, len(got), err)
		}
		if first == nil {
			first = got
		} else if !reflect.DeepEqual(first, got) {
			t.Errorf("another data set with %d workers", workers)
		}
	}
}

func TestADataSetLeavesOutABadConversationAndTellsOfIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, reports, err := collected(t, dir, context.Background(), defaults(t), 3, func(i int) (*chat.Conversation, error) {
		if i == 1 {
			return nil, errors.New("its bytes are torn")
		}
		return chain(fmt.Sprint("id-", i), "T", 1), nil
	})
	for _, r := range reports {
		if err != nil || r.Conversations != 2 || r.Skipped != 1 {
			t.Errorf("%+v %v", r, err)
		}
	}
	db, err := sql.Open("sqlite", filepath.Join(dir, "sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var ids string
	if err := db.QueryRow("SELECT group_concat(id) FROM (SELECT id FROM conversations ORDER BY rowid)").Scan(&ids); err != nil || ids != "id-0,id-2" {
		t.Error(ids, err)
	}
}

func TestCancelLeavesNoDataSet(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	o := defaults(t)
	o.Progress = func(done, _ int) {
		if done == 3 {
			cancel()
		}
	}
	_, _, err := collected(t, dir, ctx, o, 1000, func(i int) (*chat.Conversation, error) { return chain(fmt.Sprint("id-", i), "T", 1), nil })
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Error("something stays:", left)
	}
}

// refusing is a data set that a full disk ends.
type refusing struct{ added, closed int }

func (r *refusing) Prepare(*chat.Conversation) (func() error, error) {
	return func() error {
		if r.added++; r.added == 2 {
			return errors.New("no space left")
		}
		return nil
	}, nil
}

func (r *refusing) Ledger(rows.Ledger) error {
	return errors.New("the ledger of a run that has failed")
}

func (r *refusing) Close(bool) error { r.closed++; return nil }

func TestAFullDiskEndsARun(t *testing.T) {
	t.Parallel()
	into := &refusing{}
	rep, err := Gather(context.Background(), sourceOf(9, func(i int) (*chat.Conversation, error) { return chain(fmt.Sprint(i), "T", 1), nil }, nil), into, defaults(t))
	if err == nil || !strings.Contains(err.Error(), "no space left") || into.added != 2 || rep.Conversations != 1 || into.closed != 0 {
		t.Errorf("%+v %+v %v", rep, into, err)
	}
}

// TestEachFileIsAskedForOnce lets many messages refer to a few files, one of
// which is missing and one of which has a name that is to be taken out.
func TestEachFileIsAskedForOnce(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	asked := map[string]int{}
	src := sourceOf(40, func(i int) (*chat.Conversation, error) {
		c := chain(fmt.Sprint("id-", i), "T", 4)
		for k := range c.Nodes {
			if m := c.Nodes[k].Message; m != nil {
				m.Attachments = []*chat.File{{Pointer: "file-service://file-there", ID: "file-there"}, {Pointer: "file-service://file-lost", ID: "file-lost"},
					{Pointer: "sandbox:/mnt/data/x.csv", Message: fmt.Sprint(m.ID, i%2)}}
			}
		}
		return c, nil
	}, nil)
	src.File = func(f *chat.File) (io.ReadCloser, error) {
		mu.Lock()
		defer mu.Unlock()
		asked[f.Pointer+" "+f.Message]++
		if f.ID == "file-lost" {
			return nil, errors.New("lost, says someone@example.com")
		}
		f.Name, f.Size = "someone@example.com.csv", 7
		return io.NopCloser(strings.NewReader("1")), nil
	}
	o := defaults(t)
	o.Workers = 4
	redact, err := NewRedactor([]string{"email"})
	if err != nil {
		t.Fatal(err)
	}
	o.Redact = redact
	into := &reading{}
	if _, err := Gather(context.Background(), src, into, o); err != nil {
		t.Fatal(err)
	}
	for what, n := range asked {
		if n > o.Workers { // two may ask at the same moment
			t.Errorf("%s was asked for %d times", what, n)
		}
	}
	sandboxes := 0
	for what := range asked {
		if strings.HasPrefix(what, "sandbox:") {
			sandboxes++
		}
	}
	if sandboxes < 4 {
		t.Errorf("what code wrote is another file in each message, and was asked for so: %v", asked)
	}
	if want := (chat.Found{Key: "file-there", Name: "[email 1]", Size: 7}); into.found["file-there"] != want {
		t.Errorf("%+v", into.found)
	}
	if want := (chat.Found{Key: "file-lost", Missing: "lost, says [email 1]"}); into.found["file-lost"] != want {
		t.Errorf("%+v", into.found)
	}
}

// reading remembers what was found of files.
type reading struct{ found map[string]chat.Found }

func (r *reading) Prepare(c *chat.Conversation) (func() error, error) {
	return func() error {
		for i := range c.Nodes {
			if m := c.Nodes[i].Message; m != nil {
				for f := range m.Files() {
					if r.found == nil {
						r.found = map[string]chat.Found{}
					}
					r.found[f.ID] = *f.Found
				}
			}
		}
		return nil
	}, nil
}

func (r *reading) Ledger(rows.Ledger) error { return nil }

func (r *reading) Close(bool) error { return nil }

func TestAnAccountIsCalledAsItsArchiveWithoutEndings(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"chatgpt.tar.zst": "chatgpt", "x/ada.lovelace.tar.zst": "ada.lovelace", "x/ada.smith.tar.zst": "ada.smith", "bob@example.com.ZIP": "bob@example.com",
		"folder/": "folder", "one.json": "one", ".": "chatgpt", "..": "chatgpt", "/": "chatgpt", ".zip": "zip", "a.b": "a.b",
	} {
		if got := accountOf(path); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}
