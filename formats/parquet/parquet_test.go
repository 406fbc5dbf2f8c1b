package parquet

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"gptsnap/formats/chat"
	"gptsnap/formats/chat/chattest"
	"gptsnap/formats/rows"

	"github.com/parquet-go/parquet-go"
	"pgregory.net/rapid"
)

func write(t testing.TB, dir string, o Options, all ...*chat.Conversation) {
	t.Helper()
	w, err := Create(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		add, err := w.Prepare(c)
		if err == nil {
			err = add()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(true); err != nil {
		t.Fatal(err)
	}
}

// read returns the rows of all files that match, in the order of their names.
func read[T any](t testing.TB, glob string) (all []T) {
	t.Helper()
	names, _ := filepath.Glob(glob)
	for _, name := range names {
		some, err := parquet.ReadFile[T](name)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all = append(all, some...)
	}
	return all
}

// files are the places and bytes of everything in dir.
func files(t testing.TB, dir string) map[string]string {
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(p)
		rel, _ := filepath.Rel(dir, p)
		all[filepath.ToSlash(rel)] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// talk is a conversation of one month with n answers to choose from.
func talk(id string, month time.Month, n int) *chat.Conversation {
	when := time.Date(2024, month, 3, 12, 0, 0, 250_000_000, time.UTC)
	c := &chat.Conversation{ID: id, Title: "Title of " + id, Created: when}
	c.Nodes = []chat.Node{{ID: "root"}, {ID: "q", Message: &chat.Message{ID: "q", Role: chat.User, ContentType: "text", Created: when, Parts: []chat.Part{&chat.Text{Raw: "two words"}}}}}
	links := []chat.Links{{}, {Parent: "root"}}
	for i := range n {
		m := &chat.Message{ID: fmt.Sprint("a", i), Role: chat.Assistant, ContentType: "text", Model: "m-1", Created: when.AddDate(0, i, 0), Parts: []chat.Part{&chat.Text{Raw: "an answer of words"}}}
		c.Nodes = append(c.Nodes, chat.Node{ID: chat.NodeID(m.ID), Message: m})
		links = append(links, chat.Links{Parent: "q"})
	}
	c.Link(links, "a0")
	return c
}

func TestEveryRowComesBackAsItWasWhateverTheLayout(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := chattest.Tree(rt)
		c.ID = "id"
		r := rows.Of(c)
		var want []message
		for i := range r.Nodes {
			want = append(want, messageOf(r, i, "me"))
		}
		for _, byMonth := range []bool{false, true} {
			dir := filepath.Join(t.TempDir(), "set")
			write(t, dir, Options{Account: "me", ByMonth: byMonth}, c)
			glob := func(table string) string {
				if byMonth {
					return filepath.Join(dir, table, "*", "*.parquet")
				}
				return filepath.Join(dir, table+".parquet")
			}
			got := read[message](t, glob("messages"))
			slices.SortFunc(got, func(a, b message) int { return int(a.Position - b.Position) })
			if a, b := asJSON(t, got), asJSON(t, want); a != b {
				rt.Fatalf("by month %v:\n%s\nwant\n%s", byMonth, a, b)
			}
			if got := read[conversation](t, glob("conversations")); asJSON(t, got) != asJSON(t, []conversation{conversationOf(r, "me")}) {
				rt.Fatalf("%+v", got)
			}
			if got := read[branch](t, glob("branches")); len(got) != c.Leaves() {
				rt.Fatalf("%d branches, want %d", len(got), c.Leaves())
			}
			os.RemoveAll(dir)
		}
	})
}

// asJSON compares without telling an empty list from none.
func asJSON(t testing.TB, v any) string {
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	s := strings.ReplaceAll(string(b), "[]", "null")
	if s == "null" {
		return ""
	}
	return s
}

func TestEveryPartCanBeRead(t *testing.T) {
	for _, p := range chattest.EveryPart() {
		c := talk("id", 5, 1)
		c.Nodes[2].Message.Parts = []chat.Part{p}
		dir := filepath.Join(t.TempDir(), "set")
		write(t, dir, Options{ByMonth: true}, c)
		all := asJSON(t, read[message](t, filepath.Join(dir, "messages", "*", "*.parquet")))
		for _, w := range chattest.Words(p) {
			if !strings.Contains(all, w) {
				t.Errorf("a %T does not hold %q", p, w)
			}
		}
	}
}

func TestAMessageStandsInItsOwnMonth(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "set")
	lost := talk("lost", 5, 1)
	lost.Created = time.Time{}
	lost.Nodes[2].Message.Created = time.Date(12024, 1, 1, 0, 0, 0, 0, time.UTC)
	write(t, dir, Options{Account: "me", ByMonth: true}, talk("c", 5, 3), lost)
	var got []string
	for name := range files(t, dir) {
		got = append(got, strings.TrimSuffix(name, filepath.Base(name)))
	}
	slices.Sort(got)
	want := []string{"branches/month=2024-05/", "branches/month=unknown/", "conversations/month=2024-05/", "conversations/month=unknown/",
		"messages/month=2024-05/", "messages/month=2024-06/", "messages/month=2024-07/", "messages/month=unknown/", "missing/", "runs/"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%q", got)
	}
}

