package convert

import (
	"bytes"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

// Every flag changes what the formats write that heed it, and nothing else,
// and of those that do not the user is told.
func TestFlagsDoWhatTheTableSaysOfThem(t *testing.T) {
	source := t.TempDir()
	for _, name := range []string{"02-branches-regenerate-edit", "03-reasoning-search-citations", "05-code-interpreter", "09-project-files-memory"} {
		raw, err := os.ReadFile(filepath.Join("..", "testdata", "samples", name+".json"))
		if err == nil {
			err = os.WriteFile(filepath.Join(source, name+".json"), raw, 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	written := func(format string, flags ...string) (files map[string]string, told string) {
		t.Helper()
		var log bytes.Buffer
		out := filepath.Join(t.TempDir(), "out")
		to := out
		if format == "epub" || format == "sqlite" {
			to += map[string]string{"epub": ".epub", "sqlite": ".db"}[format]
		}
		app := &cli.App{Commands: Commands(nil), Writer: io.Discard, ErrWriter: io.Discard, Flags: []cli.Flag{&cli.StringFlag{Name: "timezone", Value: "UTC"}, &cli.BoolFlag{Name: "quiet"}},
			Metadata: map[string]any{"log": slog.New(slog.NewTextHandler(&log, nil))}}
		if err := app.Run(append([]string{"gptsnap", "convert", "-a", source, "-f", format, "-o", to}, flags...)); err != nil {
			t.Fatal(format, flags, err)
		}
		files = map[string]string{}
		err := filepath.WalkDir(filepath.Dir(to), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".gptsnap") {
				return err
			}
			raw, err := os.ReadFile(path)
			files[path[len(filepath.Dir(to)):]] = string(raw)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return files, log.String()
	}
	value := map[string]string{"branches": "current", "thinking": "drop", "tools": "drop", "timestamps": "none", "citations": "drop", "user-name": "X", "assistant-name": "X",
		"name": "{{id}}", "layout": "year", "on-conflict": "overwrite", "flavor": "obsidian", "schema": "openai", "system": "drop", "min-turns": "9", "account": "X", "partition": "month"}
	silent := []string{"on-conflict", "no-statistics", "dedupe", "no-math", "no-highlight", "system", "min-turns"} // of use in other places than these samples
	typed := func(flag string) []string {
		if v := value[flag]; v != "" {
			return []string{"--" + flag, v}
		}
		return []string{"--" + flag}
	}
	for _, format := range allNames() {
		plain, told := written(format)
		if told != "" {
			t.Errorf("%s without flags: %s", format, told)
		}
		var unheeded []string
		for flag, formats := range heeds {
			if !slices.Contains(formats, format) {
				unheeded = append(unheeded, typed(flag)...)
				continue
			}
			got, told := written(format, typed(flag)...)
			if maps.Equal(got, plain) && !slices.Contains(silent, flag) && (format != "jsonl" || flag != "hidden") {
				t.Errorf("--%s changes nothing in %s", flag, format)
			}
			if told != "" {
				t.Errorf("--%s of %s: %s", flag, format, told)
			}
		}
		got, told := written(format, unheeded...)
		if !maps.Equal(got, plain) {
			t.Errorf("%s heeds some of %q, which the table does not know", format, unheeded)
		}
		for _, flag := range unheeded {
			if strings.HasPrefix(flag, "--") && !strings.Contains(told, flag+" changes nothing in "+format) {
				t.Errorf("%s does not say that it takes no notice of %s: %q", format, flag, told)
			}
		}
	}
}
