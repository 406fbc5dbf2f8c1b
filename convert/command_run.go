package convert

import (
	"errors"
	"fmt"
	"io"

	"gptsnap/formats/source"
	"gptsnap/formats/terminal"

	"github.com/urfave/cli/v2"
)

// run is the command, from the flags to the line that says what was done.
func run(c *cli.Context, count Count) error {
	p, err := planFrom(c)
	if err != nil {
		return err
	}
	unheeded(c, p)
	if count != nil && !c.Bool("no-statistics") && !p.look.Single {
		p.opts.Count, p.opts.Zone, p.look.Statistics = count, p.look.Zone, StatisticsName
	}
	write := p.writeSet
	if p.set == nil {
		r, err := p.format.make(p.look)
		if err != nil {
			return usage("%v", err)
		}
		write = func(c *cli.Context, src *source.Source) (Report, error) { return p.writeDocuments(c, src, r) }
	}
	p.given = givenTo(c, p) // of the input before it is opened: what is added later is not in it
	src, err := source.FromContext(c)
	if err != nil {
		return err
	}
	defer src.Close()
	if p.opts.Files == "link" && src.Where == nil {
		return source.Fail(source.ExitUsage, "unzip the export and give the folder, or use --files copy, which puts the files into a folder", "--files link: %s holds its files packed, so there is no file that a document could lead to", src.Path)
	}
	if p.redact != nil {
		src, p.opts.Redact = p.redact.Source(src), p.redact
	}
	rep, err := write(c, src)
	if err != nil {
		return err
	}
	for _, name := range rep.Kept {
		p.opts.Log.Warn("left alone, since somebody edited it (see --on-conflict)", "file", name)
	}
	if !c.Bool("quiet") && p.output != "-" {
		line := rep.Line(p.output)
		if p.dry {
			line = "dry run, nothing written: " + line
		}
		fmt.Fprintln(c.App.ErrWriter, line)
	}
	if p.redact != nil && !c.Bool("quiet") {
		fmt.Fprintln(c.App.ErrWriter, p.redact.Line())
	}
	if rep.Skipped > 0 {
		return source.Fail(source.ExitIncomplete, "the rest was written; the warnings above name what is missing", "incomplete: %s of the input could not be read or written", plural(rep.Skipped, "part"))
	}
	return c.Context.Err()
}

func (p plan) writeDocuments(c *cli.Context, src *source.Source, r Renderer) (Report, error) {
	if rep, ok := asLeft(p.output, p.given); ok {
		return rep, nil
	}
	inFolder := !p.file && !p.dry
	if inFolder {
		if err := forget(p.output); err != nil {
			return Report{}, err
		}
	}
	sink, err := p.open(c, r)
	if err != nil {
		return Report{}, err
	}
	rep, err := Run(c.Context, src, r, sink, p.opts)
	if err = finish(src, rep, err, sink.Close); err == nil && inFolder {
		err = note(p.output, p.given, rep)
	}
	return rep, err
}

func (p plan) writeSet(c *cli.Context, src *source.Source) (Report, error) {
	if p.dry || !p.opts.Since.IsZero() {
		return Report{}, usage("%s is written whole: --dry-run and --changed-since are for documents", p.set.name)
	}
	if p.output == "-" {
		return Report{}, usage("%s cannot go to standard output: name a place with -o", p.set.name)
	}
	if p.gather.Account == "" {
		p.gather.Account = accountOf(src.Path)
	}
	into, err := p.set.open(p.output, p.gather)
	if err != nil {
		return Report{}, cannotWrite(p.output, err)
	}
	rep, err := Gather(c.Context, src, into, p.opts)
	return rep, finish(src, rep, err, into.Close)
}

// finish closes what a run wrote to, with the run's error and the one that
// there was nothing to write.
func finish(src *source.Source, rep Report, err error, close func(keep bool) error) error {
	if err == nil && rep.Conversations+rep.Skipped == 0 {
		err = src.Nothing()
	}
	return errors.Join(err, close(err == nil))
}

func (p plan) open(c *cli.Context, r Renderer) (Sink, error) {
	if b, ok := r.(Binder); ok && !(p.dry && p.file) {
		if !p.file || p.output == "-" {
			return nil, usage("%s is one file: name it with -o, as in %s", p.format.name, p.format.output)
		}
		return openBook(b, p.output)
	}
	switch {
	case p.file && p.dry:
		return ToWriter(io.Discard, p.format.onePage), nil
	case p.output == "-":
		return ToWriter(c.App.Writer, p.format.onePage), nil
	case p.file:
		return OpenFile(p.output, p.format.onePage)
	}
	o := FolderOptions{Conflict: p.conflict, Dry: p.dry}
	if p.dry {
		o.Tell = func(what, name string) { fmt.Fprintf(c.App.Writer, "%-8s%s\n", what, terminal.Line(name)) }
	}
	return OpenFolder(p.output, o)
}
