package source

import (
	"crypto/sha256"
	"strings"

	"gptsnap/formats/archive"
)

// A copied is one copy of a conversation: the number of the record that holds
// it, and of the last one that found it unchanged.
type copied struct{ record, known uint32 }

// A digest stands for an id or more where these would take more room.
type digest [16]byte

func digestOf(s ...string) digest {
	sum := sha256.Sum256([]byte(strings.Join(s, "\x00")))
	return digest(sum[:])
}

// winners are the best copies, as those of [winners] are. Of most
// conversations there is one only, so copies are compared when a second comes.
func (a *ours) winners() []copied {
	var all []copied
	best := map[digest]uint32{}  // by id: place in all
	again := map[digest]uint32{} // by id and SHA-256, of what there are several copies of
	for i, rec := range a.records() {
		if rec.Kind != archive.KindConversation || !answered(&rec) {
			continue
		}
		k := uint32(len(all))
		old, met := best[digestOf(rec.ID)]
		if met {
			held := a.r.Record(int(all[old].record))
			again[digestOf(held.ID, held.SHA256)] = old
			same := digestOf(rec.ID, rec.SHA256)
			if k, ok := again[same]; ok {
				all[k].known = uint32(i) // fetched again, unchanged
				continue
			}
			again[same] = k
			if now, was := slotOf(&rec), slotOf(&held); !now.better(&was) {
				all = append(all, copied{uint32(i), uint32(i)})
				continue
			}
		}
		best[digestOf(rec.ID)] = k
		all = append(all, copied{uint32(i), uint32(i)})
	}
	wins := make([]bool, len(all))
	for _, k := range best {
		wins[k] = true
	}
	kept := make([]copied, 0, len(best))
	for k := range all {
		if wins[k] {
			kept = append(kept, all[k])
		}
	}
	return kept
}

func slotOf(rec *archive.Record) slot {
	return slot{updated: rec.Updated, nodes: rec.Nodes, api: rec.Method != ""}
}
