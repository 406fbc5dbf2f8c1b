package serve

import (
	"fmt"
	"log/slog"
	"os/exec"
	"runtime"
	"time"

	"gptsnap/convert"
	"gptsnap/formats/source"

	"github.com/urfave/cli/v2"
)

// Commands are what this room adds to the command line. count makes the page
// of numbers of the site; nil for none.
func Commands(count convert.Count) []*cli.Command {
	return []*cli.Command{{
		Name:      "serve",
		Usage:     "read the archive in a browser on this machine",
		ArgsUsage: "[CONVERSATION...]",
		Description: "Shows the pages that convert -f html writes, with the same search, straight from the\n" +
			"archive and without writing anything. Only this machine is answered. End it with Ctrl-C.",
		Flags: append(source.Flags(),
			&cli.StringFlag{Name: "addr", Value: "127.0.0.1:0", Usage: "listen on `HOST:PORT` of this machine; port 0 is one that is free"},
			&cli.BoolFlag{Name: "open", Usage: "open the browser"},
		),
		Action: func(c *cli.Context) error { return run(c, count) },
	}}
}

func run(c *cli.Context, count convert.Count) error {
	o := Options{Location: time.Local, Count: count, Workers: runtime.GOMAXPROCS(0), Log: slog.New(slog.DiscardHandler)}
	if z := c.String("timezone"); z != "" {
		zone, err := time.LoadLocation(z)
		if err != nil {
			return source.Fail(source.ExitUsage, "use a name such as Europe/Berlin or UTC", "--timezone %q: %v", z, err)
		}
		o.Location = zone
	}
	if log, ok := c.App.Metadata["log"].(*slog.Logger); ok {
		o.Log = log
	}
	if progress, ok := c.App.Metadata["progress"].(func(done, total int, note string)); ok {
		o.Progress = func(done, total int) { progress(done, total, "reading") }
	}
	l, err := Listen(c.String("addr"))
	if err != nil {
		return source.Fail(source.ExitUsage, "use 127.0.0.1:0, or another port", "--addr %q: %v", c.String("addr"), err)
	}
	defer l.Close()
	src, err := source.FromContext(c)
	if err != nil {
		return err
	}
	defer src.Close()
	site, rep, err := Open(c.Context, src, o)
	if err != nil {
		return err
	}
	if rep.Conversations == 0 {
		return source.Fail(source.ExitNothing, "gptsnap list shows what there is", "no conversation in %s matches", src.Path)
	}
	if rep.Skipped > 0 {
		fmt.Fprintf(c.App.ErrWriter, "%d conversations cannot be read and are left out; run with -v for details\n", rep.Skipped)
	}
	url := "http://" + l.Addr().String() + "/"
	if _, err := fmt.Fprintln(c.App.Writer, url); err != nil {
		return err
	}
	if !c.Bool("quiet") {
		fmt.Fprintf(c.App.ErrWriter, "%d conversations to read at the address above; Ctrl-C ends it\n", rep.Conversations)
	}
	if c.Bool("open") {
		if args := opener(runtime.GOOS, url); exec.Command(args[0], args[1:]...).Start() != nil {
			fmt.Fprintln(c.App.ErrWriter, "no browser could be opened: open the address yourself")
		}
	}
	return site.Serve(c.Context, l)
}
