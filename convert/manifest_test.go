package convert

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gptsnap/formats/chat"
)

func TestTheListOfWhatWasWrittenIsPlainJSONInOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.OneOf(rapid.SampledFrom([]string{"a.md", "B.md", "<&>.md", "Garten/ü.md", "\"\\.md"}), rapid.String())
		sum := rapid.OneOf(rapid.StringMatching(`[0-9a-f]{64}`), rapid.SampledFrom([]string{"", "ab", strings.Repeat("AB", 32)}))
		files := map[string]written{}
		m := newManifest()
		for range rapid.IntRange(0, 20).Draw(t, "entries") {
			n := name.Draw(t, "name")
			files[n] = written{sum.Draw(t, "sha256"), rapid.String().Draw(t, "of")}
			m.put(n, files[n])
		}
		if n := name.Draw(t, "forgotten"); len(files) > 1 {
			m.forget(n)
			delete(files, n)
		}
		if len(files) == 0 {
			return // such a list is not written
		}
		want, err := json.MarshalIndent(struct {
			Gptsnap int                `json:"gptsnap"`
			Files   map[string]written `json:"files"`
		}{1, files}, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, '\n')
		var got bytes.Buffer
		if err := m.write(&got); err != nil || !bytes.Equal(got.Bytes(), want) {
			t.Fatalf("%v: wrote\n%s\nwant\n%s", err, &got, want)
		}
		again := newManifest()
		if err := again.read(&got); err != nil || again.len() != len(files) {
			t.Fatalf("%d of %d entries were read: %v", again.len(), len(files), err)
		}
		for n, w := range files {
			if have, ok := again.file(n); !ok || !reflect.DeepEqual(have, w) {
				t.Fatalf("%q: %+v, want %+v", n, have, w)
			}
		}
	})
}

func TestSummariesOfManyDocumentsComeBackInOrder(t *testing.T) {
	t.Parallel()
	var s summaries
	defer s.close()
	make := func(i int) chat.Summary {
		return chat.Summary{ID: fmt.Sprint(i), Title: strings.Repeat("\xff long ", 20), Created: time.Unix(int64(i), 5).UTC(), Updated: time.Unix(1<<40, 0).UTC(), Messages: i, Starred: i%2 == 0}
	}
	const n = 6000
	for i := range n {
		if err := s.add(make(i)); err != nil {
			t.Fatal(err)
		}
	}
	if s.past.file == nil || s.buf.Cap() > 4*mostWaiting {
		t.Error("all of them wait in memory")
	}
	all, err := s.all()
	if err != nil || len(all) != n {
		t.Fatalf("%d summaries of %d: %v", len(all), n, err)
	}
	for i := range all {
		if !reflect.DeepEqual(all[i], make(i)) {
			t.Fatalf("%+v\nwant %+v", all[i], make(i))
		}
	}
}
