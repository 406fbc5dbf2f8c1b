package convert

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gptsnap/formats/chat"
	"gptsnap/formats/chat/chattest"
	"gptsnap/formats/source"

	"pgregory.net/rapid"
)

// sourceOf is a source of conversations made on the spot.
func sourceOf(n int, make func(i int) (*chat.Conversation, error), files map[string]string) *source.Source {
	return &source.Source{Name: "test", Path: "test", Count: n, Close: func() error { return nil },
		Entries: func(yield func(source.Entry, error) bool) {
			for i := range n {
				if !yield(source.Entry{ID: fmt.Sprint("c", i), Decode: func() (*chat.Conversation, error) { return make(i) }}, nil) {
					return
				}
			}
		},
		File: func(f *chat.File) (io.ReadCloser, error) {
			if body, ok := files[f.ID]; ok {
				return io.NopCloser(strings.NewReader(body)), nil
			}
			return nil, errors.New("the test does not hold it")
		}}
}

// chain is a conversation of one prompt and its answers.
func chain(id, title string, answers int) *chat.Conversation {
	c := &chat.Conversation{ID: id, Title: title, Created: time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC)}
	say := func(name string, role chat.Role) {
		c.Nodes = append(c.Nodes, chat.Node{ID: chat.NodeID(name), Message: &chat.Message{ID: name, Role: role, ContentType: "text", Parts: []chat.Part{&chat.Text{Raw: "words-of-" + name}}}})
	}
	c.Nodes = append(c.Nodes, chat.Node{ID: "root"})
	say("q", chat.User)
	links := []chat.Links{{}, {Parent: "root"}}
	for i := range answers {
		say(fmt.Sprint("a", i), chat.Assistant)
		links = append(links, chat.Links{Parent: "q"})
	}
	c.Link(links, chat.NodeID(fmt.Sprint("a", answers-1)))
	return c
}

