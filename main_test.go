package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"gptsnap/fetch/fakeapi"

	"github.com/rogpeppe/go-internal/testscript"
)

const module = "gptsnap/"

// mayImport says, for each package of ours, which of ours it may import.
var mayImport = map[string][]string{
	"formats/chat":     {},
	"formats/archive":  {"formats/archive/crypt"},
	"formats/terminal": {},
	"formats/tokens":   {},
	"formats/options":  {"formats/source"},
	"formats/chatgpt":  {"formats/chat"},
	"formats/markdown": {"formats/chat"},
	"formats/html":     {"formats/chat"},
	"formats/jsonl":    {"formats/chat"},
	"formats/rows":     {"formats/chat"},
	"formats/sqlite":   {"formats/chat", "formats/rows"},
	"formats/parquet":  {"formats/chat", "formats/rows"},
	"formats/outline":  {"formats/chat"},
	"formats/text":     {"formats/chat", "formats/outline"},
	"formats/epub":     {"formats/chat", "formats/outline"},
	"formats/source":   {"formats/chat", "formats/archive", "formats/chatgpt"},
	"fetch":            {"formats/archive", "formats/chat", "formats/chatgpt", "formats/source", "formats/terminal"},
	"fetch/keep":       {"formats/archive", "formats/chat", "formats/chatgpt", "formats/source", "formats/terminal"},
	"fetch/fakeapi":    {},
	"convert":          {"formats/chat", "formats/rows", "formats/source", "formats/terminal", "formats/markdown", "formats/html", "formats/jsonl", "formats/text", "formats/epub", "formats/sqlite", "formats/parquet"},
	"convert/serve":    {"convert", "formats/chat", "formats/html", "formats/source"},
	"analyze":          {"formats/chat", "formats/rows", "formats/source", "formats/terminal", "formats/tokens"},

	"formats/archive/crypt":  {},
	"formats/chat/chattest":  {"formats/chat"}, // for tests
	"testdata/bench/corpus":  {"formats/chat/chattest"},
	"testdata/bench/measure": {},
}

// rooms says which packages may hold a dependency.
var rooms = map[string][]string{
	"github.com/urfave/cli":                {"", "fetch", "fetch/keep", "convert", "convert/serve", "analyze", "formats/source", "formats/options"},
	"github.com/BurntSushi/toml":           {"formats/options"},
	"github.com/klauspost/compress":        {"formats/archive"},
	"github.com/cespare/xxhash":            {"formats/archive"},
	"github.com/gofrs/flock":               {"formats/archive"},
	"filippo.io/age":                       {"formats/archive/crypt"},
	"github.com/olekukonko/tablewriter":    {"analyze"},
	"github.com/mattn/go-runewidth":        {"analyze"},
	"github.com/tidwall/gjson":             {"formats/chatgpt", "formats/source"},
	"github.com/yuin/goldmark":             {"formats/html", "formats/epub"},
	"github.com/alecthomas/chroma":         {"formats/html"},
	"modernc.org/sqlite":                   {"formats/sqlite"},
	"github.com/parquet-go/parquet-go":     {"formats/parquet"},
	"github.com/cenkalti/backoff":          {"fetch"},
	"github.com/coder/websocket":           {"fetch"},
	"golang.org/x/time":                    {"fetch"},
	"github.com/pkoukk/tiktoken-go-loader": {"formats/tokens"},
	"golang.org/x/term":                    {"", "formats/terminal"},
	"golang.org/x/text":                    {"convert", "formats/html"},
	"pgregory.net/rapid":                   {"formats/chat/chattest"},
	"net":                                  {"convert/serve", "fetch", "fetch/fakeapi"},
	"net/http":                             {"convert/serve", "fetch", "fetch/fakeapi"},
	"os/signal":                            {""},
}

// offline lists the packages from which the network cannot be reached.
var offline = []string{"convert", "analyze", "formats/rows", "formats/sqlite", "formats/parquet", "formats/source", "formats/html", "formats/markdown", "formats/jsonl", "formats/text", "formats/epub", "formats/chatgpt", "formats/archive", "formats/archive/crypt", "formats/terminal", "formats/tokens", "formats/options", "fetch/keep"}

