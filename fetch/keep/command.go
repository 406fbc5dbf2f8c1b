package keep

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/urfave/cli/v2"

	"gptsnap/formats/archive"
	"gptsnap/formats/source"
	"gptsnap/formats/terminal"
)

// Commands are verify, repair and compact.
func Commands() []*cli.Command {
	format := &cli.StringFlag{Name: "format", Aliases: []string{"f"}, Value: "table", Usage: "print as `FORMAT`: table or json"}
	return []*cli.Command{{
		Name:      "verify",
		Usage:     "prove that every byte of an archive is as it was written",
		ArgsUsage: "[FILE]",
		Description: "Compares every frame with the SHA-256 in its seal, and every seal with the one before it, so a\n" +
			"change of any single bit is found. Nothing is written. Ends with code 4 if the archive is damaged\n" +
			"and says where; with code 3 if --deep finds answers that are whole but cannot be understood.\n\n" +
			"   gptsnap verify\n" +
			"   gptsnap verify --deep -f json -a backup.tar.zst",
		Flags: append([]cli.Flag{
			archiveFlag("examine the archive `PATH`"),
			&cli.BoolFlag{Name: "quick", Usage: "only seals and their chain: what lies between is not read"},
			&cli.BoolFlag{Name: "deep", Usage: "also unpack: SHA-256 of every record, lists against records, JSON, trees"},
			format,
		}, source.KeyFlags()...),
		Action: verifyAction,
	}, {
		Name:      "repair",
		Usage:     "save what is whole of a damaged archive in a new one",
		ArgsUsage: "[FILE]",
		Description: "Copies every frame that is as it was written, and of damaged ones every record whose SHA-256 is\n" +
			"right. The damaged file is only read, the new one must not exist. What is lost is named, and kept\n" +
			"as a list in the new file; the next fetch gets again what the server still has. Ends with code 3\n" +
			"if something is lost.\n\n" +
			"   gptsnap repair chatgpt.tar.zst -o saved.tar.zst",
		Flags: append([]cli.Flag{
			archiveFlag("read the damaged archive `PATH`"),
			&cli.PathFlag{Name: "output", Aliases: []string{"o"}, Usage: "write the new archive `NEW`: a file, or with a slash at its end a folder"},
			format,
		}, source.KeyFlags()...),
		Action: repairAction,
	}, {
		Name:      "compact",
		Usage:     "pack an archive closer, or remove chats from it for good",
		ArgsUsage: "[FILE]",
		Description: "Puts the versions of each chat side by side, in larger frames and better compressed. The new file\n" +
			"takes the place of the old one only after every byte of it has been verified; nothing is lost.\n\n" +
			"--redact removes chats: all their versions, the files that only they name, and what lists and other\n" +
			"answers say of them. The next fetch does not bring them back. This cannot be undone.\n\n" +
			"-o writes the new archive elsewhere. So an archive in one file becomes a folder of segments, or the\n" +
			"other way round, a plain one is encrypted, or it gets other recipients. The old one stays; remove it\n" +
			"when you have tried the new one.\n\n" +
			"   gptsnap compact\n" +
			"   gptsnap compact -o chats/ --passphrase\n" +
			"   gptsnap compact --redact 6f2c81aa-0000-4000-8000-000000000001",
		Flags: append(append([]cli.Flag{
			archiveFlag("pack the archive `PATH`"),
			&cli.StringSliceFlag{Name: "redact", Usage: "remove the chat with this `ID` for good (an id, a unique prefix of 8 characters, or a URL); may be repeated"},
			&cli.PathFlag{Name: "output", Aliases: []string{"o"}, Usage: "leave the archive as it is and write `NEW`: a file, or with a slash at its end a folder"},
			&cli.BoolFlag{Name: "decrypt", Usage: "let NEW be a plain archive, though the old one is encrypted"},
			format,
		}, source.KeyFlags()...), source.ShapeFlags()...),
		Action: compactAction,
	}}
}

func archiveFlag(usage string) cli.Flag {
	return &cli.PathFlag{Name: "archive", Aliases: []string{"a"}, EnvVars: []string{"GPTSNAP_ARCHIVE"}, Value: "chatgpt.tar.zst", TakesFile: true, Usage: usage}
}

// about is the archive that a command is about, its argument or else -a, and
// whether the answer is to be JSON.
func about(c *cli.Context) (path string, data bool, err error) {
	switch format := c.String("format"); {
	case c.NArg() > 1:
		return "", false, source.Fail(source.ExitUsage, "see gptsnap "+c.Command.Name+" --help", "%s takes one archive, but got %d", c.Command.Name, c.NArg())
	case format != "table" && format != "json":
		return "", false, source.Fail(source.ExitUsage, "", "-f %q: it is one of table, json", format)
	case c.NArg() == 1:
		return c.Args().First(), format == "json", nil
	default:
		return c.Path("archive"), format == "json", nil
	}
}

// progressOf is main's progress line.
func progressOf(c *cli.Context, what string) func(done, total int) {
	draw, _ := c.App.Metadata["progress"].(func(done, total int, note string))
	if draw == nil {
		return nil
	}
	return func(done, total int) { draw(done, total, what) }
}