func TestAccountsStandSideBySideAndReplaceOnlyTheirOwn(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "set")
	write(t, dir, Options{Account: "ada", ByMonth: true}, talk("c1", 5, 2))
	write(t, dir, Options{Account: "bob", ByMonth: true}, talk("c2", 5, 1))
	write(t, dir, Options{Account: "ada", ByMonth: true}, talk("c1", 7, 1)) // it has moved to another month
	stranger := filepath.Join(dir, "messages", "month=2024-05", "part-by-hand.parquet")
	if err := os.WriteFile(stranger, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	write(t, dir, Options{Account: "ada", ByMonth: true}, talk("c1", 8, 1))
	if err := os.Remove(stranger); err != nil {
		t.Error("a file of somebody else is gone:", err)
	}
	var got []string
	for _, m := range read[conversation](t, filepath.Join(dir, "conversations", "*", "*.parquet")) {
		got = append(got, m.Account+" "+m.ID+" "+time.UnixMicro(*m.Created).UTC().Format("2006-01"))
	}
	if want := []string{"bob c2 2024-05", "ada c1 2024-08"}; !reflect.DeepEqual(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if left, _ := os.ReadDir(filepath.Join(dir, "messages")); len(left) != 2 {
		t.Error("empty folders stay:", left)
	}
}

func TestTheSameConversationsGiveTheSameBytes(t *testing.T) {
	for _, byMonth := range []bool{false, true} {
		var first map[string]string
		for range 2 {
			dir := filepath.Join(t.TempDir(), "set")
			write(t, dir, Options{Account: "me", ByMonth: byMonth}, talk("c1", 5, 3), talk("c2", 4, 1))
			if got := files(t, dir); first == nil {
				first = got
			} else if !reflect.DeepEqual(first, got) || len(got) < 5 {
				t.Errorf("by month %v: two runs differ", byMonth)
			}
		}
	}
}

func TestAnAbortedRunLeavesNothingAndTouchesNothing(t *testing.T) {
	for _, byMonth := range []bool{false, true} {
		parent := t.TempDir()
		dir := filepath.Join(parent, "set")
		write(t, dir, Options{Account: "me", ByMonth: byMonth}, talk("c1", 5, 3))
		before := files(t, parent)
		for _, into := range []string{dir, filepath.Join(parent, "new")} {
			w, err := Create(into, Options{Account: "me", ByMonth: byMonth})
			if err != nil {
				t.Fatal(err)
			}
			add, _ := w.Prepare(talk("c2", 6, 1))
			if err := add(); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(false); err != nil {
				t.Fatal(err)
			}
		}
		if after := files(t, parent); !reflect.DeepEqual(before, after) {
			t.Errorf("by month %v: something changed", byMonth)
		}
		if left, _ := os.ReadDir(parent); len(left) != 1 {
			t.Error(left)
		}
	}
	file := filepath.Join(t.TempDir(), "a file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(file, Options{}); err == nil {
		t.Error("a file was taken for a folder")
	}
}

func TestTablesWithoutRowsAreFilesAllTheSame(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "set")
	write(t, dir, Options{})
	if got := files(t, dir); len(got) != 5 {
		t.Error(slices.Sorted(maps.Keys(got)))
	}
	if got := read[message](t, filepath.Join(dir, "messages.parquet")); len(got) != 0 {
		t.Error(got)
	}
}

