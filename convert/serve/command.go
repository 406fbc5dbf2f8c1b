package serve

import (
	"context"
	"fmt"
	"io"
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
			"archive and without writing anything. The list is there at once and grows; search and numbers\n" +
			"come when all is read. /c/ID behind the address is the conversation of this id, or of the only\n" +
			"one that begins so. Only this machine is answered. End it with Ctrl-C.",
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
	site, err := Open(src, o)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(c.Context)
	read := make(chan struct{})
	defer func() { stop(nil); <-read }() // nobody reads when the source is closed
	talk := c.App.ErrWriter
	if c.Bool("quiet") {
		talk = io.Discard
	}
	go func() {
		defer close(read)
		rep, err := site.Read(ctx)
		switch {
		case err != nil:
			stop(err)
		case rep.Conversations == 0:
			stop(src.Nothing())
		default:
			if rep.Skipped > 0 {
				fmt.Fprintf(c.App.ErrWriter, "%d conversations cannot be read and are left out; run with -v for details\n", rep.Skipped)
			}
			fmt.Fprintf(talk, "all %d conversations are read, and can be searched\n", rep.Conversations)
		}
	}()
	select {
	case <-site.Some():
	case <-ctx.Done():
		return why(ctx, c.Context)
	}
	url := "http://" + l.Addr().String() + "/"
	if _, err := fmt.Fprintln(c.App.Writer, url); err != nil {
		return err
	}
	fmt.Fprintln(talk, "conversations to read at the address above; Ctrl-C ends it")
	if c.Bool("open") {
		if args := opener(runtime.GOOS, url); exec.Command(args[0], args[1:]...).Start() != nil {
			fmt.Fprintln(c.App.ErrWriter, "no browser could be opened: open the address yourself")
		}
	}
	if err := site.Serve(ctx, l); err != nil {
		return err
	}
	return why(ctx, c.Context)
}

// why says why ctx ended: nil if the user ended it, which is how serving ends.
func why(ctx, user context.Context) error {
	if user.Err() != nil {
		return nil
	}
	return context.Cause(ctx)
}
