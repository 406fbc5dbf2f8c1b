// Command gptsnap keeps a ChatGPT account in one archive and reads it offline.
//
// This file is the rim of the house: the command line, the signals, the
// progress line, the exit code and the demo that walks the whole road. What
// the commands do is in fetch (fills the archive), convert (conversations to
// documents) and analyze (conversations to tables).
package main

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	_ "time/tzdata" // --timezone works on systems without a zone database

	"gptsnap/analyze"
	"gptsnap/convert"
	"gptsnap/convert/serve"
	"gptsnap/fetch"
	"gptsnap/fetch/fakeapi"
	"gptsnap/fetch/keep"
	"gptsnap/formats/options"
	"gptsnap/formats/source"
	"gptsnap/formats/terminal"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"
)

// version is set by the Makefile.
var version = "dev"

//go:embed testdata/demo/*.json testdata/demo/files/* testdata/samples/0*.json testdata/samples/1[0-2]*.json testdata/samples/15-same*.json
var demoAccount embed.FS

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	code := run(ctx, os.Args, os.Stdin, os.Stdout, os.Stderr)
	os.Exit(code)
}

// run is the program: what it prints, and the exit code it answers.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	talk := &terminal.Talker{W: stderr}
	app := newApp(talk)
	app.Reader, app.Writer, app.ErrWriter = stdin, stdout, talk
	line, err := options.Parse(app, args)
	if err == nil {
		err = settle(app, line)
	}
	if err == nil {
		err = app.RunContext(ctx, line.Args())
	}
	talk.End()
	return report(ctx, talk, err)
}

// settle adds what the settings file says to line. Help needs none, and has to
// be there for those who look for what is wrong with theirs.
func settle(app *cli.App, line *options.Line) error {
	if line.AsksHelp() {
		return nil
	}
	settings, err := options.Read(line.Value("config"))
	if err != nil {
		return err
	}
	taken, err := line.Take(settings)
	if len(taken) > 0 {
		app.Metadata["settings"] = fmt.Sprintf("settings of %s: %s", settings.File, strings.Join(taken, ", "))
	}
	return err
}

// report prints err for people and turns it into an exit code.
func report(ctx context.Context, w io.Writer, err error) int {
	if err == nil {
		return 0
	}
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		fmt.Fprintln(w, "gptsnap: interrupted; what was finished is kept, run again to go on")
		return source.ExitInterrupted
	}
	code := source.ExitFailed
	var exit interface{ ExitCode() int }
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	}
	fmt.Fprintln(w, "gptsnap:", terminal.Safe(err.Error()))
	var failure *source.Failure
	if errors.As(err, &failure) && failure.Hint != "" {
		fmt.Fprintln(w, "hint:", terminal.Safe(failure.Hint))
	}
	return code
}