func verifyAction(c *cli.Context) error {
	path, data, err := about(c)
	if err != nil {
		return err
	}
	level := archive.Full
	switch {
	case c.Bool("quick") && c.Bool("deep"):
		return source.Fail(source.ExitUsage, "", "--quick and --deep exclude each other")
	case c.Bool("quick"):
		level = archive.Quick
	case c.Bool("deep"):
		level = archive.Deep
	}
	f, err := Verify(c.Context, path, level, progressOf(c, "verifying"), source.Keys(c))
	if err != nil {
		return failure(path, err)
	}
	s := f.sheet()
	if data {
		err = s.json(c.App.Writer)
	} else if err = s.text(c.App.Writer); err == nil {
		_, err = fmt.Fprintf(c.App.Writer, "%s: %s in %s, %s of answers in a file of %s; %s\n", levelNames[level],
			count(f.Records, "record"), count(f.Frames, "frame"), bytesOf(f.Bytes), bytesOf(f.Size), verdict(&f))
		for _, name := range f.Strangers {
			fmt.Fprintf(c.App.Writer, "no part of the archive: %s\n", terminal.Line(name))
		}
	}
	switch {
	case err != nil:
		return source.Fail(source.ExitFailed, "", "printing: %w", err)
	case len(f.Problems) > 0:
		return source.Fail(source.ExitDamaged, "keep this file and save what is whole: gptsnap repair "+path+" -o NEW.tar.zst", "%s is damaged", path)
	case f.Torn != nil:
		return source.Fail(source.ExitDamaged, "if a fetch is at work, wait for it; else the next fetch or import mends the end", "%s ends early: %s", path, f.Torn.What)
	case len(f.Odd) > 0:
		return source.Fail(source.ExitIncomplete, "their bytes are as they were received; nothing is damaged", "%s cannot be understood", count(len(f.Odd), "answer"))
	}
	return nil
}

func verdict(f *Finding) string {
	switch {
	case len(f.Problems) > 0:
		return count(len(f.Problems), "problem")
	case f.Torn != nil:
		return "the end is torn"
	case f.Level == archive.Quick:
		return "the seals are whole"
	}
	return "every byte is as it was written"
}

func repairAction(c *cli.Context) error {
	path, data, err := about(c)
	if err != nil {
		return err
	}
	dst := c.Path("output")
	if dst == "" {
		return source.Fail(source.ExitUsage, "gptsnap repair "+path+" -o NEW.tar.zst", "name the new file with -o")
	}
	r, err := archive.Repair(path, dst, archive.Options{Tool: tool(c), Keys: source.Keys(c)})
	if errors.Is(err, fs.ErrExist) {
		return source.Fail(source.ExitUsage, "name a file that does not exist", "%s is there already, and nothing is written over", dst)
	}
	if err != nil {
		return failure(path, err)
	}
	s := rescueSheet(&r)
	if data {
		err = s.json(c.App.Writer)
	} else if err = s.text(c.App.Writer); err == nil {
		_, err = fmt.Fprintln(c.App.Writer, saved(&r, dst))
	}
	switch {
	case err != nil:
		return source.Fail(source.ExitFailed, "", "printing: %w", err)
	case len(r.Missing) > 0:
		return source.Fail(source.ExitIncomplete, "gptsnap fetch -a "+dst+" gets again what the server still has", "not all could be saved: %s", strings.Join(r.Missing, "; "))
	case len(r.Lost)+r.Unknown > 0:
		return source.Fail(source.ExitIncomplete, "gptsnap fetch -a "+dst+" gets again what the server still has", "%s could not be saved", count(len(r.Lost)+r.Unknown, "record"))
	}
	return nil
}

func compactAction(c *cli.Context) error {
	path, data, err := about(c)
	if err != nil {
		return err
	}
	shape, err := source.Shape(c)
	if err != nil {
		return err
	}
	output := c.Path("output")
	if output == "" && (c.IsSet("recipient") || c.Bool("passphrase") || c.IsSet("segment-size") || c.Bool("decrypt")) {
		return source.Fail(source.ExitUsage, "gptsnap compact "+path+" -o NEW/", "an archive stays stored as it is; name a new one with -o")
	}
	o := archive.CompactOptions{Options: archive.Options{Tool: tool(c), Keys: source.Keys(c), Shape: shape}, Output: output, Decrypt: c.Bool("decrypt")}
	p, err := Compact(path, o, c.StringSlice("redact"))
	if errors.Is(err, fs.ErrExist) {
		return source.Fail(source.ExitUsage, "name a file or folder that does not exist", "%s is there already, and nothing is written over", output)
	}
	if err != nil {
		return failure(path, err)
	}
	if data {
		err = p.sheet().json(c.App.Writer)
	} else {
		_, err = fmt.Fprintln(c.App.Writer, terminal.Safe(p.says(path, output)))
	}
	if err != nil {
		return source.Fail(source.ExitFailed, "", "printing: %w", err)
	}
	return nil
}

func tool(c *cli.Context) string { return strings.TrimSpace("gptsnap " + c.App.Version) }
