package convert

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
)

// manifestName is where an output folder keeps the list of what was written
// into it. Without it nobody could tell our files from edited ones.
const manifestName = ".gptsnap.json"

// A manifest is what was last written under each name.
type manifest struct {
	Gptsnap int                `json:"gptsnap"` // version of this list
	Files   map[string]written `json:"files"`

	met map[string]string // owner and ending of what this run met, by name
}

type written struct {
	SHA256 string `json:"sha256"`
	Of     string `json:"of,omitempty"` // the conversation that the document shows
}

func newManifest() *manifest {
	return &manifest{Gptsnap: 1, Files: map[string]written{}, met: map[string]string{}}
}

// read takes the list from the bytes of its file. One that cannot be read is
// an error: to write on without it could cost somebody's edits.
func (m *manifest) read(raw []byte) error {
	if err := json.Unmarshal(raw, m); err != nil {
		return fmt.Errorf("the list of what was written here cannot be read (delete it to treat every file as edited): %w", err)
	}
	if m.Gptsnap != 1 {
		return fmt.Errorf("the list of what was written here is of version %d, this program knows 1", m.Gptsnap)
	}
	if m.Files == nil {
		m.Files = map[string]written{}
	}
	return nil
}

func (m *manifest) bytes() ([]byte, error) {
	raw, err := json.MarshalIndent(m, "", " ") // sorts by name
	return append(raw, '\n'), err
}

func (m *manifest) put(name string, w written) {
	m.Files[name] = w
	m.met[name] = kin(name, w.Of)
}

// keep notes that name is in use, whoever wrote what is there.
func (m *manifest) keep(name, owner string) { m.met[name] = kin(name, owner) }

// kin is what a document has in common with the one it takes the place of.
func kin(name, owner string) string {
	if owner == "" {
		return ""
	}
	return owner + path.Ext(name)
}

// outdated lists what was written in earlier runs for conversations that this
// run wrote under other names, sorted.
func (m *manifest) outdated() (all []string) {
	here, inUse := map[string]bool{}, map[string]bool{}
	for name, k := range m.met {
		here[k] = true
		inUse[fold(name)] = true // where Foo.md and foo.md are one file
	}
	for name, w := range m.Files {
		if k := kin(name, w.Of); k != "" && here[k] && !inUse[fold(name)] && path.Clean(name) == name && name[0] != '/' {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}
