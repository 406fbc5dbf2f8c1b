package analyze

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gptsnap/formats/source"
)

func TestOneRunWritesSeveralOutputs(t *testing.T) {
	t.Parallel()
	dir, file := t.TempDir(), samples+"02-branches-regenerate-edit.json"
	at := func(name string) string { return filepath.Join(dir, name) }
	out, log, code := gptsnap(t, "analyze", "-a", file, "-f", "table", "-f", "csv:"+at("month.csv"), "-f", "json:"+at("month.json"), "-f", "svg:"+at("month.svg"), "--columns", "", "monthly")
	if code != 0 || !strings.Contains(out, "Usage by month") {
		t.Fatalf("code %d\n%s%s", code, out, log)
	}
	for name, args := range map[string][]string{"month.csv": {"-f", "csv"}, "month.json": {"-f", "json"}, "month.svg": {"-f", "svg"}} {
		want, _, _ := gptsnap(t, append(append([]string{"analyze", "-a", file}, args...), "monthly")...)
		if got, err := os.ReadFile(at(name)); err != nil || string(got) != want || want == "" {
			t.Errorf("%s: %v\n%s\nwant\n%s", name, err, got, want)
		}
	}
	out, log, code = gptsnap(t, "list", "-a", file, "-f", "jsonl:"+at("list.jsonl"))
	if raw, err := os.ReadFile(at("list.jsonl")); code != 0 || out != "" || err != nil || len(raw) == 0 {
		t.Errorf("code %d, %q, %v, %s", code, out, err, log)
	}
	for _, args := range [][]string{{"-f", "csv", "-f", "json"}, {"-f", "csv:"}, {"-f", "csv:a", "-f", "json:a"}, {"-f", "xml:a"}} {
		if out, log, code := gptsnap(t, append([]string{"list", "-a", file}, args...)...); code != source.ExitUsage || out != "" {
			t.Errorf("%v: code %d, %q, %s", args, code, out, log)
		}
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) != 4 {
		t.Errorf("%v, %v", names, err)
	}
}

func TestAFileThatCannotBeFinishedLeavesTheOldOne(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "table.csv")
	if err := os.WriteFile(path, []byte("old"), 0o666); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	err := whole(path, func(w io.Writer) error {
		_, _ = io.WriteString(w, "half")
		return broken
	})
	raw, _ := os.ReadFile(path)
	if names, _ := os.ReadDir(filepath.Dir(path)); !errors.Is(err, broken) || string(raw) != "old" || len(names) != 1 {
		t.Errorf("%v: %q, %v", err, raw, names)
	}
	if err := whole(filepath.Join(path, "no", "folder"), nil); err == nil || !strings.Contains(err.Error(), "cannot write") {
		t.Error(err)
	}
}