func TestHouseRules(t *testing.T) {
	type pkg struct {
		Dir, ImportPath string
		GoFiles         []string
		Imports, Deps   []string
	}
	out, err := exec.Command("go", "list", "-json=Dir,ImportPath,GoFiles,Imports,Deps", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(p.ImportPath+"/", module)
		name = strings.TrimSuffix(name, "/")
		allowed, known := mayImport[name]
		if !known && name != "" {
			t.Errorf("%s has no row in mayImport: say where it stands", name)
		}
		for _, dep := range p.Imports {
			if d, ours := strings.CutPrefix(dep, module); ours && name != "" && !slices.Contains(allowed, d) {
				t.Errorf("%s may not import %s", name, d)
			}
			for guest, hosts := range rooms {
				if (dep == guest || strings.Contains(guest, ".") && strings.HasPrefix(dep, guest+"/")) && !slices.Contains(hosts, name) {
					t.Errorf("%s may not import %s: its room is %v", name, dep, hosts)
				}
			}
		}
		if slices.Contains(offline, name) && (slices.Contains(p.Deps, "net") || slices.Contains(p.Deps, "net/http")) {
			t.Errorf("%s can reach the network", name)
		}
		for _, file := range p.GoFiles {
			checkFile(t, name, filepath.Join(p.Dir, file))
		}
	}
}

var commandFile = regexp.MustCompile(`^command(_[a-z]+)?\.go$`)

// checkFile keeps the command line in files named command and the process in
// main.go. A room with several commands may give each a file, command_NAME.go.
func checkFile(t *testing.T, pkg, file string) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	if pkg == "" || strings.HasPrefix(pkg, "testdata/") {
		return
	}
	for _, i := range f.Imports {
		if strings.HasPrefix(i.Path.Value, `"github.com/urfave/cli`) && !commandFile.MatchString(filepath.Base(file)) {
			t.Errorf("%s: the command line belongs into command.go or command_NAME.go", file)
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && x.Name == "os" && slices.Contains([]string{"Exit", "Stdout", "Stderr", "Stdin", "Args"}, s.Sel.Name) {
				t.Errorf("%s: os.%s belongs into main.go", file, s.Sel.Name)
			}
		}
		return true
	})
}

func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) != "gptsnap" { // the stories run the program, each in its own environment
		os.Setenv("GPTSNAP_CONFIG", os.DevNull) // whoever runs the tests may have settings
	}
	testscript.Main(m, map[string]func(){"gptsnap": main})
}

// TestScripts tells the stories of testdata/script with the real program.
func TestScripts(t *testing.T) {
	t.Parallel()
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		UpdateScripts:       os.Getenv("UPDATE") != "",
		Setup: func(e *testscript.Env) error {
			e.Setenv("SAMPLES", filepath.Join(root, "testdata", "samples"))
			e.Setenv("DEMO", filepath.Join(root, "testdata", "demo"))
			e.Setenv("ARCHIVES", filepath.Join(root, "testdata", "archives"))
			e.Setenv("TZ", "UTC")
			e.Setenv("GPTSNAP_TOKEN", fakeapi.DefaultToken)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"fakeapi": startFake, "files": countFiles, "exec-code": execCode, "await-silence": awaitSilence},
	})
}

// startFake serves the demo account and sets $URL: "fakeapi" or
// "fakeapi TROUBLE", where the trouble befalls every request after the first two.
func startFake(ts *testscript.TestScript, neg bool, args []string) {
	trouble := map[string]func() *fakeapi.Trouble{
		"challenge": fakeapi.Challenge, "expired": fakeapi.Expired, "login": fakeapi.LoginPage,
		"limited": func() *fakeapi.Trouble { return fakeapi.RateLimited("1") },
	}
	var o fakeapi.Options
	switch {
	case len(args) > 0 && args[0] == "silent": // never answers the second request for conversations; see awaitSilence
		silent, over := make(chan struct{}), make(chan struct{})
		ts.Defer(func() { close(over) })
		fell := sync.OnceFunc(func() { close(silent) })
		var asked atomic.Int64
		silences.Store(ts.Getenv("WORK"), silent)
		o.Script = func(r *http.Request, n int) *fakeapi.Trouble {
			bodies := strings.HasPrefix(r.URL.Path, "/backend-api/conversation/") || strings.HasSuffix(r.URL.Path, "/batch")
			if bodies && asked.Add(1) > 1 {
				fell()
				select {
				case <-r.Context().Done():
				case <-over:
				}
			}
			return nil
		}
	case len(args) > 0:
		make := trouble[args[0]]
		if make == nil {
			ts.Fatalf("no such trouble: %s", args[0])
		}
		o.Script = func(_ *http.Request, n int) *fakeapi.Trouble {
			if n > 2 {
				return make()
			}
			return nil
		}
	}
	server, err := fakeapi.New(os.DirFS(ts.Getenv("DEMO")), o)
	ts.Check(err)
	url, stop, err := server.Listen()
	ts.Check(err)
	ts.Defer(func() { _ = stop() })
	ts.Setenv("URL", url)
}