func defaults(t testing.TB) Options {
	name, err := ParseTemplate(DefaultName, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	return Options{Branches: "all", Thinking: "fold", Tools: "fold", Name: name, Files: "copy", Workers: 2, Log: slog.New(slog.DiscardHandler)}
}

func renderer(t testing.TB, name string, l Look) (format, Renderer) {
	f, ok := formatNamed(name)
	if !ok {
		t.Fatalf("no format %s", name)
	}
	l.Zone = time.UTC
	for _, s := range []struct {
		at *string
		to string
	}{{&l.Thinking, "fold"}, {&l.Tools, "fold"}, {&l.Timestamps, "smart"}, {&l.Citations, "links"}, {&l.Flavor, "gfm"}, {&l.UserName, "You"}, {&l.AssistantName, "ChatGPT"}, {&l.Schema, "messages"}, {&l.System, "keep"}} {
		if *s.at == "" {
			*s.at = s.to
		}
	}
	r, err := f.make(l)
	if err != nil {
		t.Fatal(err)
	}
	return f, r
}

func tree(t testing.TB, dir string) map[string]string {
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

func TestOutputIsTheSameForAnyNumberOfWorkersAndFromRunToRun(t *testing.T) {
	t.Parallel()
	make := func(i int) (*chat.Conversation, error) {
		return chain(fmt.Sprintf("%08d-x", i), fmt.Sprint("Chat ", i%5), 1+i%4), nil
	}
	for _, f := range formats {
		var first map[string]string
		for _, workers := range []int{1, 8, 3} {
			dir := t.TempDir()
			to, err := OpenFolder(dir, FolderOptions{})
			if err != nil {
				t.Fatal(err)
			}
			o := defaults(t)
			o.Workers, o.Whole = workers, f.whole
			_, r := renderer(t, f.name, Look{Highlight: true})
			rep, err := Run(context.Background(), sourceOf(40, make, nil), r, to, o)
			if err != nil || rep.Conversations != 40 || rep.Documents != 40 {
				t.Fatal(rep, err)
			}
			got := tree(t, dir)
			if first == nil {
				first = got
			}
			for name := range first {
				if got[name] != first[name] {
					t.Errorf("%s: %s differs with %d workers", f.name, name, workers)
				}
			}
			if len(got) != len(first) {
				t.Errorf("%s: %d files, then %d", f.name, len(first), len(got))
			}
		}
	}
}

func TestOneBadConversationDoesNotEndARun(t *testing.T) {
	make := func(i int) (*chat.Conversation, error) {
		if i == 1 {
			return nil, errors.New("its bytes are torn")
		}
		return chain(fmt.Sprint("id-", i), "T", 1), nil
	}
	dir := t.TempDir()
	to, _ := OpenFolder(dir, FolderOptions{})
	o := defaults(t)
	var log bytes.Buffer
	o.Log = slog.New(slog.NewTextHandler(&log, nil))
	_, r := renderer(t, "markdown", Look{})
	rep, err := Run(context.Background(), sourceOf(3, make, nil), r, to, o)
	if err != nil || rep.Conversations != 2 || rep.Skipped != 1 {
		t.Error(rep, err)
	}
	if !strings.Contains(log.String(), "c1") || !strings.Contains(log.String(), "torn") {
		t.Error(log.String())
	}
}

func TestCancelEndsARunWithoutHalfFiles(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	dir := t.TempDir()
	to, _ := OpenFolder(dir, FolderOptions{})
	o := defaults(t)
	o.Progress = func(done, _ int) {
		if done == 3 {
			cancel()
		}
	}
	_, r := renderer(t, "markdown", Look{})
	_, err := Run(ctx, sourceOf(1000, func(i int) (*chat.Conversation, error) { return chain(fmt.Sprint("id-", i), "T", 1), nil }, nil), r, to, o)
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	for name := range tree(t, dir) {
		if strings.HasSuffix(name, ".part") {
			t.Error(name)
		}
	}
}

func TestBranchesAsTheUserWants(t *testing.T) {
	for _, k := range []struct {
		branches string
		want     []int // words of q, a0, a1, a2 over all documents
		docs     int
	}{{"all", []int{1, 1, 1, 1}, 1}, {"current", []int{1, 0, 0, 1}, 1}, {"files", []int{3, 1, 1, 1}, 3}} {
		for _, format := range []string{"markdown", "html", "text"} {
			dir := t.TempDir()
			to, _ := OpenFolder(dir, FolderOptions{})
			o := defaults(t)
			o.Branches = k.branches
			_, r := renderer(t, format, Look{})
			rep, err := Run(context.Background(), sourceOf(1, func(int) (*chat.Conversation, error) { return chain("12345678", "T", 3), nil }, nil), r, to, o)
			if err != nil || rep.Documents != k.docs {
				t.Fatal(rep, err)
			}
			all := ""
			for name, body := range tree(t, dir) {
				if strings.Contains(name, "12345678") {
					all += body
				}
			}
			var got []int
			for _, w := range []string{"q", "a0", "a1", "a2"} {
				got = append(got, strings.Count(all, "words-of-"+w))
			}
			if !slices.Equal(got, k.want) {
				t.Errorf("%s as %s: %v, want %v", k.branches, format, got, k.want)
			}
		}
	}
}

// TestEveryRendererShowsEveryPart holds all document formats to completeness,
// on and off the current path.
func TestEveryRendererShowsEveryPart(t *testing.T) {
	for _, format := range []string{"markdown", "html", "text", "epub"} {
		_, r := renderer(t, format, Look{Highlight: true})
		for _, p := range chattest.EveryPart() {
			c := chain("12345678", "T", 2)
			for i := range c.Nodes {
				if m := c.Nodes[i].Message; m != nil && m.ID == "a1" {
					m.Parts = []chat.Part{p}
				}
			}
			for _, current := range []int{3, 2} { // the part is on a1, node 3
				c.Current = current
				var b bytes.Buffer
				if err := r.Render(&b, &chat.Document{Conversation: c, Path: "x"}); err != nil {
					t.Fatal(err)
				}
				for _, w := range chattest.Words(p) {
					if !strings.Contains(b.String(), w) {
						t.Errorf("%s, current node %d: a %T does not show %q", format, current, p, w)
					}
				}
			}
		}
	}
}

func TestEveryVisibleMessageStandsOnceWhateverTheTree(t *testing.T) {
	for _, format := range []string{"markdown", "html", "text", "epub"} {
		_, r := renderer(t, format, Look{})
		rapid.Check(t, func(rt *rapid.T) {
			whole := chattest.Tree(rt)
			c := narrow(whole, defaults(t))
			var b bytes.Buffer
			if err := r.Render(&b, &chat.Document{Conversation: c, Path: "x"}); err != nil {
				rt.Fatal(err)
			}
			for i := range whole.Nodes {
				if m := whole.Nodes[i].Message; m != nil && m.Visible() {
					if n := strings.Count(b.String(), m.Text()); n != 1 {
						rt.Fatalf("%s: %q stands %d times", format, m.Text(), n)
					}
				}
			}
		})
	}
}

func TestFilesAreCopiedOnceAndMissingOnesAreNoted(t *testing.T) {
	const png = "\x89PNG\r\n\x1a\nrest"
	make := func(i int) (*chat.Conversation, error) {
		c := chain(fmt.Sprintf("%08d", i), "T", 1)
		for k := range c.Nodes {
			if m := c.Nodes[k].Message; m != nil {
				m.Parts = append(m.Parts,
					&chat.Image{File: &chat.File{Pointer: "sediment://file_a", ID: "file_a", Name: "../../plot.dat"}},
					&chat.Image{File: &chat.File{Pointer: "sediment://file_b", ID: "file_b", Name: "gone.png"}})
			}
		}
		return c, nil
	}
	dir := t.TempDir()
	to, _ := OpenFolder(dir, FolderOptions{})
	_, r := renderer(t, "markdown", Look{})
	rep, err := Run(context.Background(), sourceOf(2, make, map[string]string{"file_a": png}), r, to, defaults(t))
	if err != nil || rep.Files != 2 || rep.MissingFiles != 2 {
		t.Fatalf("%+v %v", rep, err)
	}
	placed := 0
	for name, body := range tree(t, dir) {
		if strings.HasPrefix(name, "files/") {
			placed++
			if body != png || !strings.HasSuffix(name, ".png") || strings.Contains(name, "..") {
				t.Errorf("%s: %q", name, body)
			}
			continue
		}
		if strings.HasPrefix(name, "2024") && (!strings.Contains(body, "files/") || !strings.Contains(body, "the test does not hold it")) {
			t.Errorf("%s:\n%s", name, body)
		}
	}
	if placed != 1 {
		t.Errorf("%d files placed", placed)
	}
}

// cutOff is a chain of a prompt and n answers, all but the last cut off for length.
func cutOff(n int) *chat.Conversation {
	c := chain("12345678", "T", 1)
	first := c.Nodes[2].Message
	c.Nodes = c.Nodes[:2]
	links := []chat.Links{{}, {Parent: "root"}}
	for i := range n {
		m := *first
		m.ID, m.Finish = fmt.Sprint("a", i), "max_tokens"
		m.Parts = []chat.Part{&chat.Text{Raw: fmt.Sprintf("<%d>", i)}}
		if i == n-1 {
			m.Finish = "stop"
		}
		links = append(links, chat.Links{Parent: c.Nodes[len(c.Nodes)-1].ID})
		c.Nodes = append(c.Nodes, chat.Node{ID: chat.NodeID(m.ID), Message: &m})
	}
	c.Link(links, c.Nodes[len(c.Nodes)-1].ID)
	return c
}

func TestAnswersThatWereContinuedAreOneText(t *testing.T) {
	for _, format := range []string{"markdown", "html", "text"} {
		_, r := renderer(t, format, Look{})
		page := func(c *chat.Conversation) string {
			var b bytes.Buffer
			if err := r.Render(&b, &chat.Document{Conversation: c, Path: "x"}); err != nil {
				t.Fatal(err)
			}
			return strings.NewReplacer("&lt;", "<", "&gt;", ">", `\<`, "<", `\>`, ">").Replace(b.String())
		}
		if got := page(cutOff(3)); !strings.Contains(got, "<0><1><2>") {
			t.Errorf("%s: three parts of an answer are not one:\n%s", format, got)
		}
		stopped := cutOff(3)
		stopped.Current = 3 // the path ends with the first answer's second part
		if got := page(stopped); strings.Contains(got, "<1><2>") || strings.Count(got, "<2>") != 1 {
			t.Errorf("%s: what follows the current node was joined to it:\n%s", format, got)
		}
		if got := page(cutOff(5000)); !strings.Contains(got, "<98><99>") || !strings.Contains(got, "<4998><4999>") {
			t.Errorf("%s: a long chain lost parts", format)
		}
	}
}
