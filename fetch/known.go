package fetch

import (
	"crypto/sha256"
	"time"

	"gptsnap/formats/archive"
)

// known is what an import has to know of what the archive holds: every version
// of every id, so that what is imported twice is stored once, and of every id
// the latest time of change. It keeps digests and no records, some sixty bytes
// of each, for an account may have very many.
type known struct {
	versions map[mark]struct{}
	changed  map[mark]int64 // Unix time in microseconds, the unit in which a server tells it
}

// A mark stands for a kind and id, and one version where it is that of a version.
type mark [16]byte

func newKnown() known {
	return known{versions: map[mark]struct{}{}, changed: map[mark]int64{}}
}

func markOf(kind, id string, version []byte) mark {
	h := sha256.Sum256(append([]byte(kind+"/"+id+"/"), version...))
	return mark(h[:])
}

func (k known) note(m *archive.Meta, digest [sha256.Size]byte) {
	k.versions[markOf(m.Kind, m.ID, digest[:])] = struct{}{}
	id, now := markOf(m.Kind, m.ID, nil), m.Updated.UnixMicro()
	if was, ok := k.changed[id]; !ok || now > was {
		k.changed[id] = now
	}
}

// version reports whether a version is held.
func (k known) version(m *archive.Meta, digest [sha256.Size]byte) bool {
	_, ok := k.versions[markOf(m.Kind, m.ID, digest[:])]
	return ok
}

// latest is the time of the latest version that is held.
func (k known) latest(kind, id string) (t time.Time, held bool) {
	at, ok := k.changed[markOf(kind, id, nil)]
	return time.UnixMicro(at), ok
}