// silences holds, by story, what tells that its fake has fallen silent.
var silences sync.Map

// awaitSilence waits until the fake of "fakeapi silent" leaves a request without answer.
func awaitSilence(ts *testscript.TestScript, neg bool, args []string) {
	silent, ok := silences.Load(ts.Getenv("WORK"))
	if !ok {
		ts.Fatalf("start it with: fakeapi silent")
	}
	<-silent.(chan struct{})
}

// execCode runs a command that has to end with an exit code: "exec-code 2 gptsnap ...".
func execCode(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 || neg {
		ts.Fatalf("usage: exec-code CODE COMMAND [ARGUMENT...]")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if fmt.Sprint(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// countFiles checks how many files match: "files N GLOB".
func countFiles(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: files N GLOB")
	}
	found, err := filepath.Glob(ts.MkAbs(args[1]))
	ts.Check(err)
	if (fmt.Sprint(len(found)) == args[0]) == neg {
		ts.Fatalf("%d files match %s: %q", len(found), args[1], found)
	}
}

var consoleBlock = regexp.MustCompile("(?s)```console\n(.*?)```")

// TestReadmeShowsWhatTheProgramPrints runs every command that the README
// shows in a console block, on the demo's archive, and compares the output.
// UPDATE=1 writes down what the program prints now.
func TestReadmeShowsWhatTheProgramPrints(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	home, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	t.Setenv("COLUMNS", "80")
	var out, talk bytes.Buffer
	if code := run(context.Background(), []string{"gptsnap", "--quiet", "demo", "-o", "."}, strings.NewReader(""), &out, &talk); code != 0 {
		t.Fatalf("demo: exit %d\n%s", code, talk.String())
	}
	blocks := 0
	shown := consoleBlock.ReplaceAllStringFunc(string(readme), func(block string) string {
		blocks++
		now := "```console\n"
		for _, step := range strings.Split(strings.TrimSuffix(block, "```"), "\n$ ")[1:] {
			line, want, _ := strings.Cut(step, "\n")
			out.Reset()
			run(context.Background(), strings.Fields(line), strings.NewReader(""), &out, io.Discard)
			got := strings.TrimRight(out.String(), "\n")
			if got != strings.TrimRight(want, "\n") && os.Getenv("UPDATE") == "" {
				t.Errorf("README shows for %q:\n%s\nbut the program prints:\n%s", line, want, got)
			}
			now += "$ " + line + "\n" + got + "\n"
		}
		return now + "```"
	})
	if blocks < 2 {
		t.Fatalf("%d console blocks in README.md", blocks)
	}
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(filepath.Join(home, "README.md"), []byte(shown), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// TestReadmeNamesEveryCommand keeps the manual whole.
func TestReadmeNamesEveryCommand(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range newApp(nil).Commands {
		if !strings.Contains(string(readme), "`gptsnap "+c.Name) {
			t.Errorf("README.md does not tell of %q", c.Name)
		}
	}
}

// TestNoFileIsUnfinished looks for marks of unfinished work and for files that have outgrown reading.
func TestNoFileIsUnfinished(t *testing.T) {
	mark := regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|X` + `XX)\b`)
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" {
			return err
		}
		src, err := os.ReadFile(path)
		if m := mark.Find(src); m != nil {
			t.Errorf("%s: %s", path, m)
		}
		if n := bytes.Count(src, []byte("\n")); n > 320 && !strings.HasSuffix(path, "_test.go") {
			t.Errorf("%s has %d lines: split it", path, n)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
