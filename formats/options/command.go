// Package options is the command line as people type it: flags before or after
// the arguments, and what a settings file says of those that were not typed.
//
// urfave/cli v2 stops looking for flags at the first argument. [Parse] takes a
// command line apart by the flags that the program and its commands declare,
// and [Line.Args] puts it together again in the order that urfave/cli reads.
// In between, [Line.Take] may add [Settings]: they become flags like any other,
// so each means just what it means on the command line, and is refused with
// the same words.
//
// What was typed comes first, then the environment, then the settings file,
// then what the command takes by itself.
package options

import (
	"os"
	"slices"
	"strings"

	"gptsnap/formats/source"

	"github.com/urfave/cli/v2"
)

// flag is what [Settings] need to know of a flag.
type flag = cli.Flag

// A Line is a command line, taken apart.
type Line struct {
	app         *cli.App
	command     *cli.Command // nil if none is named
	program     []string     // the name of the program, if there is any
	front, back []string     // flags of the program, flags of the command
	arguments   []string
	typed       map[flag]string // flags that were typed, and their last value
}

// Parse takes apart args, of which the first is the program's name. "--" ends
// the flags, and "-" is an argument. That a flag lacks its value is an error
// with [source.ExitUsage]; a flag that nobody knows is left for urfave/cli to
// refuse.
func Parse(app *cli.App, args []string) (*Line, error) {
	l := &Line{app: app, program: args[:min(1, len(args))], typed: map[flag]string{}}
	global := byName(append(slices.Clone(app.Flags), cli.VersionFlag))
	var local map[string]flag
	for i := 1; i < len(args); i++ {
		a := args[i]
		if a == "--" {
			l.arguments = append(l.arguments, args[i+1:]...)
			break
		}
		if len(a) < 2 || a[0] != '-' {
			if c := app.Command(a); c != nil && l.command == nil && len(l.arguments) == 0 {
				l.command, local = c, byName(c.Flags)
			} else {
				l.arguments = append(l.arguments, a)
			}
			continue
		}
		name, value, valued := strings.Cut(strings.TrimLeft(a, "-"), "=")
		to := &l.back
		f, known := local[name]
		if !known {
			if f, known = global[name]; known || l.command == nil {
				to = &l.front
			}
		}
		*to = append(*to, a)
		if takesValue(f) && !valued {
			if i+1 >= len(args) {
				return nil, source.Fail(source.ExitUsage, "", "%s needs a value", a)
			}
			i++
			value = args[i]
			*to = append(*to, value)
		}
		if f != nil {
			l.typed[f] = value
		}
	}
	return l, nil
}

// Value is that of a flag of the whole program as it was typed, else of the
// environment, else "".
func (l *Line) Value(name string) string {
	f := byName(l.app.Flags)[name]
	if v, ok := l.typed[f]; ok {
		return v
	}
	return environment(f)
}

// AsksHelp reports whether help or the version is asked for.
func (l *Line) AsksHelp() bool {
	return l.mentions(cli.VersionFlag) || slices.ContainsFunc(slices.Concat(l.front, l.back), func(a string) bool {
		return a[:min(1, len(a))] == "-" && slices.Contains(cli.HelpFlag.Names(), strings.TrimLeft(a, "-"))
	})
}

// mentions reports whether f was typed.
func (l *Line) mentions(f flag) bool {
	_, ok := l.typed[f]
	return ok
}

// named is the name of the command, "" if there is none.
func (l *Line) named() string {
	if l.command == nil {
		return ""
	}
	return l.command.Name
}

// Args is the command line with all flags in front of the arguments, and those
// of the whole program in front of the command.
func (l *Line) Args() []string {
	if l.command == nil {
		return slices.Concat(l.program, l.front, l.back, l.arguments)
	}
	args := slices.Concat(l.program, l.front, []string{l.command.Name}, l.back)
	if len(l.arguments) > 0 {
		args = append(args, "--") // an argument may look like a flag
	}
	return append(args, l.arguments...)
}

// Counts makes the flags of app that take a whole number refuse one below
// nought: each of them counts something. The error has [source.ExitUsage].
func Counts(app *cli.App) {
	for _, c := range app.Commands {
		for _, f := range c.Flags {
			if f, ok := f.(*cli.IntFlag); ok {
				f.Action = func(_ *cli.Context, n int) error {
					if n < 0 {
						return source.Fail(source.ExitUsage, "see gptsnap "+c.Name+" --help", "--%s %d: it is a number of things, from 0 up", f.Name, n)
					}
					return nil
				}
			}
		}
	}
}

// byName finds flags by each of their names; flags of urfave's own, as --help,
// are not among them.
func byName(flags []cli.Flag) map[string]flag {
	m := map[string]flag{}
	for _, f := range flags {
		for _, n := range f.Names() {
			m[n] = f
		}
	}
	return m
}

func takesValue(f flag) bool {
	d, ok := f.(cli.DocGenerationFlag)
	return ok && d.TakesValue()
}

// takesFile reports whether the value of f is a path.
func takesFile(f flag) bool {
	switch f := f.(type) {
	case *cli.PathFlag:
		return true
	case *cli.StringFlag:
		return f.TakesFile
	case *cli.StringSliceFlag:
		return f.TakesFile
	}
	return false
}

// environment is the value that f has from the environment, "" if none.
func environment(f flag) string {
	if d, ok := f.(cli.DocGenerationFlag); ok {
		for _, name := range d.GetEnvVars() {
			if v := os.Getenv(name); v != "" {
				return v
			}
		}
	}
	return ""
}
