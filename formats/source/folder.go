package source

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

// How much of a folder is looked at: enough for any export, and an end for a
// folder that was given by mistake.
const (
	mostFiles   = 1_000_000
	mostFolders = 8 // one within the other
	fewFolders  = 2 // below a folder that holds no JSON itself
)

// openFolder lists an unzipped export, all of it, be it here or one or two
// folders below, or else the JSON files that stand directly in the folder.
// Nothing outside the folder is reached, not even through links.
func openFolder(name string) (*box, error) {
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	b := &box{path: name, plain: true, close: root.Close}
	if err := b.list(root, ".", 0, false); err != nil {
		root.Close()
		return nil, err
	}
	found := b.findShards()
	if !found && !slices.ContainsFunc(b.members, func(m member) bool { return isJSON(m.name) }) {
		// Unpacking may have put the export into a folder, and that into another.
		b.members, b.problems = nil, nil
		if err := b.list(root, ".", fewFolders, true); err != nil {
			root.Close()
			return nil, err
		}
		if found = b.findShards(); !found {
			b.members, b.problems = nil, nil
		}
	}
	if found {
		b.members, b.chats, b.problems, b.root = nil, nil, nil, ""
		if err := b.list(root, ".", mostFolders, true); err != nil {
			root.Close()
			return nil, err
		}
		b.findShards()
		b.name = "official export"
		return b, nil
	}
	b.name = "folder of JSON files"
	b.members = slices.DeleteFunc(b.members, func(m member) bool { return !isJSON(m.name) })
	b.allChats()
	return b, nil
}

func isJSON(name string) bool { return strings.EqualFold(path.Ext(name), ".json") }

// allChats takes every JSON member for conversations.
func (b *box) allChats() {
	for i, m := range b.members {
		if isJSON(m.name) {
			b.chats = append(b.chats, i)
		}
	}
}

// list adds the files of a folder in the order of their names, and those of
// tmp/, or with everything set of all folders below to the given depth.
func (b *box) list(root *os.Root, dir string, depth int, everything bool) error {
	d, err := root.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	entries, err := d.ReadDir(-1)
	if err != nil {
		return err
	}
	slices.SortFunc(entries, func(x, y fs.DirEntry) int { return strings.Compare(x.Name(), y.Name()) })
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		switch {
		case clutter(e.Name()) || strings.HasPrefix(e.Name(), "."):
		case e.IsDir() && everything && depth == 0:
			b.problem("folder %q left out: too deep for an export", short(name))
		case e.IsDir() && (everything || dir == "." && e.Name() == "tmp"):
			if err := b.list(root, name, max(0, depth-1), everything); err != nil {
				return err
			}
		case e.IsDir():
		case len(b.members) >= mostFiles:
			return Fail(ExitFailed, accepted, "%s: holds more than %d files: not an export", b.path, mostFiles)
		case !e.Type().IsRegular():
			if everything || isJSON(name) {
				b.problem("%q left out: it is a link or a device, not a file", short(name))
			}
		case !safeName(name):
			b.problem("%q left out: its name is not one of an export", short(name))
		default:
			m := member{name: name, random: true, open: func() (io.ReadCloser, error) {
				f, err := root.Open(name)
				if errors.Is(err, fs.ErrNotExist) {
					err = errors.New("it has gone since the folder was read")
				}
				return f, err
			}}
			if info, err := e.Info(); err == nil {
				m.size = info.Size()
			}
			b.members = append(b.members, m)
		}
	}
	return nil
}
