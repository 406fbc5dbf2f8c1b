package convert

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"

	"gptsnap/formats/chat"
)

// manifestName is where an output folder keeps the list of what was written
// into it. Without it nobody could tell our files from edited ones.
const manifestName = ".gptsnap.json"

// A manifest is what was last written under each name. The file is
//
//	{"gptsnap":1, "files":{NAME:{"sha256":S, "of":ID}, ...}}
//
// with the names in order. An account may have very many chats, so in memory
// an entry is a stretch of text, some 150 bytes, and the file is read and
// written as a stream.
type manifest struct {
	text []byte            // the entries, one after the other, overwritten ones among them
	at   map[digest]uint32 // by name: where in text
	old  bool              // an earlier run wrote here
	// What this run met, if there is anything to compare it with: owner and
	// ending of each document, and folded names.
	here, inUse map[digest]struct{}
}

type written struct {
	SHA256 string `json:"sha256"`
	Of     string `json:"of,omitempty"` // the conversation that the document shows
}

// A digest stands for a name where that would take more room.
type digest [16]byte

func digestOf(s string) digest {
	sum := sha256.Sum256([]byte(s))
	return digest(sum[:])
}

func newManifest() *manifest {
	return &manifest{at: map[digest]uint32{}, here: map[digest]struct{}{}, inUse: map[digest]struct{}{}}
}

func (m *manifest) len() int { return len(m.at) }

// set enters a file into the list.
func (m *manifest) set(name string, w written) {
	m.at[digestOf(name)] = uint32(len(m.text))
	sum := w.SHA256
	if raw, err := hex.DecodeString(sum); err == nil && len(raw) == sha256.Size && hex.EncodeToString(raw) == sum {
		sum = string(raw) // half as long
	}
	for _, s := range []string{name, w.Of, sum} {
		m.text = append(binary.AppendUvarint(m.text, uint64(len(s))), s...)
	}
}

// entry reads the entry at a place of text.
func (m *manifest) entry(at uint32) (name string, w written) {
	b := m.text[at:]
	next := func() []byte {
		n, k := binary.Uvarint(b)
		s := b[k : k+int(n)]
		b = b[k+int(n):]
		return s
	}
	name, w.Of = string(next()), string(next())
	if sum := next(); len(sum) == sha256.Size {
		w.SHA256 = hex.EncodeToString(sum)
	} else {
		w.SHA256 = string(sum)
	}
	return name, w
}

// file is what was written last under a name.
func (m *manifest) file(name string) (w written, ok bool) {
	at, ok := m.at[digestOf(name)]
	if ok {
		_, w = m.entry(at)
	}
	return w, ok
}

func (m *manifest) forget(name string) { delete(m.at, digestOf(name)) }

// sorted are the places of the entries in the order of the names.
func (m *manifest) sorted() []uint32 {
	all := make([]uint32, 0, len(m.at))
	for _, at := range m.at {
		all = append(all, at)
	}
	name := func(at uint32) []byte {
		n, k := binary.Uvarint(m.text[at:])
		return m.text[at:][k : k+int(n)]
	}
	slices.SortFunc(all, func(a, b uint32) int { return bytes.Compare(name(a), name(b)) })
	return all
}

// read takes the list from its file. One that cannot be read is an error: to
// write on without it could cost somebody's edits.
func (m *manifest) read(r io.Reader) error {
	version := 1
	if err := m.decode(json.NewDecoder(bufio.NewReader(r)), &version); err != nil {
		return fmt.Errorf("the list of what was written here cannot be read (delete it to treat every file as edited): %w", err)
	}
	if version != 1 {
		return fmt.Errorf("the list of what was written here is of version %d, this program knows 1", version)
	}
	m.old = len(m.at) > 0
	return nil
}

func (m *manifest) decode(d *json.Decoder, version *int) error {
	var skip json.RawMessage
	err := members(d, func(key string) error {
		switch key {
		case "gptsnap":
			return d.Decode(version)
		case "files":
			return members(d, func(name string) error {
				var w written
				err := d.Decode(&w)
				m.set(name, w)
				return err
			})
		}
		return d.Decode(&skip)
	})
	if _, end := d.Token(); err == nil && end != io.EOF {
		return errors.New("something follows it")
	}
	return err
}

// members calls do for each key of the object that comes next, or of null,
// which has none; do has to read the value.
func members(d *json.Decoder, do func(key string) error) error {
	t, err := d.Token()
	if err != nil || t == nil {
		return err
	}
	if t != json.Delim('{') {
		return fmt.Errorf("an object should stand where %v does", t)
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		if err := do(key.(string)); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}

// write writes the file.
func (m *manifest) write(w io.Writer) error {
	b := bufio.NewWriter(w)
	b.WriteString("{\n \"gptsnap\": 1,\n \"files\": {")
	comma := ""
	for _, at := range m.sorted() {
		name, w := m.entry(at)
		key, err := json.Marshal(name)
		if err != nil {
			return err
		}
		value, err := json.MarshalIndent(w, "  ", " ")
		if err != nil {
			return err
		}
		fmt.Fprintf(b, "%s\n  %s: %s", comma, key, value)
		comma = ","
	}
	b.WriteString("\n }\n}\n")
	return b.Flush()
}

// stream is the file, made while it is read. The caller closes it.
func (m *manifest) stream() io.ReadCloser {
	r, w := io.Pipe()
	go func() { w.CloseWithError(m.write(w)) }()
	return r
}

func (m *manifest) put(name string, w written) {
	m.set(name, w)
	m.keep(name, w.Of)
}

// keep notes that name is in use, whoever wrote what is there.
func (m *manifest) keep(name, owner string) {
	if m.old {
		m.here[digestOf(kin(name, owner))] = struct{}{}
		m.inUse[digestOf(fold(name))] = struct{}{} // where Foo.md and foo.md are one file
	}
}

// kin is what a document has in common with the one it takes the place of.
func kin(name, owner string) string {
	if owner == "" {
		return ""
	}
	return owner + path.Ext(name)
}

// outdated lists what was written in earlier runs and has no place any more,
// sorted: documents of conversations that this run wrote under other names,
// parts of what it made anew, and lists of documents that it no longer made. A
// list stays as long as any document does that this run did not meet.
func (m *manifest) outdated() (all []string) {
	if !m.old {
		return nil
	}
	var lists []string
	others := false
	for _, at := range m.sorted() {
		name, w := m.entry(at)
		k := kin(name, w.Of)
		_, here := m.here[digestOf(k)]
		_, inUse := m.inUse[digestOf(fold(name))]
		switch {
		case k == "" || inUse || path.Clean(name) != name || name[0] == '/':
		case w.Of == chat.ListOfDocuments:
			lists = append(lists, name)
		case here:
			all = append(all, name)
		default:
			others = true
		}
	}
	if !others {
		all = append(all, lists...)
		slices.Sort(all)
	}
	return all
}
