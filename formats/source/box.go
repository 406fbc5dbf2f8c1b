package source

import (
	"cmp"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"
)

// A member is one file of an input. Its name has slashes, is valid UTF-8 and
// stays below the input's root; it is shown and compared, never made a path.
type member struct {
	name string
	size int64
	// open may be called from many goroutines. If random is set, what it
	// returns is an io.ReaderAt as well.
	open   func() (io.ReadCloser, error)
	random bool
}

// A box is an input made of members, some of which hold conversations.
type box struct {
	name     string // as Source.Name
	path     string
	root     string // what stands before the names that the provider gave, "" or "folder/"
	plain    bool   // its members are files in the folder at path
	members  []member
	files    *assets // once they were asked for
	chats    []int   // indices of members that hold conversations, in the order to read them
	problems []error // *EntryErrors: members that had to be left out
	close    func() error
}

func (b *box) problem(format string, a ...any) {
	b.problems = append(b.problems, &EntryError{Err: fmt.Errorf(format, a...)})
}

// shard matches the members of an export that hold its conversations: one
// file until 2025, numbered ones since.
var shard = regexp.MustCompile(`^conversations(?:-([0-9]{1,9}))?\.json$`)

// findShards finds the conversations of an official export wherever it was
// packed: at the root, in one folder (an export zipped again), under tmp/.
// It reports whether there are any.
func (b *box) findShards() bool {
	depth, found := 0, false
	for _, m := range b.members {
		if d := strings.Count(m.name, "/"); shard.MatchString(path.Base(m.name)) && (!found || d < depth) {
			depth, found = d, true
			b.root = strings.TrimSuffix(m.name, path.Base(m.name))
		}
	}
	if !found {
		return false
	}
	b.root = strings.TrimSuffix(b.root, "tmp/")
	for i, m := range b.members {
		if dir, base := path.Split(strings.TrimPrefix(m.name, b.root)); (dir == "" || dir == "tmp/") && strings.HasPrefix(m.name, b.root) && shard.MatchString(base) {
			b.chats = append(b.chats, i)
		}
	}
	slices.SortStableFunc(b.chats, func(x, y int) int {
		x1, y1 := b.members[x].name, b.members[y].name
		return cmp.Or(cmp.Compare(shardNumber(x1), shardNumber(y1)), cmp.Compare(x1, y1))
	})
	b.missingShards()
	return true
}

// shardNumber is -1 for the one file that is not numbered.
func shardNumber(name string) int {
	digits := shard.FindStringSubmatch(path.Base(name))[1]
	if digits == "" {
		return -1
	}
	n, _ := strconv.Atoi(digits)
	return n
}

// missingShards reports shards that the export's manifest lists, or that the
// numbers say must exist, and that are not there. Without this a half
// downloaded export would look whole.
func (b *box) missingShards() {
	have, last := map[string]bool{}, -1
	for _, i := range b.chats {
		have[path.Base(b.members[i].name)] = true
		last = max(last, shardNumber(b.members[i].name))
	}
	var missing []string
	note := func(name string) {
		if !have[name] && len(missing) < 1000 {
			have[name] = true
			missing = append(missing, name)
		}
	}
	for n := range min(last, 10_000) {
		note(fmt.Sprintf("conversations-%03d.json", n))
	}
	if m := b.find("export_manifest.json"); m != nil {
		raw, err := m.read(16 << 20)
		if err != nil || !gjson.ValidBytes(raw) {
			b.problem("%s cannot be read, so missing parts of the export cannot be noticed", m.name)
			raw = nil
		}
		for _, f := range gjson.GetBytes(raw, "logical_files.conversations\\.json.files").Array() {
			note(path.Base(f.String()))
		}
		for _, f := range gjson.GetBytes(raw, "export_files.#.path").Array() {
			if base := path.Base(f.String()); shard.MatchString(base) {
				note(base)
			}
		}
	}
	for _, name := range missing {
		b.problem("%q belongs to this export and is not in it: download the export again, or put it beside the others", name)
	}
}

// find returns the member that the provider put at name, also under tmp/.
func (b *box) find(name string) *member {
	for i := range b.members {
		if n := b.members[i].name; n == b.root+name || n == b.root+"tmp/"+name {
			return &b.members[i]
		}
	}
	return nil
}

// read returns the bytes of a small member.
func (m *member) read(most int64) ([]byte, error) {
	f, err := m.open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(raw)) > most {
		return nil, fmt.Errorf("%s: larger than %d MiB", m.name, most>>20)
	}
	return raw, err
}
