package options

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gptsnap/formats/source"

	"github.com/BurntSushi/toml"
)

// maxSettings bounds a settings file, in bytes. Somebody may name the wrong file.
const maxSettings = 1 << 20

// Settings are values for flags, read from a TOML file:
//
//	archive  = "~/chats/chatgpt.tar.zst"
//	timezone = "Europe/Athens"
//
//	[convert]
//	format = "html"
//	tools  = "drop"
//
// A key is the long or short name of a flag without its dashes. Before the
// first table stand flags of the whole program and those that open an archive
// (see [everywhere]); a table has the flags of one command. Paths are taken
// from the folder of the file, and ~/ is the user's own.
type Settings struct {
	File string // where they were read, "" if nowhere
	home string
	top  map[string]any
	of   map[string]map[string]any // by command
}

// everywhere are the flags of commands that a settings file sets for all of
// them at once, because they mean the same in each.
var everywhere = []string{"archive", "identity", "passphrase-file"}

// Usual is where settings are looked for if nobody names a file:
// gptsnap/config.toml in the user's folder of configuration. It is "" where
// the system knows no such folder.
func Usual() string {
	dir, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "gptsnap", "config.toml")
}

// Read reads the settings in file, or in the usual one if file is "", which
// need not be there. Errors have [source.ExitUsage] and name the file.
func Read(file string) (*Settings, error) {
	named := file != ""
	if file = cmp.Or(file, Usual()); file == "" {
		return &Settings{}, nil
	}
	fail := func(err error) error {
		return source.Fail(source.ExitUsage, "name another file with --config", "settings: %w", err)
	}
	f, err := os.Open(file)
	if !named && errors.Is(err, fs.ErrNotExist) {
		return &Settings{}, nil
	}
	if err != nil {
		return nil, fail(err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSettings+1))
	if err != nil {
		return nil, fail(err)
	}
	if len(text) > maxSettings {
		return nil, fail(fmt.Errorf("%s has more than 1 MiB: it is something else", file))
	}
	s := &Settings{File: file, of: map[string]map[string]any{}}
	if _, err := toml.NewDecoder(bytes.NewReader(text)).Decode(&s.top); err != nil {
		if at := (toml.ParseError{}); errors.As(err, &at) {
			return nil, fail(fmt.Errorf("%s: line %d: %s", file, at.Position.Line, at.Message))
		}
		return nil, fail(fmt.Errorf("%s: %w", file, err))
	}
	for key, v := range s.top {
		if table, ok := v.(map[string]any); ok {
			s.of[key] = table
			delete(s.top, key)
		}
	}
	s.home, _ = os.UserHomeDir() // without one, a path with ~/ is refused when it is needed
	return s, nil
}

// Take adds what s says of the flags that were neither typed nor set in the
// environment, and returns "NAME" or "COMMAND.NAME" of each. All of s is
// checked, whatever the command: a key that no flag has is an error with
// [source.ExitUsage].
func (l *Line) Take(s *Settings) ([]string, error) {
	var taken []string
	take := func(to *[]string, prefix string, key string, value any, f flag) error {
		if l.mentions(f) || environment(f) != "" {
			return nil
		}
		words, err := s.words(f, value)
		if err != nil {
			return s.fail("", "%s%s: %w", prefix, key, err)
		}
		for _, w := range words {
			*to = append(*to, "--"+f.Names()[0]+"="+w)
		}
		taken = append(taken, prefix+key)
		return nil
	}
	program := byName(l.app.Flags)
	delete(program, "config")
	var local map[string]flag
	if l.command != nil {
		local = byName(l.command.Flags)
	}
	for _, key := range slices.Sorted(maps.Keys(s.top)) {
		value, to := s.top[key], &l.front
		f, known := program[key]
		if !known {
			if !slices.Contains(everywhere, key) {
				return nil, s.fail(l.place(key), "there is no %q for all commands", key)
			}
			if f, known = local[key]; !known {
				continue // this command opens no archive
			}
			to = &l.back
		}
		if own, ok := s.of[l.named()]; ok && own[key] != nil {
			continue // said more closely for this command
		}
		if err := take(to, "", key, value, f); err != nil {
			return nil, err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.of)) {
		command := l.app.Command(name)
		if command == nil {
			return nil, s.fail("a table is named like a command, see gptsnap --help", "there is no command %q", name)
		}
		flags := byName(command.Flags)
		for _, key := range slices.Sorted(maps.Keys(s.of[name])) {
			f, known := flags[key]
			if !known {
				return nil, s.fail("see gptsnap "+name+" --help", "[%s] has no %q", name, key)
			}
			if command != l.command {
				continue
			}
			if err := take(&l.back, name+".", key, s.of[name][key], f); err != nil {
				return nil, err
			}
		}
	}
	return taken, nil
}

// place tells where a key belongs that does not stand before the first table.
func (l *Line) place(key string) string {
	for _, c := range l.app.Commands {
		if _, ok := byName(c.Flags)[key]; ok {
			return "write it below a line with the command's name, as [" + c.Name + "]"
		}
	}
	return "see gptsnap --help"
}

func (s *Settings) fail(hint, format string, a ...any) error {
	return source.Fail(source.ExitUsage, hint, "settings of %s: %w", s.File, fmt.Errorf(format, a...))
}

// words are the values of f that v stands for: one, or those of a list.
func (s *Settings) words(f flag, v any) ([]string, error) {
	if list, ok := v.([]any); ok {
		var words []string
		for _, v := range list {
			if _, deeper := v.([]any); deeper {
				return nil, errors.New("a list in a list")
			}
			w, err := s.words(f, v)
			if err != nil {
				return nil, err
			}
			words = append(words, w...)
		}
		return words, nil
	}
	switch v := v.(type) {
	case string:
		if !takesFile(f) {
			return []string{v}, nil
		}
		path, err := s.path(v)
		return []string{path}, err
	case bool, int64, float64:
		return []string{fmt.Sprint(v)}, nil
	case time.Time: // TOML's dates have no zone, and say so by the name of theirs
		switch v.Location().String() {
		case "date-local":
			return []string{v.Format(time.DateOnly)}, nil
		case "datetime-local":
			return []string{v.Format("2006-01-02T15:04:05")}, nil
		}
		return []string{v.Format(time.RFC3339)}, nil
	}
	return nil, errors.New("it is none of text, number, true, false, date and list")
}

// path takes v from the folder of the settings file.
func (s *Settings) path(v string) (string, error) {
	if rest, ok := strings.CutPrefix(v, "~/"); ok {
		if s.home == "" {
			return "", errors.New("~/: this system does not say which folder is yours")
		}
		return s.home + string(filepath.Separator) + rest, nil
	}
	if v == "" || v == "-" || filepath.IsAbs(v) {
		return v, nil
	}
	dir := filepath.Dir(s.File)
	if strings.HasSuffix(v, "/") { // it means a folder, to those that write archives
		return filepath.Join(dir, v) + "/", nil
	}
	return filepath.Join(dir, v), nil
}
