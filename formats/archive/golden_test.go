package archive

import (
	"bytes"
	"encoding/hex"
	"flag"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The archives in testdata were written by released versions and are never
// written again: what can be read once must be readable for ever. A new
// version of the format adds files of its own.
const goldenDir = "../../testdata/archives"

var makeGolden = flag.Bool("make-golden", false, "write the archives of testdata/archives that do not exist yet")

func TestArchivesOfFormat1OpenForEver(t *testing.T) {
	t.Parallel()
	if *makeGolden {
		writeGolden(t)
	}
	sums, err := os.ReadFile(filepath.Join(goldenDir, "v1-plain.sums"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name                string
		torn, damaged       bool
		missing, unreadable int // records of v1-plain
	}{
		{"v1-plain", false, false, 0, 0},
		{"v1-torn", true, false, 3, 0},
		{"v1-flipped", false, true, 0, 1},
	} {
		path := filepath.Join(goldenDir, c.name+".tar.zst")
		r, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if (r.Torn() != nil) != c.torn {
			t.Errorf("%s: torn: %v", c.name, r.Torn())
		}
		got := make(map[string]string)
		unreadable := 0
		for _, rec := range r.Records() {
			b, err := r.Read(rec)
			if err != nil {
				unreadable++
				continue
			}
			got[rec.Path] = hexSum(string(b)) + " " + rec.Kind + " " + rec.ID
		}
		missing := 0
		for line := range strings.Lines(string(sums)) {
			path, want, _ := strings.Cut(strings.TrimSpace(line), " ")
			switch have, ok := got[path]; {
			case !ok:
				missing++
			case have != want:
				t.Errorf("%s: %s is %s, want %s", c.name, path, have, want)
			}
		}
		if unreadable != c.unreadable || missing != c.missing+c.unreadable {
			t.Errorf("%s: %d records missing, %d unreadable", c.name, missing, unreadable)
		}
		rep, err := Verify(path, Deep)
		if err != nil || (len(rep.Problems) > 0) != c.damaged || (rep.Torn != nil) != c.torn {
			t.Errorf("%s: %+v %v", c.name, rep, err)
		}
		if c.damaged {
			continue
		}
		copied := filepath.Join(t.TempDir(), c.name)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(copied, data, 0o600); err != nil {
			t.Fatal(err)
		}
		w, err := Append(copied, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Put(Meta{Kind: KindConversation, ID: "new"}, []byte(`{"new":1}`)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if rep, err := Verify(copied, Deep); err != nil || rep.Torn != nil || len(rep.Problems) > 0 {
			t.Errorf("%s: after appending: %+v %v", c.name, rep, err)
		}
	}
}

func writeGolden(t *testing.T) {
	path := filepath.Join(goldenDir, "v1-plain.tar.zst")
	if _, err := os.Stat(path); err == nil {
		t.Fatal("the golden archives exist; they are never written again")
	}
	l := newLab(t)
	l.o.target, l.o.large, l.o.Tool = 8<<10, 16<<10, "gptsnap 0.1"
	conversation := func(id string, n int) string {
		return id + `={"title":"Invented ` + id + `","mapping":{},"text":"` + strings.ReplaceAll(text(n, 600*n), `"`, "'") + `"}`
	}
	l.must(l.run(conversation("6f2c81aa-0000-4000-8000-000000000001", 1), conversation("6f2c81aa-0000-4000-8000-000000000002", 9), conversation("6F2C81AA-0000-4000-8000-000000000003", 4), "empty="))
	for i := range 20 {
		l.must(l.run(conversation("6f2c81aa-0000-4000-8000-000000000001", 2+i%3)))
	}
	l.must(l.run("large="+text(50, 60_000), "same="+text(50, 60_000)))
	// A writer killed and healed.
	w, err := appendTo(l.memDisk, l.path, l.o)
	l.must(err)
	l.must(l.putOne(w, conversation("healed", 3)))
	l.must(w.lock.Close())
	torn := bytes.Clone(l.data())
	torn = torn[:len(torn)-5]
	l.must(l.run("last=" + text(60, 500)))
	l.whole()
	var sums strings.Builder
	r := l.check(len(l.acked))
	for _, rec := range r.Records() {
		fmt.Fprintln(&sums, rec.Path, rec.SHA256, rec.Kind, rec.ID)
	}
	flipped := bytes.Clone(l.data())
	flipped[l.acked[1].end-500] ^= 0x10
	for name, data := range map[string][]byte{"v1-plain.tar.zst": l.data(), "v1-torn.tar.zst": torn, "v1-flipped.tar.zst": flipped, "v1-plain.sums": []byte(sums.String())} {
		l.must(os.WriteFile(filepath.Join(goldenDir, name), data, 0o644))
	}
}

// The package comment explains these bytes.
func TestTheWorkedExampleOfThePackageCommentIsTrue(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile(filepath.Join(goldenDir, "v1-plain.tar.zst"))
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), "archive.go", nil, parser.ParseComments|parser.PackageClauseOnly)
	if err != nil {
		t.Fatal(err)
	}
	doc := []byte(file.Doc.Text()) // what go doc shows
	want := map[string]int{
		"28 b5 2f fd": 0, "04 38 ": 4, "00 a0 00": 6,
		"57 2a 4d 18  7c 00 00 00  43 48 41 54 53 45 41 4c": 5136,
		"01 00  01 00  00 00 00 00":                         5152,
		"bc 86 1d 65 c2 0c 41 b8 ba e0 fd a7 13 8b 62 66":   5160,
		"10 14 00 00 00 00 00 00  00 14 00 00 00 00 00 00":  5176,
		"02 00 00 00  00 00 00 00  99 8c bf ed":             5192,
	}
	for text, at := range want {
		raw, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(doc, []byte(text)) || !bytes.HasPrefix(b[at:], raw) {
			t.Errorf("%s at %d", text, at)
		}
	}
}
