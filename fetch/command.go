package fetch

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"gptsnap/formats/source"
)

const tokenHint = "log in with a browser, open https://chatgpt.com/api/auth/session there, and give the page to gptsnap: " +
	"as a file with --token-file, in $GPTSNAP_TOKEN, or piped into it"

// Commands are fetch, import and capture-script.
func Commands() []*cli.Command {
	archiveFlag := &cli.PathFlag{Name: "archive", Aliases: []string{"a"}, EnvVars: []string{"GPTSNAP_ARCHIVE"}, Value: "chatgpt.tar.zst",
		Usage: "add to the archive `PATH`; it is created if there is none: a file, or with a slash at its end a folder"}
	keep := append(source.KeyFlags(), source.ShapeFlags()...)
	return []*cli.Command{{
		Name:  "fetch",
		Usage: "snapshot the account: get every chat that is new or changed",
		Description: "Reads the lists of active and archived chats and of projects, gets each chat that the archive\n" +
			"does not hold in its newest state and the files it names, and what else the account holds:\n" +
			"memories, custom instructions, settings, custom GPTs, shared links, canvas documents and more.\n" +
			"Nothing on the server is changed. Stop it at any time and run it again: it goes on where it\n" +
			"was, with the lists that were read (for up to a day) and what is new or changed since; what was\n" +
			"only renamed or archived meanwhile is noticed by the run after it.\n" +
			"An archive is of one account; another is refused.\n\n" +
			"The server limits how fast chats may be read, and locks who goes on regardless. gptsnap goes\n" +
			"slowly by itself, waits when told to, and remembers in the archive how fast is fast enough.\n\n" +
			"The access token: log in with a browser, open https://chatgpt.com/api/auth/session there and\n" +
			"save the page. Give it with --token-file, in $GPTSNAP_TOKEN or on standard input; never as an\n" +
			"argument, where other programs could see it. It is as good as your password: delete it after use.\n\n" +
			"   gptsnap fetch --token-file session.json\n" +
			"   gptsnap fetch --limit 20 < session.json\n\n" +
			"When the server wants to see a browser, let yours do the reading: start Chrome or Chromium with\n" +
			"--remote-debugging-port=9222 and a --user-data-dir of its own, log in at chatgpt.com, leave the\n" +
			"tab open, and no token is needed. Close that browser afterwards.\n\n" +
			"   gptsnap fetch --cdp http://127.0.0.1:9222",
		Flags: append([]cli.Flag{
			archiveFlag,
			&cli.PathFlag{Name: "token-file", Usage: "read the access token from `FILE` (- for standard input)"},
			&cli.PathFlag{Name: "cookie-file", Usage: "send the browser's cookies in `FILE`: a Cookie header or a cookies.txt"},
			&cli.StringFlag{Name: "cdp", Usage: "let the tab of your own logged-in browser make the requests; `URL` is its debugging port on this machine"},
			&cli.StringFlag{Name: "workspace", Usage: "the `ID` of a team's workspace"},
			&cli.StringFlag{Name: "since", Usage: "only chats changed since `DATE` (2024-05-01, or 30d for the last 30 days)"},
			&cli.IntFlag{Name: "limit", Usage: "get at most `N` chats, the newest first"},
			&cli.StringSliceFlag{Name: "only", Usage: "read only these `PARTS`, separated by commas: " + strings.Join(Parts(), ", ")},
			&cli.StringSliceFlag{Name: "skip", Usage: "leave out these `PARTS`"},
			&cli.StringFlag{Name: "files", Value: FilesAll, Usage: "`WHICH` files of chats and projects to get: all, images or none"},
			&cli.StringFlag{Name: "max-file-size", Usage: "leave out files larger than `SIZE` (200MB, 1GiB)"},
			&cli.BoolFlag{Name: "retry-failed", Usage: "get only what earlier runs could not get (chats, files, shared links, GPTs), or a repair of the archive has lost"},
			&cli.DurationFlag{Name: "budget", Usage: "stop after `TIME` (50m), with exit code 7; run again to go on"},
			&cli.BoolFlag{Name: "full", Usage: "get unchanged chats again too"},
			&cli.BoolFlag{Name: "plan", Usage: "only say what there is to get; the archive is not touched"},
			&cli.IntFlag{Name: "max-requests", Usage: "stop after `N` requests, with exit code 7"},
			&cli.DurationFlag{Name: "min-interval", Value: DefaultMinInterval, DefaultText: "1s, none for a server on this machine",
				Usage: "least `TIME` between two requests; asking faster may lock the account for a while"},
			&cli.StringFlag{Name: "base-url", Value: DefaultBaseURL, Usage: "the server's `URL`"},
		}, keep...),
		Action: fetchAction,
	}, {
		Name:      "import",
		Usage:     "add an official export, a browser's capture, or chats saved as JSON, to the archive",
		ArgsUsage: "FILE...",
		Description: "Takes the official export (the ZIP, or its unzipped folder), folders of JSON files, and JSON\n" +
			"files with one chat or many; HAR files as a browser's developer tools save them, and what\n" +
			"capture-script saved (answers only: no token or cookie is taken). Bytes are kept exactly;\n" +
			"importing the same file again adds nothing. Chats that are held in other versions get the\n" +
			"imported one as another version.\n\n" +
			"   gptsnap import chatgpt-export.zip",
		Flags: append([]cli.Flag{
			archiveFlag,
			&cli.BoolFlag{Name: "dry-run", Usage: "only say what would be added; the archive is not touched"},
		}, keep...),
		Action: importAction,
	}, {
		Name:  "capture-script",
		Usage: "print a script that reads the account from within the browser",
		Description: "For when the server lets only a browser through: log in at chatgpt.com, paste the script into\n" +
			"the console of the developer tools, wait, and import the files that it saves. It is short and\n" +
			"meant to be read first.\n\n" +
			"   gptsnap capture-script > capture.js\n" +
			"   gptsnap import gptsnap-capture-*.har",
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return source.Fail(source.ExitUsage, "see gptsnap capture-script --help", "capture-script takes no argument, but got %q", c.Args().First())
			}
			_, err := io.WriteString(c.App.Writer, CaptureScript)
			return err
		},
	}}
}