func newApp(talk *terminal.Talker) *cli.App {
	cli.VersionFlag = &cli.BoolFlag{Name: "version", Usage: "print the version"} // -v is for --verbose
	app := &cli.App{
		Name:    "gptsnap",
		Version: version,
		Usage:   "snapshot a ChatGPT account once, read and study it offline for ever",
		Description: "gptsnap keeps the raw answers of an account, every branch of every chat, in one\n" +
			"compressed archive (chatgpt.tar.zst unless you say otherwise), and reads it without network.\n\n" +
			"   gptsnap fetch                        snapshot the account (or: gptsnap import export.zip)\n" +
			"   gptsnap convert -f html -o my-chats  write a site to read in the browser\n" +
			"   gptsnap analyze monthly              count messages and words by month\n" +
			"   gptsnap demo -o demo                 see all of it with an invented account\n\n" +
			"Exit codes: 0 done, 1 failed, 2 usage, 3 done but incomplete, 4 archive damaged,\n" +
			"5 authentication, 6 blocked, 7 budget used up, 8 nothing matched, 130 interrupted.",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "print only results and errors"},
			&cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Usage: "say more about what is done"},
			&cli.BoolFlag{Name: "no-color", Usage: "do not use colour (the same as NO_COLOR in the environment)"},
			&cli.StringFlag{Name: "timezone", Aliases: []string{"z"}, Usage: "`ZONE` of times, such as Europe/Athens (default: local for people, UTC in data)"},
			&cli.StringFlag{Name: "progress", Value: "auto", Usage: "`HOW` to show progress: auto, plain, json, none"},
			&cli.PathFlag{Name: "config", EnvVars: []string{"GPTSNAP_CONFIG"}, DefaultText: "gptsnap/config.toml in your folder of settings, if it is there", Usage: "take settings from `FILE`"},
		},
		Commands:                  slices.Concat(fetch.Commands(), keep.Commands(), convert.Commands(analyze.SitePage), serve.Commands(analyze.SitePage), analyze.Commands(), []*cli.Command{demoCommand()}),
		DisableSliceFlagSeparator: true,
		HideHelpCommand:           true,
		Suggest:                   true,
		ExitErrHandler:            func(*cli.Context, error) {}, // only main prints and exits
		CommandNotFound:           nil,
		Metadata:                  map[string]any{},
	}
	app.Before = func(c *cli.Context) error { return prepare(c, talk) }
	app.Action = func(c *cli.Context) error {
		if c.Args().Present() {
			hint := "see gptsnap --help"
			if s := cli.SuggestCommand(app.Commands, c.Args().First()); s != "" {
				hint = s + " " + hint
			}
			return source.Fail(source.ExitUsage, hint, "there is no command %q", c.Args().First())
		}
		return cli.ShowAppHelp(c)
	}
	onUsage := func(c *cli.Context, err error, _ bool) error {
		help := "see gptsnap --help"
		if c.Command != nil && c.Command.Name != "" && c.Command.Name != "gptsnap" {
			help = "see gptsnap " + c.Command.Name + " --help"
		}
		return source.Fail(source.ExitUsage, help, "%w", err)
	}
	app.OnUsageError = onUsage
	for _, c := range app.Commands {
		c.OnUsageError = onUsage
		c.HideHelpCommand = true
	}
	options.Counts(app)
	options.Help(app, func() int { return cmp.Or(widthOf(app.Writer), 80) })
	return app
}

// prepare tells the rooms about the terminal: app.Metadata holds "log"
// (*slog.Logger), "progress" (func(done, total int, note string)), "width"
// (columns, 0 without a terminal), "unicode" and "color" (bool), and at a terminal "passphrase" (func(twice bool) (string, error)).
func prepare(c *cli.Context, talk *terminal.Talker) error {
	talk.Verbose, talk.Quiet = c.Bool("verbose"), c.Bool("quiet")
	switch talk.Mode = c.String("progress"); talk.Mode {
	case "auto":
		talk.Mode = terminal.ProgressNone
		if f, ok := talk.W.(*os.File); ok && term.IsTerminal(int(f.Fd())) && !talk.Quiet {
			talk.Mode = terminal.ProgressLine
		}
	case "plain", "json", "none":
	default:
		return source.Fail(source.ExitUsage, "", "--progress %q: it is one of auto, plain, json, none", talk.Mode)
	}
	meta := c.App.Metadata
	meta["log"] = talk.Log()
	if taken, ok := meta["settings"].(string); ok {
		talk.Log().Debug(taken)
	}
	meta["progress"] = talk.Progress
	meta["passphrase"] = talk.PassphraseFrom(c.App.Reader)
	meta["unicode"], meta["color"] = true, false
	out := c.App.Writer
	if b, ok := out.(terminal.Beside); ok { // of the program that demo runs
		out = b.W
	}
	meta["width"] = widthOf(out)
	if f, ok := out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		c.App.Writer = terminal.Beside{W: f, T: talk}
		locale := strings.ToUpper(cmp.Or(os.Getenv("LC_ALL"), os.Getenv("LC_CTYPE"), os.Getenv("LANG")))
		meta["unicode"] = os.Getenv("TERM") != "dumb" && (strings.Contains(locale, "UTF") || locale == "")
		meta["color"] = os.Getenv("TERM") != "dumb" && os.Getenv("NO_COLOR") == "" && !c.Bool("no-color")
	}
	return nil
}

