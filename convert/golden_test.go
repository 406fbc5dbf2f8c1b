package convert

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gptsnap/formats/chat"
	"gptsnap/formats/chatgpt"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestGolden renders every case in every format and compares. A case is a
// folder of testdata/cases with in.json, or a file of testdata/samples whose
// answers lie in the folder of its name: go test ./convert -update, then read
// the diff.
func TestGolden(t *testing.T) {
	t.Parallel()
	const cases, samples = "../testdata/cases", "../testdata/samples"
	inputs := map[string]string{} // case -> file
	for _, glob := range []string{cases + "/*/in.json", samples + "/[0-9]*.json"} {
		files, err := filepath.Glob(glob)
		if err != nil || len(files) == 0 {
			t.Fatal(glob, err)
		}
		for _, f := range files {
			if name := strings.TrimSuffix(filepath.Base(f), ".json"); name != "in" {
				if !strings.HasPrefix(name, "15-paged") { // pages, not conversations
					inputs[name] = f
				}
			} else {
				inputs[filepath.Base(filepath.Dir(f))] = f
			}
		}
	}
	for name, file := range inputs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range formats {
				c, err := chatgpt.Decode(raw)
				if err != nil {
					t.Fatal(err)
				}
				_, r := renderer(t, f.name, Look{Highlight: true})
				o := defaults(t)
				o.Whole = f.whole
				var b bytes.Buffer
				if err := r.Render(&b, &chat.Document{Conversation: narrow(c, o), Path: "case" + r.Ext()}); err != nil {
					t.Fatal(err)
				}
				golden := filepath.Join(cases, name, "want"+r.Ext())
				if *update {
					if err := os.MkdirAll(filepath.Dir(golden), 0o777); err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(golden, b.Bytes(), 0o666); err != nil {
						t.Fatal(err)
					}
					continue
				}
				want, err := os.ReadFile(golden)
				if err != nil {
					t.Fatal(err)
				}
				if line, ok := firstDifference(b.String(), string(want)); !ok {
					t.Errorf("%s: first difference at %s", golden, line)
				}
			}
		})
	}
}

func firstDifference(got, want string) (string, bool) {
	if got == want {
		return "", true
	}
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return "line " + fmt.Sprint(i+1) + ":\n got " + g[i] + "\nwant " + w[i], false
		}
	}
	return "the end: " + fmt.Sprint(len(g)) + " lines, want " + fmt.Sprint(len(w)), false
}