func fetchAction(c *cli.Context) error {
	if c.Args().Present() {
		return source.Fail(source.ExitUsage, "see gptsnap fetch --help", "fetch takes no argument, but got %q", c.Args().First())
	}
	for _, name := range []string{"limit", "max-requests"} {
		if c.IsSet(name) && c.Int(name) < 1 {
			return source.Fail(source.ExitUsage, "", "--%s must be 1 or more", name)
		}
	}
	since, err := parseSince(c.String("since"), time.Now())
	if err != nil {
		return source.Fail(source.ExitUsage, "", "--since: %w", err)
	}
	base, err := parseBase(c.String("base-url"))
	if err != nil {
		return source.Fail(source.ExitUsage, "", "--base-url: %w", err)
	}
	most, err := source.ParseSize(c.String("max-file-size"))
	if err != nil {
		return source.Fail(source.ExitUsage, "", "--max-file-size: %w", err)
	}
	if c.IsSet("budget") && c.Duration("budget") <= 0 {
		return source.Fail(source.ExitUsage, "", "--budget must be more than nothing")
	}
	interval := c.Duration("min-interval")
	if ip := net.ParseIP(base.Hostname()); !c.IsSet("min-interval") && (base.Hostname() == "localhost" || ip != nil && ip.IsLoopback()) {
		interval = 0
	}
	if interval < 0 {
		return source.Fail(source.ExitUsage, "", "--min-interval must not be negative")
	}
	var token Token
	if c.String("cdp") == "" {
		token, err = readToken(c.Path("token-file"), os.Getenv("GPTSNAP_TOKEN"), c.App.Reader)
	}
	if err != nil {
		return source.Fail(source.ExitAuth, tokenHint, "%w", err)
	}
	var cookies Cookies
	if path := c.Path("cookie-file"); path != "" {
		raw, err := readSecret(path)
		if err == nil {
			cookies, err = ParseCookies(raw, base.Hostname())
		}
		if err != nil {
			return source.Fail(source.ExitUsage, "", "--cookie-file: %w", err)
		}
	}
	shape, err := source.Shape(c)
	if err != nil {
		return err
	}
	report, err := Run(c.Context, Options{
		Archive: c.Path("archive"), Keys: source.Keys(c), Shape: shape, Token: token, Cookies: cookies, BaseURL: base.String(), CDP: c.String("cdp"), Workspace: c.String("workspace"),
		Limit: c.Int("limit"), Since: since, Full: c.Bool("full"), Plan: c.Bool("plan"), MaxRequests: c.Int("max-requests"),
		MinInterval: interval, Only: words(c.StringSlice("only")), Skip: words(c.StringSlice("skip")), Files: c.String("files"), MaxFileSize: most,
		Budget: c.Duration("budget"), RetryFailed: c.Bool("retry-failed"), Tool: tool(c), Progress: progressOf(c),
	})
	if c.Bool("plan") && report.Listed > 0 {
		fmt.Fprintln(c.App.Writer, report.Plan())
	} else {
		say(c, report, err)
	}
	return err
}

func importAction(c *cli.Context) error {
	shape, err := source.Shape(c)
	if err != nil {
		return err
	}
	report, err := Import(c.Context, ImportOptions{Archive: c.Path("archive"), Keys: source.Keys(c), Shape: shape, Inputs: c.Args().Slice(), DryRun: c.Bool("dry-run"),
		Tool: tool(c), Progress: progressOf(c)})
	say(c, report, err)
	return err
}

// say prints the summary of a run that got as far as to do something. Of one
// that failed before, the error says all there is to say.
func say(c *cli.Context, r Report, err error) {
	idle := err != nil && r.Listed+r.Fetched+r.Files+r.Parts+len(r.Failed)+len(r.FilesFailed) == 0
	if !r.Ended.IsZero() && !idle && !c.Bool("quiet") {
		fmt.Fprintln(c.App.ErrWriter, r.Summary())
	}
}

func tool(c *cli.Context) string { return strings.TrimSpace("gptsnap " + c.App.Version) }

// progressOf hands a run's progress to what main put into the App's metadata:
// the progress line, and the log for waits.
func progressOf(c *cli.Context) func(Progress) {
	draw, _ := c.App.Metadata["progress"].(func(done, total int, note string))
	log, _ := c.App.Metadata["log"].(*slog.Logger)
	return func(p Progress) {
		switch {
		case p.Asked != "":
			if log != nil {
				log.Info(p.Asked)
			}
		case p.Note == "":
			if draw != nil {
				if p.Total == 0 {
					p.Total = -1
				}
				draw(p.Done, p.Total, p.Stage)
			}
		case log == nil:
		case time.Until(p.Until) > 10*time.Second:
			log.Warn(p.Note)
		default:
			log.Info(p.Note)
		}
	}
}