// widthOf is how many columns there are to write in, 0 if nobody knows.
func widthOf(out io.Writer) int {
	if f, ok := out.(*os.File); ok {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil {
			return w
		}
	}
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 0 {
		return n
	}
	return 0
}

// demoCommand walks the whole road with an invented account on this machine:
// every step is the command that a user would type.
func demoCommand() *cli.Command {
	return &cli.Command{
		Name:  "demo",
		Usage: "see it work without an account: fetch an invented one, convert it, count it",
		Description: "Starts a fake of the server on this machine (loopback only), fetches its invented account\n" +
			"into an archive, writes it as HTML and as Markdown and prints the overview. Nothing leaves\n" +
			"this machine. The commands it prints are the ones it runs.",
		Flags: []cli.Flag{&cli.PathFlag{Name: "output", Aliases: []string{"o"}, Value: "gptsnap-demo", Usage: "write everything into `FOLDER`"}},
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return source.Fail(source.ExitUsage, "see gptsnap demo --help", "demo takes no argument, but got %q", c.Args().First())
			}
			return demo(c, c.Path("output"))
		},
	}
}

func demo(c *cli.Context, dir string) error {
	account := make([]fs.FS, 0, 2)
	for _, name := range []string{"testdata/demo", "testdata/samples"} {
		sub, err := fs.Sub(demoAccount, name)
		if err != nil {
			return fmt.Errorf("demo account: %w", err)
		}
		account = append(account, sub)
	}
	server, err := fakeapi.New(fakeapi.Union(account...), fakeapi.Options{})
	if err != nil {
		return err
	}
	url, stop, err := server.Listen()
	if err != nil {
		return err
	}
	defer stop()
	at := func(name string) string { return filepath.Join(dir, name) }
	token := at("token-of-the-fake.txt") // a file, because a real token in the environment must not go to the fake
	err = os.MkdirAll(dir, 0o777)
	if err == nil {
		err = os.WriteFile(token, []byte(fakeapi.DefaultToken+"\n"), 0o600)
	}
	if err != nil {
		return source.Fail(source.ExitFailed, "name another folder with -o", "cannot make the demo's folder: %w", err)
	}
	talk := c.App.ErrWriter.(*terminal.Talker)
	for _, step := range [][]string{
		{"fetch", "-a", at("chatgpt.tar.zst"), "--base-url", url, "--token-file", token},
		{"convert", "-a", at("chatgpt.tar.zst"), "-f", "html", "-o", at("html")},
		{"convert", "-a", at("chatgpt.tar.zst"), "-f", "markdown", "-o", at("markdown")},
		{"analyze", "-a", at("chatgpt.tar.zst"), "overview"},
	} {
		if !talk.Quiet {
			fmt.Fprintf(talk, "\n$ gptsnap %s\n", strings.Join(step, " "))
		}
		app := newApp(talk)
		app.Reader, app.Writer, app.ErrWriter = strings.NewReader(""), c.App.Writer, talk
		global := []string{"gptsnap", "--progress", c.String("progress"), "--timezone", c.String("timezone")}
		if c.Bool("quiet") {
			global = append(global, "--quiet")
		}
		line, err := options.Parse(app, append(global, step...)) // without settings: theirs are of a real account
		if err == nil {
			err = app.RunContext(c.Context, line.Args())
		}
		talk.End()
		if err != nil {
			return fmt.Errorf("demo: %s: %w", step[0], err)
		}
	}
	if err := os.Remove(token); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	if talk.Quiet {
		return nil
	}
	fmt.Fprintf(talk, "\nOpen %s in a browser and the folder %s in an editor.\nThe archive is %s; try: gptsnap branches -a %[3]s\n",
		at(filepath.Join("html", "index.html")), at("markdown"), at("chatgpt.tar.zst"))
	return nil
}
