package convert

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"gptsnap/formats/chat"
)

// pictured is a conversation whose message names files of these ids.
func pictured(ids ...string) *chat.Conversation {
	c := chain("12345678", "T", 1)
	m := c.Nodes[1].Message
	for _, id := range ids {
		m.Parts = append(m.Parts, &chat.Image{File: &chat.File{Pointer: "sediment://" + id, ID: id, Name: id + ".png"}})
	}
	return c
}

func TestWhatIsTooLargeIsNotEmbedded(t *testing.T) {
	files := map[string]string{"file_small": "\x89PNG\r\n\x1a\nx", "file_large": strings.Repeat("x", mostEmbedded+1), "file_empty": ""}
	ids := []string{"file_small", "file_large", "file_none", "file_empty", "file_small"}
	for i := range mostInDocument/mostEmbedded + 1 {
		id := fmt.Sprint("file_full", i)
		files[id] = strings.Repeat("y", mostEmbedded)
		ids = append(ids, id)
	}
	c := pictured(ids...)
	p := newPlacer(sourceOf(1, nil, files), ToWriter(nil, false), "embed", "")
	found, missing, err := p.place(&chat.Document{Conversation: c, Root: "../"})
	if err != nil || found != 2+3 || missing != 2+2 {
		t.Errorf("%d found, %d missing, %v", found, missing, err)
	}
	var got []string
	each(&chat.Document{Conversation: c}, func(f *chat.File) {
		got = append(got, f.ID+" "+f.Href[:min(len(f.Href), 60)]+f.Missing)
	})
	want := []string{
		"file_small data:image/png;base64,iVBORw0KGgp4",
		"file_large larger than 16 MiB, so it was not embedded",
		"file_none the test does not hold it",
		"file_empty data:application/octet-stream;base64,",
		"file_small data:image/png;base64,iVBORw0KGgp4",
		"file_full0 data:application/octet-stream;base64,eXl5eXl5eXl5eXl5eXl5",
		"file_full1 data:application/octet-stream;base64,eXl5eXl5eXl5eXl5eXl5",
		"file_full2 data:application/octet-stream;base64,eXl5eXl5eXl5eXl5eXl5",
		"file_full3 not embedded: the files of this document are larger than 64 MiB together",
		"file_full4 not embedded: the files of this document are larger than 64 MiB together",
	}
	for i := range want {
		if i >= len(got) || !strings.HasPrefix(got[i], want[i]) {
			t.Fatalf("got %q\nwant %q", got, want)
		}
	}
}

func TestLinksLeadFromEachDocumentToTheFile(t *testing.T) {
	src := sourceOf(1, nil, nil)
	src.Where = func(f *chat.File) (string, error) {
		if f.ID == "file_none" {
			return "", errors.New("not in the export")
		}
		return "/home/ann/export/" + f.ID + ".png", nil
	}
	for _, x := range []struct{ from, root, want string }{
		{"/home/ann/out", "", "../export/file_a.png"},
		{"/home/ann/out", "../", "../../export/file_a.png"},
		{"/home/ann/export", "", "file_a.png"},
		{"/", "../", "../home/ann/export/file_a.png"},
	} {
		c := pictured("file_a", "file_none")
		to, err := OpenFolder(t.TempDir(), FolderOptions{})
		if err != nil {
			t.Fatal(err)
		}
		found, missing, err := newPlacer(src, to, "link", x.from).place(&chat.Document{Conversation: c, Root: x.root})
		if err != nil || found != 1 || missing != 1 {
			t.Error(found, missing, err)
		}
		each(&chat.Document{Conversation: c}, func(f *chat.File) {
			if f.ID == "file_a" && f.Href != x.want || f.ID == "file_none" && (f.Href != "" || f.Missing != "not in the export") {
				t.Errorf("from %s: %s %s", x.from, f.Href, f.Missing)
			}
		})
	}
}

// Two chats know one file by two names: which chat comes first must not show.
func TestNamesOfFilesDoNotDependOnWhoComesFirst(t *testing.T) {
	make := func(i int) (*chat.Conversation, error) {
		c := pictured("file_a")
		c.ID, c.Title = fmt.Sprintf("%08d", i), fmt.Sprint("T", i)
		for f := range c.Nodes[1].Message.Files() {
			if f.Name = ""; i%2 == 0 {
				f.Name, f.MIME = "holiday.png", "image/x-odd"
			}
		}
		return c, nil
	}
	var first map[string]string
	for _, workers := range []int{1, 8, 8, 8} {
		dir := t.TempDir()
		to, _ := OpenFolder(dir, FolderOptions{})
		_, r := renderer(t, "markdown", Look{})
		o := defaults(t)
		o.Workers = workers
		if _, err := Run(context.Background(), sourceOf(8, make, map[string]string{"file_a": "\x89PNG\r\n\x1a\nrest"}), r, to, o); err != nil {
			t.Fatal(err)
		}
		got := tree(t, dir)
		if first == nil {
			first = got
		}
		if len(got) != len(first) {
			t.Errorf("%d files, then %d", len(first), len(got))
		}
		for name := range first {
			if got[name] != first[name] {
				t.Errorf("%s differs with %d workers:\n%s\n%s", name, workers, first[name], got[name])
			}
		}
	}
}
