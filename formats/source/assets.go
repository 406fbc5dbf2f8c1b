package source

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"gptsnap/formats/chat"

	"github.com/tidwall/gjson"
)

// assetMap is the member that tells under which names users know the files
// that an export calls ID.dat.
const assetMap = "conversation_asset_file_names.json"

// An asset is a file of an export whose name begins with its id.
type asset struct {
	base string // the last element of its name
	rank int    // of several files of one id the lowest is taken
	*member
}

// assets finds files by the ids that conversations call them by.
type assets struct {
	list   []asset           // in the order of base, rank, name
	titles map[string]string // from base to the path that the export's map gives
	where  string            // of what a missing file is missing: "export", ...
}

// assets makes the table of a box's files. It is built from names alone.
func (b *box) assets() *assets {
	a := &assets{titles: map[string]string{}, where: b.name}
	for i := range b.members {
		a.add(&b.members[i], strings.TrimPrefix(b.members[i].name, b.root))
	}
	a.sort()
	if m := b.find(assetMap); m != nil {
		raw, err := m.read(256 << 20)
		if err != nil || !gjson.ValidBytes(raw) {
			b.problem("%s cannot be read, so files keep the names of the export", m.name)
		} else {
			a.name(raw)
		}
	}
	b.files = a
	return a
}

func (a *assets) add(m *member, name string) {
	dir, base := path.Split(strings.TrimPrefix(name, "tmp/"))
	rank := 4 // the folder of one conversation
	switch {
	case path.Ext(base) == ".dat":
		rank = 0
	case dir == "":
		rank = 1
	case strings.HasPrefix(dir, "dalle-generations/"):
		rank = 2
	case strings.HasPrefix(dir, "user-"):
		rank = 3
	}
	a.list = append(a.list, asset{base, rank, m})
}

func (a *assets) sort() {
	slices.SortStableFunc(a.list, func(x, y asset) int {
		return cmp.Or(strings.Compare(x.base, y.base), cmp.Compare(x.rank, y.rank), strings.Compare(x.name, y.name))
	})
}

// name takes in one asset map; a later one wins.
func (a *assets) name(raw []byte) {
	gjson.ParseBytes(raw).ForEach(func(base, known gjson.Result) bool {
		if known.Type == gjson.String {
			a.titles[path.Base(base.String())] = known.String()
		}
		return true
	})
}

// lookup returns the file of an id: the best of those whose name is the id,
// or goes on after it with anything but a letter or a digit.
func (a *assets) lookup(id string) *asset {
	i, _ := slices.BinarySearchFunc(a.list, id, func(x asset, id string) int { return strings.Compare(x.base, id) })
	var best *asset
	for ; i < len(a.list) && strings.HasPrefix(a.list[i].base, id); i++ {
		rest := a.list[i].base[len(id):]
		if (rest == "" || !alphanumeric(rest[0])) && (best == nil || a.list[i].rank < best.rank) {
			best = &a.list[i]
		}
	}
	return best
}

func alphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

// title is the name that the user knows a file by, as far as the export tells:
// from its map, else what follows the id in FILE-ID-NAME.
func (a *assets) title(base, id string) string {
	if known, ok := a.titles[base]; ok {
		return path.Base(strings.ReplaceAll(known, `\`, "/"))
	}
	rest := strings.TrimPrefix(base, id)
	if len(rest) > 1 && rest[0] == '-' {
		return rest[1:]
	}
	return ""
}

// open is [Source.File] of an export.
func (a *assets) open(f *chat.File) (io.ReadCloser, error) {
	m, err := a.find(f)
	if err != nil {
		return nil, err
	}
	in, err := m.open()
	if err != nil {
		return nil, err
	}
	return typed(f, in)
}

// find looks f up and fills in its name and size.
func (a *assets) find(f *chat.File) (*asset, error) {
	id, err := fileID(f)
	if err != nil {
		return nil, err
	}
	m := a.lookup(id)
	if m == nil {
		return nil, fmt.Errorf("not in the %s", a.where)
	}
	if f.Size == 0 {
		f.Size = m.size
	}
	if f.Name == "" {
		f.Name = a.title(m.base, id)
	}
	return m, nil
}

// on is [Source.Where] of an export that was unpacked into a folder.
func (a *assets) on(folder string) func(f *chat.File) (string, error) {
	return func(f *chat.File) (string, error) {
		m, err := a.find(f)
		if err != nil {
			return "", err
		}
		if f.MIME == "" {
			f.MIME = mediaOf(f.Name)
		}
		return filepath.Join(folder, filepath.FromSlash(m.name)), nil
	}
}

// FileID is the id under which an archive keeps the bytes of f. A file that
// code wrote has no id of its own; it is "sandbox MESSAGE PATH", of the message
// that names it and its path in the sandbox, as /mnt/data/x.
func FileID(f *chat.File) (string, error) {
	if path, ok := strings.CutPrefix(f.Pointer, "sandbox:"); ok && f.Message != "" && path != "" {
		return "sandbox " + f.Message + " " + path, nil
	}
	return fileID(f)
}

// FileKey tells files apart: it is the FileID of f, or of a file that has none
// what it is called by.
func FileKey(f *chat.File) string {
	if id, err := FileID(f); err == nil {
		return id
	}
	return cmp.Or(f.Pointer, f.ID, f.Name)
}

// fileID is the name by which the bytes of f are stored.
func fileID(f *chat.File) (string, error) {
	id := strings.Trim(f.ID, "#")
	if _, after, ok := strings.Cut(id, "://"); ok {
		id = strings.Trim(after, "#")
	}
	switch {
	case strings.HasPrefix(f.Pointer, "sandbox:"):
		return "", errors.New("not stored: what code wrote is kept by the provider for a short time and is never exported")
	case len(id) < 5 || strings.ContainsAny(id, "/\\"):
		return "", errors.New("not stored: it has no id")
	}
	return id, nil
}
