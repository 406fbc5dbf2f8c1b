package source

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"gptsnap/formats/archive"
)

// KeyFlags are those by which a command is given the keys to an encrypted
// archive. [Keys] reads them.
func KeyFlags() []cli.Flag {
	const open = "ENCRYPTED ARCHIVES"
	return []cli.Flag{
		&cli.StringSliceFlag{Category: open, Name: "identity", EnvVars: []string{"GPTSNAP_IDENTITY"}, TakesFile: true, Usage: "open it with the identity in `FILE`, as age-keygen writes it; may be repeated"},
		&cli.PathFlag{Category: open, Name: "passphrase-file", EnvVars: []string{"GPTSNAP_PASSPHRASE_FILE"}, TakesFile: true, Usage: "take the passphrase from the first line of `FILE` instead of asking for it"},
	}
}

// ShapeFlags are those by which a command that may create an archive is told
// how to store it. [Shape] reads them.
func ShapeFlags() []cli.Flag {
	const store = "NEW ARCHIVES IN A FOLDER"
	return []cli.Flag{
		&cli.StringSliceFlag{Category: store, Name: "recipient", Usage: "encrypt it to `KEY`: age1..., or @FILE with such lines; may be repeated"},
		&cli.BoolFlag{Category: store, Name: "passphrase", Usage: "encrypt it with a passphrase, which is asked for"},
		&cli.StringFlag{Category: store, Name: "segment-size", DefaultText: "256MiB", Usage: "begin another file after `SIZE`"},
	}
}

// Keys are the keys that a command was given, read and asked for when they are
// needed. All calls for one command give the same.
func Keys(c *cli.Context) *archive.Keys {
	const name = "keys"
	if k, ok := c.App.Metadata[name].(*archive.Keys); ok {
		return k
	}
	k := &archive.Keys{}
	for _, name := range c.StringSlice("identity") {
		if name != "" { // an empty variable of the environment
			k.Files = append(k.Files, name)
		}
	}
	ask, _ := c.App.Metadata["passphrase"].(func(twice bool) (string, error))
	switch file := c.Path("passphrase-file"); {
	case file != "":
		k.Passphrase = func() (string, error) { return passphraseIn(file) }
	case ask != nil:
		k.Passphrase = func() (string, error) { return ask(false) }
		k.NewPassphrase = func() (string, error) { return ask(true) }
	}
	c.App.Metadata[name] = k
	return k
}

// passphraseIn is the first line of a file.
func passphraseIn(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	line, err := bufio.NewReaderSize(f, 64<<10).ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return "", fmt.Errorf("the first line of %s is too long", name)
	}
	pass := strings.TrimRight(string(line), "\r\n")
	if pass == "" {
		return "", fmt.Errorf("the first line of %s is empty", name)
	}
	return pass, nil
}

// Shape is how a command was told to store an archive that it creates.
func Shape(c *cli.Context) (s archive.Shape, err error) {
	s = archive.Shape{Recipients: c.StringSlice("recipient"), Passphrase: c.Bool("passphrase")}
	if v := c.String("segment-size"); v != "" {
		if s.SegmentSize, err = ParseSize(v); err != nil {
			return s, Fail(ExitUsage, "", "--segment-size: %w", err)
		}
	}
	return s, nil
}

// KeyFailure gives an error of opening an archive that is about keys or its
// shape its exit code and hint; nil if err is about something else.
func KeyFailure(path string, err error) *Failure {
	if shape := (*archive.ShapeError)(nil); errors.As(err, &shape) {
		return Fail(ExitUsage, "", "%s: %w", path, shape)
	}
	key := (*archive.KeyError)(nil)
	if !errors.As(err, &key) {
		return nil
	}
	hint := "give the identity that belongs to one of its recipients: --identity FILE"
	switch {
	case key.Passphrase && key.Missing:
		hint = "run it in a terminal, which asks for the passphrase, or give --passphrase-file FILE"
	case key.Passphrase:
		hint = "try again; without its passphrase nobody can open it"
	}
	return Fail(ExitAuth, hint, "%s: %w", path, key)
}
