package html

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"gptsnap/formats/chat"

	"pgregory.net/rapid"
)

// tape is a temporary file in memory.
type tape struct {
	bytes.Buffer
	opened int
}

func (t *tape) ReadAt(p []byte, at int64) (int, error) {
	return bytes.NewReader(t.Bytes()).ReadAt(p, at)
}

func (t *tape) open() (io.Writer, io.ReaderAt, error) {
	t.opened++
	return t, t, nil
}

// noScratch is for sites so small that nothing is written away.
func noScratch() (io.Writer, io.ReaderAt, error) {
	return nil, nil, errors.New("a small site needs a temporary file")
}

// indexed is the index of pages, made while at most room bytes are held.
func indexed(t rapid.TB, pages []string, room int, scratch func() (io.Writer, io.ReaderAt, error)) (string, int, error) {
	s := newSearch(scratch)
	s.past.room = room
	listed := make([]int, len(pages))
	for i, words := range pages {
		var o out
		o.raw("<main><p>")
		o.text(words)
		o.raw("</main>")
		s.add(o.b)()
		listed[i] = i
	}
	runs := len(s.past.all)
	var all strings.Builder
	err := s.write(listed, func(a chat.Asset) error { all.WriteString(a.Name + "\n" + string(a.Body)); return nil })
	return all.String(), runs, err
}

func TestAnIndexWrittenAwayInRunsIsTheSame(t *testing.T) {
	t.Parallel()
	word := rapid.SampledFrom(strings.Fields("a ab abc b water Über 水分 水 ก็บก็ مكتب 𠀀𠀁 Ａ 데 длинное x1 x2 x3 zz zzz"))
	rapid.Check(t, func(rt *rapid.T) {
		var pages []string
		for _, words := range rapid.SliceOfN(rapid.SliceOfN(rapid.OneOf(word, rapid.StringMatching(`[a-f]{1,4}`)), 0, 30), 1, 30).Draw(rt, "pages") {
			pages = append(pages, strings.Join(words, " "))
		}
		want, _, err := indexed(rt, pages, mostHeld, noScratch)
		if err != nil {
			rt.Fatal(err)
		}
		var file tape
		got, runs, err := indexed(rt, pages, rapid.SampledFrom([]int{1, 2000, 1<<20 + 5500}).Draw(rt, "room"), file.open)
		if err != nil || got != want {
			rt.Fatalf("in %d runs: %v\n%s\nwant\n%s", runs, err, got, want)
		}
		if (runs > 0) != (file.opened == 1) || file.opened > 1 {
			rt.Fatalf("%d runs in %d files", runs, file.opened)
		}
	})
}

// What goes wrong with the temporary file is said once, at the end, and never
// makes an index that lacks something.
func TestATemporaryFileThatFailsIsToldOf(t *testing.T) {
	t.Parallel()
	pages := []string{"one two three", "two three four", "three four five"}
	full := errors.New("no room on the disk")
	for name, scratch := range map[string]func() (io.Writer, io.ReaderAt, error){
		"cannot be opened":  func() (io.Writer, io.ReaderAt, error) { return nil, nil, full },
		"cannot be written": func() (io.Writer, io.ReaderAt, error) { return failing{full}, &tape{}, nil },
		"cannot be read":    func() (io.Writer, io.ReaderAt, error) { return &tape{}, failing{full}, nil },
	} {
		if got, _, err := indexed(t, pages, 1, scratch); !errors.Is(err, full) || strings.Contains(got, "index.js") {
			t.Errorf("%s: %v, and %q", name, err, got)
		}
	}
	// a file that somebody cut
	var whole tape
	if _, _, err := indexed(t, pages, 1, whole.open); err != nil {
		t.Fatal(err)
	}
	for n := range whole.Len() {
		got, _, err := indexed(t, pages, 1, func() (io.Writer, io.ReaderAt, error) {
			return &tape{}, bytes.NewReader(whole.Bytes()[:n]), nil
		})
		if err == nil || strings.Contains(got, "index.js") {
			t.Fatalf("cut after %d bytes of %d: %v", n, whole.Len(), err)
		}
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error)         { return 0, f.err }
func (f failing) ReadAt([]byte, int64) (int, error) { return 0, f.err }
