package source

import "github.com/urfave/cli/v2"

// Flags are those by which every reading command names its archive and
// chooses conversations.
func Flags() []cli.Flag { return nil }

// FromContext opens what -a names and narrows it by the flags of [Flags] and
// by the positional arguments: ids, unique prefixes of them, chat URLs, and
// @FILE with one of these a line.
func FromContext(c *cli.Context) (*Source, error) {
	return Open(c.Path("archive"))
}
