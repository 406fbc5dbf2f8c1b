package convert

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gptsnap/formats/chat"
	"gptsnap/formats/chatgpt"
)

// TestTheCheckerOfBooksHasNothingToSay binds every golden case, with pictures,
// a chapter that is cut and hostile text, and hands the book to epubcheck.
func TestTheCheckerOfBooksHasNothingToSay(t *testing.T) {
	t.Parallel()
	checker, err := exec.LookPath("epubcheck")
	java, err2 := exec.LookPath("java")
	if err != nil || err2 != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("epubcheck is missing: make tools")
		}
		t.Skip("epubcheck is not installed")
	}
	var inputs []string
	for _, glob := range []string{"../testdata/cases/*/in.json", "../testdata/samples/[0-9]*.json"} {
		files, err := filepath.Glob(glob)
		if err != nil || len(files) == 0 {
			t.Fatal(glob, err)
		}
		for _, f := range files {
			if !strings.HasPrefix(filepath.Base(f), "15-paged") {
				inputs = append(inputs, f)
			}
		}
	}
	hostile := "<b>x</b> &#1; &nbsp; [a](javascript:x) [![i](https://e.example)](https://f.example) | ![p](x.png)\n\n| a |\n|:-:|\n| <br> |\n\n# h\n\n- [ ] t\n\n```\n<x>"
	make := func(i int) (*chat.Conversation, error) {
		if i < len(inputs) {
			raw, err := os.ReadFile(inputs[i])
			if err != nil {
				return nil, err
			}
			return chatgpt.Decode(raw)
		}
		c := chain("12345678", hostile, 2)
		m := c.Nodes[2].Message
		m.Parts = []chat.Part{&chat.Text{Raw: hostile}, &chat.Image{File: &chat.File{ID: "file_a", Name: "a b <ä>.png"}}, &chat.Code{Source: strings.Repeat("code & more\n", 40_000)}}
		m.Attachments = []*chat.File{{ID: "file_b", Name: "b.pdf"}, {ID: "file_c", Name: "c.png"}}
		return c, nil
	}
	var jpg bytes.Buffer
	if err := jpeg.Encode(&jpg, image.NewGray(image.Rect(0, 0, 8, 8)), nil); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "all.epub")
	_, r := renderer(t, "epub", Look{})
	to, err := openBook(r.(Binder), path)
	if err != nil {
		t.Fatal(err)
	}
	n := len(inputs) + 1
	rep, err := Run(context.Background(), sourceOf(n, make, map[string]string{"file_a": jpg.String(), "file_b": "%PDF-1.7", "file_c": "\x89PNG\r\n\x1a\ncut"}), r, to, defaults(t))
	if err != nil || rep.Documents != n || rep.Files != 1 {
		t.Fatal(rep, err)
	}
	if err := to.Close(true); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(java, "-XX:TieredStopAtLevel=1", "-jar", checker, path).CombinedOutput(); err != nil || !bytes.Contains(out, []byte("No errors or warnings detected")) {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestABookIsTheSameForAnyNumberOfWorkers(t *testing.T) {
	t.Parallel()
	make := func(i int) (*chat.Conversation, error) { return chain(strings.Repeat("x", 8+i), "Chat", 2), nil }
	var first []byte
	for _, workers := range []int{1, 8} {
		path := filepath.Join(t.TempDir(), "x.epub")
		_, r := renderer(t, "epub", Look{})
		to, err := openBook(r.(Binder), path)
		if err != nil {
			t.Fatal(err)
		}
		o := defaults(t)
		o.Workers = workers
		if _, err := Run(context.Background(), sourceOf(30, make, nil), r, to, o); err != nil {
			t.Fatal(err)
		}
		if err := to.Close(true); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = got
		}
		if !bytes.Equal(got, first) {
			t.Error("other bytes")
		}
	}
}
