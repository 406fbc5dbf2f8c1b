package archive

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/cespare/xxhash/v2"
)

// A stock is what a writer has to find among the records, which are kept
// packed and in their order only. Its maps hold numbers, some fifty bytes a
// record; each is made such that the worst an unlucky number does is to have
// a body stored twice, or a name numbered that need not be.
type stock struct {
	recs   *list
	seq    int64               // the highest
	bodies map[uint64]uint32   // beginning of the SHA-256 -> the first record that holds the bytes
	names  map[uint64]struct{} // hashes of the tar names
	newest map[[16]byte]uint32 // hash of kind and id -> newest record; nil until it is asked for
}

func newStock(recs *list) *stock {
	s := &stock{recs: recs, bodies: map[uint64]uint32{}, names: map[uint64]struct{}{}}
	for i, rec := range recs.all() {
		s.enter(i, &rec)
	}
	return s
}

// enter notes record i.
func (s *stock) enter(i int, r *Record) {
	s.seq = max(s.seq, r.Seq)
	s.names[xxhash.Sum64String(r.Path)] = struct{}{}
	if r.SameAs == "" {
		sum := binary.LittleEndian.Uint64(s.recs.now().sum(i))
		if _, ok := s.bodies[sum]; !ok {
			s.bodies[sum] = uint32(i)
		}
	}
	if s.newest != nil {
		s.newest[idHash(r.Kind, r.ID)] = uint32(i)
	}
}

// taken reports whether a tar name is in use.
func (s *stock) taken(name string) bool {
	_, ok := s.names[xxhash.Sum64String(name)]
	return ok
}

// holding is the first record that holds the body with this SHA-256.
func (s *stock) holding(sum [32]byte) (Record, bool) {
	i, ok := s.bodies[binary.LittleEndian.Uint64(sum[:])]
	if !ok || [32]byte(s.recs.now().sum(int(i))) != sum {
		return Record{}, false
	}
	return s.recs.record(int(i)), true
}

// latest is the newest record of a kind and id.
func (s *stock) latest(kind, id string) (Record, bool) {
	if s.newest == nil {
		s.newest = map[[16]byte]uint32{}
		for i, rec := range s.recs.all() {
			s.newest[idHash(rec.Kind, rec.ID)] = uint32(i)
		}
	}
	i, ok := s.newest[idHash(kind, id)]
	if !ok {
		return Record{}, false
	}
	return s.recs.record(int(i)), true
}

// idHash stands for a kind and id where the two would take more room. It is
// cryptographic, since a mistake here would give one record for another.
func idHash(kind, id string) [16]byte {
	sum := sha256.Sum256([]byte(kind + "\x00" + id))
	return [16]byte(sum[:])
}