func TestTheLedgerHasTablesOfItsOwnWithoutMonths(t *testing.T) {
	when := time.Date(2026, 1, 3, 12, 0, 0, 0, time.UTC)
	l := rows.LedgerOf([]rows.Run{{Run: "r1", Command: "fetch", Started: when, Ended: when.Add(time.Minute), Outcome: "incomplete", New: 4, Failed: 1, Records: 9}, {Run: "r2"}},
		[]rows.Lack{{What: "conversation", ID: "c9", Why: "500\x00"}, {What: "list", Why: "broke off"}})
	parent := t.TempDir()
	for again := range 2 {
		for _, byMonth := range []bool{false, true} {
			dir := filepath.Join(parent, fmt.Sprint("set", byMonth))
			for _, account := range []string{"ada", "bob"} {
				w, err := Create(dir, Options{Account: account, ByMonth: byMonth})
				if err != nil {
					t.Fatal(err)
				}
				if err := w.Ledger(l); err != nil {
					t.Fatal(err)
				}
				if err := w.Close(true); err != nil {
					t.Fatal(err)
				}
			}
			glob, accounts := "runs.parquet", 1 // the second replaces the first
			if byMonth {
				glob, accounts = filepath.Join("runs", "*.parquet"), 2
			}
			runs := read[run](t, filepath.Join(dir, glob))
			lacks := read[lack](t, filepath.Join(dir, strings.Replace(glob, "runs", "missing", 1)))
			if len(runs) != 2*accounts || len(lacks) != 2*accounts {
				t.Fatalf("round %d: %d runs and %d lacks of %d accounts", again, len(runs), len(lacks), accounts)
			}
			if r := runs[0]; r.Number != 1 || r.Run != "r1" || *r.Started != when.UnixMicro() || r.Outcome != "incomplete" || r.New != 4 || r.Failed != 1 || r.Records != 9 {
				t.Errorf("%+v", r)
			}
			if r := runs[1]; r.Number != 2 || r.Command != "" || r.Started != nil {
				t.Errorf("%+v", r)
			}
			if k := lacks[0]; k.ID != "c9" || k.Why != "500\uFFFD" || k.What != "conversation" {
				t.Errorf("%+v", k)
			}
		}
	}
}

func TestASpoolGivesEachStreamItsOwnBytes(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		sp, err := newSpool(t.TempDir())
		if err != nil {
			rt.Fatal(err)
		}
		defer sp.close()
		var streams []*stream
		var want [3]bytes.Buffer
		for range want {
			streams = append(streams, sp.stream())
		}
		for range rapid.IntRange(0, 40).Draw(rt, "writes") {
			k := rapid.IntRange(0, 2).Draw(rt, "stream")
			size := rapid.SampledFrom([]int{0, 1, 1000, chunkSize - 1, chunkSize, mostHeld / 8}).Draw(rt, "size")
			p := bytes.Repeat([]byte{byte(want[k].Len()), byte(k)}, size)[:size]
			want[k].Write(p)
			if _, err := streams[k].Write(p); err != nil {
				rt.Fatal(err)
			}
		}
		for range 2 {
			for k := range want {
				got, err := io.ReadAll(streams[k].reader())
				if err != nil || !bytes.Equal(got, want[k].Bytes()) {
					rt.Fatalf("stream %d: %d bytes, want %d: %v", k, len(got), want[k].Len(), err)
				}
			}
			// One is given back and written anew; then all are, and the file begins anew.
			for _, some := range [][]int{{1}, {0, 1, 2}} {
				for _, k := range some {
					sp.giveBack(streams[k])
				}
				for _, k := range some {
					streams[k] = sp.stream()
					want[k].Reset()
					p := bytes.Repeat([]byte{byte(10 + k)}, rapid.IntRange(0, 3*chunkSize).Draw(rt, "anew"))
					want[k].Write(p)
					if _, err := streams[k].Write(p); err != nil {
						rt.Fatal(err)
					}
				}
				for k := range want {
					if got, err := io.ReadAll(streams[k].reader()); err != nil || !bytes.Equal(got, want[k].Bytes()) {
						rt.Fatalf("stream %d of %v: %d bytes, want %d: %v", k, some, len(got), want[k].Len(), err)
					}
				}
			}
		}
	})
}

// TestThePageDescribesEveryColumn keeps README.md whole.
func TestThePageDescribesEveryColumn(t *testing.T) {
	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []any{conversation{}, message{}, branch{}, part{}, citation{}, file{}, snippet{}, feedback{}, oddity{}, run{}, lack{}} {
		for f := range reflect.TypeOf(row).Fields() {
			name, _, _ := strings.Cut(f.Tag.Get("parquet"), ",")
			if !bytes.Contains(page, []byte("`"+name+"`")) {
				t.Errorf("README.md does not tell of %T.%s", row, name)
			}
		}
	}
}
