package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gptsnap/formats/archive"
	"gptsnap/formats/chat"
	"gptsnap/formats/chat/chattest"
	"gptsnap/formats/chatgpt"
)

// A rec is a record to be put; its body may be a conversation made by talk.
type rec struct {
	archive.Meta
	body string
}

func conversation(id string, updated float64, n int, more ...string) rec {
	at := time.Unix(int64(updated), 0).UTC()
	return rec{archive.Meta{Kind: archive.KindConversation, ID: id, Updated: at, Nodes: n + 1, Status: 200}, talk(id, updated, n, more...)}
}

// archived writes each run of records to one archive.
func archived(t testing.TB, runs ...[]rec) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "chatgpt.tar.zst")
	for i, run := range runs {
		w, err := archive.Append(path, archive.Options{Run: fmt.Sprint("run-", i)})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range run {
			if _, err := w.Put(r.Meta, []byte(r.body)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

func TestAnArchiveYieldsTheBestCopyOfEachConversation(t *testing.T) {
	t.Parallel()
	gone := rec{archive.Meta{Kind: archive.KindConversation, ID: "aaaaaaaa", Status: 404}, `{"detail":{"code":"conversation_deleted"}}`}
	path := archived(t,
		[]rec{conversation("aaaaaaaa", 10, 1), conversation("bbbbbbbb", 20, 2), conversation("cccccccc", 30, 3)},
		[]rec{conversation("aaaaaaaa", 11, 4), conversation("bbbbbbbb", 19, 9), conversation("cccccccc", 30, 3)},
		[]rec{gone, conversation("dddddddd", 5, 1)})
	s := opened(t, path)
	got, problems := read(t, s)
	same(t, "conversations", got, "bbbbbbbb/3", "cccccccc/4", "aaaaaaaa/5", "dddddddd/2")
	holds(t, "problems", problems)
	if s.Count != 4 || s.Name != "archive" {
		t.Errorf("%d, %s", s.Count, s.Name)
	}
	one, err := s.Select(Selection{IDs: []string{"cccccccc"}, Since: time.Unix(30, 0)})
	if err != nil {
		t.Fatal(err)
	}
	for e, err := range one.Entries {
		raw, err2 := e.Raw()
		if err := errors.Join(err, err2); err != nil || string(raw) != talk("cccccccc", 30, 3) || !e.Updated.Equal(time.Unix(30, 0)) {
			t.Errorf("%s, %v", raw, err)
		}
	}
	if one.Count != 1 {
		t.Error(one.Count)
	}
}

func TestABodyThatIsNoConversationConcernsOnlyItself(t *testing.T) {
	t.Parallel()
	broken := conversation("bbbbbbbb", 20, 2)
	broken.body = "<html>log in</html>"
	s := opened(t, archived(t, []rec{conversation("aaaaaaaa", 10, 1), broken, conversation("cccccccc", 30, 3)}))
	got, problems := read(t, s)
	same(t, "conversations", got, "aaaaaaaa/2", "cccccccc/4")
	holds(t, "problems", problems, "conversation bbbbbbbb: not a conversation")
}

func TestNamesAndFlagsComeFromWhatElseWasFetched(t *testing.T) {
	t.Parallel()
	const g = "g-p-0123456789abcdef0123456789abcdef"
	listing := func(id, flags string) rec {
		return rec{archive.Meta{Kind: archive.KindListing, ID: "conversations-" + flags, Status: 200}, `{"items":[{"id":"` + id + `","title":"x","update_time":"2023-11-14T22:13:20Z",` + flags + `}],"total":1,"limit":100,"offset":0}`}
	}
	projects := func(name string) rec {
		return rec{archive.Meta{Kind: archive.KindProject, ID: "sidebar", Status: 200}, `{"items":[{"gizmo":{"id":"` + g + `","gizmo_type":"snorlax","display":{"name":"` + name + `"}},"files":[]}],"cursor":null}`}
	}
	inProject := `"gizmo_id":"` + g + `","gizmo_type":"snorlax",`
	s := opened(t, archived(t,
		[]rec{listing("aaaaaaaa", `"is_archived":true,"is_starred":true`), projects("Old name"), conversation("aaaaaaaa", 10, 1, inProject),
			conversation("bbbbbbbb", 10, 1, `"is_archived":true,`), conversation("cccccccc", 10, 1)},
		[]rec{projects("Garden"), listing("bbbbbbbb", `"is_archived":false,"is_starred":true`), listing("cccccccc", `"is_archived":true`),
			{archive.Meta{Kind: archive.KindListing, ID: "odd", Status: 500}, `{"items":[{"id":"cccccccc","is_archived":false}]}`},
			{archive.Meta{Kind: archive.KindListing, ID: "html", Status: 200}, `<html>`},
			{archive.Meta{Kind: archive.KindProject, ID: "html", Status: 200}, `<html>`}},
		[]rec{conversation("cccccccc", 20, 2)}))
	var got []string
	for text, err := range Map(t.Context(), s, 2, func(c *chat.Conversation) (string, error) {
		return fmt.Sprintf("%s:%s:%v:%v", c.ID, c.Project, c.Archived, c.Starred), nil
	}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, text)
	}
	// a: its listing is older than its body; b: newer; c: its body was fetched once more.
	same(t, "flags", got, "aaaaaaaa:Garden:false:false", "bbbbbbbb::false:true", "cccccccc::false:false")
	garden, err := s.Select(Selection{Project: "garden"})
	if err != nil {
		t.Fatal(err)
	}
	chosen, _ := read(t, garden)
	same(t, "by project", chosen, "aaaaaaaa/2")
}

func TestFilesOfAnArchiveAreFound(t *testing.T) {
	t.Parallel()
	file := func(kind, id, name, media, body string) rec {
		return rec{archive.Meta{Kind: kind, ID: id, Name: name, Media: media}, body}
	}
	s := opened(t, archived(t, []rec{
		conversation("aaaaaaaa", 10, 1),
		file(archive.KindFile, "file_00000000aaaa", "cat.png", "image/png", "old"),
		file(archive.KindFile, "sandbox:/mnt/data/plot.csv", "plot.csv", "text/csv", "1,2"),
		file(archive.KindExport, assetMap, "", "", `{"file_00000000bbbb.dat":"dog.webp"}`),
		file(archive.KindExport, "file_00000000bbbb.dat", "", "", "RIFF0000WEBPdog"),
	}, []rec{
		file(archive.KindFile, "file_00000000aaaa", "cat.png", "image/png", "new"),
		{archive.Meta{Kind: archive.KindFile, ID: "file_00000000cccc", Status: 404}, `{"status":"error"}`},
	}))
	for f, want := range map[chat.File]string{
		{ID: "file_00000000aaaa"}: "new|cat.png|image/png|3",
		{Pointer: "sandbox:/mnt/data/plot.csv", ID: "/mnt/data/plot.csv"}:       "1,2|plot.csv|text/csv|3",
		{Pointer: "file-service://file_00000000bbbb", ID: "file_00000000bbbb"}:  "RIFF0000WEBPdog|dog.webp|image/webp|15",
		{ID: "file_00000000aaaa", Name: "mine.gif", MIME: "image/gif", Size: 9}: "new|mine.gif|image/gif|9",
	} {
		in, err := s.File(&f)
		if err != nil {
			t.Errorf("%+v: %v", f, err)
			continue
		}
		body, err := io.ReadAll(in)
		if got := fmt.Sprintf("%s|%s|%s|%d", body, f.Name, f.MIME, f.Size); errors.Join(err, in.Close()) != nil || got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	for f, want := range map[chat.File]string{
		{ID: "file_00000000cccc"}: "not downloaded",
		{ID: "file_0000"}:         "not downloaded",
		{Pointer: "sandbox:/mnt/data/x.csv", ID: "/mnt/data/x.csv"}: "never exported",
	} {
		if _, err := s.File(&f); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v", f, err)
		}
	}
}

func TestContentsOfAnArchiveAreItsRecords(t *testing.T) {
	t.Parallel()
	path := archived(t, []rec{conversation("aaaaaaaa", 10, 1), {archive.Meta{Kind: archive.KindFile, ID: "file_00000000aaaa"}, "cat"}}, []rec{conversation("aaaaaaaa", 20, 2)})
	inv, err := Contents(path)
	if err != nil {
		t.Fatal(err)
	}
	defer inv.Close()
	var got []string
	for it, err := range inv.Items {
		if err != nil {
			t.Fatal(err)
		}
		in, err := it.Open()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(in)
		if err = errors.Join(err, in.Close()); err != nil || it.Body != nil && !bytes.Equal(it.Body, body) || it.Meta == nil || it.Meta.SHA256 == "" {
			t.Errorf("%+v, %v", it, err)
		}
		got = append(got, fmt.Sprintf("%s/%s/%d/%d", it.Kind, it.ID, it.Nodes, len(body)))
	}
	same(t, inv.Name, got, fmt.Sprintf("conversation/aaaaaaaa/2/%d", len(talk("aaaaaaaa", 10, 1))), "file/file_00000000aaaa/0/3", fmt.Sprintf("conversation/aaaaaaaa/3/%d", len(talk("aaaaaaaa", 20, 2))))
}

func TestADamagedArchiveGivesWhatIsWholeAndSaysSo(t *testing.T) {
	t.Parallel()
	var runs [][]rec
	for i := range 4 {
		runs = append(runs, []rec{conversation(fmt.Sprintf("aaaaaaa%d", i), 10, 3)})
	}
	raw, err := os.ReadFile(archived(t, runs...))
	if err != nil {
		t.Fatal(err)
	}
	silent, complete := 0, 0
	for at := 0; at < len(raw); at += 11 {
		bad := bytes.Clone(raw)
		bad[at] ^= 0x40
		s, err := Open(put(t, filepath.Join(t.TempDir(), "bad.tar.zst"), string(bad)))
		if err != nil {
			if fail := (*Failure)(nil); !errors.As(err, &fail) {
				t.Fatalf("byte %d: %v", at, err)
			}
			continue
		}
		got, problems := read(t, s)
		for _, id := range got {
			if !strings.HasSuffix(id, "/4") {
				t.Fatalf("byte %d: %s", at, id)
			}
		}
		if len(got) == 4 {
			complete++
		} else if len(problems) == 0 {
			silent++
		}
		s.Close()
	}
	if silent > 0 || complete == 0 {
		t.Errorf("%d losses in silence, %d complete", silent, complete)
	}
}

func TestATornArchiveIsReadUpToItsEnd(t *testing.T) {
	t.Parallel()
	first, second := []rec{conversation("aaaaaaaa", 10, 3)}, []rec{conversation("bbbbbbbb", 10, 300)}
	before, err := os.Stat(archived(t, first))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(archived(t, first, second))
	if err != nil {
		t.Fatal(err)
	}
	whole := 0
	for n := len(raw) - 1; n > int(before.Size())+64; n -= 29 {
		s, err := Open(put(t, filepath.Join(t.TempDir(), "torn.tar.zst"), string(raw[:n])))
		if err != nil {
			t.Fatalf("%d bytes: %v", n, err)
		}
		got, problems := read(t, s)
		if len(got) == 0 || got[0] != "aaaaaaaa/4" {
			t.Fatalf("%d bytes: %q", n, got)
		}
		if len(got) == 2 {
			whole++
		}
		for _, p := range problems {
			if !strings.Contains(p, "the next fetch or import mends it") {
				t.Errorf("%d bytes: %s", n, p)
			}
		}
		s.Close()
	}
	if whole == 0 {
		t.Error("the second conversation was never seen")
	}
}

// corpus is an archive of n invented conversations.
func corpus(b *testing.B, n int) (path string, size int64) {
	b.Helper()
	path = filepath.Join(b.TempDir(), "corpus.tar.zst")
	w, err := archive.Append(path, archive.Options{})
	if err != nil {
		b.Fatal(err)
	}
	for i := range n {
		raw := chattest.Conversation(1, i)
		head, err := chatgpt.Peek(raw)
		if err != nil {
			b.Fatal(err)
		}
		size += int64(len(raw))
		if _, err := w.Put(archive.Meta{Kind: archive.KindConversation, ID: head.ID, Updated: head.Updated, Nodes: head.Nodes}, raw); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	return path, size
}

func BenchmarkMap(b *testing.B) {
	path, size := corpus(b, 500)
	s := opened(b, path)
	for _, workers := range []int{1, 2, 4} {
		b.Run(fmt.Sprint("workers=", workers), func(b *testing.B) {
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				n := 0
				for _, err := range Map(b.Context(), s, workers, func(c *chat.Conversation) (int, error) { return len(c.Nodes), nil }) {
					if err != nil {
						b.Fatal(err)
					}
					n++
				}
				if n != 500 {
					b.Fatal(n)
				}
			}
		})
	}
}

func BenchmarkOpen(b *testing.B) {
	var text bytes.Buffer
	if err := chattest.WriteCorpus(&text, chattest.CorpusOptions{Conversations: 500, Seed: 1, Official: true}); err != nil {
		b.Fatal(err)
	}
	file, _ := corpus(b, 500)
	for _, k := range []struct{ name, path string }{
		{"JSON", put(b, filepath.Join(b.TempDir(), "conversations.json"), text.String())},
		{"ZIP", zipped(b, pair{"conversations.json", text.String()})},
		{"archive", file},
	} {
		b.Run(k.name, func(b *testing.B) {
			b.SetBytes(int64(text.Len()))
			b.ReportAllocs()
			for b.Loop() {
				s, err := Open(k.path)
				if err != nil || s.Count != 500 {
					b.Fatal(err)
				}
				s.Close()
			}
		})
	}
}

func BenchmarkSplit(b *testing.B) {
	var text bytes.Buffer
	if err := chattest.WriteCorpus(&text, chattest.CorpusOptions{Conversations: 300, Seed: 1}); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		s := newSplitter(bytes.NewReader(text.Bytes()), normal)
		for n := 0; ; n++ {
			if _, err := s.next(always); err == io.EOF {
				if n != 300 {
					b.Fatal(n)
				}
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
}
